"""One connection without a socket: time is a number, frames are bytes (A02-A12)."""

import json
from decimal import Decimal as D
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.venues.okx.conftest import Wire, swap

from pawang.model.event import HealthChanged
from pawang.model.market import BookDelta, BookSnapshot, FeedLost, InstrumentChanged, Trade
from pawang.model.refs import SECOND
from pawang.venues.okx.connection import ClockTick, Connection
from pawang.venues.okx.subscriptions import CHANNELS, ConnectionParams
from pawang.venues.okx.translate import Translator

BTC, SOL = "BTC-USDT-SWAP", "SOL-USDT-SWAP"
DESK = 1_743_041_250_500_000_000


class Line:
    """A connection and the seconds that pass on it."""

    def __init__(self, instruments, channels=CHANNELS, params=None):
        self.connection = Connection(instruments, channels, params)
        self.now = 1000 * SECOND
        self.connection.open(self.now)

    def sent(self) -> list:
        return [text if text == "ping" else json.loads(text) for text in self.connection.requests()]

    def hear(self, *frames) -> list:
        items = []
        for frame in frames:
            items += self.connection.hear(frame, self.now, DESK)
        return items

    def wait(self, seconds: float) -> list:
        """Time passes, and ticks come exactly when they are asked for."""
        end = self.now + round(seconds * SECOND)
        items = []
        while not self.connection.closing and self.connection.due() <= end:
            assert self.connection.due() > self.now - SECOND, "time stands still"
            self.now = max(self.now, self.connection.due())
            items += self.connection.tick(self.now, DESK)
        self.now = end
        return items + self.connection.tick(end, DESK)


@pytest.fixture
def line(btc, sol, wire) -> Line:
    """Two coins' books and trades, acknowledged, with snapshots."""
    made = Line([btc, sol], ("books", "trades"))
    made.sent()
    for name in (BTC, SOL):
        made.hear(wire.ack("books", name), wire.ack("trades", name), wire.snapshot(10, name))
    return made


def keep_alive(line, wire, seconds, skip=()):
    """Both coins' channels say something every second, but for those of `skip`."""
    items = []
    for _ in range(seconds):
        items += line.wait(1)
        for name in (BTC, SOL):
            if ("books", name) not in skip:
                items += line.hear(wire.book(10, 10, inst=name))
            if ("trades", name) not in skip:
                items += line.hear(wire.trade(inst=name))
    return items


def asked(messages, op="subscribe"):
    return [
        (arg["channel"], arg.get("instId") or arg["instType"])
        for message in messages
        if isinstance(message, dict) and message["op"] == op
        for arg in message["args"]
    ]


def lost(items):
    return [item for item in items if isinstance(item, FeedLost)]


# Opening.


def test_everything_is_asked_for_in_chunks(btc, sol):
    line = Line([btc, sol], params=ConnectionParams(chunk=5))
    messages = line.sent()
    assert [len(message["args"]) for message in messages] == [5, 5, 5]
    assert len({message["id"] for message in messages}) == 3
    wanted = [
        *(("books", BTC), ("books", SOL), ("bbo-tbt", BTC), ("bbo-tbt", SOL)),
        *(("trades", BTC), ("trades", SOL)),
        *(("mark-price", BTC), ("mark-price", SOL), ("open-interest", BTC)),
        *(("open-interest", SOL), ("funding-rate", BTC), ("funding-rate", SOL)),
        *(("index-tickers", "BTC-USDT"), ("index-tickers", "SOL-USDT")),
        ("liquidation-orders", "SWAP"),
    ]
    assert asked(messages) == wanted


def test_a_snapshot_and_a_trade_come_through(btc, wire):
    line = Line([btc], ("books", "trades"))
    items = line.hear(wire.snapshot(), wire.book(10, 11, [("99.8", "1")]), wire.trade())
    assert [type(item) for item in items] == [BookSnapshot, BookDelta, Trade]
    assert {item.ts_recv for item in items} == {DESK}
    assert line.connection.streaming


