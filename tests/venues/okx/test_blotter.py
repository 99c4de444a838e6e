"""The desk's orders at OKX: whose a row is, what the desk is told, what leaves the position."""

from decimal import Decimal as D
from itertools import permutations

import pytest

from pawang.model.market import Aggressor, Side
from pawang.model.order import (
    Accepted,
    Book,
    Ended,
    Exit,
    Filled,
    Funded,
    Order,
    OrderState,
    Rejected,
)
from pawang.model.refs import HOUR, MILLISECOND, MINUTE, SECOND
from pawang.orders import advance
from pawang.venues.okx.blotter import Blotter
from pawang.venues.okx.codes import Refused
from pawang.venues.okx.requests import Place
from pawang.venues.okx.wanted import AskAlgo, AskOrder, Send, SendCancel, SendCancelAlgo, Tell
from pawang.venues.okx.wire_account import (
    BillRow,
)
from pawang.venues.okx.wire_private import (
    AlgoLink,
)

TS_MS = 1_743_041_250_440
NOW = TS_MS * MILLISECOND
ID = "snp202509150736BTClE1"
ENTRY = f"pw{ID}"
SL, TP1, TP2 = (f"pwsnp202509150736BTCl1{letter}1" for letter in "SAB")
CLOSE = "pwsnp202509150736BTCl1C1"


def order(**more) -> Order:
    known = {
        "client_order_id": ID,
        "ref_id": "snp_20250915_0736_BTC",
        "book": Book.LIVE,
        "coin": "BTC",
        "instrument": "BTC-USDT-SWAP",
        "side": Side.LONG,
        "entry": D(100),
        "contracts": D(1),
        "exits": (
            Exit(leg="sl", kind="stop", price=D(90), share_pct=100),
            Exit(leg="tp1", kind="target", price=D(110), share_pct=50),
            Exit(leg="tp2", kind="target", price=D(120), share_pct=50),
        ),
        "ts_placed": NOW,
        "ts_expiry": NOW + 15 * MINUTE,
        "time_stop_ns": 4 * HOUR,
    }
    return Order(**{**known, **more})


@pytest.fixture
def blotter(btc) -> Blotter:
    return Blotter([btc])


@pytest.fixture
def sent(blotter) -> Blotter:
    blotter.submit(order(), NOW)
    blotter.todo(NOW)
    blotter.ticket(ENTRY).acked("7", NOW)
    return blotter


@pytest.fixture
def filled(sent, rows) -> Blotter:
    """One contract long, its three exits live, all reported."""
    sent.order(rows.match("t1", "1", "1", 10), NOW)
    for leg in (SL, TP1, TP2):
        sent.algo(rows.algo(leg, at=11), NOW)
    sent.reports(NOW)
    return sent


def stamp(at=0):
    return {
        "client_order_id": ID,
        "ref_id": "snp_20250915_0736_BTC",
        "book": Book.LIVE,
        "ts_event": NOW + at * MILLISECOND,
    }


def entry_fill(trade_id="t1", size="1", at=10) -> Filled:
    return Filled(
        **stamp(at),
        fill_id=f"okx-BTC-USDT-SWAP-{trade_id}",
        leg="entry",
        side=Aggressor.BUY,
        price=D(100),
        contracts=D(size),
        fee_usd=D("0.0002") * D(size),
        maker=True,
    )


def child(rows, leg, order_id, trade_id, size, price, **more):
    """The order that an exit became, filled by one match."""
    known = {
        "ord_id": order_id,
        "cl_ord_id": "",
        "algo_cl_ord_id": leg,
        "side": "sell",
        "ord_type": "market",
        "sz": D(size),
        "px": None,
        "fill_px": D(price),
        "exec_type": "T",
    }
    row = rows.match(trade_id, size, size, 50, state="filled")
    return type(row)(
        **{**{name: getattr(row, name) for name in row.__struct_fields__}, **known, **more}
    )


# Placing.


def test_an_order_becomes_a_post_only_limit_with_its_stop_and_split_targets(blotter):
    blotter.submit(order(), NOW)
    [send] = blotter.todo(NOW)
    request = send.request
    assert (request.kind, request.side, request.price, request.contracts) == (
        "post_only",
        "buy",
        D(100),
        D(1),
    )
    assert [
        (each.client_id, each.stop, each.target, each.contracts) for each in request.attached
    ] == [
        (SL, D(90), None, None),
        (TP1, None, D(110), D("0.50")),
        (TP2, None, D(120), D("0.50")),
    ]


def test_a_share_below_one_lot_has_no_target_and_a_single_one_needs_no_size(blotter):
    blotter.submit(order(contracts=D("0.01")), NOW)
    [send] = blotter.todo(NOW)
    assert [(each.client_id, each.contracts) for each in send.request.attached] == [
        (SL, None),
        (TP2, None),
    ]


