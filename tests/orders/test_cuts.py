"""Cut and flip, signals.md 7.3 and row S4: who leaves, and who may come back on the other side."""

from decimal import Decimal as D

import pytest
from msgspec.structs import replace
from tests.orders.test_relisting import REF, life

from pawang.model.desk import INVALIDATION, Desk, Line, PlanLife
from pawang.model.event import FlowTurned, WallFell
from pawang.model.market import Aggressor, Side
from pawang.model.order import Book, OrderState, Outcome
from pawang.model.refs import SECOND
from pawang.model.view import Wall
from pawang.orders import cuts, open_order

NOW = 1_757_921_770 * SECOND
COOL_S = 600
WALL = Wall(
    side=Aggressor.BUY, price=221.2, size=4000.0, notional_usd=9e5, distance_bps=20.0, z=9.0,
    age_s=95.0, peak=4200.0, pull_score=0.3, strength=0.5, qualified=True,
)  # fmt: skip


def leaning(ref: str = REF, side: Side = Side.LONG, wall: Wall | None = WALL) -> PlanLife:
    made = life()
    return replace(made, plan=replace(made.plan, ref_id=ref, side=side, wall=wall))


def desk_of(*lives: PlanLife, open_: bool = True) -> Desk:
    """Each plan with its shadow order, filled or still waiting."""
    orders, plans = {}, {}
    for standing in lives:
        order = open_order(standing.plan, standing.sizing, Book.SHADOW, NOW)
        if open_:
            order = replace(order, state=OrderState.FILLED, filled=order.contracts)
        orders[order.client_order_id] = order
        plans[standing.plan.ref_id] = replace(standing, orders={Book.SHADOW: order.client_order_id})
    return Desk(plans=plans, orders=orders)


def fell(price: float = 221.2, how: str = "eaten", coin: str = "SOL") -> WallFell:
    return WallFell(coin=coin, price=price, how=how)


def reverse(desk: Desk, how: str = "eaten", now: int = NOW) -> tuple[str, Side] | None:
    return cuts.to_reverse(desk, tuple(desk.plans), how, now, COOL_S)


# Cut


def test_the_plans_before_a_fallen_wall_are_cut_and_no_others():
    desk = desk_of(
        leaning("snp_1"),
        leaning("snp_2", wall=replace(WALL, price=220.9)),
        leaning("snp_3", wall=None),
        leaning("snp_4"),
    )
    assert cuts.leaning_on(desk, fell()) == ("snp_1", "snp_4")
    assert cuts.leaning_on(desk, fell(coin="ETH")) == ()


def test_who_is_cut_cannot_be_entered_any_more_and_is_not_cut_twice():
    desk = cuts.cut(desk_of(leaning()), (REF,), "wall_eaten")
    assert (desk.plans[REF].cut, desk.plans[REF].cancelled) == ("wall_eaten", True)
    assert cuts.leaning_on(desk, fell()) == ()
    assert cuts.uncut(desk, REF) == ()
    assert cuts.swept(desk, FlowTurned(coin="SOL", side=Side.LONG, z=-3.2)) == ()


def test_the_order_flow_cuts_the_side_it_runs_against():
    desk = desk_of(leaning("snp_1"), leaning("snp_2", side=Side.SHORT))
    assert cuts.swept(desk, FlowTurned(coin="SOL", side=Side.LONG, z=-3.2)) == ("snp_1",)
    assert cuts.swept(desk, FlowTurned(coin="SOL", side=Side.SHORT, z=3.2)) == ("snp_2",)
    assert cuts.swept(desk, FlowTurned(coin="BTC", side=Side.SHORT, z=3.2)) == ()


@pytest.mark.parametrize(
    ("side", "price", "above"), [(Side.LONG, "220.533820", False), (Side.SHORT, "220.666180", True)]
)
def test_the_mark_is_watched_just_beyond_the_stop(side, price, above):
    line = Line(name=INVALIDATION, price=D(price), above=above)
    assert cuts.mark_line(leaning(side=side)) == line


# Flip


def test_a_position_whose_wall_was_eaten_may_be_reversed():
    assert reverse(desk_of(leaning())) == (REF, Side.SHORT)
    assert reverse(desk_of(leaning(side=Side.SHORT))) == (REF, Side.LONG)


def test_a_pulled_wall_may_have_been_a_feint():
    assert reverse(desk_of(leaning()), how="pulled") is None


def test_who_holds_nothing_has_nothing_to_reverse():
    assert reverse(desk_of(leaning(), open_=False)) is None


def test_a_flip_is_never_reversed_itself():
    made = leaning()
    assert reverse(desk_of(replace(made, plan=replace(made.plan, flip_of="snp_0")))) is None


def test_a_plan_is_reversed_once():
    assert reverse(desk_of(replace(leaning(), flip="snp_20250915_0737_SOL_2"))) is None


@pytest.mark.parametrize(("after_s", "allowed"), [(599, False), (600, True)])
def test_a_coin_cools_down_for_ten_minutes(after_s, allowed):
    desk = replace(desk_of(leaning()), flips={"SOL": NOW, "BTC": NOW + 600 * SECOND})
    assert (reverse(desk, now=NOW + after_s * SECOND) is not None) == allowed


def test_of_several_plans_before_one_wall_the_newest_is_reversed():
    assert reverse(desk_of(leaning("snp_1"), leaning("snp_2"))) == ("snp_2", Side.SHORT)


def test_a_sent_flip_is_remembered_by_the_plan_it_reverses_and_starts_the_cool_down():
    made = leaning("snp_2", side=Side.SHORT)
    desk = desk_of(leaning("snp_1"), replace(made, plan=replace(made.plan, flip_of="snp_1")))
    after = cuts.reversed_by(desk, "snp_2", NOW)
    assert after.plans["snp_1"].flip == "snp_2"
    assert after.flips == {"SOL": NOW}
    assert cuts.reversed_by(desk, "snp_1", NOW) == desk


# What it is called in the end


def outcome(label: str) -> Outcome:
    return Outcome(
        ref_id=REF, coin="SOL", book=Book.SHADOW, side=Side.LONG, label=label, filled=True,
        tp1=False, tp2=False, sl=False, ts_resolved=NOW, contracts=D(1), gross_usd=D(0),
        fees_usd=D(0), funding_usd=D(0), net_usd=D(0), net_r=0.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("label", "told"),
    [("cut", "flipped"), ("tp1_then_cut", "tp1_then_flipped"), ("sl", "sl"), ("tp2", "tp2")],
)
def test_a_cut_that_was_reversed_is_a_flip(label, told):
    flipped = replace(leaning(), flip="snp_2")
    assert cuts.named(outcome(label), flipped).label == told
    assert cuts.named(outcome(label), leaning()).label == label
