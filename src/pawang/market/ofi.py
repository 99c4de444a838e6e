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
from pawang.model.market import BestQuote
from pawang.model.refs import SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEPTH_SECONDS = 300  # the mean depth that normalises looks this far back
LATE_SECONDS = 10  # a window may be asked for this long after its end


Quoted = tuple[float, float, float, float]
"""Bid, its size, ask, its size."""


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

    def quoted(self, row: int) -> Quoted:
        bid, ask = float(self.bid[row]), float(self.ask[row])
        return bid, float(self.bid_size[row]), ask, float(self.ask_size[row])


def events(quotes: Quotes) -> Floats:
    """The event of every quote after the first: n - 1 values."""
    return pressure(quotes.bid, quotes.bid_size) - pressure(-quotes.ask, quotes.ask_size)


def pressure(price: Floats, size: Floats) -> Floats:
    """One side's part of each event along the first axis; an ask's price comes in negated."""
    better = price[1:] >= price[:-1]
    worse = price[1:] <= price[:-1]
    return np.where(better, size[1:], 0.0) - np.where(worse, size[:-1], 0.0)


def event(before: Quoted, now: Quoted) -> float:
    """One event, by the same steps as `events`, so that both agree to the last bit."""
    bid, bid_size, ask, ask_size = now
    bid_before, bid_size_before, ask_before, ask_size_before = before
    bought = (bid_size if bid >= bid_before else 0.0) - (
        bid_size_before if bid <= bid_before else 0.0
    )
    sold = (ask_size if ask <= ask_before else 0.0) - (
        ask_size_before if ask >= ask_before else 0.0
    )
    return bought - sold


class OrderFlow:
    """One coin's L1 OFI and mean L1 depth, by whole seconds; bounded, and equal for any cut."""

    __slots__ = ("_before", "_cells", "complete_from", "newest", "refused")

    def __init__(self, seconds: int = DEPTH_SECONDS) -> None:
        self._cells = Cells(seconds + LATE_SECONDS, 3)  # sums of: event, depth, states
        self._before: Quoted | None = None
        self.refused = 0
        self.newest: int | None = None  # of the quotes that were taken
        self.complete_from: int | None = None  # no event at or after this time is missing

    def quote(self, quote: BestQuote) -> None:
        """One quote, as it comes from the feed: some microseconds."""
        now = (quote.bid, quote.bid_size, quote.ask, quote.ask_size)
        if not (quote.bid < quote.ask and quote.bid_size > 0.0 and quote.ask_size > 0.0):
            self.refused += 1
            return
        if self._before is None:
            self._begin(quote.ts_event)
            made = 0.0
        else:
            made = event(self._before, now)
        self._cells.put(quote.ts_event, (made, (quote.bid_size + quote.ask_size) / 2.0, 1.0))
        self._before = now
        self.newest = quote.ts_event

    def fold(self, quotes: Quotes) -> None:
        """Any number of quotes. One that is crossed, locked or empty is left out and counted."""
        sane = (quotes.bid < quotes.ask) & (quotes.bid_size > 0.0) & (quotes.ask_size > 0.0)
        self.refused += int(len(sane) - sane.sum())
        quotes = quotes.rows(sane)
        if len(quotes.ts) == 0:
            return
        if self._before is None:
            self._begin(int(quotes.ts[0]))
            made = 0.0
        else:
            made = event(self._before, quotes.quoted(0))
        depth = (quotes.bid_size + quotes.ask_size) / 2.0
        columns = (np.append(made, events(quotes)), depth, np.ones_like(depth))
        self._cells.add(quotes.ts, np.column_stack(columns))
        self._before = quotes.quoted(-1)
        self.newest = int(quotes.ts[-1])

    def _begin(self, ts: int) -> None:
        """The second in which quotes (re)start is not whole."""
        seen = self._cells.newest
        self.complete_from = (
            max(ts // SECOND, ts // SECOND if seen is None else seen) + 1
        ) * SECOND

    def lose(self) -> None:
        """The feed was cut: the next quote has no known one before it."""
        self._before = None
        self.complete_from = None

    def ofi(self, ts: int, seconds: int) -> float | None:
        """Coins over the `seconds` whole seconds before `ts`; None where not all of them are known.

        At most `DEPTH_SECONDS`, and asked at most `LATE_SECONDS` after.
        """
        end = ts // SECOND * SECOND
        if self.complete_from is None or end - seconds * SECOND < self.complete_from:
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
