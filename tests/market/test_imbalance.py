"""Imbalances of one book state (signals.md 5.2, worked example 12)."""

import numpy as np
import pytest

from pawang.market.imbalance import depth_imbalance, queue_imbalance, weighted_mid

BIDS = ((99.99, 3.0), (99.96, 5.0), (99.80, 50.0))
ASKS = ((100.01, 1.0), (100.04, 1.0), (100.20, 10.0))


def test_12_the_weighted_mid_leans_to_the_thin_side():
    assert weighted_mid(100.0, 30.0, 100.1, 10.0) == pytest.approx(100.075, abs=1e-12)


def test_12_the_queue_imbalance_of_thirty_against_ten_is_a_half():
    assert queue_imbalance(30.0, 10.0) == 0.5


def test_many_states_at_once_give_what_each_gives_alone():
    sizes = np.array([3.0, 1.0, 7.0]), np.array([1.0, 1.0, 2.0])
    alone = [queue_imbalance(*pair) for pair in zip(*map(np.ndarray.tolist, sizes), strict=True)]
    assert queue_imbalance(*sizes).tolist() == alone


@pytest.mark.parametrize(("bps", "seen"), [(5.0, (8 - 2) / 10), (25.0, (58 - 12) / 70)])
def test_depth_counts_what_rests_within_the_distance(bps, seen):
    assert depth_imbalance(BIDS, ASKS, bps) == pytest.approx(seen)


def test_depth_within_less_than_the_spread_is_balanced():
    assert depth_imbalance(BIDS, ASKS, 0.5) == 0.0


def test_a_crossed_book_has_no_depth_imbalance():
    with pytest.raises(AssertionError, match="crossed"):
        depth_imbalance(((100.0, 1.0),), ((99.0, 1.0),), 5.0)
