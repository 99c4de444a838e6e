"""A desk slower than the venue: what waits stays small, and nothing is said that is not so (A15)."""

import random

from pawang.market import Market
from pawang.model.event import HealthChanged
from pawang.model.market import (
    Aggressor,
    BookDelta,
    BookSnapshot,
    FeedLost,
    MarkPrice,
    Trade,
)
from pawang.model.refs import SECOND
from pawang.venues.okx.overload import Backlog, OverloadParams, conflate

BTC, SOL = "BTC-USDT-SWAP", "SOL-USDT-SWAP"
NOW = 1000 * SECOND
PARAMS = OverloadParams(items_max=100, trades_max=50)


def delta(seq, bids=(), asks=(), name=BTC):
    return BookDelta(
        instrument=name,
        ts_event=seq,
        ts_recv=seq,
        bids=tuple(bids),
        asks=tuple(asks),
        seq=seq,
        prev_seq=seq - 1,
    )


def snapshot(seq, name=BTC):
    return BookSnapshot(
        instrument=name,
        ts_event=seq,
        ts_recv=seq,
        bids=((99.9, 2.0),),
        asks=((100.1, 3.0),),
        seq=seq,
    )


def trade(number, name=BTC):
    return Trade(
        instrument=name,
        ts_event=number,
        ts_recv=number,
        price=100.0,
        size=1.0,
        side=Aggressor.BUY,
        trade_id=str(number),
    )


def mark(ts, name=BTC):
    return MarkPrice(instrument=name, ts_event=ts, ts_recv=ts, price=100.0 + ts)


def lost(ts, channel="books", name=BTC, reason="gap"):
    return FeedLost(instrument=name, ts_event=ts, ts_recv=ts, channel=channel, reason=reason)


# Conflation.


def test_A15_updates_of_one_book_become_one_with_the_newest_size_of_each_level():
    waiting = [
        delta(1, bids=[(99.0, 1.0), (98.0, 1.0)]),
        delta(2, bids=[(99.0, 2.0)], asks=[(101.0, 5.0)]),
        delta(3, bids=[(98.0, 0.0)]),
    ]
    [made] = conflate(waiting, 10)[0]
    assert made == BookDelta(
        instrument=BTC,
        ts_event=3,
        ts_recv=3,
        bids=((99.0, 2.0), (98.0, 0.0)),
        asks=((101.0, 5.0),),
        seq=3,
        prev_seq=0,
    )


def test_A15_books_are_not_mixed_up():
    left, _ = conflate([delta(1), delta(1, name=SOL), delta(2), delta(2, name=SOL)], 10)
    assert [(one.instrument, one.prev_seq, one.seq) for one in left] == [(BTC, 0, 2), (SOL, 0, 2)]


def test_A15_a_snapshot_and_a_loss_make_what_stood_before_needless():
    assert conflate([snapshot(1), delta(2), snapshot(5), delta(6)], 10)[0] == [
        snapshot(5),
        delta(6),
    ]
    assert conflate([snapshot(1), delta(2), lost(3)], 10)[0] == [lost(3)]
    assert conflate([snapshot(1), delta(2), lost(3, "trades")], 10)[0] == [
        snapshot(1),
        delta(2),
        lost(3, "trades"),
    ]


def test_A15_updates_after_a_snapshot_are_not_merged_over_it():
    left, _ = conflate([delta(1), snapshot(5), delta(6), delta(7)], 10)
    assert [type(one) for one in left] == [BookSnapshot, BookDelta]
    assert (left[1].prev_seq, left[1].seq) == (5, 7)


def test_A15_of_prices_the_newest_is_left():
    assert conflate([mark(1), mark(2), mark(1, SOL), mark(3)], 10)[0] == [mark(1, SOL), mark(3)]


def test_A15_the_oldest_trades_are_dropped_counted_and_said_to_be_lost():
    waiting = [trade(1), trade(2, SOL), trade(3), trade(4), trade(5, SOL)]
    left, dropped = conflate(waiting, 2)
    assert dropped == 3
    assert left == [
        lost(2, "trades", SOL, "overload"),
        lost(3, "trades", BTC, "overload"),
        trade(4),
        trade(5, SOL),
    ]


def test_A15_a_conflated_book_is_the_book(btc):
    """Whatever is merged and wherever it is cut, the market ends with the same levels."""
    chance = random.Random(5)
    items = [snapshot(0)]
    for seq in range(1, 400):
        side = [(chance.choice((99.0, 99.5, 99.8)), float(chance.randint(0, 3)))]
        items.append(delta(seq, bids=side) if chance.random() < 0.5 else delta(seq))
        if chance.random() < 0.01:
            items.append(snapshot(seq))
    whole, cut = Market({"BTC": btc}), Market({"BTC": btc})
    whole.fold(items)
    while items:
        count = chance.randint(1, 60)
        cut.fold(conflate(items[:count], 10)[0])
        del items[:count]
    for market in (whole, cut):
        market._coins["BTC"].settle()
    books = [market._coins["BTC"].book for market in (whole, cut)]
    assert books[0].bids.prices == books[1].bids.prices
    assert books[0].bids.sizes == books[1].bids.sizes
    assert books[0].ts == books[1].ts


# The backlog.


def test_A15_what_waits_stays_bounded_however_long_the_desk_is_away():
    """A thousand messages a second for a minute, and nobody takes any."""
    backlog, longest = Backlog(PARAMS), 0
    for number in range(60_000):
        item = (delta, trade, mark)[number % 3](number)
        backlog.put([item], NOW + number * SECOND // 1000)
        longest = max(longest, len(backlog))
    assert longest <= 2 * (PARAMS.items_max + PARAMS.trades_max)
    assert backlog.dropped >= 20_000 - PARAMS.trades_max - PARAMS.items_max


def test_A15_a_desk_that_keeps_up_gets_every_message_as_it_was():
    backlog = Backlog(PARAMS)
    items = [snapshot(0), *[delta(seq) for seq in range(1, 50)], *[trade(n) for n in range(49)]]
    backlog.put(items, NOW)
    assert backlog.take(NOW) == items
    assert (backlog.conflated, backlog.dropped) == (0, 0)


def test_A15_without_the_switch_nothing_is_ever_conflated():
    backlog = Backlog(None)
    items = [delta(seq) for seq in range(1, 10_000)]
    backlog.put(items, NOW)
    assert backlog.take(NOW) == items


def flood(backlog, now, seconds):
    """More than it holds, every second; what the desk is told."""
    told = []
    for second in range(seconds):
        at = now + second * SECOND
        backlog.put([delta(seq) for seq in range(200)], at)
        told += backlog.take(at)
    return [item for item in told if isinstance(item, HealthChanged)]


def test_A15_an_overload_that_lasts_is_told_once_and_so_is_its_end():
    backlog = Backlog(PARAMS)
    assert flood(backlog, NOW, 4) == []
    [told] = flood(backlog, NOW + 4 * SECOND, 60)
    assert (told.provider, told.state) == ("okx-feed", "overload")
    calm = [backlog.take(NOW + second * SECOND) for second in range(64, 130)]
    assert [item.state for batch in calm for item in batch] == ["restored"]
