"""The sizes of all parents, day by day: quantiles of them, and whether they look made up.

A histogram a UTC day, eight days, of fixed size. From it come the quantile threshold (signals.md
1.4), the bounds of the medium bucket, and two figures of data quality (1.5): how many sizes are
round, and how far first digits are from Benford's. Washed volume is rounder and its digits are
flatter (Cong, Li, Tang and Yang); here the figures are told and weigh nothing.
"""

from math import log10

import numpy as np

from pawang.market import kernel
from pawang.market.state import Floats, Ints
from pawang.model.codec import Record
from pawang.model.refs import DAY

DAYS = 8
"""Seven whole ones behind the present one."""
BENFORD = tuple(log10(1.0 + 1.0 / digit) for digit in range(1, 10))


class FlowQuality(Record):
    """Of one UTC day's parents of at least 100 lots."""

    day: int  # since 1970
    parents: int
    round_share: float  # one digit and zeros, as 5 or 200 lots are; about 0.01 by chance
    digits_chi2: float  # of first digits against Benford's, 8 degrees of freedom


class Census:
    """Counts of one coin. `lot` is its smallest step in coin."""

    __slots__ = ("_bins", "_days", "_digits", "_per_lot")

    def __init__(self, lot: float) -> None:
        self._days = np.full(DAYS, -1, np.int64)
        self._bins = np.zeros((DAYS, kernel.SIZE_BINS), np.int64)
        self._digits = np.zeros((DAYS, kernel.COUNTED + 1), np.int64)
        self.relist(lot)

    def relist(self, lot: float) -> None:
        self._per_lot = 1.0 / lot

    def count(self, ts: int, usd: float, size: float) -> None:
        """A parent that ended at `ts`."""
        lots = size * self._per_lot
        kernel.count_parent(self._days, self._bins, self._digits, ts // DAY, usd, lots)

    def count_many(self, ts: Ints, usd: Floats, sizes: Floats) -> None:
        """Parents that ended at `ts`, in order."""
        kernel.count_parents(
            self._days, self._bins, self._digits, ts // DAY, usd, sizes * self._per_lot
        )

    def quantiles(
        self, shares: tuple[float, ...], day_from: int, day_to: int, parents_min: int
    ) -> tuple[float, ...] | None:
        """USD sizes below which these shares of the parents of `[day_from, day_to)` lie; None
        while they are too few."""
        known = (self._days >= max(0, day_from)) & (self._days < day_to)
        below = np.cumsum(self._bins[known].sum(axis=0))
        if below[-1] < parents_min:
            return None
        places = [int(np.searchsorted(below, share * below[-1])) for share in shares]
        return tuple(2.0 ** ((place + 1) / kernel.BINS_AN_OCTAVE) for place in places)

    def quality(self, day: int) -> FlowQuality | None:
        """None for a day without parents of that size."""
        row = day % DAYS
        parents = int(self._digits[row, kernel.COUNTED])
        if self._days[row] != day or parents == 0:
            return None
        firsts = self._digits[row, 1 : kernel.COUNTED].tolist()
        chi2 = sum(
            (seen - parents * share) ** 2 / (parents * share)
            for seen, share in zip(firsts, BENFORD, strict=True)
        )
        rounded = int(self._digits[row, kernel.ROUND])
        return FlowQuality(
            day=day, parents=parents, round_share=rounded / parents, digits_chi2=chi2
        )