def test_the_clock_comes_in_its_place(line, wire):
    items = line.hear(wire.trade(), wire.clock(DESK + 5), wire.trade())
    assert [type(item) for item in items] == [Trade, ClockTick, Trade]
    assert items[1] == ClockTick(now=DESK + 5, speed=20.0, ended=False)


def test_last_words_of_a_channel_nobody_wants_are_ignored(line, wire):
    assert line.hear(wire.push("tickers", {"instId": BTC}), wire.trade(inst="DOGE-USDT-SWAP")) == []


def test_A17_malformed_frames_are_counted_by_field_and_change_nothing(line, wire):
    assert line.hear(wire.trade(px="NaN"), b"{", wire.trade(px="-1")) == []
    assert line.connection.malformed == {"data[].px": 2, "frame": 1}
    assert line.connection.closing == ""


# Gaps.


def test_A04_a_gap_is_said_once_and_asked_for_once(line, wire):
    line.wait(6)
    items = line.hear(wire.book(12, 13, [("99", "1")]), *[wire.book(13, 14)] * 5)
    reason = "gap: prevSeqId 12 after 10"
    assert items == [
        FeedLost(instrument=BTC, ts_event=DESK, ts_recv=DESK, channel="books", reason=reason)
    ]
    messages = line.sent()
    assert asked(messages, "unsubscribe") == asked(messages) == [("books", BTC)]
    assert [type(item) for item in line.hear(wire.snapshot(20))] == [BookSnapshot]
    assert line.wait(3) == []


def test_A09_a_channel_is_asked_again_at_most_every_five_seconds(line, wire):
    """Snapshot, gap, snapshot, gap, … as fast as it goes: no storm."""
    times = []
    for step in range(400):
        line.wait(0.1)
        line.hear(wire.ack("books", BTC), wire.snapshot(10), wire.book(50, 51))
        times += [step] * asked(line.sent()).count(("books", BTC))
    assert len(times) == 8
    assert min(later - sooner for sooner, later in pairwise(times)) >= 50


def test_A09_updates_before_the_new_snapshot_are_dropped(line, wire):
    line.wait(6)
    line.hear(wire.book(12, 13))
    assert line.hear(wire.book(13, 14, [("99", "1")]), wire.book(10, 11, [("99", "1")])) == []


def test_A08_no_snapshot_after_five_seconds_ends_the_connection(line, wire):
    line.wait(6)
    line.hear(wire.book(12, 13))
    line.hear(wire.ack("books", BTC))
    line.wait(4.9)
    assert line.connection.closing == ""
    line.wait(0.1)
    assert line.connection.closing == "no snapshot of BTC-USDT-SWAP"


def test_A08_it_ends_too_when_not_even_an_acknowledgement_comes(line, wire):
    line.wait(6)
    line.hear(wire.book(12, 13))
    line.wait(5)
    assert line.connection.closing == "no snapshot of BTC-USDT-SWAP"


def test_A19_a_crossed_book_is_lost_and_asked_for(line, wire):
    line.wait(6)
    [item] = line.hear(wire.book(10, 11, [("100.1", "1")]))
    assert (item.channel, item.reason) == ("books", "crossed: bid 100.1 at or above ask 100.1")
    assert asked(line.sent()) == [("books", BTC)]


def test_A06_a_keepalive_gives_no_record_and_resets_the_silence(line, wire):
    for _ in range(5):
        line.wait(9)
        assert line.hear(wire.book(10, 10), wire.book(10, 10, inst=SOL)) == []
        line.hear(wire.trade(), wire.trade(inst=SOL))
    assert asked(line.sent()) == []


# Silence.


def test_A02_silence_makes_a_ping_and_then_an_end(btc, wire):
    """Nothing at all: 20 s to the ping, 25 s to the end."""
    line = Line([btc], ("funding-rate",))
    line.hear(wire.ack("funding-rate", BTC))
    line.sent()
    line.wait(19.9)
    assert line.sent() == []
    line.wait(0.1)
    assert line.sent() == ["ping"]
    line.wait(4.9)
    assert line.connection.closing == ""
    line.wait(0.1)
    assert line.connection.closing == "half-open: no answer to a ping"


