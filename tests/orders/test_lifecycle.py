"""Reports move an order on, in whatever order they come (C05, C07, C09)."""

from decimal import Decimal as D
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.model.market import Side
from pawang.model.order import Accepted, Ended, Funded, OrderState, Rejected
from pawang.orders import advance

SECOND = 10**9


def stamp(order, number=0):
    return {
        "client_order_id": order.client_order_id,
        "ref_id": order.ref_id,
        "book": order.book,
        "ts_event": order.ts_placed + number * SECOND,
    }


def played(order, reports, instrument):
    for report in reports:
        order = advance(order, report, instrument)
    return order


def test_an_acknowledged_order_works(order_of, instrument):
    order = order_of()
    assert advance(order, Accepted(**stamp(order)), instrument) == replace(
        order, state=OrderState.WORKING
    )


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("expired", OrderState.EXPIRED),
        ("cancelled", OrderState.CANCELLED),
        ("post_only_would_take", OrderState.CANCELLED),
    ],
)
def test_an_entry_that_ends_unfilled_is_over(order_of, instrument, reason, state):
    order = order_of()
    ended = advance(order, Ended(**stamp(order), reason=reason), instrument)
    assert ended == replace(order, state=state, entry_over=True, end_reason=reason)


def test_a_rejected_order_says_why(order_of, instrument):
    order = order_of()
    rejected = advance(order, Rejected(**stamp(order), reason="below_min"), instrument)
    assert rejected == replace(
        order, state=OrderState.REJECTED, entry_over=True, end_reason="below_min"
    )


def test_C05_a_part_fill_then_a_cancel_is_a_position_of_the_part(order_of, fill_of, instrument):
    order = order_of()
    reports = (
        fill_of(order, 1, "entry", "99.5", "4", "0.0796"),
        Ended(**stamp(order, 2), reason="cancelled"),
    )
    assert played(order, reports, instrument) == replace(
        order,
        state=OrderState.FILLED,
        filled=D(4),
        entry_price=D("99.5"),
        entry_usd=D("398.0"),
        fees_usd=D("0.0796"),
        ts_filled=order.ts_placed + SECOND,
        entry_over=True,
        end_reason="cancelled",
    )


def test_a_cancel_that_lost_the_race_ended_nothing(order_of, fill_of, instrument):
    order = order_of()
    whole = fill_of(order, 1, "entry", "99.5", "10")
    late = Ended(**stamp(order, 2), reason="cancelled")
    filled = played(order, (whole, late), instrument)
    assert filled == played(order, (late, whole), instrument)
    assert (filled.state, filled.end_reason) == (OrderState.FILLED, "")


@pytest.mark.parametrize("side", [Side.LONG, Side.SHORT])
def test_C07_any_order_of_reports_gives_the_same_order(order_of, fill_of, instrument, side):
    order = order_of(side)
    reports = [
        Accepted(**stamp(order)),
        fill_of(order, 1, "entry", "99.5", "4", "0.1"),
        fill_of(order, 2, "entry", "99.4", "2", "0.1"),
        Ended(**stamp(order, 3), reason="expired"),
        Funded(**stamp(order, 4), funding_usd=D("0.03")),
        fill_of(order, 5, "tp1", "101", "3", "0.1"),
        fill_of(order, 6, "sl", "99", "3", "0.2"),
    ]
    straight = played(order, reports, instrument)
    assert straight.state is OrderState.CLOSED
    assert straight.legs_hit == ("tp1", "sl")
    for shuffled in permutations(reports):
        assert played(order, shuffled, instrument) == straight


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_C07_figures_add_up_in_any_order(order_of, fill_of, instrument, data):
    """Sum of fills never exceeds the order, closed never exceeds filled; any order, one result."""
    order = order_of(data.draw(st.sampled_from([Side.LONG, Side.SHORT])))
    parts = data.draw(st.lists(st.integers(1, 2500), min_size=1, max_size=4))
    prices = st.integers(900, 1100)
    reports, legs = [Accepted(**stamp(order))], ("tp1", "tp2", "runner", "sl", "close", "time")
    for number, lots in enumerate(parts):
        at = D(data.draw(prices)) / 10
        reports.append(fill_of(order, number, "entry", str(at), str(D(lots) / 1000), "0.01"))
    left = sum(parts)
    while left and data.draw(st.booleans()):
        lots = data.draw(st.integers(1, left))
        at, leg = D(data.draw(prices)) / 10, data.draw(st.sampled_from(legs))
        made = fill_of(order, len(reports), leg, str(at), str(D(lots) / 1000), "0.02")
        reports.append(made)
        left -= lots
    if sum(parts) < 10_000:
        reports.append(Ended(**stamp(order, 90), reason="expired"))
    straight = played(order, reports, instrument)
    assert straight.filled <= straight.contracts
    assert straight.closed <= straight.filled
    assert straight.state is (OrderState.CLOSED if left == 0 else OrderState.FILLED)
    assert played(order, data.draw(st.permutations(reports)), instrument) == straight


def test_nothing_sets_an_order_back(order_of, fill_of, instrument):
    order = order_of()
    reports = (
        fill_of(order, 1, "entry", "99.5", "10"),
        fill_of(order, 2, "sl", "99", "10"),
    )
    closed = played(order, reports, instrument)
    late = (
        Accepted(**stamp(order)),
        Ended(**stamp(order), reason="expired"),
        Rejected(**stamp(order), reason="late"),
    )
    assert played(closed, late, instrument) == closed


def test_an_entry_ends_once(order_of, instrument):
    order = order_of()
    expired = advance(order, Ended(**stamp(order), reason="expired"), instrument)
    assert advance(expired, Ended(**stamp(order), reason="cancelled"), instrument) == expired
    assert advance(expired, Rejected(**stamp(order), reason="late"), instrument) == expired


def test_a_fill_after_the_end_of_its_entry_is_still_a_position(order_of, fill_of, instrument):
    order = order_of()
    ended = advance(order, Ended(**stamp(order), reason="cancelled"), instrument)
    late = advance(ended, fill_of(order, 1, "entry", "99.5", "4"), instrument)
    assert (late.state, late.open) == (OrderState.FILLED, D(4))


@pytest.mark.parametrize(
    ("leg", "contracts"), [("entry", "10.001"), ("sl", "10.001"), ("entry", "0"), ("tp1", "-1")]
)
def test_a_fill_that_cannot_be_is_not_booked(order_of, fill_of, instrument, leg, contracts):
    order = order_of()
    with pytest.raises(AssertionError):
        advance(order, fill_of(order, 1, leg, "99.5", contracts), instrument)


def test_a_report_of_another_order_is_not_booked(order_of, fill_of, instrument):
    order = order_of()
    stranger = replace(fill_of(order, 1, "entry", "99.5", "1"), client_order_id="stranger")
    with pytest.raises(AssertionError):
        advance(order, stranger, instrument)
