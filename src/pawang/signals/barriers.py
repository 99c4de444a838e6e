"""Walks plans to their barriers: what became of each, by the labels of signals.md 7.5.

A plan stands at 0 and wins upwards, in any unit in which its distances are given (percent of
entry, ticks). What happens comes in as a `Path`: for each bar after the entry, how far price went
against the plan and for it. Where one bar holds both, the stop came first (7.5). Vectorised over
plans: one pass a bar, over the plans that are still open.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.model.codec import Record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Moves(NamedTuple):
    """One bar as the open plans see it, each `(plans,)`: distance from entry, + is in favour."""

    worst: Floats
    best: Floats
    last: Floats


Path = Callable[[int, Ints], Moves]
"""`path(bar, plans)`: the bar-th bar (0 = the first after the entry) of the named plans."""


class Geometry(Record):
    """Distances from entry, all positive: a, b1, b2 of 7.4."""

    stop: float
    target: float
    target_next: float


class Exits(Record):
    """How a plan is left. What is not sold at the targets is the runner."""

    share: float = 0.5  # sold at the first target
    share_next: float = 0.3  # sold at the second; the whole rest where there is no trail
    to_entry: bool = False  # the stop moves to the entry once the first target is hit
    trail: float | None = None  # the runner's stop follows this far behind the best price
    bars_max: int | None = None  # closed at a bar's last price when this many have passed


class Fees(Record):
    """Cost of a leg for a whole position, in the unit of the geometry."""

    entry: float = 0.0
    target: float = 0.0  # a resting order
    stop: float = 0.0  # stops, trails and time stops cross the spread


class Label(IntEnum):
    """What became of a plan; the runner's end does not change it."""

    TIMEOUT = 0  # not decided within its bars: stays in every denominator
    SL = 1
    TP1_THEN_TIMEOUT = 2
    TP1_THEN_SL = 3
    TP1_THEN_BE = 4
    TP2 = 5


class Walked(NamedTuple):
    """One row a plan."""

    label: NDArray[np.int8]
    gross: Floats
    cost: Floats
    bars: Ints  # how many it lived

    @property
    def tp1(self) -> Flags:
        hit: Flags = self.label >= Label.TP1_THEN_TIMEOUT
        return hit

    @property
    def tp2(self) -> Flags:
        hit: Flags = self.label == Label.TP2
        return hit

    @property
    def undecided(self) -> Flags:
        """Neither barrier ended it: part of every denominator (7.4: never resolved-only)."""
        open_: Flags = (self.label == Label.TIMEOUT) | (self.label == Label.TP1_THEN_TIMEOUT)
        return open_


def walk(
    path: Path, plans: int, geometry: Geometry, exits: Exits, fees: Fees, bars_end: int
) -> Walked:
    """Every plan to its end, and no further than `bars_end` bars: what is open then times out."""
    ladder = _Ladder(plans, geometry, exits, fees)
    live = np.arange(plans)
    end = bars_end if exits.bars_max is None else min(bars_end, exits.bars_max)
    for bar in range(end):
        if len(live) == 0:
            break
        moves = path(bar, live)
        ladder.bars[live] += 1
        ladder.step(live, moves)
        ladder.last[live] = moves.last
        live = live[ladder.held[live] > 0.0]
    ladder.close(live)
    return Walked(ladder.label, ladder.gross, ladder.cost, ladder.bars)


class _Ladder:
    """The plans' state between two bars, one column a fact."""

    def __init__(self, plans: int, geometry: Geometry, exits: Exits, fees: Fees) -> None:
        self._geometry, self._exits, self._fees = geometry, exits, fees
        self.held = np.ones(plans)
        self.stop = np.full(plans, -geometry.stop)
        self.peak = np.zeros(plans)
        self.last = np.zeros(plans)
        self.label = np.zeros(plans, dtype=np.int8)
        self.gross = np.zeros(plans)
        self.cost = np.full(plans, fees.entry)
        self.bars = np.zeros(plans, dtype=np.int64)

    def step(self, live: Ints, moves: Moves) -> None:
        """The stop first, then the targets in order, then the trail for the bars to come."""
        open_ = self._stopped(live, moves.worst)
        self._first(live[open_], moves.worst[open_], moves.best[open_])
        self._second(live[open_], moves.best[open_])
        if self._exits.trail is not None:
            self._follow(live, moves.best, self._exits.trail)

    def _stopped(self, live: Ints, worst: Floats) -> Flags:
        hit = worst <= self.stop[live]
        self._stop_out(live[hit])
        return ~hit

    def _stop_out(self, plans: Ints) -> None:
        later = Label.TP1_THEN_BE if self._exits.to_entry else Label.TP1_THEN_SL
        label = self.label[plans]
        label[label == Label.TP1_THEN_TIMEOUT] = later
        label[label == Label.TIMEOUT] = Label.SL
        self.label[plans] = label
        self._sell(plans, self.held[plans], self.stop[plans], self._fees.stop)

    def _first(self, live: Ints, worst: Floats, best: Floats) -> None:
        hit = (self.label[live] == Label.TIMEOUT) & (best >= self._geometry.target)
        plans = live[hit]
        self.label[plans] = Label.TP1_THEN_TIMEOUT
        share = np.full(len(plans), self._exits.share)
        self._sell(plans, share, self._geometry.target, self._fees.target)
        if self._exits.to_entry:
            # The bar that hit the target may hold the way back to the entry: the stop came first.
            self.stop[plans] = 0.0
            self._stop_out(plans[worst[hit] <= 0.0])

    def _second(self, live: Ints, best: Floats) -> None:
        first = self.label[live] == Label.TP1_THEN_TIMEOUT
        plans = live[first & (best >= self._geometry.target_next)]
        self.label[plans] = Label.TP2
        runs = self._exits.trail is not None
        share = np.full(len(plans), self._exits.share_next) if runs else self.held[plans]
        self._sell(plans, share, self._geometry.target_next, self._fees.target)

    def _follow(self, live: Ints, best: Floats, trail: float) -> None:
        """A runner's stop rises with the best price, from the next bar on."""
        runs = self.label[live] == Label.TP2
        plans = live[runs]
        self.peak[plans] = np.maximum(self.peak[plans], best[runs])
        self.stop[plans] = np.maximum(self.stop[plans], self.peak[plans] - trail)

    def close(self, plans: Ints) -> None:
        """The time stop, at the last price seen."""
        self._sell(plans, self.held[plans], self.last[plans], self._fees.stop)

    def _sell(self, plans: Ints, share: Floats, price: Floats | float, fee: float) -> None:
        self.gross[plans] += share * price
        self.cost[plans] += share * fee
        self.held[plans] -= share
