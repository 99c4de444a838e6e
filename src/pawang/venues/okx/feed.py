"""The public stream as a `Feed`: batches of records, gaps said before anybody reads over them.

The rules are `stream`'s and `connection`'s; here are the sockets, the clocks' readings and the
waiting. Channels of two WebSocket paths, or more coins than one connection may carry, are several
streams side by side; what they say comes in the order in which it was read.

A slow desk is waited for: the sockets are left to fill, TCP holds the venue back, nothing is lost.
With `overload` it is not: the sockets are read on, and what waits is kept small (A15).

A URL with `clock=1` follows a sandbox's scaled desk time: `ClockTick`s come in their place among
the records, and when the consumer comes back for the next batch the venue is told how far the
desk has got ("seen"), so that time never runs away from a slow desk.
"""

import asyncio
import itertools
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import WebSocketException

from pawang.guards.bucket import TokenBucket
from pawang.model.instrument import Instrument
from pawang.model.market import BookSnapshot
from pawang.model.refs import SECOND
from pawang.venues.okx.comparison import Verdict
from pawang.venues.okx.connection import ClockTick, Connection, Item
from pawang.venues.okx.maintenance import Maintenance
from pawang.venues.okx.overload import Backlog, OverloadParams
from pawang.venues.okx.reading import BATCH, Batch
from pawang.venues.okx.sockets import Socket, SocketParams, dial
from pawang.venues.okx.stream import Dial, Hang, Say, Stream, StreamParams
from pawang.venues.okx.subscriptions import (
    CHANNELS,
    PUBLIC,
    ConnectionParams,
    Share,
    shares,
    told_once,
)
from pawang.venues.okx.translate import Translator

__all__ = ["ClockTick", "FeedParams", "Item", "OkxFeed"]

GONE = (OSError, TimeoutError, WebSocketException)
"""What a socket raises when its line is no more."""


class FeedParams(SocketParams):
    stream: StreamParams = StreamParams()
    overload: OverloadParams | None = None  # None: the venue waits for the desk


