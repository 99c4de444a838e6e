"""The other verbs: what they show, what they set, what they refuse."""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.actions import REGISTRY, wants
from pawang.alerts.words import LANGUAGES
from pawang.model.chat import Rating, Role, Send
from pawang.model.codec import decode
from pawang.model.decision import BiasSignal, Confidence, Decision, Evidence, NoTrade
from pawang.model.desk import LastSlot
from pawang.model.event import Audit, Rate, Recalled
from pawang.model.market import Side
from pawang.model.refs import HOUR, MINUTE, SECOND
from pawang.model.view import Scene


def bias(now: int, side: Side = Side.LONG, coin: str = "BTC") -> Decision:
    pillars = tuple(
        Evidence(name=name, value=value, age_s=60.0, weight=1.0, verdict="agrees", reason="why")
        for name, value in (("whale", 1.4e6), ("etf", 35e6), ("sentiment", 78.0))
    )
    reasons = ("raw_below_55",) if side is Side.NEUTRAL else ()
    ref = f"ib_20250915_0733_{coin}"
    return Decision(
        ref_id=ref,
        kind="ib",
        coin=coin,
        ts=now - 3 * MINUTE,
        rule="bias",
        rule_version=1,
        signal=BiasSignal(
            ref_id=ref, coin=coin, side=side, raw=87.0, score=1.9, evidence=pillars, reasons=reasons
        ),
        confidence=Confidence(value=87, source="prior"),
        multiplier=1.6,
        sizing=None,
    )


def plan_decision(crew: Any, names: Any) -> Decision:
    life = crew.desk.plans[names.ref]
    return replace(
        bias(names.now),
        ref_id=names.ref,
        kind="snp",
        coin="SOL",
        signal=life.plan,
        sizing=life.sizing,
    )


# /risk (R4, E14).


def test_R4_risk_is_set_and_every_chat_hears_who_did(crew: Any, names: Any) -> None:
    crew.says(names.trader, "/risk 1.5")
    assert (crew.desk.risk_pct, crew.desk.risk_by) == (1.5, names.trader)
    assert sorted(send.chat_id for send in crew.of(Send)) == sorted(crew.desk.chats)
    assert {send.text for send in crew.of(Send)} == {"Risk per trade is now 1.5% (set by @budi)."}
    assert crew.of(Audit) == [Audit(actor=names.trader, action="risk", detail="1 -> 1.5")]


@pytest.mark.parametrize(
    "given",
    [
        "nan",
        "NaN",
        "inf",
        "-inf",
        "1e9",
        "-1",
        "0",
        "100",
        "2.0001",
        "abc",
        "1 5",
        "1,5",
        "%",
        "0x1",
        "--1",
    ],
)
def test_E14_a_bad_risk_is_refused_with_the_range_and_changes_nothing(
    crew: Any, names: Any, given: str
) -> None:
    before = crew.desk
    crew.says(names.trader, f"/risk {given}")
    assert crew.said == "Not changed. Risk is a number from 0.01 to 2 (percent)."
    assert crew.desk == replace(before, counters={"bad_risk": 1})
    assert crew.did == []


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=30))
def test_E14_no_text_sets_a_risk_outside_the_range(text: str) -> None:
    from pawang.model.errors import BadInput
    from pawang.risk import check_risk

    try:
        value = check_risk(text, 2.0)
    except BadInput:
        return
    assert 0.01 <= value <= 2.0


@pytest.mark.parametrize("given", ["1.5", "1.5%", "1.5 %"])
def test_R4_a_percent_sign_is_understood(crew: Any, names: Any, given: str) -> None:
    crew.says(names.trader, f"/risk {given}")
    assert crew.desk.risk_pct == 1.5


