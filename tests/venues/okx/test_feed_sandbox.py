"""The feed against the simulated venue, over real sockets: what it says is what the venue did."""

import asyncio
import itertools
from collections import Counter
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal as D
from typing import NamedTuple

import httpx
import pytest

from pawang.market import Market
from pawang.model.event import HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.market import (
    BookDelta,
    BookSnapshot,
    FeedLost,
    InstrumentChanged,
    MarkPrice,
    Trade,
)
from pawang.model.refs import SECOND
from pawang.model.view import Memory
from pawang.sandbox.okx import serve_okx
from pawang.sandbox.seeded import START_MS, SeededMarket
from pawang.venues.okx.comparer import compare_book
from pawang.venues.okx.comparison import Verdict
from pawang.venues.okx.feed import ClockTick, OkxFeed
from pawang.venues.okx.public import book, listings
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.subscriptions import CHANNELS, VENUE, ConnectionParams

EVERYTHING = (*CHANNELS, *VENUE, "bbo-tbt", "tickers", "price-limit", "trades-all", "candle1m")
BTC = "BTC-USDT-SWAP"
SOON = ConnectionParams(resubscribe_s=0.5)  # the world runs at five times life's speed
CHANNELS_TOLD = ("books", "trades", "mark-price")
LISTED = Instrument.swap("BTC", contract_value=D("0.01"), tick_size=D("0.1"), lot_size=D("0.01"))


@asynccontextmanager
async def trading(
    speed=5.0, channels=("books", "trades", "mark-price"), coins=("BTC",), query="", wait=False
):
    """(venue, feed, listings by coin) on a seeded market."""
    loop = asyncio.get_running_loop()
    wall = lambda: round(loop.time() * SECOND)  # noqa: E731
    venue = await serve_okx(SeededMarket(7, coins, START_MS), speed=speed, wait_for_desk=wait)
    rest = OkxRest(f"http://127.0.0.1:{venue.port}", wall, lambda: 0.0, asyncio.sleep)
    try:
        found = await listings(rest, coins)
        url = f"ws://127.0.0.1:{venue.port}/ws/v5/public{query}"
        now = lambda: venue.core.now_ms * 1_000_000  # noqa: E731
        source = OkxFeed(url, found, now, wall, lambda: 0.0, channels=channels, rules=SOON)
        yield venue, source, rest
    finally:
        await rest.close()
        await venue.close()


async def fault(venue, **what):
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{venue.port}/sandbox/fault"
        (await client.post(url, json=what)).raise_for_status()


async def read(source, enough, deadline_s=30):
    """Every item until `enough(items)`."""
    items = []
    async with aclosing(source.events()) as events, asyncio.timeout(deadline_s):
        async for batch in events:
            items += batch
            if await enough(items):
                return items
    raise AssertionError("a feed has no end")


def of(items, *kinds):
    return [item for item in items if isinstance(item, kinds)]


def test_A12_the_notice_costs_no_sequence_number_and_no_trade():
    """The venue says 64008 and closes three seconds later; the desk sees one unbroken chain."""

    async def story():
        async with trading() as (venue, source, _):
            asked = []

            async def enough(items):
                if not asked and len(of(items, BookDelta)) > 20:
                    asked.append(len(items))
                    await fault(venue, kind="notice", seconds=3)
                moved = source.streams[0].moves == 1
                return moved and len(of(items, BookDelta)) > 20 + 3 * 5 * 10 * 2

            return await read(source, enough), source

    items, source = asyncio.run(story())
    assert of(items, FeedLost, HealthChanged) == []
    books = of(items, BookSnapshot, BookDelta)
    assert isinstance(books[0], BookSnapshot)
    for before, after in itertools.pairwise(books):
        assert after.prev_seq == before.seq
    ids = [int(trade.trade_id) for trade in of(items, Trade)]
    assert ids == sorted(set(ids))
    for before, trade in itertools.pairwise(of(items, Trade)):
        assert int(trade.trade_id) - trade.count == int(before.trade_id)
    assert source.connections == 2


def test_A12_a_desk_that_is_followed_moves_too_and_time_goes_on():
    """The clock waits for both sockets: neither tick may stay unanswered."""

    async def story():
        async with trading(20.0, query="?clock=1", wait=True) as (venue, source, _):
            asked = []

            async def enough(items):
                if not asked and len(of(items, ClockTick)) > 20:
                    asked.append(len(items))
                    await fault(venue, kind="notice", seconds=3)
                moved = source.streams[0].moves == 1 and len(venue.hub.listeners) == 1
                return moved and len(of(items, ClockTick)) > 400

            return await read(source, enough)

    items = asyncio.run(story())
    ticks = [tick.now for tick in of(items, ClockTick)]
    assert ticks == sorted(ticks)
    assert of(items, FeedLost, HealthChanged) == []
    for before, after in itertools.pairwise(of(items, BookSnapshot, BookDelta)):
        assert after.prev_seq == before.seq


