"""Fault scripts on the private side and on messages; each row of the script has its test."""

import json

import pytest

from pawang.sandbox.faults import BadFault
from pawang.sandbox.source import Print

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
ORDERS = {"channel": "orders", "instType": "ANY"}
START = 1_757_894_400_000


def states(heard: list) -> list:
    return [one["data"][0]["state"] for one in heard if "data" in one]


def place_and_cancel(trader) -> None:
    trader.cancel(trader.place("buy", "1", "99000"))


def test_c08_a_dropped_push_is_never_sent(venue, trader):
    socket = trader.join("private", ORDERS)
    venue.script(kind="drop_push", channel="orders")
    place_and_cancel(trader)
    assert states(venue.heard(socket)) == ["canceled"]


def test_c09_a_duplicated_push_comes_twice(venue, trader):
    socket = trader.join("private", ORDERS)
    venue.script(kind="duplicate_push", channel="orders")
    place_and_cancel(trader)
    assert states(venue.heard(socket)) == ["live", "live", "canceled"]


def test_c07_a_reordered_push_comes_after_its_successor(venue, trader):
    socket = trader.join("private", ORDERS)
    venue.script(kind="reorder_push", channel="orders")
    place_and_cancel(trader)
    assert states(venue.heard(socket)) == ["canceled", "live"]


def test_a09_what_is_delayed_is_held_for_its_time_and_then_comes_in_order(venue, trader):
    socket = trader.join("private", ORDERS)
    venue.script(kind="delay", channel="orders", seconds=3)
    place_and_cancel(trader)
    venue.later(2.9)
    assert venue.heard(socket) == []
    venue.later(0.2)
    assert states(venue.heard(socket)) == ["live", "canceled"]
    place_and_cancel(trader)
    assert states(venue.heard(socket)) == ["live", "canceled"]


def test_a09_public_books_are_delayed_alike(make_venue):
    venue = make_venue({(1, BTC): {"bids": {999_999: 7}}, (2, BTC): {"bids": {999_999: 8}}})
    socket = venue.join()
    venue.say(socket, {"op": "subscribe", "args": [{"channel": "books", "instId": BTC}]})
    venue.script(kind="delay", channel="books", inst_id=BTC, seconds=1)
    venue.steps(2)
    assert venue.heard(socket) == []
    venue.later(1)
    sizes = [one["data"][0]["bids"][0][1] for one in venue.heard(socket)]
    assert sizes == ["0.07", "0.08"]


def test_a07_a_reordered_book_update_comes_after_its_successor(make_venue):
    venue = make_venue({(n, BTC): {"bids": {999_999: n}} for n in (1, 2, 3)})
    socket = venue.join()
    venue.say(socket, {"op": "subscribe", "args": [{"channel": "books", "instId": BTC}]})
    venue.script(kind="reorder", inst_id=BTC)
    venue.steps(3)
    sizes = [one["data"][0]["bids"][0][1] for one in venue.heard(socket)]
    assert sizes == ["0.02", "0.01", "0.03"]


def test_a20_a_price_is_ten_times_too_high_once(make_venue):
    script = {
        (n, BTC): {"prints": [Print(START + n * 100 - 50, 1_000_001, 5, True)]} for n in (1, 2)
    }
    venue = make_venue(script)
    socket = venue.join()
    venue.say(socket, {"op": "subscribe", "args": [{"channel": "trades", "instId": BTC}]})
    venue.script(kind="price", inst_id=BTC)
    venue.steps(2)
    prices = [one["data"][0]["px"] for one in venue.heard(socket)]
    assert prices == ["1000001", "100000.1"]


def test_a21_a_stamp_goes_back_once(make_venue):
    venue = make_venue({(n, BTC): {"bids": {999_999: n}} for n in (1, 2)})
    socket = venue.join()
    venue.say(socket, {"op": "subscribe", "args": [{"channel": "books", "instId": BTC}]})
    venue.script(kind="stamp", channel="books", seconds=-300)
    venue.steps(2)
    times = [int(one["data"][0]["ts"]) - START for one in venue.heard(socket)]
    assert times == [100 - 300_000, 200]


