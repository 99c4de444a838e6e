"""A book is whole or it is unknown (A04, A07, A10, A19)."""

from itertools import groupby

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.market.conftest import Tape

from pawang.market import Market
from pawang.market.book import Book, BookSide
from pawang.model.market import Aggressor, Levels
from pawang.model.view import BookView, Memory

BIDS = ((60_000.0, 2.0), (59_999.0, 4.0))
ASKS = ((60_000.1, 1.0), (60_001.0, 3.0))


def seen(market, tape, ms):
    view = market.freeze("BTC", tape.at(ms), Memory())
    return view.book, view.book_problem


def test_a_book_that_was_never_seen_is_unseen(market, tape, feed):
    feed(market, [tape.delta(0, bids=BIDS, asks=ASKS), tape.lost(1)])
    assert seen(market, tape, 10) == (None, "unseen")


def test_the_view_of_a_plain_book(market, tape, feed):
    feed(market, [tape.snapshot(0, BIDS, ASKS)])
    assert seen(market, tape, 500) == (
        BookView(
            bid=60_000.0,
            ask=60_000.1,
            mid=60_000.05,
            spread_bps=pytest.approx(0.1 / 60_000.05 * 1e4),
            spread_median_bps=None,
            imbalance_5bp=pytest.approx(0.2),
            imbalance_10bp=pytest.approx(0.2),
            imbalance_25bp=pytest.approx(0.2),
            imbalance_held_s=0.0,
            depth_10bp_usd=pytest.approx(6 * 60_000 - 4 + 4 * 60_000 + 3.1),
            age_s=0.5,
            queue_imbalance=pytest.approx(1 / 3),
        ),
        None,
    )


def test_A04_from_the_gap_on_no_reader_sees_the_book(market, tape, feed):
    feed(market, [tape.snapshot(0, BIDS, ASKS), tape.lost(10, "books"), tape.delta(20, bids=BIDS)])
    view = market.freeze("BTC", tape.at(30), Memory())
    assert (view.book, view.book_problem, view.walls) == (None, "gap", ())


def test_A06_an_empty_delta_keeps_the_book_fresh(market, tape, feed):
    feed(market, [tape.snapshot(0, BIDS, ASKS), tape.delta(15_000)])
    book, problem = seen(market, tape, 16_000)
    assert (book.age_s, problem) == (1.0, None)


def test_A10_a_snapshot_replaces_and_never_merges(market, tape, feed):
    feed(market, [tape.snapshot(0, BIDS, ASKS), tape.lost(1), tape.snapshot(2, BIDS[1:], ASKS[1:])])
    book, _ = seen(market, tape, 3)
    assert (book.bid, book.ask, book.depth_10bp_usd) == (
        59_999.0,
        60_001.0,
        59_999 * 4 + 60_001 * 3,
    )


@pytest.mark.parametrize("ask", [59_999.5, 60_000.0])
def test_A19_a_crossed_or_locked_book_stays_unknown_until_a_snapshot(market, tape, feed, ask):
    feed(market, [tape.snapshot(0, BIDS, ASKS), tape.delta(10, asks=[(ask, 1.0)])])
    assert seen(market, tape, 11) == (None, "crossed")
    feed(market, [tape.delta(20, asks=[(ask, 0.0)])])
    assert seen(market, tape, 21) == (None, "crossed")
    feed(market, [tape.snapshot(30, BIDS, ASKS)])
    assert seen(market, tape, 31)[1] is None


def test_a_crossed_snapshot_is_no_book(market, tape, feed):
    feed(market, [tape.snapshot(0, ASKS, BIDS)])
    assert seen(market, tape, 1) == (None, "crossed")


def test_a_book_without_a_side_is_a_gap(market, tape, feed):
    feed(market, [tape.snapshot(0, BIDS, ASKS), tape.delta(1, bids=[(p, 0.0) for p, _ in BIDS])])
    assert seen(market, tape, 2) == (None, "gap")


def test_A03_a_silent_book_is_stale_after_ten_seconds(market, tape, feed):
    feed(market, [tape.snapshot(0, BIDS, ASKS)])
    assert seen(market, tape, 10_000)[1] is None
    assert seen(market, tape, 10_001) == (None, "stale")


def test_deleting_what_is_not_there_changes_nothing(market, tape, feed):
    feed(market, [tape.snapshot(0, BIDS, ASKS)])
    before = seen(market, tape, 5)[0]
    feed(market, [tape.delta(0, bids=[(59_998.0, 0.0)])])
    assert seen(market, tape, 5)[0] == before


@pytest.mark.parametrize("size", [float("nan"), -1.0])
def test_a_size_no_door_lets_through_is_our_own_mistake(market, tape, feed, size):
    feed(market, [tape.snapshot(0, BIDS, ASKS)])
    with pytest.raises(AssertionError):
        feed(market, [tape.delta(1, bids=[(59_990.0, size)])])


def test_a_side_never_grows_past_its_limit(tape):
    book = Book()
    book.replace(
        tape.snapshot(0, [(100.0 - k * 0.001, 1.0) for k in range(10_500)], [(101.0, 1.0)])
    )
    assert (len(book.bids.prices), book.bid, book.bids.prices[0]) == (10_000, 100.0, 100.0 - 9.999)


