"""Where positions die (signals.md 6.2)."""

from math import log

import numpy as np
import pytest

from pawang.market import MarketParams, liquidation_price
from pawang.market.liquidation import BINS_PER_LOG, kernel
from pawang.model.market import Side

RATES = (0.004, 0.0005)


def test_example_14_liquidation_prices_of_20x_from_60000():
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
def test_example_14_distances_in_percent(leverage, long_pct, short_pct):
    digits = len(str(long_pct).split(".")[1])
    away = [
        round((liquidation_price(1.0, leverage, side, *RATES) - 1.0) * 100, digits)
        for side in (Side.LONG, Side.SHORT)
    ]
    assert away == [long_pct, short_pct]


@pytest.mark.parametrize("side", [Side.LONG, Side.SHORT])
def test_every_dollar_opened_dies_somewhere(side):
    assert kernel(side, MarketParams()).sum() == pytest.approx(1.0)


def test_the_kernel_keeps_the_formulas_distance():
    """100x alone: the mean distance of its two bins is the formula's, to the bin's fraction."""
    params = MarketParams(leverage_mix=((100.0, 1.0),), cross_share=0.0)
    shares = kernel(Side.LONG, params)
    mean = float(np.arange(len(shares)) @ shares)
    exact = -log(liquidation_price(1.0, 100.0, Side.LONG, *RATES)) * BINS_PER_LOG
    assert mean == pytest.approx(exact)


def test_leverage_below_one_is_our_own_mistake():
    with pytest.raises(AssertionError):
        liquidation_price(60_000.0, 0.5, Side.LONG, *RATES)
