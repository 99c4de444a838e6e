"""Which open plans a changed listing leaves standing (A23)."""

from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from pawang.model.decision import SniperPlan, Target
from pawang.model.desk import Desk, PlanLife
from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.sizing import Sizing
from pawang.orders import unfit

REF = "snp_20250915_0736_SOL"
SOL = Instrument.swap("SOL", contract_value=D(1), tick_size=D("0.01"), lot_size=D("0.01"))


def life() -> PlanLife:
    """146.89 contracts at 221.45."""
    plan = SniperPlan(
        ref_id=REF,
        coin="SOL",
        side=Side.LONG,
        entry_low=D("221.30"),
        entry_high=D("221.45"),
        entry=D("221.45"),
        stop=D("220.60"),
        targets=(Target(price=D("222.00"), share_pct=100, magnet_price=222.0),),
        stop_pct=0.38,
        target_pcts=(0.28,),
        cost_win_pct=0.04,
        cost_loss_pct=0.07,
        reward_risk=(0.57, 1.33),
        null_tp1=0.55,
        null_tp2=0.37,
        wall=None,
        ts_expiry=10**18,
        time_stop_ns=3600 * 10**9,
        evidence=(),
    )
    sizing = Sizing(
        rule="table",
        base_risk_pct=1.0,
        confidence=75,
        multiplier=1.3,
        vol_adj=1.1,
        flow_adj=1.0,
        size_pct=1.43,
        size_pct_final=1.43,
        atr_pct=0.88,
        loss_per_coin_usd=D("0.97"),
        contracts_before_caps=D("146.89"),
        contracts=D("146.89"),
        notional_usd=SOL.notional_usd(D("146.89"), D("221.45")),
        loss_usd=D(143),
        leverage=11,
        caps=(),
        no_trade=None,
        shadow={},
    )
    return PlanLife(plan=plan, sizing=sizing, confidence=75, ts_sent=0, chats=())


@pytest.mark.parametrize(
    "changes",
    [
        {"lot_size": D("0.1")},
        {"size_min": D(200)},
        {"tick_size": D("0.1")},
        {"contract_value": D("0.1")},
        {"multiplier": D(10)},
        {"state": "suspend"},
        {"state": "delisted"},
    ],
    ids=str,
)
def test_A23_a_plan_whose_numbers_no_longer_fit_is_named(changes):
    desk = Desk(plans={REF: life()})
    assert unfit(desk, replace(SOL, **changes)) == (REF,)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"lot_size": D("0.001"), "tick_size": D("0.001")},
        {"leverage_max": D(50)},
        {"code": 7},
    ],
    ids=str,
)
def test_A23_a_plan_that_the_venue_would_still_take_as_it_is_stands(changes):
    assert unfit(Desk(plans={REF: life()}), replace(SOL, **changes)) == ()


def test_A23_plans_of_other_coins_and_cancelled_ones_are_left_alone():
    desk = Desk(plans={REF: replace(life(), cancelled=True)})
    assert unfit(desk, replace(SOL, state="suspend")) == ()
    eth = replace(SOL, coin="ETH", name="ETH-USDT-SWAP", state="suspend")
    assert unfit(Desk(plans={REF: life()}), eth) == ()
