"""What each kind of order does, and why one is refused (okx-v5.md 8.1, 10.2, 10.3)."""

from decimal import Decimal

import pytest

from pawang.sandbox.source import Print

BTC = "BTC-USDT-SWAP"
START = 1_757_894_400_000


@pytest.mark.parametrize(
    ("kind", "price", "size", "outcome"),
    [
        ("post_only", "100000", "1", ("live", "0", "")),
        ("post_only", "100000.1", "1", ("canceled", "0", "31")),
        ("ioc", "100000.1", "3", ("canceled", "2", "14")),
        ("ioc", "100000.2", "3", ("filled", "3", "")),
        ("fok", "100000.1", "3", ("canceled", "0", "13")),
        ("fok", "100000.2", "3", ("filled", "3", "")),
        ("limit", "100000.1", "3", ("partially_filled", "2", "")),
    ],
)
def test_a_priced_order_is_filled_rests_or_ends_by_its_kind(trader, kind, price, size, outcome):
    assert trader.state(trader.place("buy", size, price, ordType=kind)) == outcome


def test_a_market_order_stops_at_the_price_band_and_the_rest_is_cancelled(make_venue):
    venue = make_venue(depth=10)
    trader = venue.trader()
    ord_id = trader.place("buy", "30")
    assert trader.state(ord_id) == ("canceled", "20.45", "14")


def test_an_optimal_limit_ioc_has_no_price_and_takes_up_to_the_band(trader):
    ord_id = trader.place("sell", "1.5", ordType="optimal_limit_ioc")
    row = trader.order(ord_id)
    assert (row["px"], row["state"], row["ordType"]) == ("", "filled", "optimal_limit_ioc")


@pytest.mark.parametrize(
    ("mode", "maker_ends", "taker_ends"),
    [
        ("cancel_maker", ("canceled", "0", "32"), ("filled", "1", "")),
        ("cancel_taker", ("live", "0", ""), ("canceled", "0", "32")),
        ("cancel_both", ("canceled", "0", "32"), ("canceled", "0", "32")),
    ],
)
def test_self_trades_are_prevented_in_the_way_the_taker_wishes(
    venue, trader, mode, maker_ends, taker_ends
):
    venue.exchange.press(venue.core.instruments[BTC], buy=True, lots=200)
    maker = trader.place("sell", "1", "100000.1", ordType="post_only")
    taker = trader.place("buy", "1", stpMode=mode)
    assert (trader.state(maker), trader.state(taker)) == (maker_ends, taker_ends)


def test_a_client_s_order_waits_for_what_was_shown_before_it(make_venue):
    prints = [Print(START + n * 100 - 50, 1_000_000, lots, False) for n, lots in ((1, 99), (2, 30))]
    script = {
        (1, BTC): {"prints": prints[:1], "bids": {1_000_000: 1}},
        (2, BTC): {"prints": prints[1:], "bids": {1_000_000: 0}},
    }
    venue = make_venue(script)
    trader = venue.trader()
    ord_id = trader.place("buy", "0.2", "100000")
    venue.steps()
    assert trader.state(ord_id) == ("live", "0", ""), "99 of the 100 lots ahead are gone"
    venue.steps()
    assert trader.state(ord_id) == ("filled", "0.2", ""), "one more, and then it is its turn"
    fill = trader.get("/trade/fills")[0]
    assert (fill["execType"], fill["fillPx"], fill["fee"]) == ("M", "100000", "-0.04")


def test_what_the_source_cancels_shrinks_the_queue_in_proportion(make_venue):
    venue = make_venue({(1, BTC): {"bids": {1_000_000: 50}}})
    trader = venue.trader()
    ord_id = trader.place("buy", "0.2", "100000")
    matcher = venue.exchange.ledger.matchers[BTC]
    order = trader.account.orders[int(ord_id)]
    assert matcher.ahead(order) == 100
    venue.steps()
    assert matcher.ahead(order) == 50


