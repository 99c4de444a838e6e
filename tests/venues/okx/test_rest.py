"""The REST door: limits, retries, the breaker, and what each answer means."""

import asyncio
import json
import zlib

import httpx
import pytest

from pawang.guards.breaker import Transition
from pawang.model.refs import SECOND
from pawang.venues import http
from pawang.venues.okx.rest import Malformed, OkxRest, Refused, Retry, Unreachable
from pawang.venues.okx.wire import TimeRow

TIME = {"code": "0", "msg": "", "data": [{"ts": "1743041250440"}]}


class Chunks(httpx.AsyncByteStream):
    def __init__(self, data: bytes, step: int = 1000):
        self.data, self.step = data, step

    async def __aiter__(self):
        for start in range(0, len(self.data), self.step):
            yield self.data[start : start + self.step]


class Wall:
    """Moves when somebody sleeps on it, a nanosecond with each reading."""

    def __init__(self):
        self.now = SECOND

    def __call__(self) -> int:
        self.now += 1
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)
        await asyncio.sleep(0)


class Okx:
    """A venue that answers from a script; its last answer repeats."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked: list[tuple[int, str]] = []
        self.wall = Wall()
        self.transitions: list[Transition] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((self.wall.now, request.url.raw_path.decode()))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return httpx.Response(status, stream=Chunks(data))

    def rest(self, roll=0.5) -> OkxRest:
        transport = httpx.MockTransport(self)
        return OkxRest(
            "http://127.0.0.1:1",
            self.wall,
            lambda: roll,
            self.wall.sleep,
            self.transitions.append,
            transport,
        )


def ask(okx: Okx, path="public/time", query=None, times=1, rest=None):
    async def story():
        door = rest or okx.rest()
        try:
            for _ in range(times):
                parsed = await door.get(path, query or {})
            return parsed
        finally:
            await door.close()

    return asyncio.run(story())


def test_an_answer_is_parsed_by_its_endpoint():
    okx = Okx(TIME)
    assert ask(okx).records == (TimeRow(ts=1743041250440),)
    assert okx.asked[0][1] == "/api/v5/public/time"


@pytest.mark.parametrize(
    "busy",
    [
        (200, {"code": "50011", "msg": "Rate limit reached.", "data": []}),
        (429, {"code": "50011", "msg": "Rate limit reached.", "data": []}),
        (429, "Too Many Requests"),
        (503, {"code": "50001", "msg": "Service temporarily unavailable.", "data": []}),
        (502, "<html>Bad Gateway</html>"),
        httpx.ConnectError("no route"),
        httpx.ReadError("reset"),
    ],
)
def test_a_busy_or_absent_venue_is_asked_again_and_may_recover(busy):
    okx = Okx(busy, busy, TIME)
    assert ask(okx).records
    assert len(okx.asked) == 3


def test_retries_end_and_say_why():
    okx = Okx((503, {"code": "50001", "msg": "Service temporarily unavailable.", "data": []}))
    with pytest.raises(Retry, match=r"OKX public/time: 50001 Service temporarily unavailable\."):
        ask(okx)
    assert len(okx.asked) == 4


def test_a_venue_that_is_away_is_unreachable_and_the_words_hold_no_address():
    okx = Okx(httpx.ConnectError("http://127.0.0.1:1/api/v5/public/time?key=hunter2"))
    with pytest.raises(Unreachable) as caught:
        ask(okx)
    assert str(caught.value) == "OKX public/time: ConnectError"


@pytest.mark.parametrize(
    "no",
    [
        (200, {"code": "51001", "msg": "Instrument ID doesn't exist.", "data": []}),
        (400, {"code": "51000", "msg": "Parameter instId error", "data": []}),
        (401, {"msg": "Invalid Sign", "code": "50113", "data": []}),
    ],
)
def test_a_refusal_is_final_and_carries_the_code(no):
    okx = Okx(no)
    with pytest.raises(Refused) as caught:
        ask(okx)
    assert caught.value.code == no[1]["code"]
    assert len(okx.asked) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"<html>maintenance</html>", "frame"),
        (b"\xff\xfe", "frame"),
        (b"[" * 200_000, "frame"),
        ({"code": "0", "msg": "", "data": [{"ts": "soon"}]}, "data[0].ts"),
        ({"code": "0", "msg": ""}, "data"),
    ],
)
def test_A24_an_answer_that_breaks_its_contract_is_malformed_by_field(body, field):
    okx = Okx(body)
    with pytest.raises(Malformed) as caught:
        ask(okx)
    assert caught.value.field == field
    assert len(okx.asked) == 1


def test_one_bad_row_is_counted_and_the_others_are_used():
    okx = Okx({"code": "0", "data": [{"ts": "1743041250440"}, {"ts": "NaN"}]})
    rest = okx.rest()
    assert len(ask(okx, rest=rest).records) == 1
    assert rest.malformed == {"public/time data[1].ts": 1}


def test_A28_five_failures_in_a_row_open_the_breaker_and_nothing_is_asked_then():
    okx = Okx(httpx.ConnectError("down"))
    rest = okx.rest(roll=0.0)

    async def story():
        for _ in range(4):
            with pytest.raises(Unreachable):
                await rest.get("public/time", {})
        await rest.close()

    asyncio.run(story())
    assert len(okx.asked) == 5
    assert [(made.state, made.cause) for made in okx.transitions] == [("open", "Unreachable")]


def test_a_refusal_is_no_failure_of_the_venue():
    okx = Okx((200, {"code": "51001", "msg": "no such thing", "data": []}))
    rest = okx.rest()

    async def story():
        for _ in range(30):
            with pytest.raises(Refused):
                await rest.get("market/books", {})
        await rest.close()

    asyncio.run(story())
    assert rest.breaker.state == "closed"


@pytest.mark.parametrize(
    ("path", "most"),
    [("public/time", 10), ("market/books", 40), ("rubik/stat/taker-volume", 5)],
)
def test_no_two_seconds_hold_more_calls_than_the_endpoint_allows(path, most):
    rows = [["1743041250440", "1", "1"]] if "rubik" in path else []
    okx = Okx({"code": "0", "data": rows})
    ask(okx, path, times=3 * most)
    starts = [at for at, _ in okx.asked]
    for start in starts:
        assert sum(start <= other < start + 2 * SECOND for other in starts) <= most
    assert starts[-1] - starts[0] < 10 * SECOND


def test_some_endpoints_count_by_instrument():
    okx = Okx({"code": "0", "data": [["1743041250440", "1.5"]]})
    rest, path = okx.rest(), "rubik/stat/contracts/long-short-account-ratio-contract"

    async def story():
        for number in range(20):
            await rest.get(path, {"instId": f"C{number}-USDT-SWAP"})
        await rest.close()

    asyncio.run(story())
    assert okx.asked[-1][0] - okx.asked[0][0] < SECOND


def test_after_a_rate_limit_the_endpoint_rests_for_its_window():
    limited = (429, {"code": "50011", "msg": "Rate limit reached.", "data": []})
    okx = Okx(limited, TIME)
    ask(okx)
    assert okx.asked[1][0] - okx.asked[0][0] >= 2 * SECOND


# Bodies.


def fetch(transport):
    async def story():
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:1") as client:
            return await http.get(client, "/x", {})

    return asyncio.run(story())


def zipped(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=31)
    return packer.compress(data) + packer.flush()


def test_a_gzip_answer_is_inflated():
    headers = {"content-encoding": "gzip"}
    reply = httpx.Response(200, headers=headers, stream=Chunks(zipped(json.dumps(TIME).encode())))
    assert json.loads(fetch(httpx.MockTransport(lambda _: reply)).body) == TIME


@pytest.mark.parametrize(
    ("encoding", "data", "reason"),
    [
        ("gzip", zipped(bytes(http.BODY_MAX + 1)), f"above {http.BODY_MAX} bytes"),
        ("identity", bytes(http.BODY_MAX + 1), f"above {http.BODY_MAX} bytes"),
        ("gzip", b"no gzip at all", "broken gzip"),
        ("br", b"x", "nobody asked for"),
    ],
    ids=["a bomb", "too long", "broken", "strange"],
)
def test_A16_a_body_is_counted_as_it_inflates(encoding, data, reason):
    def answer(_):
        stream = Chunks(data, 64 * 1024)
        return httpx.Response(200, headers={"content-encoding": encoding}, stream=stream)

    with pytest.raises(http.Unreachable, match=reason):
        fetch(httpx.MockTransport(answer))


def test_A27_the_deadline_is_of_the_whole_call_and_not_of_each_read():
    """A server that drips: every read is in time, the whole is not. The loop's own clock jumps."""

    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self):
            while True:
                await asyncio.sleep(1)
                yield b" "

    async def story():
        loop = asyncio.get_running_loop()
        start = loop.time()
        reply = httpx.MockTransport(lambda _: httpx.Response(200, stream=Drip()))
        async with httpx.AsyncClient(transport=reply, base_url="http://127.0.0.1:1") as client:
            with pytest.raises(http.Unreachable, match="no whole answer in 5 s"):
                await http.get(client, "/x", {})
        return loop.time() - start

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        assert 5 <= runner.run(story()) < 6


class JumpingLoop(asyncio.SelectorEventLoop):
    """Its clock jumps to the next timer when there is nothing else to do."""

    def __init__(self):
        super().__init__()
        self._ahead = 0.0

    def time(self) -> float:
        return super().time() + self._ahead

    def _run_once(self):
        if not self._ready and self._scheduled:
            self._ahead += max(0.0, self._scheduled[0].when() - self.time())
        super()._run_once()
