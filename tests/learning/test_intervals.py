"""How well a rate is known, signals.md 4.3, 4.4 and 7.5."""

import pytest

from pawang.learning.intervals import (
    Interval,
    jeffreys,
    plans_for_bound,
    plans_for_power,
    shrunk,
    wilson,
)


def rounded(interval: Interval) -> tuple[float, float]:
    return round(interval.low, 4), round(interval.high, 4)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (13, 20, 0.4329, 0.8188),
        (65, 100, 0.5525, 0.7364),
        (0, 10, 0.0, 0.2775),
        (650, 1000, 0.6199, 0.6789),
    ],
)
def test_example_09_wilson(hits: int, n: int, low: float, high: float):
    assert rounded(wilson(hits, n)) == (low, high)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(13, 20, 0.4322, 0.8277), (65, 100, 0.5533, 0.7382), (0, 10, 0.0, 0.2172)],
)
def test_example_09_jeffreys(hits: int, n: int, low: float, high: float):
    assert rounded(jeffreys(hits, n)) == (low, high)


@pytest.mark.parametrize("interval", [wilson, jeffreys])
def test_nothing_but_hits_closes_the_upper_end(interval):
    assert interval(10, 10).high == 1.0
    assert interval(10, 10).low == pytest.approx(1 - interval(0, 10).high, abs=1e-12)


@pytest.mark.parametrize("interval", [wilson, jeffreys])
@pytest.mark.parametrize(("hits", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_a_rate_of_nothing_is_our_mistake(interval, hits: int, n: int):
    with pytest.raises(AssertionError):
        interval(hits, n)


def test_example_08_a_small_record_leans_on_its_prior():
    assert shrunk(13, 20, 0.55) == pytest.approx(0.600, abs=1e-12)


def test_without_a_record_the_prior_stands():
    assert shrunk(0, 0, 0.55) == 0.55


@pytest.mark.parametrize(
    ("null", "truth", "n"),
    [
        (0.5556, 0.60, 767),
        (0.50, 0.55, 617),
        (0.50, 0.60, 153),
        (0.5556, 0.6667, 120),
        (0.40, 0.45, 600),
    ],
)
def test_sizes_of_7_5_for_four_fifths_power(null: float, truth: float, n: int):
    assert plans_for_power(null, truth) == n


@pytest.mark.parametrize(
    ("observed", "target", "n"), [(0.65, 0.60, 369), (0.62, 0.60, 2305), (0.40, 0.35, 350)]
)
def test_sizes_of_7_5_until_the_lower_bound_passes(observed: float, target: float, n: int):
    assert plans_for_bound(observed, target) == n
    assert wilson(observed * n, n).low >= target > wilson(observed * (n - 1), n - 1).low


def test_what_is_not_above_can_never_be_shown_to_be():
    with pytest.raises(AssertionError, match="never"):
        plans_for_bound(0.60, 0.60)
