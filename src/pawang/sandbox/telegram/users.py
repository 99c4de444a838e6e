"""The people's side: what they write, tap, react to, block and remove.

Every deed returns what came of it; one that a phone would not allow raises `Impossible`.
"""

import hashlib
from typing import Any

from pawang.sandbox.telegram import keyboards, utf16
from pawang.sandbox.telegram.edits import put_reaction
from pawang.sandbox.telegram.entities import commands
from pawang.sandbox.telegram.state import Chat, Json, Message, Press, State

ANONYMOUS_ADMIN = 1087968824  # a group's admin who hides; the chat itself is the sender
CHAT_TYPES = ("private", "group", "supergroup", "forum")


class Impossible(Exception):
    """No such chat, message or button; `found` lists what is there."""

    def __init__(self, words: str, **found: Any) -> None:
        super().__init__(words)
        self.found = found


class Users:
    """All people of the box; they come into being when they first do something."""

    def __init__(self, state: State) -> None:
        self.state = state

    def message(
        self,
        now_ms: int,
        *,
        chat_id: int,
        user_id: int,
        text: str,
        user_name: str = "",
        language_code: str = "",
        chat_type: str = "",
        reply_to: int | None = None,
        forwarded: bool = False,
        thread_id: int | None = None,
    ) -> Json:
        """Somebody writes; the chat is made when it is new. chat, message and update ids."""
        if not text or utf16.length(text) > 4096:
            raise Impossible("a message has 1 to 4096 characters")
        user = self.person(user_id, user_name, language_code)
        chat = self.chat(chat_id, user, chat_type)
        if chat.migrated_to is not None:
            raise Impossible("the group became a supergroup", migrated_to=chat.migrated_to)
        content = self._content(chat, user_id, text, reply_to, forwarded, thread_id, now_ms)
        message = self.state.post(chat, user, now_ms, content)
        update_id = None
        if not chat.gone:
            update_id = self.state.update("message", chat.id, message, now_ms)
        return {
            "chat_id": chat.id,
            "message_id": message["message_id"],
            "update_id": update_id,
        }

    def _content(
        self,
        chat: Chat,
        user_id: int,
        text: str,
        reply_to: int | None,
        forwarded: bool,
        thread_id: int | None,
        now_ms: int,
    ) -> dict[str, Any]:
        content: dict[str, Any] = {"text": text}
        spans = commands(text)
        if spans:
            content["entities"] = spans
        if user_id == ANONYMOUS_ADMIN:
            content["sender_chat"] = chat.brief
        if reply_to is not None:
            replied = self.existing(chat.id, reply_to)
            content["reply_to_message"] = {**replied}
            content["reply_to_message"].pop("reply_to_message", None)
        if forwarded:
            content["forward_origin"] = {
                "type": "hidden_user",
                "sender_user_name": "somebody else",
                "date": self.state.date(now_ms),
            }
        if thread_id is not None:
            content |= {"message_thread_id": thread_id, "is_topic_message": True}
        return content

    def press(
        self,
        now_ms: int,
        wall_ms: int,
        *,
        chat_id: int,
        message_id: int,
        user_id: int,
        label: str = "",
        data: str = "",
        forged: bool = False,
        repeat: int = 1,
    ) -> Json:
        """A tap on an inline button, found by label or by data.

        `forged` sends any data, as a changed client can; `repeat` taps so many times. The ids of
        the presses and updates.
        """
        message = self.existing(chat_id, message_id)
        button = keyboards.find(message, label, "" if label else data)
        if forged:
            button = {"text": label, "callback_data": data}
        if button is None or "callback_data" not in button:
            raise Impossible("there is no such button", buttons=keyboards.labels(message))
        if not 1 <= repeat <= 1000:
            raise Impossible("repeat is 1 to 1000")
        user = self.person(user_id)
        presses = [
            self._press(now_ms, wall_ms, message, user, button["text"], button["callback_data"])
            for _ in range(repeat)
        ]
        return {**presses[0], "callback_ids": [press["callback_id"] for press in presses]}

    def _press(
        self, now_ms: int, wall_ms: int, message: Message, user: Json, label: str, data: str
    ) -> Json:
        state = self.state
        chat_id: int = message["chat"]["id"]
        state.presses_made += 1
        callback_id = str((state.bot["id"] << 24) + state.presses_made)
        state.pressed(
            Press(callback_id, chat_id, message["message_id"], user["id"], label, wall_ms)
        )
        query = {
            "id": callback_id,
            "from": user,
            "message": message,
            "chat_instance": _instance(chat_id),
            "data": data,
        }
        update_id = state.update("callback_query", chat_id, query, now_ms)
        return {"callback_id": callback_id, "update_id": update_id}

    def react(
        self, now_ms: int, *, chat_id: int, message_id: int, user_id: int, emoji: str = ""
    ) -> Json:
        """An emoji under a message, or none; the bot hears of it only if it asked to."""
        message = self.existing(chat_id, message_id)
        chat = self.state.chats[chat_id]
        new = [{"type": "emoji", "emoji": emoji}] if emoji else []
        old = put_reaction(self.state, chat, message_id, user_id, new)
        reaction = {
            "chat": chat.brief,
            "message_id": message["message_id"],
            "user": self.person(user_id),
            "date": self.state.date(now_ms),
            "old_reaction": old,
            "new_reaction": new,
        }
        return {"update_id": self.state.update("message_reaction", chat_id, reaction, now_ms)}

    def block(self, now_ms: int, *, chat_id: int, user_id: int = 0, blocked: bool = True) -> Json:
        """Block the bot in a private chat or remove it from a group; `blocked` false undoes it."""
        chat = self.state.chats.get(chat_id)
        if chat is None:
            raise Impossible("there is no such chat", chats=list(self.state.chats))
        user = self.person(user_id or abs(chat_id))
        old, new = ("member", "kicked") if blocked else ("kicked", "member")
        changed = {
            "chat": chat.brief,
            "from": user,
            "date": self.state.date(now_ms),
            "old_chat_member": _member(self.state.bot, old),
            "new_chat_member": _member(self.state.bot, new),
        }
        chat.gone = blocked
        self.state.changed("chats", chat_id)
        return {"update_id": self.state.update("my_chat_member", chat_id, changed, now_ms)}

    def delete(self, *, chat_id: int, message_id: int) -> Json:
        """Remove a message from the chat; bots are never told."""
        self.existing(chat_id, message_id)
        self.state.remove(self.state.chats[chat_id], message_id)
        return {}

    # -- who and where ----------------------------------------------------------------------

    def person(self, user_id: int, name: str = "", language: str = "") -> Json:
        """The User object; what is given now replaces what was known."""
        known = self.state.users.get(user_id)
        if known is None:
            known = {"id": user_id, "is_bot": False, "first_name": name or f"User {user_id}"}
            if user_id == ANONYMOUS_ADMIN:
                known |= {
                    "is_bot": True,
                    "first_name": "Group",
                    "username": "GroupAnonymousBot",
                }
        if name:
            known = {**known, "first_name": name}
        if language:
            known = {**known, "language_code": language}
        self.state.users[user_id] = known
        return known

    def chat(self, chat_id: int, user: Json, chat_type: str = "") -> Chat:
        """The chat, made when it is new: negative ids are groups, -100… supergroups."""
        chat = self.state.chats.get(chat_id)
        if chat is not None:
            return chat
        if chat_type and chat_type not in CHAT_TYPES:
            raise Impossible(f"chat_type is one of {', '.join(CHAT_TYPES)}")
        guess = "private" if chat_id > 0 else "group" if chat_id > -(10**12) else "supergroup"
        kind = "supergroup" if chat_type == "forum" else chat_type or guess
        name = user["first_name"] if kind == "private" else f"Group {abs(chat_id)}"
        chat = Chat(chat_id, kind, name, chat_type == "forum", user.get("language_code", ""))
        self.state.chats[chat_id] = chat
        self.state.changed("chats", chat_id)
        return chat

    def existing(self, chat_id: int, message_id: int) -> Message:
        chat = self.state.chats.get(chat_id)
        if chat is None:
            raise Impossible("there is no such chat", chats=list(self.state.chats))
        message = chat.messages.get(message_id)
        if message is None:
            raise Impossible("there is no such message")
        return message


def _member(bot: Json, status: str) -> Json:
    member: Json = {"user": bot, "status": status}
    return member | ({"until_date": 0} if status == "kicked" else {})


def _instance(chat_id: int) -> str:
    """One opaque number a chat, the same for every press in it."""
    digest = hashlib.sha256(str(chat_id).encode()).digest()
    return str(int.from_bytes(digest[:8], "big", signed=True))
