"""Order flow at the best quotes (signals.md 5.2, worked example 12), for any cut of the stream."""

from itertools import pairwise
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.market.ofi import DEPTH_SECONDS, OrderFlow, Quotes, events
from pawang.model.market import BestQuote
from pawang.model.refs import SECOND

EXAMPLE = [
    (100.0, 5.0, 100.1, 4.0),
    (100.0, 8.0, 100.1, 4.0),
    (100.1, 2.0, 100.2, 6.0),
    (100.1, 2.0, 100.2, 3.0),
]


def quote(ts, bid, bid_size, ask, ask_size):
    return BestQuote(
        instrument="BTC-USDT-SWAP",
        ts_event=ts,
        ts_recv=ts,
        bid=bid,
        bid_size=bid_size,
        ask=ask,
        ask_size=ask_size,
    )


def at(seconds, *rows):
    return [quote(int(second * SECOND), *row) for second, row in zip(seconds, rows, strict=True)]


def told(quotes, cuts=()):
    """A flow that was folded in batches which end at `cuts`."""
    flow = OrderFlow()
    for first, last in pairwise((0, *sorted(cuts), len(quotes))):
        flow.fold(Quotes.of(quotes[first:last]))
    return flow


def one_by_one(quotes):
    flow = OrderFlow()
    for each in quotes:
        flow.quote(each)
    return flow


def figures(flow, ts):
    windows = [(flow.ofi(ts, n), flow.normalised(ts, n)) for n in (1, 10, 30, DEPTH_SECONDS)]
    return windows, flow.depth(ts), flow.refused, flow.complete_from


def event(before, now):
    """The definition, written out for one pair."""
    made = 0.0
    if now.bid >= before.bid:
        made += now.bid_size
    if now.bid <= before.bid:
        made -= before.bid_size
    if now.ask <= before.ask:
        made -= now.ask_size
    if now.ask >= before.ask:
        made += before.ask_size
    return made


def test_12_the_three_events_are_three_six_and_three():
    assert events(Quotes.of(at((0, 1, 2, 3), *EXAMPLE))).tolist() == [3.0, 6.0, 3.0]


def test_12_they_sum_to_twelve():
    flow = told(at((0.5, 1.1, 1.2, 1.9), *EXAMPLE))
    assert flow.ofi(2 * SECOND, 1) == 12.0


def test_the_mean_depth_normalises():
    flow = told(at((0.5, 1.1, 1.2, 1.9), *EXAMPLE))
    assert flow.depth(2 * SECOND) == (4.5 + 6.0 + 4.0 + 2.5) / 4
    assert flow.normalised(2 * SECOND, 1) == 12.0 / 4.25


def test_the_first_quote_makes_no_event_and_its_second_is_not_whole():
    flow = told(at((0.5, 1.1), *EXAMPLE[:2]))
    assert (flow.ofi(SECOND, 1), flow.ofi(2 * SECOND, 1)) == (None, 3.0)


def test_a_quiet_second_has_no_flow():
    assert told(at((0.5, 1.1), *EXAMPLE[:2])).ofi(9 * SECOND, 5) == 0.0


def test_after_a_cut_of_the_feed_nothing_is_known_until_a_whole_second_was_seen():
    flow = told(at((0.5, 1.1), *EXAMPLE[:2]))
    flow.lose()
    assert flow.ofi(2 * SECOND, 1) is None
    flow.fold(Quotes.of(at((5.5, 6.1), *EXAMPLE[2:])))
    assert [flow.ofi(second * SECOND, 1) for second in (6, 7)] == [None, 3.0]


def test_a_crossed_locked_or_empty_quote_is_left_out_and_counted():
    bad = [(100.2, 1.0, 100.1, 1.0), (100.1, 1.0, 100.1, 1.0), (100.0, 0.0, 100.1, 1.0)]
    rows = [EXAMPLE[0], *bad, *EXAMPLE[1:]]
    flow = told(at((0.5, 1.0, 1.0, 1.0, 1.1, 1.2, 1.9), *rows))
    assert (flow.refused, flow.ofi(2 * SECOND, 1)) == (3, 12.0)


def test_a_late_quote_counts_where_the_stream_stands():
    flow = told(at((0.5, 2.1, 1.9, 2.2), *EXAMPLE))
    assert [flow.ofi(second * SECOND, 1) for second in (2, 3)] == [0.0, 12.0]


def test_a_window_may_be_asked_for_after_its_end():
    flow = told(at((0.5, 1.1, 8.0, 8.1), *EXAMPLE))
    assert flow.ofi(2 * SECOND, 1) == 3.0


def test_what_is_older_than_the_ring_is_forgotten():
    flow = told(at((0.5, 1.1, 1000.2, 1000.4), *EXAMPLE))
    assert flow.ofi(1001 * SECOND, DEPTH_SECONDS) == 9.0
    assert flow.depth(1001 * SECOND) == (4.0 + 2.5) / 2


SIZES = st.floats(0.001, 1e4)
ROWS = st.tuples(st.integers(0, 3_000_000_000), st.integers(0, 3), SIZES, st.integers(-1, 2), SIZES)


@st.composite
def streams(draw):
    rows, ts, made = draw(st.lists(ROWS, max_size=60)), 1_700_000_000 * SECOND, []
    for step, bid, bid_size, spread, ask_size in rows:
        ts += step - 100_000_000  # now and then time runs backwards
        made.append(quote(ts, 100.0 + bid / 10, bid_size, 100.0 + (bid + spread) / 10, ask_size))
    cuts = draw(st.lists(st.integers(0, len(made)), max_size=5))
    return made, cuts


@given(streams())
def test_any_cut_gives_the_same_to_the_last_bit(stream):
    quotes, cuts = stream
    end = (max((each.ts_event for each in quotes), default=0) // SECOND + 1) * SECOND
    assert figures(told(quotes, cuts), end) == figures(one_by_one(quotes), end)


@given(streams())
def test_a_window_is_the_sum_of_the_definition(stream):
    quotes = [each for each in stream[0] if each.bid < each.ask]
    flow = one_by_one(quotes)
    if flow.complete_from is None:
        return
    newest, expected = 0, []
    for before, now in pairwise(quotes):
        newest = max(newest, before.ts_event // SECOND, now.ts_event // SECOND)
        if newest * SECOND >= flow.complete_from:
            expected.append(event(before, now))
    end = max(flow.complete_from, (newest + 1) * SECOND)
    seconds = min((end - flow.complete_from) // SECOND, DEPTH_SECONDS)
    assert flow.ofi(end, seconds) == pytest.approx(fsum(expected), rel=1e-9, abs=1e-7)
