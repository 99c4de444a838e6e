"""python-telegram-bot as the outbox and the inbox want it: our errors, no library servers.

The library's exceptions may carry URLs with the token: nothing of theirs leaves this file.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import telegram
from telegram import error
from telegram.request import HTTPXRequest

from pawang.guards.secret import Secret
from pawang.model.chat import Edit, Send
from pawang.telegram.errors import (
    Ambiguous,
    Blocked,
    Conflict,
    DeliveryError,
    Flooded,
    Gone,
    Migrated,
    NotModified,
    NotSent,
    Rejected,
    Unauthorised,
    Unparsable,
)
from pawang.telegram.markup import CAPTION_LIMIT, entities, fit, keyboard

POLL_S = 25
"""How long one getUpdates waits at the server."""

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "channel_post", "my_chat_member"]

POLL_MARGIN_S = 10
"""A poll that is this much later than it promised is dead."""

SENDS_AT_ONCE = 8  # connections; the outbox has no more than this under way

LOOPBACK = ("127.0.0.1", "localhost", "::1")

NEVER_LEFT = (
    httpx.ConnectError,  # refused, DNS, TLS
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

Tokens = Sequence[Sequence[str]]
T = TypeVar("T")


class PtbBot:
    """One bot. `api` is the Bot API's root, e.g. "https://api.telegram.org"."""

    def __init__(
        self, token: Secret, api: str = "https://api.telegram.org", read_timeout_s: float = 10
    ) -> None:
        self._api = api
        # A proxy of the environment is for the world outside, never for our own host.
        client = {"trust_env": urlsplit(api).hostname not in LOOPBACK}
        self._sends = HTTPXRequest(
            connection_pool_size=SENDS_AT_ONCE,
            read_timeout=read_timeout_s,
            connect_timeout=5,
            pool_timeout=5,
            httpx_kwargs=client,
        )
        # Long polls have a pool of their own: a cut one must not starve the sends.
        self._polls = HTTPXRequest(
            connection_pool_size=2,
            read_timeout=POLL_S + POLL_MARGIN_S,
            connect_timeout=5,
            httpx_kwargs=client,
        )
        self._bot = self._with(token)

    def _with(self, token: Secret) -> telegram.Bot:
        return telegram.Bot(
            token.reveal(),
            base_url=f"{self._api}/bot",
            base_file_url=f"{self._api}/file/bot",
            request=self._sends,
            get_updates_request=self._polls,
        )

    def renew(self, token: Secret) -> None:
        """Go on with another token, over the same connections (B12: no restart)."""
        self._bot = self._with(token)

    @asynccontextmanager
    async def session(self) -> AsyncIterator["PtbBot"]:
        """Open the connections without asking the service anything: it may be down (#4074)."""
        await self._sends.initialize()
        await self._polls.initialize()
        try:
            yield self
        finally:
            await self._sends.shutdown()
            await self._polls.shutdown()

    async def rebuild_polls(self) -> None:
        """Throw the poller's connections away: a cut one may never give its place back."""
        await self._polls.shutdown()
        await self._polls.initialize()

    # Sending.

    async def send(
        self, send: Send, tokens: Tokens, *, picture: bytes | None = None, plain: bool = False
    ) -> int:
        """The new message's id. Raises a DeliveryError."""
        common: dict[str, Any] = {
            "chat_id": send.chat_id,
            "reply_markup": keyboard(send.buttons, tokens),
            "message_thread_id": send.thread_id,
        }
        if picture is None:
            marks = None if plain else entities(send.code)
            call = self._bot.send_message(text=fit(send.text), entities=marks, **common)
        else:
            marks = None if plain else entities(send.code, CAPTION_LIMIT)
            words = fit(send.text, CAPTION_LIMIT)
            call = self._bot.send_photo(
                photo=picture, caption=words, caption_entities=marks, **common
            )
        return (await _asked(call)).message_id

    async def edit(self, edit: Edit, tokens: Tokens, message_id: int, *, plain: bool) -> None:
        """Idempotent: "message is not modified" is success. A picture's caption is edited too."""
        marks = None if plain else entities(edit.code)
        common: dict[str, Any] = {
            "chat_id": edit.chat_id,
            "message_id": message_id,
            "reply_markup": keyboard(edit.buttons, tokens),
        }
        try:
            await _asked(self._bot.edit_message_text(text=fit(edit.text), entities=marks, **common))
        except NotModified:
            return
        except Rejected as refused:
            if "no text in the message" not in str(refused).lower():
                raise
            await self._edit_caption(edit, common, plain=plain)

    async def _edit_caption(self, edit: Edit, common: dict[str, Any], *, plain: bool) -> None:
        try:
            await _asked(
                self._bot.edit_message_caption(
                    caption=fit(edit.text, CAPTION_LIMIT),
                    caption_entities=None if plain else entities(edit.code, CAPTION_LIMIT),
                    **common,
                )
            )
        except NotModified:
            return

    async def answer(self, callback_id: str, text: str) -> None:
        """Show a press's short notice (200 characters at most)."""
        await _asked(self._bot.answer_callback_query(callback_id, text=text[:200]))

    async def set_commands(self, language: str, commands: Sequence[tuple[str, str]]) -> None:
        """The menu of one language, "" for everybody else."""
        await _asked(self._bot.set_my_commands(commands, language_code=language or None))

    async def name(self) -> str:
        """The bot's @name; the first thing a token can be tried by. Raises a DeliveryError."""
        return (await _asked(self._bot.get_me())).username or ""

    # Receiving.

    async def updates(self, offset: int) -> list[dict[str, Any]]:
        """The next updates from `offset` on, as the wire has them; waits up to POLL_S.

        Raw, because the library reads them all or none: one it cannot read would come for ever.
        """
        asked: dict[str, Any] = {"timeout": POLL_S, "allowed_updates": ALLOWED_UPDATES}
        if offset:
            asked["offset"] = offset
        call = self._bot.do_api_request(
            "getUpdates", api_kwargs=asked, read_timeout=POLL_S + POLL_MARGIN_S
        )
        try:
            # The read timeout counts from byte to byte; this one counts in all.
            async with asyncio.timeout(POLL_S + 2 * POLL_MARGIN_S):
                found: list[dict[str, Any]] = await _asked(call)
        except TimeoutError:
            raise NotSent("the poll never ended") from None
        return found

    async def set_webhook(self, url: str, secret: Secret) -> None:
        """Let updates come to `url`; polling is refused from now on."""
        call = self._bot.set_webhook(
            url, secret_token=secret.reveal(), allowed_updates=ALLOWED_UPDATES
        )
        await _asked(call)

    async def drop_webhook(self) -> None:
        """Back to polling."""
        await _asked(self._bot.delete_webhook())


