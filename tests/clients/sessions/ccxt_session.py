"""A trader with ccxt: REST and WebSocket in sandbox mode. Prints what was met, as one JSON line.

python ccxt_session.py URL       (http://127.0.0.1:PORT of a sandbox whose key is k, s, p)
"""

import asyncio
import json
import sys
from decimal import Decimal

import ccxt.pro
from crowd import Crowd

SYMBOL, INST = "BTC/USDT:USDT", "BTC-USDT-SWAP"
SIZE, TAKEN = Decimal(20), Decimal(5)
CROSS = {"tdMode": "cross"}
STATES_MAX = 50  # pushes to look through before something counts as not come


def make_client(url: str, **keys: str) -> ccxt.pro.okx:
    client = ccxt.pro.okx(
        {
            **{"apiKey": "k", "secret": "s", "password": "p", **keys},
            "enableRateLimit": False,
            "options": {"fetchMarkets": {"types": ["swap"]}},
        }
    )
    client.set_sandbox_mode(True)
    client.urls["api"] = {"rest": url, "ws": url.replace("http", "ws", 1) + "/ws/v5"}
    return client


class Session:
    def __init__(self, url: str) -> None:
        self.url = url
        self.client = make_client(url)
        self.crowd = Crowd(url)
        self.story: list[object] = []

    def note(self, what: str, *facts: object) -> None:
        self.story.append([what, *facts])

    async def play(self) -> dict:
        await self.look()
        before = await self.cash()
        await self.rest_amend_fill_cancel()
        await self.close()
        await self.stop_out()
        await self.over_the_socket()
        answers = {
            "cash": [before, await self.cash()],
            "fills": [one["info"] for one in await self.client.fetch_my_trades(SYMBOL)],
            "bills": [one["info"] for one in await self.client.fetch_ledger("USDT")],
            "history": await self.history(),
            "errors": await self.errors(),
        }
        return {"story": self.story, **answers}

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
        self.crowd.push(INST, "buy", Decimal("0.01"))
        trades = await self.client.watch_trades(SYMBOL)
        self.note("trade", trades[-1]["symbol"], trades[-1]["side"] in ("buy", "sell"))
        set_to = await self.client.set_leverage(20, SYMBOL, {"mgnMode": "cross"})
        kept = await self.client.fetch_leverage(SYMBOL, {"mgnMode": "cross"})
        self.note("leverage", set_to["data"][0]["lever"], kept["longLeverage"])

    def below(self, ticks: int) -> Decimal:
        """A price so many ticks under the best bid."""
        return Decimal(self.crowd.book(INST)[0][0][0]) - ticks * Decimal("0.1")

    async def pushed(self, order_id: str, status: str) -> dict:
        """The order as the orders channel says it reached that status."""
        for _ in range(STATES_MAX):
            for order in await self.client.watch_orders(SYMBOL):
                if order["id"] == order_id and order["info"]["state"] == status:
                    return order
        raise AssertionError(f"{order_id} never became {status}")

    async def rest_amend_fill_cancel(self) -> None:
        watching = asyncio.ensure_future(self.client.watch_orders(SYMBOL))
        await asyncio.sleep(0.5)  # the subscription's way to the venue
        price = self.below(30)
        made = await self.client.create_order(
            SYMBOL, "limit", "buy", float(SIZE) - 5, float(price - 1), CROSS
        )
        live = (await watching)[-1]
        self.note("placed", live["status"], live["amount"], live["id"] == made["id"])
        await self.client.edit_order(
            made["id"], SYMBOL, "limit", "buy", float(SIZE), float(price), CROSS
        )
        kept = await self.client.fetch_order(made["id"], SYMBOL)
        self.note("amended", kept["status"], kept["amount"], kept["price"] == float(price))
        self.crowd.sell_into(INST, price, SIZE, TAKEN)
        part = await self.pushed(made["id"], "partially_filled")
        self.note("partly filled", part["status"], 0 < part["filled"] < part["amount"])
        await self.client.cancel_order(made["id"], SYMBOL)
        gone = await self.pushed(made["id"], "canceled")
        self.note("cancelled", gone["status"], gone["info"]["cancelSource"], gone["filled"] > 0)
        (held,) = await self.client.fetch_positions([SYMBOL])
        self.note("position", held["side"], held["contracts"] == gone["filled"], held["marginMode"])

    async def close(self) -> None:
        await self.client.close_position(SYMBOL, params={"marginMode": "cross"})
        self.note("closed", await self.flat())

    async def flat(self) -> bool:
        for _ in range(STATES_MAX):
            if not await self.client.fetch_positions([SYMBOL]):
                return True
            await asyncio.sleep(0.1)
        return False

    async def stop_out(self) -> None:
        price = self.below(30)
        stop = {"triggerPrice": float(price) - 5}
        made = await self.client.create_order(
            SYMBOL, "limit", "buy", float(TAKEN), float(price), {**CROSS, "stopLoss": stop}
        )
        self.crowd.sell_into(INST, price, TAKEN, TAKEN)
        full = await self.pushed(made["id"], "filled")
        self.note("entered with a stop", full["status"], full["filled"], full["stopLossPrice"])
        for _ in range(STATES_MAX):
            if self.crowd.sell_down_to(INST, price - 5):
                break
        self.note("stopped out", await self.flat())
        asked = {"ordType": "conditional", "state": "effective"}
        algos = await self.client.private_get_trade_orders_algo_history(asked)
        (algo,) = algos["data"]
        self.note("stop", algo["state"], algo["actualSide"], algo["actualSz"], algo["failCode"])
        child = await self.client.fetch_order(algo["ordIdList"][0], SYMBOL)
        row = child["info"]
        self.note("stop's order", row["state"], row["source"], row["side"], row["accFillSz"])

    async def over_the_socket(self) -> None:
        price = float(self.below(200))
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
        """Every ended order, oldest first: type, side, state, how much, whose doing."""
        asked = {"instType": "SWAP", "instId": INST}
        rows = (await self.client.private_get_trade_orders_history(asked))["data"]
        fields = ("ordType", "side", "state", "sz", "accFillSz", "cancelSource", "source")
        return [[row[name] for name in fields] for row in reversed(rows)]

    async def errors(self) -> dict[str, str]:
        """What ccxt makes of the venue's refusals."""
        price = float(self.below(200))

        async def refused(asking: object) -> str:
            try:
                await asking
            except ccxt.BaseError as error:
                return type(error).__name__
            return "nothing"

        found = {
            "too big": self.client.create_order(SYMBOL, "limit", "buy", 20_000, price, CROSS),
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
