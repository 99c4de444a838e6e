"""What outcomes do to the books: equity, peak, the day's PnL; and where a new day starts."""

from decimal import Decimal

from msgspec.structs import replace

from pawang.model.desk import Desk
from pawang.model.order import Book, Filled, Order, Outcome
from pawang.model.refs import utc

FILLS_SEEN_MAX = 500
"""Fill ids the desk remembers: a reconnect tells the last minutes again, not the last week."""


def count_once(desk: Desk, fill: Filled) -> Desk | None:
    """The desk that has seen `fill`, or None if it had seen it before (C09)."""
    name = f"{fill.client_order_id}:{fill.fill_id}"
    if name in desk.fills_seen:
        return None
    return replace(desk, fills_seen=(*desk.fills_seen, name)[-FILLS_SEEN_MAX:])


def settle(desk: Desk, outcome: Outcome, before: Outcome | None = None) -> Desk:
    """Book the outcome's net USD in its own book; books are never summed (row O4).

    `before` is what was booked of this order already, when the venue told more of an order that
    was over: then only the difference moves.
    """
    book = outcome.book
    change = outcome.net_usd - (before.net_usd if before is not None else Decimal(0))
    equity = desk.equity_usd.get(book, Decimal(0)) + change
    day_pnl = desk.day_pnl_usd.get(book, Decimal(0)) + change
    return replace(
        desk,
        equity_usd={**desk.equity_usd, book: equity},
        peak_usd={**desk.peak_usd, book: max(desk.peak_usd.get(book, equity), equity)},
        day_pnl_usd={**desk.day_pnl_usd, book: day_pnl},
    )


def roll_day(desk: Desk, now: int) -> Desk:
    """Start a new UTC day's PnL at 00:00. Days only go forward: a late `now` erases nothing."""
    day = f"{utc(now):%Y-%m-%d}"
    return replace(desk, day=day, day_pnl_usd={}) if day > desk.day else desk


def open_books(desk: Desk, equity_usd: Decimal) -> Desk:
    """Give every book its starting equity on a first start."""
    missing = {book: equity_usd for book in Book if book not in desk.equity_usd}
    if not missing:
        return desk
    return replace(
        desk,
        equity_usd={**desk.equity_usd, **missing},
        peak_usd={**desk.peak_usd, **missing},
    )


def open_orders(desk: Desk, coin: str) -> list[Order]:
    """Orders of the coin that are not over, oldest first."""
    return [order for order in desk.orders.values() if order.coin == coin and not order.state.over]