async def _asked(call: Awaitable[T]) -> T:
    """The library's errors as ours. Raised outside of its handler, so that no context, which
    may hold the URL and with it the token, hangs on ours."""
    try:
        return await call
    except error.TelegramError as raised:
        translated = translate(raised)
    raise translated


def translate(raised: error.TelegramError) -> DeliveryError:
    """The table of telegram.md. BadRequest is tested before NetworkError, its base class."""
    match raised:
        case error.RetryAfter():
            after = raised.retry_after
            seconds = after.total_seconds() if hasattr(after, "total_seconds") else float(after)
            return Flooded(seconds)
        case error.ChatMigrated():
            return Migrated(raised.new_chat_id)
        case error.InvalidToken():
            return Unauthorised("the bot token was refused")
        case error.Forbidden():
            return Blocked("the bot may not write to this chat")
        case error.Conflict():
            return Conflict("another poller holds this bot")
        case error.BadRequest():
            return _bad_request(raised.message)
        case error.NetworkError():
            # Only the cause knows: the library says "Timed out" of connecting and of reading.
            if isinstance(raised.__cause__, NEVER_LEFT):
                return NotSent("no connection")
            return Ambiguous("no answer, or none that can be read")
        case _ if type(raised) is error.TelegramError:
            # A 200 with half a body: it was taken, and the message's id is lost.
            return Ambiguous("an answer that cannot be read")
        case _:
            return Rejected(type(raised).__name__)


def translate_refusal(reply: Mapping[str, Any]) -> DeliveryError:
    """The Bot API's own JSON refusal, for callers that have no library between."""
    code, text = int(reply.get("error_code", 500)), str(reply.get("description", ""))
    parameters = reply.get("parameters") or {}
    if code == 429:
        return Flooded(float(parameters.get("retry_after", 1)))
    if code == 403:
        return Blocked("the bot may not write to this chat")
    if code == 401:
        return Unauthorised("the bot token was refused")
    if "migrate_to_chat_id" in parameters:
        return Migrated(int(parameters["migrate_to_chat_id"]))
    if code == 409:
        return Conflict(text)
    if code == 400:
        return _bad_request(text)
    return Ambiguous(text) if code >= 500 else Rejected(text)


def _bad_request(message: str) -> DeliveryError:
    text = message.lower()
    if "not modified" in text:
        return NotModified(message)
    if "chat not found" in text:
        return Blocked(message)
    if "not found" in text or "can't be edited" in text:
        return Gone(message)
    if "parse" in text or "entit" in text:
        return Unparsable(message)
    return Rejected(message)
