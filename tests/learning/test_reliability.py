"""The calibration curve and what luck makes of it, signals.md 4.4."""

import numpy as np
import pytest

from pawang.learning.intervals import jeffreys
from pawang.learning.reliability import (
    Bin,
    Binning,
    calibratedness,
    curve,
    ece,
    equal_mass,
    equal_width,
)

REPEATS = 2_000


def null_of_the_calibrated(n: int, binning: Binning) -> tuple[float, float]:
    """Mean and 95 % point of the ECE of a perfect forecaster of 50 to 100 %, fresh every time."""
    chance = np.random.default_rng(n)
    found = []
    for _ in range(REPEATS):
        told = chance.uniform(0.5, 1.0, n)
        found.append(ece(told, chance.random(n) < told, binning))
    return float(np.mean(found)), float(np.quantile(found, 0.95))


@pytest.mark.parametrize(
    ("n", "mean", "high"),
    [(50, 0.101, 0.169), (100, 0.070, 0.117), (300, 0.040, 0.066), (1000, 0.022, 0.035)],
)
def test_the_four_figures_of_4_4_are_those_of_equal_width_bins(n: int, mean: float, high: float):
    """Ours over 2,000 repetitions against three printed digits of an unknown number of them.

    An ECE's spread is about 0.4 of its mean: 2 % of the mean cover both sides' sampling error
    there, and 6 % of it at the 95 % point, where fewer repetitions decide.
    """
    ours, ours_high = null_of_the_calibrated(n, equal_width)
    assert ours == pytest.approx(mean, rel=0.02, abs=0.0005)
    assert ours_high == pytest.approx(high, rel=0.06, abs=0.0005)


def test_ten_bins_of_equal_mass_have_a_higher_null_and_are_judged_by_it():
    """Forecasts of 50 to 100 % fill five bins of equal width, and ten of equal mass."""
    mass, _ = null_of_the_calibrated(300, equal_mass)
    width, _ = null_of_the_calibrated(300, equal_width)
    assert mass > 1.3 * width
    told = np.random.default_rng(1).uniform(0.5, 1.0, 300)
    found = calibratedness(told.tolist(), (told > 0.7).astype(float).tolist(), seed=7)
    assert found.null_mean == pytest.approx(mass, rel=0.1)


def test_the_null_is_drawn_by_its_seed():
    told, came = [0.6, 0.7, 0.8] * 20, [1.0, 0.0, 1.0] * 20
    assert calibratedness(told, came, seed=1) == calibratedness(told, came, seed=1)
    assert calibratedness(told, came, seed=1) != calibratedness(told, came, seed=2)


def test_the_honest_are_not_called_crooked_and_the_boaster_is():
    chance = np.random.default_rng(9)
    told = chance.uniform(0.5, 0.95, 400)
    honest = (chance.random(400) < told).astype(float)
    boast = (chance.random(400) < 0.5).astype(float)
    assert not calibratedness(told.tolist(), honest.tolist(), seed=3).crooked
    assert calibratedness(told.tolist(), boast.tolist(), seed=3).crooked


def test_an_ece_by_hand():
    assert ece([0.55] * 4 + [0.85] * 4, [1, 1, 0, 0, 1, 1, 1, 1], equal_width) == pytest.approx(0.1)


def test_bins_of_equal_mass_differ_by_one_at_most():
    sizes = np.bincount(equal_mass(np.random.default_rng(0).random(47)))
    assert sorted(set(sizes.tolist())) == [4, 5]


def test_certainty_belongs_to_the_last_bin():
    assert equal_width(np.array([0.0, 0.1, 0.95, 1.0])).tolist() == [0, 1, 9, 9]


def test_a_point_of_the_curve_carries_its_jeffreys_interval():
    first = curve([0.5] * 100, [1.0, 0.0] * 50)[0]
    assert first == Bin(n=10, hits=5, forecast=0.5, rate=0.5, interval=jeffreys(5, 10))


def test_points_of_fewer_than_five_are_hidden():
    assert curve([0.6] * 49, [1.0] * 49) != ()
    assert curve([0.6] * 39, [1.0] * 39) == ()