def test_a_print_beyond_a_client_s_price_fills_it_first_at_its_own_price(make_venue):
    through = Print(START + 50, 1_000_001, 30, True)
    venue = make_venue({(1, BTC): {"prints": [through]}})
    trader = venue.trader()
    trader.place("buy", "2")  # all that is shown at 100000.1
    ord_id = trader.place("sell", "0.2", "100000.1")
    socket = venue.join("business")
    venue.say(socket, {"op": "subscribe", "args": [{"channel": "trades-all", "instId": BTC}]})
    venue.steps()
    assert trader.state(ord_id) == ("filled", "0.2", "")
    told = [one["data"][0] for one in venue.heard(socket)]
    assert [(one["px"], one["sz"], one["side"]) for one in told] == [
        ("100000.1", "2", "buy"),
        ("100000.1", "0.2", "buy"),
        ("100000.1", "0.1", "buy"),
    ]
    ids = [int(one["tradeId"]) for one in told]
    assert ids == list(range(ids[0], ids[0] + 3))


def test_a_source_level_that_would_cross_takes_the_client_s_order(make_venue):
    venue = make_venue({(1, BTC): {"bids": {1_000_001: 10}, "asks": {1_000_001: 0}}})
    trader = venue.trader()
    trader.place("buy", "2")
    ord_id = trader.place("sell", "0.3", "100000.1")
    venue.steps()
    assert trader.state(ord_id) == ("partially_filled", "0.1", "")
    assert max(venue.book("bids"), key=float) == "100000"
    assert venue.book("asks")["100000.1"] == "0.2"


def test_two_clients_trade_with_each_other_and_each_pays_its_own_fee(make_venue, two_accounts):
    venue = make_venue(accounts=two_accounts())
    maker, taker = venue.trader(0), venue.trader(1)
    venue.exchange.press(venue.core.instruments[BTC], buy=True, lots=200)
    resting = maker.place("sell", "1", "100000.1")
    taking = taker.place("buy", "1")
    assert (maker.state(resting)[0], taker.state(taking)[0]) == ("filled", "filled")
    fills = [one.get("/trade/fills")[0] for one in (maker, taker)]
    assert fills[0]["tradeId"] == fills[1]["tradeId"]
    assert [one["execType"] for one in fills] == ["M", "T"]
    assert (maker.held, taker.held) == ("-1", "1")
    value = Decimal("100000.1") * Decimal("0.01")
    assert 100_000 - maker.cash == Decimal("0.0002") * value
    assert 100_000 - taker.cash == Decimal("0.0005") * value


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"sz": "0.015"}, "51121"),
        ({"sz": "0.001"}, "51020"),
        ({"sz": "200000000"}, "51101"),
        ({"ordType": "market", "px": "", "sz": "40000"}, "51202"),
        ({"px": "99000.05"}, "51000"),
        ({"px": ""}, "51204"),
        ({"px": "150000"}, "51006"),
        ({"sz": "4000", "px": "100000"}, "51008"),
        ({"sz": "30000", "px": "100000"}, "51005"),
        ({"ordType": "iceberg"}, "51000"),
        ({"tdMode": "isolated"}, "51010"),
        ({"instId": "NO-USDT-SWAP"}, "51001"),
        ({"instId": ""}, "50014"),
        ({"sz": ""}, "50014"),
        ({"posSide": "long"}, "51000"),
        ({"clOrdId": "with-dash"}, "51000"),
        ({"clOrdId": "x" * 33}, "51000"),
        ({"tag": "x" * 17}, "51000"),
        ({"reduceOnly": True}, "51169"),
        ({"reduceOnly": "yes"}, "51000"),
        ({"ordType": "fok", "stpMode": "cancel_both"}, "54036"),
        ({"sz": "1e3"}, "51000"),
        ({"sz": "-1"}, "51020"),
        ({"sz": {"a": 1}}, "51000"),
    ],
)
def test_an_impossible_order_is_refused_with_okx_s_code(trader, order, code):
    assert trader.refused("buy", "1", "99000", **order)[0] == code


def test_a_side_is_buy_or_sell(trader):
    assert trader.refused("long", "1", "99000")[0] == "51000"


