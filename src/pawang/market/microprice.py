"""The micro-price: where the mid will be, given the best sizes and the spread (Stoikov 2018).

signals.md 5.2. A state is (bin of the queue imbalance, spread in ticks). From counts of its steps:
Q (mid unchanged, new state), R1 (mid moves by k of K), R2 (mid moves, new state). Then

    G1 = (1 - Q)^-1 R1 K      the expected first move of the mid
    B  = (1 - Q)^-1 R2        the state in which that move leaves the book
    micro-price = mid + sum over i of B^i G1

Each step also counts mirrored, so that buyers and sellers are one and the same story told twice.
A larger move counts as the largest of K: what is absorbed is that the mid moved, and where to.
States from which the sample never saw the mid move say nothing: their adjustment is 0.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.market.imbalance import queue_imbalance
from pawang.market.kernels import layout, touch
from pawang.market.ofi import Quotes
from pawang.market.state import State
from pawang.model.refs import HOUR, MINUTE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOVES = np.array([-1.0, -0.5, 0.5, 1.0])  # K, in ticks
STATES_MAX = 60
TERMS_MAX = 50
TOLERANCE = 1e-6  # of a tick
FIRST_FIT = 10 * MINUTE
KEPT_AN_HOUR = 0.5  # of what was counted before: a table leans on the last hours


class Steps(NamedTuple):
    """How often each step was seen; also chances, where the rows of all three sum to 1."""

    still: Floats  # (n, n): mid unchanged, from state, to state
    moved: Floats  # (n, len(MOVES)): from state, by how much
    landed: Floats  # (n, n): mid moved, from state, to state

    def mirrored(self, bins: int) -> "Steps":
        """The same market with its sides swapped; state = spread * bins + bin."""
        count = len(self.still)
        place = np.arange(count)
        other = place // bins * bins + (bins - 1 - place % bins)
        swap = np.ix_(other, other)
        return Steps(self.still[swap], self.moved[other][:, ::-1], self.landed[swap])


def adjustments(steps: Steps) -> Floats:
    """(n,): ticks from the mid to the micro-price in each state."""
    still, moved, landed = _chances(steps)
    first = np.linalg.solve(np.eye(len(still)) - still, np.column_stack((moved @ MOVES, landed)))
    term, onward = first[:, 0], first[:, 1:]
    total = term.copy()
    for _ in range(TERMS_MAX):
        term = onward @ term
        total += term
        if np.abs(term).max() < TOLERANCE:
            break
    return total


def _chances(steps: Steps) -> Steps:
    """Counts to chances. States that never lead to a move keep empty rows: 1 - Q stays regular."""
    leads = steps.moved.sum(axis=1) > 0.0
    for _ in range(len(leads)):
        leads = leads | ((steps.still > 0.0) @ leads)
    seen = steps.still.sum(axis=1) + steps.moved.sum(axis=1)
    weight = np.divide(1.0, seen, out=np.zeros_like(seen), where=leads)[:, np.newaxis]
    return Steps(steps.still * weight, steps.moved * weight, steps.landed * weight)


class MicroPrice:
    """Counts one coin's steps; `fit` makes the table anew. Memory is n x n, whatever comes."""

    def __init__(self, tick: float, bins: int = 10, spreads: int = 6) -> None:
        assert 0 < bins * spreads <= STATES_MAX, f"at most {STATES_MAX} states"
        self._tick, self._bins, self._spreads = tick, bins, spreads
        count = bins * spreads
        self.steps = Steps(
            np.zeros((count, count)), np.zeros((count, len(MOVES))), np.zeros((count, count))
        )
        self._before: tuple[Ints, Ints] | None = None  # state and mid (half ticks), one each
        self.table = np.zeros(count)

    def fold(self, quotes: Quotes) -> None:
        """Any number of quotes, in order; each is a step from the one before."""
        state, half_ticks = self.states(quotes), self._half_ticks(quotes)
        if self._before is not None:
            state = np.concatenate((self._before[0], state))
            half_ticks = np.concatenate((self._before[1], half_ticks))
        if len(state) == 0:
            return
        self._count(state[:-1], state[1:], np.diff(half_ticks))
        self._before = state[-1:], half_ticks[-1:]

    def lose(self) -> None:
        """The feed was cut: the next quote is no step from the last one."""
        self._before = None

    def forget(self, share: float) -> None:
        """Weigh what was counted so far by `share`, so that a refit leans on the newest hours."""
        for counts in self.steps:
            counts *= share

    def fit(self) -> None:
        """Make the table from what was counted, each step also mirrored."""
        both = zip(self.steps, self.steps.mirrored(self._bins), strict=True)
        self.table = adjustments(Steps(*(ours + theirs for ours, theirs in both)))

    def price(self, quotes: Quotes) -> Floats:
        """The micro-price of each quote, by the table of the last fit."""
        micro: Floats = quotes.mid + self._tick * self.table[self.states(quotes)]
        return micro

    def states(self, quotes: Quotes) -> Ints:
        """Which state each quote is; a wider spread counts as the widest of the table."""
        share = (queue_imbalance(quotes.bid_size, quotes.ask_size) + 1.0) / 2.0
        bins = np.minimum((share * self._bins).astype(np.int64), self._bins - 1)
        spread = np.rint((quotes.ask - quotes.bid) / self._tick).astype(np.int64)
        return np.clip(spread - 1, 0, self._spreads - 1) * self._bins + bins

    def _half_ticks(self, quotes: Quotes) -> Ints:
        """The mid in half ticks: whole numbers, so that "unchanged" is exact."""
        return np.rint((quotes.bid + quotes.ask) / self._tick).astype(np.int64)

    def _count(self, source: Ints, target: Ints, half_ticks: Ints) -> None:
        still = half_ticks == 0
        np.add.at(self.steps.still, (source[still], target[still]), 1.0)
        moves = np.clip(half_ticks[~still], -2, 2)
        place = np.searchsorted(MOVES * 2.0, moves)
        np.add.at(self.steps.moved, (source[~still], place), 1.0)
        np.add.at(self.steps.landed, (source[~still], target[~still]), 1.0)


