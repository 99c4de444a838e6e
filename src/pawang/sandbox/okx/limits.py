"""OKX's rate limits: so many requests in so many seconds, on wall time (okx-v5.md 4).

The venue's own small bucket, not the one of `pawang.guards` that its clients obey: a wrong bucket
must not stand on both sides.
"""

from dataclasses import dataclass

SECOND = 1_000_000_000
BUCKETS_MAX = 10_000

PER_2S: dict[str, int] = {
    "/market/books": 40,
    "/market/books-full": 10,
    "/market/candles": 40,
    "/market/history-index-candles": 10,
    "/market/trades": 100,
    "/public/funding-rate": 10,
    "/public/funding-rate-history": 10,
    "/public/mark-price": 10,
    "/public/position-tiers": 10,
    "/public/time": 10,
    "/account/account-position-risk": 10,
    "/account/balance": 10,
    "/account/bills": 10,  # 5 a second
    "/account/bills-archive": 5,
    "/account/config": 5,
    "/account/position-tiers": 10,
    "/account/positions": 10,
    "/account/positions-history": 10,
    "/account/risk-state": 10,
    "/account/set-position-mode": 5,
    "/account/trade-fee": 5,
    "/trade/account-rate-limit": 2,  # 1 a second
    "/trade/amend-batch-orders": 300,  # of batches orders are counted
    "/trade/amend-order": 60,
    "/trade/batch-orders": 300,
    "/trade/cancel-all-after": 2,  # 1 a second
    "/trade/cancel-batch-orders": 300,
    "/trade/cancel-order": 60,
    "/trade/fills": 60,
    "/trade/fills-history": 10,
    "/trade/mass-cancel": 5,
    "/trade/order": 60,
    "/trade/order POST": 60,  # placing and asking are counted apart
    "/trade/order-precheck": 5,
    "/trade/orders-history": 40,
    "/trade/orders-pending": 60,
    "/rubik/stat/contracts/open-interest-history": 10,
}
USUAL = 20  # of the endpoints not named here
STATISTICS = 5
BY_INSTRUMENT = {
    "/public/funding-rate",
    "/public/funding-rate-history",
    "/public/mark-price",
    "/rubik/stat/contracts/long-short-account-ratio-contract",
    "/rubik/stat/contracts/long-short-account-ratio-contract-top-trader",
    "/rubik/stat/contracts/long-short-position-ratio-contract-top-trader",
    "/rubik/stat/taker-volume-contract",
    "/rubik/stat/contracts/open-interest-history",
    "/account/instruments",
    "/trade/amend-algos",
    "/trade/amend-batch-orders",
    "/trade/amend-order",
    "/trade/batch-orders",
    "/trade/cancel-algos",
    "/trade/cancel-batch-orders",
    "/trade/cancel-order",
    "/trade/close-position",
    "/trade/order",
    "/trade/order POST",
    "/trade/order-algo POST",
}


class Allowance:
    """`most` in any `seconds`, refilled evenly."""

    __slots__ = ("_full_at", "_most", "_per_token")

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._per_token = int(seconds * SECOND / most)
        self._full_at = 0  # when all tokens are back

    def take(self, now: int, count: int = 1) -> bool:
        """Whether so many more are allowed; when not, nothing is used."""
        full_at = max(self._full_at, now) + count * self._per_token
        if full_at - now > self._most * self._per_token:
            return False
        self._full_at = full_at
        return True

    def turn(self, now: int) -> int | None:
        """ns until it is one's turn, 0 = now; None when as many as `most` wait already."""
        full_at = max(self._full_at, now) + self._per_token
        wait = full_at - now - self._most * self._per_token
        if wait > self._most * self._per_token:
            return None
        self._full_at = full_at
        return max(0, wait)


@dataclass(frozen=True, slots=True)
class LimitParams:
    enforced: bool = True  # off for a load test of the client alone
    status: int = 429  # docs say 200, clients have met 429 (okx-v5.md 3): both are in the wild


class Limits:
    """Who has asked what how often."""

    def __init__(self, params: LimitParams) -> None:
        self.params = params
        self._held: dict[tuple[str, str, str], Allowance] = {}

    def admit(self, path: str, peer: str, instrument: str, now: int, count: int = 1) -> bool:
        """`path` without "/api/v5"; `instrument` is the request's instId or instType; `peer` is
        the address of a public request and the user of a signed one."""
        if not self.params.enforced:
            return True
        if path == "/public/instruments" or path in BY_INSTRUMENT:
            key = (path, peer, instrument)
        else:
            key = (path, peer, "")
        allowance = self._held.get(key)
        if allowance is None:
            if len(self._held) >= BUCKETS_MAX:
                self._held.clear()
            allowance = self._held[key] = _fresh(path)
        return allowance.take(now, count)


def _fresh(path: str) -> Allowance:
    if path == "/system/status":
        return Allowance(1, 5)
    usual = STATISTICS if path.startswith("/rubik/") else USUAL
    return Allowance(PER_2S.get(path, usual), 2)
