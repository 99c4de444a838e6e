"""The three watchmen, signals.md 4.5."""

from math import log

import numpy as np
import pytest

from pawang.learning.drift import Alarm, PageHinkley, entropy, psi, watch


def test_a_calibrated_forecaster_is_as_surprised_as_it_expects():
    assert 0.7 * -log(0.7) + 0.3 * -log(0.3) == pytest.approx(entropy(0.7))


def test_page_hinkley_forgives_a_little_and_remembers_the_rest():
    missed = PageHinkley().with_label(0.8, 0.0)
    assert missed.height == pytest.approx(-log(0.2) - entropy(0.8) - 0.005)
    assert missed.with_label(0.8, 0.0).height == pytest.approx(2 * missed.height)
    assert PageHinkley().with_label(0.8, 1.0).height == 0.0


def test_page_hinkley_counts_an_overlapping_label_for_what_is_new_in_it():
    assert PageHinkley().with_label(0.8, 0.0, 0.25).height == pytest.approx(
        PageHinkley().with_label(0.8, 0.0).height / 4
    )


def hourly(sample_of, chance: float, told: float, n: int, seed: int = 5):
    came = np.random.default_rng(seed).random(n) < chance
    return [sample_of(n - i + 1, bool(hit), told) for i, hit in enumerate(came)]


def test_a_world_that_is_as_told_raises_nothing(sample_of):
    assert watch(hourly(sample_of, 0.62, 0.62, 240)) == ()


def test_a_world_that_turned_raises_the_cusum_which_rolls_back_and_spiegelhalter(sample_of):
    alarms = watch(hourly(sample_of, 0.35, 0.80, 120))
    assert [(alarm.watchman, alarm.rollback) for alarm in alarms] == [
        ("cusum", True),
        ("spiegelhalter", False),
    ]
    assert str(alarms[0]).startswith("cusum 5.")


def test_spiegelhalter_needs_fifty_effective_labels(sample_of):
    few = hourly(sample_of, 0.0, 0.75, 12)
    assert "spiegelhalter" not in [alarm.watchman for alarm in watch(few)]


def test_the_same_surprise_told_by_twelve_slots_is_one_surprise(sample_of):
    hour = [sample_of(2 - i / 12, False, 0.8, ref_id=str(i)) for i in range(12)]
    assert watch(hour) == ()


def test_psi_is_nothing_for_the_same_and_large_for_the_moved():
    chance = np.random.default_rng(2)
    before, same = chance.normal(0, 1, 2000).tolist(), chance.normal(0, 1, 500).tolist()
    moved = chance.normal(0.8, 1, 500).tolist()
    quiet, loud = psi(before, same), psi(before, moved)
    assert quiet is not None
    assert loud is not None
    assert quiet < 0.1 < 0.25 < loud


def test_psi_of_too_few_says_nothing():
    assert psi([0.0] * 2000, [1.0] * 99) is None
    assert psi([0.0] * 99, [1.0] * 2000) is None


def test_a_feature_that_stood_still_and_then_moved_is_seen():
    found = psi([0.0] * 2000, [1.0] * 200)
    assert found is not None
    assert found > 0.25


def test_a_feature_that_moved_is_named():
    alarms = watch([], {"whale": ([0.0] * 200, [1.0] * 200), "etf": ([0.0] * 200, [0.0] * 200)})
    assert [alarm.watchman for alarm in alarms] == ["population:whale"]
    assert alarms == (Alarm(watchman="population:whale", value=alarms[0].value, limit=0.25),)
