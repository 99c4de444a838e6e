"""Beside the base stand a pessimist and an optimist on the same tape (row O1)."""

from decimal import Decimal as D

from msgspec.structs import replace

from pawang.model.order import Bound, OrderState
from pawang.venues.ghost import GhostParams, optimistic, pessimistic

SECOND = 10**9


def bounds(street):
    """What the others made, told once when all are over."""
    street.reports()
    (told,) = street.bracketed
    return told.certain, {bound.model: bound for bound in told.bounds}


def test_all_three_end_alike_where_nothing_is_in_doubt(street):
    street.hold("10")
    street.tick()
    street.print(102.1, 10.0, "buy")
    certain, made = bounds(street)
    fees = D("0.199") + D("0.101") + D("0.102")
    if street.price("101") == D("99"):  # the mirror trades at other prices
        fees = D("0.201") + D("0.099") + D("0.098")
    same = {
        "contracts": D(10),
        "net_usd": D(20) - fees,
        "net_r": float((D(20) - fees) / 10),
        "legs_hit": ("tp1", "tp2"),
    }
    assert certain
    assert made == {model: Bound(model=model, **same) for model in ("pessimistic", "optimistic")}


def test_where_cancels_decide_the_optimist_fills_and_the_pessimist_does_not(street):
    street.rest("10", ahead=100.0)
    street.book(bids=[(99.5, 500.0)], asks=[(100.0, 50.0)])
    street.book(bids=[(99.5, 400.0)], asks=[(100.0, 50.0)])
    street.tick(2)
    street.print(99.5, 30.0, "sell")
    street.tick(400)
    street.print(99.6, 1.0, "buy")
    street.tick()
    street.book(bids=[(98.9, 50.0)], asks=[(100.0, 50.0)])
    street.print(98.9, 1.0, "sell")
    street.tick()
    street.book(bids=[(98.9, 50.0)], asks=[(100.0, 50.0)])
    _, made = bounds(street)
    assert made["pessimistic"].contracts == 0
    assert (made["optimistic"].contracts, made["optimistic"].legs_hit) == (D(10), ("sl",))


def test_they_are_told_once_and_only_when_all_are_over(street):
    street.rest("10", ahead=100.0)
    street.book(bids=[(99.5, 1.0)], asks=[(100.0, 50.0)])
    street.print(99.4, 10.0, "sell")
    street.print(102.1, 10.0, "buy")
    street.reports()
    assert len(street.bracketed) == 1
    street.tick(4000)
    street.print(99.4, 10.0, "sell")
    street.reports()
    assert len(street.bracketed) == 1


def test_C27_after_a_gap_the_bounds_are_uncertain(street):
    street.rest("10")
    street.lose()
    street.book(bids=[(99.4, 30.0)], asks=[(100.0, 50.0)])
    street.print(99.4, 10.0, "sell")
    street.print(102.1, 10.0, "buy")
    certain, _ = bounds(street)
    assert not certain


def test_after_a_restart_the_bounds_of_a_position_are_uncertain(street):
    order = street.hold("10")
    street.open_shop()
    held = replace(
        order,
        state=OrderState.FILLED,
        filled=D(10),
        entry_over=True,
        ts_filled=street.now,
    )
    street.venue.restore([held])
    street.tick()
    street.print(102.1, 10.0, "buy")
    certain, _ = bounds(street)
    assert not certain


def test_the_pessimist_is_slow_and_the_optimist_is_quick():
    base = GhostParams(latency_ms=(40.0, 60.0, 200.0))
    assert pessimistic(base) == replace(base, queue="trades", latency_ms=(200.0,))
    assert optimistic(base) == replace(base, queue="front", latency_ms=(40.0,))


def test_a_latency_is_drawn_by_name_within_its_quantiles():
    params = GhostParams(latency_ms=(40.0, 60.0, 200.0))
    drawn = sorted(params.latency_ns(f"order {number}") for number in range(2_001))
    assert 40_000_000 <= drawn[0] < drawn[-1] <= 200_000_000
    assert abs(drawn[1_000] / 1e6 - 60.0) < 3.0  # the middle is the middle quantile
    assert params.latency_ns("order 1") == params.latency_ns("order 1")
