"""The venue's clock: median of five, every five minutes, told above a second (C18)."""

import pytest

from pawang.model.refs import MINUTE, SECOND
from pawang.venues.okx.server_clock import ServerClock, reading


def filled(offset: int, at: int = 0) -> ServerClock:
    clock = ServerClock()
    clock.set([reading(at, at + 20, at + 10 + offset)] * 5, at + 20)
    return clock


def test_c18_one_slow_answer_does_not_move_the_clock():
    clock = ServerClock()
    took = [20, 20, 4 * SECOND, 20, 20]
    clock.set([reading(0, heard, 5 * SECOND + 10) for heard in took], 4 * SECOND)
    assert (clock.offset, clock.now(1000)) == (5 * SECOND, 5 * SECOND + 1000)


def test_c18_it_is_read_again_every_five_minutes():
    assert ServerClock().due(0)
    clock = filled(0, at=MINUTE)
    assert not clock.due(6 * MINUTE)
    assert clock.due(6 * MINUTE + 20)


def test_c18_more_than_a_second_is_told_and_a_second_is_not():
    assert not filled(SECOND).off
    assert filled(SECOND + 1).off
    assert filled(-SECOND - 1).off


def test_an_unread_clock_changes_nothing():
    assert ServerClock().now(77) == 77


def test_four_readings_are_no_round():
    with pytest.raises(AssertionError, match="4 readings"):
        ServerClock().set([0] * 4, 0)
