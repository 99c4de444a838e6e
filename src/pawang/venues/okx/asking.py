"""What one connection asks of the venue, and how often it may: requests as text, sent by the door.

OKX takes 480 requests an hour and connection, and 64 KB each (okx-v5.md 9); we stay below both.
One channel is asked again at most once in 5 s (A09), however often it is lost.
"""

from collections.abc import Sequence

from pawang.guards.bucket import TokenBucket
from pawang.model.refs import SECOND
from pawang.venues.okx.subscriptions import ConnectionParams, Subscription, request


class Asking:
    """`due` is the earliest time at which something put off may be asked for."""

    def __init__(self, params: ConnectionParams) -> None:
        hourly = params.requests_per_hour
        self._params = params
        self._budget = TokenBucket(max(2, hourly // 2), hourly / 2 / 3600)
        self._requests: list[str] = []
        self._count = 0

    def ready(self) -> list[str]:
        """What to send now, in order; handed over once."""
        ready, self._requests = self._requests, []
        return ready

    def ping(self) -> None:
        """Bare text and no request: OKX does not count it."""
        self._requests.append("ping")

    def everything(self, subscriptions: Sequence[Subscription], now: int) -> None:
        """The first words of a connection, some subscriptions a request."""
        chunk = self._params.chunk
        for start in range(0, len(subscriptions), chunk):
            self._budget.take(now)
            self._subscribe(subscriptions[start : start + chunk], now)

    def once_more(self, subscription: Subscription, now: int) -> bool:
        """Ask for what was refused; False when the allowance is spent."""
        if self._budget.take(now):
            return False
        self._subscribe([subscription], now)
        return True

    def again(self, subscription: Subscription, now: int) -> int | None:
        """Unsubscribe and subscribe, or when to try that: it was done a moment ago (A09)."""
        subscription.wanted = True
        earliest = (subscription.asked_at or 0) + round(self._params.resubscribe_s * SECOND)
        if now < earliest or self._budget.take(now, 2):
            return max(earliest, now + SECOND // 10)
        self._count += 1
        self._requests.append(request("unsubscribe", f"u{self._count}", [subscription]))
        self._subscribe([subscription], now)
        return None

    def _subscribe(self, subscriptions: Sequence[Subscription], now: int) -> None:
        self._count += 1
        for one in subscriptions:
            one.request = f"s{self._count}"
            one.asked_at, one.acked, one.wanted = now, False, False
            one.waiting = one.channel == "books"
        self._requests.append(request("subscribe", f"s{self._count}", subscriptions))
