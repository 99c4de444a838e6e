"""What a changed listing does to the plans made under the old one (A23).

A plan whose numbers the venue would not take any more, or would take as another size, is not to be
entered. A position that stands is not touched: its stops are the venue's to keep.
"""

from decimal import Decimal

from pawang.model.desk import Desk, PlanLife
from pawang.model.instrument import Instrument


def unfit(desk: Desk, listing: Instrument) -> tuple[str, ...]:
    """Refs of the coin's plans that may not be entered as they stand, oldest first."""
    return tuple(
        ref
        for ref, life in desk.plans.items()
        if life.plan.coin == listing.coin and not life.cancelled and not _fits(life, listing)
    )


def _fits(life: PlanLife, listing: Instrument) -> bool:
    plan, sizing = life.plan, life.sizing
    prices = (plan.entry, plan.stop, *(target.price for target in plan.targets))
    return (
        listing.tradeable
        and sizing.contracts >= listing.size_min
        and sizing.contracts % listing.lot_size == 0
        # Contracts and coins, reckoned two ways (C12): another contract size is another trade.
        and listing.notional_usd(sizing.contracts, plan.entry) == sizing.notional_usd
        and all(price % listing.tick_size == Decimal(0) for price in prices)
    )
