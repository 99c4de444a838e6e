"""What every verb gets and gives: one record in, one record out."""

from collections.abc import Callable

from msgspec.structs import replace

from pawang.alerts.text import Text
from pawang.alerts.words import say
from pawang.model.chat import Answer, Button, Category, ChatInput, Lane, Picture, Role, Send
from pawang.model.codec import Record
from pawang.model.desk import Chat, Desk, Person
from pawang.model.event import Asked, Audit, Count, Effect, Recalled

Rows = tuple[tuple[Button, ...], ...]


class ActionParams(Record):
    coins: tuple[str, ...] = ("BTC", "ETH", "SOL", "AVAX")
    risk_ceiling_pct: float = 2.0
    code_key: str = ""  # makes one-time codes; from the home's keys
    pairing_hash: str = ""  # SHA-256 of the code that pairs the first admin
    command_age_s: int = 60  # risky commands older than this are refused (B14)
    stranger_every_s: int = 600  # one refusal per stranger, one alarm to admins (SEC25)
    strangers_max: int = 100  # remembered at once: more get no answer, and the desk stays small


class Acted(Record):
    desk: Desk
    effects: tuple[Effect, ...] = ()


class Call(Record):
    """A verb's arguments: who asks what, where, and what was looked up for it."""

    desk: Desk
    asked: Asked
    now: int
    params: ActionParams
    person: Person
    chat: Chat
    words: tuple[str, ...]  # after the command; a button's argument, split
    ref_id: str  # of the button, "" for a command

    @property
    def heard(self) -> ChatInput:
        return self.asked.input

    @property
    def recalled(self) -> Recalled:
        return self.asked.recalled

    @property
    def pressed(self) -> bool:
        return bool(self.heard.callback_id or self.heard.token)

    @property
    def who(self) -> str:
        return f"@{self.person.name}" if self.person.name else str(self.person.user_id)

    def say(self, key: str, **values: object) -> str:
        return say(self.chat.language, key, **values)

    def reply(self, text: str | Text, buttons: Rows = (), picture: Picture | None = None) -> Send:
        """An answer in this chat; its ref is the update's, so it is never said twice."""
        spans = text.spans if isinstance(text, Text) else ()
        return Send(
            chat_id=self.heard.chat_id,
            ref_id=f"re_{self.heard.update_id}",
            category=Category.REPLY,
            lane=Lane.ORDER,
            text=text.text if isinstance(text, Text) else text,
            ts_created=self.now,
            buttons=buttons,
            code=spans,
            picture=picture,
            thread_id=self.heard.thread_id,
        )

    def answer(self, text: str) -> tuple[Effect, ...]:
        """A press is answered first of all; a command has nothing to answer."""
        if not self.pressed:
            return ()
        return (Answer(callback_id=self.heard.callback_id, text=text),)

    def tell(self, text: str | Text, buttons: Rows = ()) -> Acted:
        """Nothing changes, something is said."""
        return Acted(desk=self.desk, effects=(*self.answer(""), self.reply(text, buttons)))

    def note(self, text: str) -> Acted:
        """A press gets a notice, a command a reply."""
        said = self.answer(text) if self.pressed else (self.reply(text),)
        return Acted(desk=self.desk, effects=said)

    def audit(self, action: str, detail: str) -> Audit:
        return Audit(actor=self.person.user_id, action=action, detail=detail)

    def with_chat(self, **changes: object) -> Desk:
        """The desk with this chat changed."""
        changed = replace(self.chat, **changes)
        return replace(self.desk, chats={**self.desk.chats, self.chat.chat_id: changed})


Run = Callable[[Call], Acted]


class Verb(Record):
    """One thing a human may do. `button` presses run it too."""

    name: str
    role: Role
    run: Run
    private: bool = False  # only in a private chat (SEC2)
    group_role: Role | None = None  # a stronger role it needs in a group
    risky: bool = False  # refused when the command is old (B14)
    command: bool = True
    button: bool = False


def refused(desk: Desk, why: str, *effects: Effect) -> Acted:
    """Nothing changes, and it is counted."""
    counters = {**desk.counters, why: desk.counters.get(why, 0) + 1}
    return Acted(desk=replace(desk, counters=counters), effects=(*effects, Count(name=why)))
