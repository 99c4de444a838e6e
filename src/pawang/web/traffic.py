"""What the API served since it was last asked: one event a minute, so that KPIs outlive a process.

A minute that was not taken is lost with the process.
"""

from math import ceil

from pawang.model.event import Served

UNCOUNTED = frozenset({"/metrics", "/health", "/ready"})
SIGNAL = "/api/signal/"
NOT_READY = 503  # before the first decision: no error of the service (row G2)


class Traffic:
    """Counts by route, as the application tells them."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._requests = self._errors = 0
        self._durations_ms: dict[int, int] = {}

    def seen(self, route: str, status: int, seconds: float) -> None:
        if route in UNCOUNTED:
            return
        self._requests += 1
        self._errors += status >= 500 and status != NOT_READY
        if route.startswith(SIGNAL):
            took_ms = ceil(seconds * 1000)
            self._durations_ms[took_ms] = self._durations_ms.get(took_ms, 0) + 1

    def take(self) -> Served | None:
        """Everything since the last time; None when nobody asked anything."""
        if not self._requests:
            return None
        served = Served(
            requests=self._requests,
            server_errors=self._errors,
            durations_ms=dict(sorted(self._durations_ms.items())),
        )
        self._begin()
        return served
