"""Signed calls: sent once, exactly as signed, and each failure says what it was."""

import asyncio
import base64
import hashlib
import hmac
import json

import httpx
import pytest

from pawang.guards.secret import Secret
from pawang.model.refs import MILLISECOND, SECOND
from pawang.venues.okx import rest as door
from pawang.venues.okx.rest import Expired, Halted, Held, NotSent, OkxRest, Refused, Retry, Unknown
from pawang.venues.okx.signing import Credentials

UTC = 1_743_041_250 * SECOND
KEY = Credentials(Secret("the-key"), Secret("the-secret"), Secret("the-phrase"))
ORDER = {"instId": "BTC-USDT-SWAP", "sz": "1", "clOrdId": "pwx"}
ACK = {"code": "0", "msg": "", "data": [{"ordId": "7", "clOrdId": "pwx", "sCode": "0", "sMsg": ""}]}
CONFIG = {"code": "0", "data": [{"acctLv": "2", "posMode": "net_mode", "uid": "1", "perm": ""}]}


def failed(code: str, status: int = 200):
    return status, {"code": code, "msg": "no", "data": []}


class Whole(httpx.AsyncByteStream):
    def __init__(self, data: bytes):
        self.data = data

    async def __aiter__(self):
        yield self.data


def reply(status: int, body) -> httpx.Response:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.Response(status, stream=Whole(data))


class Venue:
    """Answers from a script, its last answer repeats; time stands unless somebody sleeps."""

    def __init__(self, *answers, demo=False, off=0):
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.told = []
        self.now = UTC
        self.off = off
        self.rest = OkxRest(
            "http://127.0.0.1:1",
            lambda: self.now,
            lambda: 0.0,
            self.sleep,
            self.told.append,
            httpx.MockTransport(self.answer),
            credentials=KEY,
            utc=lambda: self.now,
            demo=demo,
        )

    async def sleep(self, seconds: float) -> None:
        self.now += max(1, round(seconds * SECOND))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path == "/api/v5/public/time":
            ms = str((self.now + self.off) // MILLISECOND)
            return reply(200, {"code": "0", "data": [{"ts": ms}]})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return reply(status, body)

    def run(self, story):
        async def whole():
            try:
                return await story(self.rest)
            finally:
                await self.rest.close()

        return asyncio.run(whole())

    def place(self, **more):
        return self.run(lambda rest: rest.post("trade/order", ORDER, **more))

    @property
    def orders(self) -> int:
        return sum(request.method == "POST" for request in self.requests)


def test_the_body_leaves_exactly_as_it_was_signed():
    venue = Venue(ACK)
    [row] = venue.place().records
    [sent] = venue.requests
    assert (row.ord_id, row.s_code) == ("7", "0")
    assert sent.content == b'{"instId":"BTC-USDT-SWAP","sz":"1","clOrdId":"pwx"}'
    text = sent.headers["OK-ACCESS-TIMESTAMP"] + "POST/api/v5/trade/order" + sent.content.decode()
    mac = hmac.new(b"the-secret", text.encode(), hashlib.sha256).digest()
    assert sent.headers["OK-ACCESS-SIGN"] == base64.b64encode(mac).decode()
    assert sent.headers["Content-Type"] == "application/json"
    assert "x-simulated-trading" not in sent.headers


def test_a_query_is_signed_as_it_goes_over_the_wire():
    venue = Venue({"code": "0", "data": []})
    query = {"ordType": "conditional,oco", "instType": "SWAP"}
    venue.run(lambda rest: rest.get("trade/orders-algo-pending", query))
    [sent] = venue.requests
    target = sent.url.raw_path.decode()
    assert target == "/api/v5/trade/orders-algo-pending?ordType=conditional%2Coco&instType=SWAP"
    text = sent.headers["OK-ACCESS-TIMESTAMP"] + "GET" + target
    mac = hmac.new(b"the-secret", text.encode(), hashlib.sha256).digest()
    assert sent.headers["OK-ACCESS-SIGN"] == base64.b64encode(mac).decode()


def test_one_word_makes_it_demo_trading():
    venue = Venue(ACK, demo=True)
    venue.place()
    assert venue.requests[0].headers["x-simulated-trading"] == "1"


def test_an_order_says_until_when_it_is_wanted():
    venue = Venue(ACK)
    venue.place(expires=UTC + 5 * SECOND)
    assert venue.requests[0].headers["expTime"] == str((UTC + 5 * SECOND) // MILLISECOND)


def test_a_public_question_carries_no_key():
    venue = Venue({"code": "0", "data": []})
    venue.run(lambda rest: rest.get("public/instruments", {"instType": "SWAP"}))
    assert not [name for name in venue.requests[0].headers if name.startswith("ok-access")]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.ConnectError("refused"), NotSent),
        (httpx.ConnectTimeout("slow"), NotSent),
        (httpx.ReadError("reset"), Unknown),
        (httpx.WriteError("half"), Unknown),
        (httpx.ReadTimeout("silent"), Unknown),
        (httpx.RemoteProtocolError("closed"), Unknown),
        (failed("50004", 400), Unknown),
        (failed("51149", 500), Unknown),
        (failed("51054", 500), Unknown),
        ((502, b"<html>Bad Gateway</html>"), Unknown),
        ((200, b'{"code":"0","data":[{"ordId":'), Unknown),
        (failed("50011"), Retry),
        (failed("50011", 429), Retry),
        ((429, b"slow down"), Retry),
        (failed("50001", 503), Retry),
        (failed("51000", 400), Refused),
        ((403, b"<html>no</html>"), Refused),
        (failed("50113", 401), Halted),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, type) else value.__name__,
)
def test_c01_c04_an_order_is_sent_once_whatever_happens_and_the_error_says_what_is_known(
    answer, error
):
    venue = Venue(answer)
    with pytest.raises(error) as caught:
        venue.place()
    assert type(caught.value) is error
    assert venue.orders == 1


