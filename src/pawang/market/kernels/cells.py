"""Sums by whole seconds, as `market.cells` reads them: a ring in which a late value counts where
the stream stands."""

import numpy as np
from numpy.typing import NDArray

from pawang.kernels.compiled import kernel
from pawang.kernels.ladder import Int
from pawang.market.kernels.layout import NEVER, SECOND

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@kernel("int64(int64[::1], float64[::1], int64, int64, int64, int64, int64)")
def cell(ints: Ints, floats: Floats, newest: Int, ring: Int, span: Int, width: Int, ts: Int) -> Int:
    """Where in `floats` the cell of `ts` lies; the ring is moved on to it. `newest` is the place
    in `ints` of the newest cell's second."""
    second, before = ts // SECOND, ints[newest]
    if second <= before:
        return ring + before % span * width
    if before == NEVER or second - before >= span:
        for place in range(ring, ring + span * width):
            floats[place] = 0.0
    else:
        for between in range(before + 1, second + 1):
            first = ring + between % span * width
            for place in range(first, first + width):
                floats[place] = 0.0
    ints[newest] = second
    return ring + second % span * width
