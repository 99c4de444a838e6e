"""kappa: how much wider than chance z spreads on this coin, because order signs have a memory.

The standard deviation of un-inflated z over windows that lie side by side, seven days back
(signals.md 1.3), kept for each window length by itself: the longer the window, the more of a
metaorder it holds, so an hour's z spreads wider than a minute's. Windows without a whale have no z
and are left out. Sums by the hour, so seven days take 169 rows however busy they were. A restart
begins anew: prints are not back-filled, and until enough windows are known kappa is the default.
"""

from math import fsum, sqrt

from pawang.market.params import MarketParams
from pawang.model.refs import HOUR

HOURS_OF_A_DAY = 24


class LongMemory:
    """z of one window length, summed by the hour."""

    __slots__ = ("_hours", "_params")

    def __init__(self, params: MarketParams) -> None:
        self._params = params
        self._hours: dict[int, tuple[int, float, float]] = {}  # windows, their z, and squares

    def add(self, ts: int, z: float) -> None:
        """A window that ended at `ts`; they come in order of time."""
        hour = ts // HOUR
        many, total, squares = self._hours.get(hour, (0, 0.0, 0.0))
        self._hours[hour] = (many + 1, total + z, squares + z * z)
        oldest = hour - self._span
        while (first := next(iter(self._hours))) < oldest:
            del self._hours[first]

    @property
    def _span(self) -> int:
        return self._params.kappa_days * HOURS_OF_A_DAY

    def __len__(self) -> int:
        return len(self._hours)

    def kappa(self, ts: int) -> float:
        """As of `ts`."""
        params = self._params
        since = ts // HOUR - self._span
        rows = [row for hour, row in self._hours.items() if since <= hour <= ts // HOUR]
        many = sum(row[0] for row in rows)
        if many < params.kappa_windows_min:
            return params.kappa
        mean = fsum(row[1] for row in rows) / many
        variance = (fsum(row[2] for row in rows) - many * mean * mean) / (many - 1)
        return min(params.kappa_max, max(params.kappa_min, sqrt(max(0.0, variance))))
