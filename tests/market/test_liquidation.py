"""Where positions die (signals.md 6.2)."""

from decimal import Decimal
from math import log

import pytest

from pawang.market import MarketParams, liquidation_price
from pawang.market.liquidation import BINS_PER_LOG, comb
from pawang.model.instrument import PositionTier
from pawang.model.market import Side

RATES = (0.004, 0.0005)


def test_14_liquidation_prices_of_20x_from_60000():
    assert round(liquidation_price(60_000.0, 20.0, Side.LONG, *RATES), 4) == 57_257.6595
    assert round(liquidation_price(60_000.0, 20.0, Side.SHORT, *RATES), 4) == 62_717.7700


@pytest.mark.parametrize(
    ("leverage", "long_pct", "short_pct"),
    [
        (100, -0.552, 0.548),
        (75, -0.887, 0.879),
        (50, -1.557, 1.543),
        (25, -3.566, 3.534),
        (20, -4.571, 4.530),
        (10, -9.593, 9.507),
        (5, -19.64, 19.46),
    ],
)
def test_14_distances_in_percent(leverage, long_pct, short_pct):
    digits = len(str(long_pct).split(".")[1])
    away = [
        round((liquidation_price(1.0, leverage, side, *RATES) - 1.0) * 100, digits)
        for side in (Side.LONG, Side.SHORT)
    ]
    assert away == [long_pct, short_pct]


def tier(number, rate, leverage, sizes=(0, 100)):
    return PositionTier(
        tier=number,
        size_min=Decimal(sizes[0]),
        size_max=Decimal(sizes[1]),
        maintenance_rate=Decimal(rate),
        initial_rate=Decimal(1) / Decimal(leverage),
        leverage_max=Decimal(leverage),
    )


TIERS = (
    tier(1, "0.004", 100, (0, 100)),
    tier(2, "0.006", 66, (100, 300)),
    tier(3, "0.01", 50, (300, 500)),
)
ALONE = {"cross_share": 0.0}


def teeth(side, params, tiers=()):
    """Share by distance in bins away from the entry."""
    made = comb(params, tiers)
    row = 0 if side is Side.LONG else 1
    away = -1 if side is Side.LONG else 1
    shares = {}
    for step, share in zip(made.steps[row].tolist(), made.shares[row].tolist(), strict=True):
        if share > 0.0:
            shares[away * step] = share
    return shares


def mean_distance(side, params, tiers=()):
    return sum(step * share for step, share in teeth(side, params, tiers).items())


def distance(leverage, side, rate=0.004):
    return -side.sign * log(liquidation_price(1.0, leverage, side, rate, 0.0005)) * BINS_PER_LOG


BOTH = pytest.mark.parametrize("side", [Side.LONG, Side.SHORT])


@BOTH
@pytest.mark.parametrize("tiers", [(), TIERS], ids=["no tiers", "tiers"])
def test_every_dollar_opened_dies_somewhere(side, tiers):
    made = comb(MarketParams(), tiers)
    assert sum(teeth(side, MarketParams(), tiers).values()) == pytest.approx(0.75)
    assert made.veil.sum() == pytest.approx(1.0)


@BOTH
def test_the_comb_keeps_the_formulas_distance(side):
    """100x alone: the mean distance of its two bins is the formula's, to the bin's fraction."""
    params = MarketParams(leverage_mix=((100.0, 1.0),), **ALONE)
    assert mean_distance(side, params) == pytest.approx(distance(100.0, side))


@BOTH
def test_each_tier_has_its_own_maintenance_rate(side):
    """50x stands in all three; from the third, what is above the first goes at the third's rate."""
    params = MarketParams(leverage_mix=((50.0, 1.0),), tier_mix=(0.5, 0.3, 0.2), **ALONE)
    first, second, third = (distance(50.0, side, rate) for rate in (0.004, 0.006, 0.01))
    left = 100 / 400
    exact = 0.5 * first + 0.3 * second + 0.2 * ((1 - left) * third + left * first)
    assert mean_distance(side, params, TIERS) == pytest.approx(exact)


def test_a_leverage_stands_only_in_tiers_that_allow_it():
    params = MarketParams(leverage_mix=((100.0, 1.0),), **ALONE)
    assert mean_distance(Side.LONG, params, TIERS) == pytest.approx(distance(100.0, Side.LONG))


def test_the_share_of_a_leverage_that_no_tier_allows_is_the_others():
    params = MarketParams(leverage_mix=((100.0, 0.5), (20.0, 0.5)), **ALONE)
    low = (tier(1, "0.005", 75),)
    exact = distance(20.0, Side.SHORT, 0.005)
    assert mean_distance(Side.SHORT, params, low) == pytest.approx(exact)


def test_cross_margin_lies_around_its_median_on_both_sides_of_it():
    veil = comb(MarketParams(), ()).veil
    assert veil[: round(0.08 * BINS_PER_LOG)].sum() == pytest.approx(0.5, abs=0.002)


def test_leverage_below_one_is_our_own_mistake():
    with pytest.raises(AssertionError):
        liquidation_price(60_000.0, 0.5, Side.LONG, *RATES)
