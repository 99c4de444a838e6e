"""Random walks whose step is one tick, and one's way into them: a market without any skill in it.

Each plan has a walk of its own, so plans are independent and a standard error means what it says.
The first `LEAD` steps are made beforehand: an entry rule reads them, picks a side and the moment
of its entry, and may read no step after that moment. Later steps are made as they are walked.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.signals.barriers import Floats, Ints, Moves, Path

Steps = NDArray[np.int8]

LEAD = 100


class Entered(NamedTuple):
    """The plans that an entry rule filled: which walk, +1 long or -1 short, after which step."""

    walk: Ints
    side: Ints
    at: Ints

    def first(self, plans: int) -> "Entered":
        return Entered(self.walk[:plans], self.side[:plans], self.at[:plans])


Rule = Callable[[Steps], Entered]
"""From `(walks, LEAD)` steps of +1 and -1."""


def lead(walks: int, seed: int) -> Steps:
    return _steps(np.random.default_rng([seed, 0]), (walks, LEAD))


def follow(steps: Steps, entered: Entered, seed: int) -> Path:
    """The walks from their entries on, in ticks of favour; each bar is a single price."""
    chance = np.random.default_rng([seed, 1])
    place = np.zeros(len(entered.walk), dtype=np.int64)

    def bar(number: int, plans: Ints) -> Moves:
        at = entered.at[plans] + number
        step = _steps(chance, len(plans))
        if number < LEAD:
            known = at < LEAD
            step[known] = steps[entered.walk[plans[known]], at[known]]
        place[plans] += step * entered.side[plans]
        now: Floats = place[plans].astype(np.float64)
        return Moves(now, now, now)

    return bar


def _steps(chance: np.random.Generator, shape: int | tuple[int, int]) -> Steps:
    made: Steps = chance.integers(0, 2, shape, dtype=np.int8)
    return made * np.int8(2) - np.int8(1)


# Entry rules, none of which looks ahead.


def at_once(steps: Steps) -> Entered:
    """At the first price, long and short by turns."""
    walk = np.arange(len(steps))
    return Entered(walk, 1 - walk % 2 * 2, np.zeros_like(walk))


def momentum(steps: Steps) -> Entered:
    """With the last 20 steps; not at all where they cancel out."""
    run = steps[:, :20].sum(axis=1, dtype=np.int64)
    walk = np.flatnonzero(run)
    return Entered(walk, np.sign(run[walk]), np.full(len(walk), 20))


def dip(steps: Steps) -> Entered:
    """Long by a limit order 5 ticks below, open for 60 steps; unfilled plans are no plans."""
    reached = np.cumsum(steps[:, :60], axis=1, dtype=np.int64) <= -5
    walk = np.flatnonzero(reached.any(axis=1))
    return Entered(walk, np.ones_like(walk), np.argmax(reached[walk], axis=1) + 1)