def test_how_long_the_book_has_leaned_to_one_side(market, tape, feed):
    heavy = [(59_999.5, 50.0)]
    feed(market, [tape.snapshot(0, BIDS, ASKS)])
    feed(market, [tape.delta(1000 * k, bids=heavy) for k in range(1, 13)])
    assert seen(market, tape, 12_000)[0].imbalance_held_s == 11.0
    feed(market, [tape.delta(12_050, bids=[(59_999.5, 0.0)])])
    assert seen(market, tape, 12_100)[0].imbalance_held_s == 0.0


def test_the_median_spread_is_told_once_it_was_measured_for_ten_minutes(market, tape, feed):
    feed(market, [tape.snapshot(0, BIDS, ASKS)])
    feed(market, [tape.delta(1000 * k) for k in range(1, 600)])
    assert seen(market, tape, 600_000 - 1)[0].spread_median_bps is None
    feed(market, [tape.delta(600_000)])
    book, _ = seen(market, tape, 600_001)
    assert book.spread_median_bps == book.spread_bps


def test_a_recorded_book_equals_the_venues_own_top(market, btc, tape, feed, recorded):
    """2024-07-18, BTC: after every update that the ticker also stamped, bid and ask agree."""
    table = pq.read_table(recorded / "l2_binance_usdm_btcusdt_20240718.parquet").slice(0, 40_000)
    columns = ("side", "price", "size", "is_snapshot", "update_id", "ts_ns")
    rows = list(zip(*(table[name].to_pylist() for name in columns), strict=True))
    ticker = pq.read_table(recorded / "bbo_binance_usdm_btcusdt_20240718.parquet").slice(0, 20_000)
    tops = dict(
        zip(
            ticker["update_id"].to_pylist(),
            zip(ticker["bid"].to_pylist(), ticker["ask"].to_pylist(), strict=True),
            strict=True,
        )
    )
    first = [row for row in rows if row[3]]
    bids, asks = ([(row[1], row[2]) for row in first if row[0] == side] for side in (1, -1))
    feed(market, [tape.snapshot(0, bids, asks)])
    compared = 0
    for update, group in groupby((row for row in rows if not row[3]), key=lambda row: row[4]):
        changed = list(group)
        ms = (changed[0][5] - first[0][5]) / 1e6
        bids, asks = ([(row[1], row[2]) for row in changed if row[0] == side] for side in (1, -1))
        feed(market, [tape.delta(ms, bids, asks)])
        if update in tops:
            book, _ = seen(market, tape, ms)
            assert (book.bid, book.ask) == tops[update]
            compared += 1
    assert compared > 20


levels = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), max_size=12)


@given(st.lists(levels, max_size=8))
def test_A07_a_side_holds_the_last_size_of_every_level(batches):
    side, plain = BookSide(), {}
    for batch in batches:
        side.change([(float(price), float(size)) for price, size in batch])
        plain.update(dict(batch))
    left = sorted((float(price), float(size)) for price, size in plain.items() if size)
    assert list(zip(side.prices, side.sizes, strict=True)) == left
    assert side.depth(10.0, 20.0) == sum(size for price, size in left if 10 <= price <= 20)


PLAN = st.lists(
    st.tuples(
        st.sampled_from(["delta", "delta", "delta", "snapshot", "lost", "trade"]),
        st.integers(0, 400),  # ms since the record before
        st.lists(st.tuples(st.integers(-8, 8), st.integers(0, 40)), max_size=4),
    ),
    max_size=30,
)


def written(tape, plan, compact):
    """The plan as records; `compact` levels lie in an array, as the door makes them."""
    ms, made = 0, [tape.snapshot(0, BIDS, ASKS)]
    for kind, after, changes in plan:
        ms += after
        bids = [(60_000.0 + tick, float(size)) for tick, size in changes if tick <= 2]
        asks = [(60_001.0 + tick, float(size)) for tick, size in changes if tick >= -2]
        match kind:
            case "delta":
                made.append(tape.delta(ms, bids, asks))
            case "snapshot":
                made.append(tape.snapshot(ms, BIDS, ASKS))
            case "lost":
                made.append(tape.lost(ms, "books"))
            case "trade":
                made.append(tape.trade(ms, "sell", 59_999.0, 1.0))
    return [compacted(record) if compact else record for record in made]


def compacted(record):
    if not hasattr(record, "bids"):
        return record
    rows = np.array([*record.bids, *record.asks], np.float64).reshape(-1, 2)
    many = len(record.bids)
    bids, asks = Levels(rows, 0, many), Levels(rows, many, len(rows))
    return replace(record, bids=bids, asks=asks)


@settings(deadline=None)
@example(plan=[("delta", 0, [(1, 1)]), ("delta", 0, [])], compact=False)
@given(plan=PLAN, compact=st.booleans())
def test_A19_changes_wait_until_they_are_read_and_nobody_can_tell(btc, plan, compact):
    """One market is read after every record, the other at the end."""
    records = written(Tape(btc), plan, compact)
    eager, lazy = Market({"BTC": btc}), Market({"BTC": btc})
    for market in (eager, lazy):
        market.guard_wall("BTC", 59_998.0, Aggressor.BUY)
    edges: dict[int, list] = {0: [], 1: []}
    for place, market in enumerate((eager, lazy)):
        start = 0
        while start < len(records):
            folded = market.fold(records[: start + 1] if market is eager else records, start)
            start += folded.consumed
            if folded.edge is not None:
                edges[place].append(folded.edge)
            if market is eager:
                market.freeze("BTC", records[-1].ts_event, Memory())
    end = records[-1].ts_event + 10**9
    assert edges[0] == edges[1]
    assert eager.freeze("BTC", end, Memory()) == lazy.freeze("BTC", end, Memory())