def test_c03_a_second_submit_of_an_id_changes_nothing(blotter):
    for _ in range(3):
        blotter.submit(order(), NOW)
    assert len(blotter.todo(NOW)) == 1
    assert (blotter.todo(NOW), blotter.reports(NOW)) == ([], [])


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"instrument": "DOGE-USDT-SWAP"}, "unknown_instrument"),
        ({"contracts": D("0.001")}, "below_min"),
        ({"contracts": D("1.005")}, "off_lot"),
    ],
)
def test_what_cannot_be_ordered_is_rejected_before_it_leaves(blotter, more, reason):
    blotter.submit(order(**more), NOW)
    assert blotter.todo(NOW) == []
    assert blotter.reports(NOW) == [Rejected(**stamp(), reason=reason)]


# What the desk is told.


def test_acknowledged_and_filled(sent, rows):
    assert sent.reports(NOW) == [Accepted(**stamp())]
    sent.order(rows.match("t1", "0.4", "0.4", 10), NOW)
    sent.order(rows.match("t2", "0.6", "1", 20), NOW)
    assert sent.reports(NOW) == [entry_fill("t1", "0.4", 10), entry_fill("t2", "0.6", 20)]
    assert sent.reports(NOW) == []


def test_c06_a_refusal_is_told_with_its_code_and_what_it_is_about(blotter):
    blotter.submit(order(), NOW)
    blotter.todo(NOW)
    blotter.ticket(ENTRY).failed(Refused("trade/order", "51008", "margin"), NOW)
    assert blotter.reports(NOW) == [Rejected(**stamp(), reason="51008 margin")]
    assert (blotter.lives, blotter.todo(NOW), blotter.due()) == ({}, [], None)


@pytest.mark.parametrize(
    ("source", "reason"),
    [("31", "post_only_would_take"), ("20", "cancel_all_after"), ("99", "venue_99")],
)
def test_an_entry_the_venue_ended_is_told_with_its_cause(sent, rows, source, reason):
    sent.order(rows.order("canceled", at=5, cancel_source=source), NOW)
    assert sent.reports(NOW) == [Accepted(**stamp()), Ended(**stamp(), reason=reason)]
    assert sent.lives == {}


def test_an_entry_expires_by_our_own_clock_and_word(sent, rows):
    sent.order(rows.order(), NOW)
    sent.reports(NOW)
    due = NOW + 15 * MINUTE
    assert sent.due() == due
    [cancel] = sent.todo(due)
    assert isinstance(cancel, SendCancel)
    sent.order(rows.order("canceled", at=900_001, cancel_source="1"), due)
    assert [report.reason for report in sent.reports(due)] == ["expired"]


def test_each_exit_is_told_by_its_leg(filled, rows):
    filled.order(child(rows, TP1, "21", "t2", "0.5", 110), NOW)
    filled.order(child(rows, SL, "22", "t3", "0.5", 90), NOW)
    told = [(report.leg, report.side, report.price, report.maker) for report in filled.reports(NOW)]
    assert told == [
        ("tp1", Aggressor.SELL, D(110), False),
        ("sl", Aggressor.SELL, D(90), False),
    ]


def test_a_child_is_known_by_its_algo_when_it_does_not_say_our_id(filled, rows):
    by_algo = child(rows, "", "21", "t2", "0.5", 110, algo_id="aA1")
    by_link = child(rows, "", "22", "t3", "0.5", 120, linked_algo_ord=AlgoLink(algo_id="aB1"))
    filled.order(by_algo, NOW)
    filled.order(by_link, NOW)
    assert [report.leg for report in filled.reports(NOW)] == ["tp1", "tp2"]


def test_the_reports_walk_the_desks_own_order_to_its_end(filled, rows, btc):
    """The very records the ghost gives: the life cycle of orders/ takes them as they are."""
    held = order()
    for report in [Accepted(**stamp()), entry_fill()]:
        held = advance(held, report, btc)
    assert held.state is OrderState.FILLED
    filled.order(child(rows, SL, "22", "t3", "1", 90), NOW)
    for report in filled.reports(NOW):
        held = advance(held, report, btc)
    assert (held.state, held.legs_hit, held.open) == (OrderState.CLOSED, ("sl",), 0)