def test_A02_a_pong_keeps_the_connection(btc, wire):
    line = Line([btc], ("funding-rate",))
    line.hear(wire.ack("funding-rate", BTC))
    for _ in range(6):
        line.wait(20)
        assert "ping" in line.sent()
        line.hear(b"pong")
    assert line.connection.closing == ""


def test_A03_a_major_s_frozen_book_is_lost_after_ten_seconds(line, wire):
    items = keep_alive(line, wire, 9, skip=[("books", BTC)])
    assert lost(items) == []
    [gone] = lost(keep_alive(line, wire, 2, skip=[("books", BTC)]))
    assert (gone.instrument, gone.channel, gone.reason) == (BTC, "books", "books silent")
    assert asked(line.sent()) == [("books", BTC)]
    assert line.connection.closing == ""


def test_A03_another_coin_s_frozen_book_is_lost_after_thirty(line, wire):
    assert lost(keep_alive(line, wire, 29, skip=[("books", SOL)])) == []
    [gone] = lost(keep_alive(line, wire, 2, skip=[("books", SOL)]))
    assert (gone.instrument, gone.channel) == (SOL, "books")


def test_A03_a_major_s_frozen_tape_is_a_loss(line, wire):
    [gone] = lost(keep_alive(line, wire, 11, skip=[("trades", BTC)]))
    assert (gone.instrument, gone.channel) == (BTC, "trades")


def test_a_minor_coin_without_trades_is_asked_for_again_ever_more_rarely_and_not_lost(line, wire):
    """AVAX at night: no trades for an hour is legal."""
    items, count = [], 0
    for _ in range(720):
        items += keep_alive(line, wire, 5, skip=[("trades", SOL)])
        for channel, name in asked(line.sent()):
            count += 1
            line.hear(wire.ack(channel, name))
    assert lost(items) == []
    assert 3 < count <= 12


# Rejections and notices.


def rejection(wire, name=SOL, request="s1"):
    words = f"Wrong URL or channel:books, instId:{name} doesn't exist. Please use the correct URL"
    return wire.event("error", id=request, code="60018", msg=words, connId="a4")


def test_A11_one_rejected_subscription_leaves_the_others_alone(btc, sol, wire):
    line = Line([btc, sol], ("books", "trades"))
    [message] = line.sent()
    reason = "60018 Wrong URL or channel:books, instId:SOL-USDT-SWAP doesn't exist."
    items = line.hear(rejection(wire, request=message["id"]))
    gone, health = items
    assert (gone.instrument, gone.channel) == (SOL, "books")
    assert (health.provider, health.state) == ("okx-SOL", "stale")
    assert health.reason.startswith(f"books rejected: {reason}")
    items = line.hear(wire.ack("books", BTC), wire.snapshot(10), wire.trade(inst=SOL))
    assert [type(item) for item in items] == [BookSnapshot, Trade]


def test_A11_it_is_tried_again_every_minute_and_told_once_until_it_works(btc, sol, wire):
    line = Line([btc, sol], ("books",))
    [first] = line.sent()
    line.hear(rejection(wire, request=first["id"]), wire.ack("books", BTC), wire.snapshot(10))
    for _ in range(3):
        items = []
        for _ in range(60):
            items += line.wait(1) + line.hear(wire.book(10, 10))
        [again] = line.sent()
        assert asked([again]) == [("books", SOL)]
        items += line.hear(rejection(wire, request=again["id"]))
        assert items == []
    line.wait(1)
    items = line.hear(wire.ack("books", SOL), wire.snapshot(3, SOL))
    assert items[0] == HealthChanged(provider="okx-SOL", state="live", reason="subscribed")
    assert isinstance(items[1], BookSnapshot)


def test_A11_a_subscription_nobody_answers_counts_as_rejected(btc, sol, wire):
    line = Line([btc, sol], ("mark-price",))
    line.hear(wire.ack("mark-price", BTC))
    items = line.wait(10)
    assert [item.provider for item in items if isinstance(item, HealthChanged)] == ["okx-SOL"]
    assert [item.instrument for item in lost(items)] == [SOL]


