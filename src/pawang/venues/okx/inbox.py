"""What every kind of socket has: its limits, its four words to the feed, and frames that wait."""

import asyncio
from collections import deque
from typing import Literal, Protocol

from pawang.model.codec import Record

Library = Literal["websockets", "picows"]


class SocketParams(Record):
    frame_bytes_max: int = 1024 * 1024  # a longer one closes the connection with 1009 (A16)
    frames_queued: int = 256  # read ahead before TCP is left to wait (A15)
    batch_frames: int = 256  # taken at once; a tick or a slot is never far behind
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
