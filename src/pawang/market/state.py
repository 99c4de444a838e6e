"""The numbers one coin's fold keeps, laid out for its kernels (see `kernels.layout`)."""

import numpy as np
from numpy.typing import NDArray

from pawang.kernels import ladder
from pawang.market import kernel
from pawang.market.kernels import layout as at

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIMES = (
    at.QUOTE_SECOND,
    at.QUOTE_COMPLETE,
    at.QUOTE_TS,
    at.TURN_SECOND,
    at.MID_QUOTED,
    at.RANK_SECOND,
    at.RANK_COMPLETE,
    at.SPELL_SINCE,
    at.FLOW_DAY,
    at.HEAT_MINUTE,
    at.LAST_TS,
)
"""What was never seen yet."""


class State:
    """Arrays for the kernels; whoever reads one of them knows it by its place."""

    __slots__ = ("book", "bounds", "floats", "ints", "marks", "scale", "sizes")

    def __init__(self) -> None:
        # Memory that is never touched costs nothing: most of this is room for a busy hour.
        self.ints: Ints = np.zeros(at.INTS, np.int64)
        self.floats: Floats = np.zeros(at.FLOATS)
        self.book, self.bounds = ladder.empty_book()
        self.marks: Ints = np.zeros((kernel.TRACKS_MAX, 7), np.int64)
        self.sizes: Floats = np.zeros((kernel.TRACKS_MAX, 8))
        self.scale: Floats = np.zeros(8)
        self.ints[list(TIMES)] = at.NEVER
        self.ints[at.IDS : at.IDS + 2 * at.SLOTS] = at.NEVER
        self.ints[at.PUSH_PLAIN] = 1
        self.ints[[at.SAMPLE_AT, at.FIT_AT, at.FROZEN_NS]] = at.ALWAYS
        self.ints[[at.TURN_STEP, at.FROZEN_PRINTS]] = 1
        self.floats[[at.BAND_HIGH, at.LINE_ABOVE]] = np.inf

    def section(self, first: int, *shape: int) -> Floats:
        """A piece of `floats` as a table."""
        return self.floats[first : first + int(np.prod(shape))].reshape(shape)
