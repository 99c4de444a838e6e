"""Sockets that come and go, in virtual time: cuts, herds, and a move without a seam (A01, A12-A14).

The venue here is a few lines: one book and one tape whose numbers are the same on every socket,
and each socket has its own delay. What the desk is told is checked against what the venue did.
"""

import heapq
import itertools
import json
import random
from dataclasses import dataclass, field

import pytest

from pawang.guards.bucket import TokenBucket
from pawang.model.event import HealthChanged
from pawang.model.market import BookDelta, BookSnapshot, FeedLost, MarkPrice, Trade
from pawang.model.refs import MILLISECOND, SECOND
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.stream import Dial, Hang, Say, Stream
from pawang.venues.okx.subscriptions import ConnectionParams, shares
from pawang.venues.okx.translate import Translator

BTC = "BTC-USDT-SWAP"
CHANNELS = ("books", "trades", "mark-price")
START = 1000 * SECOND


@dataclass
class Far:
    """A socket's far end."""

    lag: int  # ns from the venue's act to our ear
    subscribed: set = field(default_factory=set)


class World:
    """A venue, a stream, and the time between them."""

    def __init__(self, btc, wire, seed=1, channels=CHANNELS, lags=(5, 5, 5, 5)):
        self.wire = wire
        self.chance = random.Random(seed)
        self.now = START
        self.seq = 100
        self.trade = 0
        self.acts = itertools.count()
        self.mails: list = []  # (when, order, kind, socket, payload)
        self.fars: dict[int, Far] = {}
        self.lags = list(lags)
        self.told: list = []
        self.times: list[int] = []  # when each of them
        self.dials: list[int] = []
        self.closed: list[int] = []
        self.silent: set[str] = set()  # channels that say nothing any more
        self.snapshots = True  # whether a new subscription gets one
        self.half_open = False  # nothing comes, pongs neither
        self.skip = 0  # updates that are not sent
        self.refuses = ""  # a channel that new sockets may not have
        self.down_until = 0  # connects are refused until then
        translator = Translator({BTC: btc})
        [share] = shares([btc], channels, ConnectionParams())
        self.stream = Stream(
            share,
            lambda: Connection(share.instruments, share.channels, None, translator),
            itertools.count(1),
            TokenBucket(1, 2.9),
            self.chance.random,
        )

    # What the venue does.

    def say(self, key, frame):
        for number, far in self.fars.items():
            if key in far.subscribed and key not in self.silent:
                self.mail(far.lag, "frame", number, frame)

    def mail(self, wait, kind, number, payload):
        heapq.heappush(self.mails, (self.now + wait, next(self.acts), kind, number, payload))

    def act(self):
        """A tenth of a second of market: an update, perhaps trades, a mark."""
        prev, self.seq = self.seq, self.seq + self.chance.randint(1, 5)
        size = str(self.chance.randint(1, 9))
        ts = self.now // MILLISECOND + 1_743_041_250_000
        if self.skip:
            self.skip -= 1
        else:
            self.say("books", self.wire.book(prev, self.seq, [("99.9", size)], ts=ts))
        for _ in range(self.chance.choice((0, 0, 1, 3))):
            self.trade += 1
            self.say("trades", self.wire.trade(trade_id=str(self.trade), ts=str(ts)))
        row = {"instType": "SWAP", "instId": BTC, "markPx": "100.0", "ts": str(ts)}
        self.say("mark-price", self.wire.push("mark-price", row))

    def notice(self):
        frame = self.wire.event("notice", code="64008", msg="The connection will soon be closed")
        for number, far in self.fars.items():
            self.mail(far.lag, "frame", number, frame)
            self.mail(60 * SECOND, "cut", number, "closed by the venue")

    def cut(self):
        for number in list(self.fars):
            del self.fars[number]
            self.tell(self.stream.ended(number, "ConnectionResetError: cut", self.now, self.now))

    # Time.

    def run(self, seconds, step=SECOND // 10, market=True):
        end = self.now + round(seconds * SECOND)
        while self.now < end:
            if market:
                self.act()
            following = self.now + step
            while self.mails and self.mails[0][0] <= following:
                when, _, kind, number, payload = heapq.heappop(self.mails)
                self.now = max(self.now, when)
                self.deliver(kind, number, payload)
                self.turn()
            self.now = following
            self.turn()

    def deliver(self, kind, number, payload):
        if kind == "open" and self.now < self.down_until:
            self.tell(self.stream.ended(number, "refused", self.now, self.now))
        elif kind == "open":
            self.fars[number] = Far(payload)
            self.stream.opened(number, self.now)
        elif number not in self.fars or (kind == "frame" and self.half_open):
            return
        elif kind == "frame":
            self.tell(self.stream.heard(number, payload, self.now, self.now))
        else:
            del self.fars[number]
            self.tell(self.stream.ended(number, payload, self.now, self.now))

    def turn(self):
        if self.stream.due() <= self.now:
            self.tell(self.stream.tick(self.now, self.now))
        for order in self.stream.orders():
            match order:
                case Dial(number=number):
                    self.dials.append(self.now)
                    lag = self.lags.pop(0) if self.lags else 5
                    self.mail(20 * MILLISECOND, "open", number, lag * MILLISECOND)
                case Say(number=number, text=text):
                    self.hear(number, text)
                case Hang(number=number):
                    self.closed.append(number)
                    self.fars.pop(number, None)

    def hear(self, number, text):
        if text == "ping":
            return self.mail(MILLISECOND, "frame", number, b"pong")
        message, far = json.loads(text), self.fars[number]
        for arg in message["args"]:
            if arg["channel"] == self.refuses:
                words = f"Wrong URL or channel:{self.refuses}, instId:{BTC} doesn't exist."
                said = {"id": message["id"], "code": "60018", "msg": words}
                self.mail(far.lag, "frame", number, self.wire.event("error", **said))
                continue
            far.subscribed.add(arg["channel"])
            self.mail(far.lag, "frame", number, self.wire.ack(arg["channel"], BTC))
            if arg["channel"] == "books" and self.snapshots:
                self.mail(far.lag, "frame", number, self.wire.snapshot(self.seq))
        return None

    def tell(self, items):
        self.told += items
        self.times += [self.now] * len(items)

    def of(self, *kinds):
        return [item for item in self.told if isinstance(item, kinds)]


@pytest.fixture
def world(btc, wire):
    def make(**more):
        return World(btc, wire, **more)

    return make


def unbroken(items) -> bool:
    """Whether every update follows on what stood before it, from the first snapshot on."""
    last = None
    for item in items:
        if isinstance(item, BookSnapshot):
            last = item.seq
        elif item.prev_seq != last:
            return False
        else:
            last = item.seq
    return True


# A12: the move.


@pytest.mark.parametrize("lags", [(5, 5), (5, 60), (60, 5), (5, 250), (250, 5), (5, 900), (900, 5)])
@pytest.mark.parametrize("seed", range(5))
def test_A12_a_move_misses_no_sequence_number_and_tells_no_trade_twice(world, lags, seed):
    """Whichever socket is ahead of the other, and by how much."""
    made = world(lags=lags, seed=seed)
    made.run(10)
    made.notice()
    made.run(55)
    assert made.closed == [1]
    assert made.stream.moves == 1
    made.run(20)
    trades = [int(trade.trade_id) for trade in made.of(Trade)]
    assert trades == sorted(set(trades)), "none doubled, none out of order"
    assert trades == list(range(trades[0], trades[-1] + 1)), "none missed"
    assert unbroken(made.of(BookSnapshot, BookDelta))
    assert made.of(FeedLost, HealthChanged) == [], "no loss, no alert"


@pytest.mark.parametrize("lags", [(5, 5), (5, 60), (60, 5)])
def test_A12_books_that_meet_are_joined_without_a_snapshot(world, lags):
    """0 missed and 0 doubled: the desk sees one chain, and every number of it once."""
    made = world(lags=lags)
    made.run(10)
    made.notice()
    made.run(80)
    numbers = [item.seq for item in made.of(BookSnapshot, BookDelta)]
    assert len(made.of(BookSnapshot)) == 1
    assert numbers == sorted(set(numbers))


def test_A12_a_quiet_tape_moves_too(world):
    """No trade in the minute that is left: both listened, so nothing can have been missed."""
    made = world()
    made.run(5, market=False)
    made.notice()
    made.run(10, market=False)
    assert made.stream.moves == 1
    made.run(60)
    assert [int(trade.trade_id) for trade in made.of(Trade)] == list(
        range(1, len(made.of(Trade)) + 1)
    )


def test_A12_marks_never_go_back_while_moving(world):
    made = world(lags=(5, 400))
    made.run(10)
    made.notice()
    made.run(20)
    stamps = [mark.ts_event for mark in made.of(MarkPrice)]
    assert stamps == sorted(stamps)


def test_A12_cut_before_the_move_is_done_the_new_socket_takes_over(world):
    """The venue does not wait its minute: what the new socket does not know yet is lost, once."""
    made = world(lags=(5, 5))
    made.run(10)
    made.notice()
    made.run(0.2)
    made.cut()
    made.run(20)
    books = made.of(BookSnapshot, BookDelta, FeedLost)
    lost = [place for place, item in enumerate(books) if isinstance(item, FeedLost)]
    assert lost, "there is a loss, and it is said"
    assert isinstance(books[lost[-1] + 1], BookSnapshot)
    assert unbroken(books[lost[-1] + 1 :])


@pytest.mark.parametrize("seed", range(5))
def test_A12_a_lagging_socket_that_takes_over_early_tells_no_print_again(world, seed):
    """The old one dies, and the new one has yet to say what that one told."""
    made = world(seed=seed, lags=(5, 900))
    made.run(10)
    made.notice()
    made.run(0.6)
    del made.fars[1]
    made.tell(made.stream.ended(1, "ConnectionResetError: cut", made.now, made.now))
    made.run(20)
    numbers = [int(trade.trade_id) for trade in made.of(Trade)]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] > made.trade - 20, "the tape goes on"


