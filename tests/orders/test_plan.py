"""A plan becomes an order, the same for every book (T5, O2, I2)."""

from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from pawang.model.decision import SniperPlan, Target
from pawang.model.market import Side
from pawang.model.order import Book, Exit, Order
from pawang.model.sizing import Sizing
from pawang.orders import client_order_id, open_order

NOW = 1_757_900_000 * 10**9
REF = "snp_20250915_0736_SOL"


@pytest.fixture(scope="module")
def plan() -> SniperPlan:
    targets = [("101", 50), ("102", 30), ("103", 20)]
    return SniperPlan(
        ref_id=REF,
        coin="SOL",
        side=Side.LONG,
        entry_low=D("99.4"),
        entry_high=D("99.5"),
        entry=D("99.5"),
        stop=D("99.0"),
        targets=tuple(Target(price=D(p), share_pct=n, magnet_price=float(p)) for p, n in targets),
        stop_pct=0.5,
        target_pcts=(1.5, 2.5, 3.5),
        cost_win_pct=0.04,
        cost_loss_pct=0.07,
        reward_risk=(2.0, 3.0),
        null_tp1=0.25,
        null_tp2=0.17,
        wall=None,
        ts_expiry=NOW + 360 * 10**9,
        time_stop_ns=3600 * 10**9,
        evidence=(),
    )


@pytest.fixture(scope="module")
def sizing() -> Sizing:
    return Sizing(
        rule="table",
        base_risk_pct=1.0,
        confidence=70,
        multiplier=1.0,
        vol_adj=1.0,
        flow_adj=1.0,
        size_pct=1.0,
        size_pct_final=1.0,
        atr_pct=None,
        loss_per_coin_usd=D("0.57"),
        contracts_before_caps=D(10),
        contracts=D(10),
        notional_usd=D(995),
        loss_usd=D("5.7"),
        leverage=3,
        caps=(),
        no_trade=None,
        shadow={},
    )


def test_a_plan_becomes_one_entry_with_its_exits(plan, sizing):
    assert open_order(plan, sizing, Book.GHOST, NOW) == Order(
        client_order_id="snp202509150736SOLgE1",
        ref_id=REF,
        book=Book.GHOST,
        coin="SOL",
        instrument="SOL-USDT-SWAP",
        side=Side.LONG,
        entry=D("99.5"),
        contracts=D(10),
        exits=(
            Exit(leg="sl", kind="stop", price=D("99.0"), share_pct=100),
            Exit(leg="tp1", kind="target", price=D(101), share_pct=50),
            Exit(leg="tp2", kind="target", price=D(102), share_pct=30),
            Exit(leg="runner", kind="target", price=D(103), share_pct=20),
        ),
        ts_placed=NOW,
        ts_expiry=plan.ts_expiry,
        time_stop_ns=plan.time_stop_ns,
        risk_usd=D("5.7"),
    )


def test_ghost_and_live_differ_in_the_book_alone(plan, sizing):
    ghost = open_order(plan, sizing, Book.GHOST, NOW)
    live = open_order(plan, sizing, Book.LIVE, NOW)
    named = {"book": Book.GHOST, "client_order_id": ghost.client_order_id}
    assert replace(live, **named) == ghost


@pytest.mark.parametrize(
    "bent",
    [{"targets": ()}, {"targets": (Target(price=D(1), share_pct=25, magnet_price=1.0),) * 4}],
)
def test_a_plan_without_targets_or_with_a_fourth_is_no_order(plan, sizing, bent):
    with pytest.raises(AssertionError):
        open_order(replace(plan, **bent), sizing, Book.GHOST, NOW)


def test_nothing_sized_is_nothing_ordered(plan, sizing):
    with pytest.raises(AssertionError):
        open_order(plan, replace(sizing, contracts=D(0)), Book.GHOST, NOW)


def test_ids_differ_by_ref_book_leg_and_generation_and_are_legal():
    made = [
        client_order_id(ref, book, leg, generation)
        for ref in (REF, f"{REF}_2", "snp_20250915_0736_BTC")
        for book in Book
        for leg in ("entry", "stop")
        for generation in (1, 2)
    ]
    assert len(set(made)) == len(made)
    assert all(name.isascii() and name.isalnum() and len(name) <= 32 for name in made)


@pytest.mark.parametrize("ref", ["snp_20250915_0736_" + "X" * 20, "snp-1", "snp_é"])
def test_an_id_the_venue_would_refuse_is_never_made(ref):
    with pytest.raises(AssertionError):
        client_order_id(ref, Book.GHOST, "entry", 1)