def test_every_channel_of_both_paths_is_taken_and_nothing_is_malformed():
    async def story():
        channels = EVERYTHING
        async with trading(20.0, channels, ("BTC", "SOL")) as (_, source, _rest):

            async def enough(items):
                kinds = {type(item).__name__ for item in items}
                return kinds >= {"BestQuote", "Candle", "PriceLimit", "FundingRate", "Trade"}

            return await read(source, enough), source

    items, source = asyncio.run(story())
    assert source.malformed == {}
    assert [stream.share.path for stream in source.streams] == ["public", "business"]
    assert of(items, FeedLost, HealthChanged) == []
    ids = [(trade.instrument, trade.trade_id) for trade in of(items, Trade)]
    assert len(ids) == len(set(ids)), "trades and trades-all count a print once"


@pytest.mark.parametrize("wrong", [False, True])
def test_the_book_equals_rest_and_one_that_does_not_is_lost_and_asked_for(wrong):
    """Compared with what REST really says, and with a REST book that has one level more."""

    async def story():
        async with trading() as (_, source, rest):
            verdicts = []

            async def enough(items):
                if len(of(items, BookDelta)) < 5 or len(verdicts) >= 2:
                    return len(verdicts) >= 2 and (not wrong or of(items, FeedLost))
                source.watch_book(BTC)
                told = await book(rest, source.translator, BTC, 0)
                if wrong:
                    told = BookSnapshot(
                        instrument=BTC,
                        ts_event=0,
                        ts_recv=0,
                        bids=((1.0, 1.0), *told.bids),
                        asks=told.asks,
                        seq=told.seq,
                    )
                source_verdict = await settled(source, told)
                if source_verdict != "undecided":
                    verdicts.append(source_verdict)
                return False

            items = await read(source, enough)
            return items, verdicts

    items, verdicts = asyncio.run(story())
    assert verdicts == (["different"] * 2 if wrong else ["equal"] * 2)
    assert bool(of(items, FeedLost)) is wrong
    told = [(one.provider, one.state) for one in of(items, HealthChanged)]
    assert told == ([("okx-BTC", "stale")] if wrong else [])


async def settled(source, told) -> str:
    """The stream may be a moment behind REST: let it read on to that number."""
    return source.compare(BTC, told).value


# Faults by script: what each costs the desk, over real sockets.


class Seen(NamedTuple):
    """What the feed counted until then."""

    connections: int
    malformed: Counter[str]
    stamps: Counter[str]


def struck(until, *, channels=CHANNELS_TOLD, speed=5.0, **what):
    """(items, counts) of a desk that the fault `what` meets after a while, read until `until`."""

    async def story():
        async with trading(speed, channels) as (_venue, source, rest):
            begun = []

            async def enough(items):
                if not begun and len(of(items, BookDelta)) > 20:
                    begun.append(len(items))
                    await fault(_venue, **what)
                return bool(begun) and until(items[begun[0] :], source)

            items = await read(source, enough)
            seen = Seen(source.connections, source.malformed, source.stamps)
            return items, seen, await equal(source, rest)

    items, seen, alike = asyncio.run(story())
    assert alike is Verdict.EQUAL, "in the end the rebuilt book is the venue's"
    return items, seen


async def equal(source, rest) -> Verdict:
    """The book against REST's, while the feed is read on."""

    async def pump():
        async for _ in source.events():
            pass

    reading = asyncio.create_task(pump())
    try:
        for _ in range(20):
            verdict = await compare_book(source, rest, BTC, lambda: 0, asyncio.sleep)
            if verdict is not Verdict.UNDECIDED:
                return verdict
        return Verdict.UNDECIDED
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def healed(items, _source) -> bool:
    lost = [place for place, item in enumerate(items) if isinstance(item, FeedLost)]
    return bool(lost) and len(of(items[lost[-1] :], BookSnapshot)) > 0


@pytest.mark.parametrize("kind", ["gap", "reorder", "crossed"])
def test_A04_A07_A19_a_book_that_is_not_whole_is_lost_and_comes_back_by_a_snapshot(kind):
    items, source = struck(healed, kind=kind)
    books = of(items, BookSnapshot, BookDelta, FeedLost)
    for before, after in itertools.pairwise(books):
        if isinstance(before, FeedLost):
            assert isinstance(after, BookSnapshot), "nobody reads over a gap"
        elif isinstance(after, BookDelta):
            assert after.prev_seq == before.seq
    assert {item.channel for item in of(items, FeedLost)} == {"books"}
    assert source.connections == 1


