"""What peers' dry runs got wrong, executed (lessons.md D), each with its PnL to the last decimal.

LONG cases are reckoned by hand: 10 SOL at 99.5 in, maker 0.02 %, taker 0.05 %.
"""

from decimal import Decimal as D

import pytest

from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.order import Order, OrderState
from pawang.orders import advance, resolve

COIN = Instrument.swap("SOL", contract_value=D(1), tick_size=D("0.1"), lot_size=D("0.001"))


@pytest.fixture
def street(street_of):
    return street_of(Side.LONG)


def lived(street, order: Order) -> Order:
    """The order after all that the venue has said so far."""
    for report in street.reports():
        order = advance(order, report, COIN)
    return order


def test_a_queue_of_1000_ahead_and_10_printed_fills_nothing_and_costs_nothing(street):
    order = street.rest("10", ahead=1000.0)
    street.print(99.5, 10.0, "sell")
    street.venue.elapse(order.ts_expiry + 10**9)
    moved = lived(street, order)
    outcome = resolve(moved, street.now)
    assert (moved.state, outcome.label, outcome.net_usd) == (OrderState.EXPIRED, "unfilled", D(0))


def test_a_touch_without_a_trade_through_fills_nothing_and_costs_nothing(street):
    order = street.rest("10", ahead=1.0)
    street.book(bids=[(99.5, 1.0)], asks=[(99.6, 50.0)])
    street.print(99.6, 500.0, "buy")
    street.venue.elapse(order.ts_expiry + 10**9)
    assert resolve(lived(street, order), street.now).net_usd == D(0)


def test_3_partial_prints_are_3_fills_and_each_pays_its_fee(street):
    order = street.rest("10")
    for size in (2.0, 3.0, 4.0):
        street.tick()
        street.print(99.5, size, "sell")
    fills = street.reports()
    assert [(fill.contracts, fill.fee_usd) for fill in fills] == [
        (D(2), D("0.03980")),  # 199.0 at 0.02 %
        (D(3), D("0.05970")),
        (D(4), D("0.07960")),
    ]
    for fill in fills:
        order = advance(order, fill, COIN)
    assert (order.filled, order.entry_usd, order.fees_usd) == (D(9), D("895.5"), D("0.1791"))


def test_a_stop_with_a_gap_fills_at_the_next_price_as_a_taker(street):
    """The peer's case: stop 99.0, the book gaps to 90.0 x 1 and 89.0; it filled 10 at 99.0."""
    order = street.hold_and_keep("10")
    street.tick()
    street.print(90.5, 1.0, "sell")
    street.tick()
    street.book(bids=[(90.0, 1.0), (89.0, 50.0)], asks=[(90.5, 5.0)])
    moved = lived(street, order)
    # 1 at 90 and 9 at 89 make 891; in 995 at 0.02 %, out 891 at 0.05 %.
    assert resolve(moved, street.now).net_usd == D("891") - D("995") - D("0.199") - D("0.4455")


def test_stop_and_target_in_one_batch_come_in_the_order_of_the_tape(street_of):
    """Up and then down: half leaves at TP1 101.0, half at the stop; and the other way round."""
    ends = {}
    for first, then in (("tp1", "sl"), ("sl", "tp1")):
        street = street_of(Side.LONG)
        order = street.hold_and_keep("10")
        street.tick()
        steps = {"tp1": (101.1, "buy"), "sl": (98.9, "sell")}
        batch = []
        for leg in (first, then):
            price, taker = steps[leg]
            batch.append(street.printed(price, 50.0, taker))
            street.tick()
            batch.append(street.shown([(98.8, 50.0)], [(101.2, 50.0)]))
        street.see(*batch)
        ends[first] = resolve(lived(street, order), street.now)
    # 5 at 101 (505, maker) and 5 at 98.8 (494, taker); in 995.
    assert (ends["tp1"].label, ends["tp1"].net_usd) == (
        "tp1_then_sl",
        D("999") - D("995") - D("0.199") - D("0.101") - D("0.247"),
    )
    # All 10 at 98.8 as a taker: 988.
    assert (ends["sl"].label, ends["sl"].net_usd) == (
        "sl",
        D("988") - D("995") - D("0.199") - D("0.494"),
    )


def test_funding_that_is_crossed_is_settled_once(street):
    order = street.hold_and_keep("10")
    due = street.now + 10 * 10**9
    street.mark(100.0)
    street.forecast(0.0001, due)
    for _ in range(3):
        street.tick(20)
        street.mark(100.0)
    street.book(bids=[(99.9, 50.0)], asks=[(100.0, 5.0)])
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.book(bids=[(99.9, 50.0)], asks=[(100.0, 5.0)])
    outcome = resolve(lived(street, order), street.now)
    # 10 at the mark of 100: 1000 at 0.01 %; out at 99.9 as a taker.
    assert outcome.funding_usd == D("0.1")
    assert outcome.net_usd == D("999") - D("995") - D("0.199") - D("0.4995") - D("0.1")


def test_a_market_order_of_a_thousand_where_ten_are_shown_walks_and_waits(street):
    """The peer's case: market buy 1,000, the book shows 10: all filled within the spread."""
    order = street.hold_and_keep("1000")
    street.book(bids=[(99.9, 6.0), (99.8, 4.0)], asks=[(100.0, 5.0)])
    street.venue.cancel(order.client_order_id, "closed", True, street.now)
    street.tick()
    street.book(bids=[(99.9, 6.0), (99.8, 4.0)], asks=[(100.0, 5.0)])
    moved = lived(street, order)
    assert (moved.closed, moved.exit_usd) == (D(10), D("998.6"))
    assert resolve(moved, street.now) is None
