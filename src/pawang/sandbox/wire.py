"""A thin HTTP/1.1 and WebSocket server on one port, for the simulated services.

    request bytes --h11--> Request --http(request)--> Response --h11--> bytes, whole or spoiled
    "Upgrade: websocket" --> Socket --websocket(request, socket)--> frames both ways

Our own and not a web framework, because a fault script needs the raw transport: an answer that
is cut, reset, trickled or never sent, a socket that dies in mid-frame. Protocol knowledge stays
in the sans-I/O libraries `h11` and `websockets`. Wall time only; no request is ever scaled.

What is simple: no compression, no pipelining ahead of an answer, no HTTP/2.
"""

import asyncio
import contextlib
import logging
import socket as sockets
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import unquote

import h11
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

log = logging.getLogger(__name__)

READ_BYTES = 65_536
HEADER_BYTES_MAX = 65_536  # request line and headers together
BODY_BYTES_MAX = 64 * 1024 * 1024  # an upload to the simulated Telegram may be 50 MB
FRAME_BYTES_MAX = 65_536  # okx-v5.md 4: 64 KB a request; larger is closed with 1009
CONNECTIONS_MAX = 1_000  # a leak in a client shows as refusals, not as our memory
BUFFER_BYTES_HIGH = 1_048_576  # above it `send` waits
GOODBYE_S = 2.0  # how long a peer may take to answer our close frame

Fault = Literal["whole", "reset", "truncate", "hang", "slow"]
"""How an answer is sent: whole; not at all but a TCP reset (after the effect, if the handler had
one); half of it, then a cut; never; or one byte a second."""


@dataclass(frozen=True, slots=True)
class Request:
    """`path` and `query` are as sent (still percent-encoded); header names are lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    peer: str  # the client's address without port

    @property
    def name(self) -> str:
        """The path in plain words."""
        return unquote(self.path)


@dataclass(frozen=True, slots=True)
class Response:
    """`Content-Length` is added; `close` ends keep-alive after this answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    fault: Fault = "whole"
    close: bool = False


def frame(text: bytes) -> bytes:
    """One unmasked text frame (RFC 6455 5.2), to be made once and written to many sockets."""
    size = len(text)
    if size < 126:
        return b"\x81" + bytes((size,)) + text
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


