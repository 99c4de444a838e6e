import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.guards.retry import RetryBudget, RetryParams, RetryPlan
from pawang.model.refs import SECOND


@given(st.integers(1, 10**6), st.floats(0, 1, exclude_max=True))
def test_A13_a_delay_is_drawn_below_a_ceiling_that_doubles_from_1_to_60_seconds(attempt, roll):
    delay = RetryPlan().delay(attempt, roll)
    assert 0 <= delay < min(60, 2.0 ** min(attempt - 1, 40)) * SECOND


def test_the_jitter_is_full():
    plan = RetryPlan()
    assert [plan.delay(4, roll) for roll in (0, 0.25, 0.5)] == [0, 2 * SECOND, 4 * SECOND]


def test_the_plan_gives_up_after_its_last_attempt():
    plan = RetryPlan(RetryParams(attempts_max=3))
    assert [plan.delay(attempt, 0.5) for attempt in (1, 2, 3, 4)] == [
        SECOND // 2,
        SECOND,
        None,
        None,
    ]


def test_B01_retry_after_is_a_floor_and_the_jitter_comes_on_top():
    assert RetryPlan().delay(1, 0.5, at_least=30 * SECOND) == 30 * SECOND + SECOND // 2


@pytest.mark.parametrize(
    ("attempt", "roll"), [(0, 0.5), (-1, 0.5), (1, 1.0), (1, -0.1), (1, float("nan"))]
)
def test_an_impossible_attempt_or_roll_is_a_bug_of_ours(attempt, roll):
    with pytest.raises(AssertionError):
        RetryPlan().delay(attempt, roll)


def test_retries_are_at_most_a_share_of_the_calls_once_the_burst_is_spent():
    budget = RetryBudget(share=0.1, burst=10)
    retries = 0
    for _ in range(1000):
        budget.called()
        retries += budget.spend()
    assert 100 <= retries <= 110


def test_an_empty_budget_refuses_and_does_not_go_negative():
    budget = RetryBudget(share=0.5, burst=1)
    assert [budget.spend(), budget.spend(), budget.spend()] == [True, False, False]
    budget.called()
    budget.called()
    assert budget.spend()
