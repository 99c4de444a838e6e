import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.guards.gate import OrderGate


def test_G5_a_halted_gate_admits_nothing_of_any_epoch():
    gate = OrderGate(epoch=4)
    gate.shut(halted=True, epoch=5)
    assert [gate.admits(epoch) for epoch in (3, 4, 5, 6)] == [False] * 4
    assert gate.halted


def test_after_resume_requests_from_before_the_panic_stay_dead():
    gate = OrderGate(epoch=4)
    gate.shut(halted=True, epoch=5)
    gate.shut(halted=False, epoch=5)
    assert [gate.admits(epoch) for epoch in (4, 5, 6)] == [False, True, False]


def test_a_panic_that_overtakes_the_journal_closes_at_once():
    gate = OrderGate(epoch=4)
    gate.overtake()
    assert gate.halted
    assert not gate.admits(4)


def test_E15_a_resume_that_was_already_on_its_way_does_not_open_over_a_panic():
    gate = OrderGate(halted=True, epoch=5)
    gate.overtake()
    gate.shut(halted=False, epoch=5)  # the resume that was asked before
    assert not gate.admits(5)
    gate.shut(halted=True, epoch=6)  # the panic, committed
    gate.settle()
    assert gate.halted
    gate.shut(halted=False, epoch=6)
    assert gate.admits(6)


def test_E15_two_panics_must_both_be_settled():
    gate = OrderGate(epoch=4)
    gate.overtake()
    gate.overtake()
    gate.shut(halted=True, epoch=5)
    gate.settle()
    gate.shut(halted=False, epoch=5)
    assert not gate.admits(5)
    gate.settle()
    assert gate.admits(5)


def test_a_panic_whose_commit_failed_keeps_the_gate_shut():
    gate = OrderGate(epoch=4)
    gate.overtake()
    gate.shut(halted=False, epoch=4)
    assert not gate.admits(4)


def test_an_older_epoch_may_halt_but_never_open():
    gate = OrderGate(halted=True, epoch=5)
    gate.shut(halted=False, epoch=4)
    assert gate.halted
    gate = OrderGate(epoch=5)
    gate.shut(halted=True, epoch=4)
    assert (gate.halted, gate.epoch) == (True, 5)


def test_settling_what_was_never_begun_is_a_bug_of_ours():
    with pytest.raises(AssertionError):
        OrderGate().settle()


@given(st.lists(st.sampled_from(["panic", "commit", "resume"]), max_size=40))
def test_I4_nothing_is_admitted_from_a_panic_until_a_resume_that_followed_it(steps):
    gate, epoch, halted, waiting = OrderGate(), 0, False, 0
    for step in steps:
        if step == "panic":
            gate.overtake()
            waiting += 1
        elif step == "commit" and waiting:
            epoch, halted, waiting = epoch + 1, True, waiting - 1
            gate.shut(True, epoch)
            gate.settle()
        elif step == "resume":
            halted = False
            gate.shut(False, epoch)
        assert gate.admits(epoch) == (not halted and waiting == 0)
