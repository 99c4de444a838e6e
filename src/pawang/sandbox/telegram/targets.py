"""Which chat, message and content a call means: what the methods' parameters have in common."""

from dataclasses import dataclass
from typing import Any

from pawang.sandbox.telegram import entities, keyboards, utf16
from pawang.sandbox.telegram.params import Params
from pawang.sandbox.telegram.refusal import bad
from pawang.sandbox.telegram.state import Chat, Message, State

TEXT_MAX = 4096
CAPTION_MAX = 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One call on its way: `now_ms` is desk time and dates messages, `wall_ms` paces limits."""

    method: str
    params: Params
    now_ms: int
    wall_ms: int


def chat_id_of(params: Params) -> int | None:
    """The chat a call is about, before anything is checked."""
    try:
        return int(params["chat_id"])
    except (KeyError, TypeError, ValueError):
        return None


def target_chat(state: State, params: Params) -> Chat:
    """The chat to write to. Raises Refusal."""
    if not str(params.get("chat_id", "")).strip():
        raise bad("chat_id is empty")
    chat_id = chat_id_of(params)
    if chat_id is None:
        raise bad("chat not found")  # "@name": the sandbox has no public names
    return state.reachable(chat_id)


def target_message(state: State, params: Params, purpose: str) -> tuple[Chat, Message]:
    """The chat and its message; `purpose` is the verb of the refusal ("edit", "delete")."""
    chat = target_chat(state, params)
    message = chat.messages.get(params.integer("message_id"))
    if message is None:
        raise bad(f"message to {purpose} not found")
    return chat, message


def own_message(state: State, params: Params) -> tuple[Chat, Message]:
    """A message this bot wrote, to be edited."""
    chat, message = target_message(state, params, "edit")
    if message["from"]["id"] != state.bot["id"] or "forum_topic_created" in message:
        raise bad("message can't be edited")
    return chat, message


def text_of(params: Params) -> dict[str, Any]:
    """`text` and `entities` of a message."""
    text, spans = entities.styled(params, params.text("text"))
    if not text.strip():
        raise bad("message text is empty")
    if utf16.length(text) > TEXT_MAX:
        raise bad("message is too long")
    return {"text": text, **({"entities": spans} if spans else {})}


def caption_of(params: Params) -> dict[str, Any]:
    """`caption` and `caption_entities`, nothing for an empty caption."""
    text, spans = entities.styled(params, params.text("caption"), "caption_")
    if utf16.length(text) > CAPTION_MAX:
        raise bad("message caption is too long")
    if not text:
        return {}
    return {"caption": text, **({"caption_entities": spans} if spans else {})}


def keyboard_of(params: Params) -> dict[str, Any]:
    """`reply_markup` when there is an inline keyboard."""
    markup = keyboards.checked(params.json("reply_markup"))
    return {"reply_markup": markup} if markup else {}


def place_of(chat: Chat, params: Params) -> dict[str, Any]:
    """Topic and reply: where in the chat a new message stands."""
    place: dict[str, Any] = {}
    thread_id = params.integer("message_thread_id")
    if thread_id:
        if thread_id not in chat.topics:
            raise bad("message thread not found")
        place |= {"message_thread_id": thread_id, "is_topic_message": True}
    reply = params.json("reply_parameters") or {}
    reply_id = reply.get("message_id") or params.integer("reply_to_message_id")
    if reply_id:
        replied = chat.messages.get(int(reply_id))
        if replied is not None:
            place["reply_to_message"] = without_reply(replied)
        elif not reply.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
    return place


def without_reply(message: Message) -> Message:
    """A message inside a message carries no further one (Bot API, Message.reply_to_message)."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}
