"""The private side over real sockets: scripted answers, the control side, TLS."""

import asyncio
import json
import ssl
from datetime import UTC, datetime

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from pawang.sandbox.okx import AccountParams
from pawang.sandbox.okx.private.signing import LOGIN_PATH, signature
from pawang.sandbox.tls import make_certificate

BTC = "BTC-USDT-SWAP"
KEY = AccountParams()
LIMIT = {
    "instId": BTC,
    "tdMode": "cross",
    "side": "buy",
    "ordType": "limit",
    "px": "99000",
    "sz": "1",
}


def http_of(venue, **more) -> httpx.AsyncClient:
    base = f"http://127.0.0.1:{venue.port}"
    return httpx.AsyncClient(base_url=base, trust_env=False, **more)


async def ask(http: httpx.AsyncClient, method: str, path: str, body: object = None):
    text = "" if body is None else json.dumps(body)
    stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    headers = {
        "OK-ACCESS-KEY": KEY.key,
        "OK-ACCESS-PASSPHRASE": KEY.passphrase,
        "OK-ACCESS-TIMESTAMP": stamp,
        "OK-ACCESS-SIGN": signature(KEY.secret, f"{stamp}{method}/api/v5{path}{text}"),
        "Content-Type": "application/json",
    }
    return await http.request(method, f"/api/v5{path}", content=text, headers=headers)


async def script(http: httpx.AsyncClient, **fault) -> None:
    assert (await http.post("/sandbox/fault", json=fault)).status_code == 200


async def state(http: httpx.AsyncClient, name: str) -> str:
    answer = (await ask(http, "GET", f"/trade/order?instId={BTC}&clOrdId={name}")).json()
    return answer["data"][0]["state"] if answer["data"] else answer["code"]


def test_an_order_signed_by_the_host_s_clock_is_placed(serving, run):
    async def story():
        async with serving() as venue, http_of(venue) as http:
            answer = (await ask(http, "POST", "/trade/order", LIMIT | {"clOrdId": "a"})).json()
            assert answer["data"][0]["sCode"] == "0"
            assert await state(http, "a") == "live"

    run(story)


@pytest.mark.parametrize(
    ("fault", "after"),
    [
        ({"sending": "reset", "when": "after"}, "live"),
        ({"sending": "truncate", "when": "after"}, "live"),
        ({"sending": "reset"}, "51603"),
    ],
)
def test_c01_c02_a_lost_answer_may_or_may_not_have_had_its_effect(serving, run, fault, after):
    async def story():
        async with serving() as venue, http_of(venue) as http:
            await script(http, kind="http", path="/api/v5/trade/order", **fault)
            with pytest.raises(httpx.TransportError):
                await ask(http, "POST", "/trade/order", LIMIT | {"clOrdId": "a"})
            assert await state(http, "a") == after

    run(story)


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ({"status": 400}, 400, "50004"),
        ({"code": "51149"}, 500, "51149"),
        ({"status": 503}, 503, "50001"),
        ({"status": 502, "body": "<html>bad gateway</html>"}, 502, None),
    ],
)
def test_c04_an_answer_that_decides_nothing_comes_after_the_effect(
    serving, run, fault, status, code
):
    async def story():
        async with serving() as venue, http_of(venue) as http:
            await script(http, kind="http", path="/api/v5/trade/order", when="after", **fault)
            answer = await ask(http, "POST", "/trade/order", LIMIT | {"clOrdId": "a"})
            assert answer.status_code == status
            assert code is None or answer.json()["code"] == code
            assert await state(http, "a") == "live"

    run(story)


def test_c07_a_push_overtakes_an_answer_that_is_late(serving, run):
    async def story():
        async with serving() as venue, http_of(venue) as http:
            url = f"ws://127.0.0.1:{venue.port}/ws/v5/private"
            async with connect(url, proxy=None) as socket:
                await log_in(socket)
                await script(http, kind="http_delay", path="/api/v5/trade/order", seconds=0.3)
                asked = asyncio.create_task(ask(http, "POST", "/trade/order", LIMIT))
                push = json.loads(await socket.recv())
                assert (push["data"][0]["state"], asked.done()) == ("live", False)
                assert (await asked).json()["data"][0]["ordId"] == push["data"][0]["ordId"]

    run(story)


