"""Thumbs, row T3 and signals.md 4.6."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from pawang.learning import Tally, posted, rate, tally
from pawang.model.chat import Rating
from pawang.model.decision import SniperPlan
from pawang.model.desk import Desk, PlanLife, Pushed
from pawang.model.errors import BadInput
from pawang.model.event import FeedbackPosted
from pawang.model.market import Side
from pawang.model.refs import MINUTE, SECOND
from pawang.model.sizing import Sizing

SLOT = int(datetime(2025, 9, 15, 7, 33, tzinfo=UTC).timestamp()) * SECOND
IB = "ib_20250915_0733_BTC"
SNP = "snp_20250915_0733_SOL"

SIZING = Sizing(
    rule="table",
    base_risk_pct=1.0,
    confidence=75,
    multiplier=1.3,
    vol_adj=1.1,
    flow_adj=1.0,
    size_pct=1.43,
    size_pct_final=1.43,
    atr_pct=0.88,
    loss_per_coin_usd=Decimal("0.97"),
    contracts_before_caps=Decimal("146.89"),
    contracts=Decimal("146.89"),
    notional_usd=Decimal("32518"),
    loss_usd=Decimal("143"),
    leverage=11,
    caps=(),
    no_trade=None,
    shadow={},
)
PLAN = SniperPlan(
    ref_id=SNP,
    coin="SOL",
    side=Side.SHORT,
    entry_low=Decimal("221.30"),
    entry_high=Decimal("221.45"),
    entry=Decimal("221.30"),
    stop=Decimal("222.15"),
    targets=(),
    stop_pct=0.38,
    target_pcts=(),
    cost_win_pct=0.04,
    cost_loss_pct=0.07,
    reward_risk=(0.6, 1.3),
    null_tp1=0.5,
    null_tp2=0.3,
    wall=None,
    ts_expiry=SLOT + 6 * MINUTE,
    time_stop_ns=60 * MINUTE,
    evidence=(),
)
LIFE = PlanLife(plan=PLAN, sizing=SIZING, confidence=75, ts_sent=SLOT, chats=(7,))
DESK = Desk(
    pushed={"BTC": Pushed(ref_id=IB, side=Side.LONG, confidence=87, ts=SLOT)}, plans={SNP: LIFE}
)


def test_a_thumb_is_joined_to_what_was_told():
    clicked = SLOT + 95 * SECOND
    made = rate(DESK, IB, 42, 7, 1, clicked, SLOT + 2 * SECOND)
    assert made == Rating(
        ref_id=IB,
        user_id=42,
        chat_id=7,
        rating=1,
        ts_clicked=clicked,
        latency_s=93.0,
        resolved=False,
        side="LONG",
        confidence=87,
    )


def test_a_plan_is_rated_with_the_confidence_it_was_sized_by():
    made = rate(DESK, SNP, 42, 7, -1, SLOT + MINUTE, None)
    assert (made.rating, made.side, made.confidence) == (-1, "SHORT", 75)
    assert (made.latency_s, made.resolved) == (None, False)


def test_a_signal_the_desk_let_go_of_can_still_be_rated():
    made = rate(Desk(), IB, 42, 7, 1, SLOT + MINUTE, None)
    assert (made.side, made.confidence) == ("", None)


@pytest.mark.parametrize("rating", [0, 2, -2, 1.0, True, "1", None])
def test_only_up_and_down_are_ratings(rating):
    with pytest.raises(BadInput, match="1 or -1"):
        rate(DESK, IB, 42, 7, rating, SLOT + MINUTE, None)


@pytest.mark.parametrize(("minutes", "resolved"), [(59, False), (60, True), (600, True)])
def test_a_bias_is_hindsight_after_its_hour(minutes: int, resolved: bool):
    clicked = SLOT + minutes * MINUTE
    assert rate(DESK, IB, 42, 7, 1, clicked, None).resolved is resolved
    assert rate(Desk(), IB, 42, 7, 1, clicked, None).resolved is resolved


def test_a_plan_is_hindsight_once_a_book_has_its_outcome():
    known = replace(DESK, plans={SNP: replace(LIFE, outcomes={"shadow": "sl"})})
    assert rate(known, SNP, 42, 7, -1, SLOT + MINUTE, None).resolved
    assert rate(Desk(), SNP, 42, 7, -1, SLOT + MINUTE, None).resolved


@pytest.mark.parametrize(
    "ref_id", ["", "sys_20250915_0733_OKX", "ib_20250231_0733_BTC", "ib_2025_BTC", IB + "\n", "x"]
)
def test_what_is_no_signal_weighs_nothing(ref_id: str):
    assert rate(DESK, ref_id, 42, 7, 1, SLOT + MINUTE, None).resolved


def test_a_click_before_the_slot_weighs_nothing_and_never_has_a_negative_latency():
    made = rate(DESK, IB, 42, 7, 1, SLOT - SECOND, SLOT)
    assert (made.resolved, made.latency_s) == (True, 0.0)


def test_a_repeat_in_the_same_minute_is_a_signal_too():
    assert not rate(DESK, IB + "_2", 42, 7, 1, SLOT + MINUTE, None).resolved


def test_feedback_by_http_is_the_same_thumb_without_a_chat():
    feedback = FeedbackPosted(ref_id=IB, user_id=42, rating=-1, ts_clicked=SLOT + MINUTE)
    assert posted(DESK, feedback) == rate(DESK, IB, 42, 0, -1, SLOT + MINUTE, None)


def test_one_rating_per_user_and_ref_and_the_last_wins():
    thumbs = [
        rate(DESK, IB, user, 7, value, SLOT + minute * MINUTE, None)
        for user, value, minute in [(1, 1, 1), (2, 1, 2), (1, -1, 3), (3, -1, 90)]
    ]
    assert tally(thumbs) == Tally(ups=1, downs=2, resolved=1)
    assert tally([]) == Tally(ups=0, downs=0, resolved=0)
