"""Equity, peak and day of each book, never summed (O4); a fill counts once (C09)."""

from decimal import Decimal as D

from msgspec.structs import replace

from pawang.model.desk import Desk
from pawang.model.order import Book, Ended, OrderState, Rejected
from pawang.orders import (
    advance,
    count_once,
    open_books,
    open_orders,
    resolve,
    roll_day,
    settle,
)
from pawang.orders.books import FILLS_SEEN_MAX

DAY = 86_400 * 10**9
NOW = 1_757_900_000 * 10**9


def outcome_of(order_of, net_usd):
    made = resolve(order_of(entry_over=True, state=OrderState.CANCELLED), NOW)
    return replace(made, net_usd=D(net_usd))


def test_a_first_start_gives_each_book_its_equity_and_a_second_gives_nothing():
    opened = open_books(Desk(), D(10_000))
    assert opened.equity_usd == dict.fromkeys(Book, D(10_000))
    assert opened.peak_usd == opened.equity_usd
    assert open_books(opened, D(5)) == opened


def test_an_outcome_moves_its_own_book_alone(order_of):
    desk = open_books(Desk(), D(10_000))
    won = settle(desk, outcome_of(order_of, "12.34"))
    lost = settle(won, outcome_of(order_of, "-20"))
    assert lost == replace(
        desk,
        equity_usd={**desk.equity_usd, Book.GHOST: D("9992.34")},
        peak_usd={**desk.peak_usd, Book.GHOST: D("10012.34")},
        day_pnl_usd={Book.GHOST: D("-7.66")},
    )


def test_more_word_of_an_order_that_was_over_books_the_difference(order_of):
    desk = open_books(Desk(), D(10_000))
    first, then = outcome_of(order_of, "5"), outcome_of(order_of, "4.5")
    assert settle(settle(desk, first), then, first).equity_usd[Book.GHOST] == D("10004.5")


def test_a_new_day_starts_from_nothing_and_days_never_go_back():
    desk = replace(roll_day(Desk(), NOW), day_pnl_usd={Book.GHOST: D(-5)})
    assert roll_day(desk, NOW) == desk
    assert roll_day(desk, NOW - DAY) == desk
    assert roll_day(desk, NOW + DAY).day_pnl_usd == {}


def test_C09_a_fill_counts_once_by_order_and_id(order_of, fill_of):
    fill = fill_of(order_of(), 1, "entry", "99.5", "1")
    seen = count_once(Desk(), fill)
    assert count_once(seen, fill) is None
    assert count_once(seen, replace(fill, fill_id="another")) is not None
    assert count_once(seen, replace(fill, client_order_id="another")) is not None


def test_the_memory_of_fills_is_bounded(order_of, fill_of):
    desk, order = Desk(), order_of()
    for number in range(FILLS_SEEN_MAX + 5):
        desk = count_once(desk, fill_of(order, number, "entry", "99.5", "1"))
    assert len(desk.fills_seen) == FILLS_SEEN_MAX


def test_open_orders_are_those_of_the_coin_that_are_not_over(order_of, instrument):
    order = order_of()
    stamp = {"client_order_id": order.client_order_id, "ref_id": order.ref_id, "book": order.book}
    rejected = advance(order, Rejected(**stamp, ts_event=NOW, reason="x"), instrument)
    expired = advance(order, Ended(**stamp, ts_event=NOW, reason="expired"), instrument)
    desk = Desk(orders={"a": rejected, "b": order, "c": expired})
    assert open_orders(desk, "SOL") == [order]
    assert open_orders(desk, "BTC") == []
