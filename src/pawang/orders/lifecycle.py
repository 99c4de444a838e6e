"""A report moves an order on.

    PENDING -> WORKING -> PART_FILLED -> FILLED -> CLOSED
                   \\-> EXPIRED | CANCELLED   (nothing filled)      REJECTED

Reports may come in any order (C07): each only adds to the figures, and the state follows from
the figures, so an acknowledgement after a fill sets nothing back and a fill after the end of its
entry is still a position. An entry ends once: the first end stands. The same fill twice must be
seen as one before it comes here (`books.count_once`, C09).

What is simple yet: linear contracts only, as every plan's are.
"""

from msgspec.structs import replace

from pawang.model.instrument import Instrument
from pawang.model.order import (
    Accepted,
    Ended,
    Filled,
    Funded,
    Order,
    OrderState,
    Rejected,
    VenueReport,
)

LEG_RANK = ("tp1", "tp2", "runner", "sl", "close", "time")
"""Legs as the tape hits them: targets outwards, then what takes all the rest."""


def advance(order: Order, report: VenueReport, instrument: Instrument) -> Order:
    """The order after `report`; unchanged when the report says nothing new.

    An order that is over moves only when the venue tells money it did not know of.
    """
    assert report.client_order_id == order.client_order_id, "a report of another order"
    match report:
        case Accepted():
            pending = order.state is OrderState.PENDING
            return replace(order, state=OrderState.WORKING) if pending else order
        case Funded():
            return replace(order, funding_usd=order.funding_usd + report.funding_usd)
        case Rejected() | Ended() if order.entry_over:
            return order
        case Rejected():
            ended = replace(order, entry_over=True, end_reason=report.reason)
            return _settle(replace(ended, state=OrderState.REJECTED))
        case Ended():
            return _settle(replace(order, entry_over=True, end_reason=report.reason))
        case Filled(leg="entry"):
            return _settle(_entered(order, report, instrument))
        case Filled():
            return _settle(_left(order, report, instrument))


def _entered(order: Order, fill: Filled, instrument: Instrument) -> Order:
    assert fill.contracts > 0, f"{fill.fill_id}: an empty fill"
    assert instrument.linear, f"{instrument.name}: an inverse contract has no mean price here"
    coins = instrument.coins(fill.contracts, fill.price)
    filled = order.filled + fill.contracts
    assert filled <= order.contracts, f"{order.client_order_id}: filled more than ordered"
    entry_usd = order.entry_usd + coins * fill.price
    whole = filled == order.contracts
    first = fill.ts_event if order.ts_filled is None else min(order.ts_filled, fill.ts_event)
    return replace(
        order,
        filled=filled,
        entry_usd=entry_usd,
        entry_price=entry_usd / instrument.coins(filled, fill.price),
        fees_usd=order.fees_usd + fill.fee_usd,
        ts_filled=first,
        entry_over=order.entry_over or whole,
        # A cancel that lost the race against the last fill ended nothing.
        end_reason="" if whole else order.end_reason,
    )


def _left(order: Order, fill: Filled, instrument: Instrument) -> Order:
    assert fill.contracts > 0, f"{fill.fill_id}: an empty fill"
    closed = order.closed + fill.contracts
    assert closed <= order.contracts, f"{order.client_order_id}: closed more than ordered"
    worth = instrument.coins(fill.contracts, fill.price) * fill.price
    hit = (*order.legs_hit, fill.leg)
    return replace(
        order,
        closed=closed,
        exit_usd=order.exit_usd + worth,
        fees_usd=order.fees_usd + fill.fee_usd,
        legs_hit=tuple(leg for leg in LEG_RANK if leg in hit),
    )


def _settle(order: Order) -> Order:
    """The state that follows from the figures."""
    return replace(order, state=_state(order))


def _state(order: Order) -> OrderState:
    touched = order.filled > 0 or order.closed > 0
    if not order.entry_over:
        return OrderState.PART_FILLED if touched else order.state
    if touched:
        return OrderState.CLOSED if order.open == 0 else OrderState.FILLED
    if order.state is OrderState.REJECTED:
        return order.state
    return OrderState.EXPIRED if order.end_reason == "expired" else OrderState.CANCELLED
