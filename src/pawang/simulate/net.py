"""TCP without sockets: the real doors and the real servers meet here, on virtual time.

    net = Network(loop, random.Random(7)); loop.net = net
    # from here asyncio.start_server, websockets.connect and httpx work as ever, in no time at all

What a line does is what TCP does: bytes of one direction arrive in order and whole, however they
were cut into segments; a close comes after what was written, a reset ends both; a dead line says
nothing for ever. Latency, tearing and refusals are drawn from one seeded source, so a seed is a
story. There is no bandwidth, no loss (TCP hides it: a stall is what is left of it) and no TLS.
"""

import asyncio
import contextvars
import random
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from socket import AF_INET
from typing import Any, Protocol

KERNEL_BYTES = 256 * 1024  # what a line swallows before a sender sees its own buffer grow
PORT_FIRST = 20_000
PIECES_MAX = 4  # of a torn write

Factory = Callable[[], asyncio.BaseProtocol]


@dataclass(frozen=True)
class Weather:
    """How lines behave until told otherwise. Seconds one way; `torn` of the writes arrive in
    several reads."""

    latency_s: tuple[float, float] = (0.002, 0.060)
    torn: float = 0.05


class Network:
    """All lines between all ends. `dialled` holds the virtual times of all attempts by
    port."""

    def __init__(
        self, loop: "Clocked", chance: random.Random, weather: Weather | None = None
    ) -> None:
        self.loop = loop
        self.chance = chance
        self.weather = weather or Weather()
        self.lines: dict[Line, None] = {}
        self.dialled: dict[int, list[float]] = {}
        self.met = 0  # lines so far
        self.refuses_until = 0.0  # connects get a reset
        self.swallows_until = 0.0  # connects get no answer at all
        self._ports: dict[int, VirtualServer] = {}

    def open_lines(self, port: int) -> list["Line"]:
        """The living lines to one server, oldest first."""
        return [line for line in self.lines if line.port == port]

    def listen(self, factory: Factory, port: int) -> "VirtualServer":
        port = port or PORT_FIRST + len(self._ports)
        if port in self._ports:
            raise OSError(f"port {port} is taken")
        server = self._ports[port] = VirtualServer(self, factory, port)
        return server

    def alias(self, port: int, of: int) -> None:
        """A second address of the same server: venues give their streams a host of their own."""
        self._ports[port] = self._ports[of]

    def close(self, port: int) -> None:
        self._ports.pop(port, None)

    async def connect(
        self, factory: Factory, port: int
    ) -> tuple["VirtualTransport", asyncio.BaseProtocol]:
        """What `loop.create_connection` does. OSError when nobody answers there."""
        self.dialled.setdefault(port, []).append(self.loop.time())
        await asyncio.sleep(self.latency())
        if self.loop.time() < self.swallows_until:
            await self.loop.create_future()  # no SYN-ACK ever: the caller's deadline ends it
        server = self._ports.get(port)
        if server is None or self.loop.time() < self.refuses_until:
            await asyncio.sleep(self.latency())
            raise ConnectionRefusedError(111, f"nobody listens on {port}")
        line = Line(self, port, server)
        self.lines[line] = None
        try:
            await asyncio.sleep(self.latency())
        except asyncio.CancelledError:
            line.cut()
            raise
        protocol = line.client.meet(factory)
        return line.client, protocol

    def latency(self) -> float:
        return self.chance.uniform(*self.weather.latency_s)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """One write as the segments it arrives in."""
        if len(data) < 2 or self.chance.random() >= self.weather.torn:
            yield data
            return
        start = 0
        for _ in range(PIECES_MAX - 1):
            stop = self.chance.randint(start, len(data))
            if stop > start:
                yield data[start:stop]
            start = stop
        if start < len(data):
            yield data[start:]


class Clocked(Protocol):
    """What the network needs of a loop."""

    def time(self) -> float: ...
    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any: ...
    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> Any: ...
    def create_future(self) -> "asyncio.Future[Any]": ...


class VirtualServer:
    """What `loop.create_server` returns, as far as anybody here uses it."""

    def __init__(self, net: Network, factory: Factory, port: int) -> None:
        self.net = net
        self.factory = factory
        self.port = port
        self.context = contextvars.copy_context()  # its lines belong to the node that listens

    @property
    def sockets(self) -> "list[Name]":
        return [Name("127.0.0.1", self.port)]

    def close(self) -> None:
        self.net.close(self.port)

    async def wait_closed(self) -> None:
        """Nothing is pending."""


class Line:
    """One connection: two ends."""

    def __init__(self, net: Network, port: int, server: VirtualServer) -> None:
        self.net = net
        self.port = port
        self.dead = False
        net.met += 1
        here, there = Name("127.0.0.1", 40_000 + net.met), Name("127.0.0.1", port)
        self.client = VirtualTransport(self, contextvars.copy_context(), here, there)
        self.server = VirtualTransport(self, server.context, there, here)
        self.client.peer, self.server.peer = self.server, self.client
        # A copy: a context is entered once at a time, and a server may dial itself.
        server.context.copy().run(self.server.meet, server.factory)

    def cut(self) -> None:
        """Both ends see a reset, each after its latency."""
        for end in (self.client, self.server):
            end.arrives(RESET)

    def die(self) -> None:
        """Half-open: nothing arrives any more, and nobody is told (A02)."""
        self.dead = True

    def stall(self, seconds: float) -> None:
        """Packets are lost and sent again: all that is written waits, then comes in order."""
        for end in (self.client, self.server):
            end.stalled_until = self.net.loop.time() + seconds

    def gone(self) -> None:
        if self.client.lost and self.server.lost:
            self.net.lines.pop(self, None)