def test_c07_every_order_of_entry_algo_child_and_fills_gives_the_same_reports(blotter, btc, rows):
    events = {
        "entry": lambda made: made.order(rows.match("t1", "1", "1", 10), NOW),
        "entry fill": lambda made: made.fill(rows.fill("t1", "1", 10), NOW),
        "algo": lambda made: made.algo(rows.algo(SL, "effective", 40, ord_id="22"), NOW),
        "child": lambda made: made.order(child(rows, SL, "22", "t3", "1", 90), NOW),
        "child fill": lambda made: made.fill(
            rows.fill("t3", "1", 50, ord_id="22", side="sell", fill_px=D(90), exec_type="T"), NOW
        ),
    }
    outcomes = set()
    for telling in permutations(events):
        made = Blotter([btc])
        made.submit(order(), NOW)
        made.todo(NOW)
        made.ticket(ENTRY).acked("7", NOW)
        told = []
        for name in (*telling, *telling):
            events[name](made)
            told += [report for report in made.reports(NOW) if isinstance(report, Filled)]
        key = sorted((fill.leg, fill.fill_id, fill.contracts, fill.price) for fill in told)
        outcomes.add(tuple(key))
    assert outcomes == {
        (
            ("entry", "okx-BTC-USDT-SWAP-t1", D(1), D(100)),
            ("sl", "okx-BTC-USDT-SWAP-t3", D(1), D(90)),
        )
    }


# Whose a row is.


def test_c13_foreign_rows_are_counted_and_nothing_is_done_about_them(blotter, rows):
    assert not blotter.order(rows.order(cl_ord_id="6b9ad766b55dBCDE63969a1144bfb943"), NOW)
    assert not blotter.order(rows.order(cl_ord_id=""), NOW)
    assert not blotter.algo(rows.algo("stranger"), NOW)
    assert blotter.foreign == {"BTC-USDT-SWAP": 3}
    assert (blotter.todo(NOW), blotter.reports(NOW)) == ([], [])


def test_c07_a_fill_before_anything_else_waits_for_its_order(blotter, rows):
    blotter.submit(order(), NOW)
    blotter.todo(NOW)
    assert not blotter.fill(rows.fill("t1", "1", 10), NOW)
    blotter.ticket(ENTRY).acked("7", NOW)
    assert [type(report) for report in blotter.reports(NOW)] == [Accepted, Filled]


# Leaving.


def test_a_cancel_with_close_withdraws_everything_and_leaves_at_market(filled, rows):
    filled.cancel(ID, "panic", True, NOW)
    todo = filled.todo(NOW)
    [send] = [one for one in todo if isinstance(one, Send)]
    assert send.request == Place(
        instrument="BTC-USDT-SWAP",
        client_id=CLOSE,
        side="sell",
        kind="market",
        contracts=D(1),
        reduce_only=True,
    )
    gone = {one.client_id for one in todo if isinstance(one, SendCancelAlgo)}
    assert gone == {SL, TP1, TP2}
    close = rows.match("t9", "1", "1", 60, ord_id="30", cl_ord_id=CLOSE, side="sell")
    filled.order(close, NOW)
    assert [report.leg for report in filled.reports(NOW)] == ["close"]


def test_a_panic_before_any_fill_also_closes_what_fills_before_the_cancel_arrives(sent, rows):
    sent.cancel(ID, "panic", True, NOW)
    assert [type(one) for one in sent.todo(NOW)] == [SendCancel]
    sent.order(rows.match("t1", "0.4", "0.4", 5, "canceled", cancel_source="1"), NOW)
    [send] = [one for one in sent.todo(NOW) if isinstance(one, Send)]
    assert (send.request.client_id, send.request.contracts) == (CLOSE, D("0.4"))


def test_a_panic_that_nothing_fills_after_is_over_with_the_cancel(sent, rows):
    sent.cancel(ID, "panic", True, NOW)
    sent.order(rows.order("canceled", at=5, cancel_source="1"), NOW)
    assert [type(report) for report in sent.reports(NOW)] == [Accepted, Ended]
    assert (sent.lives, sent.todo(NOW)) == ({}, [])


def test_what_a_market_close_left_over_is_closed_by_the_next(filled, rows):
    filled.cancel(ID, "panic", True, NOW)
    filled.todo(NOW)
    part = rows.match("t9", "0.4", "0.4", 60, "canceled", ord_id="30", cl_ord_id=CLOSE, side="sell")
    filled.order(part, NOW)
    [send] = [one for one in filled.todo(NOW) if isinstance(one, Send)]
    assert (send.request.client_id, send.request.contracts) == (CLOSE[:-1] + "2", D("0.6"))


def test_c06_a_refused_close_is_told_and_not_repeated(filled):
    filled.cancel(ID, "panic", True, NOW)
    filled.todo(NOW)
    filled.ticket(CLOSE).failed(Refused("trade/order", "51169", "no position"), NOW)
    told = [one for one in filled.todo(NOW) if isinstance(one, Tell)]
    assert [one.words for one in told] == ["cannot close 1 contracts of BTC-USDT-SWAP: 51169"]
    later = filled.todo(NOW + MINUTE)
    assert not [one for one in later if isinstance(one, Send)]


