"""Fault scripts: read strictly, used up, or over in time."""

import pytest

from pawang.sandbox.faults import FAULTS_MAX, MEANINGS, BadFault, Fault, FaultScript, read_fault

SECOND = 1_000_000_000


def test_a_fault_is_used_as_often_as_it_says():
    script = FaultScript()
    script.add(Fault(kind="gap", count=2), now=0)
    assert [script.take("gap", inst_id="X", now=0) is not None for _ in range(3)] == [
        True,
        True,
        False,
    ]
    assert not script


def test_a_fault_with_seconds_fits_until_they_are_over():
    script = FaultScript()
    script.add(Fault(kind="freeze", channel="books", seconds=2), now=0)
    asked = [
        script.take("freeze", channel="books", now=at * SECOND) is not None for at in (0, 1, 2)
    ]
    assert asked == [True, True, False]
    assert not script


def test_a_fault_fits_only_what_it_names():
    script = FaultScript()
    script.add(Fault(kind="http", path="/api/v5/market/"), now=0)
    assert script.take("http", path="/api/v5/public/time", now=0) is None
    assert script.take("gap", path="/api/v5/market/books", now=0) is None
    assert script.take("http", path="/api/v5/market/books", now=0) == Fault(
        kind="http", path="/api/v5/market/"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"kind": "party"}',
        b'{"kind": "gap", "count": 0}',
        b'{"kind": "gap", "count": -1}',
        b'{"kind": "gap", "colour": "red"}',
        b'{"kind": "freeze", "seconds": -1}',
        b'{"kind": "freeze", "seconds": 1e9}',
        b'{"kind": "http", "sending": "sideways"}',
        b"\xff",
        b"[" * 10_000,
    ],
)
def test_a_script_that_cannot_be_read_is_refused(body):
    with pytest.raises(BadFault):
        read_fault(body)


def test_a_runaway_script_is_refused():
    script = FaultScript()
    for _ in range(FAULTS_MAX):
        script.add(Fault(kind="gap"), now=0)
    with pytest.raises(BadFault):
        script.add(Fault(kind="gap"), now=0)
    script.clear()
    assert script.waiting() == []


@pytest.mark.parametrize("kind", MEANINGS)
def test_every_kind_is_explained(kind):
    assert read_fault(f'{{"kind": "{kind}"}}'.encode()).kind == kind
