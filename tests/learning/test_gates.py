"""What the refused would have done, by reason code: rows S3, L2 and signals.md 7.5."""

import pytest
from tests.journal import samples

from pawang.learning.evidence import excess_z
from pawang.learning.gates import GateRecord, gates
from pawang.learning.intervals import mean_interval
from pawang.model.hypothesis import Supposed
from pawang.model.refs import DAY


def supposed(
    number: int, code: str, net_r: float, *, label: str = "sl", p0: float = 0.5, **other
) -> Supposed:
    """A day apart each, so that every one is news."""
    made = samples.hypothesis(
        f"snp_{number}", ts=samples.NOON + number * DAY, code=code, p0_tp1=p0,
        standard=other.get("standard", False),
    )  # fmt: skip
    filled = label != "unfilled"
    ended = samples.ending(
        made, label, filled=filled, tp1=other.get("tp1", False), net_r=net_r,
        ts_filled=made.ts if filled else None,
    )  # fmt: skip
    return Supposed(hypothesis=made, ending=ended)


def still_open(number: int, code: str) -> Supposed:
    return Supposed(hypothesis=samples.hypothesis(f"snp_{number}", code=code))


def test_a_gate_stands_with_what_its_refusals_would_have_done():
    rows = [
        supposed(1, "no_wall", -1.0, p0=0.6),
        supposed(2, "no_wall", 0.5, label="tp2", tp1=True, p0=0.4),
        supposed(3, "no_wall", 0.0, label="unfilled", standard=True),
        supposed(4, "no_wall", 0.0, label="unknown"),
        still_open(5, "no_wall"),
    ]
    assert gates(rows) == (
        GateRecord(
            code="no_wall",
            n=3,
            open=2,
            standard=1,
            filled=2,
            n_eff=2.0,
            tp1=0.5,
            null_tp1=0.5,
            z=excess_z([0.0, 1.0], [0.6, 0.4]),
            mean_r=-0.25,
            interval=mean_interval([-1.0, 0.5]),
            saved_r=0.5,
        ),
    )


def test_what_saved_most_comes_first_and_what_cost_most_last():
    rows = [supposed(1, "spread_wide", 1.4), supposed(2, "plan", -0.2), supposed(3, "no_bias", -1)]
    assert [one.code for one in gates(rows)] == ["no_bias", "plan", "spread_wide"]


def test_a_gate_whose_refusals_never_filled_says_nothing_of_them():
    [one] = gates([supposed(1, "no_wall", 0.0, label="unfilled")])
    assert (one.n, one.filled, one.tp1, one.z, one.mean_r, one.saved_r) == (
        1, 0, None, None, None, 0.0,
    )  # fmt: skip


def test_slots_that_live_at_the_same_time_are_one_story():
    one = supposed(1, "no_wall", -1.0)
    twin = Supposed(
        hypothesis=samples.hypothesis("snp_twin", ts=one.hypothesis.ts, code="no_wall"),
        ending=samples.ending(one.hypothesis, "sl", tp1=False, net_r=-1.0),
    )
    [record] = gates([one, twin])
    assert (record.filled, record.n_eff) == (2, pytest.approx(1.0))


def test_nothing_supposed_is_no_record():
    assert gates([]) == ()
