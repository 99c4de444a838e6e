"""A trader with python-okx, OKX's own: REST and WebSocket over TLS. Prints one JSON line.

    SSL_CERT_FILE=cert.pem python python_okx_session.py URL       (https://127.0.0.1:PORT)

It signs GET over its raw query, posts "" and null for what was not given, dates its logins with a
number, logs in again with every private subscribe, and never pings.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

from crowd import Crowd
from okx.Account import AccountAPI
from okx.MarketData import MarketAPI
from okx.PublicData import PublicAPI
from okx.Trade import TradeAPI
from okx.websocket.WsPrivateAsync import WsPrivateAsync
from okx.websocket.WsPublicAsync import WsPublicAsync

INST = "BTC-USDT-SWAP"
SIZE, TAKEN = Decimal(2_000), Decimal(5)  # the first is more than the market eats in a second
FLAG = "1"  # demo trading
WAIT_S = 20


class Heard:
    """What a WebSocket said, in order; `wait` goes on where it last left off."""

    def __init__(self) -> None:
        self.messages: list[dict] = []
        self._come = asyncio.Event()

    def __call__(self, text: str) -> None:
        self.messages.append(json.loads(text))
        self._come.set()

    async def wait(self, wanted: Callable[[dict], bool]) -> dict:
        async with asyncio.timeout(WAIT_S):
            while True:
                for message in self.messages:
                    if wanted(message):
                        return message
                self._come.clear()
                await self._come.wait()

    def rows(self, channel: str) -> list[dict]:
        return [
            row
            for message in self.messages
            if message.get("arg", {}).get("channel") == channel
            for row in message.get("data", ())
        ]

    async def order(self, ord_id: str, state: str) -> dict:
        def wanted(message: dict) -> bool:
            data = message.get("data", ()) if "arg" in message else ()
            return any(row.get("ordId") == ord_id and row.get("state") == state for row in data)

        message = await self.wait(wanted)
        return next(row for row in message["data"] if row["ordId"] == ord_id)


class Session:
    def __init__(self, url: str) -> None:
        keys = ("k", "s", "p", None, FLAG)
        self.trade = TradeAPI(*keys, domain=url)
        self.account = AccountAPI(*keys, domain=url)
        self.market = MarketAPI(flag=FLAG, domain=url)
        self.listings = PublicAPI(flag=FLAG, domain=url)
        self.url = url
        self.ws = url.replace("http", "ws", 1) + "/ws/v5"
        self.crowd = Crowd(url, INST)
        self.story: list[object] = []
        self.orders = Heard()

    def note(self, what: str, *facts: object) -> None:
        self.story.append([what, *facts])

    async def play(self) -> dict:
        self.look()
        await self.streams()
        before = self.cash()
        private = WsPrivateAsync("k", "p", "s", self.ws + "/private")
        reading = await private.start()
        await private.subscribe([{"channel": "orders", "instType": "SWAP"}], self.orders)
        await self.orders.wait(lambda one: one.get("event") == "subscribe")
        await private.subscribe(
            [{"channel": "positions", "instType": "SWAP"}, {"channel": "account"}], self.orders
        )
        await self.orders.wait(
            lambda one: one.get("arg", {}).get("channel") == "account" and "data" in one
        )
        events = [one for one in self.orders.messages if "event" in one]
        self.note("private stream", [[one["event"], one.get("code", "")] for one in events])
        await self.rest_amend_fill_cancel()
        self.close()
        await self.stop_out()
        await self.over_the_socket(private)
        facts = {
            "cash": [before, self.cash()],
            "fills": self.asked(self.trade.get_fills(instType="SWAP")),
            "bills": self.asked(self.account.get_account_bills(instType="SWAP")),
            "history": self.history(),
            "errors": await self.errors(),
        }
        reading.cancel()
        await private.stop()
        return {"story": self.story, **facts}

    @staticmethod
    def asked(answer: dict) -> list:
        assert answer["code"] == "0", answer
        return answer["data"]

    def cash(self) -> str:
        (balance,) = self.asked(self.account.get_account_balance("USDT"))
        (row,) = balance["details"]
        return row["cashBal"]

    def look(self) -> None:
        (listed,) = self.asked(self.listings.get_instruments("SWAP", instId=INST))
        self.note("instrument", listed["instId"], listed["ctVal"], listed["ctType"])
        (config,) = self.asked(self.account.get_account_config())
        self.note("account", config["acctLv"], config["posMode"])
        (book,) = self.asked(self.market.get_orderbook(INST, sz="5"))
        self.note("book", len(book["bids"]), len(book["asks"]))
        (lever,) = self.asked(self.account.set_leverage("10", "cross", instId=INST))
        (kept,) = self.asked(self.account.get_leverage("cross", instId=INST))
        self.note("leverage", lever["lever"], kept["lever"], kept["posSide"])

    async def streams(self) -> None:
        heard = Heard()
        public = WsPublicAsync(self.ws + "/public")
        reading = await public.start()
        args = [{"channel": name, "instId": INST} for name in ("books", "trades")]
        await public.subscribe(args, heard, id="look1")
        await heard.wait(lambda one: one.get("action") == "update")
        self.crowd.push("buy", Decimal(1))
        await heard.wait(
            lambda one: one.get("arg", {}).get("channel") == "trades" and "data" in one
        )
        acks = [one for one in heard.messages if "event" in one]
        self.note(
            "public stream", [[one["event"], one["arg"]["channel"], one["id"]] for one in acks]
        )
        books = heard.rows("books")
        chained = all(now["prevSeqId"] == before["seqId"] for before, now in pairwise(books))
        self.note("book stream", books[0]["prevSeqId"], chained)
        reading.cancel()
        await public.stop()

    def place(self, size: Decimal, price: Decimal, **more: object) -> str:
        answer = self.trade.place_order(
            INST, "cross", "buy", "limit", str(size), px=str(price), **more
        )
        (ack,) = self.asked(answer)
        assert ack["sCode"] == "0", ack
        return ack["ordId"]

    async def state(self, ord_id: str) -> dict:
        (row,) = self.asked(self.trade.get_order(INST, ordId=ord_id))
        return row

    async def flat(self) -> bool:
        return not self.asked(self.account.get_positions("SWAP"))

    async def rest_amend_fill_cancel(self) -> None:
        ord_id = self.place(Decimal(1_000), self.crowd.below(500), clOrdId="pythonokx1")
        live = await self.orders.order(ord_id, "live")
        self.note("placed", live["state"], live["sz"], live["clOrdId"])
        price = self.crowd.below(20)
        changes = {"newSz": str(SIZE), "newPx": str(price), "reqId": "a1"}
        (ack,) = self.asked(self.trade.amend_order(INST, ordId=ord_id, **changes))
        (kept,) = self.asked(self.trade.get_order(INST, clOrdId="pythonokx1"))
        same = Decimal(kept["px"]) == price
        self.note("amended", ack["sCode"], ack["reqId"], kept["state"], kept["sz"], same)

        async def begun() -> bool:
            return Decimal((await self.state(ord_id))["accFillSz"]) > 0

        await self.crowd.sell_into(price, SIZE, TAKEN, begun)
        part = await self.orders.order(ord_id, "partially_filled")
        self.note("partly filled", 0 < Decimal(part["accFillSz"]) < SIZE)
        self.asked(self.trade.cancel_order(INST, ordId=ord_id))
        gone = await self.orders.order(ord_id, "canceled")
        self.note("cancelled", gone["cancelSource"], Decimal(gone["accFillSz"]) > 0)
        (held,) = self.asked(self.account.get_positions("SWAP"))
        same = Decimal(held["pos"]) == Decimal(gone["accFillSz"])
        self.note("position", held["mgnMode"], held["posSide"], same)

    def close(self) -> None:
        (closed,) = self.asked(self.trade.close_positions(INST, "cross"))
        left = self.asked(self.account.get_positions("SWAP"))
        self.note("closed", closed["instId"], closed["posSide"], left)

    async def stop_out(self) -> None:
        price = self.crowd.below(20)
        stop = {"attachAlgoClOrdId": "stop2", "slTriggerPx": str(price - 50), "slOrdPx": "-1"}
        ord_id = self.place(TAKEN, price, clOrdId="pythonokx2", attachAlgoOrds=[stop])

        async def full() -> bool:
            return (await self.state(ord_id))["state"] == "filled"

        await self.crowd.sell_into(price, TAKEN, TAKEN, full)
        order = await self.orders.order(ord_id, "filled")
        (attached,) = order["attachAlgoOrds"]
        self.note("entered with a stop", order["accFillSz"], attached["attachAlgoClOrdId"])
        waiting = self.asked(self.trade.order_algos_list(ordType="conditional"))
        self.note("stop waits", [[one["state"], one["side"], one["sz"]] for one in waiting])
        await self.crowd.sell_down_to(price - 50, self.flat)
        (done,) = self.asked(self.trade.order_algos_history("conditional", state="effective"))
        self.note("stopped out", done["actualSide"], done["actualSz"], done["algoClOrdId"])
        child = await self.state(done["ordIdList"][0])
        self.note("stop's order", child["state"], child["source"], child["accFillSz"])
        await self.orders.wait(
            lambda one: (
                one.get("arg", {}).get("channel") == "positions"
                and [row["pos"] for row in one.get("data", ())] == ["0"]
            )
        )
        self.note("position's end", self.orders.rows("account")[-1]["details"][0]["upl"])

    async def over_the_socket(self, private: WsPrivateAsync) -> None:
        (listed,) = self.asked(self.listings.get_instruments("SWAP", instId=INST))
        order = {
            "instIdCode": listed["instIdCode"],
            "tdMode": "cross",
            "side": "buy",
            "ordType": "post_only",
            "px": str(self.crowd.below(500)),
            "sz": "1",
        }
        await private.place_order([order], id="ws1")
        ack = await self.orders.wait(lambda one: one.get("id") == "ws1")
        ord_id = ack["data"][0]["ordId"]
        self.note("placed over ws", ack["op"], ack["code"], ack["data"][0]["sCode"])
        where = {"instIdCode": listed["instIdCode"], "ordId": ord_id}
        await private.amend_order([{**where, "newSz": "2"}], id="ws2")
        ack = await self.orders.wait(lambda one: one.get("id") == "ws2")
        self.note("amended over ws", ack["op"], ack["code"])
        await private.cancel_order([where], id="ws3")
        ack = await self.orders.wait(lambda one: one.get("id") == "ws3")
        gone = await self.orders.order(ord_id, "canceled")
        self.note("cancelled over ws", ack["op"], ack["code"], gone["sz"], gone["cancelSource"])

    def history(self) -> list[list[str]]:
        rows = self.asked(self.trade.get_orders_history("SWAP", instId=INST))
        fields = ("ordType", "side", "state", "cancelSource", "source", "reduceOnly")
        return [[row[name] for name in fields] for row in reversed(rows)]

    async def errors(self) -> dict[str, list[str]]:
        """code and sCode of the venue's refusals."""

        def refused(answer: dict) -> list[str]:
            return [answer["code"], *(row.get("sCode", "") for row in answer["data"])]

        far = str(self.crowd.below(500))
        buy = ("cross", "buy", "limit")
        said = {
            "too big": refused(self.trade.place_order(INST, *buy, "12000", px=far)),
            "lot": refused(self.trade.place_order(INST, *buy, "0.015", px=far)),
            "minimum": refused(self.trade.place_order(INST, *buy, "0", px=far)),
            "unknown instrument": refused(self.trade.place_order("X-USDT-SWAP", *buy, "1", px=far)),
            "unknown order": refused(self.trade.get_order(INST, ordId="1")),
            "cancel of nothing": refused(self.trade.cancel_order(INST, ordId="1")),
            "amend of nothing": refused(self.trade.amend_order(INST, ordId="1", newSz="2")),
            "reduce of nothing": refused(
                self.trade.place_order(INST, *buy, "1", px=far, reduceOnly="true")
            ),
            "close of nothing": refused(self.trade.close_positions(INST, "cross")),
        }
        for what, keys in (("key", "xsp"), ("sign", "kxp"), ("passphrase", "ksx")):
            stranger = AccountAPI(*keys, None, FLAG, domain=self.url)
            said[what] = refused(stranger.get_account_balance())
            heard = Heard()
            private = WsPrivateAsync(keys[0], keys[2], keys[1], self.ws + "/private")
            private.callback = heard
            reading = await private.start()
            await private.login()
            event = await heard.wait(lambda one: one.get("event") == "error")
            said[f"{what} at login"] = [event["code"]]
            reading.cancel()
            await private.stop()
        return said


async def main() -> None:
    print(json.dumps(await Session(sys.argv[1]).play()))


if __name__ == "__main__":
    logging.disable(logging.ERROR)
    asyncio.run(main())