def test_A11_an_error_about_a_whole_request_is_about_all_of_it(btc, sol, wire):
    line = Line([btc, sol], ("trades",))
    [message] = line.sent()
    items = line.hear(wire.event("error", id=message["id"], code="60012", msg="Invalid request"))
    assert [item.instrument for item in lost(items)] == [BTC, SOL]


def test_an_error_of_nobody_knows_what_changes_nothing(line, wire):
    assert line.hear(wire.event("error", code="60012", msg="Invalid request: …")) == []
    assert line.connection.malformed == {"venue error 60012": 1}


def test_A12_the_notice_of_a_service_upgrade_is_remembered_and_ends_nothing_yet(line, wire):
    notice = wire.event("notice", code="64008", msg="The connection will soon be closed")
    assert line.hear(notice) == []
    assert line.connection.upgrading
    assert line.connection.closing == ""


def test_requests_stay_within_the_allowance(btc, wire):
    """OKX takes 480 an hour and connection: gaps without end do not spend more than ours."""
    line = Line([btc], ("books",), ConnectionParams(requests_per_hour=60))
    count = 0
    for _ in range(900):
        line.wait(1)
        line.hear(wire.ack("books", BTC), wire.snapshot(10), wire.book(50, 51))
        count += len(line.sent())
    assert 30 <= count <= 60 // 4 + 30


# Both tapes, and everything else that is streamed.


def trade_of(channel, wire, trade_id):
    row = {"instId": BTC, "tradeId": trade_id, "px": "100.0", "sz": "5", "side": "buy"}
    return wire.push(channel, {**row, "ts": "1743041250440", "source": "0"})


def test_a_print_that_both_tapes_tell_counts_once(btc, wire):
    line = Line([btc], ("trades", "trades-all"))
    items = line.hear(
        *[trade_of(channel, wire, "7") for channel in ("trades", "trades-all")],
        *[trade_of(channel, wire, "8") for channel in ("trades-all", "trades")],
    )
    assert [item.trade_id for item in items] == ["7", "8"]


def test_alone_the_tape_of_single_matches_is_the_tape(btc, wire):
    line = Line([btc], ("trades-all",))
    [trade] = line.hear(trade_of("trades-all", wire, "7"))
    assert isinstance(trade, Trade)


def test_a_streamed_candle_has_the_length_that_its_channel_says(btc, wire):
    line = Line([btc], ("candle5m",))
    cells = ["1743041100000", "100", "102", "99", "101", "500", "5", "505", "0"]
    [candle] = line.hear(wire.push("candle5m", cells))
    assert (candle.bar, candle.close, candle.closed) == (300 * SECOND, 101.0, False)


def test_a_price_limit_that_is_off_limits_nothing(btc, wire):
    line = Line([btc], ("price-limit",))
    row = {"instId": BTC, "buyLmt": "110", "sellLmt": "90", "ts": "1743041250440", "enabled": True}
    off = {**row, "buyLmt": "", "sellLmt": "", "enabled": False}
    told = line.hear(wire.push("price-limit", row), wire.push("price-limit", off))
    assert [(one.buy_max, one.sell_min) for one in told] == [(110.0, 90.0), (None, None)]


# A21: the venue's clock.


def stamped(wire, ms, trade_id="7"):
    return wire.trade(trade_id=trade_id, ts=str(ms))


MS = DESK // 1_000_000


def test_A21_stamps_that_go_back_do_not_take_the_tape_back(btc, wire):
    line = Line([btc], ("trades",))
    items = line.hear(*[stamped(wire, MS - back) for back in (0, 300_000, 1, 0)])
    assert [item.ts_event for item in items] == [DESK] * 4
    assert line.connection.stamps.counts == {"back": 2}


def test_A21_stamps_minutes_ahead_are_dated_by_their_receipt(btc, wire):
    line = Line([btc], ("trades",))
    items = line.hear(*[stamped(wire, MS + ahead) for ahead in (-50, 300_000, 0)])
    assert [item.ts_event for item in items] == [DESK - 50_000_000, DESK, DESK]
    assert line.connection.stamps.counts == {"future": 1}