def test_c23_after_a_logout_the_socket_stays_and_only_a_new_one_may_log_in(venue, trader):
    socket = trader.join("private", ORDERS)
    venue.script(kind="logout")
    trader.place("buy", "1", "99000")
    assert venue.heard(socket) == []
    op = {"id": "1", "op": "cancel-order", "args": [{"instId": BTC, "ordId": "1"}]}
    assert venue.say(socket, op)[0]["code"] == "60011"
    assert venue.say(socket, trader.login())[0]["code"] == "60031"
    fresh = trader.join("private", ORDERS)
    trader.place("buy", "1", "99000")
    assert states(venue.heard(fresh)) == ["live"]


def test_c19_a_refused_key_is_refused_everywhere_until_its_time_is_over(venue, trader):
    venue.script(kind="key", code="50110", seconds=10)
    assert trader.ask("GET", "/account/balance")[1]["code"] == "50110"
    assert venue.say(venue.join("private"), trader.login())[0]["code"] == "60009"
    venue.later(11)
    assert trader.ask("GET", "/account/balance")[1]["code"] == "0"


def test_c18_a_skewed_clock_refuses_honest_stamps_until_the_script_is_cleared(venue, trader):
    venue.script(kind="skew", seconds=40)
    assert trader.ask("GET", "/account/balance") == (
        401,
        {"code": "50102", "msg": "Timestamp request expired.", "data": []},
    )
    _, body = venue.rest.answer("GET", "/api/v5/public/time", "")
    ahead = int(body["data"][0]["ts"])
    assert ahead == START + 40_000
    assert trader.ask("GET", "/account/balance", now_ms=ahead)[1]["code"] == "0"
    venue.faults.clear()
    assert trader.ask("GET", "/account/balance")[1]["code"] == "0"


