"""The entry: a place in a queue, and never a fill that the tape did not pay for (row O1)."""

from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from pawang.model.market import Aggressor
from pawang.model.order import Accepted, Ended, Filled, OrderState, Rejected
from pawang.venues.ghost.resting import Resting

SECOND = 10**9


def test_a_touch_without_a_trade_through_is_not_a_fill(street):
    street.rest("10", ahead=100.0)
    street.print(99.5, 100.0, "sell")
    assert street.story() == []


def test_a_thousand_ahead_and_ten_printed_is_not_a_fill(street):
    street.rest("10", ahead=1000.0)
    street.print(99.5, 10.0, "sell")
    assert street.story() == []


def test_a_print_through_the_price_fills_whatever_stood_ahead(street):
    street.rest("10", ahead=1000.0)
    street.print(99.4, 10.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(10), True)]


def test_an_offer_that_came_below_us_filled_us_first_whoever_took_it(street):
    street.rest("10")
    street.print(99.3, 4.0, "buy")
    assert street.fills() == [("entry", D("99.5"), D(4), True)]


def test_takers_of_our_own_side_at_our_price_fill_nobody_of_ours(street):
    street.rest("10")
    street.print(99.5, 50.0, "buy")
    assert street.story() == []


def test_what_was_ahead_trades_away_first(street):
    street.rest("10", ahead=8.0)
    street.print(99.5, 10.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(2), True)]


# The queue. What disappears without a print was cancelled, and nobody can see whose it was.


def test_to_the_pessimist_no_cancel_was_ahead_of_us(queue_of):
    street = queue_of("trades")
    street.rest("10", ahead=1000.0)
    street.book(bids=[(99.5, 1500.0)], asks=[(100.0, 50.0)])
    street.book(bids=[(99.5, 1000.0)], asks=[(100.0, 50.0)])
    street.tick(2)
    street.print(99.5, 1001.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(1), True)]


def test_nobody_stands_ahead_who_is_not_displayed(street):
    street.rest("10", ahead=1000.0)
    street.book(bids=[(99.5, 12.0)], asks=[(100.0, 50.0)])
    street.tick(2)
    street.print(99.5, 15.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(3), True)]


def test_a_proportional_queue_loses_evenly(queue_of):
    street = queue_of("proportional")
    street.rest("10", ahead=100.0)
    street.book(bids=[(99.5, 400.0)], asks=[(100.0, 50.0)])
    street.book(bids=[(99.5, 200.0)], asks=[(100.0, 50.0)])
    street.tick(2)
    street.print(99.5, 53.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(3), True)]


def test_to_the_optimist_every_cancel_was_ahead_of_us(queue_of):
    street = queue_of("front")
    street.rest("10", ahead=100.0)
    street.book(bids=[(99.5, 400.0)], asks=[(100.0, 50.0)])
    street.book(bids=[(99.5, 340.0)], asks=[(100.0, 50.0)])
    street.tick(2)
    street.print(99.5, 43.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(3), True)]


@pytest.mark.parametrize("queue", ["trades", "proportional", "front"])
def test_what_printed_is_no_cancel_whichever_is_told_first_the_book_or_the_tape(queue_of, queue):
    for book_first in (True, False):
        street = queue_of(queue)
        street.rest("10", ahead=100.0)
        tell = [
            lambda street=street: street.book(bids=[(99.5, 40.0)], asks=[(100.0, 50.0)]),
            lambda street=street: street.print(99.5, 60.0, "sell"),
        ]
        for one in tell if book_first else reversed(tell):
            one()
        street.print(99.5, 45.0, "sell")
        assert street.fills() == [("entry", D("99.5"), D(5), True)]


def test_a_level_that_comes_to_cross_us_would_have_traded_with_us_first(street):
    street.rest("10", ahead=5.0)
    street.book(bids=[(99.3, 50.0)], asks=[(99.4, 3.0), (99.5, 1.0), (99.6, 50.0)])
    assert street.fills() == [("entry", D("99.5"), D(4), True)]


def test_a_level_that_still_crosses_us_trades_once(street):
    street.rest("10")
    for size in (3.0, 3.0, 5.0):
        street.book(bids=[(99.3, 50.0)], asks=[(99.5, size), (99.6, 50.0)])
    assert street.fills() == [("entry", D("99.5"), D(3), True), ("entry", D("99.5"), D(2), True)]


def test_three_partial_prints_are_three_fills_bounded_by_what_printed(street):
    street.rest("10")
    for size in (2.0, 3.0, 4.0):
        street.tick()
        street.print(99.5, size, "sell")
    assert street.fills() == [("entry", D("99.5"), D(n), True) for n in (2, 3, 4)]


