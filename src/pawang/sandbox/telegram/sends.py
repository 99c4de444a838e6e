"""The methods that put something new into a chat."""

from typing import Any

from pawang.sandbox.telegram.params import Params
from pawang.sandbox.telegram.refusal import bad
from pawang.sandbox.telegram.state import Chat, Message, State
from pawang.sandbox.telegram.targets import (
    Call,
    caption_of,
    keyboard_of,
    place_of,
    target_chat,
    text_of,
)

ALBUM_MIN, ALBUM_MAX = 2, 10
TOPIC_NAME_MAX = 128
ACTIONS = (
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note",
    "upload_video_note",
)  # fmt: skip


def send_message(state: State, call: Call) -> Message:
    chat = target_chat(state, call.params)
    return _post(state, call, chat, text_of(call.params))


def send_photo(state: State, call: Call) -> Message:
    chat = target_chat(state, call.params)
    photo = state.files.photo(call.params.file("photo"))
    return _post(state, call, chat, {"photo": [photo.photo_size], **caption_of(call.params)})


def send_document(state: State, call: Call) -> Message:
    chat = target_chat(state, call.params)
    document = state.files.document(call.params.file("document"))
    return _post(state, call, chat, {"document": document.document, **caption_of(call.params)})


def send_media_group(state: State, call: Call) -> list[Message]:
    """2 to 10 photos or documents; each is a message and they share a media_group_id."""
    chat = target_chat(state, call.params)
    media = call.params.list("media") or []
    if len(media) < ALBUM_MIN:
        raise bad("too few messages to send as an album")
    if len(media) > ALBUM_MAX:
        raise bad("too many messages to send as an album")
    if len({item.get("type") if isinstance(item, dict) else "" for item in media}) > 1:
        raise bad("photos and documents can't be mixed in an album")
    contents = [media_of(state, call.params, item) for item in media]
    state.albums_made += 1
    album = {"media_group_id": str(state.bot["id"] * 1000 + state.albums_made)}
    return [_post(state, call, chat, {**album, **content}) for content in contents]


def media_of(state: State, params: Params, item: Any) -> dict[str, Any]:
    """The content of one InputMedia: its file and its caption."""
    if not isinstance(item, dict) or item.get("type") not in ("photo", "document"):
        raise bad("can't parse InputMedia: only photo and document are known here")
    given = params.attached(item.get("media"))
    caption = caption_of(Params(item))
    if item["type"] == "photo":
        return {"photo": [state.files.photo(given).photo_size], **caption}
    return {"document": state.files.document(given).document, **caption}


def send_chat_action(state: State, call: Call) -> bool:
    chat = target_chat(state, call.params)
    action = call.params.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    state.changed("action", chat.id, action=action)
    return True


def create_forum_topic(state: State, call: Call) -> dict[str, Any]:
    chat = target_chat(state, call.params)
    name = call.params.text("name").strip()
    if not chat.is_forum:
        raise bad("the chat is not a forum")
    if not 1 <= len(name) <= TOPIC_NAME_MAX:
        raise bad("TOPIC_NAME_INVALID")
    color = call.params.integer("icon_color", 7322096)
    created = {"name": name, "icon_color": color}
    message = state.post(chat, state.bot, call.now_ms, {"forum_topic_created": created})
    chat.topics[message["message_id"]] = name
    return {"message_thread_id": message["message_id"], **created}


def _post(state: State, call: Call, chat: Chat, content: dict[str, Any]) -> Message:
    place = place_of(chat, call.params)
    keyboard = keyboard_of(call.params)
    return state.post(chat, state.bot, call.now_ms, {**place, **content, **keyboard})