def test_a_position_leaves_when_its_time_is_up(filled):
    due = NOW + 10 * MILLISECOND + 4 * HOUR
    assert not [one for one in filled.todo(due - 1) if isinstance(one, Send)]
    [send] = [one for one in filled.todo(due) if isinstance(one, Send)]
    assert send.request.client_id == "pwsnp202509150736BTCl1X1"


def test_exits_that_guard_nothing_any_more_are_withdrawn_and_then_it_is_over(filled, rows):
    filled.order(child(rows, SL, "22", "t3", "1", 90), NOW)
    filled.algo(rows.algo(SL, "effective", 50, ord_id="22"), NOW)
    filled.reports(NOW)
    gone = {one.client_id for one in filled.todo(NOW) if isinstance(one, SendCancelAlgo)}
    assert gone == {TP1, TP2}
    for leg in (TP1, TP2):
        filled.algo(rows.algo(leg, "canceled", 60), NOW)
    filled.reports(NOW)
    assert (filled.lives, filled.due()) == ({}, None)


def test_c25_an_algo_is_never_cancelled_more_than_three_times(filled, rows):
    filled.cancel(ID, "panic", True, NOW)
    now, cancels = NOW, 0
    for _ in range(200):
        for one in filled.todo(now):
            exit = filled.exit(one.client_id) if isinstance(one, SendCancelAlgo | AskAlgo) else None
            if isinstance(one, SendCancelAlgo):
                cancels += one.client_id == SL
                exit.cancel_answered(now)
            elif exit is not None:
                exit.answered([rows.algo(one.client_id, at=11)], now)
        now += SECOND
    assert cancels == 3


def test_c10_an_exit_that_does_not_show_itself_is_asked_for_in_three_seconds(sent, rows):
    sent.order(rows.match("t1", "1", "1", 10), NOW)
    sent.todo(NOW)
    assert not [one for one in sent.todo(NOW + 3 * SECOND - 1) if isinstance(one, AskAlgo)]
    asked = {one.client_id for one in sent.todo(NOW + 3 * SECOND) if isinstance(one, AskAlgo)}
    assert asked == {SL, TP1, TP2}


# Gaps and restarts.


def test_c08_after_a_gap_what_is_not_pending_is_asked_for(sent, rows):
    sent.order(rows.order(), NOW)
    sent.look(["7"], NOW)
    assert sent.todo(NOW) == []
    sent.look([], NOW)
    ask = AskOrder(client_id=ENTRY, instrument="BTC-USDT-SWAP", order_id="7")
    assert sent.todo(NOW) == [ask]


def test_c15_after_a_restart_orders_are_asked_for_and_adopted(blotter, rows):
    blotter.restore([order(state=OrderState.WORKING)], NOW)
    [ask] = blotter.todo(NOW)
    assert ask == AskOrder(client_id=ENTRY, instrument="BTC-USDT-SWAP")
    blotter.ticket(ENTRY).found(rows.order("filled", "1", 10), NOW)
    blotter.fill(rows.fill("t1", "1", 10), NOW)
    assert [type(report) for report in blotter.reports(NOW)] == [Accepted, Filled]


def test_c09_after_a_restart_the_same_fill_has_the_same_id(blotter, rows):
    blotter.restore([order(state=OrderState.FILLED, filled=D(1))], NOW)
    blotter.order(rows.match("t1", "1", "1", 10), NOW)
    assert entry_fill() in blotter.reports(NOW)


# Funding.


def bill(amount="-0.3", bill_id="b1", at=3_600_000) -> BillRow:
    return BillRow(
        bill_id=bill_id,
        ccy="USDT",
        bal_chg=D(amount),
        type="8",
        sub_type="173",
        inst_id="BTC-USDT-SWAP",
        ts=TS_MS + at,
    )


def test_funding_is_told_once_with_our_sign(filled):
    for _ in range(2):
        filled.bill(bill())
    assert filled.reports(NOW) == [Funded(**stamp(3_600_000), funding_usd=D("0.3"))]


def test_funding_is_shared_by_what_each_order_held_at_the_time(filled, rows):
    other = "snp202509150740BTClE1"
    filled.submit(order(client_order_id=other, contracts=D(2)), NOW)
    filled.todo(NOW)
    held = rows.match("t5", "2", "2", 20, "filled", ord_id="9", cl_ord_id=f"pw{other}", sz=D(2))
    filled.order(held, NOW)
    filled.reports(NOW)
    filled.bill(bill())
    told = {report.client_order_id: report.funding_usd for report in filled.reports(NOW)}
    assert told == {ID: pytest.approx(D("0.1")), other: pytest.approx(D("0.2"))}


def test_funding_from_before_the_position_is_not_ours(filled):
    filled.bill(bill(at=5))
    assert filled.reports(NOW) == []