class LivePrice:
    """The micro-price of a live coin: its steps are counted by the fold's kernels, its table is
    made anew every hour, the first time after ten minutes."""

    def __init__(self, tick: float, state: State) -> None:
        self._state = state
        self._begin(tick)

    def _begin(self, tick: float) -> None:
        state, n = self._state, layout.STATES
        self._tick, self._fitted = tick, False
        self._table = MicroPrice(tick, layout.BINS, layout.SPREADS)
        self._table.steps = Steps(
            state.section(layout.STEPS, n, n),
            state.section(layout.STEPS_MOVED, n, layout.MOVES),
            state.section(layout.STEPS_LANDED, n, n),
        )
        self._table.forget(0.0)
        state.floats[layout.TICK] = tick
        state.ints[layout.TICKED] = 1
        state.ints[[layout.STEP_KNOWN, layout.FIT_AT]] = 0

    def relist(self, tick: float) -> None:
        """Another tick makes other states."""
        if tick != self._tick:
            self._begin(tick)

    def refit(self, ts: int) -> None:
        """A quote of `ts` came, and the table is due."""
        first = self._state.ints[layout.FIT_AT] == 0
        self._state.ints[layout.FIT_AT] = ts + (FIRST_FIT if first else HOUR)
        if not first:
            self._table.fit()
            self._table.forget(KEPT_AN_HOUR)
            self._fitted = True

    def price(self, bid: float, bid_size: float, ask: float, ask_size: float) -> float | None:
        """None until the table was made."""
        if not self._fitted:
            return None
        state = touch.state_of(bid, bid_size, ask, ask_size, self._tick)
        return (bid + ask) / 2.0 + self._tick * float(self._table.table[state])
