"""The block bootstrap: how sure of a mean, when neighbours tell the same story."""

import numpy as np
import pytest

from pawang.learning.bootstrap import block_length, chance_positive, interval, means


def test_blocks_are_twice_as_long_as_labels_overlap():
    assert block_length(1000, 1000) == 10
    assert block_length(1000, 1000 / 12) == 24
    assert block_length(5, 0.5) == 5


def test_the_seed_is_all_there_is_to_chance():
    values = list(range(50))
    assert means(values, 5, seed=1).tolist() == means(values, 5, seed=1).tolist()
    assert means(values, 5, seed=1).tolist() != means(values, 5, seed=2).tolist()


def test_one_block_of_everything_knows_only_the_mean():
    assert set(np.round(means([1.0, 2.0, 6.0], 3, seed=1), 12)) == {3.0}


def test_alone_a_value_is_drawn_like_any_other():
    drawn = means([0.0] * 9 + [10.0], 1, seed=3, draws=20_000)
    assert drawn.mean() == pytest.approx(1.0, abs=0.03)
    assert drawn.std() == pytest.approx(3 / np.sqrt(10), rel=0.03)


def test_neighbours_that_tell_the_same_make_the_interval_wider():
    runs = np.repeat(np.random.default_rng(1).normal(0, 1, 50), 10).tolist()
    short, long = interval(runs, 1, seed=2), interval(runs, 20, seed=2)
    assert long.high - long.low > 2 * (short.high - short.low)


def test_a_clear_gain_is_sure_and_nothing_is_never_positive():
    assert chance_positive([1.0, 0.9, 1.1] * 20, 3, seed=1) == 1.0
    assert chance_positive([0.0] * 60, 3, seed=1) == 0.0


@pytest.mark.parametrize("block", [0, 4])
def test_a_block_longer_than_the_values_is_our_mistake(block: int):
    with pytest.raises(AssertionError, match="blocks"):
        means([1.0, 2.0, 3.0], block, seed=1)
