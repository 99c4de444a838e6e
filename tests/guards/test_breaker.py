from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pawang.guards.breaker import Breaker, BreakerParams, Transition
from pawang.model.refs import SECOND

MIDDLE = 0.5  # the roll that adds no jitter


def opened(now=0, opens=1):
    breaker = Breaker()
    for _ in range(5):
        breaker.failure(now, "500", MIDDLE)
    for _ in range(opens - 1):
        now += breaker.rest_ns(now)
        assert breaker.allow(now)
        breaker.failure(now, "500", MIDDLE)
    return breaker, now


def test_A28_five_failures_in_a_row_open_it():
    breaker = Breaker()
    told = [breaker.failure(at, "timeout", MIDDLE) for at in range(5)]
    assert told == [(), (), (), (), (Transition(state="open", cause="timeout", ts=4),)]
    assert not breaker.allow(5)


def test_A28_a_success_between_starts_the_count_again():
    breaker = Breaker(BreakerParams(calls_min=1000))
    for at in range(40):
        if at % 5 == 4:
            breaker.success(at)
        else:
            breaker.failure(at, "timeout", MIDDLE)
    assert breaker.state == "closed"


def test_A28_more_than_a_tenth_of_ten_calls_opens_it_and_exactly_a_tenth_does_not():
    tenth, more = Breaker(), Breaker()
    for at in range(9):
        tenth.success(at)
    assert tenth.failure(9, "500", MIDDLE) == ()
    for at in range(8):
        more.success(at)
    more.failure(8, "500", MIDDLE)
    assert more.failure(9, "500", MIDDLE) == (Transition(state="open", cause="500", ts=9),)


def test_A28_nine_calls_are_too_few_for_a_share():
    breaker = Breaker()
    for at in range(5):
        breaker.success(at)
    for at in range(4):
        breaker.failure(at, "500", MIDDLE)
    assert breaker.state == "closed"


def test_A28_calls_older_than_the_window_do_not_count():
    breaker = Breaker()
    for _ in range(4):
        breaker.failure(0, "500", MIDDLE)
    for at in range(6):
        breaker.success(61 * SECOND + at)
    breaker.failure(62 * SECOND, "500", MIDDLE)
    assert breaker.state == "closed"


def test_A29_open_time_doubles_from_10_to_300_seconds():
    rests = []
    for opens in range(1, 8):
        breaker, now = opened(opens=opens)
        rests.append(breaker.rest_ns(now) / SECOND)
    assert rests == [10, 20, 40, 80, 160, 300, 300]


@given(st.floats(0, 1, exclude_max=True))
def test_A29_jitter_stays_within_a_fifth(roll):
    breaker = Breaker(BreakerParams(failures_in_row=1))
    breaker.failure(0, "500", roll)
    assert 8 * SECOND <= breaker.rest_ns(0) <= 12 * SECOND


def test_A29_three_good_probes_close_it_and_every_step_is_told_once():
    breaker, _ = opened()
    at = 10 * SECOND
    told = []
    for probe in range(3):
        assert breaker.allow(at + probe)
        assert not breaker.allow(at + probe)
        told.append(breaker.success(at + probe))
    assert told == [
        (Transition(state="half_open", cause="rest is over", ts=at),),
        (),
        (Transition(state="closed", cause="3 good probes", ts=at + 2),),
    ]
    assert breaker.allow(at + 3)


def test_A29_one_bad_probe_opens_it_again_for_longer():
    breaker, _ = opened()
    at = 10 * SECOND
    breaker.allow(at)
    breaker.success(at)
    breaker.allow(at + 1)
    assert breaker.failure(at + 1, "502", MIDDLE) == (
        Transition(state="open", cause="502", ts=at + 1),
    )
    assert breaker.rest_ns(at + 1) == 20 * SECOND


def test_after_closing_the_first_rest_is_short_again_and_old_failures_are_forgotten():
    breaker, now = opened(opens=4)
    now += breaker.rest_ns(now)
    for _ in range(3):
        breaker.allow(now)
        breaker.success(now)
    for _ in range(4):
        assert breaker.failure(now, "500", MIDDLE) == ()
    breaker.failure(now, "500", MIDDLE)
    assert breaker.rest_ns(now) == 10 * SECOND


def test_a_late_answer_from_before_the_break_is_not_the_probes():
    breaker, _ = opened()
    probe_at = 10 * SECOND
    assert breaker.allow(probe_at)
    breaker.success(probe_at + 1, started=3)
    assert not breaker.allow(probe_at + 2)
    breaker.failure(probe_at + 3, "timeout", MIDDLE, started=4)
    assert breaker.state == "half_open"


def test_a_late_failure_does_not_hurt_a_breaker_that_closed_since():
    breaker, _ = opened()
    at = 10 * SECOND
    for _ in range(3):
        breaker.allow(at)
        breaker.success(at)
    for _ in range(9):
        breaker.failure(at + 1, "timeout", MIDDLE, started=at - 5)
    assert breaker.state == "closed"


def test_an_abandoned_probe_makes_room_for_the_next():
    breaker, _ = opened()
    at = 10 * SECOND
    breaker.allow(at)
    breaker.abandon(started=at)
    assert breaker.allow(at + 1)


def test_a_probe_that_never_reports_is_given_up_after_its_lease():
    breaker, _ = opened()
    at = 10 * SECOND
    assert breaker.allow(at)
    assert not breaker.allow(at + 59 * SECOND)
    assert breaker.allow(at + 60 * SECOND)


STEP = st.tuples(
    st.integers(0, 15 * SECOND),
    st.sampled_from(["call", "good", "bad"]),
    st.integers(0, 5),
    st.floats(0, 1, exclude_max=True),
)


@given(st.lists(STEP, max_size=120))
def test_A29_there_is_never_a_second_probe_in_flight(steps):
    """However calls and late answers interleave: half-open, at most one call is out."""
    breaker = Breaker(BreakerParams(probe_lease_s=1e9))
    now, in_flight = 0, []  # [started, state it was let through in]
    for wait, what, which, roll in steps:
        now += wait + 1
        if what == "call":
            if breaker.allow(now):
                in_flight.append((now, breaker.state))
        elif in_flight:
            started, _ = in_flight.pop(which % len(in_flight))
            if what == "good":
                breaker.success(now, started)
            else:
                breaker.failure(now, "500", roll, started)
        if breaker.state == "half_open":
            assert sum(state == "half_open" for _, state in in_flight) <= 1


@given(st.lists(STEP, max_size=120))
def test_the_told_transitions_are_a_path_through_the_three_states(steps):
    breaker = Breaker()
    now, path = 0, ["closed"]
    for wait, what, _, roll in steps:
        now += wait
        if breaker.allow(now):
            told = breaker.success(now) if what == "good" else breaker.failure(now, "x", roll)
            path += [transition.state for transition in told]
    legal = {
        ("closed", "open"),
        ("open", "half_open"),
        ("half_open", "open"),
        ("half_open", "closed"),
    }
    assert set(pairwise(path)) <= legal
