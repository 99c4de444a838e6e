"""Open interest of one coin on a five-minute grid, live and back-filled.

Changes are counted in coins: in USD every tick of the price would look like a change.
"""

from bisect import bisect_right, insort

from pawang.market.robust import Spread
from pawang.model.market import OpenInterest
from pawang.model.refs import DAY, HOUR, MINUTE

GRID = 5 * MINUTE
SPAN = 31 * DAY
HOLE = 2 * HOUR
"""Further apart, what lay between is unknown."""
NEAR = 30 * MINUTE
"""How old a point may be to stand for a time."""

Point = tuple[int, float]  # time, coins


class OpenInterestHistory:
    """The first reading of every five minutes, for a month (at most 8,929 points).

    The first, so that what is live never rewrites a point that the past was built on.
    """

    def __init__(self, span_days: int) -> None:
        self._points: dict[int, Point] = {}
        self._order: list[int] = []
        self._span = span_days * DAY
        self.newest: OpenInterest | None = None
        self._memo: tuple[int, Spread] | None = None

    def add(self, record: OpenInterest) -> None:
        """Take a reading of any age."""
        ts = record.ts_event
        if self.newest is None or ts >= self.newest.ts_event:
            self.newest = record
        bucket = ts // GRID
        known = self._points.get(bucket)
        if known is None:
            insort(self._order, bucket)
            while self._order[0] < self._order[-1] - SPAN // GRID:
                self._points.pop(self._order.pop(0), None)
            if bucket < self._order[0]:
                return
        elif ts >= known[0]:
            return
        if self._memo is not None and ts < self._memo[0] * HOUR:
            self._memo = None
        self._points[bucket] = (ts, record.coins)

    def points(self, ts_from: int, ts_to: int) -> list[Point]:
        """Readings in `[ts_from, ts_to]`, oldest first."""
        first = bisect_right(self._order, ts_from // GRID - 1)
        last = bisect_right(self._order, ts_to // GRID)
        found = [self._points[bucket] for bucket in self._order[first:last]]
        return [point for point in found if ts_from <= point[0] <= ts_to]

    def at(self, ts: int) -> Point | None:
        """The newest reading at or before `ts`, None if there is none near."""
        place = bisect_right(self._order, ts // GRID)
        for bucket in reversed(self._order[max(0, place - 2) : place]):
            point = self._points[bucket]
            if point[0] <= ts:
                return point if ts - point[0] <= NEAR else None
        return None

    def covered_h(self, enough_h: float) -> float:
        """Hours of history without holes longer than two hours; counting stops at enough."""
        covered = 0
        enough = int(enough_h * HOUR)
        later: int | None = None
        for bucket in reversed(self._order):
            ts = self._points[bucket][0]
            if later is not None and later - ts <= HOLE:
                covered += later - ts
            if covered >= enough:
                return enough_h
            later = ts
        return covered / HOUR

    def change_now_pct(self, ts: int) -> float | None:
        """Percent change of the newest reading against an hour before `ts`."""
        before = self.at(ts - HOUR)
        if self.newest is None or before is None or before[1] <= 0.0:
            return None
        return (self.newest.coins / before[1] - 1.0) * 100.0

    def change_pct(self, ts: int) -> float | None:
        """Percent change over the hour before `ts`, between points of the grid."""
        now, before = self.at(ts), self.at(ts - HOUR)
        if now is None or before is None or before[1] <= 0.0:
            return None
        return (now[1] / before[1] - 1.0) * 100.0

    def changes(self, ts: int) -> Spread:
        """Spread of the hourly changes of the trailing 30 days, up to the last full hour."""
        hour = ts // HOUR
        if self._memo is None or self._memo[0] != hour:
            hours = range(hour - self._span // HOUR + 1, hour)
            changes = [self.change_pct(at * HOUR) for at in hours]
            self._memo = (hour, Spread([change for change in changes if change is not None]))
        return self._memo[1]
