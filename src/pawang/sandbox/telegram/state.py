"""What the simulated Telegram knows: the bot, its chats and messages, updates, presses, files.

A message is kept as the very object the Bot API shows. It is never changed in place: an edit puts
a new object at the same message_id, so an update that carries the old one stays true.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pawang.sandbox.telegram.faults import ON_UPDATE, Script
from pawang.sandbox.telegram.files import Files
from pawang.sandbox.telegram.refusal import Refusal, bad
from pawang.sandbox.telegram.updates import Updates

MESSAGES_MAX = 20_000  # kept per chat; an older one is "not found", as a cleared chat's would be
CHANGES_MAX = 2_000  # a page further behind loads the whole state again
PRESSES_MAX = 10_000
PRESS_LIFE_MS = 60_000  # how long a press may be answered; Telegram publishes no figure

Message = dict[str, Any]
Json = dict[str, Any]


@dataclass(slots=True)
class Chat:
    """One chat as the bot sees it."""

    id: int
    type: str  # "private", "group", "supergroup", "channel"
    name: str
    is_forum: bool = False
    language: str = ""
    messages: dict[int, Message] = field(default_factory=dict)
    next_id: int = 1
    pinned: list[int] = field(default_factory=list)
    topics: dict[int, str] = field(default_factory=dict)
    reactions: dict[tuple[int, int], list[Json]] = field(default_factory=dict)
    gone: bool = False  # the user blocked the bot, or the group removed it
    migrated_to: int | None = None
    menu_button: Json = field(default_factory=lambda: {"type": "commands"})

    @property
    def is_group(self) -> bool:
        return self.type in ("group", "supergroup")

    @property
    def brief(self) -> Json:
        """The Chat object of messages and updates."""
        named = "first_name" if self.type == "private" else "title"
        brief: Json = {"id": self.id, "type": self.type, named: self.name}
        if self.is_forum:
            brief["is_forum"] = True
        return brief


@dataclass(slots=True)
class Press:
    """A tapped button that waits for answerCallbackQuery."""

    callback_id: str
    chat_id: int
    message_id: int
    user_id: int
    label: str
    wall_ms: int
    answered: bool = False


@dataclass(slots=True)
class Webhook:
    """Where updates are pushed; an empty url means they are polled for."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    error_ts: int | None = None
    error: str = ""


class State:
    """Everything behind the API. No clock in here: `now_ms` comes in with each call."""

    def __init__(self, bot_id: int, bot_name: str, bot_username: str, seed: int = 0) -> None:
        self.bot: Json = {
            "id": bot_id,
            "is_bot": True,
            "first_name": bot_name,
            "username": bot_username,
        }
        self.chats: dict[int, Chat] = {}
        self.users: dict[int, Json] = {}
        self.updates = Updates()
        self.presses: dict[str, Press] = {}
        self.presses_made = 0
        self.albums_made = 0
        self.files = Files()
        self.webhook = Webhook()
        self.commands: dict[tuple[str, str], list[Json]] = {}  # by scope and language
        self.faults = Script(seed)
        self.skew_ms = 0
        self.changes: deque[Json] = deque(maxlen=CHANGES_MAX)
        self.version = 0
        self.wake: Callable[[], None] = lambda: None  # called after every change

    # -- chats and messages -----------------------------------------------------------------

    def reachable(self, chat_id: int) -> Chat:
        """The chat, if the bot may write there. Raises Refusal in Telegram's words."""
        chat = self.known(chat_id)
        if chat.gone:
            who = (
                "blocked by the user"
                if chat.type == "private"
                else f"kicked from the {_kind(chat)}"
            )
            raise Refusal(403, f"Forbidden: bot was {who}")
        return chat

    def known(self, chat_id: int) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to is not None:
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.migrated_to,
            )
        return chat

    def post(self, chat: Chat, sender: Json, now_ms: int, content: Json) -> Message:
        """A new message at the end of the chat."""
        message: Message = {
            "message_id": chat.next_id,
            "from": sender,
            "chat": chat.brief,
            "date": self.date(now_ms),
            **content,
        }
        chat.next_id += 1
        chat.messages[message["message_id"]] = message
        if len(chat.messages) > MESSAGES_MAX:
            del chat.messages[next(iter(chat.messages))]
        self.changed("message", chat.id, message=message)
        return message

    def replace(self, chat: Chat, message: Message) -> Message:
        """The same message_id with another content."""
        assert message["message_id"] in chat.messages
        chat.messages[message["message_id"]] = message
        self.changed("message", chat.id, message=message)
        return message

    def remove(self, chat: Chat, message_id: int) -> None:
        del chat.messages[message_id]
        if message_id in chat.pinned:
            chat.pinned.remove(message_id)
        self.changed("delete", chat.id, message_id=message_id)

    def migrate(self, chat: Chat, new_id: int) -> Chat:
        """The group goes on as a supergroup under another id; the old id only points there."""
        moved = Chat(new_id, "supergroup", chat.name, chat.is_forum, chat.language)
        self.chats[new_id] = moved
        chat.migrated_to = new_id
        self.changed("chats", chat.id)
        return moved

    def date(self, now_ms: int) -> int:
        """Desk time as Telegram stamps it: whole seconds, off by the scripted skew."""
        return (now_ms + self.skew_ms) // 1000

    # -- updates and changes ----------------------------------------------------------------

    def update(self, kind: str, chat_id: int, body: Json, now_ms: int) -> int | None:
        """Tell the bot; None when it did not ask for this kind."""
        fault = self.faults.draw(ON_UPDATE, kind, chat_id)
        update_id = self.updates.push(kind, body, now_ms, fault.kind if fault else "")
        self.wake()
        return update_id

    def changed(self, kind: str, chat_id: int | None, **body: Any) -> None:
        """Tell whoever shows the chat."""
        self.version += 1
        self.changes.append({"version": self.version, "kind": kind, "chat_id": chat_id, **body})
        self.wake()

    def pressed(self, press: Press) -> None:
        self.presses[press.callback_id] = press
        if len(self.presses) > PRESSES_MAX:
            del self.presses[next(iter(self.presses))]


def _kind(chat: Chat) -> str:
    return f"{chat.type} chat"
