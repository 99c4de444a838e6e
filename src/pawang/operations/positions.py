"""What the desk holds and what each book has earned: `GET /api/positions`.

Money is text, exactly as it was booked (Decimal); books are shown apart and never summed (O4).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pawang.model.desk import Desk
from pawang.model.instrument import Instrument
from pawang.model.money import Account
from pawang.model.order import Order
from pawang.model.view import Reading
from pawang.orders import accounts, unrealised_usd

Json = dict[str, Any]
EARNED = (Account.REALISED, Account.FEES, Account.FUNDING)
"""A gain stands negative in an account of income; a fee that was paid stands positive."""


def positions(
    desk: Desk,
    marks: Mapping[str, Reading | None],
    instruments: Mapping[str, Instrument],
    balances: Mapping[tuple[str, str], Decimal],
) -> Json:
    """Open orders and positions with their PnL at the mark, and the books' accounts."""
    opened = [order for order in desk.orders.values() if not order.state.over]
    return {
        "positions": [
            _position(order, marks.get(order.coin), instruments[order.coin]) for order in opened
        ],
        "books": _books(balances),
    }


def _position(order: Order, mark: Reading | None, instrument: Instrument) -> Json:
    stands = accounts(order)
    unrealised = None
    if mark is not None and order.open >= 0:
        worth = instrument.notional_usd(order.open, Decimal(repr(mark.value)))
        unrealised = str(unrealised_usd(order, worth))
    return {
        "ref_id": order.ref_id,
        "order_id": order.client_order_id,
        "book": order.book.value,
        "coin": order.coin,
        "side": order.side.value,
        "state": order.state.value,
        "contracts": str(order.contracts),
        "open": str(order.open),
        "entry": str(order.entry),
        "entry_price": None if order.entry_price is None else str(order.entry_price),
        "exits": {leg.leg: str(leg.price) for leg in order.exits},
        "legs_hit": list(order.legs_hit),
        "mark_price": None if mark is None else mark.value,
        "mark_age_s": None if mark is None else mark.age_s,
        "unrealised_usd": unrealised,
        "realised_usd": str(-stands[Account.REALISED]),
        "fees_usd": str(stands[Account.FEES]),
        "funding_usd": str(stands[Account.FUNDING]),
        "risk_usd": str(order.risk_usd),
    }


def _books(balances: Mapping[tuple[str, str], Decimal]) -> Json:
    """By book: every account, and what was earned in all of them."""
    books: dict[str, Json] = {}
    for (book, account), usd in sorted(balances.items()):
        books.setdefault(book, {})[account] = str(usd)
    for book, accounts_ in books.items():
        earned = sum(
            (balances.get((book, account.value), Decimal(0)) for account in EARNED),
            Decimal(0),
        )
        accounts_["earned"] = str(-earned)
    return books
