"""The description of the user's side, as `GET /openapi.json` tells it."""

from typing import Any

from pawang.sandbox.telegram.faults import KINDS

Schema = dict[str, Any]

_INTEGER: Schema = {"type": "integer"}
_STRING: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}


def _object(required: str, **properties: Schema) -> Schema:
    return {"type": "object", "required": required.split(), "properties": properties}


_MESSAGE = _object(
    "chat_id user_id text",
    chat_id={**_INTEGER, "description": "made when new: positive private, negative a group"},
    user_id=_INTEGER,
    text=_STRING,
    user_name=_STRING,
    language_code={**_STRING, "example": "id"},
    chat_type={"type": "string", "enum": ["private", "group", "supergroup", "forum"]},
    reply_to={**_INTEGER, "description": "message_id of the message answered"},
    forwarded=_FLAG,
    thread_id=_INTEGER,
)
_PRESS = _object(
    "chat_id message_id user_id",
    chat_id=_INTEGER,
    message_id=_INTEGER,
    user_id=_INTEGER,
    label={**_STRING, "description": "what stands on the button; or give data"},
    data=_STRING,
    forged={**_FLAG, "description": "send `data` although no button carries it"},
    repeat={**_INTEGER, "description": "tap so many times"},
)
_REACT = _object(
    "chat_id message_id user_id",
    chat_id=_INTEGER,
    message_id=_INTEGER,
    user_id=_INTEGER,
    emoji={**_STRING, "description": "empty takes the reaction away"},
)
_BLOCK = _object("chat_id", chat_id=_INTEGER, user_id=_INTEGER, blocked={**_FLAG, "default": True})
_DELETE = _object("chat_id message_id", chat_id=_INTEGER, message_id=_INTEGER)
_FAULT = _object(
    "kind",
    kind={
        "type": "string",
        "enum": list(KINDS),
        "description": "\n".join(f"{kind}: {words}" for kind, words in KINDS.items()),
    },
    method={**_STRING, "default": "*", "description": "a method's name, for updates their kind"},
    chat_id=_INTEGER,
    count={**_INTEGER, "default": 1, "nullable": True, "description": "null: until cleared"},
    skip={**_INTEGER, "default": 0},
    probability={"type": "number", "default": 1},
    retry_after={**_INTEGER, "default": 5},
    migrate_to_chat_id=_INTEGER,
    seconds={"type": "number", "description": "of slow and clock_skew"},
    description={**_STRING, "description": "the words of a 400, 403, 409 or 500"},
)
_TOKEN = _object("token", token={**_STRING, "description": "same bot id, the old token is dead"})
_ROW = _object(
    "seq ts method chat_id message_id text buttons",
    seq=_INTEGER,
    ts={"type": "number", "description": "desk time, seconds"},
    wall_ts={"type": "number", "description": "wall time, seconds"},
    method=_STRING,
    chat_id={**_INTEGER, "nullable": True},
    message_id={**_INTEGER, "nullable": True},
    text={**_STRING, "description": "the text it was sent with; an answer's for a callback"},
    buttons={"type": "array", "items": {"type": "array", "items": _STRING}},
    caption=_STRING,
    photo={**_STRING, "description": "file id, see /file/{file_id}"},
)
_CALL = _object(
    "seq ts method chat_id status applied",
    seq=_INTEGER,
    ts={"type": "number"},
    wall_ts={"type": "number"},
    method=_STRING,
    chat_id={**_INTEGER, "nullable": True},
    status={**_INTEGER, "description": "0 when the wire broke"},
    applied=_FLAG,
    fault=_STRING,
    description=_STRING,
)


def _post(summary: str, schema: Schema, missing: str = "no such chat, message or button") -> Schema:
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    return {
        "post": {
            "summary": summary,
            "requestBody": body,
            "responses": {
                "200": {"description": "done; the ids it made"},
                "400": {"description": "a field is missing or wrong"},
                "409": {"description": f"not possible: {missing}"},
            },
        }
    }


def _get(summary: str, schema: Schema | None = None, *query: str) -> Schema:
    content = {"application/json": {"schema": schema}} if schema else {}
    parameters = [{"name": name, "in": "query", "schema": _STRING} for name in query]
    return {
        "get": {
            "summary": summary,
            "parameters": parameters,
            "responses": {"200": {"description": "ok", "content": content}},
        }
    }


def describe() -> Schema:
    """An OpenAPI 3.0 document."""
    rows: Schema = {"type": "array", "items": _ROW}
    calls: Schema = {"type": "array", "items": _CALL}
    faults = _post("script a fault", _FAULT, "too many are waiting")
    faults |= _get("the faults that wait")
    faults["delete"] = {"summary": "clear them", "responses": {"200": {"description": "cleared"}}}
    file = _get("a picture or document of the chat")
    file["get"]["parameters"] = [
        {"name": "file_id", "in": "path", "required": True, "schema": _STRING}
    ]
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "simulated Telegram, the people's side",
            "version": "1",
            "description": "The bot's side is the Bot API at /bot{token}/{method}.",
        },
        "paths": {
            "/user/message": _post("write to the bot", _MESSAGE),
            "/user/press": _post("tap an inline button", _PRESS),
            "/user/react": _post("react to a message", _REACT),
            "/user/block": _post("block the bot, or remove it from the group", _BLOCK),
            "/user/delete": _post("remove a message from the chat", _DELETE),
            "/transcript": _get(
                "every applied call in order, one row a message", rows, "since", "chat_id", "method"
            ),
            "/calls": _get("every call with its status", calls, "since", "chat_id", "method"),
            "/state": _get("the chat as the page shows it", None, "chat_id"),
            "/events": _get(
                "long poll: changes after `since`", None, "since", "chat_id", "timeout"
            ),
            "/file/{file_id}": file,
            "/sandbox/fault": faults,
            "/sandbox/token": _post("give the bot another token", _TOKEN, "another bot's token"),
        },
    }
