"""Both ways to a WebSocket keep the same promises."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, WebSocketException

from pawang.venues.okx.sockets import SocketParams, dial

LIBRARIES = pytest.mark.parametrize("library", ["websockets", "picows"])
GONE = (OSError, TimeoutError, WebSocketException)


@asynccontextmanager
async def dialed(library, behave, **params):
    """A socket to a server that does `behave(line)`."""
    async with serve(behave, "127.0.0.1", 0, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        wanted = SocketParams(library=library, **params)
        socket = await dial(f"ws://127.0.0.1:{port}/ws/v5/public", wanted)
        try:
            yield socket
        finally:
            await socket.close()


async def take(socket, count) -> list[bytes]:
    frames: list[bytes] = []
    while len(frames) < count:
        frames += await socket.frames()
    return frames


def run(going) -> object:
    async def bounded():
        async with asyncio.timeout(20):
            return await going

    return asyncio.run(bounded())


@LIBRARIES
def test_frames_come_in_their_order_however_many_stand_ready(library):
    async def behave(line):
        for number in range(500):
            await line.send(f"frame {number}")
        await line.wait_closed()

    async def going():
        async with dialed(library, behave) as socket:
            first = await socket.frames()
            assert 1 <= len(first) <= SocketParams().batch_frames
            return first + await take(socket, 500 - len(first))

    assert run(going()) == [f"frame {number}".encode() for number in range(500)]


@LIBRARIES
def test_a_message_in_several_frames_is_one(library):
    async def behave(line):
        await line.send(["one ", "two ", "three"])
        await line.wait_closed()

    async def going():
        async with dialed(library, behave) as socket:
            return await socket.frames()

    assert run(going()) == [b"one two three"]


@LIBRARIES
def test_what_is_said_is_heard_and_a_ping_is_answered(library):
    async def behave(line):
        said = await line.recv()
        await (await line.ping())
        await line.send(f"heard {said}")
        await line.wait_closed()

    async def going():
        async with dialed(library, behave) as socket:
            await socket.say("ping")
            return await socket.frames()

    assert run(going()) == [b"heard ping"]


@LIBRARIES
def test_what_came_before_the_end_is_handed_over_then_the_end_is_raised(library):
    async def behave(line):
        await line.send("last words")
        await line.close(1012, "restart")

    async def going():
        async with dialed(library, behave) as socket:
            assert await socket.frames() == [b"last words"]
            with pytest.raises(ConnectionClosed):
                await socket.frames()
            with pytest.raises(GONE):
                await socket.say("too late")

    run(going())


@LIBRARIES
def test_A01_a_cut_line_raises_for_who_waits(library):
    async def behave(line):
        await line.send("hello")
        line.transport.abort()

    async def going():
        async with dialed(library, behave) as socket:
            await socket.frames()
            with pytest.raises(GONE):
                await socket.frames()

    run(going())


@LIBRARIES
def test_A16_a_frame_above_the_limit_closes_the_connection_with_1009(library):
    closed = asyncio.Event()
    codes: list[int | None] = []

    async def behave(line):
        await line.send("x" * 5_000)
        await line.wait_closed()
        codes.append(line.close_code)
        closed.set()

    async def going():
        async with dialed(library, behave, frame_bytes_max=4_000) as socket:
            with pytest.raises(GONE):
                await socket.frames()
        await closed.wait()

    run(going())
    assert codes == [1009]


@LIBRARIES
def test_A13_a_port_where_nobody_listens_raises(library):
    async def going():
        with pytest.raises(GONE):
            await dial("ws://127.0.0.1:9/ws/v5/public", SocketParams(library=library))

    run(going())


@LIBRARIES
def test_A15_a_reader_that_rests_leaves_the_line_full_and_loses_nothing(library):
    """The venue is held back by TCP: 20 MB are not taken in while nobody asks."""
    sent: list[int] = []
    text = "x" * 20_000

    async def behave(line):
        for number in range(1_000):
            await line.send(text)
            sent.append(number)
        await line.wait_closed()

    async def going():
        async with dialed(library, behave) as socket:
            held = len(await socket.frames())
            still = -1
            while still != len(sent):  # until the server cannot go on
                still = len(sent)
                for _ in range(50):
                    await asyncio.sleep(0.001)
            assert still < 1_000
            held += len(await take(socket, 1_000 - held))
            return held

    assert run(going()) == 1_000
