"""The outbox: durable rows out to the chat, most urgent first (row T8, reliability.md 8).

Telegram has no idempotency key. So: the row says `sending` before the request leaves; a lost
answer makes a normal alert `unknown` and is not repeated; a critical one gets one more copy that
says it may be a repeat; edits may always be repeated. One retry layer: this one.

A chat gets one message after the other, in order; only a critical one does not wait for a slow
answer to the one before it (B17).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from pawang.model.chat import Edit, Picture, Send
from pawang.model.codec import Record, decode
from pawang.model.ports import Clock, Ledger, OutboxRow
from pawang.model.refs import SECOND
from pawang.telegram.errors import (
    Ambiguous,
    DeliveryError,
    Flooded,
    Migrated,
    NotModified,
    NotSent,
    Rejected,
    Unauthorised,
    Unparsable,
)
from pawang.telegram.limits import LimitParams, Limits
from pawang.telegram.markup import CAPTION_LIMIT, units

REPEAT_MARK = "♻️ possible repeat\n"
MAX_COPIES = 2  # of a critical message (I7)
IN_FLIGHT_MAX = 8  # requests under way; the bot has as many connections
ORDINARY_MAX = 6  # of them for messages that are not critical
DUE_MAX = 200  # rows looked at together: a slow chat's backlog must not hide another chat
LAGS_MAX = 10_000  # measurements kept while nobody reads them
REPEATS_MAX = 1000  # rows that wait to be tried again
MOVED_MAX = 1000  # chats whose new id is remembered


class OutboxParams(Record):
    """Limits and patience."""

    limits: LimitParams = LimitParams()
    retry_first_s: float = 0.5  # after a failed connection
    retry_max_s: float = 5.0  # B03: back within 5 s of the service's return
    repeat_max_s: float = 60.0  # an edit whose answers are lost again and again
    hold_s: float = 2.0  # how often a dead token is tried again


class Sender(Protocol):
    """The chat service as the outbox sees it; raises DeliveryErrors."""

    async def send(
        self,
        send: Send,
        tokens: Sequence[Sequence[str]],
        *,
        picture: bytes | None = None,
        plain: bool = False,
    ) -> int: ...

    async def edit(
        self, edit: Edit, tokens: Sequence[Sequence[str]], message_id: int, *, plain: bool
    ) -> None: ...


Draw = Callable[[Picture], Awaitable[bytes]]
Told = Callable[[OutboxRow, str, int | None], None]
Refused = Callable[[OutboxRow, DeliveryError], None]


class Outbox:
    """Works until cancelled. `clock` stamps rows (desk time); `wall` runs limits and waits.

    `listeners` hear what became of a row; `refusals` hear of chats that are out of reach
    (Blocked) or have moved (Migrated), for the desk to remember. `held` says why nothing goes:
    "", "flooded", "unauthorised" or "unreachable".
    """

    def __init__(
        self,
        ledger: Ledger,
        sender: Sender,
        clock: Clock,
        wall: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]],
        draw: Draw,
        params: OutboxParams | None = None,
    ) -> None:
        self._ledger = ledger
        self._sender = sender
        self._clock = clock
        self._wall = wall
        self._sleep = sleep
        self._draw = draw
        self._params = params or OutboxParams()
        self._limits = Limits(self._params.limits)
        self._gate_until = 0  # wall ns: a pause of the whole bot
        self._news = asyncio.Event()
        self._failures = 0  # connections in a row that failed
        self._in_flight: dict[int, OutboxRow] = {}
        self._tasks: set[asyncio.Task[None]] = set()  # never walked for order, only cancelled
        self._broken: Exception | None = None
        self._repeats: dict[int, tuple[int, int]] = {}  # row -> (tries, not before this wall ns)
        self._moved: dict[int, int] = {}  # old chat id -> new one
        self.held = ""
        self.listeners: list[Told] = []
        self.refusals: list[Refused] = []
        self.counts: dict[str, int] = {}
        self.lag_s: list[float] = []  # drained by the metrics

    def wake(self) -> None:
        """Something new may be due."""
        self._news.set()

    async def run(self) -> None:
        """Until cancelled. Raises what the ledger or a listener raised; may then run again."""
        self._settle()
        self._broken = None
        try:
            while self._broken is None:
                # Cleared before the look: news that comes after it wakes the wait.
                self._news.clear()
                await self._wait(self._dispatch())
            raise self._broken
        # Two kinds and not `finally`: a simulated kill runs no line of ours.
        except (asyncio.CancelledError, Exception):
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            raise

    def _settle(self) -> None:
        """What a run that was cut short left under way may or may not have arrived."""
        for row in list(self._in_flight.values()):
            self._doubt(row)
        self._in_flight.clear()

    async def _wait(self, seconds: float | None) -> None:
        """Until news, or until the time has passed; None = news alone can change anything."""
        if seconds is None:
            await self._news.wait()
            return
        sleeping = asyncio.ensure_future(self._sleep(seconds))
        waking = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            sleeping.cancel()
            waking.cancel()
            raise
        sleeping.cancel()
        waking.cancel()

    # What may go.

    def _dispatch(self) -> float | None:
        """Start whatever may go now, in order; seconds until the next look, None without one."""
        now = self._wall()
        if now < self._gate_until:
            return (self._gate_until - now) / SECOND
        waits: list[int] = []
        busy = {row.chat_id for row in self._in_flight.values()}
        for row in self._ledger.due(self._clock.now(), DUE_MAX):
            urgent = row.critical and row.kind == "send"
            # At a door that was closed only one knocks.
            most = 1 if self._failures else IN_FLIGHT_MAX if urgent else ORDINARY_MAX
            if len(self._in_flight) >= most:
                break  # whoever ends first wakes us
            if row.chat_id in busy and not urgent:
                continue
            wait = self._wait_ns(row, now)
            if wait:
                waits.append(wait)
                continue
            self._ledger.mark(row.row_id, "sending", self._clock.now())
            self._in_flight[row.row_id] = row
            busy.add(row.chat_id)
            task = asyncio.create_task(self._deliver(row), name=f"outbox row {row.row_id}")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return min(waits) / SECOND if waits else None

    def _wait_ns(self, row: OutboxRow, now: int) -> int:
        _, not_before = self._repeats.get(row.row_id, (0, 0))
        if now < not_before:
            return not_before - now
        return self._limits.wait_ns(row.row_id, row.chat_id, row.kind, now)

    # One delivery.

    async def _deliver(self, row: OutboxRow) -> None:
        try:
            await self._try(row)
        except Exception as broken:  # carried to `run`, which is watched
            self._broken = broken
        self._news.set()  # the chat is free, and an edit may wait for this message

    async def _try(self, row: OutboxRow) -> None:
        try:
            message_id = await self._attempt(row)
        except Flooded as flood:
            self._count("flooded")
            self._hold("flooded", flood.retry_after_s)
            self._unsent(row)
        except Unauthorised:
            self._count("unauthorised")
            self._hold("unauthorised", self._params.hold_s)
            self._unsent(row)
        except NotSent:
            self._count("not_sent")
            params = self._params
            wait_s = _doubled(self._failures, params.retry_first_s, params.retry_max_s)
            self._hold("unreachable", wait_s)
            self._failures += 1
            self._unsent(row)
        except Ambiguous:
            self._reached()
            self._count("ambiguous")
            self._doubt(row)
        except DeliveryError as refused:
            self._reached()
            self._end(row, "failed", type(refused).__name__.lower())
            for listener in self.refusals:
                listener(row, refused)
        except Exception:  # a door: one message we cannot even try must not hold the others
            self._count("broken")
            self._end(row, "failed" if row.kind == "edit" else "unknown", "crashed")
        else:
            self._reached()
            self._end(row, "sent", "sent", message_id)

    def _reached(self) -> None:
        self._failures = 0
        if self._wall() >= self._gate_until:
            self.held = ""

    def _hold(self, why: str, seconds: float) -> None:
        """Nothing of the whole bot goes until then; a longer pause is never shortened."""
        self.held = why
        self._gate_until = max(self._gate_until, self._wall() + int(seconds * SECOND))

    def _unsent(self, row: OutboxRow) -> None:
        self._ledger.surely_unsent(row.row_id)
        self._in_flight.pop(row.row_id, None)

    def _doubt(self, row: OutboxRow) -> None:
        """It may have arrived: an edit again, a critical message once more, any other never."""
        if row.kind == "edit" or (row.critical and row.attempt + 1 < MAX_COPIES):
            tries, _ = self._repeats.get(row.row_id, (0, 0))
            most = self._params.repeat_max_s
            wait_s = _doubled(tries, self._params.retry_first_s, most)
            if len(self._repeats) >= REPEATS_MAX:
                self._repeats.clear()  # merged edits never come back for theirs
            self._repeats[row.row_id] = (tries + 1, self._wall() + int(wait_s * SECOND))
            self._close(row, "new")
        else:
            self._close(row, "unknown")

    def _end(self, row: OutboxRow, state: str, why: str, message_id: int | None = None) -> None:
        self._count(why)
        if state == "sent" and row.kind == "send":
            self.lag_s.append(max(0, self._clock.now() - row.ts_created) / SECOND)
            del self.lag_s[:-LAGS_MAX]
        self._repeats.pop(row.row_id, None)
        self._close(row, state, message_id)

    def _close(self, row: OutboxRow, state: str, message_id: int | None = None) -> None:
        self._ledger.mark(row.row_id, state, self._clock.now(), message_id)
        self._in_flight.pop(row.row_id, None)
        for listener in self.listeners:
            listener(row, state, message_id)

    def _count(self, name: str) -> None:
        self.counts[name] = self.counts.get(name, 0) + 1

    # One request, and what may be mended at once: nothing of it was taken.

    async def _attempt(self, row: OutboxRow) -> int:
        try:
            return await self._tolerant(row)
        except Migrated as moved:
            self._move(row, moved)
            return await self._tolerant(row)

    def _move(self, row: OutboxRow, moved: Migrated) -> None:
        """The rows keep the old id until the desk has moved the chat; the message goes now."""
        if len(self._moved) >= MOVED_MAX:
            self._moved.clear()
        self._moved[row.chat_id] = moved.new_chat_id
        self._count("migrated")
        for listener in self.refusals:
            listener(row, moved)

    async def _tolerant(self, row: OutboxRow) -> int:
        try:
            return await self._request(row, plain=False)
        except Unparsable:
            self._count("plain")
            return await self._request(row, plain=True)

    async def _request(self, row: OutboxRow, *, plain: bool) -> int:
        chat_id = self._moved.get(row.chat_id, row.chat_id)
        if row.kind == "edit":
            edit = replace(decode(row.body.encode(), Edit), chat_id=chat_id)
            assert row.message_id is not None, "an edit is due only when its message is known"
            try:
                await self._sender.edit(edit, row.tokens, row.message_id, plain=plain)
            except NotModified:
                self._count("not_modified")
            return row.message_id
        send = replace(decode(row.body.encode(), Send), chat_id=chat_id)
        if row.attempt:
            send = marked(send)
        return await self._send(send, row, plain=plain)

    async def _send(self, send: Send, row: OutboxRow, *, plain: bool) -> int:
        """A picture that fails, in drawing or at the service, must not hold its text back (B15)."""
        picture = await self._picture(send)
        if picture is not None:
            try:
                return await self._sender.send(send, row.tokens, picture=picture, plain=plain)
            except Rejected:
                self._count("picture_failed")
        return await self._sender.send(send, row.tokens, plain=plain)

    async def _picture(self, send: Send) -> bytes | None:
        if send.picture is None:
            return None
        if units(send.text) > CAPTION_LIMIT:
            self._count("picture_left_out")  # the words would be cut: they matter more
            return None
        try:
            return await self._draw(send.picture)
        except Exception:  # a door: whatever drawing does, the words still go out
            self._count("picture_failed")
            return None


def marked(send: Send) -> Send:
    """The second copy says that it may be one; its code spans move along."""
    ahead = units(REPEAT_MARK)
    code = tuple((offset + ahead, length) for offset, length in send.code)
    return replace(send, text=REPEAT_MARK + send.text, code=code)


def _doubled(times: int, first_s: float, most_s: float) -> float:
    return min(first_s * 2.0 ** min(times, 16), most_s)
