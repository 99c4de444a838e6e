"""Frames of a hundred megabytes, plain and deflated, and what they cost us (A16).

The venue here speaks WebSocket by hand: no decent server would send these. Memory is this
process's own peak, venue included, which holds no more than a chunk at a time.
"""

import asyncio
import base64
import hashlib
import sys
import zlib
from contextlib import aclosing, suppress
from pathlib import Path

import pytest

from pawang.model.market import BookSnapshot, FeedLost
from pawang.model.refs import SECOND
from pawang.venues.okx.feed import FeedParams, OkxFeed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")

HUGE = 100 * 1024 * 1024
CHUNK = 64 * 1024
RISE_MAX = 32 * 1024 * 1024
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def zeros_deflated() -> bytes:
    """A hundred megabytes of zeros in about 100 kB, as permessage-deflate would send them."""
    packer = zlib.compressobj(wbits=-15)
    parts = [packer.compress(bytes(CHUNK)) for _ in range(HUGE // CHUNK)]
    return b"".join([*parts, packer.flush(zlib.Z_SYNC_FLUSH)])[:-4]


class Rise:
    """The process's peak memory from here on, in bytes above now."""

    def __init__(self):
        Path("/proc/self/clear_refs").write_text("5")
        self._began = self._read("VmRSS")

    def bytes(self) -> int:
        return self._read("VmHWM") - self._began

    @staticmethod
    def _read(name: str) -> int:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def plain():
    """One text frame of a hundred megabytes, in pieces."""
    yield b"\x81\x7f" + HUGE.to_bytes(8, "big")
    for _ in range(HUGE // CHUNK):
        yield bytes(CHUNK)


def deflated():
    """One text frame that inflates to as much."""
    body = zeros_deflated()
    yield b"\xc1\x7f" + len(body).to_bytes(8, "big")
    yield body


class Rude:
    """First a frame too large, then, to whoever comes back, a book."""

    def __init__(self, parts, polite: bytes, extension: bytes = b""):
        self.parts, self.polite, self.extension = parts, polite, extension
        self.codes: list[int] = []
        self.visits = 0

    async def visit(self, reader, writer):
        self.visits += 1
        try:
            await self._greet(reader, writer)
            if self.visits > 1:
                writer.write(b"\x81\x7e" + len(self.polite).to_bytes(2, "big") + self.polite)
                await reader.read()
                return
            sending = asyncio.create_task(self._send(writer))
            self.codes.append(await close_code(reader))
            sending.cancel()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _greet(self, reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        key = next(
            line.split(b": ")[1]
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"sec-websocket-key")
        )
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n" + self.extension + b"\r\n"
        )

    async def _send(self, writer):
        with suppress(ConnectionError):
            for part in self.parts():
                writer.write(part)
                await writer.drain()


async def close_code(reader) -> int:
    """Reads the client's masked frames until it closes, and why it does."""
    while True:
        first, second = await reader.readexactly(2)
        length = second & 0x7F
        if length == 126:
            length = int.from_bytes(await reader.readexactly(2), "big")
        mask = await reader.readexactly(4)
        body = await reader.readexactly(length)
        if first & 0x0F == 8:
            return int.from_bytes(bytes([body[0] ^ mask[0], body[1] ^ mask[1]]), "big")


async def meet(rude, btc, params):
    """What the desk is told until it has a book."""
    server = await asyncio.start_server(rude.visit, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/ws/v5/public"
    source = OkxFeed(
        url,
        {"BTC": btc},
        lambda: 0,
        lambda: round(loop.time() * SECOND),
        lambda: 0.0,
        channels=("books",),
        params=params,
    )
    items = []
    async with server, aclosing(source.events()) as events, asyncio.timeout(30):
        async for batch in events:
            items += batch
            if isinstance(items[-1], BookSnapshot):
                return items
    raise AssertionError("a feed has no end")


@pytest.mark.parametrize(
    ("parts", "deflate", "code"),
    [
        (plain, False, 1009),
        (deflated, True, 1009),
        (deflated, False, 1002),  # never agreed on: refused unread
    ],
    ids=["100 MB", "deflated to 100 kB", "deflated, unasked"],
)
def test_A16_a_frame_too_large_closes_the_connection_and_is_never_held(
    parts, deflate, code, btc, wire
):
    extension = b"Sec-WebSocket-Extensions: permessage-deflate\r\n" if deflate else b""
    rude = Rude(parts, wire.snapshot(), extension)
    rise = Rise()
    items = asyncio.run(meet(rude, btc, FeedParams(deflate=deflate)))
    assert rise.bytes() < RISE_MAX
    assert rude.codes == [code]
    assert [type(item) for item in items] == [FeedLost, BookSnapshot], "and it comes back"


def test_A16_the_measure_would_notice():
    """The peak counts what was held for a moment, or the bound above proves nothing."""
    rise = Rise()
    held = bytearray(b"x" * 2 * RISE_MAX)
    del held
    assert rise.bytes() > RISE_MAX