def test_A21_a_channel_s_stamps_say_nothing_of_another_s(line, wire):
    items = line.hear(stamped(wire, MS), wire.trade(inst=SOL, ts=str(MS - 5000)))
    assert [item.ts_event for item in items] == [DESK, DESK - 5 * SECOND]


def test_A21_the_skew_is_measured(btc, wire):
    line = Line([btc], ("trades",))
    line.hear(*[stamped(wire, MS - 40)] * 1000)
    assert line.connection.stamps.skew_ns == pytest.approx(40_000_000, rel=0.01)


@given(st.lists(st.integers(-400_000, 400_000), min_size=1, max_size=50))
def test_A21_no_stamps_whatsoever_make_time_go_back_or_run_ahead(offsets):
    btc, wire = swap("BTC"), Wire()
    line = Line([btc], ("trades", "books"))
    line.hear(wire.snapshot(10))
    frames = [stamped(wire, MS + ms, str(place)) for place, ms in enumerate(offsets)]
    stamps = [item.ts_event for item in line.hear(*frames)]
    assert len(stamps) == len(offsets), "no print is lost for its stamp"
    assert stamps == sorted(stamps)
    assert stamps[-1] <= DESK + 5 * SECOND


# A23: contracts that change.


def listing(inst=BTC, coin="BTC", **changes):
    """A row of the instruments channel, as `swap` of these tests lists it."""
    row = {
        "instId": inst,
        "instType": "SWAP",
        "instFamily": f"{coin}-USDT",
        "uly": f"{coin}-USDT",
        "ctType": "linear",
        "ctVal": "0.01" if coin == "BTC" else "1",
        "ctMult": "1",
        "ctValCcy": coin,
        "settleCcy": "USDT",
        "tickSz": "0.1",
        "lotSz": "0.01",
        "minSz": "0.01",
        "lever": "100",
        "state": "live",
        "instCategory": "1",
    }
    return {**row, **changes}


def listed(*rows):
    return json.dumps({"arg": {"channel": "instruments", "instType": "SWAP"}, "data": rows})


@pytest.fixture
def venue_line(btc, sol, wire):
    """Books and listings of two coins, all as we know them."""
    made = Line([btc, sol], ("books", "instruments"))
    made.hear(wire.snapshot(10), wire.snapshot(10, SOL))
    assert made.hear(listed(listing(), listing(SOL, "SOL"))) == []
    made.sent()
    made.wait(6)
    return made


def test_A23_a_changed_lot_tick_or_state_is_a_record(venue_line, btc):
    [told] = venue_line.hear(listed(listing(lotSz="0.1", tickSz="0.5", state="suspend")))
    assert told == InstrumentChanged(
        instrument=BTC,
        ts_event=DESK,
        ts_recv=DESK,
        listing=replace(btc, lot_size=D("0.1"), tick_size=D("0.5"), state="suspend"),
    )
    assert venue_line.hear(listed(listing(lotSz="0.1", tickSz="0.5", state="suspend"))) == []


def test_A23_another_contract_size_makes_the_book_unknown_and_counts_from_the_next_print(
    venue_line, wire
):
    """Levels in coin that were made with the old size cannot be mended, only replaced."""
    changed, gone = venue_line.hear(listed(listing(ctVal="0.1")))
    assert changed.listing.contract_value == D("0.1")
    assert (gone.instrument, gone.channel) == (BTC, "books")
    assert asked(venue_line.sent()) == [("books", BTC)]
    [snapshot] = venue_line.hear(wire.snapshot(30))
    assert snapshot.bids == ((99.9, 0.2),)


def test_A23_who_is_not_in_the_full_list_any_more_is_delisted(btc, sol, wire):
    line = Line([btc, sol], ("instruments",))
    [told] = line.hear(listed(listing(), listing("DOGE-USDT-SWAP", "DOGE")))
    assert (told.instrument, told.listing) == (SOL, replace(sol, state="delisted"))
    assert line.hear(listed(listing())) == [], "later pushes are only what changed"


