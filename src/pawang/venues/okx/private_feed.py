"""The two private sockets of an account, kept alive: orders and money on one, algos on the other.

They live and die together: a lost login is lost on both, and a gap on either means to ask what
was missed. The rules are `private`'s; here are the sockets, the clock's readings and the way back:
full jitter up to 60 s after a cut, at once after an upgrade notice, a clock read anew after a
stale login, and nothing at all while the key is refused (C19).
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Protocol

from websockets.exceptions import ConnectionClosed, WebSocketException

from pawang.guards.bucket import TokenBucket
from pawang.guards.retry import RetryPlan
from pawang.model.codec import Record
from pawang.model.refs import SECOND
from pawang.venues.okx.codes import Follow, Halted, OkxError, follow
from pawang.venues.okx.private import (
    BUSINESS,
    PRIVATE,
    UPGRADE,
    Answered,
    Item,
    PrivateConnection,
    PrivateParams,
    Pushed,
    Ready,
)
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.signing import Credentials
from pawang.venues.okx.sockets import Socket, SocketParams, dial


class FeedParams(Record):
    steady_s: float = 30.0  # a life this long starts the delays afresh
    halted_s: float = 1.0  # how often a shut key is looked at; nothing leaves the house for it
    socket: SocketParams = SocketParams()


class Ended(Exception):
    """One socket is done, so the life of both is."""

    def __init__(self, reason: str, code: str = "", outcome: Follow = Follow.RECONNECT) -> None:
        super().__init__(reason)
        self.code = code
        self.outcome = outcome


class Listener(Protocol):
    """Who hears of it: the venue."""

    def pushed(self, item: Pushed) -> None: ...

    def connected(self) -> None:
        """Both sockets are ready: ask what was missed."""
        ...

    def lost(self, reason: str) -> None: ...


class PrivateFeed:
    """`wall` runs timers; the venue's time and the key's state are the REST client's."""

    def __init__(
        self,
        url: str,
        credentials: Credentials,
        rest: OkxRest,
        listener: Listener,
        wall: Callable[[], int],
        roll: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        params: FeedParams | None = None,
        rules: PrivateParams | None = None,
        connects: TokenBucket | None = None,
    ) -> None:
        """`url` without the last part: ".../ws/v5". `connects` may be shared by all feeds of a
        process: OKX counts by address (A13)."""
        self._url = url
        self._credentials = credentials
        self._rest = rest
        self._listener = listener
        self._wall = wall
        self._roll = roll
        self._sleep = sleep
        self._params = params or FeedParams()
        self._rules = rules or PrivateParams()
        # One token, a bit slower than three a second: no second holds a fourth (A13).
        self._connects = connects or TokenBucket(1, 2.9)
        self._retry = RetryPlan()
        self._attempt = 0
        self.malformed: Counter[str] = Counter()
        self.connections = 0

    async def run(self) -> None:
        """For ever."""
        while True:
            while self._rest.auth.state == "open":
                await self._sleep(self._params.halted_s)
            began = self._wall()
            ended = await self._life()
            self._listener.lost(str(ended))
            steady = self._wall() - began >= self._params.steady_s * SECOND
            self._attempt = 1 if steady else self._attempt + 1
            await self._after(ended)

    async def _after(self, ended: Ended) -> None:
        if ended.outcome is Follow.HALT:
            self._rest.refused(Halted("login", ended.code, str(ended)))
            return
        if ended.outcome is Follow.RESYNC:
            with suppress(OkxError):
                await self._rest.sync()
        if ended.code != UPGRADE:
            wait = self._retry.delay(self._attempt, self._roll())
            assert wait is not None, "the private feed never gives up"
            await self._sleep(wait / SECOND)

    async def _life(self) -> Ended:
        """Both sockets until the first of them ends."""
        ready: set[str] = set()
        tasks = [
            asyncio.create_task(self._socket("private", PRIVATE, True, ready)),
            asyncio.create_task(self._socket("business", BUSINESS, False, ready)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, Ended):
                raise outcome  # a mistake of ours: not to be taken for a cut
        # The one that says why comes first: a refused login beats the cut beside it.
        ends = [task.exception() for task in done if not task.cancelled()]
        said = [end for end in ends if isinstance(end, Ended)]
        return min(said, key=lambda end: end.outcome is Follow.RECONNECT)

    async def _socket(
        self, path: str, channels: Sequence[dict[str, str]], pushes: bool, ready: set[str]
    ) -> None:
        connection = PrivateConnection(self._credentials, channels, pushes, self._rules)
        while wait := self._connects.take(self._wall()):
            await self._sleep(wait / SECOND)
        try:
            socket = await dial(f"{self._url}/{path}", self._params.socket)
        except (OSError, TimeoutError, WebSocketException) as cut:
            raise Ended(_words(cut)) from None
        self.connections += 1
        try:
            connection.open(self._wall(), self._rest.now())
            while not connection.closing:
                for item in await self._step(socket, connection):
                    self._tell(item, path, ready)
        except ConnectionClosed as cut:
            code = str(cut.rcvd.code) if cut.rcvd is not None else ""
            outcome = follow(code) if code == "4001" else Follow.RECONNECT
            raise Ended(_words(cut), code, outcome) from None
        except (OSError, WebSocketException) as cut:
            raise Ended(_words(cut)) from None
        finally:
            self.malformed.update(connection.malformed)
            await socket.close()
        raise Ended(connection.closing, connection.code, connection.follow)

    async def _step(self, socket: Socket, connection: PrivateConnection) -> list[Item]:
        for text in connection.requests():
            await socket.say(text)
        wait = connection.due() - self._wall()
        items: list[Item] = []
        # Then only time has passed.
        with suppress(TimeoutError):
            async with asyncio.timeout(max(wait, 0) / SECOND):
                for frame in await socket.frames():
                    items += connection.hear(frame, self._wall())
        connection.tick(self._wall())
        return items

    def _tell(self, item: Item, path: str, ready: set[str]) -> None:
        match item:
            case Pushed():
                self._listener.pushed(item)
            case Ready():
                ready.add(path)
                if len(ready) == 2:
                    self._listener.connected()
            case Answered():
                pass  # no order operation leaves by this socket yet


def _words(cut: Exception) -> str:
    return f"{type(cut).__name__}: {cut}"[:160]