class OkxFeed:
    """`now` reads desk time for `ts_recv`; `wall` runs timers; `roll` in [0, 1) is chance.

    `url` is that of the public path; the business path is beside it. `connects` may be shared by
    all feeds of a process: the limit is per address (A13).
    """

    connection = Connection  # what is made for each life of a socket
    stream = Stream  # and what makes one after the other

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
        environment: str = "1",
    ) -> None:
        """`environment` "1" is production, "2" demo: whose maintenance is ours (C21)."""
        self._url = url
        self._follows = "1" in parse_qs(urlsplit(url).query).get("clock", [])
        self._now = now
        self._wall = wall
        self._roll = roll
        self._sleep = sleep
        self._params = params or FeedParams()
        self._rules = rules or ConnectionParams()
        self._mute = told_once(channels)
        self._maintenance = Maintenance(environment)
        self.translator = Translator({made.name: made for made in instruments.values()})
        # One token, a bit slower than three a second: no second holds a fourth (A13).
        self._connects = connects or TokenBucket(1, 2.9)
        self._numbers = itertools.count(1)
        dealt = shares(instruments.values(), channels, self._rules)
        self.streams = [self._stream(share, place) for place, share in enumerate(dealt)]
        self.backlog = Backlog(self._params.overload)
        self._inbox: list[tuple[int, list[bytes] | str]] = []  # socket, frames or how it ended
        self._waiting = 0  # frames in the inbox
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._sockets: dict[int, Socket] = {}
        self._ready = asyncio.Event()
        self._room = asyncio.Event()

    def _stream(self, share: Share, place: int) -> Stream:
        provider = "okx" if place == 0 else f"okx-{share.path}-{place + 1}"
        return self.stream(
            share,
            lambda: self.connection(
                share.instruments,
                share.channels,
                self._rules,
                self.translator,
                self._maintenance,
                self._mute,
            ),
            self._numbers,
            self._connects,
            self._roll,
            provider=provider,
            params=self._params.stream,
        )

    # Counters, for /metrics.

    def _counted(self, name: str) -> Counter[str]:
        return sum((stream.counts(name) for stream in self.streams), Counter())

    @property
    def malformed(self) -> Counter[str]:
        return self._counted("malformed")

    @property
    def verdicts(self) -> Counter[str]:
        return self._counted("verdicts")

    @property
    def stamps(self) -> Counter[str]:
        return self._counted("stamps")

    @property
    def frames(self) -> int:
        return self._counted("frames")["frames"]

    @property
    def connections(self) -> int:
        return sum(stream.connections for stream in self.streams)

    # The book, held against REST (see `comparison`).

    def watch_book(self, name: str) -> None:
        """Before REST is asked for the book of `name`."""
        for stream in self._with_book(name):
            stream.watch_book(name)

    def compare(self, name: str, snapshot: BookSnapshot) -> Verdict:
        """What REST answered; what follows from it comes with the next batch."""
        verdict = Verdict.UNDECIDED
        for stream in self._with_book(name):
            compared = stream.compare(name, snapshot, self._wall(), self._now())
            verdict = compared.verdict
            self.backlog.put(compared.items, self._wall())
            self._ready.set()
        return verdict

    def _with_book(self, name: str) -> list[Stream]:
        return [stream for stream in self.streams if stream.carries("books", name)]

    # The stream.

    async def events(self) -> AsyncIterator[list[Item]]:
        """For ever; a recording's end comes as a tick with `ended`."""
        try:
            while True:
                self._absorb()
                for stream in self.streams:
                    told = stream.tick(self._wall(), self._now())
                    self.backlog.put(told, self._wall())
                await self._obey()
                batch = self.backlog.take(self._wall())
                if batch:
                    left = self._wall()
                    yield batch
                    await self._worked_off(self._wall() - left)
                else:
                    await self._tell_seen()
                    await self._wait()
        finally:
            await self._leave()

    async def _worked_off(self, took: int) -> None:
        """The consumer came back, so it has worked this batch off."""
        if self._params.overload is None:
            for stream in self.streams:
                stream.rested(took)
        else:
            # A loop that stood still has frames to read before silence may be judged: one turn
            # for the sockets, one for their readers.
            for _ in range(2):
                await asyncio.sleep(0)
        await self._tell_seen()

    async def _tell_seen(self) -> None:
        """Nothing waits any more of what came before these ticks."""
        for stream in self.streams:
            seen = dict(stream.ticks)
            stream.ticks.clear()
            for number, ts in seen.items() if self._follows else ():
                await self._say(number, json.dumps({"op": "clock", "seen": str(ts)}))

    async def _wait(self) -> None:
        """Until something was read, or is due."""
        wait = min(stream.due() for stream in self.streams) - self._wall()
        if wait <= 0 or self._inbox:
            return
        if not self._tasks:
            await self._sleep(wait / SECOND)
            return
        self._ready.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(min(wait / SECOND, 3600.0)):
                await self._ready.wait()

    def _absorb(self) -> None:
        """What was read, through its stream, into the backlog."""
        inbox, self._inbox, self._waiting = self._inbox, [], 0
        self._room.set()
        wall, ts_recv = self._wall(), self._now()
        for number, said in inbox:
            stream = self._of(number)
            if isinstance(said, str):
                self.backlog.put(stream.ended(number, said, wall, ts_recv), wall)
                continue
            for start in range(0, len(said), BATCH):
                batch, place = Batch(said[start : start + BATCH]), 0
                while place < len(batch):
                    items, place = stream.heard_some(number, batch, place, wall, ts_recv)
                    if len(items) == 1 and isinstance(items[0], ClockTick):
                        ts_recv = items[0].now
                    self.backlog.put(items, wall)

    def _of(self, number: int) -> Stream:
        return next(stream for stream in self.streams if stream.dialed(number))

    # Sockets.

    async def _obey(self) -> None:
        for stream in self.streams:
            for order in stream.orders():
                match order:
                    case Dial():
                        url = self._url_of(stream.share.path)
                        life = self._life(stream, order.number, url)
                        self._tasks[order.number] = asyncio.create_task(life)
                    case Say():
                        await self._say(order.number, order.text)
                    case Hang():
                        self._tasks[order.number].cancel()

    def _url_of(self, path: str) -> str:
        """The same host and query; only the last part of the path says which one it is."""
        parts = urlsplit(self._url)
        return parts._replace(path=parts.path.removesuffix(PUBLIC) + path).geturl()

    async def _life(self, stream: Stream, number: int, url: str) -> None:
        """One socket from its dialing to its end; whatever ends it is said in the inbox."""
        socket: Socket | None = None
        reason = "closed"
        try:
            self._sockets[number] = socket = await dial(url, self._params)
            stream.opened(number, self._wall())
            self._ready.set()
            while True:
                await self._put(number, await socket.frames())
        except GONE as cut:
            reason = _words(cut)
        finally:
            self._inbox.append((number, reason))
            self._ready.set()
            self._tasks.pop(number, None)
            self._sockets.pop(number, None)
            if socket is not None:
                await socket.close()

    async def _put(self, number: int, frames: list[bytes]) -> None:
        """Hand frames over; where the venue waits for the desk, only while there is room."""
        self._inbox.append((number, frames))
        self._waiting += len(frames)
        self._ready.set()
        if self._params.overload is not None:
            self._absorb()
            await asyncio.sleep(0)  # a socket that never runs dry must not starve the others
            return
        while self._waiting >= self._params.batch_frames:
            self._room.clear()
            await self._room.wait()

    async def _say(self, number: int, text: str) -> None:
        socket = self._sockets.get(number)
        if socket is not None:
            with suppress(*GONE):  # its reader says so
                await socket.say(text)

    async def _leave(self) -> None:
        """Nobody listens any more."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _words(cut: Exception) -> str:
    return f"{type(cut).__name__}: {cut}"[:160]
