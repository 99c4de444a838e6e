"""The queue of updates: offsets, limits, who asked for what, and its two faults."""

from typing import Any

from pawang.sandbox.telegram.faults import Rule
from pawang.sandbox.telegram.updates import KEPT_MS

OWNER = 1001


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


def ids(updates: list[dict[str, Any]]) -> list[int]:
    return [update["update_id"] for update in updates]


def test_updates_come_again_until_the_offset_acknowledges_them(told: Any) -> None:
    """At least once, in order."""
    for text in "abc":
        told.says(text)
    first = told.call("getUpdates")
    assert texts(first) == ["a", "b", "c"]
    assert told.call("getUpdates") == first
    assert texts(told.call("getUpdates", offset=first[1]["update_id"])) == ["b", "c"]
    assert told.call("getUpdates", offset=first[2]["update_id"] + 1) == []


def test_limit_and_a_negative_offset(told: Any) -> None:
    """-1 forgets all but the last."""
    for text in "abc":
        told.says(text)
    assert texts(told.call("getUpdates", limit=2)) == ["a", "b"]
    assert texts(told.call("getUpdates", offset=-1)) == ["c"]
    assert texts(told.call("getUpdates")) == ["c"]


def test_only_allowed_updates_are_born_and_the_choice_is_remembered(told: Any) -> None:
    """Reactions come only when asked for by name; an empty list is the default again."""
    told.call("sendMessage", chat_id=OWNER, text="x")
    react = {"chat_id": OWNER, "message_id": 2, "user_id": OWNER, "emoji": "👍"}
    assert told.core.user.react(told.now_ms, **react)["update_id"] is None
    told.call("getUpdates", allowed_updates='["message_reaction"]')
    assert told.says("not wanted")["update_id"] is None
    told.core.user.react(told.now_ms, **{**react, "emoji": ""})
    [update] = told.call("getUpdates")
    assert update["message_reaction"]["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]
    assert update["message_reaction"]["new_reaction"] == []
    told.call("getUpdates", allowed_updates=[])
    assert told.says("wanted")["update_id"] is not None


def test_updates_are_kept_for_a_day(told: Any) -> None:
    """24 hours of desk time (B14's backlog ends there)."""
    told.says("old")
    told.now_ms += KEPT_MS - 1000
    told.says("young")
    assert texts(told.call("getUpdates")) == ["old", "young"]
    told.now_ms += 2000
    assert texts(told.call("getUpdates")) == ["young"]


def test_B08_a_duplicate_comes_again_after_it_was_acknowledged(told: Any) -> None:
    """The same update_id, once more."""
    told.core.script(Rule(kind="duplicate_update", method="message"))
    told.says("twice")
    [first] = told.call("getUpdates")
    offset = first["update_id"] + 1
    assert told.call("getUpdates", offset=offset) == [first]
    assert told.call("getUpdates", offset=offset) == []


def test_an_update_out_of_order_comes_after_its_successor(told: Any) -> None:
    """Ids 2, 1 in one batch."""
    told.core.script(Rule(kind="out_of_order_update"))
    first, second = told.says("a")["update_id"], told.says("b")["update_id"]
    assert ids(told.call("getUpdates")) == [second, first]


def test_a_block_is_told_as_my_chat_member(told: Any) -> None:
    """The bot hears that it was put out."""
    told.core.user.block(told.now_ms, chat_id=OWNER)
    [update] = told.call("getUpdates")
    assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"
    assert update["my_chat_member"]["old_chat_member"]["status"] == "member"