class Socket:
    """One open WebSocket. After the end `push` and `send` are silent and iteration stops."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        frame_bytes_max: int,
        ahead: bytes = b"",  # frames that came together with the upgrade
    ) -> None:
        self._protocol = ServerProtocol(state=OPEN, max_size=frame_bytes_max)
        self._ahead = ahead
        self._reader = reader
        self._writer = writer
        self._texts: deque[str] = deque()
        self._fragments = bytearray()
        self._eof = False
        self._deadline: asyncio.TimerHandle | None = None
        writer.transport.set_write_buffer_limits(high=BUFFER_BYTES_HIGH)

    @property
    def open(self) -> bool:
        return self._protocol.state is OPEN and not self._writer.transport.is_closing()

    @property
    def buffered(self) -> int:
        """Bytes the peer has not taken yet (beyond the kernel's own buffer)."""
        return self._writer.transport.get_write_buffer_size()

    @property
    def close_code(self) -> int | None:
        """The code of the closed connection, None while it is open (1006 = it just went)."""
        return None if self.open else (self._protocol.close_code or 1006)

    def push(self, text: str) -> None:
        """Send without waiting; whoever pushes watches `buffered`."""
        self.write(frame(text.encode()))

    async def send(self, text: str) -> None:
        """Send, and wait while the peer is far behind."""
        self.push(text)
        await self.drained()

    def write(self, data: bytes) -> None:
        """Raw bytes: frames made by `frame`, or broken ones on purpose."""
        if self.open:
            self._writer.write(data)

    async def drained(self) -> None:
        """Wait until the peer has taken most of what was pushed."""
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        while not self._texts:
            if self._eof:
                raise StopAsyncIteration
            await self._read()
        return self._texts.popleft()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Say goodbye; iteration ends when the peer answers, or after GOODBYE_S."""
        if self.open:
            self._protocol.send_close(code, reason)
            self._flush()
            self._expect_end()

    def abort(self) -> None:
        """Cut the connection with a TCP reset; nothing that was buffered is sent."""
        reset(self._writer)
        self._reader.feed_eof()

    def rest(self) -> None:
        """Stop reading and answering while the connection stays up: a half-open peer (A02).
        `wake` ends it."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    def wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # it was not resting
            self._writer.transport.resume_reading()  # type: ignore[attr-defined]

    async def finish(self) -> None:
        """What the server does when the handler is done: close politely and read to the end."""
        self.close()
        while not self._eof:
            await self._read()
        if self._deadline:
            self._deadline.cancel()

    async def _read(self) -> None:
        data, self._ahead = self._ahead, b""
        if not data:
            with contextlib.suppress(ConnectionError):
                data = await self._reader.read(READ_BYTES)
        self._eof = self._eof or not data
        if data:
            self._protocol.receive_data(data)
        else:
            self._protocol.receive_eof()
        for event in self._protocol.events_received():
            self._take(event)
        self._flush()

    def _take(self, event: object) -> None:
        if not isinstance(event, Frame):
            return
        if event.opcode is Opcode.BINARY:
            self.close(1003, "text frames only")
        elif event.opcode in (Opcode.TEXT, Opcode.CONT):
            self._fragments += event.data
            if event.fin:
                whole, self._fragments = bytes(self._fragments), bytearray()
                self._decode(whole)

    def _decode(self, whole: bytes) -> None:
        try:
            self._texts.append(whole.decode())
        except UnicodeDecodeError:
            self.close(1007, "not UTF-8")

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if self._writer.transport.is_closing():
                return
            if data:
                self._writer.write(data)
            else:  # the library's sign for "end of stream"
                self._expect_end()
                if self._writer.can_write_eof():
                    with contextlib.suppress(OSError):  # the peer may be gone already
                        self._writer.write_eof()

    def _expect_end(self) -> None:
        # A peer that sends on after our close would be answered by a reset, which could overtake
        # the close frame; so we read on and cut only when it dawdles.
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(GOODBYE_S, self.abort)


def reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, not FIN: linger 0 makes the kernel forget what was not sent."""
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


HttpHandler = Callable[[Request], Awaitable[Response]]
SocketHandler = Callable[[Request, Socket], Awaitable[None]]
Admit = Callable[[Request], Awaitable[Response | None]]


class Server:
    """`http` answers requests, `websocket` owns a socket until it returns, `admit` may refuse an
    upgrade with an answer of its own. A client that leaves cancels its handler."""

    def __init__(
        self,
        http: HttpHandler,
        websocket: SocketHandler | None = None,
        *,
        admit: Admit | None = None,
        ssl_context: ssl.SSLContext | None = None,
        body_bytes_max: int = BODY_BYTES_MAX,
        frame_bytes_max: int = FRAME_BYTES_MAX,
    ) -> None:
        self.http = http
        self.websocket = websocket
        self.admit = admit
        self.ssl_context = ssl_context
        self.body_bytes_max = body_bytes_max
        self.frame_bytes_max = frame_bytes_max
        self._server: asyncio.Server | None = None
        self._tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; the port that was given. OSError when it is taken."""
        self._server = await asyncio.start_server(
            self._meet, host, port, ssl=self.ssl_context, limit=READ_BYTES
        )
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stop listening and cut every connection; returns when no handler runs any more."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._tasks) >= CONNECTIONS_MAX:
            reset(writer)
            return
        self._tasks[task] = writer
        try:
            await _Conversation(self, reader, writer).run()
        except (ConnectionError, asyncio.CancelledError):
            reset(writer)
        except Exception:  # a door of the house: one client's trouble is not the next one's
            log.exception("a connection ended in an error of ours")
            reset(writer)
        finally:
            del self._tasks[task]
            writer.close()


class _Conversation:
    """What one TCP connection says, request by request, until it ends or becomes a socket."""

    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer
        self.http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEADER_BYTES_MAX)
        self._reading: asyncio.Task[bytes] | None = None
        peer = writer.get_extra_info("peername")
        self.peer = str(peer[0]) if peer else ""

    async def run(self) -> None:
        try:
            while await self._exchange():
                self.http.start_next_cycle()
        finally:
            if self._reading is not None:
                self._reading.cancel()

    async def _exchange(self) -> bool:
        """One request and its answer; True when another may follow."""
        try:
            request = await self._request()
        except h11.RemoteProtocolError as error:
            return await self._send(Response(error.error_status_hint, close=True), "GET")
        if request is None:
            return False
        if isinstance(request, Response):  # refused while it was being read
            return await self._send(request, "GET")
        if self.server.websocket is not None and _wants_socket(request):
            return await self._upgrade(request)
        response = await self._answer(request)
        return response is not None and await self._send(response, request.method)

    async def _request(self) -> Request | Response | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self.http.next_event()
            if event is h11.NEED_DATA:
                if self.http.they_are_waiting_for_100_continue:
                    self._write(h11.InformationalResponse(status_code=100, headers=[]))
                self.http.receive_data(await self._read())
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > self.server.body_bytes_max:
                    return Response(413, close=True)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return self._composed(head, bytes(body))
            else:  # ConnectionClosed
                return None

    def _composed(self, head: h11.Request, body: bytes) -> Request:
        path, _, query = head.target.decode("ascii", "replace").partition("?")
        return Request(
            method=head.method.decode(),
            path=path,
            query=query,
            headers={name.decode(): value.decode("latin-1") for name, value in head.headers},
            body=body,
            peer=self.peer,
        )

    async def _answer(self, request: Request) -> Response | None:
        """The handler's answer, or None when the client left first (a long poll cut short)."""
        if request.method == "OPTIONS":
            return Response(204, headers={"allow": "GET, HEAD, POST, OPTIONS"})
        handler = asyncio.ensure_future(self.server.http(request))
        try:
            while not handler.done():
                if self._reading is None:
                    self._reading = asyncio.create_task(self.reader.read(READ_BYTES))
                    await asyncio.sleep(0)  # most handlers never wait
                    continue
                await asyncio.wait({handler, self._reading}, return_when="FIRST_COMPLETED")
                if self._reading.done() and not handler.done():
                    if not _result(self._reading):
                        return None
                    break  # it talks ahead: then it is there
            return await handler
        except Exception:  # a door of the house: the client gets a 500, we get the story
            log.exception("no answer to %s %s", request.method, request.path)
            return Response(500, close=True)
        finally:
            handler.cancel()

    async def _read(self) -> bytes:
        if self._reading is None:
            return await self.reader.read(READ_BYTES)
        pending, self._reading = self._reading, None
        return await pending

    # -- sending, well and badly ------------------------------------------------------------

    async def _send(self, response: Response, method: str) -> bool:
        if response.fault == "reset":
            reset(self.writer)
            return False
        if response.fault == "hang":
            while await self._read():
                pass
            return False
        data = self._encoded(response, method)
        if response.fault == "truncate":
            await self._write_raw(data[: max(1, len(data) - (len(response.body) + 1) // 2)])
            return False
        if response.fault == "slow":
            return await self._trickle(data)
        await self._write_raw(data)
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            return True
        await self._let_go()
        return False

    def _encoded(self, response: Response, method: str) -> bytes:
        headers = [("content-length", str(len(response.body))), *response.headers.items()]
        if response.status == 204:
            headers = headers[1:]
        if response.close:
            headers.append(("connection", "close"))
        head = h11.Response(status_code=response.status, headers=headers)
        if self.http.our_state is h11.MUST_CLOSE or self.http.our_state is h11.ERROR:
            return b""
        data = self.http.send(head) or b""
        if method != "HEAD" and response.body and response.status != 204:
            data += self.http.send(h11.Data(data=response.body)) or b""
        return data + (self.http.send(h11.EndOfMessage()) or b"")

    def _write(self, event: h11.Event) -> None:
        self.writer.write(self.http.send(event) or b"")

    async def _write_raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def _trickle(self, data: bytes) -> bool:
        for index in range(len(data)):
            await self._write_raw(data[index : index + 1])
            await asyncio.sleep(1)
        return False

    async def _let_go(self) -> None:
        """Read what a refused client still sends, for a moment: a reset would eat our answer."""
        if self.writer.can_write_eof():
            self.writer.write_eof()
        with contextlib.suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(GOODBYE_S):
                while await self._read():
                    pass

    # -- becoming a socket ------------------------------------------------------------------

    async def _upgrade(self, request: Request) -> bool:
        refusal = await self.server.admit(request) if self.server.admit else None
        if refusal is not None:
            return await self._send(refusal, request.method)
        handshake = ServerProtocol()
        target = request.path + (f"?{request.query}" if request.query else "")
        headers = Headers(list(request.headers.items()))
        handshake.send_response(handshake.accept(Handshake(target, headers)))
        await self._write_raw(b"".join(handshake.data_to_send()))
        if handshake.state is not OPEN:
            return False
        ahead = self.http.trailing_data[0]
        if self._reading is not None:
            ahead += await self._read()
        socket = Socket(self.reader, self.writer, self.server.frame_bytes_max, ahead)
        assert self.server.websocket is not None
        await self.server.websocket(request, socket)
        await socket.finish()
        return False


def _wants_socket(request: Request) -> bool:
    return request.method == "GET" and request.headers.get("upgrade", "").lower() == "websocket"


def _result(reading: asyncio.Task[bytes]) -> bytes:
    return b"" if reading.exception() is not None else reading.result()
