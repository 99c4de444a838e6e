"""What the plans earned, signals.md 9."""

from math import sqrt

import pytest

from pawang.learning.earnings import (
    book_gap,
    net_per_100,
    net_per_100_sent,
    net_per_100_usd,
    net_slope,
)
from pawang.learning.evidence import MET_PROVEN, MET_UNPROVEN, MISSED, UNKNOWN
from pawang.learning.intervals import Z95
from pawang.model.order import Book
from pawang.model.refs import DAY


def test_net_per_100_is_of_the_last_hundred_filled(played_of):
    rows = [played_of(i, True, net_r=-5.0) for i in range(50)]
    rows += [played_of(50 + i, i % 2 == 0) for i in range(100)]
    found = net_per_100(rows, Book.GHOST)
    assert (found.value, found.n, found.verdict) == (pytest.approx(-20.0), 100, MISSED)
    half = Z95 * 100 * 0.8 * sqrt(100 / 99) / 10
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == (
        pytest.approx(-20 - half),
        pytest.approx(-20 + half),
    )


def test_a_steady_gain_is_proven_and_a_lucky_one_is_not(played_of):
    steady = [played_of(i, True, net_r=0.8 if i % 4 else -0.6) for i in range(100)]
    lucky = [played_of(i, True, net_r=6.0 if i == 9 else -0.05) for i in range(100)]
    assert net_per_100(steady, Book.GHOST).verdict == MET_PROVEN
    assert net_per_100(lucky, Book.GHOST).verdict == MET_UNPROVEN


def test_nothing_earned_yet_is_unknown_and_exactly_nothing_is_missed(played_of):
    assert net_per_100([], Book.GHOST).verdict == UNKNOWN
    assert net_per_100([played_of(1, True, net_r=0.0)], Book.GHOST).verdict == MISSED


def test_per_100_sent_the_unfilled_earn_nothing_and_count(played_of):
    rows = [played_of(i, True, net_r=0.5) for i in range(5)]
    rows += [played_of(5 + i, False, filled=False, net_r=0.0) for i in range(5)]
    assert net_per_100(rows, Book.GHOST).value == pytest.approx(50.0)
    sent = net_per_100_sent(rows, Book.GHOST)
    assert (sent.value, sent.n) == (pytest.approx(25.0), 10)


def test_usd_is_of_a_book_that_never_grows(played_of):
    rows = [played_of(0, True, net_r=1.0, size_pct=1.43), played_of(1, False, net_r=-1.0)]
    assert net_per_100_usd(rows, Book.GHOST).value == pytest.approx(100 * (143 - 100) / 2)


def test_the_slope_is_per_week_of_the_last_four(played_of, now):
    def at(days_ago: float, net_r: float, n: int):
        return played_of(n, True, ts_resolved=now - round(days_ago * DAY), net_r=net_r)

    rising = [at(day, 0.5 - 0.1 * day / 7, day) for day in range(28)]
    old = [at(28.5 + n, 9.0, 100 + n) for n in range(9)]
    found = net_slope([*rising, *old], Book.GHOST, now)
    assert (found.value, found.n) == (pytest.approx(10.0), 28)
    assert found.interval is not None
    assert found.interval.low == pytest.approx(10.0, abs=1e-6)


def test_a_line_through_a_few_points_or_one_moment_is_not_told(played_of, now):
    few = [played_of(900 + i, True) for i in range(9)]
    moment = [played_of(i, True, ts_resolved=now) for i in range(20)]
    assert net_slope(few, Book.GHOST, now).value is None
    assert net_slope(moment, Book.GHOST, now).value is None


def test_the_gap_is_of_plans_that_both_books_played(played_of):
    ghost = [played_of(i, True, net_r=0.6) for i in range(4)]
    live = [played_of(i, True, net_r=0.6 - 0.1 * i, book=Book.LIVE) for i in range(1, 3)]
    found = book_gap([*ghost, *live])
    assert (found.value, found.n) == (pytest.approx(0.15), 2)


def test_without_a_live_book_there_is_no_gap(played_of):
    assert book_gap([played_of(1, True)]).value is None
