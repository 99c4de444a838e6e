"""The inbox: updates in, `ChatInput`s out, for whoever sent them. It judges nobody.

Polling is our own loop: the library's can die for good after a cut connection. The offset lives
in memory alone: after a restart Telegram sends again what was not acknowledged, and the ledger
knows every update_id it has worked (B08). `webhook` is the same for pushed updates.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

import telegram

from pawang.guards.retry import RetryPlan
from pawang.model.chat import ChatInput
from pawang.model.refs import SECOND
from pawang.telegram.errors import Conflict, DeliveryError, Flooded, Unauthorised

PATIENCE_NS = 90 * SECOND
"""Without a good poll for so long, the connections are made anew (telegram.md, Errors)."""

CALM_S = 0.2  # the least wait after a failed poll: a service that refuses at once is not hammered


class Poller(Protocol):
    """Where updates come from: `PtbBot`."""

    async def updates(self, offset: int) -> list[dict[str, Any]]: ...

    async def rebuild_polls(self) -> None: ...


class Inbox:
    """Polls for ever. `told` hears of transitions only: "polling", "conflict", "unauthorised",
    "unreachable". `unreadable` counts updates that were skipped because they broke the contract.
    """

    def __init__(
        self,
        bot: Poller,
        sleep: Callable[[float], Awaitable[None]],
        roll: Callable[[], float],
        told: Callable[[str], None],
        wall: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._bot = bot
        self._sleep = sleep
        self._roll = roll
        self._told = told
        self._wall = wall
        self._offset = 0
        self._state = ""
        self._plan = RetryPlan()
        self.ts_polled = wall()  # of the last good answer (or the last new connection)
        self.unreadable = 0

    async def inputs(self) -> AsyncIterator[ChatInput]:
        """Inputs in the service's order. What the consumer did not finish comes again later."""
        failures = 0
        while True:
            try:
                updates = await self._bot.updates(self._offset)
            except DeliveryError as failed:
                failures += 1
                await self._rest(failed, failures)
                continue
            failures = 0
            self.ts_polled = self._wall()
            self._say("polling")
            for update in updates:
                heard = self._read(update)
                if heard is not None:
                    yield heard
                # Only now: an input that was not worked yet must be delivered again.
                self._offset = max(self._offset, update["update_id"] + 1)

    async def _rest(self, failed: DeliveryError, failures: int) -> None:
        if isinstance(failed, Flooded):
            await self._sleep(max(failed.retry_after_s, CALM_S))
            return
        self._say(_state_of(failed))
        if self._wall() - self.ts_polled > PATIENCE_NS:
            await self._bot.rebuild_polls()
            self.ts_polled = self._wall()
        # Four seconds at most: /panic may be waiting at the other side.
        wait = self._plan.delay(min(failures, 3), self._roll()) or 0
        await self._sleep(max(wait / SECOND, CALM_S))

    def _read(self, update: Mapping[str, Any]) -> ChatInput | None:
        """One nobody can read is skipped: it would come again for ever and hide the rest."""
        try:
            return heard(update)
        except Exception:  # a door: what a stranger sent must not end the listening
            self.unreadable += 1
            return None

    def _say(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self._told(state)


def _state_of(failed: DeliveryError) -> str:
    match failed:
        case Conflict():
            return "conflict"
        case Unauthorised():
            return "unauthorised"
        case _:
            return "unreachable"


def heard(update: Mapping[str, Any]) -> ChatInput | None:
    """An update as the wire has it. Raises whatever its shape makes the library raise."""
    made = telegram.Update.de_json(dict(update))
    return None if made is None else read(made)


def read(update: telegram.Update) -> ChatInput | None:
    """An update as an input; None for kinds that carry no command and no press."""
    press = update.callback_query
    if press is not None:
        return _press(update.update_id, press)
    message = update.effective_message
    if message is None or not message.text:
        return None
    user = message.from_user
    return ChatInput(
        update_id=update.update_id,
        chat_id=message.chat_id,
        chat_kind=message.chat.type,
        user_id=0 if user is None else user.id,
        user_name="" if user is None else (user.username or user.first_name),
        language="" if user is None else (user.language_code or ""),
        text=message.text,
        message_id=message.message_id,
        thread_id=message.message_thread_id,
        forwarded=message.forward_origin is not None,
        sender_chat_id=None if message.sender_chat is None else message.sender_chat.id,
        ts_sent=_stamp(message.date),
    )


def _press(update_id: int, press: telegram.CallbackQuery) -> ChatInput:
    message = press.message
    return ChatInput(
        update_id=update_id,
        chat_id=0 if message is None else message.chat.id,
        chat_kind="private" if message is None else message.chat.type,
        user_id=press.from_user.id,
        user_name=press.from_user.username or press.from_user.first_name,
        language=press.from_user.language_code or "",
        token=press.data or "",
        callback_id=press.id,
        message_id=None if message is None else message.message_id,
        ts_sent=0,  # Telegram does not stamp presses
    )


def _stamp(date: datetime | Any) -> int:
    return int(date.astimezone(UTC).timestamp()) * SECOND if isinstance(date, datetime) else 0
