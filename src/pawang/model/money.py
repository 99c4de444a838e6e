"""Money as double entry: every event that moves any is one booking, and its postings sum to zero.

Accounts are kept per book (row O4: books are never summed), coin and ref. An asset or a cost is
positive, income is negative, as in any ledger: what was earned is minus the sum of `REALISED`,
`FEES` and `FUNDING`.
"""

from collections.abc import Iterable
from decimal import Context, Decimal
from enum import StrEnum

from pawang.model.codec import Record
from pawang.model.order import Book

EXACT = Context(prec=100)
"""Money is added without rounding: a fee may have 28 digits, and so has the sum it joins."""


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum; 0 of nothing.

    >>> total([Decimal("1e20"), Decimal("1e-20"), Decimal("-1e20")])
    Decimal('1E-20')
    """
    found = Decimal(0)
    for amount in amounts:
        found = EXACT.add(found, amount)
    return found


class Account(StrEnum):
    CASH = "cash"
    POSITION = "position"  # at cost; a short is negative
    REALISED = "realised"  # price differences of what was closed; a gain is negative
    FEES = "fees"
    FUNDING = "funding"
    CAPITAL = "capital"  # what a book was given; negative


class Posting(Record):
    account: Account
    amount_usd: Decimal


class Booking(Record):
    """One movement of money. `cause` is the leg that filled, "funding" or "opening"."""

    book: Book
    coin: str  # "" for capital
    ref_id: str  # "" for capital
    ts: int
    cause: str
    postings: tuple[Posting, ...]

    @property
    def balance_usd(self) -> Decimal:
        """Zero, always (I8)."""
        return total(posting.amount_usd for posting in self.postings)
