"""How much of a position each target closes, in whole lots."""

from decimal import Decimal

from pawang.model.instrument import Instrument
from pawang.model.order import Order


def shares(order: Order, filled: Decimal, instrument: Instrument) -> dict[str, Decimal]:
    """Contracts each target closes of a position of `filled`; the last takes the rest.

    A share below one lot is none: a position of one lot leaves whole at its last target.
    """
    targets = [leg for leg in order.exits if leg.kind == "target"]
    made: dict[str, Decimal] = {}
    left = filled
    for target in targets:
        coins = instrument.coins(filled, target.price) * target.share_pct / 100
        part = min(instrument.contracts_floor(coins, target.price), left)
        made[target.leg] = left if target is targets[-1] else part
        left -= made[target.leg]
    return made


def closed_by(order: Order, instrument: Instrument) -> dict[str, Decimal]:
    """After a restart: what had closed, handed to the targets that were hit, then to the others.

    An order keeps the sum only. Targets fill outwards, so this is what each had, but for a
    target part-filled while the entry still grew; the sum is right even then.
    """
    closed: dict[str, Decimal] = {}
    left = order.closed
    full = shares(order, order.filled, instrument)
    for leg in sorted(full, key=lambda leg: leg not in order.legs_hit):
        closed[leg] = min(full[leg], left)
        left -= closed[leg]
    return closed


def taker_exit_under_way(order: Order) -> str | None:
    """After a restart: the taker exit that had begun and has not closed everything."""
    if order.open <= 0:
        return None
    if order.end_reason.startswith("exit_"):
        return order.end_reason.removeprefix("exit_")
    return next((leg for leg in ("sl", "close", "time") if leg in order.legs_hit), None)