def test_a_question_is_asked_again_when_the_outcome_of_asking_is_unknown():
    venue = Venue(failed("50004", 400), httpx.ReadError("reset"), CONFIG)
    assert venue.run(lambda rest: rest.get("account/config", {})).records


def test_c19_the_first_refused_key_shuts_every_signed_call_and_no_public_one():
    venue = Venue(failed("50111", 401), {"code": "0", "data": []})

    async def story(rest):
        for _ in range(3):
            with pytest.raises(Halted):
                await rest.post("trade/order", ORDER)
        with pytest.raises(Halted, match="the key is refused: OKX trade/order: 50111"):
            await rest.get("account/config", {})
        await rest.get("public/instruments", {})

    venue.run(story)
    assert [request.url.path for request in venue.requests] == [
        "/api/v5/trade/order",
        "/api/v5/public/instruments",
    ]
    assert [(made.state, made.cause) for made in venue.told] == [
        ("open", "auth: OKX trade/order: 50111 no")
    ]
    assert venue.rest.breaker.state == "closed"


def test_c19_it_stays_shut_until_a_person_opens_it():
    venue = Venue(failed("50110", 401), ACK)

    async def story(rest):
        with pytest.raises(Halted):
            await rest.post("trade/order", ORDER)
        await venue.sleep(86_400)
        with pytest.raises(Halted):
            await rest.post("trade/order", ORDER)
        rest.auth.close()
        return await rest.post("trade/order", ORDER)

    assert venue.run(story).records


def test_c18_a_stamp_that_is_too_old_is_tried_once_more_by_the_venues_clock():
    venue = Venue(failed("50102", 401), ACK, off=40 * SECOND)
    assert venue.place().records
    paths = [request.url.path for request in venue.requests]
    assert paths == ["/api/v5/trade/order", *["/api/v5/public/time"] * 5, "/api/v5/trade/order"]
    assert venue.requests[-1].headers["OK-ACCESS-TIMESTAMP"] == "2025-03-27T02:08:10.750Z"
    assert venue.rest.clock.off


