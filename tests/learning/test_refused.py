"""What the gates saved and cost, rows S3 and L2."""

import pytest

from pawang.learning.intervals import mean_interval
from pawang.learning.refused import gate_worths
from pawang.model.report import GateWorth, Refused


def refused(n: int, code: str, net_r: float, filled: bool = True) -> Refused:
    return Refused(ref_id=f"snp_{n}", ts=n, code=code, filled=filled, net_r=net_r)


def test_a_gate_is_worth_what_its_refusals_would_have_lost():
    rows = [
        refused(1, "no_wall", -1.0),
        refused(2, "no_wall", 0.5),
        refused(3, "no_wall", 0.0, False),
    ]
    assert gate_worths(rows) == (
        GateWorth(
            code="no_wall",
            week=0,
            n=3,
            judged=3,
            filled=2,
            saved_r=0.5,
            mean_r=-0.25,
            interval=mean_interval([-1.0, 0.5]),
        ),
    )


def test_what_saved_most_comes_first_and_what_cost_most_last():
    rows = [refused(1, "spread", 1.4), refused(2, "no_wall", -0.2), refused(3, "rr", -1.0)]
    assert [worth.code for worth in gate_worths(rows)] == ["rr", "no_wall", "spread"]


def test_a_gate_whose_refusals_never_filled_saved_nothing():
    [worth] = gate_worths([refused(1, "spread", 0.0, False)])
    assert (worth.saved_r, worth.mean_r, worth.interval) == (0.0, None, None)


def test_a_refusal_whose_plan_has_not_ended_is_counted_and_worth_nothing_yet():
    unknown = Refused(ref_id="snp_1", ts=1, code="no_bias")
    assert gate_worths([unknown], {"no_bias": 1}) == (
        GateWorth(
            code="no_bias",
            week=1,
            n=1,
            judged=0,
            filled=0,
            saved_r=None,
            mean_r=None,
            interval=None,
        ),
    )


def test_a_code_of_the_week_alone_has_its_row_and_older_refusals_are_left_out():
    rows = [refused(1, "old", -1.0), refused(9, "new", -1.0)]
    found = gate_worths(rows, {"funding": 2}, since=5)
    assert [(worth.code, worth.week, worth.n) for worth in found] == [
        ("new", 0, 1),
        ("funding", 2, 0),
    ]


def test_the_interval_of_a_mean_is_by_its_standard_error():
    found = mean_interval([1.0, 2.0, 3.0])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((2 - 1.959964 / 3**0.5, 2 + 1.959964 / 3**0.5))
    assert mean_interval([1.0]) is None
