"""One WebSocket as the feed wants it: dial, take what stands ready, say, close.

`Socket` is the seam; there are two ways to it, and a word in the params says which:

    websockets   its protocol without I/O over an asyncio transport; always there
    picows       in C, for a busy desk (extra `fast`); where it is absent, websockets serves

Both take all frames that one read of the line brought. A frame above the limit closes the
connection with 1009 before it is held in memory, deflated ones before they are inflated (A16).
"""

import asyncio
import ssl
from collections import deque
from contextlib import suppress
from importlib.util import find_spec
from typing import Literal, Protocol, cast

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import WebSocketURI, parse_uri

from pawang.model.codec import Record

Library = Literal["websockets", "picows"]


class SocketParams(Record):
    frame_bytes_max: int = 1024 * 1024  # a longer one closes the connection with 1009 (A16)
    frames_queued: int = 64  # read ahead before TCP is left to wait (A15)
    batch_frames: int = 64  # taken at once; a tick or a slot is never far behind
    connect_s: float = 5.0  # DNS, TCP, TLS and handshake together (A25)
    close_s: float = 1.0  # a dead peer does not answer a close frame
    say_s: float = 1.0  # a peer that does not read fills the line; its silence ends it (A02)
    deflate: bool = False  # OKX's frames are small and many: inflating costs more than reading
    library: Library = "websockets"


class Socket(Protocol):
    """Every method raises OSError, TimeoutError or WebSocketException when the line is gone."""

    async def frames(self) -> list[bytes]:
        """At least one frame, and whatever else stands ready."""
        ...

    async def say(self, text: str) -> None: ...

    async def close(self) -> None: ...


async def dial(url: str, params: SocketParams) -> Socket:
    """Open one. Raises OSError, TimeoutError or WebSocketException."""
    if params.library == "picows" and not params.deflate and find_spec("picows") is not None:
        from pawang.venues.okx import sockets_picows  # an extra: not everybody has it

        return await sockets_picows.dial(url, params)
    uri = parse_uri(url)
    async with asyncio.timeout(params.connect_s):
        _, line = await asyncio.get_running_loop().create_connection(
            lambda: WebSocket(uri, params),
            uri.host,
            uri.port,
            ssl=ssl.create_default_context() if uri.secure else None,
        )
        try:
            await line.opened()
        except BaseException:
            line.transport.abort()
            raise
    return line


class Inbox:
    """Frames that wait for the feed; the line is held back while there are too many."""

    def __init__(self, params: SocketParams) -> None:
        self.waiting: deque[bytes] = deque()
        self.gone: Exception | None = None
        self.held = False
        self._params = params
        self._news = asyncio.Event()

    @property
    def full(self) -> bool:
        return len(self.waiting) >= self._params.frames_queued

    def wake(self) -> None:
        self._news.set()

    def end(self, why: Exception) -> None:
        """Nothing more will come; what waits is still handed over."""
        if self.gone is None:
            self.gone = why
        self._news.set()

    async def take(self) -> list[bytes]:
        """At least one frame, at most `batch_frames`."""
        while not self.waiting:
            if self.gone is not None:
                raise self.gone
            self._news.clear()
            await self._news.wait()
        waiting, most = self.waiting, self._params.batch_frames
        if len(waiting) <= most:
            taken = list(waiting)
            waiting.clear()
            return taken
        return [waiting.popleft() for _ in range(most)]


class WebSocket(asyncio.Protocol):
    """`websockets`' own state machine, fed by the transport."""

    transport: asyncio.Transport

    def __init__(self, uri: WebSocketURI, params: SocketParams) -> None:
        self._params = params
        self._inbox = Inbox(params)
        deflate = [ClientPerMessageDeflateFactory()] if params.deflate else None
        self._machine = ClientProtocol(uri, extensions=deflate, max_size=params.frame_bytes_max)
        self._parts: list[bytes] = []  # of a message in several frames
        self._greeted = asyncio.Event()
        self._gone = asyncio.Event()
        self._flows = asyncio.Event()
        self._flows.set()

    async def opened(self) -> None:
        await self._greeted.wait()
        if self._machine.handshake_exc is not None:
            raise self._machine.handshake_exc
        if self._machine.state is not State.OPEN:
            raise self._end()

    async def frames(self) -> list[bytes]:
        taken = await self._inbox.take()
        if self._inbox.held and not self._inbox.full:
            self._inbox.held = False
            self.transport.resume_reading()
        return taken

    async def say(self, text: str) -> None:
        if self._machine.state is not State.OPEN:
            raise self._end()
        self._machine.send_text(text.encode())
        self._send()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._params.say_s):
                await self._flows.wait()

    async def close(self) -> None:
        if self._machine.state is State.OPEN:
            self._machine.send_close(1000)
            self._send()
        if self._inbox.held and not self._gone.is_set():
            self.transport.resume_reading()  # the answer to our close stands behind what waits
        with suppress(TimeoutError):
            async with asyncio.timeout(self._params.close_s):
                await self._gone.wait()
        self.transport.abort()

    # What the transport calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._machine.send_request(self._machine.connect())
        self._send()

    def data_received(self, data: bytes) -> None:
        self._machine.receive_data(data)
        self._heard()

    def eof_received(self) -> None:
        self._machine.receive_eof()
        self._heard()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._machine.state is not State.CLOSED:
            self._machine.receive_eof()
        self._inbox.end(self._end())
        self._greeted.set()
        self._gone.set()
        self._flows.set()

    def pause_writing(self) -> None:
        self._flows.clear()

    def resume_writing(self) -> None:
        self._flows.set()

    # Between the two.

    def _heard(self) -> None:
        waiting = self._inbox.waiting
        for event in self._machine.events_received():
            if isinstance(event, Frame):
                if event.opcode is Opcode.TEXT and event.fin:
                    waiting.append(bytes(event.data))
                else:
                    self._part(event)
            else:
                self._greeted.set()
        if self._machine.handshake_exc is not None:
            self._greeted.set()
        self._send()
        self._inbox.wake()
        if self._inbox.full and not self._inbox.held and not self._machine.close_expected():
            self._inbox.held = True
            self.transport.pause_reading()

    def _part(self, frame: Frame) -> None:
        """Of a message in several frames, or of another kind than text."""
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            self._parts.append(bytes(frame.data))
            if frame.fin:
                self._inbox.waiting.append(b"".join(self._parts))
                self._parts = []

    def _send(self) -> None:
        for data in self._machine.data_to_send():
            if data:
                self.transport.write(data)
            elif self.transport.can_write_eof():
                with suppress(OSError):
                    self.transport.write_eof()
            else:
                self.transport.close()  # TLS knows no half-closed line
        if self._machine.close_expected() and self._machine.state is State.CLOSED:
            self.transport.close()

    def _end(self) -> Exception:
        if self._machine.state is State.CLOSED:
            return self._machine.close_exc
        return ConnectionError("the line is closing")