def test_a_thousand_wanted_and_a_thousandth_offered_is_not_a_thousand(street):
    """The peer's case of lessons.md D: limit buy 1,000 at 99.5, 0.001 there: 1,000 filled."""
    street.rest("1000")
    street.print(99.5, 0.001, "sell")
    assert street.fills() == [("entry", D("99.5"), D("0.001"), True)]


def test_dust_below_one_lot_waits_for_the_next_print(street):
    street.rest("10")
    street.print(99.5, 0.0006, "sell")
    assert street.story() == []
    street.print(99.5, 0.0006, "sell")
    assert street.fills() == [("entry", D("99.5"), D("0.001"), True)]


def test_the_same_print_told_twice_is_one_print(street):
    street.rest("10")
    print_ = street.printed(99.5, 2.0, "sell")
    street.see(print_, print_)
    street.see(print_)
    assert street.fills() == [("entry", D("99.5"), D(2), True)]


def test_a_print_from_before_we_rested_fills_nothing(street):
    before = street.printed(99.4, 50.0, "sell")
    street.rest("10")
    street.see(before)
    assert street.story() == []


def test_the_whole_report_of_a_fill(street):
    order = street.rest("10")
    street.print(99.4, 4.0, "sell")
    assert street.reports() == [
        Filled(
            client_order_id=order.client_order_id,
            ref_id=order.ref_id,
            book=order.book,
            ts_event=street.now,
            fill_id=f"{order.client_order_id}-{street.now}-1",
            leg="entry",
            side=street.taker("buy"),
            price=order.entry,
            contracts=D(4),
            fee_usd=D(4) * order.entry * D("0.0002"),
            maker=True,
        )
    ]


def test_nothing_rests_before_the_latency_has_passed(street):
    street.book(bids=[(99.4, 50.0)], asks=[(100.0, 50.0)])
    street.venue.submit(street.order())
    street.tick(0.039)
    street.print(99.4, 50.0, "sell")
    assert street.story() == []
    street.tick(0.1)
    street.print(99.5, 1.0, "sell")
    assert street.story() == ["Accepted", ("entry", D("99.5"), D(1), True)]


def test_an_entry_that_would_take_is_cancelled_post_only(street):
    order = street.order()
    street.venue.submit(order)
    street.tick()
    street.book(bids=[(99.3, 1.0)], asks=[(99.5, 1.0)])
    stamp = {"client_order_id": order.client_order_id, "ref_id": order.ref_id, "book": order.book}
    ended = Ended(**stamp, ts_event=street.now, reason="post_only_would_take")
    assert street.reports() == [ended]
    street.print(99.0, 50.0, "sell")
    assert street.story() == []


def test_an_unfilled_entry_expires(street):
    street.rest("10")
    street.tick(360)
    street.print(99.4, 50.0, "sell")
    assert street.story() == ["expired"]


def test_time_alone_expires_an_entry(street):
    order = street.rest("10")
    street.venue.elapse(order.ts_expiry - 1)
    assert street.story() == []
    street.venue.elapse(order.ts_expiry + SECOND)
    assert street.story() == ["expired"]


def test_an_order_past_its_expiry_never_comes_to_rest(street):
    street.venue.submit(street.order())
    street.tick(361)
    street.book(bids=[(99.4, 50.0)], asks=[(100.0, 50.0)])
    assert street.story() == ["expired"]


def test_a_part_filled_entry_expires_and_its_part_keeps_its_exits(street):
    order = street.rest("10")
    street.print(99.5, 4.0, "sell")
    street.venue.elapse(order.ts_expiry + SECOND)
    assert street.story() == [("entry", D("99.5"), D(4), True), "expired"]
    street.tick(400)
    street.print(99.3, 50.0, "sell")
    street.print(101.1, 50.0, "buy")
    assert street.fills() == [("tp1", D("101.0"), D(2), True)]


def test_cancel_ends_the_entry_with_the_reason_given(street):
    order = street.rest("10")
    street.venue.cancel(order.client_order_id, "cancelled", False, street.now)
    street.venue.cancel(order.client_order_id, "again", False, street.now)
    street.tick()
    street.print(99.0, 50.0, "sell")
    assert street.story() == ["cancelled"]


def test_until_the_venue_has_heard_of_a_cancel_the_entry_may_fill(street):
    order = street.rest("10")
    street.venue.cancel(order.client_order_id, "cancelled", False, street.now)
    street.print(99.5, 4.0, "sell")
    street.tick()
    street.print(99.5, 4.0, "sell")
    assert street.story() == [("entry", D("99.5"), D(4), True), "cancelled"]


