"""The daily question and every rule that can say no, signals.md 4.5."""

import numpy as np
import pytest
from msgspec.structs import replace

from pawang.learning.platt import Platt
from pawang.learning.samples import Known, Sample
from pawang.learning.update import Proposal, Question, propose
from pawang.model.calibration import Calibration, Calibrator, Refusal
from pawang.model.refs import DAY, HOUR

NEVER = Calibrator()
LONG = 700  # samples of 58 days


def boasts(sample_of, n: int, seed: int = 8) -> list[Sample]:
    """n biases of BTC, two hours apart so that each is all news, that said 60 to 95 % while
    b = 0.3 was the truth."""
    dice = np.random.default_rng(seed)
    raws = dice.uniform(0.6, 0.95, n)
    came = dice.random(n) < 1 / (1 + np.exp(-0.3 * np.log(raws / (1 - raws))))
    return [sample_of(2 * (n - i) + 1, bool(came[i]), float(raws[i])) for i in range(n)]


def asked(samples, now: int, standing: Calibrator = NEVER, coin: str = "BTC") -> Proposal:
    return propose(
        Question(kind="ib", coin=coin, now=now, seed=20), Known(samples=samples), standing
    )


def codes(found: Proposal) -> list[str]:
    return [refusal.code for refusal in found.refusals]


def test_boasting_scores_are_learned_and_nothing_refuses(sample_of, now):
    found = asked(boasts(sample_of, LONG), now)
    assert found.refusals == ()
    assert found.accepted
    assert found.candidate.version == "ib-BTC-19700411"
    assert (found.candidate.n, found.candidate.ts_fit, found.candidate.sound) == (LONG, now, True)
    # An 87 % that was worth 64 % is no longer told as more than 70.
    learned = Platt(a=found.candidate.a, b=found.candidate.b)
    assert learned.chance(0.87) < 0.70


def test_the_same_samples_and_seed_give_the_same_answer(sample_of, now):
    samples = boasts(sample_of, 80)
    assert asked(samples, now) == asked(samples[::-1], now)


def test_without_samples_the_candidate_is_the_prior_and_everything_is_missing(now):
    found = asked([], now)
    assert (found.candidate.a, found.candidate.b, found.candidate.n) == (0.0, 1.0, 0)
    assert codes(found) == ["too_few", "too_few_hits", "too_few_misses", "no_better"]


def test_fewer_than_thirty_effective_samples_are_refused_with_the_number(sample_of, now):
    found = asked(boasts(sample_of, 29), now)
    assert found.refusals[0] == Refusal(code="too_few", have="29.0", need="30")


def test_forty_eight_biases_of_one_hour_are_one_sample(sample_of, now):
    slots = boasts(sample_of, 29)
    copies = [replace(one, ref_id=f"{one.ref_id}_{n}") for one in slots for n in range(48)]
    found = asked(copies, now)
    assert found.n_eff == pytest.approx(29)
    assert "too_few" in codes(found)


def test_other_coins_of_the_same_hour_take_their_share(sample_of, now):
    ours = boasts(sample_of, 40)
    theirs = [replace(one, ref_id=one.ref_id.replace("BTC", "ETH"), coin="ETH") for one in ours]
    assert asked([*ours, *theirs], now).n_eff == pytest.approx(20)


@pytest.mark.parametrize(("hits", "code"), [(7, "too_few_hits"), (53, "too_few_misses")])
def test_eight_of_each_class_are_needed(sample_of, now, hits: int, code: str):
    samples = [sample_of(2 * i + 2, i < hits) for i in range(60)]
    assert code in codes(asked(samples, now))


def test_labels_older_than_sixty_days_are_of_another_market(sample_of, now):
    old = [
        replace(one, opened=one.opened - 60 * DAY, ended=one.ended - 60 * DAY)
        for one in boasts(sample_of, LONG)
    ]
    assert asked(old, now).n_eff == 0.0


def test_a_label_that_is_not_known_yet_is_not_looked_at(sample_of, now):
    samples = boasts(sample_of, 100)
    pending = sample_of(0.5, True, 0.9)
    assert pending.ended > now
    assert asked([*samples, pending], now) == asked(samples, now)


