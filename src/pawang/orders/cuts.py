"""Cut and flip: what makes a live plan leave at market, and when the other side may follow (7.3).

A plan is cut when what it leaned on is gone. It may be reversed once, when its wall was eaten (a
pulled one may have been a feint), out of a position, and not again in that coin for ten minutes.
A flip is a plan of its own; it is never reversed itself.
"""

from decimal import Decimal

from msgspec.structs import replace

from pawang.model.desk import INVALIDATION, Desk, Line, PlanLife
from pawang.model.event import FlowTurned, WallFell
from pawang.model.market import Side
from pawang.model.order import Outcome
from pawang.model.refs import SECOND

EATEN = "eaten"
THROUGH_PCT = Decimal("0.03")
"""How far the mark must be beyond the stop: where the stop has done its work, nothing is cut."""


def leaning_on(desk: Desk, wall: WallFell) -> tuple[str, ...]:
    """The plans that stand before that wall and are not cut yet, oldest first."""
    return tuple(
        ref
        for ref, life in desk.plans.items()
        if life.plan.coin == wall.coin
        and not life.cut
        and life.plan.wall is not None
        and life.plan.wall.price == wall.price
    )


def swept(desk: Desk, turned: FlowTurned) -> tuple[str, ...]:
    """The coin's plans against which the order flow turned, oldest first."""
    return tuple(
        ref
        for ref, life in desk.plans.items()
        if life.plan.coin == turned.coin and not life.cut and life.plan.side is turned.side
    )


def uncut(desk: Desk, ref: str) -> tuple[str, ...]:
    """That plan, if it is there to be cut."""
    life = desk.plans.get(ref)
    return () if life is None or life.cut else (ref,)


def cut(desk: Desk, refs: tuple[str, ...], why: str) -> Desk:
    """The desk in which these plans are given up; nobody may enter them any more."""
    given_up = {ref: replace(desk.plans[ref], cut=why, cancelled=True) for ref in refs}
    return replace(desk, plans={**desk.plans, **given_up})


def to_reverse(
    desk: Desk, refs: tuple[str, ...], how: str, now: int, cool_s: int
) -> tuple[str, Side] | None:
    """(the plan, the side to ask for) of the newest one that may be reversed, None if none may."""
    if how != EATEN:
        return None
    for ref in reversed(refs):
        life = desk.plans[ref]
        if life.plan.flip_of or life.flip or not _in_position(desk, life):
            continue
        last = desk.flips.get(life.plan.coin)
        if last is None or now - last >= cool_s * SECOND:
            return ref, life.plan.side.opposite
    return None


def _in_position(desk: Desk, life: PlanLife) -> bool:
    standing = (desk.orders.get(made) for made in life.orders.values())
    return any(order is not None and order.open > 0 for order in standing)


def reversed_by(desk: Desk, ref: str, now: int) -> Desk:
    """The desk that remembers whose flip the sent plan `ref` is; unchanged if it is nobody's."""
    plan = desk.plans[ref].plan
    if not plan.flip_of:
        return desk
    desk = replace(desk, flips={**desk.flips, plan.coin: now})
    old = desk.plans.get(plan.flip_of)
    if old is None:
        return desk
    return replace(desk, plans={**desk.plans, plan.flip_of: replace(old, flip=ref)})


def named(outcome: Outcome, life: PlanLife) -> Outcome:
    """A cut that was followed by its flip is called one."""
    if not life.flip or not outcome.label.endswith("cut"):
        return outcome
    return replace(outcome, label=outcome.label.removesuffix("cut") + "flipped")


def mark_line(life: PlanLife) -> Line:
    """Where the mark is through the plan's invalidation, which is its stop."""
    stop, sign = life.plan.stop, life.plan.side.sign
    price = stop * (1 - sign * THROUGH_PCT / 100)
    return Line(name=INVALIDATION, price=price, above=sign < 0)
