"""What guards a position: stops as takers, targets in their queues, one door out (row O1)."""

from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from pawang.model.market import Aggressor, Side
from pawang.model.order import Funded, OrderState

SECOND = 10**9
HOUR = 3600 * SECOND


# Stops.


def test_a_stop_over_a_gap_fills_at_what_is_there_as_a_taker_never_at_its_price(street):
    """The peer's case of lessons.md D: long 10, stop 99.0, bids 90.0 x 1 and 89.0 x 1."""
    street.hold("10")
    street.tick()
    street.book(bids=[(90.0, 1.0), (89.0, 1.0)], asks=[(98.0, 5.0)])
    street.print(98.0, 0.5, "buy")
    assert street.story() == []
    street.tick()
    street.print(90.0, 0.5, "sell")
    assert street.fills() == [("sl", D("90.0"), D(1), False), ("sl", D("89.0"), D(1), False)]
    street.tick()
    street.print(90.0, 0.5, "sell")
    assert street.story() == [], "the two bids were ours already"
    street.book(bids=[(88.0, 20.0)], asks=[(98.0, 5.0)])
    street.print(88.0, 0.5, "sell")
    assert street.fills() == [("sl", D("88.0"), D(8), False)]


def test_a_stop_pays_the_taker_fee(street):
    order = street.hold("10")
    street.tick()
    street.book(bids=[(98.0, 50.0)], asks=[(98.2, 5.0)])
    street.print(98.0, 1.0, "sell")
    street.tick()
    street.print(98.0, 1.0, "sell")
    (fill,) = street.reports()
    assert fill.fee_usd == D(10) * street.price("98.0") * D("0.0005")
    assert fill.side is street.taker("sell")
    assert fill.client_order_id == order.client_order_id


def test_a_market_exit_walks_the_displayed_depth(street):
    order = street.hold("10")
    street.tick()
    street.book(bids=[(99.9, 3.0), (99.8, 4.0), (99.7, 50.0)], asks=[(100.0, 5.0)])
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.print(100.0, 1.0, "buy")
    assert street.fills() == [
        ("close", D("99.9"), D(3), False),
        ("close", D("99.8"), D(4), False),
        ("close", D("99.7"), D(3), False),
    ]


def test_a_market_exit_does_not_wait_for_a_print_where_the_book_tells(street):
    order = street.hold("10")
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.book(bids=[(99.9, 3.0), (99.8, 50.0)], asks=[(100.0, 5.0)])
    assert street.fills() == [("close", D("99.9"), D(3), False), ("close", D("99.8"), D(7), False)]


def test_a_fired_stop_is_the_venues_own_and_waits_for_no_request(street):
    street.hold("10")
    street.tick()
    street.print(98.9, 1.0, "sell")
    street.now += street.params.trigger_ns
    street.book(bids=[(98.8, 50.0)], asks=[(98.9, 5.0)])
    assert street.fills() == [("sl", D("98.8"), D(10), False)]


def test_a_stale_better_level_does_not_flatter_a_taker(street):
    order = street.hold("10")
    street.book(bids=[(99.9, 50.0), (99.0, 50.0)], asks=[(100.0, 5.0)])
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.print(99.2, 1.0, "sell")
    assert street.fills() == [("close", D("99.0"), D(10), False)]


def test_without_a_book_a_taker_gets_what_printed_to_its_own_side_alone(street):
    order = street.hold("10")
    street.lose()
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.print(100.0, 50.0, "buy")
    assert street.story() == []
    street.print(99.6, 4.0, "sell")
    street.print(99.5, 40.0, "sell")
    assert street.fills() == [("close", D("99.6"), D(4), False), ("close", D("99.5"), D(6), False)]


def test_the_entry_and_its_stop_may_meet_in_one_print(street):
    street.rest("10")
    street.print(98.9, 10.0, "sell")
    street.tick()
    street.print(98.8, 10.0, "sell")
    street.book(bids=[(98.7, 50.0)], asks=[(99.0, 5.0)])
    street.print(98.7, 1.0, "sell")
    told = street.story()
    assert told[0] == ("entry", D("99.5"), D(10), True)
    assert {leg for leg, *_ in told[1:]} == {"sl"}
    assert sum(contracts for _, _, contracts, _ in told[1:]) == 10


def test_a_stop_while_the_entry_still_rests_withdraws_the_rest(street):
    street.rest("10")
    street.print(99.4, 4.0, "sell")
    street.book(bids=[(98.9, 50.0)], asks=[(99.6, 5.0)])
    street.print(99.0, 2.0, "sell")
    assert street.story() == [
        ("entry", D("99.5"), D(4), True),
        ("entry", D("99.5"), D(2), True),
        "exit_sl",
    ]
    street.tick()
    street.print(98.9, 50.0, "sell")
    assert street.fills() == [("sl", D("98.9"), D(6), False)]


