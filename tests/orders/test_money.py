"""Money in double entry: nothing appears, nothing is lost, whatever order the reports come in."""

from decimal import Decimal as D
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.model.desk import Desk
from pawang.model.market import Side
from pawang.model.money import Account, Booking, Posting, total
from pawang.model.order import Accepted, Book, Ended, Funded
from pawang.orders import advance, booked, open_books, openings, resolve, unrealised_usd
from pawang.orders.money import accounts

NOW = 1_757_900_000 * 10**9
NOTHING = dict.fromkeys(Account, D(0))


def postings(**usd):
    return tuple(Posting(account=Account(name), amount_usd=D(at)) for name, at in usd.items())


def stamp(order):
    return {
        "client_order_id": order.client_order_id,
        "ref_id": order.ref_id,
        "book": order.book,
        "ts_event": NOW,
    }


def told(order, reports, instrument):
    """The order after all reports, and each booking on the way."""
    bookings = []
    for report in reports:
        after = advance(order, report, instrument)
        booking = booked(order, after, report)
        bookings += [booking] if booking is not None else []
        order = after
    return order, bookings


def balances(bookings):
    total = dict(NOTHING)
    for booking in bookings:
        for posting in booking.postings:
            total[posting.account] += posting.amount_usd
    return total


def test_an_entry_buys_a_position_at_cost_and_pays_its_fee(order_of, fill_of, instrument):
    order = order_of()
    _, bookings = told(order, [fill_of(order, 1, "entry", "99.5", "10", "0.199")], instrument)
    assert bookings == [
        Booking(
            book=Book.GHOST,
            coin="SOL",
            ref_id="snp_20250915_0736_SOL",
            ts=order.ts_placed + 10**9,
            cause="entry",
            postings=postings(cash="-995.199", position="995.0", fees="0.199"),
        )
    ]


def test_half_of_the_contracts_take_half_of_the_cost_with_them(order_of, fill_of, instrument):
    order = order_of()
    fills = [
        fill_of(order, 1, "entry", "99.5", "10"),
        fill_of(order, 2, "tp1", "101", "5", "0.101"),
    ]
    _, bookings = told(order, fills, instrument)
    assert bookings[1].postings == postings(
        cash="504.899", position="-497.5", realised="-7.5", fees="0.101"
    )


def test_a_short_is_a_negative_position_and_earns_when_the_price_falls(
    order_of, fill_of, instrument
):
    order = order_of(Side.SHORT)
    fills = [fill_of(order, 1, "entry", "100.5", "10"), fill_of(order, 2, "tp1", "99", "10")]
    _, bookings = told(order, fills, instrument)
    assert [booking.postings for booking in bookings] == [
        postings(cash="1005.0", position="-1005.0"),
        postings(cash="-990", position="1005.0", realised="-15.0"),
    ]


def test_funding_is_paid_in_cash(order_of, fill_of, instrument):
    order = order_of()
    reports = [
        fill_of(order, 1, "entry", "99.5", "10"),
        Funded(**stamp(order), funding_usd=D("0.0995")),
    ]
    _, bookings = told(order, reports, instrument)
    assert (bookings[1].cause, bookings[1].postings) == (
        "funding",
        postings(cash="-0.0995", funding="0.0995"),
    )


def test_a_report_without_money_books_nothing(order_of, instrument):
    order = order_of()
    reports = [Accepted(**stamp(order)), Ended(**stamp(order), reason="expired")]
    assert told(order, reports, instrument)[1] == []


