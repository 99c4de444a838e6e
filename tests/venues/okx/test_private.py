"""The private socket without a socket: login, silence, and what each refusal asks for."""

import json

import pytest

from pawang.guards.secret import Secret
from pawang.model.refs import SECOND
from pawang.venues.okx import signing
from pawang.venues.okx.codes import Follow
from pawang.venues.okx.private import (
    BUSINESS,
    PRIVATE,
    Answered,
    PrivateConnection,
    Pushed,
    Ready,
)

KEY = signing.Credentials(Secret("the-key"), Secret("the-secret"), Secret("the-phrase"))
VENUE_NOW = 1_743_041_250 * SECOND


def opened(channels=PRIVATE, pushes=True) -> PrivateConnection:
    made = PrivateConnection(KEY, channels, pushes)
    made.open(0, VENUE_NOW)
    return made


def ready(now=0, channels=PRIVATE, pushes=True) -> PrivateConnection:
    made = opened(channels, pushes)
    made.hear(b'{"event":"login","code":"0","msg":"","connId":"a"}', now)
    for channel in channels:
        made.hear(ack(channel), now)
    made.requests()
    return made


def ack(channel) -> bytes:
    return json.dumps({"event": "subscribe", "arg": channel, "connId": "a"}).encode()


def error(code: str, msg="no") -> bytes:
    return json.dumps({"event": "error", "code": code, "msg": msg, "connId": "a"}).encode()


ORDER = {
    "instId": "BTC-USDT-SWAP",
    "instType": "SWAP",
    "ordId": "7",
    "clOrdId": "",
    "ordType": "limit",
    "side": "buy",
    "state": "live",
    "sz": "1",
    "accFillSz": "0",
    "cTime": "1743041250440",
    "uTime": "1743041250440",
}


def push(row, channel="orders") -> bytes:
    arg = {"channel": channel, "instType": "SWAP", "uid": "1"}
    return json.dumps({"arg": arg, "data": [row]}).encode()


def test_it_logs_in_by_the_venues_time_and_then_subscribes():
    made = opened()
    [login] = made.requests()
    assert json.loads(login) == {"op": "login", "args": [signing.login(KEY, VENUE_NOW)]}
    made.hear(b'{"event":"login","code":"0","msg":"","connId":"a"}', 1)
    [subscribe] = made.requests()
    assert json.loads(subscribe) == {"op": "subscribe", "args": list(PRIVATE)}


def test_it_is_ready_when_every_channel_is_acknowledged_and_says_so_once():
    made = opened()
    made.hear(b'{"event":"login","code":"0","msg":"","connId":"a"}', 1)
    told = [made.hear(ack(channel), 2) for channel in (*PRIVATE, PRIVATE[0])]
    assert told == [[]] * (len(PRIVATE) - 1) + [[Ready()], []]


def test_a_push_comes_out_as_rows():
    [item] = ready().hear(push(ORDER), 1)
    assert isinstance(item, Pushed)
    assert (item.channel, [row.ord_id for row in item.rows]) == ("orders", ["7"])


def test_an_answer_to_an_operation_comes_out_with_its_id():
    frame = {
        "id": "9",
        "op": "order",
        "code": "0",
        "msg": "",
        "data": [{"ordId": "7", "sCode": "0"}],
    }
    [item] = ready().hear(json.dumps(frame), 1)
    assert isinstance(item, Answered)
    assert (item.parsed.request, item.parsed.op, item.parsed.records[0].ord_id) == (
        "9",
        "order",
        "7",
    )


@pytest.mark.parametrize("field", ["state", "accFillSz", "ordId"])
def test_a_row_that_breaks_its_contract_is_counted_by_its_field_and_not_used(field):
    made = ready()
    assert (
        made.hear(
            push(
                {**ORDER, field: "nonsense"}
                if field == "state"
                else {k: v for k, v in ORDER.items() if k != field}
            ),
            1,
        )
        == []
    )
    assert made.malformed == {f"data[].{field}": 1}


@pytest.mark.parametrize("junk", [b"", b"{", b"[" * 100_000, b"\xff", b'{"event":"party"}'])
def test_junk_ends_nothing(junk):
    made = ready()
    assert (made.hear(junk, 1), made.closing) == ([], "")


# Refusals.


@pytest.mark.parametrize("code", ["60005", "60007", "60009", "60024", "60032"])
def test_c19_a_refused_login_asks_to_halt(code):
    made = opened()
    made.hear(error(code), 1)
    assert (made.closing, made.follow) == (f"login refused: {code} no", Follow.HALT)


@pytest.mark.parametrize("code", ["60004", "60006"])
def test_c18_a_stale_login_asks_for_the_clock(code):
    made = opened()
    made.hear(error(code), 1)
    assert made.follow is Follow.RESYNC


@pytest.mark.parametrize("code", ["63999", "60014", "99999"])
def test_a_login_that_failed_for_any_other_reason_is_tried_again(code):
    made = opened()
    made.hear(error(code), 1)
    assert (bool(made.closing), made.follow) == (True, Follow.RECONNECT)


def test_c23_a_login_that_has_gone_is_made_anew_on_a_new_connection():
    made = ready()
    made.hear(error("60011", "Please log in"), 1)
    assert (made.closing, made.follow) == ("the login is gone", Follow.RECONNECT)


def test_c23_an_operation_that_is_told_to_log_in_says_the_same():
    made = ready()
    made.hear(b'{"id":"1","op":"order","data":[],"code":"60011","msg":"Please log in"}', 1)
    assert made.closing == "the login is gone"


def test_an_upgrade_notice_ends_it():
    made = ready()
    made.hear(b'{"event":"notice","code":"64008","msg":"soon","connId":"a"}', 1)
    assert (made.closing, made.code) == ("service upgrade", "64008")


# Silence.


def test_c23_sixty_seconds_without_a_push_end_it_though_it_answers_pings():
    made = ready()
    pings = 0
    for second in range(61):
        now = second * SECOND
        made.tick(now)
        if "ping" in made.requests():
            pings += 1
            made.hear(b"pong", now)
        if made.closing:
            break
    assert (second, made.closing, pings) == (60, "no push in 60 s", 2)


def test_c23_a_push_of_any_channel_is_a_sign_of_life():
    made = ready()
    for second in range(0, 300, 15):
        made.hear(push(ORDER), second * SECOND)
        made.tick(second * SECOND)
    assert made.closing == ""


def test_the_business_socket_may_be_still_for_as_long_as_it_answers():
    made = ready(channels=BUSINESS, pushes=False)
    for second in range(300):
        made.tick(second * SECOND)
        if "ping" in made.requests():
            made.hear(b"pong", second * SECOND)
    assert made.closing == ""


def test_A02_a_half_open_socket_is_found_within_25_s():
    made = ready()
    made.tick(20 * SECOND)
    assert made.requests() == ["ping"]
    made.tick(25 * SECOND)
    assert made.closing == "half-open: no answer to a ping"


def test_a_login_or_subscription_nobody_answers_ends_it_in_5_s():
    made = opened()
    made.tick(5 * SECOND)
    assert made.closing == "no answer to the login"
    made = opened()
    made.hear(b'{"event":"login","code":"0","msg":"","connId":"a"}', SECOND)
    made.tick(6 * SECOND)
    assert made.closing == "no answer to a subscription"


def test_due_is_never_later_than_what_tick_would_do():
    made = ready()
    for _ in range(10):
        now = made.due()
        before = (made.requests(), made.closing)
        made.tick(now)
        assert (made.requests(), made.closing) != before
        if made.closing:
            return
        made.hear(b"pong", now)
    raise AssertionError("the silence never ended it")
