"""What a refused slot would have done, signals.md 7.5 and row S3."""

import pytest
from msgspec.structs import replace

from pawang.model.decision import NoTrade, SniperPlan
from pawang.model.hypothesis import Hypothesis
from pawang.model.market import Aggressor, Side
from pawang.model.refs import MINUTE, SECOND
from pawang.model.view import Magnet, MarketView, Memory, Reading, Wall
from pawang.signals import SniperParams, snipe, suppose

PARAMS = SniperParams()


def magnet(price: float) -> Magnet:
    return Magnet(
        price=price, side=Side.SHORT, mass_usd=3e6, strength=0.8, distance_pct=0.5, age_s=7200.0
    )


@pytest.fixture(scope="session")
def good(view_of, last_bias_of, ts) -> MarketView:
    """SOL at 221.50, a wall 20 bp below and magnets above: every gate passes."""
    wall = Wall(
        side=Aggressor.BUY, price=221.05, size=4000.0, notional_usd=9e5, distance_bps=20.0, z=9.0,
        age_s=95.0, peak=4200.0, pull_score=0.3, strength=0.5, qualified=True,
    )  # fmt: skip
    return view_of(
        "SOL",
        walls=(wall,),
        magnets=(magnet(222.3), magnet(223.0), magnet(224.0)),
        memory=Memory(bias=last_bias_of(Side.LONG, ts - 180 * SECOND)),
    )


def supposed(view: MarketView) -> Hypothesis:
    made = suppose(view, snipe(view, PARAMS), PARAMS)
    assert made is not None
    return made


PLAN = Hypothesis(
    ref_id="snp_20250915_0733_SOL",
    coin="SOL",
    ts=0,
    code="plan",
    sent=False,
    standard=False,
    side=Side.LONG,
    entry=221.16,
    stop=220.6,
    tp1_price=222.28,
    tp2_price=222.98,
    tick=0.01,
    stop_pct=pytest.approx(100 * 0.56 / 221.16),
    tp1_pct=pytest.approx(100 * 1.12 / 221.16),
    tp2_pct=pytest.approx(100 * 1.82 / 221.16),
    share_tp1=0.5,
    cost_win_pct=0.04,
    cost_loss_pct=0.09,
    p0_tp1=pytest.approx(0.56 / 1.68),
    p0_tp2=pytest.approx(0.56 / 2.38),
    p0_source="closed form",
    ts_expiry=6 * MINUTE,
    time_stop_ns=60 * MINUTE,
)


def test_a_plan_supposes_itself(good, ts):
    assert isinstance(snipe(good, PARAMS), SniperPlan)
    assert supposed(good) == replace(PLAN, ts=ts, ts_expiry=ts + 6 * MINUTE)


def spoiled(view: MarketView, what: str) -> MarketView:
    match what:
        case "data_stale":
            return replace(view, book=replace(view.book, age_s=5.0))
        case "spread_wide":
            return replace(view, book=replace(view.book, spread_bps=9.0))
        case "live_plan":
            return replace(view, memory=replace(view.memory, live_plan="snp_20250915_0730_SOL"))
        case "day_loss":
            return replace(view, memory=replace(view.memory, day_loss_hit=True))
    raise KeyError(what)


@pytest.mark.parametrize("code", ["data_stale", "spread_wide", "live_plan", "day_loss"])
def test_what_a_gate_refused_is_the_plan_that_the_market_offered(good, ts, code):
    expected = replace(PLAN, ts=ts, ts_expiry=ts + 6 * MINUTE, code=code)
    assert supposed(spoiled(good, code)) == expected


def test_without_targets_the_zone_that_was_found_gets_usual_ones(good):
    made = supposed(replace(good, magnets=()))
    assert (made.code, made.standard, made.entry, made.stop) == ("no_magnet", True, 221.16, 220.6)
    assert (made.tp1_price, made.tp2_price) == (221.61, 222.12)
    assert made.tp1_pct / made.stop_pct == pytest.approx(0.8, abs=0.01)


def test_without_an_anchor_it_is_a_usual_pullback_with_a_stop_from_atr(good):
    made = supposed(replace(good, walls=(), atr_5m_pct=Reading(value=0.3, age_s=1.0)))
    assert (made.code, made.standard, made.side) == ("no_wall", True, Side.LONG)
    assert made.entry == 221.27  # 221.50 less 0.10 %, down to the tick
    assert made.stop_pct == pytest.approx(0.45, abs=0.005)  # 1.5 ATR


@pytest.mark.parametrize(("atr", "stop_pct"), [(0.01, 0.25), (2.0, 0.60), (None, 0.35)])
def test_a_usual_stop_stays_within_what_a_plan_may_have(good, atr, stop_pct):
    known = None if atr is None else Reading(value=atr, age_s=1.0)
    made = supposed(replace(good, walls=(), atr_5m_pct=known))
    assert made.stop_pct == pytest.approx(stop_pct, abs=0.005)


def test_a_stop_that_was_too_wide_is_supposed_as_wide_as_it_was(good):
    made = supposed(replace(good, atr_5m_pct=Reading(value=4.0, age_s=1.0)))
    assert made.code == "sl_too_wide"
    assert made.stop_pct > 0.6


def test_a_neutral_bias_is_supposed_the_way_it_leans(good, last_bias_of, ts):
    leaning = last_bias_of(Side.NEUTRAL, ts, score=-0.1)
    made = supposed(replace(good, memory=Memory(bias=leaning)))
    assert (made.code, made.side, made.standard) == ("no_bias", Side.SHORT, True)
    assert made.tp2_price < made.tp1_price < made.entry < made.stop


def test_where_nothing_leans_the_clock_tosses_a_coin_that_is_fair(good):
    sides = [
        supposed(replace(good, ts=good.ts + slot * 3 * MINUTE, memory=Memory())).side
        for slot in range(10)
    ]
    assert sides.count(Side.LONG) == sides.count(Side.SHORT) == 5


def test_without_a_book_the_mark_is_the_price_and_without_any_price_nothing_is_supposed(good):
    dark = replace(good, book=None, book_problem="gap", mark_price=Reading(value=200.0, age_s=1.0))
    made = supposed(dark)
    assert (made.code, made.standard, made.entry) == ("data_stale", True, 199.8)
    blind = replace(dark, mark_price=None, last_price=None)
    assert suppose(blind, snipe(blind, PARAMS), PARAMS) is None


def test_a_refusal_keeps_the_ref_of_its_decision(good):
    signal = snipe(replace(good, walls=()), PARAMS)
    assert isinstance(signal, NoTrade)
    named = replace(signal, ref_id="snp_20250915_0733_SOL_2")
    made = suppose(good, named, PARAMS)
    assert made is not None
    assert made.ref_id == "snp_20250915_0733_SOL_2"
