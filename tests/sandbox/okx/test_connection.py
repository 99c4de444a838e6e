"""One WebSocket: acknowledgements, echoes, refusals in OKX's words."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

BOOKS = {"channel": "books", "instId": "BTC-USDT-SWAP"}
WRONG = (
    "Wrong URL or {} doesn't exist. Please use the correct URL, channel and parameters referring "
    "to API document."
)


def error(code: str, text: str, **more: str) -> dict:
    return {**more, "event": "error", "code": code, "msg": text, "connId": "00000001"}


def test_one_acknowledgement_for_each_arg_then_its_data(bench):
    client = bench.join()
    heard = bench.say(
        client,
        {
            "id": "1512",
            "op": "subscribe",
            "args": [BOOKS, {"channel": "trades", "instId": "ETH-USDT-SWAP"}],
        },
    )
    assert heard[:2] == [
        {"id": "1512", "event": "subscribe", "arg": BOOKS, "connId": "00000001"},
        {
            "id": "1512",
            "event": "subscribe",
            "arg": {"channel": "trades", "instId": "ETH-USDT-SWAP"},
            "connId": "00000001",
        },
    ]
    assert [one["action"] for one in heard[2:]] == ["snapshot"]


def test_nulls_and_blanks_are_not_given_and_not_echoed(bench):
    heard = bench.subscribe(bench.join(), {**BOOKS, "instType": None, "instFamily": ""})
    assert heard[0]["arg"] == BOOKS


def test_unsubscribing_ends_the_data(bench):
    client = bench.join()
    bench.subscribe(client, BOOKS)
    assert bench.say(client, {"op": "unsubscribe", "args": [BOOKS]}) == [
        {"event": "unsubscribe", "arg": BOOKS, "connId": "00000001"}
    ]
    assert bench.steps(client, 3) == []


def test_ping_is_answered_with_pong_as_bare_text(bench):
    assert bench.say(bench.join(), "ping") == ["pong"]


@pytest.mark.parametrize(
    ("path", "arg", "code"),
    [
        ("public", {"channel": "candle1m", "instId": "BTC-USDT-SWAP"}, "64001"),
        ("public", {"channel": "trades-all", "instId": "BTC-USDT-SWAP"}, "64001"),
        ("public", {"channel": "orders-algo", "instType": "SWAP"}, "64001"),
        ("business", BOOKS, "64002"),
        ("business", {"channel": "orders", "instType": "SWAP"}, "64002"),
        ("business", {"channel": "orders-algo", "instType": "SWAP"}, "60011"),
        ("private", {"channel": "orders", "instType": "SWAP"}, "60011"),
        ("private", {"channel": "account"}, "60011"),
        ("private", BOOKS, "60018"),
        ("public", {"channel": "orders", "instType": "SWAP"}, "60018"),
        ("public", {"channel": "books-l2-tbt", "instId": "BTC-USDT-SWAP"}, "60011"),
        ("public", {"channel": "bookz", "instId": "BTC-USDT-SWAP"}, "60018"),
        ("public", {"channel": "books", "instId": "NOPE-USDT-SWAP"}, "60018"),
        ("public", {"channel": "books", "instId": ["BTC-USDT-SWAP"]}, "60018"),
        ("public", {"channel": "books"}, "60027"),
        ("public", {"channel": "index-tickers", "instId": "BTC-USDT-SWAP"}, "60018"),
        ("public", {"channel": "liquidation-orders"}, "60027"),
        ("public", {"channel": "liquidation-orders", "instType": "SWOP"}, "60033"),
        ("business", {"channel": "candle7m", "instId": "BTC-USDT-SWAP"}, "60018"),
        ("business", {"channel": "candle1m", "instId": "NOPE"}, "60018"),
    ],
)
def test_a_subscription_in_the_wrong_place_is_refused(bench, path, arg, code):
    heard = bench.subscribe(bench.join(path), arg)
    assert [(one["event"], one["code"]) for one in heard] == [("error", code)]


def test_an_unknown_instrument_is_named_in_the_refusal(bench):
    heard = bench.subscribe(bench.join(), {"channel": "index-tickers", "instId": "NEAR-USDT-SWAP"})
    text = WRONG.format("channel:index-tickers, instId:NEAR-USDT-SWAP")
    assert heard == [error("60018", text)]


def test_one_wrong_arg_does_not_spoil_the_others(bench):
    heard = bench.subscribe(
        bench.join(), {"channel": "bookz", "instId": "BTC-USDT-SWAP"}, BOOKS, "x"
    )
    assert [(one.get("event"), one.get("code")) for one in heard] == [
        ("error", "60018"),
        ("subscribe", None),
        ("error", "60013"),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("path", "message", "code"),
    [
        ("public", "not json", "60012"),
        ("public", '{"op": "subscribe", "argss": []}', "60012"),
        ("public", '{"op": "subscribe", "args": []}', "60012"),
        ("public", '["subscribe"]', "60012"),
        ("public", "", "60012"),
        ("public", "[" * 50_000, "60012"),
        ("public", '{"op": "dance"}', "60019"),
        ("public", '{"op": "subscribe", "args": [{"channel": "", "instId": "x"}]}', "60013"),
        ("public", '{"op": "subscribe", "args": [{"channel": null}]}', "60013"),
        ("public", '{"op": "login", "args": [{}]}', "60028"),
        ("private", '{"op": "login", "args": [{"apiKey": "k"}]}', "60032"),
        ("private", '{"id": "1", "op": "order", "args": [{}]}', "60011"),
        ("public", '{"id": "1", "op": "batch-orders", "args": [{}]}', "60028"),
    ],
)
def test_what_makes_no_sense_is_refused(bench, path, message, code):
    heard = bench.say(bench.join(path), message)
    assert [(one["event"], one["code"]) for one in heard] == [("error", code)]


def test_a_wrong_request_is_quoted_with_its_id_left_out_when_it_has_none(bench):
    text = '{"op": "subscribe", "argss": [{"channel": "books"}]}'
    assert bench.say(bench.join(), text) == [error("60012", f"Invalid request: {text}")]
    named = '{"id": "1512", "op": "dance"}'
    assert bench.say(bench.join(), named)[0]["id"] == "1512"


def test_more_than_480_operations_an_hour_are_too_frequent(bench):
    client = bench.join()
    arg = {"op": "subscribe", "args": [{"channel": "status"}]}
    events = [bench.say(client, arg)[0]["event"] for _ in range(481)]
    assert events == ["subscribe"] * 480 + ["error"]
    bench.wall += 3_600_000_000_000 // 480
    assert bench.say(client, arg)[0]["event"] == "subscribe"


def test_clock_words_and_pings_are_no_operations(bench):
    client = bench.join(follows=True)
    for _ in range(600):
        bench.say(client, {"op": "clock", "seen": "0"})
        bench.say(client, "ping")
    assert bench.subscribe(client, {"channel": "status"})[0]["event"] == "subscribe"


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.text(max_size=8)
            | st.sampled_from(["books", "BTC-USDT-SWAP"]),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["op", "args", "id", "channel", "instId", "seen"]),
                    inner,
                    max_size=4,
                )
            ),
            max_leaves=8,
        ).map(json.dumps),
    )
)
def test_nothing_a_client_says_makes_trouble(make_bench_once, text):
    client = make_bench_once.join()
    make_bench_once.say(client, text)
    make_bench_once.hub.leave(client)


@pytest.fixture(scope="session")
def make_bench_once(make_bench):
    return make_bench()
