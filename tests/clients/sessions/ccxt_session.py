"""A trader with ccxt: REST and WebSocket in sandbox mode. Prints what was met, as one JSON line.

python ccxt_session.py URL       (http://127.0.0.1:PORT of a sandbox whose key is k, s, p)
"""

import asyncio
import json
import sys
from copy import deepcopy
from decimal import Decimal

import ccxt.pro
from crowd import Crowd

SYMBOL, INST = "BTC/USDT:USDT", "BTC-USDT-SWAP"
SIZE, TAKEN = Decimal(2_000), Decimal(5)  # the first is more than the market eats in a second
CROSS = {"tdMode": "cross"}
WAIT_S = 20


def make_client(url: str, *, demo: bool = True, **keys: str) -> ccxt.pro.okx:
    client = ccxt.pro.okx(
        {
            **{"apiKey": "k", "secret": "s", "password": "p", **keys},
            "enableRateLimit": False,
            "options": {"fetchMarkets": {"types": ["swap"]}},
        }
    )
    if demo:
        client.set_sandbox_mode(True)  # x-simulated-trading: 1
    client.urls["api"] = {"rest": url, "ws": url.replace("http", "ws", 1) + "/ws/v5"}
    return client


class Session:
    def __init__(self, url: str) -> None:
        self.url = url
        self.client = make_client(url)
        self.crowd = Crowd(url, INST)
        self.story: list[object] = []
        self.pushes: list[dict] = []
        self._news = asyncio.Event()

    def note(self, what: str, *facts: object) -> None:
        self.story.append([what, *facts])

    async def play(self) -> dict:
        await self.look()
        before = await self.cash()
        listening = asyncio.create_task(self.listen())
        await asyncio.sleep(1)  # the subscription's way to the venue
        await self.rest_amend_fill_cancel()
        await self.close()
        await self.stop_out()
        await self.over_the_socket()
        facts = {
            "cash": [before, await self.cash()],
            "fills": [one["info"] for one in await self.client.fetch_my_trades(SYMBOL)],
            "bills": [one["info"] for one in await self.client.fetch_ledger("USDT")],
            "history": await self.history(),
            "errors": await self.errors(),
        }
        listening.cancel()
        return {"story": self.story, **facts}

    async def listen(self) -> None:
        while True:
            # A copy: ccxt goes on writing into what it has given out.
            self.pushes += deepcopy(await self.client.watch_orders(SYMBOL))
            self._news.set()

    async def pushed(self, order_id: str, state: str) -> dict:
        """The order as the orders channel says that it has come to that state."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for one in self.pushes:
                    if one["id"] == order_id and one["info"]["state"] == state:
                        return one
                self._news.clear()
                await self._news.wait()

    def states(self, order_id: str) -> list[str]:
        told = [one["info"]["state"] for one in self.pushes if one["id"] == order_id]
        return list(dict.fromkeys(told))

    async def cash(self) -> str:
        balance = await self.client.fetch_balance()
        (row,) = [one for one in balance["info"]["data"][0]["details"] if one["ccy"] == "USDT"]
        return row["cashBal"]

    async def look(self) -> None:
        market = (await self.client.load_markets())[SYMBOL]
        self.note("market", market["id"], market["contractSize"], market["linear"])
        for _ in range(3):
            book = await self.client.watch_order_book(SYMBOL)
        self.note("book", len(book["bids"]), len(book["asks"]))
        assert book["bids"][0][0] < book["asks"][0][0]
        self.crowd.push("buy", Decimal(1))
        trades = await self.client.watch_trades(SYMBOL)
        self.note("trade", trades[-1]["symbol"], trades[-1]["side"] in ("buy", "sell"))
        set_to = await self.client.set_leverage(10, SYMBOL, {"mgnMode": "cross"})
        kept = await self.client.fetch_leverage(SYMBOL, {"mgnMode": "cross"})
        self.note("leverage", set_to["data"][0]["lever"], kept["longLeverage"])

    async def order(self, order_id: str) -> dict:
        return await self.client.fetch_order(order_id, SYMBOL)

    async def rest_amend_fill_cancel(self) -> None:
        low = float(self.crowd.below(500))
        made = await self.client.create_order(SYMBOL, "limit", "buy", 1_000, low, CROSS)
        live = await self.pushed(made["id"], "live")
        self.note("placed", live["status"], live["amount"], live["price"] == low)
        price = self.crowd.below(20)
        await self.client.edit_order(
            made["id"], SYMBOL, "limit", "buy", float(SIZE), float(price), CROSS
        )
        kept = await self.order(made["id"])
        self.note("amended", kept["status"], kept["amount"], kept["price"] == float(price))

        async def begun() -> bool:
            return (await self.order(made["id"]))["filled"] > 0

        await self.crowd.sell_into(price, SIZE, TAKEN, begun)
        await self.pushed(made["id"], "partially_filled")
        await self.client.cancel_order(made["id"], SYMBOL)
        gone = await self.pushed(made["id"], "canceled")
        part = 0 < gone["filled"] < gone["amount"]
        self.note("cancelled", gone["status"], gone["info"]["cancelSource"], part)
        self.note("told", self.states(made["id"]))
        (held,) = await self.client.fetch_positions([SYMBOL])
        same = held["contracts"] == gone["filled"]
        self.note("position", held["side"], held["marginMode"], same)

    async def close(self) -> None:
        await self.client.close_position(SYMBOL, params={"marginMode": "cross"})
        self.note("closed", await self.flat())

    async def flat(self) -> bool:
        """Asked for by name, a closed position is still told: with nothing in it."""
        return not any(one["contracts"] for one in await self.client.fetch_positions([SYMBOL]))

    async def stop_out(self) -> None:
        price = self.crowd.below(20)
        stop = {"triggerPrice": float(price) - 50}
        params = {**CROSS, "stopLoss": stop}
        made = await self.client.create_order(
            SYMBOL, "limit", "buy", float(TAKEN), float(price), params
        )

        async def full() -> bool:
            return (await self.order(made["id"]))["status"] == "closed"

        await self.crowd.sell_into(price, TAKEN, TAKEN, full)
        order = await self.pushed(made["id"], "filled")
        attached = order["info"]["attachAlgoOrds"][0]["slTriggerPx"]
        self.note("entered with a stop", order["filled"], float(attached) == float(price) - 50)
        await self.crowd.sell_down_to(price - 50, self.flat)
        asked = {"ordType": "conditional", "state": "effective"}
        (algo,) = (await self.client.private_get_trade_orders_algo_history(asked))["data"]
        self.note("stopped out", algo["actualSide"], algo["actualSz"])
        row = (await self.order(algo["ordIdList"][0]))["info"]
        self.note("stop's order", row["state"], row["source"], row["side"], row["accFillSz"])

    async def over_the_socket(self) -> None:
        price = float(self.crowd.below(500))
        made = await self.client.create_order_ws(SYMBOL, "limit", "buy", 1, price, CROSS)
        live = await self.pushed(made["id"], "live")
        self.note("placed over ws", live["status"], live["amount"])
        await self.client.edit_order_ws(made["id"], SYMBOL, "limit", "buy", 2, price, CROSS)
        kept = await self.client.fetch_order(made["id"], SYMBOL)
        self.note("amended over ws", kept["status"], kept["amount"])
        await self.client.cancel_order_ws(made["id"], SYMBOL)
        gone = await self.pushed(made["id"], "canceled")
        self.note("cancelled over ws", gone["status"], gone["filled"])

    async def history(self) -> list[list[str]]:
        """Every ended order, oldest first: type, side, state, whose doing."""
        asked = {"instType": "SWAP", "instId": INST}
        rows = (await self.client.private_get_trade_orders_history(asked))["data"]
        fields = ("ordType", "side", "state", "cancelSource", "source", "reduceOnly")
        return [[row[name] for name in fields] for row in reversed(rows)]

    async def errors(self) -> dict[str, str]:
        """What ccxt makes of the venue's refusals."""
        price = float(self.crowd.below(500))

        async def refused(asking: object) -> str:
            try:
                await asking
            except ccxt.BaseError as error:
                return type(error).__name__
            return "nothing"

        found = {
            "too big": self.client.create_order(SYMBOL, "limit", "buy", 12_000, price, CROSS),
            "unknown order": self.client.fetch_order("1", SYMBOL),
            "cancel of nothing": self.client.cancel_order("1", SYMBOL),
            "lot": self.client.private_post_trade_order(
                {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit",
                 "px": str(price), "sz": "0.015"}
            ),
        }  # fmt: skip
        said = {what: await refused(asking) for what, asking in found.items()}
        for what, keys in (
            ("key", {"apiKey": "x"}),
            ("sign", {"secret": "x"}),
            ("passphrase", {"password": "x"}),
            ("live with a demo key", {"demo": False}),
        ):
            stranger = make_client(self.url, **keys)
            said[what] = await refused(stranger.private_get_account_balance())
            await stranger.close()
        return said


async def main() -> None:
    session = Session(sys.argv[1])
    try:
        facts = await session.play()
    finally:
        await session.client.close()
    print(json.dumps(facts))


if __name__ == "__main__":
    asyncio.run(main())
