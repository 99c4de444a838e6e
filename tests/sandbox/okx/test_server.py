"""The venue on a loopback port, with a real WebSocket client and a real HTTP client."""

import asyncio
import contextlib
import json

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pawang.sandbox.okx import serve_okx
from pawang.sandbox.okx.server import OkxVenue
from pawang.sandbox.seeded import SeededMarket

BTC = "BTC-USDT-SWAP"
BOOKS = {"channel": "books", "instId": BTC}
TRADES = {"channel": "trades", "instId": BTC}
START = 1_757_894_400_000


def socket_of(venue, path: str = "public", query: str = ""):
    return connect(f"ws://127.0.0.1:{venue.port}/ws/v5/{path}{query}", compression=None)


def http_of(venue) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{venue.port}", trust_env=False)


async def subscribe(client, *args: dict) -> None:
    await client.send(json.dumps({"op": "subscribe", "args": list(args)}))


async def until(client, wanted) -> dict:
    while True:
        message = json.loads(await client.recv())
        if wanted(message):
            return message


def is_tick(message: dict) -> bool:
    return message.get("event") == "clock"


def test_a_market_abreast_of_the_host_has_the_hosts_time_before_anybody_listens():
    """A desk on the wall's clock would else read books that are up to a minute old."""
    source = SeededMarket(7, ["BTC"], START)

    async def story():
        venue = OkxVenue(source, epoch=lambda: (START + 42_050) * 1_000_000, abreast=True)
        await venue.start()
        now_ms = venue.core.now_ms
        await venue.close()
        return now_ms

    assert asyncio.run(story()) == START + 42_000


def test_a_session_from_greeting_to_goodbye(serving, run):
    async def story():
        async with serving(speed=5.0) as venue, socket_of(venue, query="?brokerId=9999") as client:
            await client.send("ping")
            assert await client.recv() == "pong"
            await subscribe(client, BOOKS, TRADES)
            acks = [json.loads(await client.recv()) for _ in range(2)]
            assert [ack["arg"] for ack in acks] == [BOOKS, TRADES]
            snapshot = json.loads(await client.recv())
            assert (snapshot["action"], len(snapshot["data"][0]["bids"])) == ("snapshot", 400)
            held = {row[0]: row[1] for row in snapshot["data"][0]["bids"]}
            last = snapshot["data"][0]["seqId"]
            for _ in range(10):
                data = (await until(client, lambda one: one.get("action") == "update"))["data"][0]
                assert data["prevSeqId"] == last
                last = data["seqId"]
                held.update({row[0]: row[1] for row in data["bids"]})
            assert held["100000"] != "1"
            assert not any("clock" in str(message) for message in acks), (
                "no ticks for who did not ask"
            )

    run(story)


def test_a_following_desk_gets_ticks_and_holds_the_time(serving, run):
    async def story():
        async with serving(speed=60.0, wait_for_desk=True) as venue, http_of(venue) as http:
            waiting = (await http.get("/clock")).json()
            assert (waiting["running"], waiting["now"]) == (False, str(START * 1_000_000))
            async with socket_of(venue, query="?clock=1") as desk:
                assert is_tick(json.loads(await desk.recv()))
                await subscribe(desk, TRADES)
                held_at = START * 1_000_000 + 3_000_000_000  # 50 ms of wall time at 60 x
                tick = await until(desk, lambda one: one.get("now") == str(held_at))
                assert tick == {"event": "clock", "now": str(held_at), "speed": 60}
                assert (await http.get("/clock")).json()["now"] == str(held_at)
                for _ in range(100):
                    await desk.send(json.dumps({"op": "clock", "seen": tick["now"]}))
                    tick = await until(desk, is_tick)
                clock = (await http.get("/clock")).json()
                assert int(clock["now"]) > held_at
                assert (clock["speed"], clock["running"], clock["ended"]) == (60.0, True, False)
                assert 0 < clock["reached"] <= 60.5
                stats = (await http.get("/sandbox/stats")).json()
                assert (stats["connections"], stats["followers"], stats["subscriptions"]) == (
                    1,
                    1,
                    1,
                )

    run(story)


def test_a_recording_s_end_is_told_and_time_stops(serving, fixed_source, run):
    async def story():
        source = fixed_source(end_ms=START + 1_000)
        async with serving(source, speed=60.0, wait_for_desk=True) as venue, http_of(venue) as http:
            async with socket_of(venue, query="?clock=1") as desk:
                await subscribe(desk, TRADES)
                last = await until(desk, lambda one: one.get("ended"))
                assert last["now"] == str((START + 1_000) * 1_000_000)
            assert (await http.get("/clock")).json()["ended"] is True
            assert (await http.get("/api/v5/public/time")).json()["data"] == [
                {"ts": str(START + 1_000)}
            ]
            async with socket_of(venue, query="?clock=1") as late:
                assert json.loads(await late.recv())["ended"] is True

    run(story)


def test_silence_is_closed_with_4004(serving, run):
    async def story():
        async with serving(params={"silence_s": 0.0}) as venue, socket_of(venue) as client:
            await client.wait_closed()
            assert (client.close_code, client.close_reason) == (4004, "No data received in 30s")

    run(story)


