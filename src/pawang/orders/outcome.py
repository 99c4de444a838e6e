"""An order that is over becomes a result: label, USD and R (rows O4, signals.md 7.5 and 9)."""

from decimal import Decimal

from pawang.model.order import Order, OrderState, Outcome


def gross_usd(order: Order) -> Decimal:
    """Price difference earned on the closed part, before fees and funding."""
    if not order.filled or not order.closed:
        return Decimal(0)
    # Exact when all is closed: the division only matters for a part.
    cost = order.entry_usd
    if order.closed != order.filled:
        cost = order.entry_usd * order.closed / order.filled
    return (order.exit_usd - cost) * order.side.sign


def resolve(order: Order, now: int) -> Outcome | None:
    """The outcome once the order is over, else None. R is the risk of what was filled."""
    if not order.state.over:
        return None
    gross = gross_usd(order)
    net = gross - order.fees_usd - order.funding_usd
    risk = order.risk_usd * order.filled / order.contracts
    return Outcome(
        ref_id=order.ref_id,
        coin=order.coin,
        book=order.book,
        side=order.side,
        label=_label(order),
        filled=order.filled > 0,
        tp1="tp1" in order.legs_hit,
        tp2="tp2" in order.legs_hit,
        sl="sl" in order.legs_hit,
        ts_resolved=now,
        contracts=order.filled,
        gross_usd=gross,
        fees_usd=order.fees_usd,
        funding_usd=order.funding_usd,
        net_usd=net,
        net_r=float(net / risk) if risk else 0.0,
    )


def _label(order: Order) -> str:
    """The triple-barrier label of signals.md 7.5; "rejected" and "unfilled" never filled.

    "tp1_then_cut" is 7.5's "cut" for a plan that had its TP1, as its other endings are told.
    """
    if order.filled == 0:
        return "rejected" if order.state is OrderState.REJECTED else "unfilled"
    legs = order.legs_hit
    # A runner lies beyond TP2: where TP2's share rounds to no lot, the runner says it was passed.
    if "tp2" in legs or "runner" in legs:
        return "tp2"
    prefix = "tp1_then_" if "tp1" in legs else ""
    ending = {"sl": "sl", "time": "timeout", "close": "cut"}.get(legs[-1], "")
    # A plan of one target leaves whole at TP1.
    return f"{prefix}{ending}" if ending else "tp1"
