"""What the market watches for a plan, from the moment it was sent until it is over in every book.

Its lines where somebody asked for them; its stop by the mark, the order flow, and its wall, which
may cut it (signals.md 7.3); and its play, which tells what was supposed of it.
"""

from pawang.market.market import Market
from pawang.model.desk import Line, PlanLife


def guard(market: Market, life: PlanLife, invalidation: Line) -> None:
    """Watch everything the plan leans on; what is watched already stays as it is."""
    ref, coin = life.plan.ref_id, life.plan.coin
    if life.lines:
        market.watch(ref, coin, life.lines)
    if any(book not in life.outcomes for book in life.orders):
        market.watch_mark(ref, coin, invalidation)
        market.guard_flow(ref, coin, life.plan.side)
    if life.plan.wall is not None:
        market.guard_wall(coin, life.plan.wall.price, life.plan.wall.side)


def release(market: Market, life: PlanLife) -> None:
    """A plan that is over in every book is watched against mark and order flow no longer."""
    if all(book in life.outcomes for book in life.orders):
        market.unwatch_mark(life.plan.ref_id)
        market.release_flow(life.plan.ref_id)


def end_play(market: Market, life: PlanLife, ts: int) -> None:
    """What was supposed of a plan ends where the desk gave it up; a flip names it more exactly."""
    if life.cut:
        label = "flipped" if life.flip else "cut"
        market.cut(life.plan.ref_id, life.plan.coin, label, ts)
