"""What every ledger promises of hypothetical plans: kept with their slot, concluded once."""

import pytest

from pawang.journal import Conflict, Unstorable
from pawang.model.event import Conclude, Register, Suppose
from pawang.model.hypothesis import Supposed
from pawang.model.refs import MINUTE


def supposed(*made):
    return tuple(Suppose(hypothesis=one) for one in made)


def test_hypotheses_come_back_to_the_digit_in_order_of_slot_and_coin(ledger, samples):
    assert ledger.hypotheses(0) == []
    later = samples.hypothesis("snp_later", ts=samples.NOON + 3 * MINUTE, sent=True)
    sol, btc = samples.hypothesis(), samples.hypothesis("snp_btc", coin="BTC", code="plan")
    ledger.append(samples.tick(1), supposed(later, sol, btc), samples.desk())
    assert ledger.hypotheses(0) == [Supposed(hypothesis=one) for one in (btc, sol, later)]
    assert ledger.hypotheses(samples.NOON + 1) == [Supposed(hypothesis=later)]
    assert ledger.counts()["hypotheses"] == 3


def test_a_hypothesis_is_open_until_it_is_concluded(ledger, samples):
    first, second = samples.hypothesis("snp_a"), samples.hypothesis("snp_b")
    ledger.append(samples.tick(1), supposed(first, second), samples.desk())
    ended = samples.ending(first)
    ledger.append(samples.tick(2), (Conclude(ending=ended),), samples.desk())
    assert ledger.open_hypotheses(0) == [Supposed(hypothesis=second)]
    assert ledger.hypotheses(0) == [
        Supposed(hypothesis=first, ending=ended),
        Supposed(hypothesis=second),
    ]


def test_one_that_never_filled_has_no_time_of_a_fill(ledger, samples):
    made = samples.hypothesis()
    ended = samples.ending(made, "unfilled", filled=False, tp1=False, net_r=0.0, ts_filled=None)
    ledger.append(samples.tick(1), supposed(made), samples.desk())
    ledger.append(samples.tick(2), (Conclude(ending=ended),), samples.desk())
    assert ledger.hypotheses(0) == [Supposed(hypothesis=made, ending=ended)]


def test_the_first_ending_stands(ledger, samples):
    made = samples.hypothesis()
    first, second = samples.ending(made), samples.ending(made, "tp2", tp2=True)
    ledger.append(samples.tick(1), supposed(made), samples.desk())
    for seq, ended in enumerate((first, second), 2):
        ledger.append(samples.tick(seq), (Conclude(ending=ended),), samples.desk())
    assert ledger.hypotheses(0) == [Supposed(hypothesis=made, ending=first)]


def test_an_ending_of_what_nobody_supposed_changes_nothing(ledger, samples):
    stray = samples.ending(samples.hypothesis("snp_nobody"))
    assert ledger.append(samples.tick(1), (Conclude(ending=stray),), samples.desk())
    assert ledger.hypotheses(0) == []


def test_a_slot_supposes_one_plan(ledger, samples):
    made = samples.hypothesis()
    ledger.append(samples.tick(1), supposed(made), samples.desk())
    with pytest.raises(Conflict):
        ledger.append(samples.tick(2), supposed(made), samples.desk())
    assert ledger.counts()["hypotheses"] == 1


def test_what_is_no_number_is_refused(ledger, samples):
    with pytest.raises(Unstorable):
        ledger.append(
            samples.tick(1), supposed(samples.hypothesis(entry=float("nan"))), samples.desk()
        )
    assert ledger.hypotheses(0) == []


def test_a_trial_may_come_with_an_event(ledger, samples):
    ledger.append(samples.tick(1), (Register(trial=samples.trial()),), samples.desk())
    assert ledger.trials() == [samples.trial()]


def test_I3_hypotheses_are_there_again_after_a_crash(desks, samples):
    ledger, made = desks(), samples.hypothesis()
    ledger.append(samples.tick(1), supposed(made), samples.desk())
    ledger.append(samples.tick(2), (Conclude(ending=samples.ending(made)),), samples.desk())
    before = ledger.hypotheses(0)
    assert desks().hypotheses(0) == before
