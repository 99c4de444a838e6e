"""Where isolated positions are liquidated, and how far from their entry (signals.md 6.2).

>>> round(liquidation_price(60_000.0, 20.0, Side.LONG, 0.004, 0.0005), 4)
57257.6595
>>> round(liquidation_price(60_000.0, 20.0, Side.SHORT, 0.004, 0.0005), 4)
62717.77
"""

from functools import lru_cache
from math import erf, log, sqrt

import numpy as np
from numpy.typing import NDArray

from pawang.market.params import MarketParams
from pawang.model.market import Side

Floats = NDArray[np.float64]

BINS_PER_LOG = 2000.0
"""A bin is 5 bp of log price (6.3)."""
KERNEL_BINS = 1400
"""The farthest liquidation of the leverage mix: a 3x long dies 803 bins below its entry."""


def liquidation_price(
    entry: float, leverage: float, side: Side, maintenance_rate: float, taker_fee: float
) -> float:
    """The mark price that liquidates a linear isolated position; rates are fractions."""
    assert leverage >= 1.0
    assert side is not Side.NEUTRAL
    kept = side.sign * (maintenance_rate + taker_fee)
    return entry * (1.0 - side.sign / leverage) / (1.0 - kept)


@lru_cache(maxsize=8)
def kernel(side: Side, params: MarketParams) -> Floats:
    """Share of an opening by distance in bins away from the entry; sums to 1.

    The isolated leverage mix at its formula's distances (a distance between two bins is shared
    by both), and cross margin spread lognormally: it has no knowable price.
    """
    shares = np.zeros(KERNEL_BINS)
    for leverage, share in params.leverage_mix:
        dies = liquidation_price(1.0, leverage, side, params.maintenance_rate, params.taker_fee)
        distance = abs(log(dies)) * BINS_PER_LOG
        whole = int(distance)
        shares[whole] += share * (1.0 - (distance - whole))
        shares[whole + 1] += share * (distance - whole)
    isolated = shares / shares.sum()
    mixed: Floats = (1.0 - params.cross_share) * isolated + params.cross_share * _cross(params)
    mixed.flags.writeable = False  # shared by all maps
    return mixed


def _cross(params: MarketParams) -> Floats:
    def below(distance: float) -> float:
        if distance <= 0.0:
            return 0.0
        score = log(distance / params.cross_median) / params.cross_sigma
        return 0.5 * (1.0 + erf(score / sqrt(2.0)))

    edges = [below(bin_ / BINS_PER_LOG) for bin_ in range(KERNEL_BINS + 1)]
    shares = np.diff(np.array(edges))
    whole: Floats = shares / shares.sum()
    return whole
