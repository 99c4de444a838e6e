"""Order-flow imbalance at each of the ten best levels (Xu, Gould and Howison 2018).

signals.md 5.2: level m's event compares the sizes and prices of the m-th best before and after.
Ten sums say little more than their first principal component: the *integrated* OFI (Cont,
Cucuringu and Zhang 2023), whose weights `integrate` finds. A book state is cheap to be late here:
levels below the best do not need the best-quote stream (5.1).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.market.cells import Cells
from pawang.market.ofi import LATE_SECONDS, pressure
from pawang.model.market import Level
from pawang.model.refs import SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVELS = 10
SPAN_SECONDS = 300

Side = tuple[Floats, Floats]
"""Prices and sizes of one side's best levels, (states, levels)."""


class States(NamedTuple):
    """Book states as columns: times (n,), and prices and sizes of the best levels (n, levels)."""

    ts: Ints
    bid: Floats
    bid_size: Floats
    ask: Floats
    ask_size: Floats

    def rows(self, which: slice) -> "States":
        ts, bid, bid_size, ask, ask_size = self
        return States(ts[which], bid[which], bid_size[which], ask[which], ask_size[which])

    def then(self, later: "States") -> "States":
        return States(
            np.concatenate((self.ts, later.ts)),
            np.concatenate((self.bid, later.bid)),
            np.concatenate((self.bid_size, later.bid_size)),
            np.concatenate((self.ask, later.ask)),
            np.concatenate((self.ask_size, later.ask_size)),
        )


def ranked(levels: Sequence[Level], worst: float, count: int = LEVELS) -> Side:
    """One row: the best `count` levels of a side. A missing one has no size, at `worst`.

    `worst` is -inf for bids and inf for asks: a level that appears then counts as a better price.
    """
    prices, sizes = np.full((1, count), worst), np.zeros((1, count))
    for place, (price, size) in enumerate(levels[:count]):
        prices[0, place], sizes[0, place] = price, size
    return prices, sizes


def level_events(states: States) -> Floats:
    """(n - 1, levels): each state's event at each level against the state before."""
    return pressure(states.bid, states.bid_size) - pressure(-states.ask, states.ask_size)


def integrate(sums: Floats) -> Floats:
    """Weights (levels,) of the first principal component of window sums (windows, levels).

    They are scaled to absolute sum 1 and point so that buying counts up.
    """
    assert sums.ndim == 2, "windows by levels"
    spread = sums - sums.mean(axis=0)
    _, vectors = np.linalg.eigh(spread.T @ spread)  # in rising order of variance
    first: Floats = vectors[:, -1]
    weights: Floats = first / np.abs(first).sum()
    return weights if weights.sum() >= 0.0 else -weights


class LevelFlow:
    """One coin's multi-level OFI by whole seconds; bounded, and equal for any cut."""

    __slots__ = ("_before", "_cells", "_levels", "complete_from")

    def __init__(self, levels: int = LEVELS, seconds: int = SPAN_SECONDS) -> None:
        self._levels = levels
        self._cells = Cells(seconds + LATE_SECONDS, levels)
        self._before: States | None = None  # one row
        self.complete_from: int | None = None

    def state(self, ts: int, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """One whole book, best first, at `ts`."""
        bid, bid_size = ranked(bids, -np.inf, self._levels)
        ask, ask_size = ranked(asks, np.inf, self._levels)
        self.fold(States(np.array([ts], dtype=np.int64), bid, bid_size, ask, ask_size))

    def fold(self, states: States) -> None:
        """Any number of states, in order of arrival."""
        if len(states.ts) == 0:
            return
        if self._before is None:
            newest = self._cells.newest
            begun = int(states.ts[0]) // SECOND
            self.complete_from = (begun if newest is None else max(begun, newest)) * SECOND + SECOND
            known, ts = states, states.ts[1:]
        else:
            known, ts = self._before.then(states), states.ts
        self._cells.add(ts, level_events(known))
        self._before = states.rows(slice(-1, None))

    def lose(self) -> None:
        """The book became unknown: the next state has no known one before it."""
        self._before = None
        self.complete_from = None

    def ofi(self, ts: int, seconds: int) -> tuple[float, ...] | None:
        """Each level's coins over the whole seconds before `ts`, None if not all are known."""
        end = ts // SECOND * SECOND
        if self.complete_from is None or end - seconds * SECOND < self.complete_from:
            return None
        return tuple(self._cells.sums(ts, seconds))
