"""Forecasts with their outcomes, signals.md 4.2 and 7.5."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.journal import samples

from pawang.learning.samples import Sample, bias_samples, plan_samples, supposed_samples
from pawang.model.decision import SniperPlan
from pawang.model.forecast import Forecast
from pawang.model.hypothesis import Supposed
from pawang.model.market import Side
from pawang.model.order import Book, Outcome
from pawang.model.refs import HOUR, MINUTE

SLOT = Forecast(
    ref_id="ib_19700101_0005_BTC",
    coin="BTC",
    ts=5 * MINUTE,
    side=Side.LONG,
    score=1.9,
    raw=0.87,
    told=0.62,
    mid=60_000.0,
    clean=True,
)


def later(mid: float | None, ts: int = SLOT.ts + HOUR, coin: str = "BTC") -> Forecast:
    return replace(SLOT, ref_id=f"ib_{ts}_{coin}", ts=ts, mid=mid, coin=coin, score=0.0)


def test_a_long_is_right_when_an_hour_later_the_price_is_higher():
    assert bias_samples([SLOT, later(60_000.1)]) == [
        Sample(
            ref_id=SLOT.ref_id,
            kind="ib",
            coin="BTC",
            raw=0.87,
            told=0.62,
            hit=True,
            opened=SLOT.ts,
            ended=SLOT.ts + HOUR,
        )
    ]


@pytest.mark.parametrize(
    ("score", "mid", "hit"),
    [
        (1.9, 59_999.9, False),
        (-0.1, 59_999.9, True),
        (-0.1, 60_000.1, False),
        (1.9, 60_000.0, False),
        (-1.9, 60_000.0, False),
    ],
)
def test_a_short_is_right_below_and_standing_still_is_right_for_nobody(
    score: float, mid: float, hit: bool
):
    assert [one.hit for one in bias_samples([replace(SLOT, score=score), later(mid)])] == [hit]


def test_other_horizons_are_asked_for():
    slots = [SLOT, later(60_001, SLOT.ts + 15 * MINUTE), later(59_999)]
    assert [one.hit for one in bias_samples(slots, 15 * MINUTE)] == [True]
    assert [one.hit for one in bias_samples(slots)] == [False]


@pytest.mark.parametrize(
    "slots",
    [
        [SLOT],
        [SLOT, later(None)],
        [SLOT, later(60_001, coin="ETH")],
        [SLOT, later(60_001, SLOT.ts + HOUR + 5 * MINUTE)],
        [replace(SLOT, mid=None), later(60_001)],
        [replace(SLOT, score=0.0), later(60_001)],
    ],
)
def test_where_the_desk_did_not_look_there_is_no_label_and_none_is_guessed(slots: list[Forecast]):
    assert bias_samples(slots) == []


def test_a_slot_on_doubtful_data_is_a_label_with_a_flag():
    assert [one.clean for one in bias_samples([replace(SLOT, clean=False), later(60_001)])] == [
        False
    ]


PLAN = SniperPlan(
    ref_id="snp_19700101_0005_SOL",
    coin="SOL",
    side=Side.LONG,
    entry_low=Decimal("221.30"),
    entry_high=Decimal("221.45"),
    entry=Decimal("221.45"),
    stop=Decimal("220.67"),
    targets=(),
    stop_pct=0.35,
    target_pcts=(0.28, 0.60),
    cost_win_pct=0.04,
    cost_loss_pct=0.07,
    reward_risk=(0.57, 1.33),
    null_tp1=0.5556,
    null_tp2=0.3684,
    wall=None,
    ts_expiry=11 * MINUTE,
    time_stop_ns=HOUR,
    evidence=(),
)
OUTCOME = Outcome(
    ref_id=PLAN.ref_id,
    coin="SOL",
    book=Book.SHADOW,
    side=Side.LONG,
    label="tp1_then_sl",
    filled=True,
    tp1=True,
    tp2=False,
    sl=True,
    ts_resolved=40 * MINUTE,
    contracts=Decimal(1),
    gross_usd=Decimal(1),
    fees_usd=Decimal(1),
    funding_usd=Decimal(0),
    net_usd=Decimal(0),
    net_r=0.0,
)


def test_a_plan_forecasts_its_own_no_skill_chance_and_lives_until_its_outcome():
    assert plan_samples([(5 * MINUTE, PLAN, OUTCOME)]) == [
        Sample(
            ref_id=PLAN.ref_id,
            kind="snp",
            coin="SOL",
            raw=0.5556,
            told=0.5556,
            hit=True,
            opened=5 * MINUTE,
            ended=40 * MINUTE,
        )
    ]


def test_an_unfilled_plan_is_no_sample():
    unfilled = replace(OUTCOME, filled=False, tp1=False, label="unfilled")
    assert plan_samples([(5 * MINUTE, PLAN, unfilled)]) == []


# Plans that were not sent


def supposed(code: str = "live_plan", **changes) -> Supposed:
    made = samples.hypothesis(code=code, standard=False, ts=5 * MINUTE)
    made = replace(made, **{k: v for k, v in changes.items() if k in ("sent", "standard")})
    ended = samples.ending(made, tp1=True)
    return Supposed(hypothesis=made, ending=replace(ended, filled=changes.get("filled", True)))


@pytest.mark.parametrize("code", ["plan", "live_plan", "day_loss", "below_min", "ev_too_small"])
def test_a_plan_that_only_the_desk_held_back_is_a_sample_like_one_that_was_sent(code):
    row = supposed(code)
    assert supposed_samples([row]) == [
        Sample(
            ref_id=row.hypothesis.ref_id,
            kind="snp",
            coin="SOL",
            raw=0.502,
            told=0.502,
            hit=True,
            opened=5 * MINUTE,
            ended=row.ending.ts_ended,
        )
    ]


@pytest.mark.parametrize(
    "row",
    [
        supposed("no_wall"),
        supposed("rr_too_small"),
        supposed("plan", sent=True),  # its shadow is the sample
        supposed("plan", standard=True),
        supposed("plan", filled=False),
        Supposed(hypothesis=samples.hypothesis(code="plan", standard=False)),
    ],
)
def test_what_the_market_refused_or_nobody_knows_is_no_sample(row):
    assert supposed_samples([row]) == []
