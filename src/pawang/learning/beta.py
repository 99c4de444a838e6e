"""The beta distribution, as far as intervals of a win rate need it.

Written out because nothing else here would need SciPy: the continued fraction of the incomplete
beta function (Abramowitz & Stegun 26.5.8, evaluated by Lentz's method) agrees with exact binomial
sums to 1e-12 for hundreds of plans and, lgamma losing digits, to about 1e-9 for a million. Four
digits are read.

>>> round(cdf(0.5, 2, 3), 4), round(quantile(0.5, 3, 3), 4)
(0.6875, 0.5)
"""

from math import exp, lgamma, log, log1p

TERMS_MAX = 10_000  # it needs about sqrt(max(a, b)) of them
TINY = 1e-300


def cdf(x: float, a: float, b: float) -> float:
    """P(X <= x) for X ~ Beta(a, b); also called the regularised incomplete beta function."""
    assert a > 0, f"not a beta shape: {a}"
    assert b > 0, f"not a beta shape: {b}"
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    # The fraction converges fast below the mean; above it the mirror image does.
    if x > (a + 1) / (a + b + 2):
        return 1 - cdf(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    return front / (a * _fraction(x, a, b))


def quantile(p: float, a: float, b: float) -> float:
    """The x with cdf(x) = p, by halving: slow, and never wrong."""
    assert 0 <= p <= 1, f"not a chance: {p}"
    low, high = 0.0, 1.0
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if cdf(middle, a, b) < p:
            low = middle
        else:
            high = middle


def _fraction(x: float, a: float, b: float) -> float:
    """1 + d1/(1 + d2/(1 + ...)), forwards."""
    top, bottom, value = 1.0, 0.0, 1.0
    for n in range(1, TERMS_MAX):
        term = _term(n, x, a, b)
        bottom = 1 / _away_from_zero(1 + term * bottom)
        top = _away_from_zero(1 + term / top)
        value *= top * bottom
        if abs(top * bottom - 1) < 1e-16:
            break
    return value


def _term(n: int, x: float, a: float, b: float) -> float:
    m, odd = divmod(n, 2)
    if odd:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


def _away_from_zero(value: float) -> float:
    return value if abs(value) > TINY else TINY
