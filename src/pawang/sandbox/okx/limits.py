"""OKX's rate limits: so many requests in so many seconds, on wall time (okx-v5.md 4).

The venue's own small bucket, not the one of `pawang.guards` that its clients obey: a wrong bucket
must not stand on both sides.
"""

from dataclasses import dataclass

SECOND = 1_000_000_000
BUCKETS_MAX = 10_000

PER_2S: dict[str, int] = {
    "/market/books": 40,
    "/market/candles": 40,
    "/market/trades": 100,
    "/public/funding-rate": 10,
    "/public/funding-rate-history": 10,
    "/public/mark-price": 10,
    "/public/position-tiers": 10,
    "/public/time": 10,
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
}


class Allowance:
    """`most` in any `seconds`, refilled evenly."""

    __slots__ = ("_full_at", "_most", "_per_token")

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._per_token = int(seconds * SECOND / most)
        self._full_at = 0  # when all tokens are back

    def take(self, now: int) -> bool:
        """Whether one more is allowed; when not, nothing is used."""
        full_at = max(self._full_at, now) + self._per_token
        if full_at - now > self._most * self._per_token:
            return False
        self._full_at = full_at
        return True


@dataclass(frozen=True, slots=True)
class LimitParams:
    enforced: bool = True  # off for a load test of the client alone
    status: int = 429  # docs say 200, clients have met 429 (okx-v5.md 3): both are in the wild


class Limits:
    """Who has asked what how often."""

    def __init__(self, params: LimitParams) -> None:
        self.params = params
        self._held: dict[tuple[str, str, str], Allowance] = {}

    def admit(self, path: str, peer: str, instrument: str, now: int) -> bool:
        """`path` without "/api/v5"; `instrument` is the request's instId or instType."""
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
        return allowance.take(now)


def _fresh(path: str) -> Allowance:
    if path == "/system/status":
        return Allowance(1, 5)
    usual = STATISTICS if path.startswith("/rubik/") else USUAL
    return Allowance(PER_2S.get(path, usual), 2)
