"""One instrument's order book, as the arrays of `kernels.ladder`.

The book is *unknown* (`problem` says why) before its first snapshot, after a gap, and from the
moment it is crossed or locked until the next snapshot: never approximate (A04, A10, A19).

The coin's fold changes it message by message (`kernels.stream`); here it is read.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pawang.kernels import ladder
from pawang.kernels.ladder import ASKS, BIDS, Floats, Ints
from pawang.market import kernel
from pawang.market.imbalance import queue_imbalance
from pawang.market.kernels.layout import BOOK_KNOWN, BOOK_TS
from pawang.market.state import State
from pawang.model.market import BookDelta, BookSnapshot, Level, Levels
from pawang.model.tape import BookCheckpoint

PROBLEMS = {kernel.EMPTY: "gap", kernel.CROSSED: "crossed"}


class BookSide:
    """One side of a book, or a side alone; prices in rising order."""

    __slots__ = ("_book", "_bounds", "_side")

    def __init__(
        self, book: Floats | None = None, bounds: Ints | None = None, side: int = BIDS
    ) -> None:
        if book is None or bounds is None:
            book, bounds = ladder.empty_book()
        self._book, self._bounds, self._side = book, bounds, side

    @property
    def prices(self) -> list[float]:
        start, stop = self._bounds[2 * self._side : 2 * self._side + 2].tolist()
        keys: list[float] = self._book[self._side, 0, start:stop].tolist()
        return keys if self._side == BIDS else [-key for key in reversed(keys)]

    @property
    def sizes(self) -> list[float]:
        start, stop = self._bounds[2 * self._side : 2 * self._side + 2].tolist()
        sizes: list[float] = self._book[self._side, 1, start:stop].tolist()
        return sizes if self._side == BIDS else sizes[::-1]

    def replace(self, levels: Sequence[Level]) -> None:
        ladder.replace(self._book, self._bounds, self._side, *rows_of(levels))

    def change(self, levels: Sequence[Level]) -> None:
        """Set absolute sizes; size 0 deletes, also where nothing stood."""
        ladder.change(self._book, self._bounds, self._side, *rows_of(levels))

    def depth(self, low: float, high: float) -> float:
        """Coins resting in `[low, high]`."""
        return kernel.depth(self._book, self._bounds, self._side, low, high)[0]

    def depth_usd(self, low: float, high: float) -> float:
        return kernel.depth(self._book, self._bounds, self._side, low, high)[1]


class Book:
    """Both sides. Read prices only while `problem` is None."""

    __slots__ = ("_bounds", "_ints", "_levels", "_problem")

    def __init__(self, state: State | None = None) -> None:
        state = state or State()
        self._ints = state.ints
        self._levels, self._bounds = state.book, state.bounds
        self._problem = "unseen"

    # Writing.

    def replace(self, snapshot: BookSnapshot) -> None:
        """A snapshot replaces what stood before, it is never merged (A10)."""
        ladder.replace(self._levels, self._bounds, BIDS, *rows_of(snapshot.bids))
        ladder.replace(self._levels, self._bounds, ASKS, *rows_of(snapshot.asks))
        self._ints[BOOK_KNOWN], self._ints[BOOK_TS] = 1, snapshot.ts_event
        self.judge()

    def change(self, delta: BookDelta) -> None:
        """Changed levels; an unknown book says nothing."""
        if self.problem is not None:
            return
        ladder.change(self._levels, self._bounds, BIDS, *rows_of(delta.bids))
        ladder.change(self._levels, self._bounds, ASKS, *rows_of(delta.asks))
        self._ints[BOOK_TS] = max(self.ts, delta.ts_event)
        self.judge()

    def judge(self) -> None:
        """A book without a side or crossed is unknown from now on."""
        if kernel.health(self._levels, self._bounds) != kernel.WHOLE:
            self.fell()

    def fell(self) -> None:
        """The last message left it without a side, or crossed: it is unknown from now on."""
        self._lose(PROBLEMS[kernel.health(self._levels, self._bounds)])

    def lose(self, problem: str) -> None:
        """Unknown from now on. A book that was never seen stays unseen."""
        if self._problem != "unseen" or self._ints[BOOK_KNOWN]:
            self._lose(problem)

    def _lose(self, problem: str) -> None:
        self._problem = problem
        self._ints[BOOK_KNOWN] = 0
        self._bounds[:] = 0

    # Reading.

    @property
    def problem(self) -> str | None:
        return None if self._ints[BOOK_KNOWN] else self._problem

    @property
    def ts(self) -> int:
        """The newest record's, keep-alives included."""
        return int(self._ints[BOOK_TS])

    @property
    def arrays(self) -> tuple[Floats, Ints]:
        """For kernels that read."""
        return self._levels, self._bounds

    def checkpoint(self, instrument: str) -> BookCheckpoint | None:
        """The whole book as a record; None while it is unknown."""
        if self.problem is not None:
            return None
        levels, bounds = self.arrays
        sides = []
        for side, sign in ((BIDS, 1.0), (ASKS, -1.0)):
            start, stop = bounds[2 * side : 2 * side + 2].tolist()
            rows = levels[side, :, start:stop][:, ::-1].T.copy()  # the best is at the end
            rows[:, 0] *= sign
            sides.append(Levels(rows, 0, len(rows)))
        bids, asks = sides
        stamps = {"ts_event": self.ts, "ts_recv": self.ts}
        return BookCheckpoint(instrument=instrument, **stamps, bids=bids, asks=asks, seq=0)

    @property
    def bids(self) -> BookSide:
        return BookSide(*self.arrays, BIDS)

    @property
    def asks(self) -> BookSide:
        return BookSide(*self.arrays, ASKS)

    @property
    def bid(self) -> float:
        return self._whole().bid

    @property
    def ask(self) -> float:
        return self._whole().ask

    @property
    def mid(self) -> float:
        return self._whole().mid

    @property
    def spread_bps(self) -> float:
        return self._whole().spread_bps

    @property
    def queue_imbalance(self) -> float:
        survey = self._whole()
        return queue_imbalance(survey.bid_size, survey.ask_size)

    def _whole(self) -> "Survey":
        assert self.problem is None, self._problem
        return self.survey(0.0)

    def survey(self, bps: float) -> "Survey":
        """Everything a look needs, in one call."""
        levels, bounds = self.arrays
        # An interpreted kernel gives numpy's floats.
        return Survey(*map(float, kernel.survey(levels, bounds, bps * 1e-4)))

    def guarded(self, side: int, low: float, high: float) -> tuple[float, float]:
        """Coins of a side (BIDS or ASKS) in `[low, high]`, and the mid."""
        levels, bounds = self.arrays
        return kernel.guarded(levels, bounds, side, low, high)

    def imbalance(self, bps: float) -> float:
        """(bids - asks) / (bids + asks) of the coins within `bps` of mid, 0 if there are none."""
        assert self.problem is None, self._problem
        return self.survey(bps).imbalance

    def depth_usd(self, bps: float) -> float:
        """USD resting within `bps` of mid, both sides."""
        (_, bids), (_, asks) = self._around(bps)
        return float(bids + asks)  # an interpreted kernel gives numpy's

    def _around(self, bps: float) -> tuple[tuple[float, float], tuple[float, float]]:
        mid, reach = self.mid, bps * 1e-4
        levels, bounds = self._levels, self._bounds
        bids = kernel.depth(levels, bounds, BIDS, mid * (1.0 - reach), mid)
        return bids, kernel.depth(levels, bounds, ASKS, mid, mid * (1.0 + reach))


class Survey(NamedTuple):
    """The touch of a whole book, and the coins near its mid."""

    bid: float
    bid_size: float
    ask: float
    ask_size: float
    bids: float
    asks: float

    @property
    def touch(self) -> tuple[float, float, float, float]:
        return self[:4]

    @property
    def mid(self) -> float:
        return (self.bid + self.ask) / 2.0

    @property
    def spread_bps(self) -> float:
        return (self.ask - self.bid) / self.mid * 1e4

    @property
    def imbalance(self) -> float:
        both = self.bids + self.asks
        return (self.bids - self.asks) / both if both > 0.0 else 0.0


def rows_of(levels: Sequence[Level]) -> tuple[Floats, int, int]:
    """Levels as a kernel takes them: rows, first, last."""
    if isinstance(levels, Levels):
        return levels.rows, levels.first, levels.last
    return _array(levels), 0, len(levels)


def _array(levels: Sequence[Level]) -> Floats:
    if isinstance(levels, Levels):
        rows: Floats = levels.rows[levels.first : levels.last]
        return rows
    made = np.array(levels, np.float64).reshape(-1, 2)
    assert bool(np.all(made[:, 1] >= 0.0)), "a level's size is never negative or unknown"
    return made