def test_bare_risk_shows_it(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/risk")
    assert crew.said == "Risk per trade: 1% (allowed 0.01 to 2)."


# Pairing and people (T9).


def test_T9_the_first_one_paired_is_admin_and_speaks_his_language(empty: Any, names: Any) -> None:
    empty.says(42, f"/start {names.code}", language="id")
    assert empty.desk.people[42].role is Role.ADMIN
    assert (empty.desk.chats[42].language, empty.desk.chats[42].timezone) == ("id", "UTC")
    assert empty.said.startswith("Selamat datang")


@pytest.mark.parametrize("given", ["", "1", "４８１５１６２３", "48151623 x", "0" * 64])
def test_T9_a_wrong_code_pairs_nobody(empty: Any, given: str) -> None:
    empty.says(42, f"/start {given}")
    assert (empty.desk.people, empty.desk.chats) == ({}, {})


def test_T9_the_hash_of_the_code_is_not_the_code(empty: Any, names: Any) -> None:
    empty.says(42, f"/start {sha256(names.code.encode()).hexdigest()}")
    assert empty.desk.people == {}


def test_T9_codes_cannot_be_tried_through(empty: Any, names: Any) -> None:
    """A second try within ten seconds is not even looked at."""
    empty.says(42, "/start 00000000")
    empty.says(42, f"/start {names.code}")
    assert empty.desk.people == {}
    empty.now += 10 * SECOND
    empty.says(42, f"/start {names.code}")
    assert [*empty.desk.people] == [42]


def test_T9_nobody_is_paired_in_a_group(empty: Any, names: Any) -> None:
    empty.says(42, f"/start {names.code}", chat=names.group)
    assert empty.desk.people == {}


def test_T9_the_homes_code_is_dead_once_somebody_is_there(crew: Any, names: Any) -> None:
    crew.says(names.stranger, f"/start {names.code}")
    assert names.stranger not in crew.desk.people


def invite(crew: Any, names: Any, role: str) -> str:
    crew.says(names.admin, f"/people invite {role}")
    code: str = crew.said.split()[-1]
    return code


@pytest.mark.parametrize("role", ["viewer", "trader", "admin"])
def test_T9_an_admin_invites_with_a_code_that_is_good_once(
    crew: Any, names: Any, role: str
) -> None:
    code = invite(crew, names, role)
    crew.says(50, f"/start {code}")
    assert crew.desk.people[50].role is Role(role)
    crew.says(51, f"/start {code}")
    assert 51 not in crew.desk.people


def test_T9_an_invitation_lives_a_day_and_the_newest_counts(crew: Any, names: Any) -> None:
    old = invite(crew, names, "admin")
    crew.now += MINUTE
    new = invite(crew, names, "viewer")
    assert old != new
    crew.says(50, f"/start {old}")
    assert 50 not in crew.desk.people
    crew.now += 24 * HOUR + 1
    crew.says(51, f"/start {new}")
    assert 51 not in crew.desk.people


def test_T9_who_is_removed_hears_and_may_nothing(crew: Any, names: Any) -> None:
    crew.says(names.admin, f"/people remove {names.trader}")
    assert names.trader not in crew.desk.people
    assert names.trader not in crew.desk.chats
    crew.says(names.trader, "/panic")
    assert crew.desk.trading.state == "active"


def test_T9_the_last_admin_stays(crew: Any, names: Any) -> None:
    crew.says(names.admin, f"/people remove {names.admin2}")
    crew.says(names.admin, f"/people remove {names.admin}")
    assert crew.said == "The last admin stays."
    assert names.admin in crew.desk.people


@pytest.mark.parametrize(
    "words", ["invite", "invite king", "remove", "remove x", "remove -1", "a b c"]
)
def test_people_explains_itself(crew: Any, names: Any, words: str) -> None:
    before = crew.desk.people
    crew.says(names.admin, f"/people {words}")
    assert (crew.said[:8], crew.desk.people) == ("/people ", before)


# Snooze, language, time zone, budget (T4, T7, T10).


def test_T4_one_tap_silences_a_category_of_this_chat_for_half_an_hour(
    crew: Any, names: Any
) -> None:
    crew.presses(names.viewer, "snooze", "sniper 30")
    assert crew.desk.chats[names.viewer].snoozes == {"sniper": names.now + 30 * MINUTE}
    assert crew.desk.chats[names.trader].snoozes == {}
    assert crew.said == "⏸ sniper snoozed until 08:06"


def test_T4_a_second_tap_never_shortens(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/snooze sniper tomorrow")
    until = crew.desk.chats[names.viewer].snoozes["sniper"]
    crew.presses(names.viewer, "snooze", "sniper 30")
    assert crew.desk.chats[names.viewer].snoozes["sniper"] == until
    crew.says(names.viewer, "/snooze sniper off")
    assert crew.desk.chats[names.viewer].snoozes == {}


def test_T10_tomorrow_is_the_chats_own(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/tz Asia/Jakarta")
    crew.says(names.viewer, "/snooze sniper tomorrow")
    until = crew.desk.chats[names.viewer].snoozes["sniper"]
    assert (until - names.now) // MINUTE == 9 * 60 + 23  # 14:36 there


@pytest.mark.parametrize(
    "words",
    [
        "",
        "sniper",
        "critical 30",
        "reply 30",
        "sniper 0",
        "sniper -5",
        "sniper 1441",
        "sniper ３０",
        "x off",
        "system off",
    ],
)
def test_T4_a_bad_snooze_is_explained_and_changes_nothing(
    crew: Any, names: Any, words: str
) -> None:
    before = crew.desk.chats
    crew.says(names.viewer, f"/snooze {words}")
    assert (crew.desk.chats, crew.desk.counters) == (before, {"bad_snooze": 1})


@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Nowhere/X",
        "../../etc/passwd",
        "/etc/localtime",
        "Asia",
        "a" * 300,
        "\x00",
        ".",
    ],
)
def test_T10_an_unknown_time_zone_is_refused(crew: Any, names: Any, zone: str) -> None:
    crew.says(names.viewer, f"/tz {zone}")
    assert crew.desk.chats[names.viewer].timezone in ("UTC",)
    assert crew.desk.counters == {"bad_tz": 1}


def test_T10_language_is_a_choice_of_the_chat(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/lang id")
    assert (crew.said, crew.desk.chats[names.viewer].language) == ("Bahasa: Indonesia.", "id")
    crew.says(names.viewer, "/lang klingon")
    assert crew.desk.chats[names.viewer].language == "id"


def test_T7_the_budget_shows_spent_and_left(crew: Any, names: Any) -> None:
    chat = crew.desk.chats[names.viewer]
    spent = replace(chat, spent_day="2025-09-15", spent={"sniper:SOL": 3})
    crew.desk = replace(crew.desk, chats={**crew.desk.chats, names.viewer: spent})
    crew.says(names.viewer, "/budget")
    assert "sniper SOL: 3/37" in crew.said
    assert "institutional BTC: 0/24" in crew.said


# Ratings (T3).


@pytest.mark.parametrize(("argument", "value"), [("1", 1), ("-1", -1)])
def test_T3_a_thumb_is_kept_with_its_latency(
    crew: Any, names: Any, argument: str, value: int
) -> None:
    recalled = Recalled(ts_delivered=names.now - 12 * SECOND)
    crew.presses(names.viewer, "rate", argument, recalled=recalled)
    assert crew.of(Rate) == [
        Rate(
            rating=Rating(
                ref_id=names.ref,
                user_id=names.viewer,
                chat_id=names.viewer,
                rating=value,
                ts_clicked=names.now,
                latency_s=12.0,
                resolved=False,
                side="LONG",
                confidence=75,
            )
        )
    ]


# Newest decisions (S7).


def test_S7_alpha_answers_with_the_newest_bias_its_ref_and_age(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/alpha", recalled=Recalled(decision=bias(names.now)))
    assert crew.said.startswith("🟢 INSTITUTIONAL LONG — BTC\n")
    assert "ref: ib_20250915_0733_BTC" in crew.said
    assert crew.said.endswith("\nage 3m")
    assert crew.did == []


def test_S7_alpha_says_why_it_is_neutral(crew: Any, names: Any) -> None:
    decision = bias(names.now, Side.NEUTRAL)
    crew.says(names.viewer, "/alpha", recalled=Recalled(decision=decision))
    assert "raw below 55" in crew.said
    assert decision.ref_id in crew.said


@pytest.mark.parametrize("verb", ["alpha", "sniper"])
def test_an_unknown_coin_is_refused_with_the_list_and_never_echoed_whole(
    crew: Any, names: Any, verb: str
) -> None:
    crew.says(names.viewer, f"/{verb} <script>alert(1)</script>")
    assert crew.said == "? is not watched here. Known: BTC, ETH, SOL, AVAX."
    crew.says(names.viewer, f"/{verb} doge")
    assert crew.said.startswith("DOGE is not")


@pytest.mark.parametrize("verb", ["alpha", "sniper", "why"])
def test_before_the_first_decision_it_says_so(crew: Any, names: Any, verb: str) -> None:
    crew.says(names.viewer, f"/{verb}")
    assert crew.said
    assert crew.did == []


def test_S7_sniper_answers_with_the_newest_plan_and_its_buttons(crew: Any, names: Any) -> None:
    decision = plan_decision(crew, names)
    crew.says(names.viewer, "/sniper SOL", recalled=Recalled(decision=decision))
    (send,) = crew.of(Send)
    assert send.text.startswith("🎯 Sniper — SOL (bias LONG)\n")
    assert send.buttons[0][0].action == "entry"
    assert len(send.code) == 5
    crew.now += 6 * MINUTE
    crew.says(names.viewer, "/sniper SOL", recalled=Recalled(decision=decision))
    assert crew.of(Send)[0].buttons[0][0].action == "rate"


def test_S3_sniper_answers_with_a_no_trade_and_its_reason(crew: Any, names: Any) -> None:
    refusal = NoTrade(
        ref_id=names.ref, coin="SOL", side=Side.LONG, code="no_wall", reason="no wall", evidence=()
    )
    decision = replace(plan_decision(crew, names), signal=refusal, sizing=None)
    crew.presses(names.viewer, "sniper", "SOL", recalled=Recalled(decision=decision))
    (send,) = crew.of(Send)
    assert "no_wall: no wall" in send.text
    assert send.buttons == ()


# /why (L4).


def test_L4_why_lists_every_input_and_every_factor(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/why x", recalled=Recalled(decision=bias(names.now)))
    for part in ("bias-1", "whale", "etf", "sentiment", "87% (prior)", "agrees"):
        assert part in crew.said
    crew.says(names.viewer, "/why x", recalled=Recalled(decision=plan_decision(crew, names)))
    assert "146.89" in crew.said


def test_L4_why_tells_each_gauge_behind_the_sentiment_with_what_it_adds(
    crew: Any, names: Any
) -> None:
    told, signal = bias(names.now), bias(names.now).signal
    assert isinstance(signal, BiasSignal)
    gauge = Evidence(
        name="sentiment.fng",
        value=70.0,
        age_s=3600.0,
        weight=0.25,
        verdict="agrees",
        reason="x +0.40, +5.0 of S",
        x=0.4,
    )
    signal = replace(signal, evidence=(*signal.evidence, gauge))
    crew.says(names.viewer, "/why x", recalled=Recalled(decision=replace(told, signal=signal)))
    assert "✅ sentiment.fng: 70 (agrees, 60m) x +0.40, +5.0 of S" in crew.said


def test_why_of_an_unknown_ref_does_not_echo_markup(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/why <b>x</b>")
    assert crew.said == "I have nothing under ?."
    crew.says(names.viewer, "/why ib_20200101_0000_BTC")
    assert crew.said == "I have nothing under ib_20200101_0000_BTC."


# Pictures (S5).


@pytest.mark.parametrize("kind", ["heatmap", "orderbook"])
def test_S5_without_a_view_the_press_says_so(crew: Any, names: Any, kind: str) -> None:
    crew.presses(names.viewer, kind, "SOL")
    assert crew.said == "SOL: nothing to draw yet (no view)"
    assert crew.of(Send) == []


@pytest.mark.parametrize("kind", ["heatmap", "orderbook"])
def test_S5_the_picture_carries_its_scene(crew: Any, names: Any, view: Any, kind: str) -> None:
    crew.presses(names.viewer, kind, "SOL", recalled=Recalled(view=view))
    (send,) = crew.of(Send)
    assert send.picture is not None
    scene = decode(send.picture.data.encode(), Scene)
    assert (send.picture.kind, scene.coin, scene.mid) == (kind, "SOL", 221.5)
    assert scene.when == "15 Sep 07:36 UTC"


# Help, status, the rest.


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lists_what_this_person_may_do_here(crew: Any, names: Any, language: str) -> None:
    crew.says(names.viewer, f"/lang {language}")
    crew.says(names.viewer, "/help")
    viewer = crew.said
    crew.says(names.admin, f"/lang {language}")
    crew.says(names.admin, "/help")
    commands = [f"/{verb.name} — " for verb in REGISTRY if verb.command]
    assert all(command in crew.said for command in commands)
    assert "/panic" not in viewer
    assert "/resume" not in viewer


def test_G12_status_is_one_screen(crew: Any, names: Any) -> None:
    slot = LastSlot(ref_id="ib_x", ts=names.now - MINUTE, verdict="LONG")
    crew.desk = replace(crew.desk, slots={"ib:BTC": slot})
    crew.says(names.viewer, "/status", recalled=Recalled(health={"okx": "live"}))
    for part in ("🟢 active", "Risk 1%", "BTC LONG", "okx live", "ana, budi, dewi"):
        assert part in crew.said, part
    assert len(crew.said.split("\n")) <= 12


@pytest.mark.parametrize("category", ["institutional", "sniper", "health"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_G11_what_now_has_three_steps(crew: Any, names: Any, category: str, language: str) -> None:
    crew.says(names.viewer, f"/lang {language}")
    crew.presses(names.viewer, "playbook", category)
    assert all(f"{step} " in crew.said for step in (1, 2, 3))


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("/alpha", "ref_id", "ib_newest"),
        ("/alpha nope", "ref_id", "ib_newest"),
        ("/why snp_x", "ref_id", "snp_x"),
        ("/status", "health", True),
        ("/health", "health", True),
        ("/coins", "ref_id", ""),
    ],
)
def test_wants_names_what_to_look_up(
    crew: Any, names: Any, text: str, field: str, value: object
) -> None:
    slot = LastSlot(ref_id="ib_newest", ts=0, verdict="LONG")
    desk = replace(crew.desk, slots={"ib:BTC": slot})
    wanted = wants(desk, crew.hears(names.viewer, text=text), names.now, names.params)
    assert getattr(wanted, field) == value


def test_every_reply_has_the_updates_own_ref(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/coins")
    assert [send.ref_id for send in crew.of(Send)] == [f"re_{crew.updates}"]