def test_the_leverage_says_how_large_position_and_orders_may_be(trader):
    trader.post("/account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "100"})
    trader.place("buy", "1500", "99000")
    code, text = trader.refused("buy", "501", "99000")
    assert (code, "more than 2000(contracts)" in text) == ("51004", True)
    assert trader.refused("sell", "2001", "101000")[0] == "51004"
    trader.place("sell", "500", "101000")


def test_blanks_and_nulls_are_not_given_and_words_are_booleans(trader):
    blank = {"ccy": "", "posSide": "", "attachAlgoOrds": None, "clOrdId": "", "tag": None}
    ord_id = trader.place("buy", "1", "99000", reduceOnly="false", **blank)
    assert trader.state(ord_id)[0] == "live"


def test_a_price_outside_the_band_is_clamped_when_that_is_wished(trader):
    ord_id = trader.place("sell", "1", "90000", pxAmendType="1", ordType="ioc")
    assert trader.order(ord_id)["px"] == "97000"


def test_a_name_is_taken_while_its_order_is_open_and_free_afterwards(trader):
    first = trader.place("buy", "1", "99000", clOrdId="a")
    assert trader.refused("buy", "1", "99000", clOrdId="a")[0] == "51016"
    trader.cancel(first)
    trader.place("buy", "1", "99000", clOrdId="a")


def test_reduce_only_is_refused_at_the_door_when_it_could_open(trader):
    trader.place("buy", "1")
    assert trader.refused("buy", "1", "99000", reduceOnly=True)[0] == "51170"
    assert trader.refused("sell", "1.5", "101000", reduceOnly=True)[0] == "51112"
    assert trader.refused(
        "sell",
        "1",
        "101000",
        reduceOnly=True,
        attachAlgoOrds=[{"slTriggerPx": "1", "slOrdPx": "-1"}],
    )[0] in ("51100", "51049")


def test_reduce_only_orders_are_trimmed_then_cancelled_as_the_position_shrinks(venue, trader):
    trader.place("buy", "1")
    resting = trader.place("sell", "1", "101000", reduceOnly=True)
    socket = trader.join("private", {"channel": "orders", "instType": "ANY"})
    trader.place("sell", "0.4")
    trimmed = [one["data"][0] for one in venue.heard(socket) if one["data"][0]["ordId"] == resting]
    assert [(one["sz"], one["amendSource"]) for one in trimmed] == [("0.6", "2")]
    trader.place("sell", "0.6")
    assert trader.state(resting) == ("canceled", "0", "22")


def test_an_amended_order_keeps_its_place_for_less_and_loses_it_for_more(make_venue, two_accounts):
    venue = make_venue(accounts=two_accounts())
    first, second = venue.trader(0), venue.trader(1)
    made = venue.core.instruments[BTC]
    ours, theirs = first.place("buy", "1", "100000"), second.place("buy", "1", "100000")
    first.post("/trade/amend-order", {"instId": BTC, "ordId": ours, "newSz": "0.5"})
    venue.exchange.press(made, buy=False, lots=100 + 20)
    assert (first.state(ours)[1], second.state(theirs)[1]) == ("0.2", "0")
    first.post("/trade/amend-order", {"instId": BTC, "ordId": ours, "newSz": "0.8"})
    venue.exchange.press(made, buy=False, lots=100)
    assert (first.state(ours)[1], second.state(theirs)[:2]) == ("0.2", ("filled", "1"))


def test_amending_to_no_more_than_what_is_filled_fills_it(trader):
    ord_id = trader.place("buy", "3", "100000.1")
    row = trader.post("/trade/amend-order", {"instId": BTC, "ordId": ord_id, "newSz": "1"})[0]
    assert row["sCode"] == "0"
    assert trader.state(ord_id) == ("filled", "2", "")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "51500"),
        ({"newSz": "0.015"}, "51121"),
        ({"newPx": "99000.05"}, "51000"),
        ({"newSz": "6000"}, "51502"),
    ],
)
def test_an_impossible_amendment_is_refused_and_leaves_the_order(trader, change, code):
    ord_id = trader.place("buy", "1", "99000")
    body = {"instId": BTC, "ordId": ord_id, **change}
    _, answer = trader.ask("POST", "/trade/amend-order", body)
    assert answer["data"][0]["sCode"] == code
    assert trader.state(ord_id)[0] == "live"
    _, answer = trader.ask("POST", "/trade/amend-order", {**body, "cxlOnFail": True})
    assert trader.state(ord_id)[0] == ("live" if not change else "canceled")


