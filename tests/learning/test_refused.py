"""What the gates saved and cost, rows S3 and L2."""

import pytest

from pawang.learning.intervals import mean_interval
from pawang.learning.refused import GateWorth, Refused, gate_worths


def refused(n: int, code: str, net_r: float, filled: bool = True) -> Refused:
    return Refused(ref_id=f"snp_{n}", code=code, filled=filled, net_r=net_r)


def test_a_gate_is_worth_what_its_refusals_would_have_lost():
    rows = [
        refused(1, "no_wall", -1.0),
        refused(2, "no_wall", 0.5),
        refused(3, "no_wall", 0.0, False),
    ]
    assert gate_worths(rows) == (
        GateWorth(
            code="no_wall",
            n=3,
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


def test_the_interval_of_a_mean_is_by_its_standard_error():
    found = mean_interval([1.0, 2.0, 3.0])
    assert found is not None
    assert (found.low, found.high) == pytest.approx((2 - 1.959964 / 3**0.5, 2 + 1.959964 / 3**0.5))
    assert mean_interval([1.0]) is None
