"""Where positions are liquidated, and how far from their entry (signals.md 6.2).

>>> round(liquidation_price(60_000.0, 20.0, Side.LONG, 0.004, 0.0005), 4)
57257.6595
>>> round(liquidation_price(60_000.0, 20.0, Side.SHORT, 0.004, 0.0005), 4)
62717.77
"""

from collections.abc import Iterator
from functools import lru_cache
from math import erf, log, sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.market.params import MarketParams
from pawang.model.instrument import PositionTier
from pawang.model.market import Side

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BINS_PER_LOG = 2000.0
"""A bin is 5 bp of log price (6.3)."""
VEIL_BINS = 1400
"""Where the spread of cross margin ends: 50 % away, 99.9 % of it are nearer."""
TIERS_MAX = 3
"""Tiers read; higher ones are for some dozens of accounts."""
CUT = 2
"""From the third tier on a position is first cut by two tiers (6.2)."""


def liquidation_price(
    entry: float, leverage: float, side: Side, maintenance_rate: float, taker_fee: float
) -> float:
    """The mark price that liquidates a linear isolated position; rates are fractions."""
    assert leverage >= 1.0
    assert side is not Side.NEUTRAL
    kept = side.sign * (maintenance_rate + taker_fee)
    return entry * (1.0 - side.sign / leverage) / (1.0 - kept)


class Comb(NamedTuple):
    """How far from its entry what is opened dies, as `kernels.field` takes it: for each side
    (longs, shorts) the teeth's steps of bins with their sign and their shares; and the veil of
    cross margin by distance, which has no knowable price."""

    steps: Ints
    shares: Floats  # sum to 1 - cross_share
    veil: Floats  # sums to 1


@lru_cache(maxsize=32)
def comb(params: MarketParams, tiers: tuple[PositionTier, ...] = ()) -> Comb:
    """The leverage mix at its formula's distances; a distance between two bins is shared by both.

    With the venue's tiers each leverage stands in those that allow it, as `tier_mix` says, and
    dies by their rates; a leverage that no tier allows is not there, and its share is the others'.
    """
    rows = []
    for side in (Side.LONG, Side.SHORT):
        teeth: dict[int, float] = {}
        for leverage, share, rate in _legs(params, tiers):
            dies = liquidation_price(1.0, leverage, side, rate, params.taker_fee)
            # A high leverage under a high rate dies where it was opened.
            distance = max(0.0, -side.sign * log(dies)) * BINS_PER_LOG
            whole = int(distance)
            for step, part in ((whole, 1.0 - (distance - whole)), (whole + 1, distance - whole)):
                teeth[-side.sign * step] = teeth.get(-side.sign * step, 0.0) + share * part
        rows.append(sorted(teeth.items(), key=lambda tooth: abs(tooth[0])))
    width = max(map(len, rows))
    steps, shares = np.zeros((2, width), np.int64), np.zeros((2, width))
    for row, made in enumerate(rows):
        steps[row, : len(made)] = [step for step, _ in made]
        shares[row, : len(made)] = [share for _, share in made]
    shares *= (1.0 - params.cross_share) / shares.sum(axis=1, keepdims=True)
    # Shared by all maps, and nobody's to write: a kernel takes no array that says so itself.
    return Comb(steps, shares, _veil(params))


def _legs(
    params: MarketParams, tiers: tuple[PositionTier, ...]
) -> Iterator[tuple[float, float, float]]:
    """Leverage, share of the mix, maintenance rate."""
    if not tiers:
        for leverage, share in params.leverage_mix:
            yield leverage, share, params.maintenance_rate
        return
    listed = sorted(tiers, key=lambda tier: tier.tier)[:TIERS_MAX]
    for leverage, share in params.leverage_mix:
        allowed = [
            (place, weight)
            for place, weight in enumerate(params.tier_mix[: len(listed)])
            if float(listed[place].leverage_max) >= leverage
        ]
        whole = sum(weight for _, weight in allowed)
        for place, weight in allowed:
            for rate, part in _rates(listed, place):
                yield leverage, share * weight / whole * part, rate


def _rates(listed: list[PositionTier], place: int) -> Iterator[tuple[float, float]]:
    """At which rates a position of that tier dies, and how much of it at each: from the third
    tier on what is above the tier two below goes first, the rest by that tier's rate."""
    tier = listed[place]
    if place < CUT:
        yield float(tier.maintenance_rate), 1.0
        return
    lower = listed[place - CUT]
    left = min(1.0, float(lower.size_max) / (float(tier.size_min + tier.size_max) / 2.0))
    yield float(tier.maintenance_rate), 1.0 - left
    yield float(lower.maintenance_rate), left


def _veil(params: MarketParams) -> Floats:
    def below(distance: float) -> float:
        if distance <= 0.0:
            return 0.0
        score = log(distance / params.cross_median) / params.cross_sigma
        return 0.5 * (1.0 + erf(score / sqrt(2.0)))

    edges = [below(bin_ / BINS_PER_LOG) for bin_ in range(VEIL_BINS + 1)]
    shares = np.diff(np.array(edges))
    whole: Floats = shares / shares.sum()
    return whole
