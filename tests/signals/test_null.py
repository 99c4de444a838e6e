"""The honest null of signals.md 7.4, to the digits of its table."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.signals.null import (
    chances_within,
    hit_chance,
    hit_chance_breakeven,
    hit_chance_drift,
    hit_rate_breakeven,
    time_to_exit,
)

TABLE = [
    # a, b1, b2, P1, P2 fixed, P2 with BE, p* at .07, p* at .04
    (0.35, 0.28, 0.60, 0.5556, 0.3684, 0.2593, 0.6667, 0.6190),
    (0.192, 0.282, 0.599, 0.4051, 0.2427, 0.1907, 0.5527, 0.4895),
    (0.25, 0.375, 0.75, 0.4000, 0.2500, 0.2000, 0.5120, 0.4640),
    (0.40, 0.40, 0.80, 0.5000, 0.3333, 0.2500, 0.5875, 0.5500),
]
PERCENT = st.floats(0.05, 5.0)


@pytest.mark.parametrize(("a", "b1", "b2", "p1", "p2", "p2_be", "p_star_07", "p_star_04"), TABLE)
def test_the_table_of_7_4(a, b1, b2, p1, p2, p2_be, p_star_07, p_star_04):
    made = (
        hit_chance(a, b1),
        hit_chance(a, b2),
        hit_chance_breakeven(a, b1, b2),
        hit_rate_breakeven(a, b1, 0.07),
        hit_rate_breakeven(a, b1, 0.04),
    )
    # The second row's prices were rounded before they became percent: half a unit of slack.
    assert made == pytest.approx((p1, p2, p2_be, p_star_07, p_star_04), abs=1.1e-4)


def test_example_15_with_drift():
    assert round(hit_chance_drift(0.35, 0.28, 0.0007, 0.065), 6) == 0.581205


def test_example_15_within_a_quarter_of_an_hour():
    up, down = chances_within(0.35, 0.28, 0.065, 15)
    assert (round(up, 4), round(down, 4)) == (0.2659, 0.1641)


def test_a_long_horizon_gives_the_closed_form_back():
    up, down = chances_within(0.35, 0.28, 0.065, 1e6)
    assert up == pytest.approx(hit_chance(0.35, 0.28))
    assert up + down == pytest.approx(1.0)


def test_no_horizon_at_all_reaches_nothing():
    assert chances_within(0.35, 0.28, 0.065, 1e-6) == (0.0, 0.0)


def test_time_to_exit_is_the_product_of_the_distances_over_the_variance():
    assert time_to_exit(0.35, 0.28, 0.065) == pytest.approx(23.1953, abs=1e-4)


@pytest.mark.parametrize("bad", [(0.0, 0.28), (0.35, -0.1)])
def test_a_distance_that_is_none_is_refused(bad: tuple[float, float]):
    with pytest.raises(AssertionError):
        hit_chance(*bad)


@given(PERCENT, PERCENT, st.floats(0.01, 1.0))
def test_without_drift_the_drift_formula_is_the_closed_form(a: float, b: float, sigma: float):
    assert hit_chance_drift(a, b, 0.0, sigma) == hit_chance(a, b)
    assert hit_chance_drift(a, b, 1e-13, sigma) == pytest.approx(hit_chance(a, b), abs=1e-6)


@given(PERCENT, PERCENT, st.floats(-10, 10), st.floats(0.001, 1.0))
def test_a_chance_is_a_chance_and_drift_helps_its_own_side(a, b, drift, sigma):
    chance = hit_chance_drift(a, b, drift, sigma)
    assert isfinite(chance)
    assert 0.0 <= chance <= 1.0
    assert (chance - hit_chance(a, b)) * drift >= -1e-9


@given(PERCENT, PERCENT, st.floats(0.01, 0.5), st.floats(0.1, 1e4))
def test_within_any_horizon_both_chances_stay_below_their_limits(a, b, sigma, horizon):
    up, down = chances_within(a, b, sigma, horizon)
    assert 0.0 <= up <= hit_chance(a, b) + 1e-9
    assert 0.0 <= down <= hit_chance(b, a) + 1e-9
    other_down, other_up = chances_within(b, a, sigma, horizon)
    assert (up, down) == pytest.approx((other_up, other_down), abs=1e-9)
