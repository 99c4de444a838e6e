"""Order-flow imbalance at the ten best levels of a whole book (see `market.ofi_levels`)."""

import numpy as np

from pawang.kernels.compiled import kernel
from pawang.kernels.ladder import ASKS, BIDS, Int
from pawang.market.kernels import layout as at
from pawang.market.kernels.cells import Floats, Ints, cell
from pawang.market.kernels.layout import LEVELS, SECOND
from pawang.market.kernels.touch import pressure


@kernel("void(int64[::1], float64[::1], int64, float64[:,:,::1], int64[::1])")
def ranks(ints: Ints, floats: Floats, ts: Int, book: Floats, bounds: Ints) -> None:
    """The book as it stands at `ts`: each level's event against the state before."""
    known = ints[at.RANK_KNOWN]
    place = 0
    if known:
        place = cell(ints, floats, at.RANK_SECOND, at.RANK_CELLS, at.SPAN, at.RANK_WIDTH, ts)
        floats[place + 2 * LEVELS] += 1.0
    else:
        begun = max(ts // SECOND, ints[at.RANK_SECOND])
        ints[at.RANK_COMPLETE] = (begun + 1) * SECOND
        ints[at.RANK_KNOWN] = 1
    for rank in range(LEVELS):
        made = size_mean = 0.0
        for side in (BIDS, ASKS):
            found = bounds[2 * side + 1] - 1 - rank
            # A missing level has no size, at the worst price: one that appears is a better one.
            key, size = -np.inf, 0.0
            if found >= bounds[2 * side]:
                key, size = book[side, 0, np.uint64(found)], book[side, 1, np.uint64(found)]
            before = at.RANKS + (2 * side) * LEVELS + rank
            if known:
                part = pressure(floats[before], floats[before + LEVELS], key, size)
                made = part if side == BIDS else made - part
                size_mean += size / 2.0
            floats[before], floats[before + LEVELS] = key, size
        if known:
            floats[place + rank] += made
            floats[place + LEVELS + rank] += size_mean