def test_who_does_not_read_slows_the_market_and_is_closed_with_4005(serving, run):
    async def story():
        options = {"params": {"stuck_s": 0.0}}
        async with serving(speed=1_000.0, **options) as venue:
            reader, writer = await asyncio.open_connection("127.0.0.1", venue.port, limit=2_000)
            writer.write(
                b"GET /ws/v5/public HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n"
                b"connection: upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                b"sec-websocket-version: 13\r\n\r\n"
            )
            await reader.readuntil(b"\r\n\r\n")
            asked = {
                "op": "subscribe",
                "args": [BOOKS, TRADES, {"channel": "books5", "instId": BTC}],
            }
            text = json.dumps(asked).encode()
            writer.write(b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text)
            while venue.open_sockets or not venue.pump.held_turns:
                await asyncio.sleep(0)
            writer.transport.abort()

    run(story)


def test_three_connections_a_second_come_in_three_wait_and_more_are_refused(serving, run):
    async def story():
        async with serving(params={"connections_per_s": 3}) as venue:
            tried = [asyncio.ensure_future(opened(venue)) for _ in range(9)]
            told = await asyncio.gather(*tried, return_exceptions=True)
            came = [one for one in told if isinstance(one, ClientConnection)]
            refused = [one.response.status_code for one in told if isinstance(one, InvalidStatus)]
            assert (len(came), refused) == (6, [429] * 3)
            for one in came:
                await one.close()

    async def opened(venue):
        return await socket_of(venue)

    run(story)


def test_an_unknown_socket_path_is_404_and_a_long_frame_1009(serving, run):
    async def story():
        async with serving() as venue:
            with pytest.raises(InvalidStatus) as refused:
                await socket_of(venue, "nowhere")
            assert refused.value.response.status_code == 404
            async with socket_of(venue) as client:
                with contextlib.suppress(ConnectionClosed):
                    await client.send("x" * 70_000)
                await client.wait_closed()
                assert client.close_code == 1009

    run(story)


def test_faults_are_scripted_over_http(serving, run):
    async def story():
        async with serving() as venue, http_of(venue) as http:
            script = [
                {"kind": "http", "path": "/api/v5/public/", "status": 429},
                {"kind": "http", "status": 502, "body": "<html>bad gateway</html>"},
                {"kind": "http", "sending": "reset"},
                {"kind": "http", "sending": "truncate", "status": 200},
            ]
            for fault in script:
                assert (await http.post("/sandbox/fault", json=fault)).status_code == 200
            assert len((await http.get("/sandbox/fault")).json()["waiting"]) == 4
            busy = await http.get("/api/v5/public/time")
            assert (busy.status_code, busy.json()["code"]) == (429, "50011")
            html = await http.get("/api/v5/public/time")
            assert (html.status_code, html.headers["content-type"]) == (502, "text/html")
            for _ in range(2):
                with pytest.raises(httpx.TransportError):
                    await http.get("/api/v5/public/time")
            assert (await http.get("/api/v5/public/time")).json()["code"] == "0"
            assert (await http.post("/sandbox/fault", json={"kind": "x"})).status_code == 400
            await http.post("/sandbox/fault", json={"kind": "gap"})
            assert (await http.delete("/sandbox/fault")).json() == {"waiting": []}

    run(story)


@pytest.mark.parametrize(("kind", "code"), [("cut", 1006), ("mid_frame", 1006), ("close", 4006)])
def test_A01_A14_all_sockets_may_be_cut(serving, run, kind, code):
    async def story():
        async with serving() as venue, http_of(venue) as http, socket_of(venue) as client:
            await subscribe(client, BOOKS)
            await client.recv()
            await http.post("/sandbox/fault", json={"kind": kind})
            await client.wait_closed()
            assert client.close_code == code

    run(story)


def test_A12_a_notice_comes_before_the_close(serving, run):
    async def story():
        async with serving() as venue, http_of(venue) as http, socket_of(venue) as client:
            await http.post("/sandbox/fault", json={"kind": "notice", "seconds": 0.01})
            assert json.loads(await client.recv()) == {
                "event": "notice",
                "code": "64008",
                "msg": "The connection will soon be closed for a service upgrade. Please reconnect.",
                "connId": "00000001",
            }
            await client.wait_closed()
            assert client.close_code == 1001

    run(story)


def test_A02_a_half_open_socket_says_nothing_and_does_not_hold_the_time(serving, run):
    async def story():
        async with (
            serving(speed=20.0) as venue,
            http_of(venue) as http,
            socket_of(venue, query="?clock=1") as client,
        ):
            await client.recv()
            await http.post("/sandbox/fault", json={"kind": "half_open", "seconds": 60})
            before = venue.pump.steps
            while venue.pump.steps < before + 30:
                await asyncio.sleep(0)
            # What came before the fault may still be read; then there is nothing, and no end.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    async for text in client:
                        assert is_tick(json.loads(text))
            assert client.close_code is None
            client.transport.abort()

    run(story)


def test_the_control_side_is_documented(serving, run):
    async def story():
        async with serving() as venue, http_of(venue) as http:
            described = (await http.get("/openapi.json")).json()
            assert {"/clock", "/sandbox/stats", "/sandbox/fault"} <= set(described["paths"])
            assert "/api/v5/market/books" in described["paths"]
            assert "gap" in str(described["components"]["schemas"]["Fault"])
            assert "/sandbox/fault" in (await http.get("/")).text
            assert (await http.get("/nowhere")).status_code == 404
            assert (await http.post("/clock")).status_code == 405

    run(story)


def test_two_venues_do_not_share_a_port(fixed_source, run):
    async def story():
        first = await serve_okx(fixed_source())
        with pytest.raises(OSError, match="address"):
            await serve_okx(fixed_source(), port=first.port)
        await first.close()

    run(story)
