"""A recorder of messages, and the people of a desk: they take plans, rate, snooze and ask.

Everybody acts by chance and by the seed alone, a little after a message reached him, as people do:
most at once, some a day later, when the outcome has long been known.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence

from pawang.model.chat import Category, ChatInput, Edit, Send
from pawang.model.ports import Clock
from pawang.model.refs import HOUR, SECOND
from pawang.telegram.errors import Ambiguous, Blocked

OWNER = 1001
PARTNER = 1002
FAILED = 0.004  # of the messages: the chat service refuses
UNKNOWN = 0.004  # ... or its answer is lost
SLOW = 0.03  # take longer than the desk promises
RATED = 0.45
LATE = 0.15  # of the thumbs: after hours or days
TAKEN = 0.55
SNOOZED = 0.02

Hear = Callable[[ChatInput], Awaitable[None]]


class Recorder:
    """A chat service that keeps what it got, in order. The `Sender` of an outbox."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self.sent: list[Send] = []
        self.edits = 0
        self._dice = random.Random(f"{seed}:recorder")  # noqa: S311 - reproducible
        self._clock = clock
        self._listeners: list[Callable[[Send, Sequence[Sequence[str]]], None]] = []

    def listen(self, told: Callable[[Send, Sequence[Sequence[str]]], None]) -> None:
        self._listeners.append(told)

    async def send(
        self,
        send: Send,
        tokens: Sequence[Sequence[str]],
        *,
        picture: bytes | None = None,
        plain: bool = False,
    ) -> int:
        slow = self._dice.random() < SLOW
        await asyncio.sleep(self._dice.uniform(3, 9) if slow else self._dice.uniform(0.2, 1.5))
        fate = self._dice.random()
        if send.category is not Category.REPLY and fate < FAILED:
            raise Blocked("refused by chance")
        self.sent.append(send)
        for told in self._listeners:
            told(send, tokens)
        if send.category is not Category.REPLY and fate < FAILED + UNKNOWN:
            raise Ambiguous("the answer is lost by chance")
        return len(self.sent)

    async def edit(
        self, edit: Edit, tokens: Sequence[Sequence[str]], message_id: int, *, plain: bool
    ) -> None:
        self.edits += 1


class People:
    """The owner and a partner in another language and time zone."""

    def __init__(self, seed: int, clock: Clock, recorder: Recorder, hear: Hear) -> None:
        self._dice = random.Random(f"{seed}:people")  # noqa: S311 - reproducible
        self._clock = clock
        self._recorder = recorder
        self._hear = hear
        self._updates = 0
        self._thumbs: set[asyncio.Task[None]] = set()
        recorder.listen(self._react)

    async def pair(self, code: str) -> None:
        """The owner, and the partner by the owner's invitation."""
        await self.says(OWNER, f"/start {code}")
        await self.says(OWNER, "/people invite trader")
        while not (invited := [s.text for s in self._recorder.sent if "/start " in s.text]):
            await asyncio.sleep(0.1)
        await self.says(PARTNER, "/start " + invited[-1].rsplit("/start ", 1)[1].split()[0])
        await self.says(PARTNER, "/lang id")
        await self.says(PARTNER, "/tz Asia/Jakarta")

    async def says(self, user: int, text: str) -> None:
        await self._hear(self._input(user, text=text))

    def _input(self, user: int, *, text: str = "", token: str = "") -> ChatInput:
        self._updates += 1
        return ChatInput(
            update_id=self._updates,
            chat_id=user,
            chat_kind="private",
            user_id=user,
            user_name={OWNER: "ana", PARTNER: "budi"}[user],
            language="en",
            ts_sent=self._clock.now() // SECOND * SECOND,
            text=text,
            token=token,
            callback_id=f"press{self._updates}" if token else "",
        )

    # What a message makes them do.

    def _react(self, send: Send, tokens: Sequence[Sequence[str]]) -> None:
        dice = self._dice
        known = {
            f"{button.action} {button.argument}".strip(): token
            for row, made in zip(send.buttons, tokens, strict=True)
            for button, token in zip(row, made, strict=True)
        }
        if send.category is Category.SNIPER and dice.random() < TAKEN:
            self._later(send.chat_id, known["entry"], dice.uniform(3, 200))
            if dice.random() < 0.3:
                self._later(send.chat_id, known["lines"], dice.uniform(3, 200))
        if send.category in (Category.SNIPER, Category.INSTITUTIONAL):
            if dice.random() < RATED:
                late = dice.uniform(0.5 * HOUR, 47 * HOUR) / SECOND
                wait_s = late if dice.random() < LATE else dice.expovariate(1 / 90)
                thumb = "rate 1" if dice.random() < 0.6 else "rate -1"
                self._later(send.chat_id, known[thumb], wait_s)
            if dice.random() < SNOOZED:
                snooze = f"snooze {send.category.value} 30"
                self._later(send.chat_id, known[snooze], dice.uniform(3, 60))

    def _later(self, user: int, token: str, wait_s: float) -> None:
        task = asyncio.create_task(self._press(user, token, wait_s))
        self._thumbs.add(task)
        task.add_done_callback(self._thumbs.discard)

    async def _press(self, user: int, token: str, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        await self._hear(self._input(user, token=token))

    def go_home(self) -> None:
        """The month is over: nobody presses any more."""
        for task in list(self._thumbs):
            task.cancel()
