"""Scaled desk time, with wall time as an argument."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.sandbox.clock import ScaledClock

MS = 1_000_000


def ran(clock: ScaledClock, wall_ns: int) -> int:
    due = clock.due(wall_ns)
    clock.advance(due)
    return due


def test_at_life_speed_a_step_is_due_every_100_ms():
    clock = ScaledClock(start_ms=1_000, speed=1.0)
    assert [ran(clock, wall * MS) for wall in (0, 99, 100, 150, 200, 300)] == [0, 0, 1, 0, 1, 1]
    assert clock.now_ms == 1_300


def test_the_wait_tells_when_the_next_step_is_due():
    clock = ScaledClock(start_ms=0, speed=20.0)
    assert clock.due(0) == 0
    assert clock.wait_ns(0) == 5 * MS
    assert ran(clock, 5 * MS) == 1
    assert clock.wait_ns(7 * MS) == 3 * MS


def test_a_held_clock_is_slower_and_does_not_rush_afterwards():
    clock = ScaledClock(start_ms=0, speed=10.0)
    for wall in range(0, 1_001, 10):
        ran(clock, wall * MS)
    assert clock.reached == pytest.approx(10.0)
    clock.hold(2_000 * MS)
    assert ran(clock, 2_000 * MS) == 0
    assert ran(clock, 2_010 * MS) == 1
    assert clock.now_ms == 10_100
    assert clock.reached == pytest.approx(10_100 / 2_010)


def test_a_clock_that_is_to_keep_up_makes_up_for_a_long_hiccup_whole():
    short, long = ScaledClock(0, 1.0), ScaledClock(0, 1.0, made_up_ms=60_000)
    for clock in (short, long):
        ran(clock, 0)
        ran(clock, 5_000 * MS)
    assert (short.now_ms, long.now_ms) == (200, 5_000)


def test_a_clock_that_waits_for_its_first_listener_counts_from_there():
    clock = ScaledClock(start_ms=0, speed=20.0)
    clock.hold(0)
    clock.hold(60_000 * MS)
    ran(clock, 60_000 * MS)
    for wall in range(60_000, 61_001, 5):
        ran(clock, wall * MS)
    assert clock.reached == pytest.approx(20.0)


def test_a_machine_that_cannot_keep_up_is_told_as_a_lower_speed():
    clock = ScaledClock(start_ms=0, speed=60.0)
    clock.due(0)
    for turn in range(1, 101):  # one step a turn of 10 ms: 10 x at most
        clock.due(turn * 10 * MS)
        clock.advance(1)
    assert clock.reached == pytest.approx(10.0)


def test_the_recent_speed_forgets_what_was_before():
    clock = ScaledClock(start_ms=0, speed=1.0)
    clock.due(0)
    for wall in range(0, 20_001, 100):
        if wall < 10_000:
            clock.hold(wall * MS)
        else:
            ran(clock, wall * MS)
    assert clock.recent == pytest.approx(1.0, abs=0.05)
    assert clock.reached == pytest.approx(0.5, abs=0.02)


def test_the_lead_of_the_market_over_a_desk_is_50_ms_of_wall_time_and_200_ms_at_least():
    assert [ScaledClock(0, speed).lead_ms for speed in (0.5, 1, 4, 20, 60)] == [
        200,
        200,
        200,
        1_000,
        3_000,
    ]


def test_after_the_end_nothing_is_due():
    clock = ScaledClock(start_ms=0, speed=1.0)
    clock.due(0)
    clock.end()
    assert clock.due(10_000 * MS) == 0
    with pytest.raises(AssertionError):
        clock.advance()


@given(st.lists(st.integers(0, 400), max_size=60), st.sampled_from([0.5, 1.0, 7.3, 20.0, 60.0]))
def test_time_never_runs_faster_than_asked(gaps: list[int], speed: float):
    """Whatever the pump's rhythm, market time never leaves wall time times speed behind."""
    clock, wall = ScaledClock(start_ms=0, speed=speed), 0
    ran(clock, 0)
    for gap in gaps:
        wall += gap
        ran(clock, wall * MS)
        assert clock.now_ms <= wall * speed + 1e-6
