"""Order-flow imbalance at the best prices: what was added to the bid and taken from the ask.

An event weighs a change of the best quote (signals.md 5.2; Cont, Kukanov and Stoikov 2014):

    e = qb [pb >= pb'] - qb' [pb <= pb'] - qa [pa <= pa'] + qa' [pa >= pa']      ' = before

Its sum explains half of the price change of the *same* window, and nearly none of the next (0.1):
it times an entry or a cut. Feed it best quotes, never a book rebuilt from deltas: some ms of lag
around queue moves destroy it (5.1).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.market.cells import Cells
from pawang.market.kernels import layout, touch
from pawang.market.state import State
from pawang.model.market import BestQuote
from pawang.model.refs import SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEPTH_SECONDS = 300  # the mean depth that normalises looks this far back
LATE_SECONDS = 10  # a window may be asked for this long after its end


class Quotes(NamedTuple):
    """Best quotes as columns of equal length, in order of arrival; `ts` in ns."""

    ts: Ints
    bid: Floats
    bid_size: Floats
    ask: Floats
    ask_size: Floats

    @classmethod
    def of(cls, quotes: list[BestQuote]) -> "Quotes":
        rows = [(q.bid, q.bid_size, q.ask, q.ask_size) for q in quotes]
        bid, bid_size, ask, ask_size = np.array(rows, dtype=np.float64).reshape(-1, 4).T
        ts = np.array([q.ts_event for q in quotes], dtype=np.int64)
        return cls(ts, bid, bid_size, ask, ask_size)

    @property
    def mid(self) -> Floats:
        return (self.bid + self.ask) / 2.0

    def rows(self, which: NDArray[np.bool_] | slice) -> "Quotes":
        ts, bid, bid_size, ask, ask_size = self
        return Quotes(ts[which], bid[which], bid_size[which], ask[which], ask_size[which])


def events(quotes: Quotes) -> Floats:
    """The event of every quote after the first: n - 1 values."""
    return pressure(quotes.bid, quotes.bid_size) - pressure(-quotes.ask, quotes.ask_size)


def pressure(price: Floats, size: Floats) -> Floats:
    """One side's part of each event along the first axis; an ask's price comes in negated."""
    better = price[1:] >= price[:-1]
    worse = price[1:] <= price[:-1]
    return np.where(better, size[1:], 0.0) - np.where(worse, size[:-1], 0.0)


class OrderFlow:
    """One coin's L1 OFI and mean L1 depth, by whole seconds; bounded, and equal for any cut.

    What is folded lies in `state`, where the stream's kernels put it too.
    """

    __slots__ = ("_cells", "_floats", "_ints")

    def __init__(self, state: State | None = None) -> None:
        state = state or State()
        self._ints, self._floats = state.ints, state.floats
        self._cells = Cells(state, layout.QUOTE_CELLS, layout.QUOTE_SECOND, layout.QUOTE_WIDTH)

    def fold(self, quotes: Quotes) -> None:
        """Any number of quotes. One that is crossed, locked or empty is left out and counted."""
        rows = np.column_stack((quotes.bid, quotes.bid_size, quotes.ask, quotes.ask_size))
        touch.quotes(self._ints, self._floats, quotes.ts, rows)

    def quote(self, quote: BestQuote) -> None:
        """One quote."""
        told = (quote.bid, quote.bid_size, quote.ask, quote.ask_size)
        touch.quote(self._ints, self._floats, quote.ts_event, *told)

    def lose(self) -> None:
        """The feed was cut: the next quote has no known one before it."""
        self._ints[[layout.QUOTE_KNOWN, layout.STEP_KNOWN]] = 0
        self._ints[layout.QUOTE_COMPLETE] = layout.NEVER

    # Reading.

    @property
    def refused(self) -> int:
        return int(self._ints[layout.REFUSED])

    @property
    def complete_from(self) -> int | None:
        """No event at or after this time is missing; None: nothing is known."""
        return _known(self._ints[layout.QUOTE_COMPLETE])

    @property
    def newest(self) -> int | None:
        """When the newest quote came that was taken."""
        return _known(self._ints[layout.QUOTE_TS])

    def ofi(self, ts: int, seconds: int) -> float | None:
        """Coins over the `seconds` whole seconds before `ts`; None where not all of them are known.

        At most `DEPTH_SECONDS`, and asked at most `LATE_SECONDS` after.
        """
        end = ts // SECOND * SECOND
        begun = self.complete_from
        if begun is None or end - seconds * SECOND < begun:
            return None
        return self._cells.sums(ts, seconds)[0]

    def depth(self, ts: int) -> float | None:
        """Mean coins at a best price over the states of the 5 minutes before `ts`, None if none."""
        _, depth, states = self._cells.sums(ts, DEPTH_SECONDS)
        return depth / states if states else None

    def normalised(self, ts: int, seconds: int) -> float | None:
        """OFI in units of the mean depth: about half the ticks that it explains."""
        flow, depth = self.ofi(ts, seconds), self.depth(ts)
        return None if flow is None or not depth else flow / depth


def _known(time: int) -> int | None:
    return None if time == layout.NEVER else int(time)
