"""Prints of one sweep are one parent (signals.md 1.2)."""

import pytest

from pawang.market import Parent, ParentAggregator

MS = 1_000_000


def sweep_all(prints):
    """All parents of these (ms, sign, price, size), the open one last."""
    sweep = ParentAggregator(gap_ms=5, cap_ms=100)
    ended = [sweep.add(int(ms * MS), sign, price, size) for ms, sign, price, size in prints]
    return [parent for parent in [*ended, sweep.open] if parent is not None]


def test_example_01_three_prints_of_one_sweep_are_a_whale():
    first, second = sweep_all(
        [
            (1000, 1, 60000.0, 9.0),
            (1000, 1, 60000.1, 8.0),
            (1003, 1, 60000.3, 2.0),
            (1003, -1, 60000.2, 1.0),
        ]
    )
    assert first == Parent(
        sign=1,
        t0=1000 * MS,
        t1=1003 * MS,
        size=19.0,
        notional_usd=pytest.approx(1_140_001.4, abs=1e-6),
        prints=3,
    )
    assert round(first.vwap, 4) == 60000.0737
    assert (second.sign, second.prints) == (-1, 1)


@pytest.mark.parametrize(
    ("second", "why"),
    [
        ((1000, -1, 60000.0, 1.0), "the other side"),
        ((1005.001, 1, 60000.0, 1.0), "more than 5 ms later"),
        ((1001, 1, 59999.9, 1.0), "a buy never walks down"),
        ((999, 1, 60000.0, 1.0), "before the sweep began"),
    ],
)
def test_a_print_that_does_not_continue_the_sweep_begins_another(second, why):
    assert [parent.prints for parent in sweep_all([(1000, 1, 60000.0, 1.0), second])] == [1, 1], why


def test_a_sell_sweep_walks_down():
    prints = [(1000, -1, 60000.0, 1.0), (1005, -1, 59999.0, 1.0), (1010, -1, 59999.0, 1.0)]
    assert [parent.prints for parent in sweep_all(prints)] == [3]


def test_a_sweep_never_lasts_longer_than_100_ms():
    prints = [(1000 + 5 * k, 1, 60000.0, 1.0) for k in range(22)]
    assert [parent.prints for parent in sweep_all(prints)] == [21, 1]


def test_flush_ends_a_parent_only_when_nothing_can_join_it():
    sweep = ParentAggregator(gap_ms=5, cap_ms=100)
    sweep.add(1000 * MS, 1, 60000.0, 1.0)
    assert sweep.flush(1005 * MS) is None
    assert sweep.flush(1006 * MS) is not None
    assert sweep.open is None


def test_looking_ahead_changes_nothing():
    sweep = ParentAggregator(gap_ms=5, cap_ms=100)
    sweep.add(1000 * MS, 1, 60000.0, 1.0)
    before = sweep.open
    sweep.fork().add(1001 * MS, 1, 60000.0, 5.0)
    assert sweep.open == before
