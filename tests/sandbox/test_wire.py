"""The thin server: plain requests, refused ones, spoiled answers, and sockets."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pawang.sandbox.wire import Request, Response, Server, Socket, frame


async def echo(request: Request) -> Response:
    body = f"{request.method} {request.path} {request.query} ".encode() + request.body
    return Response(200, body, {"content-type": "text/plain"})


async def echo_socket(request: Request, socket: Socket) -> None:
    async for text in socket:
        await socket.send(f"{request.path}: {text}")


@asynccontextmanager
async def serving(http=echo, websocket=echo_socket, **options):
    server = Server(http, websocket, **options)
    port = await server.start()
    try:
        yield port
    finally:
        await server.close()


def run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 10))


async def raw(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    answer = await reader.read()
    writer.close()
    return answer


def test_a_request_arrives_as_sent_and_its_answer_has_a_length():
    async def story():
        async with serving() as port, httpx.AsyncClient() as client:
            answer = await client.post(f"http://127.0.0.1:{port}/a%20b?x=1&y=%2B", content=b"hello")
            assert answer.text == "POST /a%20b x=1&y=%2B hello"
            assert answer.headers["content-length"] == str(len(answer.content))

    run(story)


def test_one_connection_carries_many_requests():
    peers: list[int] = []

    async def http(request: Request) -> Response:
        peers.append(1)
        return Response(200, request.body)

    async def story():
        async with serving(http) as port:
            one = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1"
            last = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 1\r\n\r\n2"
            answer = await raw(port, one + one + last)
            assert answer.count(b"HTTP/1.1 200") == 3
            assert answer.endswith(b"2")

    run(story)


def test_a_chunked_body_is_put_together():
    async def pieces():
        yield b"ab"
        yield b"cd"

    async def story():
        async with serving() as port, httpx.AsyncClient() as client:
            answer = await client.post(f"http://127.0.0.1:{port}/", content=pieces())
            assert answer.text == "POST /  abcd"

    run(story)


def test_head_has_the_length_without_the_body_and_options_says_what_may_be_asked():
    async def story():
        async with serving() as port, httpx.AsyncClient() as client:
            head = await client.head(f"http://127.0.0.1:{port}/x")
            assert (head.status_code, head.content) == (200, b"")
            assert int(head.headers["content-length"]) > 0
            options = await client.options(f"http://127.0.0.1:{port}/x")
            assert (options.status_code, options.headers["allow"]) == (
                204,
                "GET, HEAD, POST, OPTIONS",
            )

    run(story)


def test_a_body_over_the_limit_is_refused():
    async def story():
        async with serving(body_bytes_max=1000) as port, httpx.AsyncClient() as client:
            answer = await client.post(f"http://127.0.0.1:{port}/", content=b"x" * 5000)
            assert answer.status_code == 413

    run(story)


def test_garbage_is_answered_with_a_400_and_a_broken_handler_with_a_500():
    async def broken(request: Request) -> Response:
        raise ValueError("no")

    async def story():
        async with serving(broken) as port:
            assert (await raw(port, b"\x16\x03\x01 not http\r\n\r\n")).startswith(b"HTTP/1.1 400")
            assert (await raw(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")).startswith(
                b"HTTP/1.1 500"
            )

    run(story)


@pytest.mark.parametrize("fault", ["reset", "truncate"])
def test_a_spoiled_answer_is_an_error_for_the_client_after_the_effect(fault):
    effects: list[str] = []

    async def http(request: Request) -> Response:
        effects.append(request.path)
        return Response(200, b"x" * 1000, fault=fault)

    async def story():
        async with serving(http) as port, httpx.AsyncClient() as client:
            with pytest.raises(httpx.TransportError):
                await client.get(f"http://127.0.0.1:{port}/effect")
            assert effects == ["/effect"]

    run(story)


@pytest.mark.parametrize("fault", ["hang", "slow"])
def test_an_answer_may_never_come_to_its_end(fault):
    async def http(request: Request) -> Response:
        return Response(200, b"x" * 1000, fault=fault)

    async def story():
        async with serving(http) as port, httpx.AsyncClient(timeout=0.05) as client:
            with pytest.raises(httpx.TimeoutException):
                await client.get(f"http://127.0.0.1:{port}/")

    run(story)


def test_a_client_that_leaves_cancels_its_long_poll():
    left = asyncio.Event()

    async def http(request: Request) -> Response:
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return Response()

    async def story():
        async with serving(http) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /poll HTTP/1.1\r\nhost: x\r\n\r\n")
            await writer.drain()
            writer.close()
            await left.wait()

    run(story)


def test_a_socket_speaks_both_ways_and_closes_politely():
    async def story():
        async with serving() as port, connect(f"ws://127.0.0.1:{port}/ws?brokerId=9999") as client:
            for text in ("a", "ž" * 200, "x" * 60_000):
                await client.send(text)
                assert await client.recv() == f"/ws: {text}"
            await client.send(iter(["in ", "three ", "frames"]))
            assert await client.recv() == "/ws: in three frames"
            await client.ping()
            await client.close(1000)
            assert client.close_code == 1000

    run(story)


def test_a_frame_over_the_limit_is_closed_with_1009_and_bytes_with_1003():
    async def story():
        async with serving(frame_bytes_max=65_536) as port:
            for message, code in (("x" * 2_000_000, 1009), (b"bytes", 1003)):
                async with connect(f"ws://127.0.0.1:{port}/") as client:
                    with contextlib.suppress(ConnectionClosed):  # it may be told while sending
                        await client.send(message)
                    await client.wait_closed()
                    assert client.close_code == code

    run(story)


def test_the_server_closes_with_its_own_code():
    async def websocket(request: Request, socket: Socket) -> None:
        socket.push("last words")
        socket.close(4004, "No data received in 30s")
        socket.push("never sent")

    async def story():
        async with (
            serving(websocket=websocket) as port,
            connect(f"ws://127.0.0.1:{port}/") as client,
        ):
            assert await client.recv() == "last words"
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert (client.close_code, client.close_reason) == (4004, "No data received in 30s")

    run(story)


def test_a_socket_may_die_in_mid_frame():
    async def websocket(request: Request, socket: Socket) -> None:
        socket.write(frame(b"x" * 1000)[:500])
        await socket.drained()
        socket.abort()

    async def story():
        async with (
            serving(websocket=websocket) as port,
            connect(f"ws://127.0.0.1:{port}/") as client,
        ):
            with pytest.raises(ConnectionClosed):
                await client.recv()
            assert client.close_code == 1006

    run(story)


def test_a_peer_that_does_not_read_is_seen_in_the_buffer():
    async def story():
        seen = asyncio.get_running_loop().create_future()

        async def websocket(request: Request, socket: Socket) -> None:
            for _ in range(400):
                socket.push("x" * 50_000)
            seen.set_result(socket.buffered)
            socket.abort()

        async with serving(websocket=websocket) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
            )
            assert await seen > 1_000_000
            writer.close()

    run(story)


def test_an_upgrade_may_be_refused_and_a_wrong_one_is():
    async def full(request):
        return Response(429)

    async def story():
        async with serving(admit=full) as port:
            with pytest.raises(InvalidStatus) as refused:
                await connect(f"ws://127.0.0.1:{port}/")
            assert refused.value.response.status_code == 429
        async with serving() as port:
            answer = await raw(port, b"GET / HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 426")

    run(story)


def test_frames_sent_together_with_the_upgrade_are_not_lost():
    async def story():
        async with serving() as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"GET /early HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"
                b"\x81\x82\x00\x00\x00\x00hi"
            )
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(12) == frame(b"/early: hi")
            writer.close()

    run(story)


def test_closing_the_server_cuts_what_is_open():
    async def story():
        async with serving() as port:
            client = await connect(f"ws://127.0.0.1:{port}/")
        await client.wait_closed()
        assert client.close_code == 1006

    run(story)