class Name:
    """A socket's name, and as much of a socket as libraries ask about."""

    family = AF_INET

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port

    def getsockname(self) -> tuple[str, int]:
        return self.host, self.port

    def getpeername(self) -> tuple[str, int]:
        return self.host, self.port

    def fileno(self) -> int:
        return -1  # httpcore reads it as "do not use this connection again"

    def setsockopt(self, *_: object) -> None:
        """There is nothing to set."""


class _Sign:
    """Not bytes, but they travel in line with them."""


FIN, RESET = _Sign(), _Sign()


class VirtualTransport(asyncio.Transport):
    """One end of a line."""

    peer: "VirtualTransport"

    def __init__(self, line: Line, context: contextvars.Context, own: Name, other: Name) -> None:
        super().__init__()
        self.line = line
        self.lost = False
        self.stalled_until = 0.0
        self._context = context
        self._own, self._other = own, other
        self._protocol: Any = None
        self._flying: deque[bytes | _Sign] = deque()  # towards us
        self._lands_last = 0.0
        self._unread: deque[bytes | _Sign] = deque()
        self._unread_bytes = 0
        self._paused = False
        self._closing = False
        self._finished = False  # we said FIN
        self._high = 64 * 1024
        self._holds = False  # our protocol was told to pause writing

    def meet(self, factory: Factory) -> asyncio.BaseProtocol:
        self._protocol = factory()
        self._protocol.connection_made(self)
        self._drain()
        return self._protocol  # type: ignore[no-any-return]

    # What arrives.

    def arrives(self, what: bytes | _Sign) -> None:
        """It was sent just now; it lands after the latency and after all before it."""
        net = self.line.net
        wanted = max(net.loop.time(), self.peer.stalled_until) + net.latency()
        self._lands_last = max(self._lands_last, wanted)
        self._flying.append(what)
        net.loop.call_at(self._lands_last, self._land, context=self._context)

    def _land(self) -> None:
        what = self._flying.popleft()
        if self.lost or (self.line.dead and what is not RESET):
            return
        if what is RESET:
            self._unread.clear()
            self._lose(ConnectionResetError(104, "connection reset by peer"))
            return
        if self._closing and isinstance(what, bytes):
            self.peer.arrives(RESET)  # nobody reads here any more
            return
        self._unread.append(what)
        self._unread_bytes += len(what) if isinstance(what, bytes) else 0
        self._drain()
        self.peer._mind_buffer()

    def _drain(self) -> None:
        while self._unread and not self._paused and not self.lost and self._protocol is not None:
            what = self._unread.popleft()
            if isinstance(what, bytes):
                self._unread_bytes -= len(what)
                self._protocol.data_received(what)
            elif not self._protocol.eof_received():
                self.close()

    def _lose(self, reason: Exception | None) -> None:
        if self.lost:
            return
        self.lost = self._closing = True
        self.line.gone()
        loop, protocol = self.line.net.loop, self._protocol
        if protocol is not None:
            loop.call_soon(protocol.connection_lost, reason, context=self._context)

    # What the protocols call.

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self._finished:
            return
        for piece in self.line.net.pieces(bytes(data)):
            self.peer.arrives(piece)

    def write_eof(self) -> None:
        if not self._finished and not self.lost:
            self._finished = True
            self.peer.arrives(FIN)

    def can_write_eof(self) -> bool:
        return True

    def close(self) -> None:
        if not self._closing:
            self.write_eof()
            self._closing = True
            self._lose(None)

    def abort(self) -> None:
        if not self.lost:
            self.peer.arrives(RESET)
            self._lose(None)

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        self.line.net.loop.call_soon(self._resumed, context=self._context)

    def _resumed(self) -> None:
        self._drain()
        self.peer._mind_buffer()

    def is_reading(self) -> bool:
        return not self._paused and not self._closing

    def get_write_buffer_size(self) -> int:
        return max(0, self.peer._unread_bytes - KERNEL_BYTES)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = 64 * 1024 if high is None else high

    def _mind_buffer(self) -> None:
        full = self.get_write_buffer_size() > self._high
        if full is not self._holds and not self.lost:
            self._holds = full
            (self._protocol.pause_writing if full else self._protocol.resume_writing)()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {
            "socket": Peer(self._own, self._other),
            "sockname": self._own.getsockname(),
            "peername": self._other.getsockname(),
        }.get(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol  # type: ignore[no-any-return]

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol


class Peer(Name):
    """The socket of a line: its own name and the other's."""

    def __init__(self, own: Name, other: Name) -> None:
        super().__init__(own.host, own.port)
        self._other = other

    def getpeername(self) -> tuple[str, int]:
        return self._other.getsockname()
