import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.guards.bucket import TokenBucket
from pawang.model.refs import SECOND


def test_a_full_bucket_gives_its_capacity_at_once_and_then_tells_the_wait():
    bucket = TokenBucket(capacity=3, per_second=2)
    assert [bucket.take(now=0) for _ in range(4)] == [0, 0, 0, SECOND // 2]


def test_a_refused_take_takes_nothing():
    bucket = TokenBucket(capacity=1, per_second=1)
    bucket.take(now=0)
    assert [bucket.take(now=SECOND // 2) for _ in range(3)] == [SECOND // 2] * 3
    assert bucket.take(now=SECOND) == 0


def test_waiting_exactly_as_long_as_told_is_enough():
    bucket = TokenBucket(capacity=20, per_second=20 / 60)
    now = 7
    for _ in range(100):
        now += bucket.take(now)
        if bucket.take(now) > 0:
            now += bucket.take(now)
            assert bucket.take(now) == 0


@given(st.lists(st.tuples(st.integers(0, 2 * SECOND), st.integers(1, 3)), max_size=60))
def test_A13_never_more_than_capacity_plus_rate_times_the_span(steps):
    """In any span: tokens given <= capacity + rate * span."""
    bucket = TokenBucket(capacity=3, per_second=3)
    now, given_out = 0, []
    for wait, tokens in steps:
        now += wait
        if bucket.take(now, tokens) == 0:
            given_out.append((now, tokens))
    for first in range(len(given_out)):
        total = sum(tokens for _, tokens in given_out[first:])
        span = given_out[-1][0] - given_out[first][0]
        assert total <= 3 + 3 * span / SECOND + 1e-6


def test_B01_nothing_is_given_before_the_deadline_of_retry_after():
    bucket = TokenBucket(capacity=30, per_second=30)
    bucket.hold(until=600 * SECOND)
    bucket.hold(until=5 * SECOND)  # a later, shorter one does not shorten
    assert bucket.take(now=SECOND) == 599 * SECOND
    assert bucket.take(now=600 * SECOND) == 0


def test_a_clock_that_goes_back_an_hour_costs_at_most_one_filling():
    bucket = TokenBucket(capacity=2, per_second=1)
    bucket.take(now=3600 * SECOND, tokens=2)
    assert bucket.take(now=0) == SECOND
    assert bucket.take(now=SECOND) == 0


def test_the_level_shows_what_is_left():
    bucket = TokenBucket(capacity=4, per_second=2)
    bucket.take(now=0, tokens=3)
    assert [bucket.level(now) for now in (0, SECOND, 9 * SECOND)] == [1, 3, 4]


@pytest.mark.parametrize(("capacity", "rate"), [(0, 1), (-1, 1), (1, 0), (1, -2)])
def test_a_bucket_that_could_never_give_is_refused(capacity, rate):
    with pytest.raises(AssertionError):
        TokenBucket(capacity, rate)


def test_more_tokens_than_the_bucket_holds_is_a_bug_of_ours():
    with pytest.raises(AssertionError):
        TokenBucket(2, 1).take(now=0, tokens=3)
