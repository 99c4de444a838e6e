"""What moves money, as double entry (invariant I8, C24): the difference between two orders.

An order says at any time what stands in each account, so a booking is what its accounts hold
after a report less what they held before. Nothing is reckoned twice, and reports that come in any
order (C07) end in the same balances.

Cost leaves a position by the average: half of the contracts take half of the cost with them,
rounded to 1e-8, and the last contract takes what is left, so a closed position is exactly nothing.
"""

from decimal import Decimal

from pawang.model.desk import Desk
from pawang.model.money import EXACT, Account, Booking, Posting, total
from pawang.model.order import Book, Filled, Funded, Order, VenueReport

CENT_OF_A_CENT = Decimal("1e-8")


def booked(before: Order, after: Order, report: VenueReport) -> Booking | None:
    """What `report` moved between the two states of one order, None if it moved no money."""
    assert before.client_order_id == after.client_order_id, "two orders have no difference"
    old, new = accounts(before), accounts(after)
    moved = {account: EXACT.subtract(new[account], old[account]) for account in Account}
    postings = tuple(
        Posting(account=account, amount_usd=usd) for account, usd in moved.items() if usd
    )
    if not postings:
        return None
    made = Booking(
        book=after.book,
        coin=after.coin,
        ref_id=after.ref_id,
        ts=report.ts_event,
        cause=_cause(report),
        postings=postings,
    )
    assert made.balance_usd == 0, f"{after.client_order_id}: postings do not balance"
    return made


def openings(desk: Desk, equity_usd: Decimal, now: int) -> tuple[Booking, ...]:
    """The capital of the books that `books.open_books` is about to open."""
    return tuple(opened(book, equity_usd, now) for book in Book if book not in desk.equity_usd)


def opened(book: Book, equity_usd: Decimal, now: int) -> Booking:
    """The capital a book starts with."""
    return Booking(
        book=book,
        coin="",
        ref_id="",
        ts=now,
        cause="opening",
        postings=(
            Posting(account=Account.CASH, amount_usd=equity_usd),
            Posting(account=Account.CAPITAL, amount_usd=-equity_usd),
        ),
    )


def accounts(order: Order) -> dict[Account, Decimal]:
    """What one order has put into each account so far; the sum is zero."""
    sign, released = Decimal(order.side.sign), cost_released(order)
    held = EXACT.multiply(sign, EXACT.subtract(order.entry_usd, released))
    earned = EXACT.multiply(sign, EXACT.subtract(order.exit_usd, released))
    paid = (held, order.fees_usd, order.funding_usd)
    return {
        Account.CASH: EXACT.subtract(earned, total(paid)),
        Account.POSITION: held,
        Account.REALISED: EXACT.minus(earned),
        Account.FEES: order.fees_usd,
        Account.FUNDING: order.funding_usd,
        Account.CAPITAL: Decimal(0),
    }


def cost_released(order: Order) -> Decimal:
    """The entry cost of the contracts that are closed."""
    if order.closed > order.filled:
        # An exit was told before its entry: what it earned is not known yet, so nothing is.
        return order.exit_usd
    if order.closed == order.filled:
        return order.entry_usd
    return (order.entry_usd * order.closed / order.filled).quantize(CENT_OF_A_CENT)


def unrealised_usd(order: Order, worth_usd: Decimal) -> Decimal:
    """What the open part would earn if it were closed at `worth_usd`, before fees."""
    return order.side.sign * worth_usd - accounts(order)[Account.POSITION]


def _cause(report: VenueReport) -> str:
    match report:
        case Filled():
            return report.leg
        case Funded():
            return "funding"
        case _:
            raise AssertionError(f"{report.client_order_id}: a report without money moved some")
