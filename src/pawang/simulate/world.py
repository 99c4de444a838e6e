"""The simulated services around a desk: the sandbox cores without sockets, on virtual time.

They live in node 0 and outlive the desk, as real services would. The desk's own doors are real:
its REST client (over an in-memory transport), its stream parser and sequence checks, its inbox
reader and its outbox.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import telegram

from pawang.model.chat import ChatInput, Edit, Send
from pawang.model.codec import encode
from pawang.sandbox.faults import FaultScript
from pawang.sandbox.okx.connection import Connection as Socket
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.hub import Hub, Listener
from pawang.sandbox.okx.rest import Rest
from pawang.sandbox.source import STEP_MS, MarketSource
from pawang.sandbox.telegram.core import BrokenWire, TelegramCore
from pawang.sandbox.telegram.params import Upload
from pawang.simulate.loop import VirtualLoop
from pawang.telegram.bot import translate_refusal
from pawang.telegram.errors import Ambiguous
from pawang.telegram.inbox import read
from pawang.telegram.markup import keyboard

MS = 1_000_000
STEPS_AT_ONCE = 10  # one virtual second of market between two looks at the loop

Tokens = Sequence[Sequence[str]]


class SimClock:
    """Desk time of a simulation: the loop's, from the market's start."""

    def __init__(self, loop: VirtualLoop, start_ns: int) -> None:
        self._loop = loop
        self._start = start_ns

    def now(self) -> int:
        return self._start + round(self._loop.elapsed * 1e9)

    async def wait_until(self, ts: int) -> None:
        while (left := ts - self.now()) > 0:
            await asyncio.sleep(left / 1e9)


class MarketService:
    """The simulated OKX: REST answers at once, a stream is the hub's outbox."""

    def __init__(self, source: MarketSource, clock: SimClock) -> None:
        self.core = Core(source)
        self._rest = Rest(self.core)
        self._hub = Hub(self.core, FaultScript(), clock.now)
        self._clock = clock
        self._listener: Listener | None = None
        self._news = asyncio.Event()
        self._connections = 0

    def transport(self) -> httpx.MockTransport:
        """The venue as httpx sees it."""

        def answer(request: httpx.Request) -> httpx.Response:
            query = request.url.query.decode()
            status, body = self._rest.answer("GET", request.url.path, query, "", self._clock.now())
            return httpx.Response(status, stream=httpx.ByteStream(encode(body)))

        return httpx.MockTransport(answer)

    async def run(self, until: int) -> None:
        """Move the market on, a second at a time, until that desk time."""
        while self.core.now_ms * MS < until:
            for _ in range(STEPS_AT_ONCE):
                self._hub.step()
                self._hub.tick(1.0, ended=False)
            self._news.set()
            await self._clock.wait_until(self.core.now_ms * MS + STEP_MS * MS)

    def connect(self) -> None:
        """A new socket; the one of a dead desk is gone."""
        if self._listener is not None:
            self._hub.leave(self._listener)
        self._connections += 1
        socket = Socket(self.core, "public", f"{self._connections:08x}", follows=True)
        self._listener = self._hub.join(socket)

    def hear(self, text: str) -> None:
        """What the desk's connection sends."""
        assert self._listener is not None
        self._hub.hear(self._listener, text)
        self._news.set()

    async def frames(self) -> list[bytes]:
        """What one socket read would bring."""
        assert self._listener is not None
        while not self._listener.outbox:
            self._news.clear()
            await self._news.wait()
        taken = [unframed(made) for made in self._listener.outbox]
        self._listener.outbox.clear()
        return taken


def unframed(frame: bytes) -> bytes:
    """The text of an unmasked server frame (RFC 6455, 5.2)."""
    short = frame[1]
    start = 2 if short < 126 else 4 if short == 126 else 10
    return frame[start:]


class ChatService:
    """The simulated Telegram as the outbox and the inbox use it."""

    def __init__(self, core: TelegramCore, clock: SimClock) -> None:
        self.core = core
        self._clock = clock
        self._news = asyncio.Event()
        core.state.wake = self._news.set

    def _call(self, method: str, params: dict[str, Any]) -> Any:
        try:
            reply = self.core.call(method, params, self._clock.now() // MS)
        except BrokenWire as broken:
            raise Ambiguous(str(broken)) from None
        if reply.get("ok"):
            return reply["result"]
        raise translate_refusal(reply)

    async def send(
        self, send: Send, tokens: Tokens, *, picture: bytes | None = None, plain: bool = False
    ) -> int:
        params: dict[str, Any] = {"chat_id": send.chat_id, **_markup(send, tokens)}
        if picture is not None:
            photo = Upload("picture.png", "image/png", picture)
            result = self._call("sendPhoto", {**params, "photo": photo, "caption": send.text})
        else:
            result = self._call("sendMessage", {**params, "text": send.text})
        return int(result["message_id"])

    async def edit(self, edit: Edit, tokens: Tokens, message_id: int, *, plain: bool) -> None:
        params = {"chat_id": edit.chat_id, "message_id": message_id, "text": edit.text}
        try:
            self._call("editMessageText", {**params, **_markup(edit, tokens)})
        except Exception as refused:
            if "not modified" not in str(refused).lower():
                raise

    async def answer(self, callback_id: str, text: str) -> None:
        params = {"callback_query_id": callback_id, "text": text}
        self.core.call("answerCallbackQuery", params, self._clock.now() // MS)

    async def inputs(self) -> Any:
        """Updates as they come, acknowledged only after they were worked (B08)."""
        offset = 0
        while True:
            for row in self._call("getUpdates", {"offset": offset, "timeout": 0}):
                update = telegram.Update.de_json(row)
                heard: ChatInput | None = None if update is None else read(update)
                if heard is not None:
                    yield heard
                offset = int(row["update_id"]) + 1
            if not self.core.pending(1, self._clock.now() // MS):
                self._news.clear()
                await self._news.wait()


def _markup(message: Send | Edit, tokens: Tokens) -> dict[str, Any]:
    made = keyboard(message.buttons, tokens)
    return {} if made is None else {"reply_markup": made.to_dict()}
