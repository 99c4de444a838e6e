"""Counters below the venue's own (C26): who shares one, and that no window holds too many."""

import pytest

from pawang.model.refs import SECOND
from pawang.venues.okx.limits import Limits

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"


def starts(limits: Limits, times: int, path="trade/order", orders=1, method="POST", inst=BTC):
    """When each of `times` requests may leave, asked one after the other."""
    now, made = 0, []
    for _ in range(times):
        while wait := limits.take(method, path, inst, orders, now):
            now += wait
        made.append(now)
    return made


def most_in_two_seconds(made: list[int]) -> int:
    return max(sum(at <= other < at + 2 * SECOND for other in made) for at in made)


@pytest.mark.parametrize(
    ("path", "method", "most"),
    [
        ("trade/order", "POST", 60),
        ("trade/cancel-order", "POST", 60),
        ("trade/amend-order", "POST", 60),
        ("trade/order-algo", "POST", 20),
        ("account/set-leverage", "POST", 20),
        ("account/config", "GET", 5),
        ("trade/orders-pending", "GET", 60),
    ],
)
def test_c26_no_two_seconds_hold_more_than_the_endpoint_allows(path, method, most):
    made = starts(Limits(), 4 * most, path, method=method)
    assert most_in_two_seconds(made) <= most
    assert made[-1] < 12 * SECOND


def test_c26_place_cancel_and_amend_are_counted_apart():
    limits = Limits()
    now = starts(limits, 60)[-1]
    assert limits.take("POST", "trade/order", BTC, 1, now) > 0
    for path in ("trade/cancel-order", "trade/amend-order", "trade/cancel-algos"):
        assert limits.take("POST", path, BTC, 1, now) == 0


def test_c26_orders_count_by_instrument():
    limits = Limits()
    now = starts(limits, 60)[-1]
    assert limits.take("POST", "trade/order", BTC, 1, now) > 0
    assert limits.take("POST", "trade/order", ETH, 1, now) == 0


def test_c26_a_batch_of_one_counts_as_a_single_and_more_are_counted_apart():
    limits = Limits()
    starts(limits, 15, "trade/batch-orders", orders=1)
    assert limits.take("POST", "trade/order", BTC, 1, 0) > 0
    assert limits.take("POST", "trade/batch-orders", BTC, 20, 0) == 0


def test_c26_a_batch_counts_each_of_its_orders():
    limits = Limits()
    made = starts(limits, 60, "trade/batch-orders", orders=20)
    assert 20 * most_in_two_seconds(made) <= 300


def test_c26_new_orders_over_all_instruments_stay_below_a_thousand():
    limits = Limits()
    now, made = 0, []
    for number in range(2000):
        while wait := limits.take("POST", "trade/order", f"C{number % 200}-USDT-SWAP", 1, now):
            now += wait
        made.append(now)
    assert most_in_two_seconds(made) <= 1000


def test_c26_a_cancel_leaves_at_once_when_orders_have_used_up_everything():
    limits = Limits()
    for number in range(250):
        limits.take("POST", "trade/order", f"C{number}-USDT-SWAP", 1, 0)
    assert limits.take("POST", "trade/order", "C999-USDT-SWAP", 1, 0) > 0
    assert limits.take("POST", "trade/cancel-order", "C999-USDT-SWAP", 1, 0) == 0


def test_c26_after_50011_that_counter_rests_for_its_window_and_cancels_go_on():
    limits = Limits()
    limits.hold("POST", "trade/order", BTC, 1, 0)
    assert limits.take("POST", "trade/order", BTC, 1, 0) == 2 * SECOND
    assert limits.take("POST", "trade/order", ETH, 1, 0) == 0
    assert limits.take("POST", "trade/cancel-order", BTC, 1, 0) == 0


def test_ten_algos_are_cancelled_in_one_request():
    assert Limits().take("POST", "trade/cancel-algos", BTC, 10, 0) == 0


def test_asking_for_an_order_and_placing_one_are_counted_apart():
    limits = Limits()
    starts(limits, 15)
    assert limits.take("POST", "trade/order", BTC, 1, 0) > 0
    assert limits.take("GET", "trade/order", BTC, 1, 0) == 0
