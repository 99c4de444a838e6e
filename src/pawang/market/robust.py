"""Robust z-scores over a trailing series of one cadence (signals.md 3).

z = (v - median) / (1.4826 * MAD), clipped; it needs enough points, else there is none.
"""

from bisect import bisect_left, insort

import numpy as np
from numpy.typing import NDArray

MAD_TO_SIGMA = 1.4826


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

    def __init__(self, points: list[float]) -> None:
        self.count = len(points)
        self.median = self.mad = 0.0
        if points:
            values = np.array(points)
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
    """

    def __init__(self, cadence: int, span: int) -> None:
        self.cadence = cadence
        self._span = span
        self._values: dict[int, float] = {}
        self._stamps: dict[int, int] = {}
        self._order: list[int] = []
        self._memo: tuple[int, Spread] | None = None  # for one bucket's past

    def put(self, ts: int, value: float) -> None:
        """Remember `value`; within a bucket the newest wins."""
        bucket = ts // self.cadence
        if bucket not in self._values:
            insort(self._order, bucket)
            self._prune()
            if bucket < self._order[0]:
                return
        elif ts < self._stamps[bucket]:
            return
        if self._memo is not None and bucket < self._memo[0]:
            self._memo = None
        self._values[bucket] = value
        self._stamps[bucket] = ts

    def _prune(self) -> None:
        oldest = self._order[-1] - self._span // self.cadence
        while self._order[0] < oldest:
            old = self._order.pop(0)
            self._values.pop(old, None)  # the row that is just being put has no value yet
            self._stamps.pop(old, None)

    def spread(self, ts: int) -> Spread:
        """Of the finished buckets in the span before `ts`."""
        bucket = ts // self.cadence
        if self._memo is None or self._memo[0] != bucket:
            first = bisect_left(self._order, bucket - self._span // self.cadence)
            last = bisect_left(self._order, bucket)
            points = [self._values[key] for key in self._order[first:last]]
            self._memo = (bucket, Spread(points))
        return self._memo[1]
