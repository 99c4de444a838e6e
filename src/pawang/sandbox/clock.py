"""Scaled desk time: one clock, served by the simulated OKX and followed by every process.

Pure: wall time comes in as an argument. Whoever serves asks what is `due`, makes the steps, says
so with `advance`, and calls `hold` while a follower lags. Nothing is dropped and nothing is
hurried afterwards: a held clock is simply slower, and `reached` says how slow.

    >>> clock = ScaledClock(start_ms=0, speed=20.0)
    >>> clock.due(wall_ns=0), clock.due(wall_ns=10_000_000)
    (0, 2)
    >>> clock.advance(2); clock.now_ms, clock.due(wall_ns=10_000_000)
    (200, 0)
"""

from collections import deque

from pawang.sandbox.source import STEP_MS

MS = 1_000_000  # in ns
BACKLOG_WALL_MS = 100  # a hiccup so long is made up for; what is older is lost to slowness
LEAD_MIN_MS = 200  # okx's own rhythm: two book updates may be on the way
LEAD_WALL_MS = 50  # how far, in wall time, the market may run ahead of a following desk
RECENT_NS = 5_000 * MS
SAMPLE_NS = 250 * MS


class ScaledClock:
    """Counts steps of market time. `speed` = market seconds per wall second wished for,
    `made_up_ms` the longest hiccup (wall time) that is made up for."""

    def __init__(
        self,
        start_ms: int,
        speed: float,
        step_ms: int = STEP_MS,
        made_up_ms: int = BACKLOG_WALL_MS,
    ) -> None:
        assert speed > 0, "time has to move"
        assert step_ms > 0, "a step has a length"
        self.start_ms = start_ms
        self.now_ms = start_ms
        self.speed = speed
        self.step_ms = step_ms
        self._made_up_ms = made_up_ms
        self.ended = False
        self._anchor: tuple[int, int] | None = None  # (wall ns, market ms) it runs from
        self._first: int | None = None
        self._last = 0
        self._samples: deque[tuple[int, int]] = deque()

    @property
    def lead_ms(self) -> int:
        """Market time that may lie between now and what the slowest follower has seen."""
        return max(LEAD_MIN_MS, int(self.speed * LEAD_WALL_MS))

    def due(self, wall_ns: int) -> int:
        """Steps to make now."""
        if self.ended:
            return 0
        anchor_wall, anchor_ms = self._observe(wall_ns)
        ahead_ns = int((wall_ns - anchor_wall) * self.speed) - (self.now_ms - anchor_ms) * MS
        steps = max(0, ahead_ns // (self.step_ms * MS))
        backlog = max(2, int(self.speed * self._made_up_ms / self.step_ms))
        if steps > backlog:
            self._anchor = (wall_ns, self.now_ms + backlog * self.step_ms)
            return backlog
        return steps

    def wait_ns(self, wall_ns: int) -> int:
        """Wall time until the next step is due."""
        anchor_wall, anchor_ms = self._anchor or (wall_ns, self.now_ms)
        next_ms = self.now_ms + self.step_ms - anchor_ms
        return max(0, anchor_wall + int(next_ms * MS / self.speed) - wall_ns)

    def advance(self, steps: int = 1) -> None:
        """So many steps were made."""
        assert not self.ended, "after the end nothing happens"
        self.now_ms += steps * self.step_ms

    def hold(self, wall_ns: int) -> None:
        """Somebody lags: time stands still until `due` is asked again."""
        if self._anchor is not None:
            self._observe(wall_ns)
            self._anchor = (wall_ns, self.now_ms)

    def end(self) -> None:
        """The recording is over; desk time stands for good."""
        self.ended = True

    @property
    def reached(self) -> float:
        """Market seconds per wall second since the first step was due."""
        if self._first is None or self._last <= self._first:
            return 0.0
        return (self.now_ms - self.start_ms) * MS / (self._last - self._first)

    @property
    def recent(self) -> float:
        """The same over the last five wall seconds."""
        if not self._samples or self._last <= self._samples[0][0]:
            return self.reached
        wall, market = self._samples[0]
        return (self.now_ms - market) * MS / (self._last - wall)

    def _observe(self, wall_ns: int) -> tuple[int, int]:
        if self._anchor is None:
            self._anchor = (wall_ns, self.now_ms)
        if self._first is None:
            self._first = wall_ns
        self._last = max(self._last, wall_ns)
        samples = self._samples
        if not samples or wall_ns - samples[-1][0] >= SAMPLE_NS:
            samples.append((wall_ns, self.now_ms))
        while len(samples) > 1 and wall_ns - samples[0][0] > RECENT_NS:
            samples.popleft()
        return self._anchor