def test_a_post_only_order_is_not_amended_into_a_taker(trader):
    ord_id = trader.place("buy", "1", "99000", ordType="post_only")
    body = {"instId": BTC, "ordId": ord_id, "newPx": "100000.1"}
    assert trader.ask("POST", "/trade/amend-order", body)[1]["data"][0]["sCode"] == "51511"


def test_a_batch_is_worked_off_in_turn_and_says_what_failed(trader):
    good = {
        "instId": BTC,
        "tdMode": "cross",
        "side": "buy",
        "ordType": "limit",
        "px": "99000",
        "sz": "1",
    }
    _, some = trader.ask("POST", "/trade/batch-orders", [good, good | {"sz": "0.015"}])
    assert (some["code"], [row["sCode"] for row in some["data"]]) == ("2", ["0", "51121"])
    _, none = trader.ask("POST", "/trade/batch-orders", [good | {"sz": "0.015"}])
    assert (none["code"], none["msg"]) == ("1", "All operations failed")
    assert trader.ask("POST", "/trade/batch-orders", [good] * 21)[1]["code"] == "51111"
    ids = [row["ordId"] for row in trader.get("/trade/orders-pending")]
    cancels = [{"instId": BTC, "ordId": one} for one in (*ids, "1")]
    _, gone = trader.ask("POST", "/trade/cancel-batch-orders", cancels)
    assert [row["sCode"] for row in gone["data"]] == ["0", "51400"]


def test_a_taker_meets_a_thousand_makers_at_most(make_venue):
    venue = make_venue(depth=450)
    trader = venue.trader()
    trader.post("/account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "100"})
    whole = trader.place("buy", "1800", "100044", ordType="fok")
    assert trader.state(whole) == ("canceled", "0", "33")
    part = trader.place("buy", "1800", "100044", ordType="ioc")
    state, filled, source = trader.state(part)
    assert (state, source) == ("canceled", "33")
    assert 0 < float(filled) < 1_800


def test_the_dead_man_s_switch_cancels_orders_but_no_algo(venue, trader):
    resting = trader.place("buy", "1", "99000", tag="mine")
    stop = {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "trigger", "sz": "1"}
    trader.post("/trade/order-algo", stop | {"triggerPx": "101000", "orderPx": "-1"})
    assert trader.ask("POST", "/trade/cancel-all-after", {"timeOut": "9"})[1]["code"] == "51000"
    now = START // 1_000
    armed = trader.post("/trade/cancel-all-after", {"timeOut": "10"})
    assert armed == [{"tag": "", "triggerTime": str(now + 10), "ts": str(now)}]
    assert trader.post("/trade/cancel-all-after", {"timeOut": "0"})[0]["triggerTime"] == "0"
    venue.later(11)
    assert trader.state(resting)[0] == "live"
    trader.post("/trade/cancel-all-after", {"timeOut": "10", "tag": "other"})
    venue.later(11)
    assert trader.state(resting)[0] == "live"
    trader.post("/trade/cancel-all-after", {"timeOut": "10"})
    venue.later(9.9)
    assert trader.state(resting)[0] == "live"
    venue.later(0.2)
    assert trader.state(resting) == ("canceled", "0", "20")
    assert len(trader.get("/trade/orders-algo-pending?ordType=trigger")) == 1


def test_a_position_is_closed_at_market_once_no_order_stands_in_the_way(trader):
    close = {"instId": BTC, "mgnMode": "cross"}
    assert trader.ask("POST", "/trade/close-position", close)[1]["code"] == "51023"
    trader.place("buy", "1")
    resting = trader.place("sell", "1", "101000", reduceOnly=True)
    status, body = trader.ask("POST", "/trade/close-position", close)
    assert (status, body["code"]) == (429, "51115")
    assert trader.post("/trade/close-position", {**close, "autoCxl": True}) == [
        {"clOrdId": "", "instId": BTC, "posSide": "net", "tag": ""}
    ]
    assert (trader.held, trader.state(resting)[0]) == ("0", "canceled")
