"""Plans walked to their barriers: labels, money and fees (signals.md 7.1, 7.5)."""

import numpy as np
import pytest

from pawang.signals.barriers import Exits, Fees, Geometry, Label, Moves, walk

GEOMETRY = Geometry(stop=35.0, target=28.0, target_next=60.0)
FEES = Fees(entry=2.0, target=2.0, stop=5.0)
TO_ENTRY = Exits(to_entry=True)
RUNNER = Exits(to_entry=True, trail=20.0)


def run(bars, exits, fees=None, bars_end=100):
    """One plan over bars of (worst, best, last): label, gross, cost, bars."""

    def path(number, plans):
        assert plans.tolist() == [0]
        return Moves(*(np.array([each], dtype=float) for each in bars[number]))

    found = walk(path, 1, GEOMETRY, exits, fees or Fees(), min(bars_end, len(bars)))
    return Label(found.label[0]), float(found.gross[0]), float(found.cost[0]), int(found.bars[0])


def points(*prices):
    return [(price, price, price) for price in prices]


def test_a_stop_before_any_target_loses_the_whole_distance():
    assert run(points(10, -35), Exits()) == (Label.SL, -35.0, 0.0, 2)


def test_the_first_target_sells_half_and_the_fixed_stop_takes_the_rest():
    assert run(points(28, -35), Exits()) == (Label.TP1_THEN_SL, 0.5 * 28 - 0.5 * 35, 0.0, 2)


def test_with_the_stop_at_the_entry_the_rest_goes_for_nothing():
    assert run(points(28, 0), TO_ENTRY) == (Label.TP1_THEN_BE, 14.0, 0.0, 2)


def test_both_targets_end_a_plan_without_a_runner():
    assert run(points(28, 60), Exits()) == (Label.TP2, 14.0 + 30.0, 0.0, 2)


def test_one_bar_may_hit_both_targets():
    assert run([(5, 61, 60)], Exits()) == (Label.TP2, 44.0, 0.0, 1)


def test_a_runner_trails_the_best_price_of_earlier_bars():
    bars = points(28, 60, 80, 70, 60)
    expected = 0.5 * 28 + 0.3 * 60 + 0.2 * 60
    label, gross, *rest = run(bars, RUNNER)
    assert (label, *rest) == (Label.TP2, 0.0, 5)
    assert gross == pytest.approx(expected)


def test_a_runner_ends_at_its_stop_and_stays_a_second_target():
    label, gross, _, bars = run(points(28, 60, 40), RUNNER)
    assert (label, bars) == (Label.TP2, 3)
    assert gross == pytest.approx(0.5 * 28 + 0.3 * 60 + 0.2 * 40)


def test_a_bar_with_stop_and_target_stopped_first():
    assert run([(-35, 60, 0)], Exits()) == (Label.SL, -35.0, 0.0, 1)


def test_the_bar_of_the_first_target_may_hold_the_way_back_to_the_entry():
    assert run([(-1, 61, 60)], TO_ENTRY) == (Label.TP1_THEN_BE, 14.0, 0.0, 1)


def test_the_time_stop_sells_at_the_last_price():
    exits = Exits(bars_max=2)
    assert run([(0, 5, 3), (0, 9, 7), (60, 60, 60)], exits) == (Label.TIMEOUT, 7.0, 0.0, 2)


def test_a_plan_that_times_out_after_its_first_target_says_so():
    found = run(points(28, 20), Exits(bars_max=2))
    assert found == (Label.TP1_THEN_TIMEOUT, 0.5 * 28 + 0.5 * 20, 0.0, 2)


def test_the_end_of_the_data_is_a_time_stop():
    assert run(points(3), Exits()) == (Label.TIMEOUT, 3.0, 0.0, 1)


@pytest.mark.parametrize(
    ("bars", "exits", "cost"),
    [
        (points(-35), Exits(), 2 + 5),
        (points(28, 60), Exits(), 2 + 2),
        (points(28, 0), TO_ENTRY, 2 + 0.5 * 2 + 0.5 * 5),
        (points(5), Exits(bars_max=1), 2 + 5),
        (points(28, 60, 40), RUNNER, 2 + 0.8 * 2 + 0.2 * 5),
    ],
)
def test_each_leg_pays_its_own_fee_on_its_own_share(bars, exits, cost):
    assert run(bars, exits, FEES)[2] == pytest.approx(cost)


def test_undecided_plans_are_those_that_no_barrier_ended():
    def path(number, plans):
        prices = np.array([-35.0, 28.0, 0.0, 60.0])[plans]
        return Moves(prices, prices, prices)

    found = walk(path, 4, GEOMETRY, Exits(), Fees(), 1)
    assert found.undecided.tolist() == [False, True, True, False]
    assert found.tp1.tolist() == [False, True, False, True]
    assert found.tp2.tolist() == [False, False, False, True]