@pytest.mark.parametrize("side", [Side.LONG, Side.SHORT])
def test_I8_every_order_of_the_reports_ends_in_the_same_balances(
    order_of, fill_of, instrument, side
):
    """A third, a seventh and the rest: the cost that leaves is rounded, the end is exact."""
    order = order_of(side)
    reports = [
        fill_of(order, 1, "entry", "99.5", "3.333", "0.066"),
        fill_of(order, 2, "entry", "99.7", "6.667", "0.133"),
        fill_of(order, 3, "tp1", "101", "1.429", "0.029"),
        fill_of(order, 4, "sl", "99.1", "8.571", "0.425"),
        Funded(**stamp(order), funding_usd=D("-0.031")),
    ]
    ends = []
    for orders in permutations(reports):
        after, bookings = told(order, orders, instrument)
        assert all(booking.balance_usd == 0 for booking in bookings)
        assert balances(bookings) == accounts(after)
        ends.append(balances(bookings))
    assert all(end == ends[0] for end in ends)
    outcome = resolve(after, NOW)
    earned = -(ends[0][Account.REALISED] + ends[0][Account.FEES] + ends[0][Account.FUNDING])
    assert (earned, ends[0][Account.POSITION]) == (outcome.net_usd, 0)


LOTS = st.integers(1, 2_500).map(lambda lots: D(lots) / 1000)
PRICES = st.integers(900, 1_100).map(lambda ticks: D(ticks) / 10)


@settings(deadline=None, max_examples=200)
@given(
    entries=st.lists(st.tuples(PRICES, LOTS, LOTS), min_size=1, max_size=4),
    shares=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    exits=st.lists(st.tuples(PRICES, LOTS), min_size=4, max_size=4),
)
def test_C24_I8_books_sum_to_nothing_after_every_fill_and_a_closed_position_is_exactly_nothing(
    order_of, fill_of, instrument, entries, shares, exits
):
    order = order_of()
    reports = [
        fill_of(order, number, "entry", price, size, fee / 1000)
        for number, (price, size, fee) in enumerate(entries)
    ]
    left = sum(size for _, size, _ in entries)
    for number, (share, (price, fee)) in enumerate(zip(shares, exits, strict=False)):
        last = number == len(shares) - 1
        part = left if last else (left * share / 10).quantize(D("0.001"))
        if part > 0:
            leg = "sl" if last else "tp1"
            reports.append(fill_of(order, 10 + number, leg, price, part, fee / 1000))
        left -= part
    reports.append(Ended(**stamp(order), reason="cancelled"))
    after, bookings = told(order, reports, instrument)
    total = balances(bookings)
    assert [booking.balance_usd for booking in bookings] == [0] * len(bookings)
    assert total[Account.POSITION] == 0
    assert -(total[Account.REALISED] + total[Account.FEES]) == resolve(after, NOW).net_usd


def test_I8_amounts_of_28_digits_balance_to_the_last_of_them(order_of, fill_of, instrument):
    """A mark and a rate of many digits make a funding of many more; no sum may round it away."""
    order = order_of()
    reports = [
        fill_of(order, 1, "entry", "99.5", "3.333", "0.06632670000000000000000000001"),
        Funded(**stamp(order), funding_usd=D("0.003316335012345678901234567891")),
        fill_of(order, 2, "entry", "99.5", "6.667", "0.13267330000000000000000000007"),
        Funded(**stamp(order), funding_usd=D("-1234.567890123456789012345678901")),
        fill_of(order, 3, "sl", "99.1", "10", "0.4955"),
    ]
    after, bookings = told(order, reports, instrument)
    assert [booking.balance_usd for booking in bookings] == [0] * len(reports)
    stands = accounts(after)
    assert total(stands.values()) == 0
    assert stands[Account.POSITION] == 0


def test_each_book_is_opened_with_its_capital_once():
    desk = replace(Desk(), equity_usd={Book.LIVE: D(250)})
    made = openings(desk, D(10_000), NOW)
    assert [booking.book for booking in made] == [Book.SHADOW, Book.GHOST]
    assert made[0].postings == postings(cash="10000", capital="-10000")
    assert openings(open_books(desk, D(10_000)), D(10_000), NOW) == ()


def test_what_is_open_is_worth_the_price_of_now_less_its_cost(order_of, fill_of, instrument):
    order = order_of(Side.SHORT)
    fills = [fill_of(order, 1, "entry", "100.5", "10"), fill_of(order, 2, "tp1", "99", "4")]
    after, _ = told(order, fills, instrument)
    assert unrealised_usd(after, worth_usd=D(6) * D(98)) == D("15.0")
