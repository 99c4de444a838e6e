"""A plan becomes an order: one post-only entry with its exits attached (rows T5, O2, O3).

Ghost, shadow and live differ in the field `book` alone.
"""

import re

from pawang.model.decision import SniperPlan
from pawang.model.order import Book, Exit, Order
from pawang.model.sizing import Sizing

LEGS = ("tp1", "tp2", "runner")

_LEGAL_ID = re.compile(r"[A-Za-z0-9]{1,32}")


def client_order_id(ref_id: str, book: Book, leg: str, generation: int) -> str:
    """f(ref_id, book, leg, generation): letters and digits only, at most 32 (I2).

    >>> client_order_id("snp_20250915_0736_SOL", Book.GHOST, "entry", 1)
    'snp202509150736SOLgE1'
    """
    made = f"{ref_id.replace('_', '')}{book.value[0]}{leg[0].upper()}{generation}"
    assert _LEGAL_ID.fullmatch(made), f"{made!r} is no legal client order id"
    return made


def open_order(
    plan: SniperPlan, sizing: Sizing, book: Book, now: int, generation: int = 1
) -> Order:
    """The order of `plan`, not yet sent. 1 R is the loss at the stop as it was sized."""
    assert sizing.contracts > 0, f"{plan.ref_id}: nothing to order"
    assert 1 <= len(plan.targets) <= len(LEGS), f"{plan.ref_id}: {len(plan.targets)} targets"
    stop = Exit(leg="sl", kind="stop", price=plan.stop, share_pct=100)
    targets = tuple(
        Exit(leg=leg, kind="target", price=target.price, share_pct=target.share_pct)
        for leg, target in zip(LEGS, plan.targets, strict=False)
    )
    return Order(
        client_order_id=client_order_id(plan.ref_id, book, "entry", generation),
        ref_id=plan.ref_id,
        book=book,
        coin=plan.coin,
        instrument=f"{plan.coin}-USDT-SWAP",
        side=plan.side,
        entry=plan.entry,
        contracts=sizing.contracts,
        exits=(stop, *targets),
        ts_placed=now,
        ts_expiry=plan.ts_expiry,
        time_stop_ns=plan.time_stop_ns,
        risk_usd=sizing.loss_usd,
    )
