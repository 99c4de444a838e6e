"""A circuit breaker: when to stop asking a provider, and how to come back (rows A28, A29).

closed --5 failures in a row, or > 10 % of >= 10 calls in 60 s--> open
open --10 s, doubled by every failed probe up to 300 s, +-20 %--> half_open
half_open --3 good probes, one after the other--> closed; one bad probe --> open

A success never opens it. The window counts whole seconds, so its edge is good to one second.
"""

from collections import deque

from pawang.model.codec import Record
from pawang.model.refs import SECOND

TRANSITIONS_KEPT = 8  # allow's half_open waits here for the probe's verdict; never more than one


class BreakerParams(Record):
    failures_in_row: int = 5  # A28
    error_share: float = 0.10  # more than this share of the window's calls (signals.md 9)
    calls_min: int = 10  # below, a share says nothing
    window_s: int = 60  # A28
    open_s: float = 10.0  # the first rest (A29)
    open_max_s: float = 300.0  # a provider that is down for hours is asked every 5 min
    jitter: float = 0.2  # +-: breakers that opened together must not probe together
    probes_to_close: int = 3  # A29: a flapping provider gives one good answer easily
    probe_lease_s: float = 60.0  # a probe that never reports; far above any door's deadline


class Transition(Record):
    """The breaker entered `state`: "closed", "open" or "half_open"."""

    state: str
    cause: str
    ts: int


class Breaker:
    """Ask `allow`, make the call, report `success` or `failure` (or `abandon`)."""

    def __init__(self, params: BreakerParams | None = None) -> None:
        self.params = params or BreakerParams()
        self.state = "closed"
        self.cause = ""
        self.opens_in_row = 0
        self._failures_in_row = 0
        self._window: deque[list[int]] = deque()  # [second, calls, failures]
        self._closed_at = 0
        self._open_until = 0
        self._probe_at: int | None = None  # when the probe in flight was let through
        self._probes_good = 0
        self._untold: deque[Transition] = deque(maxlen=TRANSITIONS_KEPT)

    def allow(self, now: int) -> bool:
        """May a call go out? Half-open, one at a time.

        Its own transition (to half_open) is handed over by the verdict that follows.
        """
        if self.state == "closed":
            return True
        if self.state == "open":
            if now < self._open_until:
                return False
            self._probes_good = 0
            self._enter("half_open", "rest is over", now)
        if self._probe_at is not None and now < self._probe_at + self._ns(
            self.params.probe_lease_s
        ):
            return False
        self._probe_at = now
        return True

    def success(self, now: int, started: int | None = None) -> tuple[Transition, ...]:
        """The call went well. `started` = the `now` its `allow` was asked with; with it, a late
        answer from before the breaker opened is told apart from the probe's."""
        if self.state == "closed":
            if not self._straggler(started):
                self._failures_in_row = 0
                self._count(now, failed=0)
        elif self._is_probe(started):
            self._probe_at = None
            self._probes_good += 1
            if self._probes_good >= self.params.probes_to_close:
                self._close(now)
        return self._told()

    def failure(
        self, now: int, cause: str, roll: float, started: int | None = None
    ) -> tuple[Transition, ...]:
        """The call failed for `cause`; `roll` in [0, 1) spreads the rest if it opens."""
        assert 0 <= roll < 1
        if self.state == "closed":
            if not self._straggler(started):
                self._failures_in_row += 1
                self._count(now, failed=1)
                if self._tripped():
                    self._open(now, cause, roll)
        elif self._is_probe(started):
            self._probe_at = None
            self._open(now, cause, roll)
        return self._told()

    def abandon(self, started: int | None = None) -> None:
        """The call ended without a verdict (cancelled by us): the next one may probe."""
        if self._is_probe(started):
            self._probe_at = None

    def rest_ns(self, now: int) -> int:
        """How long `allow` will still refuse while open; 0 otherwise."""
        return max(0, self._open_until - now) if self.state == "open" else 0

    def _straggler(self, started: int | None) -> bool:
        return started is not None and started < self._closed_at

    def _is_probe(self, started: int | None) -> bool:
        return (
            self.state == "half_open"
            and self._probe_at is not None
            and (started is None or started == self._probe_at)
        )

    def _tripped(self) -> bool:
        calls = sum(second[1] for second in self._window)
        failures = sum(second[2] for second in self._window)
        return self._failures_in_row >= self.params.failures_in_row or (
            calls >= self.params.calls_min and failures > self.params.error_share * calls
        )

    def _count(self, now: int, failed: int) -> None:
        second = now // SECOND
        while self._window and self._window[0][0] <= second - self.params.window_s:
            self._window.popleft()
        if self._window and self._window[-1][0] >= second:
            self._window[-1][1] += 1
            self._window[-1][2] += failed
        else:
            self._window.append([second, 1, failed])

    def _open(self, now: int, cause: str, roll: float) -> None:
        params = self.params
        rest_s = min(params.open_max_s, params.open_s * 2.0 ** min(self.opens_in_row, 32))
        self.opens_in_row += 1
        self._open_until = now + self._ns(rest_s * (1 + params.jitter * (2 * roll - 1)))
        self._enter("open", cause, now)

    def _close(self, now: int) -> None:
        self.opens_in_row = 0
        self._failures_in_row = 0
        self._window.clear()
        self._closed_at = now
        self._enter("closed", f"{self.params.probes_to_close} good probes", now)

    def _enter(self, state: str, cause: str, now: int) -> None:
        self.state, self.cause = state, cause
        self._untold.append(Transition(state=state, cause=cause, ts=now))

    def _told(self) -> tuple[Transition, ...]:
        told = tuple(self._untold)
        self._untold.clear()
        return told

    @staticmethod
    def _ns(seconds: float) -> int:
        return round(seconds * SECOND)
