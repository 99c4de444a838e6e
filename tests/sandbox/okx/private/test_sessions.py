"""Logins, private subscriptions and orders over the WebSocket (okx-v5.md 9, 9.2, 9.3)."""

import pytest

BTC = "BTC-USDT-SWAP"
UID = "44705892343619584"


def codes(heard: list) -> list:
    return [one.get("code") or one["event"] for one in heard]


def test_a_login_is_answered_and_a_second_one_is_refused(venue, trader):
    socket = venue.join("private")
    assert venue.say(socket, trader.login()) == [
        {"event": "login", "code": "0", "msg": "", "connId": "00000001"}
    ]
    assert codes(venue.say(socket, trader.login())) == ["60031"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"apiKey": "nobody"}, "60032"),
        ({"apiKey": ""}, "60005"),
        ({"passphrase": "x"}, "60024"),
        ({"sign": "x"}, "60007"),
        ({"timestamp": "yesterday"}, "60004"),
        ({"timestamp": "1757890000"}, "60006"),
    ],
)
def test_a_wrong_login_is_refused_with_its_own_code(venue, trader, changes, code):
    assert codes(venue.say(venue.join("private"), trader.login(**changes))) == [code]


def test_a_login_stamp_may_be_a_number_and_come_from_the_host_s_clock(venue, trader):
    venue.epoch_ms = 1_795_000_000_000
    login = trader.login(timestamp=1_795_000_010)
    assert codes(venue.say(venue.join("business"), login)) == ["0"]


def test_an_order_over_the_websocket_is_acknowledged_then_pushed(venue, trader):
    socket = trader.join("private", {"channel": "orders", "instType": "ANY"})
    order = {
        "instIdCode": 10459,
        "tdMode": "cross",
        "side": "buy",
        "ordType": "limit",
        "px": "99000",
        "sz": "1",
        "clOrdId": "w1",
        "posSide": "",
        "ccy": None,
    }
    ack, push = venue.say(socket, {"id": "7", "op": "order", "args": [order]})
    ts = str(venue.core.now_ms)
    assert ack == {
        "id": "7",
        "op": "order",
        "code": "0",
        "data": [
            {
                "ts": ts,
                "sCode": "0",
                "sMsg": "",
                "tag": "",
                "subCode": "",
                "clOrdId": "w1",
                "ordId": push["data"][0]["ordId"],
            }
        ],
        "msg": "",
        "inTime": f"{ts}000",
        "outTime": str(int(ts) * 1_000 + 1_901),
    }
    assert push["arg"] == {"channel": "orders", "instType": "ANY", "uid": UID}
    assert (push["data"][0]["state"], push["data"][0]["clOrdId"]) == ("live", "w1")


def test_a_fill_is_pushed_to_orders_positions_account_and_the_fast_path(venue, trader):
    socket = trader.join(
        "private",
        {"channel": "orders", "instType": "SWAP"},
        {"channel": "positions", "instType": "SWAP"},
        {"channel": "account"},
        {"channel": "balance_and_position"},
    )
    trader.place("buy", "1")
    pushes = venue.heard(socket)
    assert [one["arg"]["channel"] for one in pushes] == [
        "orders",
        "balance_and_position",
        "positions",
        "account",
    ]
    order, fast, position, account = (one["data"][0] for one in pushes)
    assert (order["state"], order["fillSz"], order["execType"]) == ("filled", "1", "T")
    assert (fast["eventType"], fast["posData"][0]["pos"]) == ("filled", "1")
    assert (position["pos"], position["avgPx"]) == ("1", "100000.1")
    assert account["details"][0]["cashBal"] == "99999.4999995"


def test_private_channels_want_a_login_and_the_fills_channel_a_fee_tier(venue, trader):
    stranger = venue.join("private")
    asked = {"op": "subscribe", "args": [{"channel": "orders", "instType": "ANY"}]}
    assert codes(venue.say(stranger, asked)) == ["60011"]
    socket = trader.join("private")
    fills = {"op": "subscribe", "args": [{"channel": "fills", "instId": BTC}]}
    assert codes(venue.say(socket, fills)) == ["64003"]


def test_the_first_subscription_of_a_counted_channel_says_how_many_connections_have_it(
    venue, trader
):
    socket = trader.join("private")
    asked = {"op": "subscribe", "args": [{"channel": "account"}]}
    heard = venue.say(socket, asked)
    assert [one.get("event", one.get("eventType")) for one in heard] == [
        "subscribe",
        "channel-conn-count",
        "snapshot",
    ]
    assert heard[1] == {
        "event": "channel-conn-count",
        "channel": "account",
        "connCount": "1",
        "connId": "00000001",
    }
    assert (heard[2]["curPage"], heard[2]["lastPage"]) == (1, True)
