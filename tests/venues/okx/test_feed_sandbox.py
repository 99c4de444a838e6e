"""The feed against the simulated venue, over real sockets: what it says is what the venue did."""

import asyncio
import itertools
from contextlib import aclosing, asynccontextmanager

import httpx
import pytest

from pawang.model.event import HealthChanged
from pawang.model.market import BookDelta, BookSnapshot, FeedLost, Trade
from pawang.model.refs import SECOND
from pawang.sandbox.okx import serve_okx
from pawang.sandbox.seeded import START_MS, SeededMarket
from pawang.venues.okx.feed import ClockTick, OkxFeed
from pawang.venues.okx.public import book, listings
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.subscriptions import CHANNELS, VENUE

EVERYTHING = (*CHANNELS, *VENUE, "bbo-tbt", "tickers", "price-limit", "trades-all", "candle1m")
BTC = "BTC-USDT-SWAP"


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
        source = OkxFeed(url, found, now, wall, lambda: 0.0, channels=channels)
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