def test_a_mark_stop_ignores_the_last_price_and_hears_the_mark(mark_street):
    street = mark_street
    street.hold("10")
    street.tick()
    street.book(bids=[(98.0, 50.0)], asks=[(98.2, 5.0)])
    street.print(98.0, 1.0, "sell")
    street.tick()
    street.print(98.0, 1.0, "sell")
    assert street.story() == []
    street.mark(99.0)
    street.tick()
    street.print(98.0, 1.0, "sell")
    assert street.fills() == [("sl", D("98.0"), D(10), False)]


def test_a_print_from_before_the_fill_fires_no_stop(street):
    before = street.printed(98.0, 1.0, "sell")
    street.hold("10")
    street.see(before)
    street.tick()
    street.print(99.6, 1.0, "sell")
    assert street.story() == []


# Targets.


def test_targets_rest_for_the_filled_part_in_the_same_print(street):
    street.rest("10")
    street.see(street.printed(99.5, 4.0, "sell"), street.printed(102.1, 50.0, "buy"))
    assert street.fills() == [
        ("entry", D("99.5"), D(4), True),
        ("tp1", D("101.0"), D(2), True),
        ("tp2", D("102.0"), D(2), True),
    ]


def test_a_target_queues_too(street):
    street.hold("10")  # 7 are displayed at 101.0
    street.print(101.0, 7.0, "buy")
    assert street.story() == []
    street.print(101.0, 2.0, "buy")
    assert street.fills() == [("tp1", D("101.0"), D(2), True)]


def test_one_print_is_shared_by_the_targets_nearest_first(street):
    street.hold("10")
    street.print(102.1, 7.0, "buy")
    assert street.fills() == [("tp1", D("101.0"), D(5), True), ("tp2", D("102.0"), D(2), True)]


def test_a_target_grows_with_the_fill_and_gives_no_more_than_its_share(street):
    street.rest("10")
    street.print(99.4, 4.0, "sell")
    street.print(101.1, 50.0, "buy")
    street.print(99.4, 6.0, "sell")
    street.print(101.1, 50.0, "buy")
    assert street.fills() == [
        ("entry", D("99.5"), D(4), True),
        ("tp1", D("101.0"), D(2), True),
        ("entry", D("99.5"), D(6), True),
        ("tp1", D("101.0"), D(3), True),
    ]


def test_a_position_of_one_lot_leaves_whole_at_the_last_target(street):
    street.hold("0.001")
    street.print(101.5, 50.0, "buy")
    assert street.story() == []
    street.print(102.1, 50.0, "buy")
    assert street.fills() == [("tp2", D("102.0"), D("0.001"), True)]


def test_stop_and_target_in_one_batch_come_in_the_order_of_the_tape(street):
    street.hold("10")
    street.tick()
    down, up = street.printed(98.9, 1.0, "sell"), street.printed(102.1, 50.0, "buy")
    street.see(down, up)
    assert street.story() == [], "the stop fired first: the targets are gone"
    street.tick()
    street.book(bids=[(98.9, 50.0)], asks=[(99.1, 5.0)])
    street.print(98.9, 1.0, "sell")
    assert street.fills() == [("sl", D("98.9"), D(10), False)]


def test_target_and_stop_in_one_batch_come_in_the_order_of_the_tape(street):
    street.hold("10")
    street.tick()
    street.see(street.printed(101.1, 50.0, "buy"), street.printed(98.9, 1.0, "sell"))
    street.tick()
    street.book(bids=[(98.9, 50.0)], asks=[(99.1, 5.0)])
    street.print(98.9, 1.0, "sell")
    assert street.fills() == [("tp1", D("101.0"), D(5), True), ("sl", D("98.9"), D(5), False)]


def test_no_target_fills_after_a_market_exit_has_started(street):
    order = street.hold("10")
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.print(102.1, 50.0, "buy")
    assert street.story() == []


# Time and hands.


def test_the_time_stop_leaves_at_market(street):
    order = street.hold("10")
    filled_at = street.now
    street.venue.elapse(filled_at + order.time_stop_ns - 1)
    street.tick(3600)
    street.book(bids=[(99.9, 50.0)], asks=[(100.0, 5.0)])
    street.tick()
    street.print(99.9, 1.0, "sell")
    assert street.fills() == [("time", D("99.9"), D(10), False)]


def test_close_withdraws_the_entry_and_leaves_with_what_filled(street):
    order = street.rest("10")
    street.print(99.4, 4.0, "sell")
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.print(99.4, 50.0, "sell")
    assert street.story() == [
        ("entry", D("99.5"), D(4), True),
        "closed",
        ("close", D("99.4"), D(4), False),
    ]


