"""The beta distribution against exact binomial sums: P(Beta(k, n-k+1) <= x) = P(Bin(n, x) >= k)."""

from fractions import Fraction
from math import comb

import pytest

from pawang.learning.beta import cdf, quantile


def binomial_tail(k: int, n: int, x: Fraction) -> float:
    return float(sum(comb(n, i) * x**i * (1 - x) ** (n - i) for i in range(k, n + 1)))


@pytest.mark.parametrize("n", [1, 7, 40, 400])
@pytest.mark.parametrize(
    "share", [Fraction(1, 50), Fraction(1, 3), Fraction(3, 4), Fraction(99, 100)]
)
@pytest.mark.parametrize(
    "x", [Fraction(1, 1000), Fraction(1, 4), Fraction(13, 20), Fraction(199, 200)]
)
def test_the_distribution_is_the_binomial_sum(n: int, share: Fraction, x: Fraction):
    k = max(1, round(n * share))
    assert cdf(float(x), k, n - k + 1) == pytest.approx(
        binomial_tail(k, n, x), rel=1e-11, abs=1e-12
    )


@pytest.mark.parametrize(("x", "chance"), [(-0.1, 0.0), (0.0, 0.0), (1.0, 1.0), (1.1, 1.0)])
def test_outside_the_unit_interval_nothing_happens(x: float, chance: float):
    assert cdf(x, 2, 3) == chance


@pytest.mark.parametrize("p", [0.001, 0.025, 0.5, 0.8, 0.975])
@pytest.mark.parametrize(("a", "b"), [(0.5, 10.5), (13.5, 7.5), (650.5, 350.5), (3.0, 3.0)])
def test_the_quantile_undoes_the_distribution(p: float, a: float, b: float):
    assert cdf(quantile(p, a, b), a, b) == pytest.approx(p, abs=1e-12)


def test_the_quantile_of_a_symmetric_one_is_a_half():
    assert quantile(0.5, 3, 3) == pytest.approx(0.5, abs=1e-15)


def test_a_million_plans_still_give_a_bound():
    low, high = quantile(0.025, 650_000.5, 350_000.5), quantile(0.975, 650_000.5, 350_000.5)
    assert (low, high) == pytest.approx((0.649064, 0.650934), abs=2e-6)