def test_c21_while_maintenance_goes_on_trading_is_closed_and_status_says_so(venue, trader):
    socket = venue.join()
    venue.say(socket, {"op": "subscribe", "args": [{"channel": "status"}]})
    venue.script(kind="maintenance", seconds=60)
    assert states(venue.heard(socket)) == ["scheduled"]
    trader.place("buy", "1", "99000")
    venue.later(61)
    assert states(venue.heard(socket)) == ["ongoing"]
    order = {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
    assert trader.ask("POST", "/trade/order", order)[:1] == (503,)
    private = trader.join("private")
    ack = venue.say(private, {"id": "1", "op": "order", "args": [order]})[0]
    assert (ack["code"], ack["data"]) == ("50001", [])
    assert trader.ask("GET", "/account/balance")[0] == 200
    venue.later(60)
    assert states(venue.heard(socket)) == ["completed"]
    trader.place("buy", "1", "99000")


def test_c11_a_leverage_that_was_acknowledged_may_not_have_changed(venue, trader):
    venue.script(kind="leverage_kept")
    body = {"instId": BTC, "mgnMode": "cross", "lever": "10"}
    asked = f"/account/leverage-info?instId={BTC}&mgnMode=cross"
    assert trader.post("/account/set-leverage", body)[0]["lever"] == "10"
    assert trader.get(asked)[0]["lever"] == "3"
    trader.post("/account/set-leverage", body)
    assert trader.get(asked)[0]["lever"] == "10"


def test_a23_a_changed_listing_is_pushed_served_and_enforced(venue, trader):
    socket = venue.join()
    venue.say(socket, {"op": "subscribe", "args": [{"channel": "instruments", "instType": "SWAP"}]})
    fields = {"lotSz": "0.1", "minSz": "0.1", "tickSz": "0.5"}
    venue.script(kind="instrument", inst_id=BTC, body=json.dumps(fields))
    row = venue.heard(socket)[0]["data"][0]
    assert {name: row[name] for name in fields} == fields
    assert trader.refused("buy", "0.15", "99000")[0] == "51121"
    assert trader.refused("buy", "0.05", "99000")[0] == "51020"
    assert trader.refused("buy", "0.1", "99000.1")[0] == "51000"
    venue.script(kind="instrument", inst_id=BTC, body='{"state": "suspend"}')
    assert trader.refused("buy", "0.1", "99000")[0] == "51022"
    assert trader.get(f"/account/instruments?instType=SWAP&instId={BTC}")[0]["state"] == "suspend"


def test_c26_requests_meet_the_rate_limit_that_a_script_wants(venue, trader):
    venue.script(kind="rate_limit", path="/api/v5/trade/order", count=2)
    venue.script(kind="rate_limit", path="ws:order")
    assert [trader.refused("buy", "1", "99000")[0] for _ in range(2)] == ["50011", "50011"]
    trader.place("buy", "1", "99000")
    order = {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
    socket = trader.join("private")
    acks = [venue.say(socket, {"id": "1", "op": "order", "args": [order]})[0] for _ in range(2)]
    assert [ack["code"] for ack in acks] == ["50011", "0"]


def test_c22_the_venue_closes_a_position_with_a_negative_trade(venue, trader):
    socket = trader.join("private", ORDERS)
    trader.place("buy", "1")
    venue.heard(socket)
    venue.script(kind="liquidate", inst_id=BTC)
    push = venue.heard(socket)[0]["data"][0]
    assert (push["category"], push["state"], push["side"]) == ("full_liquidation", "filled", "sell")
    assert int(push["tradeId"]) < 0
    assert trader.held == "0"
    assert trader.get("/account/positions-history")[0]["type"] == "3"


def test_c22_the_public_hears_of_it_on_liquidation_orders(venue, trader):
    socket = venue.join()
    asked = {"channel": "liquidation-orders", "instType": "SWAP"}
    venue.say(socket, {"op": "subscribe", "args": [asked]})
    trader.place("buy", "1")
    venue.script(kind="liquidate", inst_id=BTC)
    venue.steps()
    details = venue.heard(socket)[0]["data"][0]["details"]
    assert [(one["side"], one["posSide"], one["sz"]) for one in details] == [("sell", "long", "1")]


@pytest.mark.parametrize("sending", ["reset", "hang"])
def test_c01_an_order_over_the_websocket_lives_though_no_answer_came(venue, trader, sending):
    socket = trader.join("private")
    venue.script(kind="http", path="ws:order", when="after", sending=sending)
    order = {
        "instId": BTC,
        "tdMode": "cross",
        "side": "buy",
        "ordType": "limit",
        "px": "99000",
        "sz": "1",
        "clOrdId": "lost",
    }
    assert venue.say(socket, {"id": "1", "op": "order", "args": [order]}) == []
    assert trader.get(f"/trade/order?instId={BTC}&clOrdId=lost")[0]["state"] == "live"


def test_c02_an_order_over_the_websocket_is_lost_before_it_had_an_effect(venue, trader):
    socket = trader.join("private")
    venue.script(kind="http", path="ws:order", sending="hang")
    order = {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
    assert venue.say(socket, {"id": "1", "op": "order", "args": [order]}) == []
    assert trader.get("/trade/orders-history?instType=SWAP") == []


def test_c04_an_order_over_the_websocket_may_be_answered_with_a_timeout(venue, trader):
    socket = trader.join("private")
    venue.script(kind="http", path="ws:order", when="after", code="51149")
    order = {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "market", "sz": "1"}
    ack = venue.say(socket, {"id": "1", "op": "order", "args": [order]})[0]
    assert (ack["code"], ack["data"]) == ("51149", [])
    assert trader.held == "1"


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "instrument", "inst_id": "X", "body": "{}"},
        {"kind": "instrument", "inst_id": BTC, "body": "[]"},
        {"kind": "liquidate", "inst_id": ""},
        {"kind": "freeze", "seconds": -1},
        {"kind": "nonsense"},
        {"kind": "http", "when": "never"},
        {"kind": "key", "code": "12345"},
    ],
)
def test_a_script_that_cannot_be_read_changes_nothing(venue, fields):
    with pytest.raises(BadFault):
        venue.script(**fields)
    assert not venue.faults
