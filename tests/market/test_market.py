"""The market as a whole: any cut of the stream, unknown stays unknown, bad ticks stay out."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.market import Folded, Market
from pawang.model.codec import decode, encode
from pawang.model.desk import Line
from pawang.model.market import Aggressor, BestQuote, Side
from pawang.model.refs import HOUR, MINUTE
from pawang.model.view import LastBias, MarketView, Memory

REF = "snp_20250915_1200_BTC"
WALL = 59_940.0


def stream(tape):
    """Two and a half minutes of everything, one wall that falls, lines that are crossed."""
    yield tape.plain_book(0)
    yield tape.delta(50, bids=[(WALL, 40.0)])
    for k in range(1, 150):
        ms = 1000 * k
        side, price = ("buy", 60_000.1) if k % 3 else ("sell", 60_000.0)
        for part in range(3):
            yield tape.trade(ms + part, side, price, 4.0 + k % 11, recv_ms=ms + 5)
        touch = (59_999.9, 1.0 + k % 2)  # the prints eat at it, or it would be frozen (A22)
        yield tape.delta(ms, bids=[(59_994.0 - 6.0 * (k % 9), 1.0 + k % 5), touch])
        yield tape.mark(ms + 1, 60_000.0 + k % 13)
        yield tape.index(ms + 2, 59_990.0)
        if k % 7 == 0:
            yield tape.interest(ms + 3, 1e4 + k)
            yield tape.liquidation(ms + 4, Side.SHORT, 60_400.0, 2.0)
        if k == 60:
            yield tape.lost(ms + 6, "trades")
            yield tape.candle(ms - 300_000, 5 * MINUTE, 60_010.0, 59_990.0, 60_000.0)
        if k == 100:
            yield tape.trade(ms + 10, "buy", 60_200.0, 1.0)
            yield from (tape.delta(ms + 100 * j, bids=[(WALL, 12.0)]) for j in range(1, 5))
    yield tape.ratio(149_500, 1.3)
    yield tape.funding(149_600, 1e-4)


def equipped(btc):
    market = Market({"BTC": btc})
    above = Line(name="tp1", price=Decimal("60150"), above=True)
    market.watch(REF, "BTC", (above, Line(name="tp2", price=Decimal("60190"), above=True)))
    market.guard_wall("BTC", WALL, Aggressor.BUY)
    return market


def run(market, records, cuts):
    """Feed in pieces; the edges."""
    edges = []
    bounds = [0, *sorted(cuts), len(records)]
    for first, last in itertools.pairwise(bounds):
        piece, start = records[first:last], 0
        while start < len(piece):
            folded = market.fold(piece, start)
            assert folded.consumed or folded.edge
            start += folded.consumed
            edges += [folded.edge] if folded.edge else []
    return edges


@pytest.fixture(scope="session")
def whole(btc, make_tape):
    """The stream, and what one uncut fold of it gives."""
    records = list(stream(make_tape(btc)))
    market = equipped(btc)
    edges = run(market, records, [])
    ts = make_tape.at(150_000)
    return records, edges, encode(market.freeze("BTC", ts, Memory())), ts


def test_the_stream_has_something_to_say(whole):
    _, edges, frozen, _ = whole
    assert [type(edge.body).__name__ for edge in edges] == [
        "LineCrossed",
        "LineCrossed",
        "WallFell",
    ]
    view = decode(frozen, MarketView)
    assert view.window(60).parents > 3
    assert [wall.size for wall in view.walls] == [12.0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_result_does_not_depend_on_how_the_stream_is_cut(whole, btc, data):
    records, edges, frozen, ts = whole
    cuts = data.draw(st.lists(st.integers(0, len(records)), max_size=30))
    peeks = data.draw(st.booleans())
    market = equipped(btc)
    assert run(market, records, cuts) == edges
    if peeks:
        market.peek("BTC", ts)
    assert encode(market.freeze("BTC", ts, Memory())) == frozen


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_looking_in_between_changes_nothing(whole, btc, make_tape, data):
    records, edges, frozen, ts = whole
    market, told = equipped(btc), []
    for first in range(0, len(records), 97):
        told += run(market, records[first : first + 97], [])
        at = make_tape.at(data.draw(st.integers(0, 150_000)))
        market.peek("BTC", at)
        market.freeze("BTC", at, Memory())
        market.warming("BTC", at)
    assert told == edges
    assert encode(market.freeze("BTC", ts, Memory())) == frozen


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stop_ms=st.integers(0, 150_000))
def test_until_stops_before_the_first_record_at_or_after_it(whole, btc, make_tape, stop_ms):
    records, edges, frozen, ts = whole
    market, start, told = equipped(btc), 0, []
    until = make_tape.at(stop_ms)
    while True:
        folded = market.fold(records, start, until)
        start += folded.consumed
        if folded.edge is None:
            break
        told.append(folded.edge)
    assert all(record.ts_event < until for record in records[:start])
    assert start == len(records) or records[start].ts_event >= until
    assert told + run(market, records[start:], []) == edges
    assert encode(market.freeze("BTC", ts, Memory())) == frozen


def test_what_came_after_the_slot_is_not_in_its_view(market, tape, feed):
    """Peeked at the slot, frozen 200 ms later: book as of then, flow up to then."""
    feed(market, [tape.plain_book(59_000), tape.trade(59_500, "buy", 60_000.0, 20.0)])
    market.peek("BTC", tape.at(60_000))
    feed(
        market,
        [tape.delta(60_050, bids=[(60_000.0, 3.0)]), tape.trade(60_060, "sell", 59_000.0, 99.0)],
    )
    view = market.freeze("BTC", tape.at(60_000), Memory())
    assert (view.book.bid, view.last_price.value, view.window(60).net_usd) == (
        59_999.9,
        60_000.0,
        0.6e6,  # one parent alone counts half
    )
    assert view.cvd_usd == 1.2e6
    again = market.freeze("BTC", tape.at(60_000), Memory())
    assert again.book.bid == 60_000.0, "a peek serves one freeze"


def test_a_cold_market_freezes_all_the_same(market, tape, btc):
    view = market.freeze("BTC", tape.at(0), Memory(live_plan=REF))
    assert view == MarketView(
        coin="BTC",
        ts=tape.at(0),
        instrument=btc,
        book=None,
        book_problem="unseen",
        last_price=None,
        mark_price=None,
        index_price=None,
        walls=(),
        flow=view.flow,
        cvd_usd=0.0,
        theta_usd=1e6,
        atr_1h_pct=None,
        atr_5m_pct=None,
        funding=None,
        open_interest_usd=None,
        etf=None,
        sentiment=(),
        magnets=None,
        magnets_problem="open interest history 0 of 24 h",
        correlation_btc=None,
        memory=Memory(live_plan=REF),
    )
    assert [flow.window_s for flow in view.flow] == [60, 300, 3600]
    assert decode(encode(view), MarketView) == view


def test_the_memory_is_handed_through(market, tape):
    bias = LastBias(
        ref_id="ib_20250915_1155_BTC",
        side=Side.LONG,
        raw=61.0,
        score=0.45,
        confidence=61,
        source="prior",
        ts=tape.at(-300_000),
    )
    assert market.freeze("BTC", tape.at(0), Memory(bias=bias)).memory == Memory(bias=bias)


def test_warming_tells_what_is_missing_in_plain_words(market, tape, feed):
    assert market.warming("BTC", tape.at(0)) == {
        "book": "no order book yet",
        "flow": "no trade yet",
        "atr_1h": "1 h candles 0 of 15",
        "atr_5m": "5 min candles 0 of 15",
        "magnets": "open interest history 0 of 24 h",
        "funding": "funding rates 0 of 200",
        "oi": "hourly open interest changes 0 of 200",
        "fng": "no Fear & Greed reading yet",
    }
    feed(market, [tape.plain_book(0), tape.trade(0, "buy", 60_000.0, 1.0)])
    assert market.warming("BTC", tape.at(9_000))["flow"] == "trade flow 9 of 300 s"
    assert "book" not in market.warming("BTC", tape.at(9_000))
    assert "flow" not in market.warming("BTC", tape.at(300_000))
    assert market.warming("BTC", tape.at(300_000))["book"] == "order book silent"


def test_A20_an_absurd_print_is_quarantined(market, tape, feed):
    feed(market, [tape.plain_book(0), tape.trade(1, "buy", 60_000.0, 1.0)])
    market.watch(REF, "BTC", stop_line())
    assert feed(market, [tape.trade(500, "sell", 6_000.0, 900.0)]) == []
    view = market.freeze("BTC", tape.at(1000), Memory())
    assert (view.last_price.value, view.window(60).taker_gross_usd) == (60_000.0, 60_000.0)


def stop_line():
    return (Line(name="sl", price=Decimal("59000"), above=False),)


def test_A20_a_jump_that_the_mark_price_confirms_is_real(market, tape, feed):
    market.watch(REF, "BTC", stop_line())
    crash = [tape.plain_book(0), tape.mark(400, 55_000.0), tape.trade(500, "sell", 54_900.0, 1.0)]
    assert len(feed(market, crash)) == 1


def test_A20_a_mark_that_the_index_contradicts_confirms_nothing(market, tape, feed):
    market.watch(REF, "BTC", stop_line())
    feed(market, [tape.plain_book(0), tape.mark(400, 55_000.0), tape.index(401, 60_010.0)])
    assert feed(market, [tape.trade(500, "sell", 54_900.0, 1.0)]) == []


def nonsense(tape, seconds, start=1):
    """Books at ten times the price, one a second."""
    return [
        tape.snapshot(1000 * k, [(600_000.0, 1.0)], [(600_000.1, 1.0)])
        for k in range(start, start + seconds)
    ]


def test_A20_sixty_seconds_of_nonsense_never_become_the_truth(market, tape, feed):
    feed(market, [tape.plain_book(0)])
    for record in nonsense(tape, 59):
        feed(market, [record])
        view = market.freeze("BTC", record.ts_event, Memory())
        assert (view.book, view.book_problem) == (None, "jump")
    feed(market, [tape.plain_book(1000 * k, size=1.0 + k % 2) for k in range(60, 67)])
    assert market.freeze("BTC", tape.at(66_000), Memory()).book_problem is None


def test_A20_nonsense_outlasts_the_memory_of_the_band_and_not_the_mark(market, tape, feed):
    """After a minute there is no sane mid to judge by; the mark and the index still speak."""
    feed(market, [tape.plain_book(0)])
    for record in nonsense(tape, 90):
        ms = (record.ts_event - tape.NOON) / 1e6
        feed(market, [tape.mark(ms - 1, 60_000.0), tape.index(ms - 1, 60_000.0), record])
        assert market.freeze("BTC", record.ts_event, Memory()).book_problem == "jump"


def test_A20_a_tick_of_nonsense_is_left_out_and_halts_nothing(market, tape, feed):
    feed(market, [tape.plain_book(0), tape.trade(100, "buy", 60_000.0, 1.0)])
    assert feed(market, [tape.trade(200, "buy", 600_000.0, 1.0)]) == []
    view = market.freeze("BTC", tape.at(300), Memory())
    assert (view.last_price.value, view.book_problem) == (60_000.0, None)


def test_A20_more_than_five_seconds_of_nonsense_halt_the_coin_until_five_sane_ones(
    market, tape, feed
):
    """Told when it begins and when it ends; no book is read meanwhile, a sane one neither."""
    feed(market, [tape.plain_book(0)])
    told = feed(market, [tape.trade(1000 * k, "buy", 600_000.0, 1.0) for k in range(1, 8)])
    assert [(edge.body.provider, edge.body.state) for edge in told] == [("BTC", "halted")]
    assert told[0].ts == tape.at(7000), "the first absurd one came at second 1"
    assert market.freeze("BTC", tape.at(7100), Memory()).book_problem == "halted"
    told = feed(market, [tape.trade(1000 * k, "buy", 60_000.0, 1.0) for k in range(8, 15)])
    assert [(edge.body.provider, edge.body.state) for edge in told] == [("BTC", "restored")]
    assert market.freeze("BTC", tape.at(9_999), Memory()).book_problem is None


def test_A22_a_touch_that_stands_still_while_trades_print_is_frozen(market, tape, feed):
    """Fresh stamps, deep levels that move, prints of far more than rests: not this market."""
    moving = [tape.delta(1000 * k, bids=[(59_900.0, 1.0 + k % 3)]) for k in range(1, 40)]
    prints = [tape.trade(1000 * k + 1, "buy", 60_000.1, 1.0) for k in range(1, 40)]
    records = [
        tape.plain_book(0),
        *(one for pair in zip(moving, prints, strict=True) for one in pair),
    ]
    [told] = feed(market, records)
    assert (told.body.provider, told.body.state, told.ts) == ("BTC", "frozen", tape.at(30_001))
    assert market.freeze("BTC", tape.at(40_000), Memory()).book_problem == "frozen"
    [over] = feed(market, [tape.delta(40_000, bids=[(59_999.9, 0.5)])])
    assert over.body.state == "restored"
    assert market.freeze("BTC", tape.at(40_001), Memory()).book_problem is None


def test_A22_a_quiet_market_is_not_frozen(market, tape, feed):
    """Ten minutes without a change at the top and hardly a print: that is a quiet night."""
    quiet = [tape.delta(1000 * k, bids=[(59_900.0, 1.0 + k % 3)]) for k in range(1, 600)]
    prints = [tape.trade(60_000 * k, "buy", 60_000.1, 0.1) for k in range(1, 10)]
    assert feed(market, [tape.plain_book(0), *quiet, *prints]) == []


@pytest.mark.parametrize("price", [60_000.1, 60_000.2])
def test_A19_a_locked_or_crossed_book_is_unknown_until_the_next_snapshot(market, tape, feed, price):
    feed(market, [tape.plain_book(0), tape.delta(100, bids=[(price, 1.0)])])
    view = market.freeze("BTC", tape.at(100), Memory())
    assert (view.book, view.book_problem) == (None, "crossed")
    feed(market, [tape.delta(200, bids=[(price, 0.0)])])
    assert market.freeze("BTC", tape.at(200), Memory()).book_problem == "crossed"
    feed(market, [tape.plain_book(300)])
    assert market.freeze("BTC", tape.at(300), Memory()).book_problem is None


def test_A23_views_carry_the_listing_as_it_is_now(market, tape, feed, btc):
    feed(market, [tape.plain_book(0)])
    market.relist(replace(btc, lot_size=Decimal("0.1"), tick_size=Decimal("0.5")))
    view = market.freeze("BTC", tape.at(10), Memory())
    assert view.instrument == replace(btc, lot_size=Decimal("0.1"), tick_size=Decimal("0.5"))
    assert view.book_problem is None


def test_A23_a_suspended_coin_has_no_book_to_plan_from(market, tape, feed, btc):
    feed(market, [tape.plain_book(0)])
    market.relist(replace(btc, state="suspend"))
    assert market.freeze("BTC", tape.at(10), Memory()).book_problem == "suspended"
    market.relist(btc)
    assert market.freeze("BTC", tape.at(10), Memory()).book_problem is None


def test_C21_a_venue_in_maintenance_has_no_book_to_plan_from(market, tape, feed):
    feed(market, [tape.plain_book(0)])
    market.close("maintenance")
    assert market.freeze("BTC", tape.at(10), Memory()).book_problem == "maintenance"
    assert market.warming("BTC", tape.at(10))["book"] == "the venue is in maintenance"
    market.close(None)
    assert market.freeze("BTC", tape.at(10), Memory()).book_problem is None


def test_strangers_and_quotes_pass_without_a_trace(market, tape, sol, make_tape):
    stranger = make_tape(sol).trade(0, "buy", 220.0, 1e6)
    quote = BestQuote(
        instrument=tape.name,
        ts_event=tape.at(0),
        ts_recv=tape.at(0),
        bid=1.0,
        bid_size=1.0,
        ask=2.0,
        ask_size=1.0,
    )
    before = encode(market.freeze("BTC", tape.at(0), Memory()))
    assert market.fold([stranger, quote]) == Folded(consumed=2, edge=None)
    assert encode(market.freeze("BTC", tape.at(0), Memory())) == before


def test_each_coin_gets_its_own(btc, sol, make_tape, feed):
    market, one, two = Market({"BTC": btc, "SOL": sol}), make_tape(btc), make_tape(sol)
    feed(market, [one.trade(0, "buy", 60_000.0, 1.0), two.trade(0, "sell", 220.0, 5.0)])
    prices = [market.freeze(coin, one.at(1), Memory()).last_price.value for coin in ("BTC", "SOL")]
    assert prices == [60_000.0, 220.0]


def test_back_fill_from_the_past_is_folded_without_an_until(market, tape):
    old = [
        tape.candle(-3_600_000 * k, HOUR, 60_000.0, 60_000.0, 60_000.0) for k in range(20, 1, -1)
    ]
    assert market.fold(old) == Folded(consumed=19, edge=None)
    assert market.freeze("BTC", tape.at(0), Memory()).atr_1h_pct.value == 0.0


@pytest.mark.parametrize("price", [0.0, -1.0, float("nan")])
def test_a_print_no_door_lets_through_is_our_own_mistake(market, tape, price):
    with pytest.raises(AssertionError):
        market.fold([tape.trade(0, "buy", price, 1.0)])


def test_a_market_without_coins_is_refused():
    with pytest.raises(AssertionError):
        Market({})
