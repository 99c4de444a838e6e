"""A plan's chances by luck and by measure, signals.md 7.2, 7.4 and 8.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.learning.platt import Platt
from pawang.model.calibration import Calibration
from pawang.model.view import NullTable
from pawang.signals.null import hit_chance
from pawang.signals.odds import CHANCE_MIN, edge, luck

STOPS, TARGETS = (0.25, 0.42, 0.6), (0.2, 0.45, 1.1, 3.0)


def table(share: float) -> NullTable:
    """Every chance is `share` of the closed form's."""
    return NullTable(
        stops_pct=STOPS,
        targets_pct=TARGETS,
        chances=tuple(
            tuple(round(1000 * share * hit_chance(a, b)) for b in TARGETS) for a in STOPS
        ),
        minutes=10_000,
        ts=0,
    )


def measured(a: float = 0.0, b: float = 1.0, n: int = 100) -> Calibration:
    return Calibration(version="snp-SOL-20250914", a=a, b=b, n=n, ts_fit=0)


def test_without_a_table_luck_is_the_closed_form():
    found = luck(None, 0.35, (0.28, 0.60))
    assert [round(chance, 4) for chance in found.targets] == [0.5556, 0.3684]
    assert found.source == "closed form"


def test_at_its_points_the_table_is_read_and_not_changed():
    made = NullTable(
        stops_pct=(0.25, 0.6), targets_pct=(0.2, 3.0), chances=((544, 4), (650, 18)),
        minutes=1, ts=0,
    )  # fmt: skip
    found = [luck(made, a, (0.2, 3.0)).targets for a in (0.25, 0.6)]
    assert found == [pytest.approx((0.544, 0.004)), pytest.approx((0.650, 0.018))]


@given(st.floats(0.25, 0.6), st.floats(0.2, 3.0), st.floats(0.3, 1.0))
def test_between_its_points_it_is_exact_where_only_the_scale_differs(stop, target, share):
    [chance] = luck(table(share), stop, (target,)).targets
    assert chance == pytest.approx(share * hit_chance(stop, target), abs=0.0015)


@given(st.floats(0.01, 5.0), st.floats(0.01, 20.0))
def test_outside_the_table_its_edge_speaks_and_a_chance_stays_one(stop, target):
    [chance] = luck(table(0.8), stop, (target,)).targets
    assert CHANCE_MIN <= chance <= 1 - CHANCE_MIN


def test_a_target_that_no_path_ever_reached_is_very_unlikely_and_not_impossible():
    """A p0 of 0 would make every hit infinitely surprising."""
    never = NullTable(
        stops_pct=(0.25, 0.6), targets_pct=(0.2, 3.0), chances=((500, 0), (600, 0)), minutes=1, ts=0
    )
    assert luck(never, 0.3, (3.0,)).targets == (CHANCE_MIN,)


# The edge


def test_a_calibrator_that_changes_nothing_leaves_luck_and_luck_pays_the_costs():
    null = hit_chance(0.35, 0.28)
    found = edge(measured(), null, 0.28, 0.07, sds=0.0)
    assert found.chance == found.chance_low == pytest.approx(null)
    assert found.expected_pct == pytest.approx(-0.07)


def test_with_a_time_stop_what_is_undecided_is_no_gift():
    """TP1 40 % of the time and a short clock: luck still loses exactly the costs."""
    assert edge(measured(), 0.40, 0.28, 0.07, sds=0.0).expected_pct == pytest.approx(-0.07)


def test_the_low_end_is_the_20_percent_quantile_of_a_hundred_samples():
    """Of Beta(50, 50) it is 0.4577; of Beta(12, 28), 0.2387."""
    even = edge(measured(n=100), 0.5, 0.3, 0.07, sds=0.8416)
    assert even.chance_low == pytest.approx(0.4577, abs=0.001)
    uneven = edge(measured(n=40), 0.3, 0.3, 0.07, sds=0.8416)
    assert uneven.chance_low == pytest.approx(0.2387, abs=0.005)


def test_more_samples_leave_less_to_doubt():
    lows = [edge(measured(n=n), 0.5, 0.3, 0.07, 0.8416).chance_low for n in (0, 30, 300, 3000)]
    assert lows == sorted(lows)
    assert lows[-1] < 0.5


@given(st.floats(0.05, 0.95), st.floats(0.1, 2.0), st.floats(-1, 1), st.integers(1, 5000))
def test_the_gate_and_kelly_agree_on_what_has_an_edge(null, target, a, n):
    found = edge(measured(a=a, n=n), null, target, 0.07, 0.8416)
    kelly = found.chance_low - (1 - found.chance_low) / found.payoff
    if target > 0.08 and abs(found.expected_pct) > 1e-9:
        assert (kelly > 0) == (found.expected_pct > 0)


@given(st.floats(0, 1), st.floats(-2, 2), st.floats(0.1, 2))
def test_every_room_reads_a_calibrator_alike(raw, a, b):
    assert measured(a, b).chance(raw) == Platt(a=a, b=b).chance(raw)
