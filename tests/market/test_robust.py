"""Robust z over a ring of fixed size (signals.md 3)."""

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.market.robust import Series, Spread
from pawang.model.refs import DAY, HOUR, MINUTE

SPAN = 6


def remembered(rows, ts):
    """The same, the long way: every row ever put, in order; (count, median, mad)."""
    known = {}
    newest = -1
    for at, value in rows:
        if at // 10 < newest - SPAN:
            continue
        newest = max(newest, at // 10)
        if at // 10 not in known or at >= known[at // 10][0]:
            known[at // 10] = (at, value)
    last = max(newest, ts // 10)
    kept = [v for bucket, (_, v) in known.items() if last - SPAN <= bucket < ts // 10]
    if not kept:
        return 0, 0.0, 0.0
    middle = median(kept)
    return len(kept), middle, median(abs(value - middle) for value in kept)


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(-9, 9).map(float)), max_size=60),
    st.lists(st.integers(0, 220), min_size=1, max_size=5),
)
def test_the_ring_tells_what_the_whole_history_would(rows, asked):
    """Whatever the order of the rows, and however often it is read on the way."""
    series = Series(10, 10 * SPAN)
    for place, (at, value) in enumerate(rows):
        series.put(at, value)
        series.spread(asked[place % len(asked)])
    for ts in asked:
        spread = series.spread(ts)
        assert (spread.count, spread.median, spread.mad) == remembered(rows, ts)


def test_a_month_of_inputs_takes_what_a_minute_takes():
    """A minute series of seven days, fed for 31."""
    series = Series(MINUTE, 7 * DAY)
    series.put(0, 1.0)
    first = series.nbytes
    for minute in range(31 * 24 * 60):
        series.put(minute * MINUTE, 1.0 + minute % 7)
        series.put(minute * MINUTE + 1, 2.0 + minute % 7)
    spread = series.spread(31 * DAY)
    assert (spread.count, spread.median) == (7 * 24 * 60, 5.0)
    assert series.nbytes == first == 24 * (7 * 24 * 60 + 1)


def test_a_hole_longer_than_the_span_leaves_nothing():
    series = Series(HOUR, DAY)
    series.put(0, 1.0)
    series.put(40 * HOUR, 2.0)
    assert series.spread(40 * HOUR + 1).count == 0


@pytest.mark.parametrize("value", [float("inf"), 1e9])
def test_one_spike_is_not_ten(value):
    assert Spread([0.9, 1.0, 1.1] * 70).z(value, 1e-9, 5.0, 200) == 5.0
