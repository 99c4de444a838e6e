"""The public stream as a `Feed`: batches of records, gaps said before anybody reads over them.

The rules are `connection`'s; here are the socket, the clock's readings, and the way back after a
cut: full jitter up to 60 s, at most 3 connects a second. A batch is what one read of the socket
brought. Health is told when it changes, and a cut only if it lasts (A01).

A URL with `clock=1` follows a sandbox's scaled desk time: `ClockTick`s come in their place among
the records, and when the consumer comes back for the next batch the venue is told how far the
desk has got ("seen"), so that time never runs away from a slow desk.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, suppress
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from pawang.guards.bucket import TokenBucket
from pawang.guards.retry import RetryPlan
from pawang.model.codec import Record
from pawang.model.event import HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.market import FeedLost
from pawang.model.refs import SECOND
from pawang.venues.okx.connection import ClockTick, Connection, Item
from pawang.venues.okx.subscriptions import CHANNELS, ConnectionParams

__all__ = ["ClockTick", "FeedParams", "Item", "OkxFeed"]


class FeedParams(Record):
    frame_bytes_max: int = 1024 * 1024  # a longer one closes the connection with 1009 (A16)
    frames_queued: int = 64  # read ahead before TCP is left to wait (A15)
    batch_frames: int = 64  # of one batch; a tick or a slot is never far behind
    connect_s: float = 5.0  # DNS, TCP, TLS and handshake together (A25)
    close_s: float = 1.0  # a dead peer does not answer a close frame
    quiet_cut_s: float = 10.0  # a cut that heals sooner is not worth a message (A01)
    steady_s: float = 30.0  # a connection that lived this long starts the delays afresh


class OkxFeed:
    """`now` reads desk time for `ts_recv`; `wall` runs timers; `roll` in [0, 1) is chance.

    `connects` may be shared by all feeds of a process: the limit is per address (A13).
    """

    connection = Connection  # what is made for each life of the socket

    def __init__(
        self,
        url: str,
        instruments: Mapping[str, Instrument],
        now: Callable[[], int],
        wall: Callable[[], int],
        roll: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        *,
        channels: Sequence[str] = CHANNELS,
        params: FeedParams | None = None,
        rules: ConnectionParams | None = None,
        connects: TokenBucket | None = None,
    ) -> None:
        self._url = url
        self._follows = "1" in parse_qs(urlsplit(url).query).get("clock", [])
        self._instruments = tuple(instruments.values())
        self._now = now
        self._wall = wall
        self._roll = roll
        self._sleep = sleep
        self._channels = tuple(channels)
        self._params = params or FeedParams()
        self._rules = rules or ConnectionParams()
        # One token, a bit slower than three a second: no second holds a fourth (A13).
        self._connects = connects or TokenBucket(1, 2.9)
        self._retry = RetryPlan()
        self._attempt = 0
        self._cut_at: int | None = None
        self._told_cut = False
        self.malformed: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.frames = 0
        self.connections = 0

    async def events(self) -> AsyncIterator[list[Item]]:
        """For ever; a recording's end comes as a tick with `ended`."""
        while True:
            connection = self.connection(self._instruments, self._channels, self._rules)
            began = self._wall()
            try:
                async with aclosing(self._life(connection)) as life:
                    async for batch in life:
                        yield batch
                reason = connection.closing or "closed by the venue"
            except (OSError, TimeoutError, WebSocketException) as cut:
                reason = _words(cut)
            finally:
                self._count(connection)
            if connection.frames or self._cut_at is None:
                yield self._lost(reason)
            steady = self._wall() - began >= self._params.steady_s * SECOND
            self._attempt = 1 if steady and connection.streaming else self._attempt + 1
            if connection.upgrading:
                continue
            async for batch in self._rest(reason):
                yield batch

    def _count(self, connection: Connection) -> None:
        self.malformed.update(connection.malformed)
        self.verdicts.update(connection.verdicts)
        self.frames += connection.frames

    def _lost(self, reason: str) -> list[Item]:
        """Everything is unknown from here, said at once."""
        now = self._now()
        if self._cut_at is None:
            self._cut_at = self._wall()
        return [
            FeedLost(instrument=one.name, ts_event=now, ts_recv=now, channel="all", reason=reason)
            for one in self._instruments
        ]

    async def _rest(self, reason: str) -> AsyncIterator[list[Item]]:
        """Wait before the next try; on the way, tell of a cut that lasts."""
        wait = self._retry.delay(self._attempt, self._roll())
        assert wait is not None, "the feed never gives up"
        assert self._cut_at is not None
        quiet = self._cut_at + round(self._params.quiet_cut_s * SECOND) - self._wall()
        if not self._told_cut and quiet <= wait:
            if quiet > 0:
                await self._sleep(quiet / SECOND)
                wait -= quiet
            self._told_cut = True
            yield [HealthChanged(provider="okx", state="unreachable", reason=reason)]
        await self._sleep(wait / SECOND)

    def _back(self) -> list[Item]:
        """Data flows again: the incident is over."""
        told, self._told_cut, self._cut_at = self._told_cut, False, None
        if not told:
            return []
        return [HealthChanged(provider="okx", state="live", reason="streaming again")]

    # One connection.

    async def _life(self, connection: Connection) -> AsyncGenerator[list[Item], None]:
        while wait := self._connects.take(self._wall()):
            await self._sleep(wait / SECOND)
        socket = await self._dial()
        self.connections += 1
        away = 0  # time the consumer took: nobody listened then
        try:
            connection.open(self._wall())
            while not connection.closing:
                for text in connection.requests():
                    await socket.send(text)
                frames = await self._read(socket, connection.due() - (self._wall() - away))
                batch, seen = self._work(connection, frames, self._wall() - away)
                if connection.streaming and self._cut_at is not None:
                    batch += self._back()
                if batch:
                    left = self._wall()
                    yield batch
                    away += self._wall() - left
                if seen is not None and self._follows:
                    # Only now: the consumer came back, so it has worked this batch off.
                    await socket.send(json.dumps({"op": "clock", "seen": str(seen)}))
        finally:
            with suppress(OSError, TimeoutError, ConnectionClosed):
                await socket.close()

    async def _dial(self) -> ClientConnection:
        async with asyncio.timeout(self._params.connect_s):
            return await connect(
                self._url,
                max_size=self._params.frame_bytes_max,
                max_queue=self._params.frames_queued,
                open_timeout=None,  # the deadline above holds for all of it
                close_timeout=self._params.close_s,
                ping_interval=None,  # OKX wants its own text ping
                compression=None,
                proxy=None,
            )

    async def _read(self, socket: ClientConnection, wait_ns: int) -> list[bytes]:
        """At least one frame and whatever else stands ready; none when time is up."""
        if not len(socket.recv_messages.frames):
            try:
                async with asyncio.timeout(max(wait_ns, 0) / SECOND):
                    frames = [await socket.recv(decode=False)]
            except TimeoutError:
                return []
        else:
            frames = [await socket.recv(decode=False)]
        # websockets has no "what is ready": its queue is the only place to look.
        while len(frames) < self._params.batch_frames and len(socket.recv_messages.frames):
            frames.append(await socket.recv(decode=False))
        return frames

    def _work(
        self, connection: Connection, frames: list[bytes], listened: int
    ) -> tuple[list[Item], int | None]:
        """(records in order, the newest desk time among them)."""
        batch: list[Item] = []
        seen: int | None = None
        ts_recv = self._now()
        for frame in frames:
            items = connection.hear(frame, listened, ts_recv)
            if len(items) == 1 and isinstance(items[0], ClockTick):
                seen = ts_recv = items[0].now
            batch += items
        batch += connection.tick(listened, ts_recv)
        return batch, seen


def _words(cut: Exception) -> str:
    return f"{type(cut).__name__}: {cut}"[:160]
