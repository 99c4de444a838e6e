"""The mid's last changes: where it stood at a moment of the last minutes.

Best quotes come every 10 ms and tell every change. Where there are none, the book's mid is known
once a second, when the book is looked at. A ring of fixed size; a time older than it is unknown.

>>> mids = Mids()
>>> for ms, mid in [(0, 100.0), (10, 100.5), (20, 100.5), (90, 100.0)]:
...     mids.quote(ms, mid)
>>> [mids.at(ms) for ms in (-1, 5, 89, 90)]
[None, 100.0, 100.5, 100.0]
"""

from array import array
from bisect import bisect_right
from math import isnan, nan

from pawang.model.refs import SECOND

MIDS_MAX = 4_096
"""Changes; at the fastest (one every 10 ms, on end) the last 40 seconds. 64 KB a coin."""
QUOTES_FRESH = 10 * SECOND
"""While quotes come the book is not asked: it is 100 ms behind them."""


class Mids:
    """Times never run backwards here: a late one counts where the stream stands."""

    __slots__ = ("_count", "_mids", "_quoted", "_times", "seen")

    def __init__(self) -> None:
        self._times = array("q", bytes(8 * MIDS_MAX))
        self._mids = array("d", bytes(8 * MIDS_MAX))
        self._count = 0  # changes ever put
        self._quoted: int | None = None
        self.seen = 0  # the newest time anything was told

    def quote(self, ts: int, mid: float) -> None:
        """A best quote's mid."""
        self._quoted = ts
        self._put(ts, mid)

    def look(self, ts: int, mid: float) -> None:
        """The book's mid; passed over while quotes come."""
        if self._quoted is None or ts - self._quoted > QUOTES_FRESH:
            self._put(ts, mid)

    def lose(self) -> None:
        """From the last change on nothing is known until the next."""
        if self._count:
            self._put(self.seen, nan)

    def _put(self, ts: int, mid: float) -> None:
        ts = max(ts, self.seen)
        self.seen = ts
        if self._count and self._mids[(self._count - 1) % MIDS_MAX] == mid:
            return
        place = self._count % MIDS_MAX
        self._times[place], self._mids[place] = ts, mid
        self._count += 1

    def at(self, ts: int) -> float | None:
        """The mid as of `ts`, None where it is unknown."""
        kept = min(self._count, MIDS_MAX)
        oldest = self._count - kept
        later = bisect_right(
            range(oldest, self._count), ts, key=lambda place: self._times[place % MIDS_MAX]
        )
        if later == 0:
            return None
        mid = self._mids[(oldest + later - 1) % MIDS_MAX]
        return None if isnan(mid) else mid
