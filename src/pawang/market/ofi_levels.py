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

from pawang.kernels import ladder
from pawang.kernels.ladder import ASKS, BIDS
from pawang.market.cells import Cells
from pawang.market.kernels import layout, ranks
from pawang.market.kernels.layout import LEVELS
from pawang.market.ofi import pressure
from pawang.market.state import State
from pawang.model.market import Level
from pawang.model.refs import SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

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
    """One coin's multi-level OFI and mean sizes by whole seconds; bounded, and equal for any cut.

    What is folded lies in `state`, where the stream's kernels put it too.
    """

    __slots__ = ("_cells", "_ints", "_state")

    def __init__(self, state: State | None = None) -> None:
        self._state = state = state or State()
        self._ints = state.ints
        self._cells = Cells(state, layout.RANK_CELLS, layout.RANK_SECOND, layout.RANK_WIDTH)

    def state(self, ts: int, bids: Sequence[Level], asks: Sequence[Level]) -> None:
        """One whole book at `ts`."""
        kept = self._state
        for side, levels in ((BIDS, bids), (ASKS, asks)):
            rows = np.array(levels, np.float64).reshape(-1, 2)
            ladder.replace(kept.book, kept.bounds, side, rows, 0, len(rows))
        ranks.ranks(kept.ints, kept.floats, ts, kept.book, kept.bounds)

    def lose(self) -> None:
        """The book became unknown: the next state has no known one before it."""
        self._ints[layout.RANK_KNOWN] = 0
        self._ints[layout.RANK_COMPLETE] = layout.NEVER

    # Reading.

    @property
    def complete_from(self) -> int | None:
        """No event at or after this time is missing; None: nothing is known."""
        begun = int(self._ints[layout.RANK_COMPLETE])
        return None if begun == layout.NEVER else begun

    def ofi(self, ts: int, seconds: int) -> tuple[float, ...] | None:
        """Each level's coins over the whole seconds before `ts`, None if not all are known."""
        end, begun = ts // SECOND * SECOND, self.complete_from
        if begun is None or end - seconds * SECOND < begun:
            return None
        return tuple(self._cells.sums(ts, seconds)[:LEVELS])

    def normalised(self, ts: int, seconds: int) -> tuple[float, ...]:
        """Each level's OFI over its mean size of five minutes; () if it is not known."""
        flows = self.ofi(ts, seconds)
        if flows is None:
            return ()
        *sums, states = self._cells.sums(ts, SPAN_SECONDS)[LEVELS:]
        pairs = zip(flows, sums, strict=True)
        return tuple(flow * states / size if size > 0.0 else 0.0 for flow, size in pairs)