@pytest.mark.parametrize("kind", ["duplicate", "seq_reset"])
def test_A05_A07_a_doubled_update_and_a_legal_reset_cost_nothing(kind):
    items, _ = struck(lambda new, _: len(of(new, BookDelta)) > 50, kind=kind)
    assert of(items, FeedLost, HealthChanged) == []
    for before, after in itertools.pairwise(of(items, BookSnapshot, BookDelta)):
        assert after.prev_seq == before.seq


def test_A09_what_was_held_back_and_comes_in_order_is_no_gap():
    items, source = struck(
        lambda new, _: len(of(new, BookDelta)) > 200, kind="delay", channel="books", seconds=1
    )
    assert of(items, FeedLost, HealthChanged) == []
    assert source.connections == 1


def test_A16_a_frame_of_megabytes_ends_the_connection_and_the_next_one_comes():
    items, source = struck(healed, kind="huge", count=3)
    assert {item.channel for item in of(items, FeedLost)} == {"all"}
    assert "too big" in of(items, FeedLost)[0].reason
    assert source.connections == 2


@pytest.mark.parametrize("body", ["", "{", '{"arg":{"channel":"books"}}', "NaN", '[["x"]]'])
def test_A17_A18_garbage_is_counted_and_costs_nothing_else(body):
    """But for bad UTF-8, with which the protocol itself ends a connection (1007)."""
    items, source = struck(
        lambda new, feed: sum(feed.malformed.values()) > 0 and len(of(new, BookDelta)) > 30,
        kind="garbage",
        body=body,
    )
    assert sum(source.malformed.values()) > 0
    if body:
        assert of(items, FeedLost, HealthChanged) == []
        assert source.connections == 1


def test_A20_ten_times_the_price_is_no_price_and_is_over_when_it_is_over():
    items, _ = struck(
        lambda new, _: len(of(new, BookDelta)) > 150, kind="price", inst_id=BTC, count=30
    )
    marks = [mark.price for mark in of(items, MarkPrice)]
    wrong = [one for one in of(items, Trade) if one.price > 5 * max(marks)]
    market = Market({"BTC": LISTED})
    for item in items:
        if isinstance(item, HealthChanged | InstrumentChanged):
            continue
        market.fold([item])
        if not isinstance(item, BookDelta | BookSnapshot | Trade):
            continue
        view = market.freeze("BTC", item.ts_event, Memory())
        if view.book is not None:
            assert view.book.mid < 2 * max(marks)
        if view.last_price is not None:
            assert view.last_price.value < 2 * max(marks)
    assert wrong or of(items, FeedLost), "the fault was seen"
    assert view.book is not None


def test_A21_stamps_that_lie_five_minutes_either_way_do_not_move_the_tape():
    for seconds in (300, -300):
        items, source = struck(
            lambda new, feed: sum(feed.stamps.values()) > 5 and len(of(new, Trade)) > 30,
            kind="stamp",
            channel="trades",
            count=20,
            seconds=seconds,
        )
        stamps = [trade.ts_event for trade in of(items, Trade)]
        assert stamps == sorted(stamps)
        assert max(trade.ts_event - trade.ts_recv for trade in of(items, Trade)) <= 5 * SECOND
        assert sum(source.stamps.values()) > 5


def test_A23_a_changed_lot_is_a_record_of_the_stream():
    items, _ = struck(
        lambda new, _: of(new, InstrumentChanged),
        channels=("books", "instruments"),
        kind="instrument",
        inst_id=BTC,
        body='{"lotSz":"0.1","tickSz":"0.5"}',
    )
    [changed] = of(items, InstrumentChanged)
    assert (changed.listing.lot_size, changed.listing.tick_size) == (D("0.1"), D("0.5"))
    assert of(items, FeedLost) == []


def test_C21_maintenance_is_announced_comes_and_goes():
    items, _ = struck(
        lambda new, _: "normal" in [one.state for one in of(new, HealthChanged)],
        channels=("books", "status"),
        kind="maintenance",
        seconds=1,
    )
    told = [(one.provider, one.state) for one in of(items, HealthChanged)]
    assert told in (
        [("okx-status", state) for state in ("maintenance", "normal")],
        [("okx-status", state) for state in ("announced", "maintenance", "normal")],
    )