def test_A12_a_new_socket_that_dies_leaves_the_old_one_alone(world):
    made = world()
    made.run(10)
    made.notice()
    made.run(0.05)
    assert made.stream.ended(2, "refused", made.now, made.now) == []
    made.fars.pop(2, None)
    made.run(30)
    assert made.stream.moves == 1
    assert made.closed == [1]
    assert made.of(FeedLost, HealthChanged) == []


# A02, A03, A04, A08: how long it takes until the desk has what it needs again.


def healed(made, since) -> float:
    """Seconds from `since` until the desk has a book after the loss that follows."""
    made.run(30)
    lost = next(
        place
        for place, item in enumerate(made.told)
        if isinstance(item, FeedLost) and made.times[place] >= since
    )
    book = next(
        place for place in range(lost, len(made.told)) if isinstance(made.told[place], BookSnapshot)
    )
    return (made.times[book] - since) / SECOND


def test_A02_a_half_open_line_is_left_within_25_seconds(world):
    made = world()
    made.run(10)
    made.half_open, since = True, made.now
    made.run(25.1)
    assert made.closed == [1]
    assert made.of(FeedLost)[-1].channel == "all"
    made.half_open = False
    assert healed(made, since) <= 27


def test_A03_a_frozen_book_is_fresh_again_within_12_seconds(world):
    """Pings are answered, marks and trades come: the connection is not left for it."""
    made = world()
    made.run(20)
    made.silent, since = {"books"}, made.now
    made.run(10.2)
    [lost] = made.of(FeedLost)
    assert (lost.instrument, lost.channel) == (BTC, "books")
    made.silent = set()
    assert healed(made, since) <= 12
    assert made.closed == []


