"""What the map foretold for a bin meets what was liquidated there within a minute (6.4, 6.5)."""

import pytest

from pawang.market.crossings import DONE_MAX, PRINTS_MAX, WAITING_MAX, Crossings
from pawang.market.magnets import Reached, price_of
from pawang.model.field import Crossing
from pawang.model.market import Liquidation, Side
from pawang.model.refs import HOUR, MINUTE, SECOND

BIN = 22_000
T = 10 * HOUR


def reached(bin_=BIN, ts=T, side=Side.LONG):
    return Reached(
        ts=ts, bin_=bin_, side=side, since=T - 5 * HOUR, volume_usd=7.0, beyond=(3e6, 1e6)
    )


def printed(ts=T, bin_=BIN, side=Side.LONG, usd=1_000.0):
    price = price_of(bin_)
    return Liquidation(
        instrument="BTC-USDT-SWAP",
        ts_event=ts,
        ts_recv=ts,
        side=side,
        price=price,
        size=usd / price,
    )


def forced(bins, prints):
    """USD by bin once all is old enough."""
    crossings = Crossings("BTC")
    crossings.wait(list(bins))
    for one in prints:
        crossings.printed(one)
    crossings.settle(T + HOUR)
    return [round(one.forced_usd, 6) for one in crossings.take()]


def test_a_crossing_holds_what_was_foretold_and_what_came():
    crossings = Crossings("BTC")
    crossings.wait([reached()])
    crossings.printed(printed())
    crossings.settle(T + HOUR)
    assert list(crossings.take()) == [
        Crossing(
            coin="BTC",
            ts=T,
            price=price_of(BIN),
            side=Side.LONG,
            mass_usd=3e6,
            age_s=5 * 3600.0,
            volume_usd=7.0,
            beyond=(3e6, 1e6),
            forced_usd=pytest.approx(1_000.0),
        )
    ]
    assert list(crossings.take()) == []


@pytest.mark.parametrize(
    ("away_s", "usd"), [(-3, 0.0), (-2, 1_000.0), (0, 1_000.0), (60, 1_000.0), (61, 0.0)]
)
def test_a_print_counts_for_a_minute_after_the_mark_came(away_s, usd):
    assert forced([reached()], [printed(ts=T + away_s * SECOND)]) == [usd]


@pytest.mark.parametrize(("away", "usd"), [(-2, 0.0), (-1, 1_000.0), (1, 1_000.0), (2, 0.0)])
def test_a_print_may_be_off_by_one_bin(away, usd):
    assert forced([reached()], [printed(bin_=BIN + away)]) == [usd]


def test_a_print_counts_once_and_for_its_own_bin_first():
    bins = [reached(BIN + 1), reached(BIN), reached(BIN - 1)]
    assert forced(bins, [printed(), printed(usd=500.0)]) == [0.0, 1_500.0, 0.0]


def test_a_print_of_the_other_side_is_another_story():
    assert forced([reached()], [printed(side=Side.SHORT)]) == [0.0]


def test_prints_count_in_whatever_order_they_come():
    bins = [reached(BIN), reached(BIN - 1, ts=T + SECOND)]
    prints = [printed(T + k * SECOND, BIN - k % 2, usd=100.0 * (k + 1)) for k in range(6)]
    assert forced(bins, prints) == forced(bins, prints[::-1])


def test_nothing_is_told_before_late_prints_had_their_time():
    crossings = Crossings("BTC")
    crossings.wait([reached()])
    crossings.settle(T + 3 * MINUTE - 1)
    assert list(crossings.take()) == []
    crossings.settle(T + 3 * MINUTE)
    assert len(list(crossings.take())) == 1


def test_what_nobody_takes_is_bounded():
    crossings = Crossings("BTC")
    for k in range(3):
        crossings.wait([reached(ts=T + k * HOUR)] * WAITING_MAX)
        for _ in range(PRINTS_MAX + 10):
            crossings.printed(printed(T + k * HOUR))
        crossings.settle(T + k * HOUR + 10 * MINUTE)
    told = list(crossings.take())
    assert (len(told), told[-1].ts) == (DONE_MAX, T + 2 * HOUR)
