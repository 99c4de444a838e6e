"""Ghost and live, the same plan in the same market (rows O1, O2).

The suite plays six of the seeds that `pawang backtest parity` shows by the hundred.
"""

import pytest
from msgspec.structs import replace

from pawang.simulate.parity import play, summarise
from pawang.simulate.parity.worlds import WIRE

SEEDS = range(501, 507)


@pytest.fixture(scope="module")
def found():
    return [play(seed) for seed in SEEDS]


def test_O2_ghost_and_live_decide_alike_and_end_within_a_basis_point(found):
    assert [one.same_decision for one in found] == [True] * len(SEEDS)
    assert max(abs(one.gap_bp) for one in found) < 1.0


def test_O1_something_of_every_kind_was_played(found):
    """A comparison of nothing with nothing proves nothing."""
    summary = summarise(found)
    assert 0 < summary.filled_live < len(SEEDS)
    assert summary.both >= 3


def test_I16_a_seed_plays_the_same_twice(found):
    assert play(SEEDS[0]) == found[0]


def test_a_ghost_whose_queue_is_not_the_venues_is_found_out():
    """Seed 55: cancels bring the plan's target forward; who does not count them is stopped out."""
    wrong, right = play(55, replace(WIRE, queue="trades")), play(55)
    assert (round(right.gap_bp, 2), round(wrong.gap_bp, 2)) == (0.0, 15.47)