def test_what_fills_while_a_close_is_on_its_way_is_closed_too(street):
    order = street.rest("10")
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.print(99.5, 4.0, "sell")
    street.tick()
    street.print(99.4, 50.0, "sell")
    street.tick()
    street.print(99.4, 50.0, "sell")
    assert street.story() == [
        ("entry", D("99.5"), D(4), True),
        "closed",
        ("close", D("99.4"), D(4), False),
    ]


def test_cancel_of_what_nobody_knows_says_nothing(street):
    street.venue.cancel("stranger", "cancelled", True, street.now)
    assert street.story() == []


def test_the_same_order_submitted_twice_is_one(street):
    order = street.rest("10")
    street.venue.submit(order)
    street.print(99.4, 50.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(10), True)]


def test_an_order_that_is_over_cannot_be_submitted_again(street):
    order = street.rest("10")
    street.venue.cancel(order.client_order_id, "cancelled", False, street.now)
    street.tick()
    street.venue.elapse(street.now)
    street.venue.submit(order)
    street.print(99.4, 50.0, "sell")
    assert street.story() == ["cancelled"]


@pytest.mark.parametrize(
    ("bent", "reason"),
    [
        ({"instrument": "DOGE-USDT-SWAP"}, "unknown_instrument"),
        ({"contracts": D("0.0005")}, "below_min"),
        ({"contracts": D("1.0005")}, "off_lot"),
    ],
)
def test_an_order_the_venue_cannot_take_is_rejected(street, bent, reason):
    order = street.order(**bent)
    street.venue.submit(order)
    stamp = {"client_order_id": order.client_order_id, "ref_id": order.ref_id, "book": order.book}
    assert street.reports() == [Rejected(**stamp, ts_event=order.ts_placed, reason=reason)]


# Gaps (C27) and restarts.


def test_C27_while_the_book_is_unknown_only_a_print_through_fills(street):
    street.rest("10")
    street.lose("books")
    street.print(99.5, 1000.0, "sell")
    assert street.story() == []
    street.print(99.4, 1.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(1), True)]


def test_C27_after_a_gap_we_stand_at_the_back(street):
    street.rest("10")
    street.lose()
    street.book(bids=[(99.5, 30.0)], asks=[(100.0, 50.0)])
    street.print(99.5, 30.0, "sell")
    assert street.story() == []
    street.print(99.5, 1.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(1), True)]


def test_C27_lost_prints_cost_the_place_but_not_the_book(street):
    street.rest("10", ahead=30.0)
    street.print(99.5, 29.0, "sell")
    street.lose("trades")
    street.print(99.5, 29.0, "sell")
    assert street.story() == []
    street.print(99.5, 2.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(1), True)]


def test_a_lost_candle_costs_nothing(street):
    street.rest("10")
    street.lose("candle1m")
    street.print(99.5, 1.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(1), True)]


def test_a_restart_requeues_at_the_back(street):
    order = street.rest("10")
    street.open_shop()
    street.venue.restore([replace(order, state=OrderState.WORKING)])
    street.tick()
    street.book(bids=[(99.5, 5.0)], asks=[(100.0, 50.0)])
    (accepted,) = street.reports()
    assert isinstance(accepted, Accepted)
    assert accepted.queue_ahead == 5.0
    street.print(99.5, 6.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(1), True)]


def test_an_entry_the_market_crossed_while_we_were_away_fills_and_is_not_refused(street):
    order = street.rest("10")
    street.open_shop()
    street.venue.restore([replace(order, state=OrderState.WORKING)])
    street.tick()
    street.book(bids=[(99.1, 5.0)], asks=[(99.2, 50.0)])
    street.print(99.1, 10.0, "sell")
    assert street.story() == ["Accepted", ("entry", D("99.5"), D(10), True)]


def test_a_part_filled_entry_restores_for_its_rest(street):
    order = street.rest("10")
    part = replace(
        order, state=OrderState.PART_FILLED, filled=D(4), ts_filled=street.now, entry_usd=D(398)
    )
    street.open_shop()
    street.venue.restore([part])
    street.tick()
    street.book(bids=[(99.4, 5.0)], asks=[(100.0, 50.0)])
    street.print(99.4, 50.0, "sell")
    assert street.story() == ["Accepted", ("entry", D("99.5"), D(6), True)]


def test_an_order_that_is_over_is_not_restored(street):
    order = street.order()
    street.venue.restore([replace(order, state=OrderState.EXPIRED, entry_over=True)])
    street.tick()
    street.book(bids=[(99.4, 5.0)], asks=[(100.0, 50.0)])
    assert street.story() == []


def test_nothing_can_rest_empty_or_behind_less_than_nobody():
    for size, ahead in ((0.0, 0.0), (-1.0, 0.0), (1.0, -1.0), (float("nan"), 0.0)):
        with pytest.raises(AssertionError):
            Resting(Aggressor.BUY, 99.5, size, ahead)