def test_c18_and_not_a_third_time():
    venue = Venue(failed("50102", 401))
    with pytest.raises(Halted, match="50102 even after a resync"):
        venue.place()
    assert venue.orders == 2


def test_c26_50011_makes_the_next_order_wait_for_the_window_and_a_cancel_does_not():
    venue = Venue(failed("50011"), ACK)

    async def story(rest):
        with pytest.raises(Retry):
            await rest.post("trade/order", ORDER, instrument="BTC-USDT-SWAP")
        await rest.post("trade/cancel-order", {}, instrument="BTC-USDT-SWAP")
        cancelled = venue.now
        await rest.post("trade/order", ORDER, instrument="BTC-USDT-SWAP")
        return cancelled, venue.now

    assert venue.run(story) == (UTC, UTC + 2 * SECOND)


def test_I4_the_gate_is_asked_after_the_wait_and_before_the_bytes():
    venue = Venue(failed("50011"), ACK)
    gate = iter([True, False])

    async def story(rest):
        for error in (Retry, Held):
            with pytest.raises(error):
                await rest.post("trade/order", ORDER, admits=lambda: next(gate))

    venue.run(story)
    assert venue.orders == 1


def test_an_order_that_waited_past_its_time_does_not_leave():
    venue = Venue(failed("50011"), ACK)

    async def story(rest):
        with pytest.raises(Retry):
            await rest.post("trade/order", ORDER)
        with pytest.raises(Expired, match="expired while it waited"):
            await rest.post("trade/order", ORDER, expires=UTC + SECOND)

    venue.run(story)
    assert venue.orders == 1


def test_A28_an_open_breaker_keeps_orders_back_and_lets_cancels_through():
    venue = Venue(*[httpx.ReadError("reset")] * 5, ACK)

    async def story(rest):
        for _ in range(5):
            with pytest.raises(Unknown):
                await rest.post("trade/order", ORDER)
        with pytest.raises(NotSent, match="paused"):
            await rest.post("trade/order", ORDER)
        return await rest.post("trade/cancel-order", {"ordId": "7"})

    assert venue.run(story).records
    assert venue.orders == 6
    assert venue.rest.breaker.state == "closed"


def test_a_sick_account_is_asked_again_every_ten_seconds_at_the_latest():
    venue = Venue(httpx.ReadError("reset"))

    async def story(rest):
        for _ in range(600):
            with pytest.raises((Unknown, NotSent)):
                await rest.post("trade/order", ORDER)
            await venue.sleep(1)

    venue.run(story)
    assert 60 <= venue.orders <= 100


def test_c26_eight_hanging_orders_do_not_keep_a_cancel_waiting():
    """Entries fill every place in flight; the cancel has its own."""

    async def story():
        cancelled, asked = asyncio.Event(), []

        async def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.path)
            if request.url.path.endswith("cancel-order"):
                cancelled.set()
            await cancelled.wait()
            return reply(200, ACK)

        rest = OkxRest(
            "http://127.0.0.1:1",
            lambda: UTC,
            lambda: 0.0,
            transport=httpx.MockTransport(answer),
            credentials=KEY,
        )
        entries = [
            asyncio.create_task(rest.post("trade/order", ORDER))
            for _ in range(door.IN_FLIGHT_MAX + 2)
        ]
        while len(asked) < door.IN_FLIGHT_MAX:
            await asyncio.sleep(0)
        await rest.post("trade/cancel-order", {"ordId": "7"})
        await asyncio.gather(*entries)
        await rest.close()
        return asked

    asked = asyncio.run(story())
    assert asked[door.IN_FLIGHT_MAX] == "/api/v5/trade/cancel-order"
