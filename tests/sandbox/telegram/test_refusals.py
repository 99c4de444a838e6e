"""No, in Telegram's own words: a desk reads them to know what to do next."""

from typing import Any

import pytest

from pawang.sandbox.telegram.params import Upload

OWNER, GROUP = 1001, -2002


def keyboard(*labels: str, data: Any = "d", per_row: int = 8) -> dict[str, Any]:
    buttons = [{"text": label, "callback_data": data} for label in labels]
    rows = [buttons[at : at + per_row] for at in range(0, len(buttons), per_row)]
    return {"inline_keyboard": rows}


SENDS: list[tuple[str, dict[str, Any], str]] = [
    ("no text", {}, "message text is empty"),
    ("empty text", {"text": ""}, "message text is empty"),
    ("only white", {"text": " \n\t"}, "message text is empty"),
    ("too long", {"text": "x" * 4097}, "message is too long"),
    ("too long in UTF-16", {"text": "🔥" * 2049}, "message is too long"),
    (
        "data of 65 bytes",
        {"text": "x", "reply_markup": keyboard("a", data="é" * 33)},
        "BUTTON_DATA_INVALID",
    ),
    ("empty data", {"text": "x", "reply_markup": keyboard("a", data="")}, "BUTTON_DATA_INVALID"),
    (
        "data is a number",
        {"text": "x", "reply_markup": keyboard("a", data=5)},
        "BUTTON_DATA_INVALID",
    ),
    (
        "101 buttons",
        {"text": "x", "reply_markup": keyboard(*"a" * 101)},
        "reply markup is too long",
    ),
    (
        "9 in a row",
        {"text": "x", "reply_markup": keyboard(*"a" * 9, per_row=9)},
        "reply markup is too long",
    ),
    ("markup is a list", {"text": "x", "reply_markup": []}, "object expected as reply markup"),
    (
        "markup is broken",
        {"text": "x", "reply_markup": "{"},
        "can't parse reply markup JSON object",
    ),
    (
        "a button without a deed",
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    ("unknown parse mode", {"text": "x", "parse_mode": "rtf"}, "unsupported parse_mode"),
    (
        "an open tag",
        {"text": "<b>x", "parse_mode": "HTML"},
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        "a lone point",
        {"text": "220.60", "parse_mode": "MarkdownV2"},
        "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'",
    ),
    (
        "an entity past the end",
        {"text": "x", "entities": [{"type": "code", "offset": 0, "length": 2}]},
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 2",
    ),
    (
        "an entity inside an emoji",
        {"text": "🔥", "entities": [{"type": "code", "offset": 1, "length": 1}]},
        "entity begins in a middle of a UTF-16 symbol at UTF-16 offset 1",
    ),
    (
        "a negative offset",
        {"text": "x", "entities": [{"type": "code", "offset": -1, "length": 1}]},
        "receive an entity with incorrect offset -1",
    ),
    ("unknown chat", {"text": "x", "chat_id": 5}, "chat not found"),
    ("a name", {"text": "x", "chat_id": "@nobody"}, "chat not found"),
    ("no chat", {"text": "x", "chat_id": ""}, "chat_id is empty"),
]


@pytest.mark.parametrize(("case", "params", "words"), SENDS, ids=[row[0] for row in SENDS])
def test_a_send_that_is_wrong_is_refused_and_leaves_nothing(
    told: Any, case: str, params: dict[str, Any], words: str
) -> None:
    """The chat has still only what its person wrote."""
    assert told.refused("sendMessage", **{"chat_id": OWNER, **params}) == f"Bad Request: {words}"
    assert list(told.core.state.chats[OWNER].messages) == [1]
    assert not told.core.transcript


@pytest.mark.parametrize(
    ("text", "markup"),
    [("x" * 4096, None), ("🔥" * 2048, None), ("x", keyboard(*"a" * 100, data="b" * 64))],
)
def test_what_is_just_within_the_limits_passes(told: Any, text: str, markup: Any) -> None:
    """4096 units, 100 buttons, 8 in a row, 64 bytes of data."""
    assert told.call("sendMessage", chat_id=OWNER, text=text, reply_markup=markup)


def test_pictures_are_looked_at(told: Any, picture: bytes) -> None:
    """Not a picture, none at all, too long a caption, a stranger's file id."""
    upload = Upload("x.png", "image/png", picture)

    def refused(**params: Any) -> str:
        return str(told.refused("sendPhoto", chat_id=OWNER, **params))

    assert refused() == "Bad Request: there is no photo in the request"
    assert refused(photo="AgAC-unknown") == "Bad Request: wrong file identifier/HTTP URL specified"
    text = Upload("x.png", "image/png", b"not a picture")
    assert refused(photo=text) == "Bad Request: IMAGE_PROCESS_FAILED"
    assert refused(photo=Upload("x", "y", picture[:20])) == "Bad Request: IMAGE_PROCESS_FAILED"
    assert refused(photo=Upload("x", "y", b"")) == "Bad Request: file must be non-empty"
    assert refused(photo=upload, caption="c" * 1025) == "Bad Request: message caption is too long"
    huge = Upload("x", "y", picture + bytes(10 * 1024 * 1024))
    assert "is too big for a photo; the maximum size is 10485760 bytes" in refused(photo=huge)
    assert told.call("sendPhoto", chat_id=OWNER, photo=upload, caption="c" * 1024)


def test_edits_of_what_is_not_there_are_refused(told: Any, picture: bytes) -> None:
    """Not found, somebody else's, of another kind, not modified."""
    told.call("sendMessage", chat_id=OWNER, text="hi")
    told.call("sendPhoto", chat_id=OWNER, photo=Upload("x.png", "image/png", picture))

    def refused(method: str, message_id: int, **params: Any) -> str:
        return str(told.refused(method, chat_id=OWNER, message_id=message_id, **params))

    assert refused("editMessageText", 99, text="x") == "Bad Request: message to edit not found"
    assert refused("editMessageText", 1, text="x") == "Bad Request: message can't be edited"
    assert "no text in the message to edit" in refused("editMessageText", 3, text="x")
    assert "no caption in the message to edit" in refused("editMessageCaption", 2, caption="x")
    assert "message is not modified" in refused("editMessageText", 2, text="hi")
    assert "message is not modified" in refused("editMessageReplyMarkup", 2)
    assert refused("deleteMessage", 99) == "Bad Request: message to delete not found"
    assert refused("pinChatMessage", 99) == "Bad Request: message to pin not found"
    assert refused("setMessageReaction", 99) == "Bad Request: message to react not found"


def test_an_old_message_cannot_be_deleted(told: Any) -> None:
    """48 hours of desk time."""
    told.call("sendMessage", chat_id=OWNER, text="hi")
    told.now_ms += 48 * 3600 * 1000 + 1000
    words = told.refused("deleteMessage", chat_id=OWNER, message_id=2)
    assert words == "Bad Request: message can't be deleted for everyone"


STALE = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def test_a_press_is_answered_once_and_soon(told: Any) -> None:
    """Unknown, twice, late and too long."""
    told.call("sendMessage", chat_id=OWNER, text="hi", reply_markup=keyboard("👍"))
    first, second = told.presses(message_id=2, label="👍", repeat=2)["callback_ids"]
    assert told.refused("answerCallbackQuery", callback_query_id="77") == STALE
    words = told.refused("answerCallbackQuery", callback_query_id=first, text="x" * 201)
    assert words == "Bad Request: MESSAGE_TOO_LONG"
    assert told.call("answerCallbackQuery", callback_query_id=first, text="x" * 200) is True
    assert told.refused("answerCallbackQuery", callback_query_id=first) == STALE
    told.now_ms += 60_001
    assert told.refused("answerCallbackQuery", callback_query_id=second) == STALE


def test_a_blocked_bot_and_a_kicked_one_are_forbidden(told: Any) -> None:
    """403, and the way back."""
    told.core.user.block(told.now_ms, chat_id=OWNER)
    told.core.user.block(told.now_ms, chat_id=GROUP, user_id=OWNER)
    words = told.refused("sendMessage", chat_id=OWNER, text="x")
    assert words == "Forbidden: bot was blocked by the user"
    words = told.refused("sendMessage", chat_id=GROUP, text="x")
    assert words == "Forbidden: bot was kicked from the group chat"
    told.core.user.block(told.now_ms, chat_id=OWNER, blocked=False)
    assert told.call("sendMessage", chat_id=OWNER, text="x")


@pytest.mark.parametrize(
    ("commands", "words"),
    [
        ([{"command": "Alpha", "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "a" * 33, "description": "x"}], "BOT_COMMAND_INVALID"),
        ([{"command": "alpha", "description": "x" * 257}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "alpha", "description": ""}], "BOT_COMMAND_DESCRIPTION_INVALID"),
        ([{"command": "a", "description": "x"}] * 101, "BOT_COMMANDS_TOO_MUCH"),
    ],
)
def test_a_menu_that_is_wrong_is_refused(told: Any, commands: Any, words: str) -> None:
    """100 commands of 32 letters with 256 of description."""
    assert told.refused("setMyCommands", commands=commands) == f"Bad Request: {words}"


def test_albums_and_topics_have_bounds(told: Any) -> None:
    """2 to 10, and only forums have topics."""
    one = {"type": "photo", "media": "x"}
    few = told.refused("sendMediaGroup", chat_id=OWNER, media=[one])
    many = told.refused("sendMediaGroup", chat_id=OWNER, media=[one] * 11)
    assert few == "Bad Request: too few messages to send as an album"
    assert many == "Bad Request: too many messages to send as an album"
    words = told.refused("createForumTopic", chat_id=GROUP, name="x")
    assert words == "Bad Request: the chat is not a forum"


def test_an_unknown_method_is_not_found(told: Any) -> None:
    """404, as for a wrong path."""
    assert told.refused("sendTelegram", chat_id=OWNER) == "Not Found: method not found"