def test_A04_a_gap_is_mended_within_3_seconds(world):
    made = world()
    made.run(20)
    made.skip, since = 1, made.now
    assert healed(made, since) <= 3
    assert len(made.of(FeedLost)) == 1
    assert made.closed == []


def test_A08_a_snapshot_that_never_comes_costs_a_connection_and_12_seconds(world):
    made = world()
    made.run(20)
    made.skip, made.snapshots, since = 1, False, made.now
    made.run(5.5)
    assert made.closed == [1]
    made.snapshots = True
    assert healed(made, since) <= 12


# A01, A13, A14: cuts and the way back.


def test_A01_a_cut_is_said_at_once_and_healed_in_silence(world):
    made = world()
    made.run(5)
    made.cut()
    [lost] = made.of(FeedLost)
    assert (lost.instrument, lost.channel, lost.ts_event) == (BTC, "all", made.now)
    made.run(5)
    assert isinstance(made.told[-1], MarkPrice)
    assert made.of(HealthChanged) == []


def test_A01_a_hundred_cuts_in_the_middle_of_everything(world):
    made = world()
    for _ in range(100):
        made.run(made.chance.uniform(0.5, 6.0))
        before = len(made.told)
        made.cut()
        after = made.told[before:]
        assert all(isinstance(item, FeedLost) for item in after)
    made.run(65)
    books = made.of(BookSnapshot, BookDelta, FeedLost)
    for before, after in itertools.pairwise(books):
        if isinstance(before, FeedLost):
            assert isinstance(after, BookSnapshot | FeedLost), "nobody reads over a cut"


