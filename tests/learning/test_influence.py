"""Thumbs without poisoning, signals.md 4.6 and row L1."""

import pytest

from pawang.learning.influence import (
    FAITH,
    NOBODY,
    counted,
    faith,
    influence,
    reliability,
    usefulness,
)
from pawang.learning.platt import IDENTITY
from pawang.learning.samples import Known
from pawang.learning.update import Proposal, Question, propose
from pawang.model.calibration import Calibrator
from pawang.model.refs import DAY, HOUR, MINUTE


def outcomes(sample_of, n: int, hits: int, raw: float = 0.7):
    """n biases, one every two hours so that each is all news; `hits` of them right, evenly spread."""
    return [sample_of(2 * (n - i) + 1, (i * hits) % n < hits, raw) for i in range(n)]


def asked(coin: str, samples, ratings, now: int) -> Proposal:
    question = Question(kind="ib", coin=coin, now=now, seed=1)
    return propose(question, Known(samples=samples, ratings=ratings), Calibrator())


def learned(samples, ratings, now: int) -> tuple[float, float]:
    found = asked("BTC", samples, ratings, now).candidate
    return found.a, found.b


def test_example_11_adversarial_thumbs_without_outcomes_move_nothing(rating_of, now):
    """200 people, each a thumb up on a signal of their own."""
    thumbs = [rating_of(f"ib_19700411_{i:04}_BTC", i, 1, now - 30 * MINUTE) for i in range(200)]
    assert influence(thumbs, [], [], now) == NOBODY
    assert learned([], thumbs, now) == (IDENTITY.a, IDENTITY.b)


def test_example_11_a_thousand_thumbs_of_a_coin_tosser_move_nothing(sample_of, rating_of, now):
    """100 outcomes at 50 %; one person cheers for all of them, ten times each, before the result."""
    samples = outcomes(sample_of, 100, 50)
    cheers = [
        rating_of(one.ref_id, 1, 1, one.opened + MINUTE + press)
        for one in samples
        for press in range(10)
    ]
    assert len(cheers) == 1000
    assert sum(one.hit for one in samples) == 50
    assert learned(samples, cheers, now) == pytest.approx(learned(samples, [], now), abs=1e-9)


def test_example_11_the_cap_holds_for_who_is_right_nine_times_in_ten(sample_of, rating_of, now):
    """50 such people rate everything before it is known: together still a fifth of the outcomes."""
    samples = outcomes(sample_of, 100, 50)
    thumbs = [
        rating_of(one.ref_id, user, 1 if one.hit != (i % 10 == 0) else -1, one.opened + MINUTE)
        for i, one in enumerate(samples)
        for user in range(50)
    ]
    found = influence(thumbs, samples, [1.0] * 100, now)
    assert found.flag == ""
    assert len(found.thumbs) > 4_000
    assert found.weight == pytest.approx(0.20 * 100, rel=1e-12)


def test_adversaries_and_no_outcomes_leave_every_coin_its_prior(rating_of, now):
    thumbs = [rating_of(f"ib_19700411_{i:04}_ETH", i % 7, -1, now - HOUR) for i in range(200)]
    found = asked("ETH", [], thumbs, now)
    assert (found.candidate.a, found.candidate.b, found.accepted) == (0.0, 1.0, False)


def test_a_stranger_weighs_nothing_and_nobody_weighs_less_than_nothing():
    assert faith(reliability(0, 0)) == 0.0
    assert faith(reliability(0, 50)) == 0.0
    assert faith(0.9) == pytest.approx(0.08)
    assert faith(1.0) == FAITH


def test_reliability_is_the_mean_of_beta_2_2():
    assert reliability(9, 10) == pytest.approx(11 / 14)


def test_of_one_persons_thumbs_on_a_signal_the_last_wins(rating_of):
    first, last = rating_of("ib_a", 1, 1, 10), rating_of("ib_a", 1, -1, 20)
    assert counted([last, first]) == [last]


def test_of_one_persons_day_the_first_thirty_count(rating_of):
    today = [rating_of(f"ib_{i:02}", 1, 1, i) for i in range(40)]
    other, tomorrow = rating_of("ib_x", 2, 1, 5), rating_of("ib_y", 1, 1, DAY)
    assert counted([tomorrow, *today[::-1], other]) == [*today[:6], other, *today[6:30], tomorrow]


def expert(sample_of, rating_of, n: int = 60):
    """Somebody who called the first half of n signals right."""
    samples = outcomes(sample_of, n, n // 2)
    past = [
        rating_of(one.ref_id, 1, 1 if one.hit else -1, one.opened + MINUTE)
        for one in samples[: n // 2]
    ]
    return samples, past


@pytest.mark.parametrize("seen", [True, False])
def test_hindsight_weighs_nothing_and_earns_no_trust(sample_of, rating_of, now, seen: bool):
    """Whether or not the desk had the result in hand when it was pressed."""
    samples = outcomes(sample_of, 60, 30)
    late = [rating_of(s.ref_id, 1, 1 if s.hit else -1, s.ended, seen) for s in samples]
    fresh = rating_of(samples[-1].ref_id, 1, 1, samples[-1].opened + MINUTE)
    assert influence([*late[:-1], fresh], samples, [1.0] * 60, now) == NOBODY


def test_every_thumb_weighs_as_much_as_its_owner_was_right(sample_of, rating_of, now):
    samples, past = expert(sample_of, rating_of)
    found = influence(past, samples, [1.0] * 60, now)
    assert [thumb.ref_id for thumb in found.thumbs] == [rating.ref_id for rating in past]
    assert {thumb.weight for thumb in found.thumbs} == {faith(reliability(30, 30))}


def test_a_result_that_is_not_known_yet_earns_nothing(sample_of, rating_of, now):
    samples, past = expert(sample_of, rating_of)
    known = samples[9].ended
    found = influence(past, samples, [1.0] * 60, known)
    assert {thumb.weight for thumb in found.thumbs} == {faith(reliability(10, 10))}


def test_thumbs_that_tell_another_story_are_set_to_nothing_and_flagged(sample_of, rating_of, now):
    samples, past = expert(sample_of, rating_of, 120)
    cheers = [rating_of(s.ref_id, 1, 1, s.opened + MINUTE) for s in samples[60:]]
    found = influence(
        [*past, *cheers], samples, [1.0] * 120, now, {s.ref_id: 1 for s in samples[60:]}
    )
    assert found.thumbs == ()
    assert "disagree" in found.flag


def test_thumbs_of_a_good_judge_move_the_fit_a_little(sample_of, rating_of, now):
    samples, past = expert(sample_of, rating_of)
    plain, nudged = learned(samples, [], now), learned(samples, past, now)
    assert nudged != plain
    assert nudged == pytest.approx(plain, abs=0.1)


def test_usefulness_is_a_cautious_like_rate():
    assert usefulness(0, 0) == pytest.approx(0.05)
    assert usefulness(1, 0) < usefulness(5, 1) < usefulness(50, 10) < 50 / 60
    assert usefulness(0, 40) < 0.01
