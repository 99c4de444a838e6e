"""One WebSocket as the feed wants it: dial, take what stands ready, say, close.

`Socket` is the seam for another library; this is `websockets`. A frame above the limit closes the
connection with 1009 before it is held in memory, deflated ones before they are inflated (A16).
"""

import asyncio
from contextlib import suppress
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from pawang.model.codec import Record


class SocketParams(Record):
    frame_bytes_max: int = 1024 * 1024  # a longer one closes the connection with 1009 (A16)
    frames_queued: int = 64  # read ahead before TCP is left to wait (A15)
    batch_frames: int = 64  # taken at once; a tick or a slot is never far behind
    connect_s: float = 5.0  # DNS, TCP, TLS and handshake together (A25)
    close_s: float = 1.0  # a dead peer does not answer a close frame
    say_s: float = 1.0  # a peer that does not read fills the line; its silence ends it (A02)
    deflate: bool = False  # OKX's frames are small and many: inflating costs more than reading


class Socket(Protocol):
    """Every method raises OSError, TimeoutError or WebSocketException when the line is gone."""

    async def frames(self) -> list[bytes]:
        """At least one frame, and whatever else stands ready."""
        ...

    async def say(self, text: str) -> None: ...

    async def close(self) -> None: ...


class WebSocket:
    def __init__(self, line: ClientConnection, params: SocketParams) -> None:
        self._line = line
        self._params = params

    async def frames(self) -> list[bytes]:
        line = self._line
        taken = [await line.recv(decode=False)]
        # websockets has no "what is ready": its queue is the only place to look.
        while len(taken) < self._params.batch_frames and len(line.recv_messages.frames):
            taken.append(await line.recv(decode=False))
        return taken

    async def say(self, text: str) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._params.say_s):
                await self._line.send(text)

    async def close(self) -> None:
        with suppress(OSError, TimeoutError, ConnectionClosed):
            await self._line.close()


async def dial(url: str, params: SocketParams) -> WebSocket:
    """Open one. Raises OSError, TimeoutError or WebSocketException."""
    async with asyncio.timeout(params.connect_s):
        line = await connect(
            url,
            max_size=params.frame_bytes_max,
            max_queue=params.frames_queued,
            open_timeout=None,  # the deadline above holds for all of it
            close_timeout=params.close_s,
            ping_interval=None,  # OKX wants its own text ping
            compression="deflate" if params.deflate else None,
            proxy=None,
        )
    return WebSocket(line, params)
