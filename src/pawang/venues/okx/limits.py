"""How often each endpoint may be asked (okx-v5.md 4), kept below the venue's own count (C26).

Public endpoints count by address, private ones by user, trading by user and instrument. Place,
cancel and amend have counters of their own, single and batch too, but a batch of one counts as a
single. New and amended orders together may be 1,000 in 2 s; cancels are never part of that, so a
burst of entries cannot keep a cancel waiting.
"""

from collections.abc import Mapping

from pawang.guards.bucket import TokenBucket
from pawang.model.refs import SECOND

LIMIT, LIMIT_RUBIK = 20, 5
"""Requests in 2 s by endpoint; 20 for the others, 5 for statistics (okx-v5.md 4, 6)."""

LIMITS: Mapping[str, int] = {
    "market/books": 40,
    "market/books-full": 10,
    "market/candles": 40,
    "market/history-index-candles": 10,
    "market/trades": 100,
    "public/funding-rate": 10,
    "public/funding-rate-history": 10,
    "public/mark-price": 10,
    "public/position-tiers": 10,
    "public/time": 10,
    "rubik/stat/contracts/open-interest-history": 10,
    "account/balance": 10,
    "account/bills": 10,
    "account/bills-archive": 5,
    "account/config": 5,
    "account/positions": 10,
    "account/positions-history": 10,
    "account/set-position-mode": 5,
    "account/trade-fee": 5,
    "trade/account-rate-limit": 2,
    "trade/amend-batch-orders": 300,
    "trade/amend-order": 60,
    "trade/batch-orders": 300,
    "trade/cancel-all-after": 2,
    "trade/cancel-batch-orders": 300,
    "trade/cancel-order": 60,
    "trade/fills": 60,
    "trade/fills-history": 10,
    "trade/order": 60,
    "trade/order-precheck": 5,
    "trade/orders-history": 40,
    "trade/orders-pending": 60,
}
"""In 2 s; GET and POST of one path count apart."""
SLOW = {
    "system/status": (1, 5),
    "trade/account-rate-limit": (1, 1),
    "trade/cancel-all-after": (1, 1),
}
"""(requests, seconds) where 2 s is not the window."""

BY_INSTRUMENT = ("public/funding-rate", "public/mark-price", "-contract", "open-interest-history")
"""Public endpoints, by a part of their name, that OKX counts per address and instrument."""
BY_USER_AND_INSTRUMENT = (
    *("trade/order", "trade/amend-order", "trade/cancel-order", "trade/close-position"),
    *("trade/batch-orders", "trade/amend-batch-orders", "trade/cancel-batch-orders"),
    *("trade/amend-algos", "trade/cancel-algos", "trade/order-algo"),
)
SINGLE = {
    "trade/batch-orders": "trade/order",
    "trade/amend-batch-orders": "trade/amend-order",
    "trade/cancel-batch-orders": "trade/cancel-order",
}
"""A batch of one counts as its single."""
BY_ORDER = (*SINGLE, "trade/cancel-algos")
"""Their counters count orders, not requests."""
CANCELS = ("trade/cancel-order", "trade/cancel-batch-orders", "trade/cancel-algos")
COUNTED = ("trade/order", "trade/batch-orders", "trade/amend-order", "trade/amend-batch-orders")
"""POSTs that are new or amended orders: 1,000 in 2 s for the sub-account, else 50061."""
ORDER_RATE = 1000
HOLD_NS = 2 * SECOND  # the venue counts in windows of 2 s
SHARE = 4  # what may come at once is a quarter of the window's count
LARGEST = {"trade/cancel-algos": 10}
"""Orders in one request, where a quarter of the window's count would not hold them."""


def bucket(most: int, seconds: int, at_once: int = 1) -> TokenBucket:
    """What is saved up plus what flows in stays within `most` in *any* such window."""
    burst = max(at_once, most // SHARE)
    return TokenBucket(burst, max(1, most - burst) / seconds)


class Limits:
    """All counters of one client. Pure: `now` comes in, a wait goes out."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str, str], TokenBucket] = {}
        self._orders = bucket(ORDER_RATE, 2)

    def take(self, method: str, path: str, instrument: str, orders: int, now: int) -> int:
        """0 = go; else ns to wait before asking again. `orders` = how many it carries."""
        own = self._bucket(method, path, instrument, orders)
        tokens = orders if path in BY_ORDER and orders > 1 else 1
        counted = method == "POST" and path in COUNTED
        # Look before taking: a token of one bucket must not be lost to the other's wait.
        if counted and (wait := self._orders.wait(now, orders)):
            return wait
        if wait := own.take(now, tokens):
            return wait
        if counted:
            self._orders.take(now, orders)
        return 0

    def hold(self, method: str, path: str, instrument: str, orders: int, now: int) -> None:
        """The venue said that it counted too many there."""
        self._bucket(method, path, instrument, orders).hold(now + HOLD_NS)

    def _bucket(self, method: str, path: str, instrument: str, orders: int) -> TokenBucket:
        name = SINGLE.get(path, path) if orders <= 1 else path
        key = method, name, instrument if _by_instrument(name) else ""
        made = self._buckets.get(key)
        if made is None:
            usual = LIMIT_RUBIK if name.startswith("rubik/") else LIMIT
            most, seconds = SLOW.get(name, (LIMITS.get(name, usual), 2))
            made = self._buckets[key] = bucket(most, seconds, LARGEST.get(name, 1))
        return made


def _by_instrument(path: str) -> bool:
    return path in BY_USER_AND_INSTRUMENT or any(part in path for part in BY_INSTRUMENT)
