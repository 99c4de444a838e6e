"""Everybody else in the market: what the sessions ask of the sandbox's own side, beside OKX."""

import json
import ssl
import urllib.request
from decimal import Decimal


class Crowd:
    """Sells and buys through the book on request. `url` is the sandbox's."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tls = ssl.create_default_context() if url.startswith("https") else None

    def _ask(self, path: str, body: dict | None = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._url + path, data, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10, context=self._tls) as answer:
            return json.load(answer)

    def push(self, inst_id: str, side: str, contracts: Decimal) -> None:
        """An order of that many contracts of 0.01 coin, in the market's next step."""
        usd = (contracts + Decimal("0.005")) * Decimal("0.01") * self.last(inst_id)
        self._ask("/sandbox/market", {"inst_id": inst_id, "side": side, "usd": float(usd)})

    def book(self, inst_id: str) -> tuple[list[list[str]], list[list[str]]]:
        row = self._ask(f"/api/v5/market/books?instId={inst_id}&sz=400")["data"][0]
        return row["bids"], row["asks"]

    def last(self, inst_id: str) -> Decimal:
        return Decimal(self._ask(f"/api/v5/market/ticker?instId={inst_id}")["data"][0]["last"])

    def sell_into(self, inst_id: str, price: Decimal, ours: Decimal, take: Decimal) -> None:
        """Sell all that is bid above `price`, what shares it with `ours`, and `take` beyond."""
        bids, _ = self.book(inst_id)
        before = sum(Decimal(row[1]) for row in bids if Decimal(row[0]) > price)
        beside = sum(Decimal(row[1]) for row in bids if Decimal(row[0]) == price) - ours
        self.push(inst_id, "sell", before + max(beside, Decimal(0)) + take)

    def sell_down_to(self, inst_id: str, price: Decimal) -> bool:
        """Sell through every bid down to `price`; whether the last trade is there now."""
        if self.last(inst_id) > price:
            bids, _ = self.book(inst_id)
            through = sum(Decimal(row[1]) for row in bids if Decimal(row[0]) >= price)
            self.push(inst_id, "sell", through + Decimal("0.01"))
        return self.last(inst_id) <= price
