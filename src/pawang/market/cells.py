"""Sums by whole seconds: a bounded ring that any cut of a stream fills alike, to the last bit.

A cell adds its values in order of arrival, one by one (`kernels.cells`). Cells are joined by
`fsum`, which is exact for any order. Time never runs backwards here: a late value counts where the
stream stands (order is arrival).
"""

from math import fsum

import numpy as np

from pawang.market.kernels.layout import NEVER, SPAN
from pawang.market.state import State
from pawang.model.refs import SECOND


class Cells:
    """Reads the last `SPAN` cells of `width` columns each."""

    __slots__ = ("_ints", "_newest", "_ring")

    def __init__(self, state: State, first: int, newest: int, width: int) -> None:
        self._ints = state.ints
        self._newest = newest
        self._ring = state.section(first, SPAN, width)

    def sums(self, ts: int, seconds: int) -> list[float]:
        """Each column's sum over the `seconds` whole seconds before the one `ts` lies in.

        Cells that have left the ring are not there to be summed: ask within its length.
        """
        newest = int(self._ints[self._newest])
        if newest == NEVER:
            return [0.0] * self._ring.shape[1]
        last = ts // SECOND - 1
        first = max(last - seconds + 1, newest - SPAN + 1)
        places = np.arange(first, min(last, newest) + 1) % SPAN
        return [fsum(column) for column in self._ring[places].T.tolist()]
