"""The door itself, against a small venue on loopback: batches, cuts, the followed clock."""

import asyncio
import itertools
import json
import socket
from contextlib import aclosing, asynccontextmanager

import pytest
from websockets.asyncio.server import serve

from pawang.model.event import HealthChanged
from pawang.model.market import BookDelta, BookSnapshot, FeedLost, Trade
from pawang.model.refs import SECOND
from pawang.venues.okx.feed import ClockTick, FeedParams, OkxFeed
from pawang.venues.okx.overload import OverloadParams
from pawang.venues.okx.subscriptions import ConnectionParams

BTC = "BTC-USDT-SWAP"
DESK = 1_743_041_250_500_000_000


class Wall:
    """A wall clock that moves when somebody sleeps on it."""

    def __init__(self):
        self.now = 10 * SECOND
        self.slept = []

    def __call__(self) -> int:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * SECOND)
        await asyncio.sleep(0)


class Venue:
    """Answers each connection with a script; keeps what it heard."""

    def __init__(self, *scripts):
        self.scripts = list(scripts)
        self.heard: list[list] = []
        self.paths: list[str] = []

    async def __call__(self, peer):
        number = len(self.heard)
        self.heard.append([])
        self.paths.append(peer.request.path)
        script = self.scripts[min(number, len(self.scripts) - 1)]
        await script(self, peer)

    async def next(self, peer):
        text = await peer.recv()
        heard = text if text == "ping" else json.loads(text)
        self.heard[-1].append(heard)
        return heard

    @asynccontextmanager
    async def open(self, path="/ws/v5/public"):
        async with serve(self, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            yield f"ws://127.0.0.1:{port}{path}"


def talk(*frames):
    """Hear the subscription, say the frames, hold the line."""

    async def script(venue, peer):
        await venue.next(peer)
        for frame in frames:
            await peer.send(frame, text=True)
        await peer.wait_closed()

    return script


def talk_and_cut(*frames):
    """Say the frames and reset the connection in the middle of the next (A01)."""

    async def script(venue, peer):
        await venue.next(peer)
        for frame in frames:
            await peer.send(frame, text=True)
        peer.transport.write(b"\x81\x7e\x01\x00half a frame")
        await asyncio.sleep(0)
        peer.transport.abort()

    return script


def feed(url, btc, wall, roll=0.0, channels=("books", "trades"), **more) -> OkxFeed:
    return OkxFeed(
        url, {"BTC": btc}, lambda: DESK, wall, lambda: roll, wall.sleep, channels=channels, **more
    )


async def take(source: OkxFeed, wanted: int) -> list:
    """The first items, flat."""
    items = []
    async with aclosing(source.events()) as events, asyncio.timeout(10):
        async for batch in events:
            assert batch, "no empty batches"
            items += batch
            if len(items) >= wanted:
                break
    return items


def run(coroutine):
    return asyncio.run(coroutine)


def test_what_the_venue_says_comes_in_order(btc, wire):
    async def story():
        venue = Venue(talk(wire.snapshot(), wire.trade(), wire.book(10, 11)))
        async with venue.open() as url:
            items = await take(feed(url, btc, Wall()), 3)
        assert [type(item).__name__ for item in items] == ["BookSnapshot", "Trade", "BookDelta"]
        assert venue.heard[0][0]["args"] == [
            {"channel": "books", "instId": BTC},
            {"channel": "trades", "instId": BTC},
        ]

    run(story())


async def turns(count: int = 300) -> None:
    """Let the loop look at its sockets so many times; no clock is waited for."""
    for _ in range(count):
        await asyncio.sleep(0)


def test_what_stands_ready_is_one_batch(btc, wire):
    async def story():
        venue = Venue(talk(*[wire.trade(trade_id=str(number)) for number in range(40)]))
        async with venue.open() as url:
            source, sizes = feed(url, btc, Wall()), []
            async with aclosing(source.events()) as events, asyncio.timeout(10):
                async for batch in events:
                    sizes.append(len(batch))
                    await turns()  # the desk works; the socket fills
                    if sum(sizes) == 40:
                        break
        assert len(sizes) <= 4

    run(story())


def test_A01_a_cut_is_said_at_once_and_healed_in_silence(btc, wire):
    async def story():
        wall = Wall()
        venue = Venue(talk_and_cut(wire.snapshot()), talk(wire.snapshot(20)))
        async with venue.open() as url:
            items = await take(feed(url, btc, wall), 3)
        assert [type(item) for item in items] == [BookSnapshot, FeedLost, BookSnapshot]
        lost = items[1]
        assert (lost.instrument, lost.channel, lost.ts_event) == (BTC, "all", DESK)
        assert wall.now - 10 * SECOND < 5 * SECOND

    run(story())


def test_A13_a_venue_that_is_away_is_told_once_and_tried_ever_more_rarely(btc, wire):
    """Refused connections: loss once, `unreachable` after ten seconds, `live` when it is back."""

    async def story():
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            port = reserved.getsockname()[1]
        wall = Wall()
        source = feed(f"ws://127.0.0.1:{port}/ws/v5/public", btc, wall, roll=0.99)
        items = []
        async with aclosing(source.events()) as events, asyncio.timeout(10):
            while sum(wall.slept) < 300:
                items += await anext(events) if not items else []
                if items and isinstance(items[-1], HealthChanged):
                    break
                items += await anext(events)
        assert [type(item) for item in items] == [FeedLost, HealthChanged]
        assert items[1].state == "unreachable"
        assert wall.now >= 20 * SECOND

    run(story())


def test_A13_delays_are_drawn_with_full_jitter_up_to_a_minute(btc, wire):
    async def story():
        async def refuse(venue, peer):
            await peer.close(1013)

        wall = Wall()
        venue = Venue(*[refuse] * 9, talk(wire.snapshot()))
        async with venue.open() as url:
            items = await take(feed(url, btc, wall, roll=0.5), 4)
        assert [type(item) for item in items] == [
            FeedLost,
            HealthChanged,
            BookSnapshot,
            HealthChanged,
        ]
        assert [items[1].state, items[3].state] == ["unreachable", "live"]
        assert sum(wall.slept) == pytest.approx(0.5 * (1 + 2 + 4 + 8 + 16 + 32 + 60 + 60 + 60))

    run(story())


def test_A13_no_more_than_three_connects_a_second_whatever_the_dice_say(btc, wire):
    async def story():
        starts = []

        async def refuse(venue, peer):
            starts.append(wall.now)
            await peer.close(1013)

        wall = Wall()
        venue = Venue(*[refuse] * 12, talk(wire.snapshot()))
        async with venue.open() as url:
            await take(feed(url, btc, wall, roll=0.0), 2)
        for start in starts:
            assert sum(start <= other < start + SECOND for other in starts) <= 3
        assert starts[-1] - starts[0] >= 2.9 * SECOND

    run(story())


def test_A16_a_frame_above_the_limit_closes_the_connection(btc, wire):
    async def story():
        venue = Venue(talk(b"x" * 70_000), talk(wire.snapshot()))
        async with venue.open() as url:
            params = FeedParams(frame_bytes_max=65_536)
            items = await take(feed(url, btc, Wall(), params=params), 2)
        assert [type(item) for item in items] == [FeedLost, BookSnapshot]
        assert "message too big" in items[0].reason

    run(story())


def test_A12_on_the_upgrade_notice_a_second_socket_is_opened_and_the_first_one_closed(btc, wire):
    """What both say is told once, and no loss is."""

    async def story():
        notice = wire.event("notice", code="64008", msg="service upgrade")
        changed = [("99.8", "1")]

        async def first(venue, peer):
            await venue.next(peer)
            for frame in (wire.snapshot(), wire.trade(trade_id="7"), notice):
                await peer.send(frame, text=True)
            await second_is_there.wait()
            for frame in (wire.book(10, 11, changed), wire.trade(trade_id="8")):
                await peer.send(frame, text=True)
            await peer.wait_closed()
            closed.set()

        async def second(venue, peer):
            await venue.next(peer)
            frames = [wire.ack("books", BTC), wire.ack("trades", BTC), wire.snapshot(11)]
            for frame in [*frames, wire.trade(trade_id="8")]:
                await peer.send(frame, text=True)
            second_is_there.set()
            await closed.wait()
            for frame in (wire.book(11, 12, changed), wire.trade(trade_id="9")):
                await peer.send(frame, text=True)
            await peer.wait_closed()

        second_is_there, closed = asyncio.Event(), asyncio.Event()
        venue, loop = Venue(first, second), asyncio.get_running_loop()
        wall = lambda: round(loop.time() * SECOND)  # noqa: E731
        async with venue.open() as url:
            source = OkxFeed(
                url, {"BTC": btc}, lambda: DESK, wall, lambda: 0.0, channels=("books", "trades")
            )
            items = await take(source, 6)
        assert [item.seq for item in items if not isinstance(item, Trade)] == [10, 11, 12]
        assert [item.trade_id for item in items if isinstance(item, Trade)] == ["7", "8", "9"]
        assert len(venue.heard) == 2

    run(story())


def test_A02_a_half_open_line_is_pinged_and_left(btc, wire):
    """The venue reads and never answers. Bounds in real time, a hundredth of the real ones."""

    async def story():
        async def mute(venue, peer):
            await venue.next(peer)
            await peer.send(wire.ack("trades", BTC), text=True)
            await venue.next(peer)
            await peer.wait_closed()

        loop = asyncio.get_running_loop()
        wall = lambda: round(loop.time() * SECOND)  # noqa: E731
        rules = ConnectionParams(ping_s=0.2, pong_s=0.05)
        venue = Venue(mute, talk(wire.trade()))
        async with venue.open() as url:
            source = OkxFeed(
                url,
                {"BTC": btc},
                lambda: DESK,
                wall,
                lambda: 0.0,
                channels=("trades",),
                rules=rules,
                params=FeedParams(close_s=0.1),
            )
            items = await take(source, 2)
        assert venue.heard[0][1] == "ping"
        assert [type(item) for item in items] == [FeedLost, Trade]
        assert items[0].reason == "half-open: no answer to a ping"

    run(story())


def test_a_followed_clock_is_answered_only_after_the_batch_was_worked_off(btc, wire):
    """ "seen" means processed: it is sent when the consumer comes back."""

    async def story():
        answers = asyncio.Queue()

        async def timed(venue, peer):
            await venue.next(peer)
            for tick in (1, 2):
                await peer.send(wire.trade(trade_id=str(tick)), text=True)
                await peer.send(wire.clock(DESK + tick, ended=tick == 2), text=True)
                answers.put_nowait(await venue.next(peer))
            await peer.wait_closed()

        venue = Venue(timed)
        async with (
            venue.open("/ws/v5/public?clock=1") as url,
            aclosing(feed(url, btc, Wall()).events()) as events,
            asyncio.timeout(10),
        ):
            seen = []
            while len(seen) < 4:
                seen += await anext(events)
                await turns()
                assert answers.qsize() == max(0, sum(map(is_tick, seen)) - 1)
        assert venue.paths == ["/ws/v5/public?clock=1"]
        assert answers.get_nowait() == {"op": "clock", "seen": str(DESK + 1)}
        assert [type(item) for item in seen] == [Trade, ClockTick, Trade, ClockTick]
        assert seen[3] == ClockTick(now=DESK + 2, speed=20.0, ended=True)

    run(story())


def is_tick(item) -> bool:
    return isinstance(item, ClockTick)


def test_a_slow_desk_is_not_mistaken_for_a_silent_venue(btc, wire):
    """The consumer takes a minute for a batch; no ping, no resubscription, no loss."""

    async def story():
        async def patient(venue, peer):
            await venue.next(peer)
            await peer.send(wire.snapshot(), text=True)
            await peer.send(wire.trade(), text=True)
            venue.heard[-1].append(await peer.recv())

        wall, venue = Wall(), Venue(patient)
        async with venue.open() as url, aclosing(feed(url, btc, wall).events()) as events:
            items = []
            while len(items) < 2:
                items += await anext(events)
                wall.now += 60 * SECOND
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await anext(events)
        assert [type(item) for item in items] == [BookSnapshot, Trade]
        assert len(venue.heard[0]) == 1

    run(story())


def test_counters_outlive_their_connection(btc, wire):
    async def story():
        venue = Venue(talk_and_cut(wire.snapshot(), b"{"), talk(wire.snapshot()))
        async with venue.open() as url:
            source = feed(url, btc, Wall())
            await take(source, 3)
        assert source.malformed == {"frame": 1}
        assert source.connections == 2
        assert source.frames >= 2

    run(story())


def flood(count, wire):
    """So many updates and trades as fast as they go; tells when all are sent."""
    frames = [wire.snapshot(10)]
    for seq in range(10, 10 + count):
        frames.append(wire.book(seq, seq + 1, [("99.9", str(seq % 7 + 1))]))
        frames.append(wire.trade(trade_id=str(seq)))
    return frames


def test_A15_a_venue_faster_than_the_desk_is_read_on_and_its_books_are_merged(btc, wire):
    """The desk takes the first batch and is gone until all the venue said was read."""
    count = 5000

    async def story():
        venue, items = Venue(talk(*flood(count, wire))), []
        params = FeedParams(overload=OverloadParams(items_max=200, trades_max=100))
        async with venue.open() as url:
            source = feed(url, btc, Wall(), params=params)
            async with aclosing(source.events()) as events, asyncio.timeout(60):
                while source.frames < 1 + 2 * count or not items:
                    items += await anext(events)
                    while source.frames < 1 + 2 * count:
                        await asyncio.sleep(0)
                    assert len(source.backlog) <= 2 * (200 + 100)
                items += await anext(events)
        return items, source

    items, source = asyncio.run(story())
    books = [item for item in items if isinstance(item, BookSnapshot | BookDelta)]
    assert isinstance(books[0], BookSnapshot)
    for before, after in itertools.pairwise(books):
        assert after.prev_seq == before.seq, "merged, and still one chain"
    assert books[-1].seq == 10 + count
    trades = [item for item in items if isinstance(item, Trade)]
    assert trades[-1].trade_id == str(9 + count)
    assert len(trades) + source.backlog.dropped == count
    assert source.backlog.dropped > 0
    assert "overload" in [item.reason for item in items if isinstance(item, FeedLost)]


def test_A15_without_the_switch_the_venue_waits_for_the_desk_and_nothing_is_merged(btc, wire):
    count, items = 1000, []

    async def story():
        venue = Venue(talk(*flood(count, wire)))
        async with venue.open() as url:
            source = feed(url, btc, Wall())
            async with aclosing(source.events()) as events, asyncio.timeout(60):
                while len(items) < 1 + 2 * count:
                    items.extend(await anext(events))
                    await turns(3)
            return source

    source = asyncio.run(story())
    assert [item.seq for item in items if isinstance(item, BookDelta)] == list(
        range(11, 11 + count)
    )
    assert (source.backlog.dropped, source.backlog.conflated) == (0, 0)