async def log_in(socket) -> None:
    stamp = str(int(datetime.now(UTC).timestamp()))
    sign = signature(KEY.secret, stamp + LOGIN_PATH)
    given = {"apiKey": KEY.key, "passphrase": KEY.passphrase, "timestamp": stamp, "sign": sign}
    await socket.send(json.dumps({"op": "login", "args": [given]}))
    assert json.loads(await socket.recv())["code"] == "0"
    args = [{"channel": "orders", "instType": "ANY"}]
    await socket.send(json.dumps({"op": "subscribe", "args": args}))
    events = [json.loads(await socket.recv())["event"] for _ in range(2)]
    assert events == ["subscribe", "channel-conn-count"]


def test_a16_a_frame_of_megabytes_is_more_than_a_client_takes(serving, run):
    async def story():
        async with serving() as venue, http_of(venue) as http:
            url = f"ws://127.0.0.1:{venue.port}/ws/v5/public"
            async with connect(url, proxy=None, max_size=1_000_000) as socket:
                await script(http, kind="huge", count=2)
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
                assert closed.value.sent.code == 1009

    run(story)


def test_a17_a18_garbage_comes_as_frames(serving, run):
    async def story():
        async with serving() as venue, http_of(venue) as http:
            url = f"ws://127.0.0.1:{venue.port}/ws/v5/public"
            async with connect(url, proxy=None) as socket:
                await script(http, kind="garbage", body="{nonsense")
                assert await socket.recv() == "{nonsense"
                await script(http, kind="garbage")
                texts = [await socket.recv(decode=False) for _ in range(4)]
                for text in texts:
                    with pytest.raises((ValueError, RecursionError)):
                        json.loads(text, parse_constant=_no_constant)

    run(story)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def test_a_crowd_order_moves_the_market_and_the_control_side_shows_the_account(serving, run):
    async def story():
        async with serving(wait_for_desk=True) as venue, http_of(venue) as http:
            await ask(http, "POST", "/trade/order", LIMIT | {"px": "100000"})
            crowd = {"inst_id": BTC, "side": "sell", "usd": 2_000.02}
            answer = await http.post("/sandbox/market", json=crowd)
            assert answer.json() == {"taken": "2"}
            account = (await http.get("/sandbox/account")).json()["accounts"][0]
            assert account["ended"][0]["state"] == "filled"
            assert account["positions"][0]["pos"] == "1"
            for bad in ({}, crowd | {"usd": 0}, crowd | {"inst_id": "X"}, crowd | {"side": "up"}):
                assert (await http.post("/sandbox/market", json=bad)).status_code == 400
            assert (await http.get("/sandbox/market")).status_code == 405

    run(story)


def test_over_tls_a_client_that_trusts_the_root_is_served_and_another_is_not(
    serving, run, tmp_path
):
    made = make_certificate(tmp_path, datetime.now(UTC))
    assert made.key.stat().st_mode & 0o077 == 0

    async def story():
        async with serving(ssl_context=made.context()) as venue:
            trusting = ssl.create_default_context(cafile=made.ca)
            base = f"https://localhost:{venue.port}"
            async with httpx.AsyncClient(base_url=base, trust_env=False, verify=trusting) as http:
                assert (await http.get("/api/v5/public/time")).status_code == 200
            url = f"wss://127.0.0.1:{venue.port}/ws/v5/private"
            async with connect(url, proxy=None, ssl=trusting) as socket:
                await log_in(socket)
            async with httpx.AsyncClient(base_url=base, trust_env=False) as stranger:
                with pytest.raises(httpx.ConnectError):
                    await stranger.get("/api/v5/public/time")

    run(story)
