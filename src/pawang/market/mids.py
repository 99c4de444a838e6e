"""The mid's last changes: where it stood at a moment of the last minutes.

Best quotes come every 10 ms and tell every change. Where there are none, the book's mid is known
once a second, when the book is looked at. A ring of fixed size; a time older than it is unknown.

>>> mids = Mids()
>>> for ms, mid in [(0, 100.0), (10, 100.5), (20, 100.5), (90, 100.0)]:
...     mids.quote(ms, mid)
>>> [mids.at(ms) for ms in (-1, 5, 89, 90)]
[None, 100.0, 100.5, 100.0]
"""

from bisect import bisect_right
from math import isnan, nan

from pawang.market.kernels import layout, touch
from pawang.market.kernels.layout import MIDS_MAX
from pawang.market.state import State
from pawang.model.refs import SECOND

QUOTES_FRESH = 10 * SECOND
"""While quotes come the book is not asked: it is 100 ms behind them."""


class Mids:
    """Times never run backwards here: a late one counts where the stream stands.

    The ring lies in `state` (at the fastest, a change every 10 ms, it holds 40 seconds), where the
    stream's kernels put the quotes' mids.
    """

    __slots__ = ("_floats", "_ints", "_mids", "_times")

    def __init__(self, state: State | None = None) -> None:
        state = state or State()
        self._ints, self._floats = state.ints, state.floats
        self._times = state.ints[layout.MID_TIMES : layout.MID_TIMES + MIDS_MAX]
        self._mids = state.section(layout.MID_VALUES, MIDS_MAX)

    @property
    def seen(self) -> int:
        """The newest time anything was told."""
        return int(self._ints[layout.MID_SEEN])

    def quote(self, ts: int, mid: float) -> None:
        """A best quote's mid."""
        self._ints[layout.MID_QUOTED] = ts
        touch.mid(self._ints, self._floats, ts, mid)

    def look(self, ts: int, mid: float) -> None:
        """The book's mid; passed over while quotes come."""
        if ts - int(self._ints[layout.MID_QUOTED]) > QUOTES_FRESH:
            touch.mid(self._ints, self._floats, ts, mid)

    def lose(self) -> None:
        """From the last change on nothing is known until the next."""
        if self._ints[layout.MIDS]:
            touch.mid(self._ints, self._floats, self.seen, nan)

    def at(self, ts: int) -> float | None:
        """The mid as of `ts`, None where it is unknown."""
        count = int(self._ints[layout.MIDS])
        oldest = max(0, count - MIDS_MAX)
        later = bisect_right(
            range(oldest, count), ts, key=lambda place: self._times[place % MIDS_MAX]
        )
        if later == 0:
            return None
        mid = float(self._mids[(oldest + later - 1) % MIDS_MAX])
        return None if isnan(mid) else mid
