"""The methods that change, answer or remove what is already in a chat.

An edit keeps the message_id and the date and sets edit_date; one without reply_markup takes the
keyboard away, as in the Bot API.
"""

from typing import Any

from pawang.sandbox.telegram import utf16
from pawang.sandbox.telegram.refusal import Refusal, bad
from pawang.sandbox.telegram.sends import media_of
from pawang.sandbox.telegram.state import PRESS_LIFE_MS, Chat, Message, State
from pawang.sandbox.telegram.targets import (
    Call,
    caption_of,
    keyboard_of,
    own_message,
    target_chat,
    target_message,
    text_of,
)

DELETE_AGE_S_MAX = 48 * 3600  # core.telegram.org/bots/api#deletemessage
DELETE_MANY_MAX = 100
ANSWER_MAX = 200
CONTENT = (
    "text", "entities", "photo", "document", "caption", "caption_entities", "reply_markup",
)  # fmt: skip


def edit_message_text(state: State, call: Call) -> Message:
    chat, message = own_message(state, call.params)
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    content = {**text_of(call.params), **keyboard_of(call.params)}
    return _edit(state, call, chat, message, content)


def edit_message_caption(state: State, call: Call) -> Message:
    chat, message = own_message(state, call.params)
    if "text" in message:
        raise bad("there is no caption in the message to edit")
    media: dict[str, Any] = {key: message[key] for key in ("photo", "document") if key in message}
    content = {**media, **caption_of(call.params), **keyboard_of(call.params)}
    return _edit(state, call, chat, message, content)


def edit_message_media(state: State, call: Call) -> Message:
    chat, message = own_message(state, call.params)
    media = call.params.json("media")
    if media is None:
        raise bad("media is not specified")
    content = media_of(state, call.params, media)
    return _edit(state, call, chat, message, {**content, **keyboard_of(call.params)})


def edit_message_reply_markup(state: State, call: Call) -> Message:
    chat, message = own_message(state, call.params)
    kept = {key: message[key] for key in CONTENT if key in message and key != "reply_markup"}
    return _edit(state, call, chat, message, {**kept, **keyboard_of(call.params)})


def _edit(state: State, call: Call, chat: Chat, old: Message, content: dict[str, Any]) -> Message:
    if content == {key: old[key] for key in CONTENT if key in old}:
        raise bad(
            "message is not modified: specified new message content and reply markup are exactly"
            " the same as a current content and reply markup of the message"
        )
    frame = {key: value for key, value in old.items() if key not in CONTENT}
    return state.replace(chat, {**frame, "edit_date": state.date(call.now_ms), **content})


def delete_message(state: State, call: Call) -> bool:
    chat, message = target_message(state, call.params, "delete")
    if not _may_delete(state, call, chat, message):
        raise bad("message can't be deleted for everyone")
    state.remove(chat, message["message_id"])
    return True


def delete_messages(state: State, call: Call) -> bool:
    """Up to 100; those that are not there are passed over, as in the Bot API."""
    chat = target_chat(state, call.params)
    ids = call.params.list("message_ids") or []
    if not 1 <= len(ids) <= DELETE_MANY_MAX:
        raise bad("wrong number of message identifiers")
    for message_id in ids:
        message = chat.messages.get(message_id)
        if message is not None and _may_delete(state, call, chat, message):
            state.remove(chat, message_id)
    return True


def _may_delete(state: State, call: Call, chat: Chat, message: Message) -> bool:
    # The sandbox's bot is no administrator: in groups it removes only what it wrote.
    own = bool(message["from"]["id"] == state.bot["id"])
    young = state.date(call.now_ms) - message["date"] <= DELETE_AGE_S_MAX
    return young and (own or chat.type == "private")


def answer_callback_query(state: State, call: Call) -> bool:
    press = state.presses.get(call.params.text("callback_query_id"))
    text = call.params.text("text")
    if press is None or press.answered or call.wall_ms - press.wall_ms > PRESS_LIFE_MS:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    if utf16.length(text) > ANSWER_MAX:
        raise bad("MESSAGE_TOO_LONG")
    press.answered = True
    state.changed(
        "answer",
        press.chat_id,
        callback_id=press.callback_id,
        message_id=press.message_id,
        user_id=press.user_id,
        label=press.label,
        text=text,
        alert=call.params.flag("show_alert"),
    )
    return True


def set_message_reaction(state: State, call: Call) -> bool:
    chat, message = target_message(state, call.params, "react")
    reactions = call.params.list("reaction") or []
    if any(not isinstance(one, dict) or "type" not in one for one in reactions):
        raise bad("REACTION_INVALID")
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    put_reaction(state, chat, message["message_id"], state.bot["id"], reactions)
    return True


def put_reaction(
    state: State, chat: Chat, message_id: int, user_id: int, reactions: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Set somebody's reactions on a message; the old ones."""
    old = chat.reactions.pop((message_id, user_id), [])
    if reactions:
        chat.reactions[message_id, user_id] = reactions
    state.changed("reaction", chat.id, message_id=message_id, emoji=emoji(chat, message_id))
    return old


def emoji(chat: Chat, message_id: int) -> list[str]:
    """The emoji under a message, oldest first."""
    return [
        one["emoji"]
        for (where, _), reactions in chat.reactions.items()
        if where == message_id
        for one in reactions
        if "emoji" in one
    ]


def pin_chat_message(state: State, call: Call) -> bool:
    chat, message = target_message(state, call.params, "pin")
    message_id = message["message_id"]
    if message_id in chat.pinned:
        chat.pinned.remove(message_id)
    chat.pinned.append(message_id)
    state.changed("pin", chat.id, message=message)
    return True


def unpin_chat_message(state: State, call: Call) -> bool:
    chat = target_chat(state, call.params)
    message_id = call.params.integer("message_id") or (chat.pinned[-1] if chat.pinned else 0)
    if message_id not in chat.pinned:
        raise Refusal(400, "Bad Request: message to unpin not found")
    chat.pinned.remove(message_id)
    state.changed("pin", chat.id, message=pinned(chat))
    return True


def pinned(chat: Chat) -> Message | None:
    """What the pin bar shows."""
    return chat.messages.get(chat.pinned[-1]) if chat.pinned else None
