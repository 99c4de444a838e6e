"""Everybody else in the market: what the sessions ask of the sandbox's own side, beside OKX."""

import asyncio
import json
import ssl
import urllib.request
from collections.abc import Awaitable, Callable
from decimal import Decimal

TRIES = 60
PAUSE_S = 0.3  # a few of the market's steps
CONTRACT, HALF_A_LOT = Decimal("0.01"), Decimal("0.005")

Question = Callable[[], Awaitable[object]]


class Crowd:
    """Sells and buys on request, and makes the market move. `url` is the sandbox's."""

    def __init__(self, url: str, inst_id: str) -> None:
        self._url = url
        self._inst_id = inst_id
        self._tls = ssl.create_default_context() if url.startswith("https") else None

    def _ask(self, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self._url + path, data, {"content-type": "application/json"})
        with urllib.request.urlopen(asked, timeout=10, context=self._tls) as answer:
            return json.load(answer)

    def push(self, side: str, contracts: Decimal) -> None:
        """An order of that many contracts, in the market's next step."""
        usd = (contracts + HALF_A_LOT) * CONTRACT * self.last()
        self._ask("/sandbox/market", {"inst_id": self._inst_id, "side": side, "usd": float(usd)})

    def last(self) -> Decimal:
        row = self._ask(f"/api/v5/market/ticker?instId={self._inst_id}")["data"][0]
        return Decimal(row["last"])

    def bids(self) -> list[tuple[Decimal, Decimal]]:
        """(price, contracts), best first."""
        row = self._ask(f"/api/v5/market/books?instId={self._inst_id}&sz=400")["data"][0]
        return [(Decimal(level[0]), Decimal(level[1])) for level in row["bids"]]

    def below(self, ticks: int) -> Decimal:
        """A price so many ticks under the best bid."""
        return self.bids()[0][0] - ticks * Decimal("0.1")

    async def sell_into(self, price: Decimal, left: Decimal, take: Decimal, done: Question) -> None:
        """Sell what is bid above `price` and `take` more to an order of ours that rests there with
        `left`, until it is `done`: the market goes its own way too."""
        for _ in range(TRIES):
            if await done():
                return
            bids = self.bids()
            before = sum((size for at, size in bids if at > price), Decimal(0))
            beside = sum((size for at, size in bids if at == price), Decimal(0)) - left
            self.push("sell", before + max(beside, Decimal(0)) + take)
            await asyncio.sleep(PAUSE_S)
        raise AssertionError(f"nobody came to {price}")

    async def sell_down_to(self, price: Decimal, done: Question) -> None:
        """Sell through every bid down to `price`, until what waits for that is `done`."""
        for _ in range(TRIES):
            if await done():
                return
            through = sum((size for at, size in self.bids() if at >= price), Decimal(0))
            self.push("sell", through + 1)
            await asyncio.sleep(PAUSE_S)
        raise AssertionError(f"the market never fell to {price}")