def test_a_second_close_changes_nothing(street):
    order = street.hold("10")
    for _ in range(2):
        street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.print(99.4, 1.0, "sell")
    street.print(99.4, 1.0, "sell")
    assert street.fills() == [("close", D("99.4"), D(10), False)]


def test_cancel_without_close_leaves_the_position_guarded(street):
    order = street.hold("10")
    street.venue.cancel(order.client_order_id, "panic", False, street.now)
    assert street.story() == []
    street.print(101.1, 50.0, "buy")
    assert street.fills() == [("tp1", D("101.0"), D(5), True)]


# Funding.


def test_funding_is_paid_once_when_its_time_is_crossed(street):
    order = street.hold("10")
    due = street.now + 60 * SECOND
    street.forecast(0.0005, due)
    street.forecast(0.0001, due)
    street.mark(100.0)
    street.tick(60)
    street.venue.elapse(street.now)
    street.forecast(0.0007, due)  # a late word on what is settled
    street.forecast(0.0003, due + 8 * HOUR)
    street.venue.elapse(street.now)
    paid = Funded(
        client_order_id=order.client_order_id,
        ref_id=order.ref_id,
        book=order.book,
        ts_event=due,
        funding_usd=D("0.1"),
    )
    assert street.reports() == [paid]


def test_the_next_forecast_a_moment_early_does_not_save_the_funding(street):
    street.hold("10")
    street.mark(100.0)
    street.forecast(0.0001, street.now + 60 * SECOND)
    street.tick(60)
    street.print(100.0, 1.0, "buy")
    assert street.story() == ["Funded"]


def test_funding_is_received_by_the_other_side(street):
    street.hold("10")
    street.mark(100.0)
    street.forecast(-0.0001, street.now + SECOND)
    street.tick()
    street.venue.elapse(street.now)
    (funded,) = street.reports()
    assert funded.funding_usd == D("-0.1")


def test_a_position_that_opens_at_the_settlement_pays_nothing(street):
    street.rest("10")
    street.forecast(0.0001, street.now + SECOND)
    street.mark(100.0)
    street.tick()
    street.print(99.4, 50.0, "sell")
    assert street.fills() == [("entry", D("99.5"), D(10), True)]


# Restarts.


def _held(street, **figures):
    order = street.rest("10")
    whole = {"filled": D(10), "entry_usd": order.entry * 10, "ts_filled": street.now}
    held = replace(order, state=OrderState.FILLED, entry_over=True, **{**whole, **figures})
    street.open_shop()
    street.venue.restore([held])
    street.tick()
    street.book(bids=[(99.4, 50.0)], asks=[(100.0, 50.0), (101.0, 7.0)])
    return held


def test_a_restored_position_keeps_its_stop(street):
    _held(street)
    street.print(99.0, 1.0, "sell")
    street.tick()
    street.book(bids=[(98.9, 50.0)], asks=[(99.1, 5.0)])
    street.print(98.9, 1.0, "sell")
    assert street.fills() == [("sl", D("98.9"), D(10), False)]


def test_a_restored_position_has_its_targets_at_the_back_of_their_queues(street):
    _held(street)
    street.print(101.0, 8.0, "buy")
    assert street.fills() == [("tp1", D("101.0"), D(1), True)]


def test_a_part_closed_position_restores_what_its_targets_still_hold(street):
    _held(street, closed=D(5), legs_hit=("tp1",))
    street.print(102.1, 50.0, "buy")
    assert street.fills() == [("tp2", D("102.0"), D(5), True)]


def test_a_part_filled_target_restores_for_its_rest(street):
    _held(street, closed=D(2), legs_hit=("tp1",))
    street.print(102.1, 50.0, "buy")
    assert street.fills() == [("tp1", D("101.0"), D(3), True), ("tp2", D("102.0"), D(5), True)]


@pytest.mark.parametrize("leg", ["sl", "close", "time"])
def test_a_taker_exit_under_way_goes_on_after_a_restart(street, leg):
    _held(street, closed=D(2), legs_hit=(leg,))
    street.print(102.1, 50.0, "buy")
    assert street.fills() == [(leg, D("99.4"), D(8), False)]


def test_the_same_order_waits_the_same_every_time(street_of):
    stories = []
    for _ in range(2):
        street = street_of(Side.LONG)
        street.hold("10")
        for step in range(40):
            street.tick(0.01)
            price = 98.9 - step / 10
            street.book(bids=[(price, 1.0)], asks=[(100.0, 5.0)])
            street.print(price, 1.0, "sell")
        stories.append(street.reports())
    assert stories[0] == stories[1]
    assert stories[0][0].side is Aggressor.SELL


def test_a_taker_price_off_the_grid_is_rounded_against_us(street):
    order = street.hold("10")
    street.lose()
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.print(99.28, 50.0, "sell")
    assert street.fills() == [("close", D("99.2"), D(10), False)]
