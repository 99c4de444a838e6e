"""A side of a book is a dictionary that is always sorted, whatever end of it moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.kernels import ladder
from pawang.kernels.ladder import ASKS, BIDS, LEVELS_MAX, ROOM

SIDES = pytest.mark.parametrize("side", [BIDS, ASKS], ids=["bids", "asks"])
CHANGES = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 3)), max_size=25)


def rows(levels) -> np.ndarray:
    return np.array(levels, np.float64).reshape(-1, 2)


def held(book, bounds, side) -> list[tuple[float, float]]:
    """Best last."""
    start, stop = bounds[2 * side], bounds[2 * side + 1]
    sign = 1.0 if side == BIDS else -1.0
    keys, sizes = book[side, :, start:stop].tolist()
    return [(sign * key, size) for key, size in zip(keys, sizes, strict=True)]


def plain(sizes: dict[float, float], side: int) -> list[tuple[float, float]]:
    left = [(price, size) for price, size in sizes.items() if size]
    return sorted(left, reverse=side == ASKS)


@SIDES
@settings(max_examples=80, deadline=None)
@given(batches=st.lists(CHANGES, max_size=10))
def test_a_side_holds_what_a_dictionary_holds(side, batches):
    book, bounds = ladder.empty_book()
    sizes: dict[float, float] = {}
    for batch in batches:
        ladder.change(book, bounds, side, rows(batch), 0, len(batch))
        sizes.update({float(price): float(size) for price, size in batch})
        assert held(book, bounds, side) == plain(sizes, side)


@SIDES
@given(levels=CHANGES, older=CHANGES)
def test_a_snapshot_in_any_order_replaces_all_that_stood_before(side, levels, older):
    book, bounds = ladder.empty_book()
    ladder.change(book, bounds, side, rows(older), 0, len(older))
    ladder.replace(book, bounds, side, rows(levels), 0, len(levels))
    sizes = {float(price): float(size) for price, size in levels}
    assert held(book, bounds, side) == plain(sizes, side)


@SIDES
@pytest.mark.parametrize("step", [1, -1], ids=["rises", "falls"])
def test_a_market_that_wanders_past_the_end_of_its_memory_loses_no_level(side, step):
    """Every change brings a level at one end and takes one at the other."""
    book, bounds = ladder.empty_book()
    first = [(100_000.0 + k, 1.0 + k % 7) for k in range(40)]
    ladder.replace(book, bounds, side, rows(first), 0, 40)
    sizes = dict(first)
    for k in range(ROOM):
        low, high = 100_000.0 + step * k, 100_039.0 + step * k
        comes, goes = (high + 1.0, low) if step > 0 else (low - 1.0, high)
        ladder.change(book, bounds, side, rows([(comes, 1.0 + k % 5), (goes, 0.0)]), 0, 2)
        sizes[comes] = 1.0 + k % 5
        del sizes[goes]
        if k % 1000 == 0:
            assert held(book, bounds, side) == plain(sizes, side)
    assert held(book, bounds, side) == plain(sizes, side)


@SIDES
def test_a_full_side_gives_up_its_farthest_level_and_only_that(side):
    book, bounds = ladder.empty_book()
    sign = -1.0 if side == BIDS else 1.0
    many = [(50_000.0 + sign * k, 1.0) for k in range(LEVELS_MAX)]
    ladder.replace(book, bounds, side, rows(many), 0, LEVELS_MAX)
    ladder.change(book, bounds, side, rows([(50_000.5, 2.0)]), 0, 1)
    ladder.change(book, bounds, side, rows([(50_000.0 + sign * 3 * LEVELS_MAX, 9.0)]), 0, 1)
    kept = dict([*many[:-1], (50_000.5, 2.0)])
    assert held(book, bounds, side) == plain(kept, side)


def test_an_empty_side_crosses_nothing_and_a_locked_book_is_crossed():
    book, bounds = ladder.empty_book()
    assert not ladder.crossed(book, bounds)
    ladder.change(book, bounds, BIDS, rows([(100.0, 1.0)]), 0, 1)
    assert not ladder.crossed(book, bounds)
    ladder.change(book, bounds, ASKS, rows([(100.0, 1.0)]), 0, 1)
    assert ladder.crossed(book, bounds)
