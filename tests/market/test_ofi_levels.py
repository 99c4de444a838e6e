"""Order flow at each of the best levels (signals.md 5.2), for any cut of the stream."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.market.ofi_levels import LEVELS, LevelFlow, States, integrate, level_events, ranked
from pawang.model.refs import SECOND


def states(books):
    """Books as `(ts, bids, asks)` to columns."""
    rows = [(*ranked(bids, -np.inf), *ranked(asks, np.inf)) for _, bids, asks in books]
    ts = np.array([book[0] for book in books], dtype=np.int64)
    return States(ts, *(np.concatenate(column) for column in zip(*rows, strict=True)))


BOOK = ((100.0, 5.0), (99.9, 7.0)), ((100.1, 4.0), (100.2, 9.0))
GROWN = ((100.0, 8.0), (99.9, 6.0)), ((100.1, 4.0), (100.2, 6.0))


def test_each_level_is_compared_with_its_own_before():
    found = level_events(states([(0, *BOOK), (1, *GROWN)]))
    assert found.tolist() == [[3.0, 2.0] + [0.0] * 8]


def test_a_level_that_appears_is_an_order_and_one_that_goes_is_a_cancel():
    thin = (BOOK[0][:1], BOOK[1][:1])
    found = level_events(states([(0, *thin), (1, *BOOK), (2, *thin)]))
    assert found[:, 1].tolist() == [7.0 - 9.0, 9.0 - 7.0]


def test_the_first_level_is_the_l1_flow_of_example_12():
    rows = [
        (100.0, 5.0, 100.1, 4.0),
        (100.0, 8.0, 100.1, 4.0),
        (100.1, 2.0, 100.2, 6.0),
        (100.1, 2.0, 100.2, 3.0),
    ]
    flow = LevelFlow()
    for second, (bid, bid_size, ask, ask_size) in zip((0.5, 1.1, 1.2, 1.9), rows, strict=True):
        flow.state(int(second * SECOND), [(bid, bid_size)], [(ask, ask_size)])
    assert flow.ofi(2 * SECOND, 1) == (12.0,) + (0.0,) * 9


def test_after_the_book_was_lost_nothing_is_known_until_a_whole_second_was_seen():
    flow = LevelFlow()
    flow.state(SECOND // 2, *BOOK)
    flow.state(SECOND + 1, *GROWN)
    flow.lose()
    assert flow.ofi(2 * SECOND, 1) is None
    flow.state(2 * SECOND + 1, *BOOK)
    flow.state(3 * SECOND + 1, *GROWN)
    assert [flow.ofi(second * SECOND, 1) for second in (3, 4)] == [
        None,
        (3.0, 2.0) + (0.0,) * 8,
    ]


SIDE = st.lists(st.tuples(st.integers(1, 30), st.floats(0.01, 100.0)), min_size=1, max_size=14)


@st.composite
def streams(draw):
    books, ts = [], 1_700_000_000 * SECOND
    for step, bids, asks in draw(
        st.lists(st.tuples(st.integers(0, 2_000_000_000), SIDE, SIDE), min_size=1, max_size=20)
    ):
        ts += step
        below = sorted({(100.0 - place / 10): size for place, size in bids}.items(), reverse=True)
        above = sorted({(100.0 + place / 10): size for place, size in asks}.items())
        books.append((ts, below, above))
    return books


@given(streams())
def test_a_window_is_the_sum_of_its_events(books):
    flow = LevelFlow()
    for book in books:
        flow.state(*book)
    end = (books[-1][0] // SECOND + 1) * SECOND
    begun = (books[0][0] // SECOND + 1) * SECOND
    assert flow.complete_from == begun
    for seconds in (1, 5, 200):
        found = flow.ofi(end, seconds)
        if end - seconds * SECOND < begun:
            assert found is None
            continue
        events = level_events(states(books))
        inside = [ts >= end - seconds * SECOND for ts, _, _ in books[1:]]
        assert found == pytest.approx(events[inside].sum(axis=0).tolist(), abs=1e-9)


def test_each_level_is_told_over_its_mean_size():
    flow = LevelFlow()
    flow.state(SECOND // 2, *BOOK)
    flow.state(SECOND + 1, *GROWN)
    flow.state(2 * SECOND - 1, *BOOK)
    means = ((8 + 4) / 2 + (5 + 4) / 2) / 2, ((6 + 6) / 2 + (7 + 9) / 2) / 2
    sums = (3.0 - 3.0, (6 - 7 - 6 + 9) + (7 - 6 - 9 + 6))
    found = flow.normalised(2 * SECOND, 1)
    assert found == (sums[0] / means[0], sums[1] / means[1]) + (0.0,) * 8


def test_the_integrated_flow_finds_what_the_levels_share():
    chance = np.random.default_rng(3)
    shared = chance.normal(0, 10, (500, 1))
    loading = np.linspace(1.0, 2.0, LEVELS)
    weights = integrate(shared * loading + chance.normal(0, 0.1, (500, LEVELS)))
    assert weights == pytest.approx(loading / loading.sum(), abs=2e-3)
