"""Sums by whole seconds: a bounded ring that any cut of a stream fills alike, to the last bit.

A cell adds its values in order of arrival, one by one; `np.add.at` does the same for a batch
(a pairwise sum would round differently). Cells are joined by `fsum`, which is exact for any order.
Time never runs backwards here: a late value counts where the stream stands (order is arrival).
"""

from math import fsum

import numpy as np
from numpy.typing import NDArray

from pawang.model.refs import SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Cells:
    """The last `seconds` cells of `width` columns each."""

    __slots__ = ("_ring", "_seconds", "newest")

    def __init__(self, seconds: int, width: int) -> None:
        assert seconds > 0, "a ring has a cell"
        self._seconds = seconds
        self._ring = np.zeros((seconds, width))
        self.newest: int | None = None  # the second of the newest cell

    def add(self, ts: Ints, values: Floats) -> None:
        """Values `(n, width)` at the times `ts` (ns), in order of arrival."""
        if len(ts) == 0:
            return
        seconds = ts // SECOND
        if self.newest is not None:
            seconds = np.maximum(seconds, self.newest)
        seconds = np.maximum.accumulate(seconds)
        self._advance(int(seconds[-1]))
        kept = seconds > seconds[-1] - self._seconds
        np.add.at(self._ring, seconds[kept] % self._seconds, values[kept])

    def put(self, ts: int, values: tuple[float, ...]) -> None:
        """One row: as `add`, and ten times as quick."""
        second = ts // SECOND if self.newest is None else max(ts // SECOND, self.newest)
        if second != self.newest:
            self._advance(second)
        self._ring[second % self._seconds] += values

    def _advance(self, newest: int) -> None:
        """Cells between the old newest and the new one begin at nothing."""
        if self.newest is None or newest - self.newest >= self._seconds:
            self._ring[:] = 0.0
        else:
            for second in range(self.newest + 1, newest + 1):
                self._ring[second % self._seconds] = 0.0
        self.newest = newest

    def sums(self, ts: int, seconds: int) -> list[float]:
        """Each column's sum over the `seconds` whole seconds before the one `ts` lies in.

        Cells that have left the ring are not there to be summed: ask within its length.
        """
        last = ts // SECOND - 1
        if self.newest is None:
            return [0.0] * self._ring.shape[1]
        first = max(last - seconds + 1, self.newest - self._seconds + 1)
        places = np.arange(first, min(last, self.newest) + 1) % self._seconds
        return [fsum(column) for column in self._ring[places].T]