def test_A01_a_cut_that_lasts_is_told_once_and_so_is_its_end(world):
    made = world()
    made.run(5)
    made.cut()
    made.down_until = made.now + 40 * SECOND
    made.run(130)
    assert [(one.provider, one.state) for one in made.of(HealthChanged)] == [
        ("okx", "unreachable"),
        ("okx", "live"),
    ]
    assert len(made.of(FeedLost)) == 1


def test_a_channel_the_new_socket_is_refused_is_lost_when_the_old_one_is_closed(world):
    made = world()
    made.run(5)
    made.refuses = "trades"
    made.notice()
    made.run(65)
    made.run(5)
    assert made.stream.moves == 1
    [lost] = made.of(FeedLost)
    assert (lost.instrument, lost.channel) == (BTC, "trades")
    [told] = made.of(HealthChanged)
    assert (told.provider, told.state) == ("okx-BTC", "stale")


@pytest.mark.parametrize(
    ("channels", "mute", "lost"),
    [
        (("books", "trades"), (), ["all"]),
        (("books", "mark-price"), (), ["books"]),
        (("trades-all", "candle1m"), (), ["trades-all"]),
        (("trades-all", "candle1m"), ("trades-all",), []),
        (("candle1m",), (), []),
    ],
)
def test_A01_a_cut_loses_what_was_told_on_that_socket_and_nothing_else(btc, channels, mute, lost):
    [share] = shares([btc], channels, ConnectionParams())
    stream = Stream(
        share,
        lambda: Connection(share.instruments, share.channels, mute=mute),
        itertools.count(1),
        TokenBucket(1, 2.9),
        lambda: 0.0,
    )
    stream.tick(START, START)
    assert [item.channel for item in stream.ended(1, "cut", START, START)] == lost


def refused(streams, seconds, now=START):
    """Every connect is refused at once for so long; when they were tried."""
    starts, end = [], now + round(seconds * SECOND)
    while now < end:
        now = max(now + 1, min(stream.due() for stream in streams))
        for stream in streams:
            stream.tick(now, now)
            for order in stream.orders():
                starts.append(now)
                stream.ended(order.number, "ConnectionRefusedError", now, now)
    return starts


def herd(btc, count, seed):
    """So many streams of one process."""
    connects, numbers = TokenBucket(1, 2.9), itertools.count(1)
    chance = random.Random(seed)
    [share] = shares([btc], CHANNELS, ConnectionParams())
    return [
        Stream(
            share,
            lambda: Connection(share.instruments, share.channels),
            numbers,
            connects,
            chance.random,
        )
        for _ in range(count)
    ]


@pytest.mark.parametrize("seed", range(5))
def test_A13_connects_are_refused_and_no_second_holds_a_fourth_try(btc, seed):
    """Over all sockets, however many there are."""
    starts = refused(herd(btc, 20, seed), 120)
    for first, fourth in zip(starts, starts[3:], strict=False):
        assert fourth - first > SECOND


def test_A13_the_delays_grow_to_a_minute_with_full_jitter(btc):
    starts = refused(herd(btc, 1, 3), 3600)
    waits = [later - sooner for sooner, later in itertools.pairwise(starts)]
    assert max(waits) <= 60.4 * SECOND
    assert max(waits[6:]) > 45 * SECOND, "drawn from all of the minute"
    assert min(waits[6:]) < 15 * SECOND
    assert waits[0] <= 1.4 * SECOND


@pytest.mark.parametrize("seed", range(5))
def test_A14_twenty_sockets_that_drop_together_do_not_come_back_together(btc, seed):
    """Their starts are spread over at least 5 s, and all are back within 30."""
    streams, now = herd(btc, 20, seed), START
    live = {}
    while len(live) < 20:
        now = max(now + 1, min(stream.due() for stream in streams if stream not in live))
        for stream in streams:
            stream.tick(now, now)
            for order in stream.orders():
                if isinstance(order, Dial):
                    stream.opened(order.number, now)
                    live[stream] = order.number
    dropped = now = now + 60 * SECOND
    for stream, number in live.items():
        stream.ended(number, "cut", now, now)
    back = {}
    while len(back) < 20:
        now = max(now + 1, min(stream.due() for stream in streams if stream not in back))
        for stream in streams:
            if stream in back:
                continue
            stream.tick(now, now)
            for order in stream.orders():
                back[stream] = now
                stream.opened(order.number, now)
    assert max(back.values()) - min(back.values()) >= 5 * SECOND
    assert max(back.values()) <= dropped + 30 * SECOND
