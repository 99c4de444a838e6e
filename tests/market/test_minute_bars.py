"""The last week in minutes: what is known, and what is never guessed."""

import numpy as np
import pytest

from pawang.market.minute_bars import MINUTES_MAX, QUIET_MAX, Bar, MinuteBars
from pawang.model.market import Candle
from pawang.model.refs import MINUTE, SECOND

START = 29_000_000  # a minute of the epoch


def at(minute: int, second: float = 0.0) -> int:
    return (START + minute) * MINUTE + round(second * SECOND)


def printed(*prints: tuple[int, float, float]) -> MinuteBars:
    """`(minute, second, price)` each, after a minute that was seen from its middle on."""
    bars = MinuteBars()
    bars.trade(at(-1, 30), 100.0)
    for minute, second, price in prints:
        bars.trade(at(minute, second), price)
    return bars


def candle(minute: int, high: float, low: float, close: float, closed: bool = True) -> Candle:
    return Candle(
        instrument="SOL-USDT-SWAP",
        ts_event=at(minute),
        ts_recv=at(minute + 1),
        bar=MINUTE,
        open=close,
        high=high,
        low=low,
        close=close,
        volume=1.0,
        volume_usd=100.0,
        closed=closed,
    )


def seen(bars: MinuteBars, minutes: int) -> list[Bar | None]:
    return [bars.bar(START + minute) for minute in range(-1, minutes)]


def test_a_minute_is_its_highest_lowest_and_last_print():
    bars = printed((0, 1, 101.0), (0, 20, 99.0), (0, 59, 100.5), (1, 0, 100.0))
    assert seen(bars, 2) == [None, Bar(101.0, 99.0, 100.5), None]


def test_the_minute_of_the_start_is_unknown_and_the_open_one_is_not_over():
    bars = printed((0, 1, 101.0))
    assert seen(bars, 1) == [None, None]
    bars.settle(at(0, 59.9))
    assert seen(bars, 1) == [None, None]
    bars.settle(at(1))
    assert seen(bars, 1) == [None, Bar(101.0, 101.0, 101.0)]


def test_a_minute_without_prints_is_flat():
    bars = printed((0, 1, 101.0), (0, 2, 102.0), (3, 0, 99.0), (4, 0, 99.0))
    flat = Bar(102.0, 102.0, 102.0)
    expected = [None, Bar(102.0, 101.0, 102.0), flat, flat, Bar(99.0, 99.0, 99.0)]
    assert seen(bars, 4) == expected


@pytest.mark.parametrize(("silent", "known"), [(QUIET_MAX, True), (QUIET_MAX + 1, False)])
def test_a_feed_that_is_silent_for_longer_is_deaf_and_its_next_minute_half_seen(silent, known):
    bars = printed((0, 1, 101.0), (silent + 1, 30, 99.0), (silent + 2, 0, 99.0))
    assert (bars.bar(START + silent + 1) is not None) == known
    assert bars.bar(START + QUIET_MAX) is not None  # what was silent was still calm so far


def test_looking_at_it_meanwhile_changes_nothing():
    prints = ((0, 1, 101.0), (2, 3, 99.0), (2, 40, 98.0), (9, 5, 97.0), (10, 0, 97.5), (11, 0, 97))
    looked, left = printed(), printed(*prints)
    for minute, second, price in prints:
        for earlier in range(minute + 1):
            looked.settle(at(earlier))
        looked.trade(at(minute, second), price)
    assert seen(looked, 12) == seen(left, 12)


def test_minutes_whose_prints_were_missed_are_unknown():
    bars = printed((0, 1, 101.0), (1, 1, 101.0))
    bars.lose()
    for minute in (3, 4, 5):
        bars.trade(at(minute, 20), 99.0)
    one = Bar(99.0, 99.0, 99.0)
    assert seen(bars, 6) == [None, Bar(101.0, 101.0, 101.0), None, None, None, one, None]


def test_a_feed_lost_and_found_within_a_minute_costs_that_minute_only():
    bars = printed((0, 1, 101.0), (1, 1, 101.0))
    bars.lose()
    bars.trade(at(1, 50), 99.0)
    bars.trade(at(2, 1), 99.0)
    bars.settle(at(3))
    assert seen(bars, 3)[2:] == [None, Bar(99.0, 99.0, 99.0)]


def test_a_print_that_comes_late_widens_its_minute():
    bars = printed((0, 1, 101.0), (1, 1, 101.0), (0, 59, 97.0), (-9, 0, 1.0))
    assert seen(bars, 1) == [None, Bar(101.0, 97.0, 101.0)]


def test_the_venues_own_bar_fills_a_hole_and_an_open_one_does_not():
    bars = printed((5, 0, 100.0))
    bars.candle(candle(1, 105.0, 95.0, 99.0))
    bars.candle(candle(2, 105.0, 95.0, 99.0, closed=False))
    assert seen(bars, 3) == [None, Bar(100.0, 100.0, 100.0), Bar(105.0, 95.0, 99.0), Bar(
        100.0, 100.0, 100.0
    )]  # fmt: skip
    early = MinuteBars()
    early.candle(candle(1, 105.0, 95.0, 99.0))
    assert seen(early, 3) == [None, None, Bar(105.0, 95.0, 99.0), None]


def test_a_week_is_kept_and_what_is_older_never_passes_for_now():
    bars = MinuteBars()
    for minute in range(MINUTES_MAX + 3):
        bars.trade(at(minute), 100.0 + minute)
    bars.settle(at(MINUTES_MAX + 3))
    assert bars.bar(START + 2) is None
    assert bars.bar(START + 3) == Bar(103.0, 103.0, 103.0)
    bars.candle(candle(2, 1.0, 1.0, 1.0))
    assert bars.bar(START + MINUTES_MAX + 2) == Bar(*[100.0 + MINUTES_MAX + 2] * 3)
    bars.candle(candle(MINUTES_MAX + 100, 1.0, 1.0, 1.0))
    assert bars.bar(START + MINUTES_MAX + 50) is None  # its place still holds an older minute


def test_a_span_says_which_of_its_minutes_are_known():
    bars = printed((0, 1, 101.0), (1, 1, 99.0), (2, 0, 98.0))
    span = bars.span(START - 1, START + 3)
    assert span.known.tolist() == [False, True, True, False]
    assert span.high[span.known].tolist() == [101.0, 99.0]
    assert bars.span(0, START).known.sum() == 0
    assert np.isfinite(span.close).all()
