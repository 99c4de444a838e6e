"""Scores of forecasts, signals.md 4.4."""

from math import log

import numpy as np
import pytest

from pawang.learning.scores import (
    Murphy,
    base_rate,
    brier,
    log_loss,
    murphy,
    skill,
    spiegelhalter,
)

TOLD = [0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9]
CAME = [1, 0, 1, 1, 0, 1, 1, 1]


def test_example_10_brier_and_log_loss():
    assert brier(TOLD, CAME) == pytest.approx(0.17625, abs=1e-12)
    assert log_loss(TOLD, CAME) == pytest.approx(0.522363, abs=5e-7)


def test_certainty_that_fails_is_clipped():
    assert log_loss([1.0, 0.0], [0, 1]) == pytest.approx(-log(1e-3))


def test_skill_is_measured_against_who_only_knows_the_base_rate():
    assert skill(brier, TOLD, base_rate(CAME), CAME) == pytest.approx(1 - 0.17625 / 0.1875)


def test_skill_against_the_null_of_each_plan():
    nulls = [0.5556] * 8
    found = skill(log_loss, TOLD, nulls, CAME)
    assert found == pytest.approx(1 - 0.522363 / log_loss(nulls, CAME), abs=1e-6)


def test_the_rivals_own_forecasts_have_no_skill():
    assert skill(brier, base_rate(CAME), base_rate(CAME), CAME) == 0.0


def test_against_a_rival_without_error_there_is_no_skill_to_tell():
    assert skill(brier, [0.9, 0.9], [1.0, 1.0], [1, 1]) is None


def test_a_score_of_nothing_is_our_mistake():
    with pytest.raises(AssertionError, match="nothing"):
        brier([], [])


def test_murphys_parts_are_the_brier_score():
    told = [0.5, 0.5, 0.6, 0.6, 0.6, 0.8, 0.8, 0.8, 0.8]
    came = [0, 1, 1, 0, 1, 1, 1, 1, 0]
    parts = murphy(told, came)
    whole = parts.reliability - parts.resolution + parts.uncertainty
    assert whole == pytest.approx(brier(told, came), abs=1e-15)


def test_a_calibrated_coin_has_uncertainty_only():
    assert murphy([0.5, 0.5], [0, 1]) == Murphy(reliability=0, resolution=0, uncertainty=0.25)


def test_spiegelhalter_is_small_for_the_calibrated_and_large_for_the_boaster():
    chance = np.random.default_rng(4)
    told = chance.uniform(0.5, 0.95, 400)
    honest = spiegelhalter(told.tolist(), (chance.random(400) < told).astype(float).tolist())
    boast = spiegelhalter(told.tolist(), (chance.random(400) < 0.5).astype(float).tolist())
    assert honest is not None
    assert boast is not None
    assert abs(honest) < 2 < 3 < abs(boast)


def test_spiegelhalter_counts_overlapping_labels_once():
    whole, quarter = spiegelhalter(TOLD, CAME), spiegelhalter(TOLD, CAME, [0.25] * 8)
    assert whole is not None
    assert quarter == pytest.approx(whole / 2)


def test_who_always_says_one_half_cannot_be_caught_by_spiegelhalter():
    assert spiegelhalter([0.5, 0.5], [1, 1]) is None
