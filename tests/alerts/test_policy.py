"""Who hears what, and when it is held (rows S1, S8, T4, T7, invariant I6)."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.alerts import AlertParams, announce, digest
from pawang.alerts.policy import HELD_MAX, next_ref
from pawang.model.chat import Category, Edit, Send
from pawang.model.decision import NoTrade
from pawang.model.desk import Chat, Desk, Held, PlanLife, Trading
from pawang.model.event import Withhold
from pawang.model.market import Side
from pawang.model.refs import DAY, HOUR, MINUTE

PARAMS = AlertParams()
START = "2025-09-15 07:33"


def sends(effects: Any) -> list[Send]:
    return [effect for effect in effects if isinstance(effect, Send)]


def edits(effects: Any) -> list[Edit]:
    return [effect for effect in effects if isinstance(effect, Edit)]


def test_S1_the_same_news_is_an_edited_line_under_the_standing_ref(made: Any) -> None:
    ts = made.at(START)
    first = announce(made.desk(), made.bias(ts), ts, PARAMS)
    later = ts + 15 * MINUTE
    told = announce(first.desk, made.bias(later, confidence=84), later, PARAMS)
    (edit,) = edits(told.effects)
    assert sends(told.effects) == []
    assert edit.ref_id == "ib_20250915_0733_BTC"
    assert edit.text == f"{sends(first.effects)[0].text}\nnow 84% · 07:48"
    assert edit.buttons == sends(first.effects)[0].buttons


def test_S1_only_one_line_is_ever_added(made: Any) -> None:
    ts = made.at(START)
    told = announce(made.desk(), made.bias(ts), ts, PARAMS)
    base = sends(told.effects)[0].text
    for step in range(1, 8):
        now = ts + step * 5 * MINUTE
        told = announce(told.desk, made.bias(now, confidence=87 - step), now, PARAMS)
        assert edits(told.effects)[0].text.removeprefix(base).count("\n") == 1


def test_S1_it_fades_once_and_comes_back_as_a_new_message(made: Any) -> None:
    ts = made.at(START)
    first = announce(made.desk(), made.bias(ts), ts, PARAMS)
    now = ts + 20 * MINUTE
    faded = announce(first.desk, made.bias(now, side=Side.NEUTRAL, confidence=52), now, PARAMS)
    assert edits(faded.effects)[0].text.endswith("\nfaded to NEUTRAL · 07:53")
    now += 5 * MINUTE
    again = announce(faded.desk, made.bias(now, side=Side.NEUTRAL, confidence=51), now, PARAMS)
    assert again.effects == ()
    now += 5 * MINUTE
    back = announce(again.desk, made.bias(now), now, PARAMS)
    assert [send.ref_id for send in sends(back.effects)] == [made.bias(now).ref_id]


def test_S1_the_edited_line_is_in_the_chats_language_and_time_zone(made: Any) -> None:
    ts = made.at(START)
    chat = Chat(chat_id=7, kind="private", language="id", timezone="Asia/Jakarta")
    first = announce(made.desk(chat), made.bias(ts), ts, PARAMS)
    now = ts + 15 * MINUTE
    told = announce(first.desk, made.bias(now, confidence=84), now, PARAMS)
    assert edits(told.effects)[0].text.endswith("\nkini 84% · 14:48")


@pytest.mark.parametrize(
    ("minutes", "side", "confidence", "pushed"),
    [
        (5, Side.LONG, 78, False),  # nine points down
        (5, Side.LONG, 77, True),  # ten points
        (5, Side.LONG, 97, True),
        (5, Side.SHORT, 87, True),
        (55, Side.LONG, 87, False),
        (60, Side.LONG, 87, True),
        (4, Side.SHORT, 87, False),  # the throttle of row S8
    ],
)
def test_S1_what_counts_as_news(
    made: Any, minutes: int, side: Side, confidence: int, pushed: bool
) -> None:
    ts = made.at(START)
    first = announce(made.desk(), made.bias(ts), ts, PARAMS)
    now = ts + minutes * MINUTE
    told = announce(first.desk, made.bias(now, side=side, confidence=confidence), now, PARAMS)
    assert bool(sends(told.effects)) is pushed


def test_neutral_is_never_pushed(made: Any) -> None:
    ts = made.at(START)
    told = announce(made.desk(), made.bias(ts, side=Side.NEUTRAL), ts, PARAMS)
    assert told.effects == ()


def test_a_halted_desk_says_no_signal(made: Any) -> None:
    ts = made.at(START)
    desk = replace(made.desk(), trading=Trading(state="halted", epoch=3))
    for decision in (made.bias(ts), made.plan(ts)):
        told = announce(desk, decision, ts, PARAMS)
        assert (told.desk, told.effects) == (desk, ())


def test_a_sent_plan_lives_in_the_chats_that_got_it(made: Any) -> None:
    ts = made.at(START)
    snoozed = Chat(chat_id=8, kind="group", snoozes={"sniper": ts + HOUR})
    decision = made.plan(ts)
    told = announce(made.desk(Chat(chat_id=7, kind="private"), snoozed), decision, ts, PARAMS)
    assert [send.chat_id for send in sends(told.effects)] == [7]
    assert told.desk.plans == {
        decision.ref_id: PlanLife(
            plan=decision.signal, sizing=decision.sizing, confidence=75, ts_sent=ts, chats=(7,)
        )
    }


def test_a_plan_nobody_heard_is_no_sent_plan(made: Any) -> None:
    ts = made.at(START)
    deaf = Chat(chat_id=7, kind="private", snoozes={"sniper": ts + HOUR})
    told = announce(made.desk(deaf), made.plan(ts), ts, PARAMS)
    why = {"category": "sniper", "why": "snooze"}
    withheld = Withhold(chat_id=7, ref_id=made.plan(ts).ref_id, **why)
    assert told.effects == (withheld,)
    assert told.desk.plans == {}
    assert [held.why for held in told.desk.chats[7].held] == ["snooze"]


def test_a_plan_without_a_size_and_a_no_trade_are_silent(made: Any) -> None:
    ts = made.at(START)
    small = made.plan(ts, sizing=made.sizing(no_trade="below_min"))
    refusal = NoTrade(
        ref_id=small.ref_id, coin="SOL", side=Side.LONG, code="no_wall", reason="", evidence=()
    )
    for decision in (small, replace(small, signal=refusal, sizing=None)):
        assert announce(made.desk(), decision, ts, PARAMS).effects == ()


def test_S8_one_plan_per_three_minutes_and_coin(made: Any) -> None:
    ts = made.at(START)
    told = announce(made.desk(), made.plan(ts), ts, PARAMS)
    soon = announce(told.desk, made.plan(ts + 2 * MINUTE), ts + 2 * MINUTE, PARAMS)
    other = announce(told.desk, made.plan(ts, coin="ETH"), ts, PARAMS)
    then = announce(told.desk, made.plan(ts + 3 * MINUTE), ts + 3 * MINUTE, PARAMS)
    counts = [len(sends(step.effects)) for step in (soon, other, then)]
    assert counts == [0, 1, 1]


def test_a_disabled_chat_hears_nothing(made: Any) -> None:
    ts = made.at(START)
    desk = made.desk(Chat(chat_id=7, kind="private", enabled=False))
    assert announce(desk, made.bias(ts), ts, PARAMS).effects == ()


@settings(max_examples=25, deadline=None)
@given(
    flips=st.lists(st.sampled_from([Side.LONG, Side.SHORT, Side.NEUTRAL]), max_size=60),
    budget=st.integers(0, 4),
    snooze_min=st.integers(0, 200),
)
def test_I6_never_more_than_the_budget_and_never_in_a_snooze(
    made: Any, flips: list[Side], budget: int, snooze_min: int
) -> None:
    ts = made.at(START)
    params = AlertParams(institutional_per_day=budget)
    until = ts + snooze_min * MINUTE
    desk = made.desk(Chat(chat_id=7, kind="private", snoozes={"institutional": until}))
    heard: list[int] = []
    for step, side in enumerate(flips):
        now = ts + step * 5 * MINUTE
        told = announce(desk, made.bias(now, side=side), now, params)
        heard += [now for _ in sends(told.effects)]
        desk = told.desk
    assert len(heard) <= budget
    assert all(now >= until for now in heard)
    assert all(b - a >= 5 * MINUTE for a, b in itertools.pairwise(heard))


def test_T7_the_budget_starts_again_at_midnight_of_the_chats_own_zone(made: Any) -> None:
    """16:59 UTC is 23:59 in Jakarta: a minute later a new day has begun there."""
    ts = made.at("2025-09-15 16:54")
    params = AlertParams(institutional_per_day=1)
    chat = Chat(chat_id=7, kind="private", timezone="Asia/Jakarta")
    told = announce(made.desk(chat), made.bias(ts), ts, params)
    blocked = announce(
        told.desk, made.bias(ts + 5 * MINUTE, side=Side.SHORT), ts + 5 * MINUTE, params
    )
    assert sends(blocked.effects) == []
    assert [held.why for held in blocked.desk.chats[7].held] == ["budget"]
    fresh = announce(blocked.desk, made.bias(ts + 10 * MINUTE), ts + 10 * MINUTE, params)
    assert len(sends(fresh.effects)) == 1


def test_T7_budgets_are_per_coin_and_category(made: Any) -> None:
    ts = made.at(START)
    params = AlertParams(institutional_per_day=1, sniper_per_day=1)
    desk = made.desk()
    for decision in (made.bias(ts), made.bias(ts, coin="ETH"), made.plan(ts)):
        told = announce(desk, decision, ts, params)
        assert len(sends(told.effects)) == 1
        desk = told.desk
    assert desk.chats[7].spent == {"institutional:BTC": 1, "institutional:ETH": 1, "sniper:SOL": 1}


def held(ref: str, category: str, why: str, ts: int) -> Held:
    return Held(ref_id=ref, coin="BTC", category=category, why=why, ts=ts)


def test_T7_what_the_budget_held_comes_as_one_digest_at_the_full_hour(made: Any) -> None:
    ts = made.at("2025-09-15 07:40")
    chat = Chat(chat_id=7, kind="private", held=(held("ib_x", "institutional", "budget", ts),))
    assert digest(made.desk(chat), ts, PARAMS).effects == ()
    hour = made.at("2025-09-15 08:00")
    told = digest(made.desk(chat), hour, PARAMS)
    (send,) = sends(told.effects)
    assert "ib_x" in send.text
    assert (told.desk.chats[7].held, digest(told.desk, hour + HOUR, PARAMS).effects) == ((), ())


def test_another_categorys_snooze_does_not_hold_the_digest(made: Any) -> None:
    hour = made.at("2025-09-15 08:00")
    chat = Chat(
        chat_id=7,
        kind="private",
        snoozes={"sniper": hour + HOUR},
        held=(
            held("ib_x", "institutional", "budget", hour - MINUTE),
            held("snp_x", "sniper", "snooze", hour - MINUTE),
        ),
    )
    told = digest(made.desk(chat), hour, PARAMS)
    (send,) = sends(told.effects)
    assert "ib_x" in send.text
    assert "snp_x" not in send.text
    assert [left.ref_id for left in told.desk.chats[7].held] == ["snp_x"]


def test_T4_on_waking_one_line_says_what_was_missed_and_how_it_went(made: Any) -> None:
    ts = made.at(START)
    decision = made.plan(ts)
    other = Chat(chat_id=9, kind="private")
    deaf = Chat(chat_id=7, kind="private", snoozes={"sniper": ts + 30 * MINUTE})
    told = announce(made.desk(deaf, other), decision, ts, PARAMS)
    life = replace(told.desk.plans[decision.ref_id], outcomes={"shadow": "tp2"})
    desk = replace(told.desk, plans={decision.ref_id: life})
    assert digest(desk, ts + 29 * MINUTE, PARAMS).effects == ()
    woken = digest(desk, ts + 30 * MINUTE, PARAMS)
    (line,) = sends(woken.effects)
    assert line.chat_id == 7
    assert f"{decision.ref_id} (tp2)" in line.text
    assert "\n" not in line.text
    assert woken.desk.chats[7].snoozes == {}
    assert digest(woken.desk, ts + 31 * MINUTE, PARAMS).effects == ()


def test_what_is_held_stays_bounded(made: Any) -> None:
    ts = made.at(START)
    desk = made.desk(Chat(chat_id=7, kind="private", snoozes={"sniper": ts + 10 * DAY}))
    for step in range(HELD_MAX + 5):
        now = ts + step * 3 * MINUTE
        desk = announce(desk, made.plan(now), now, PARAMS).desk
    assert len(desk.chats[7].held) == HELD_MAX
    assert desk.plans == {}


def test_S7_a_second_message_in_the_same_minute_gets_its_own_ref(made: Any) -> None:
    ts = made.at(START)
    desk, refs = Desk(), []
    for subject in ("OKX", "DROP", "OKX", "OKX"):
        desk, ref = next_ref(desk, "hp", ts, subject)
        refs.append(ref)
    assert refs == [
        "hp_20250915_0733_OKX",
        "hp_20250915_0733_DROP",
        "hp_20250915_0733_OKX_2",
        "hp_20250915_0733_OKX_3",
    ]
    desk, ref = next_ref(desk, "hp", ts + MINUTE, "OKX")
    assert (ref, len(desk.ref_repeats)) == ("hp_20250915_0734_OKX", 1)


def test_critical_is_never_snoozed(made: Any) -> None:
    from pawang.alerts.policy import held_back

    ts = made.at(START)
    chat = Chat(
        chat_id=7, kind="private", snoozes={category.value: ts + DAY for category in Category}
    )
    assert held_back(chat, Category.CRITICAL, "SOL", ts, PARAMS) is None
    assert held_back(chat, Category.SNIPER, "SOL", ts, PARAMS) == "snooze"