def test_plans_and_biases_are_never_mixed(sample_of, now):
    samples = boasts(sample_of, 100)
    plans = [replace(one, kind="snp", ref_id=f"snp{one.ref_id[2:]}", hit=True) for one in samples]
    assert asked([*samples, *plans], now) == asked(samples, now)


@pytest.mark.parametrize(("dirty", "refused"), [(35, False), (36, True)])
def test_more_than_one_unclean_sample_in_twenty_is_refused(
    sample_of, now, dirty: int, refused: bool
):
    samples = [replace(one, clean=i >= dirty) for i, one in enumerate(boasts(sample_of, LONG))]
    assert ("unclean" in codes(asked(samples, now))) is refused


def test_unclean_samples_teach_nothing(sample_of, now):
    samples = boasts(sample_of, 100)
    lie = sample_of(1.5, True, 0.95, ref_id="ib_lie", clean=False)
    with_lie, without = asked([*samples, lie], now), asked(samples, now)
    assert with_lie.n_eff < without.n_eff + 1e-9
    assert with_lie.candidate.b == pytest.approx(without.candidate.b, abs=0.01)


def test_an_implausible_bias_is_refused(sample_of, now):
    found = asked([sample_of(2 * i + 2, i % 40 == 0, 0.5) for i in range(700)], now)
    assert "a_implausible" in codes(found)


def test_scores_that_mean_their_opposite_are_refused(sample_of, now):
    dice = np.random.default_rng(1)
    raws = dice.uniform(0.05, 0.95, 500)
    samples = [
        sample_of(2 * i + 2, bool(dice.random() > raws[i]), float(raws[i])) for i in range(500)
    ]
    assert "b_implausible" in codes(asked(samples, now))


def test_what_is_calibrated_already_is_kept(sample_of, now):
    dice = np.random.default_rng(6)
    raws = dice.uniform(0.5, 0.8, 300)
    samples = [
        sample_of(2 * (300 - i), bool(dice.random() < raws[i]), float(raws[i])) for i in range(300)
    ]
    found = asked(samples, now)
    assert codes(found) == ["no_better"]
    assert found.refusals[0].have.startswith("0.")
    assert found.refusals[0].need == "0.9"


def test_the_incumbent_is_the_one_to_beat(sample_of, now):
    samples = boasts(sample_of, LONG)
    first = asked(samples, now)
    live = Calibrator(live=replace(first.candidate, ts_fit=now - 30 * DAY))
    assert "no_better" in codes(asked(samples, now, live))


def test_a_day_after_an_alarm_nothing_new_is_taken(sample_of, now):
    samples = boasts(sample_of, LONG)
    assert codes(asked(samples, now, Calibrator(ts_alarm=now - 24 * HOUR + 1))) == ["drift"]
    assert codes(asked(samples, now, Calibrator(ts_alarm=now - 24 * HOUR))) == []


def test_one_in_its_day_of_shadow_is_not_replaced(sample_of, now):
    waiting = Calibration(version="ib-BTC-19700410", a=0.0, b=0.9, n=40, ts_fit=now - HOUR)
    found = asked(boasts(sample_of, LONG), now, Calibrator(shadow=waiting))
    assert found.refusals[0] == Refusal(code="waiting", have="ib-BTC-19700410")
    assert codes(found) == ["waiting"]


def test_newer_labels_weigh_more(sample_of, now):
    """A market that turned a fortnight ago: the fit leans to what came since."""
    turned = [sample_of(2 * i + 2, i < 150, 0.8) for i in range(300)]
    back = [sample_of(2 * i + 2, i >= 150, 0.8) for i in range(300)]
    newer, older = asked(turned, now).candidate, asked(back, now).candidate
    assert newer.a + newer.b > older.a + older.b


def test_a_coin_with_few_samples_leans_on_the_others(sample_of, now):
    others = boasts(sample_of, LONG)
    few = [sample_of(2 * i + 700, True, 0.8, coin="SOL") for i in range(3)]
    alone, together = asked(few, now, coin="SOL"), asked([*others, *few], now, coin="SOL")
    assert together.candidate.b < 0.7 < alone.candidate.b