def test_A23_strangers_and_stocks_change_nothing(venue_line):
    stock = listing(instCategory="3", lotSz="7")
    assert venue_line.hear(listed(listing("DOGE-USDT-SWAP", "DOGE")), listed(stock)) == []


def test_A23_what_one_connection_learned_holds_for_the_next(btc, wire):
    translator = Translator({BTC: btc})
    for lot, told in (("0.1", 1), ("0.1", 0)):
        connection = Connection([btc], ("instruments",), translator=translator)
        connection.open(0)
        assert len(connection.hear(listed(listing(lotSz=lot)), 0, DESK)) == told


# C21: maintenance.


def status(state, begin_s, title="Trading upgrade", **more):
    row = {
        "title": title,
        "state": state,
        "begin": str(MS + begin_s * 1000),
        "end": str(MS + begin_s * 1000 + 600_000),
        "serviceType": "5",
        "maintType": "1",
        "env": "1",
        "system": "unified",
        "ts": str(MS),
    }
    return json.dumps({"arg": {"channel": "status"}, "data": [{**row, **more}]})


def told_of(items):
    return [(item.provider, item.state) for item in items if isinstance(item, HealthChanged)]


def test_C21_maintenance_is_announced_begins_five_minutes_early_and_ends(btc):
    line = Line([btc], ("status",))
    assert told_of(line.hear(status("scheduled", 3600))) == [("okx-status", "announced")]
    assert line.hear(status("scheduled", 3600)) == [], "told once"
    connection = line.connection
    later = DESK + 3300 * SECOND
    assert told_of(connection.tick(line.now + 60 * SECOND, later - 1)) == []
    assert told_of(connection.tick(line.now + 120 * SECOND, later)) == [
        ("okx-status", "maintenance")
    ]
    assert connection.hear(status("ongoing", 3600), line.now, later) == []
    assert told_of(connection.hear(status("completed", 3600), line.now, later)) == [
        ("okx-status", "normal")
    ]


def test_C21_an_ongoing_one_is_told_at_the_first_look(btc):
    line = Line([btc], ("status",))
    [told] = line.hear(status("ongoing", -60))
    assert told.state == "maintenance"
    assert told.reason == "Trading upgrade, 27 Mar 02:06–02:16 UTC"


def test_C21_one_of_two_that_ends_does_not_end_the_other(btc):
    line = Line([btc], ("status",))
    line.hear(status("ongoing", -60), status("ongoing", -60, title="WebSocket", serviceType="0"))
    assert line.hear(status("completed", -60)) == []
    assert told_of(line.hear(status("canceled", -60, title="WebSocket", serviceType="0"))) == [
        ("okx-status", "normal")
    ]


def test_C21_other_services_and_the_demo_s_are_not_ours(btc):
    line = Line([btc], ("status",))
    assert (
        line.hear(status("ongoing", -60, serviceType="11"), status("ongoing", -60, env="2")) == []
    )
    assert line.hear(status("completed", -60)) == [], "what was never told does not end"


# The allowance.


def test_a_request_stays_far_below_64_kB_and_asks_for_forty_at_most():
    coins = [swap(f"C{number}") for number in range(30)]
    line = Line(coins, (*CHANNELS, "bbo-tbt", "tickers", "price-limit", "instruments", "status"))
    requests = line.connection.requests()
    assert max(len(request) for request in requests) < 65_536 / 10
    assert sum(len(json.loads(request)["args"]) for request in requests) == 30 * 9 + 3


def test_A11_rejections_of_everything_stay_within_the_allowance(wire):
    """Thirty coins that are refused for hours: OKX takes 480 requests an hour."""
    line = Line([swap(f"C{number}") for number in range(30)], ("trades",))
    count = 0
    for _ in range(3600):
        line.wait(1)
        line.hear(b"pong")
        for message in line.sent():
            if message != "ping":
                count += 1
                said = {"id": message["id"], "code": "60018", "msg": "Wrong URL or channel"}
                line.hear(wire.event("error", **said))
    assert count <= 400
