"""The desk about itself: health, coming back (rows S6, T7, G9)."""

from typing import Any

import pytest

from pawang.alerts import AlertParams, health, started
from pawang.model.chat import Send
from pawang.model.desk import Chat
from pawang.model.event import HealthChanged, Started
from pawang.model.refs import HOUR, MINUTE

PARAMS = AlertParams()
START = "2025-09-15 07:36"


def changed(state: str, provider: str = "okx") -> HealthChanged:
    return HealthChanged(provider=provider, state=state, reason="12 of 40 calls failed")


@pytest.mark.parametrize(
    "state",
    ["opened", "half_open", "closed", "gave_up", "stale", "restored", "unreachable", "live", "odd"],
)
def test_every_state_of_a_door_has_words(made: Any, state: str) -> None:
    told = health(made.desk(), changed(state), made.at(START), PARAMS)
    (send,) = told.effects
    assert isinstance(send, Send)
    assert "okx" in send.text
    assert send.text.endswith("\nref: hp_20250915_0736_OKX")


def test_two_states_of_one_door_in_one_minute_are_two_messages(made: Any) -> None:
    desk, refs = made.desk(), []
    for state, provider in (("opened", "okx"), ("stale", "drop"), ("closed", "okx")):
        told = health(desk, changed(state, provider), made.at(START), PARAMS)
        refs += [effect.ref_id for effect in told.effects if isinstance(effect, Send)]
        desk = told.desk
    assert refs == ["hp_20250915_0736_OKX", "hp_20250915_0736_DROP", "hp_20250915_0736_OKX_2"]


def test_the_same_state_is_not_told_twice_in_ten_minutes(made: Any) -> None:
    now = made.at(START)
    told = health(made.desk(), changed("opened"), now, PARAMS)
    assert health(told.desk, changed("opened"), now + 9 * MINUTE, PARAMS).effects == ()
    assert health(told.desk, changed("opened"), now + 10 * MINUTE, PARAMS).effects != ()


def test_T7_twenty_an_hour_and_the_rest_is_held_for_the_digest(made: Any) -> None:
    now, desk, heard = made.at(START), made.desk(), 0
    for number in range(30):
        told = health(desk, changed("opened", f"door{number}"), now + number, PARAMS)
        heard += len(told.effects)
        desk = told.desk
    assert heard == 20
    assert [held.why for held in desk.chats[7].held] == ["budget"] * 10
    assert len(health(desk, changed("opened"), now + HOUR + 30, PARAMS).effects) == 1


def test_T4_a_snoozed_category_is_held(made: Any) -> None:
    now = made.at(START)
    desk = made.desk(Chat(chat_id=7, kind="private", snoozes={"health": now + HOUR}))
    told = health(desk, changed("opened"), now, PARAMS)
    assert told.effects == ()
    assert [held.why for held in told.desk.chats[7].held] == ["snooze"]


def test_G9_only_an_absence_over_five_minutes_is_told(made: Any) -> None:
    now = made.at(START)
    for down_since, told in ((0, 0), (now - 5 * MINUTE, 0), (now - 6 * MINUTE, 1)):
        begun = Started(down_since=down_since, version="1")
        assert len(started(made.desk(), begun, now, PARAMS).effects) == told


def test_G9_the_line_says_from_and_to(made: Any) -> None:
    now = made.at(START)
    (send,) = started(made.desk(), Started(down_since=now - HOUR, version="1"), now, PARAMS).effects
    assert isinstance(send, Send)
    assert "06:36–07:36 UTC; 0 plans expired" in send.text
