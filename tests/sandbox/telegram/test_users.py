"""People: chats that come into being, taps that exist, taps that are forged."""

from typing import Any

import pytest

from pawang.sandbox.telegram.users import ANONYMOUS_ADMIN, Impossible

OWNER = 1001
KEYS = {
    "inline_keyboard": [
        [
            {"text": "🎯 Set Entry", "callback_data": "one"},
            {"text": "📖", "url": "http://127.0.0.1/"},
        ]
    ]
}


def test_the_first_message_makes_the_chat_of_its_kind(told: Any) -> None:
    """Positive private, negative a group, -100… a supergroup."""
    for chat_id in (5, -5, -1000000000005):
        told.says("x", chat_id=chat_id, user_id=5)
    types = [told.core.state.chats[chat_id].type for chat_id in (5, -5, -1000000000005)]
    assert types == ["private", "group", "supergroup"]


def test_a_message_tells_who_wrote_it_and_how(told: Any) -> None:
    """Name, language, forwarded, and the admin who hides behind the group."""
    told.says("x", user_name="Rani", language_code="id", forwarded=True)
    told.says("x", chat_id=-5, user_id=ANONYMOUS_ADMIN)
    first, hidden = (update["message"] for update in told.call("getUpdates"))
    assert first["from"] == {
        "id": OWNER,
        "is_bot": False,
        "first_name": "Rani",
        "language_code": "id",
    }
    assert first["forward_origin"]["type"] == "hidden_user"
    assert hidden["from"]["username"] == "GroupAnonymousBot"
    assert hidden["sender_chat"]["id"] == -5


def test_a_tap_finds_its_button_by_label_or_data(told: Any) -> None:
    """Both give the button's own data and a chat_instance that stays."""
    told.call("sendMessage", chat_id=OWNER, text="x", reply_markup=KEYS)
    told.presses(message_id=2, label="🎯 Set Entry")
    told.presses(message_id=2, data="one")
    first, second = (update["callback_query"] for update in told.call("getUpdates"))
    assert first["data"] == second["data"] == "one"
    assert first["chat_instance"] == second["chat_instance"]
    assert first["id"] != second["id"]


@pytest.mark.parametrize(
    "tap", [{"label": "🎯"}, {"data": "two"}, {"label": "📖"}, {}, {"label": "x", "data": "one"}]
)
def test_a_tap_on_a_button_that_is_not_there_is_impossible(told: Any, tap: Any) -> None:
    """The error lists the labels that are; the bot hears nothing."""
    told.call("sendMessage", chat_id=OWNER, text="x", reply_markup=KEYS)
    with pytest.raises(Impossible) as told_off:
        told.presses(message_id=2, **tap)
    assert told_off.value.found == {"buttons": [["🎯 Set Entry", "📖"]]}
    assert told.call("getUpdates") == []


def test_B10_a_forged_tap_carries_any_data(told: Any) -> None:
    """What a changed client can send, the desk must refuse."""
    told.call("sendMessage", chat_id=OWNER, text="x", reply_markup=KEYS)
    told.presses(message_id=2, data="../admin", forged=True, user_id=666)
    [update] = told.call("getUpdates")
    query = update["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("../admin", 666)


def test_B09_fifty_taps_are_fifty_presses(told: Any) -> None:
    """Each its own id; making them one is the desk's work."""
    told.call("sendMessage", chat_id=OWNER, text="x", reply_markup=KEYS)
    pressed = told.presses(message_id=2, label="🎯 Set Entry", repeat=50)
    assert len(set(pressed["callback_ids"])) == 50
    assert len(told.call("getUpdates")) == 50


def test_B16_a_message_the_person_removed_cannot_be_edited(told: Any) -> None:
    """The bot learns of it only by the refusal."""
    told.call("sendMessage", chat_id=OWNER, text="x")
    told.core.user.delete(chat_id=OWNER, message_id=2)
    words = told.refused("editMessageText", chat_id=OWNER, message_id=2, text="y")
    assert words == "Bad Request: message to edit not found"


@pytest.mark.parametrize(
    ("chat_id", "message_id"), [(77, 1), (OWNER, 99)], ids=["no chat", "no message"]
)
def test_nobody_can_touch_what_does_not_exist(told: Any, chat_id: int, message_id: int) -> None:
    """React and delete say so."""
    with pytest.raises(Impossible):
        told.core.user.delete(chat_id=chat_id, message_id=message_id)
    with pytest.raises(Impossible):
        told.core.user.react(told.now_ms, chat_id=chat_id, message_id=message_id, user_id=1)
