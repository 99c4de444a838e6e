"""Robust z-scores over a trailing series of one cadence (signals.md 3).

z = (v - median) / (1.4826 * MAD), clipped; it needs enough points, else there is none. A series is
a ring whose size is fixed by its span and cadence: a month of inputs takes what a minute takes.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MAD_TO_SIGMA = 1.4826
NEVER = -1
"""The bucket of a place in the ring where nothing was put yet."""


def median_of(values: NDArray[np.float64]) -> float:
    """The median of at least one value. (numpy's own loads its masked arrays first: 10 ms.)

    >>> median_of(np.array([3.0, 1.0, 2.0, 10.0]))
    2.5
    """
    middle = len(values) // 2
    low = (len(values) - 1) // 2
    ordered = np.partition(values, (low, middle))
    return float(ordered[low] + ordered[middle]) / 2.0


class Spread:
    """Median and MAD of a set of points; how many there were."""

    __slots__ = ("count", "mad", "median")

    def __init__(self, points: Sequence[float] | NDArray[np.float64]) -> None:
        self.count = len(points)
        self.median = self.mad = 0.0
        if len(points):
            values = np.array(points, np.float64)
            self.median = median_of(values)
            self.mad = median_of(np.abs(values - self.median))

    def z(self, value: float, mad_floor: float, clip: float, points_min: int) -> float | None:
        """The z of `value`, None when there are too few points."""
        if self.count < points_min:
            return None
        score = (value - self.median) / (MAD_TO_SIGMA * max(self.mad, mad_floor))
        return max(-clip, min(clip, score))


class Series:
    """The last value of each cadence bucket, for `span`; rows may come in any order.

    A value is judged against the buckets before its own, so that an unfinished one never counts.
    24 bytes a bucket, all of them from the first day on.
    """

    def __init__(self, cadence: int, span: int) -> None:
        self.cadence = cadence
        self._kept = span // cadence  # buckets before the newest
        size = self._kept + 1
        self._buckets = np.full(size, NEVER, np.int64)
        self._stamps = np.zeros(size, np.int64)
        self._values = np.zeros(size)
        self._newest = NEVER
        self._memo: tuple[tuple[int, int], Spread] | None = None  # of one bucket's past

    @property
    def nbytes(self) -> int:
        """What the ring takes; it never changes."""
        return self._buckets.nbytes + self._stamps.nbytes + self._values.nbytes

    def put(self, ts: int, value: float) -> None:
        """Remember `value`; within a bucket the newest wins."""
        bucket = ts // self.cadence
        if bucket < self._newest - self._kept:
            return
        self._newest = max(self._newest, bucket)
        place = bucket % len(self._buckets)
        if self._buckets[place] == bucket and ts < self._stamps[place]:
            return
        if self._memo is not None and bucket < self._memo[0][0]:
            self._memo = None
        self._buckets[place], self._stamps[place], self._values[place] = bucket, ts, value

    def spread(self, ts: int) -> Spread:
        """Of the finished buckets in the span before `ts`."""
        bucket = ts // self.cadence
        last = max(bucket, self._newest)
        if self._memo is None or self._memo[0] != (bucket, last):
            oldest = max(0, last - self._kept)
            known = (self._buckets >= oldest) & (self._buckets < bucket)
            self._memo = ((bucket, last), Spread(self._values[known]))
        return self._memo[1]
