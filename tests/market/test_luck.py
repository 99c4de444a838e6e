"""Luck in this very market, signals.md 7.4."""

import numpy as np
import pytest

from pawang.market.luck import PATHS, Bars, Chances, chances

SIGMA = 0.065  # % per square root of a minute
STEPS = 240  # inside a minute


def walk(minutes: int, sigma: float = SIGMA, seed: int = 15) -> Bars:
    """One-minute bars of a driftless walk."""
    steps = np.random.default_rng(seed).normal(0, sigma / 100 / np.sqrt(STEPS), minutes * STEPS)
    prices = 60_000 * np.exp(np.cumsum(steps)).reshape(minutes, STEPS)
    opened = np.concatenate(([60_000.0], prices[:-1, -1]))[:, None]
    seen = np.hstack((opened, prices))
    return Bars.of(seen.max(axis=1), seen.min(axis=1), seen[:, -1])


def mean_range(bars: Bars) -> float:
    return float(100 * (bars.high - bars.low).mean())


WEEK = walk(7 * 1440)
TODAY = mean_range(WEEK)
SE = (0.25 / PATHS) ** 0.5


def test_on_a_random_walk_without_a_time_stop_it_is_the_closed_form():
    found = chances(WEEK, 0.35, (0.28, 0.60), 1440, TODAY, seed=1)
    assert found.targets[0] == pytest.approx(0.35 / 0.63, abs=3 * SE)
    assert found.targets[1] == pytest.approx(0.35 / 0.95, abs=3 * SE)
    assert found.stop == pytest.approx(0.28 / 0.63, abs=3 * SE)
    assert found.undecided < 0.001


def test_within_a_quarter_of_an_hour_it_is_the_closed_form_of_example_15():
    found = chances(WEEK, 0.35, (0.28,), 15, TODAY, seed=1)
    assert found.targets[0] == pytest.approx(0.2659, abs=3 * SE)
    assert found.stop == pytest.approx(0.1641, abs=3 * SE)


def test_every_path_ends_in_one_of_three_ways():
    found = chances(WEEK, 0.35, (0.28,), 60, TODAY, seed=1)
    assert found.targets[0] + found.stop + found.undecided == pytest.approx(1.0)


def test_the_weeks_trend_is_nobodys_skill():
    rising = WEEK._replace(high=WEEK.high + 2e-4, low=WEEK.low + 2e-4, close=WEEK.close + 2e-4)
    found = chances(rising, 0.35, (0.35,), 1440, TODAY, seed=1)
    assert found.targets[0] == pytest.approx(0.5, abs=3 * SE)


def test_a_calm_day_draws_calm_blocks_from_a_week_of_both():
    calm, wild = walk(5_000, 0.03, 1), walk(5_000, 0.12, 2)
    both = Bars(*(np.concatenate(pair) for pair in zip(calm, wild, strict=True)))
    quiet = chances(both, 0.35, (0.28,), 15, mean_range(calm), seed=1)
    loud = chances(both, 0.35, (0.28,), 15, mean_range(wild), seed=1)
    assert quiet.undecided > 0.9 > 0.3 > loud.undecided


def test_where_one_bar_touches_both_the_stop_was_first():
    spikes = Bars.of(np.full(40, 101.0), np.full(40, 99.0), np.full(40, 100.0))
    assert chances(spikes, 0.35, (0.28,), 15, 2.0, seed=1) == Chances(
        targets=(0.0,), stop=1.0, undecided=0.0
    )


def test_the_seed_is_all_there_is_to_chance():
    first, again, other = (chances(WEEK, 0.35, (0.28,), 15, TODAY, seed) for seed in (1, 1, 2))
    assert first == again != other


def test_too_few_bars_are_our_mistake():
    with pytest.raises(AssertionError, match="one block"):
        Bars.of(np.ones(30), np.ones(30), np.ones(30))
