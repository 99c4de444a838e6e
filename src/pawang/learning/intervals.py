"""How well a rate is known: intervals, shrinkage, and how many plans a claim needs.

Sources: signals.md 4.3 (shrinkage), 4.4 (Wilson, Jeffreys), 7.5 (sizes).

>>> f"{wilson(13, 20).low:.4f} to {wilson(13, 20).high:.4f}"
'0.4329 to 0.8188'
"""

from collections.abc import Sequence
from math import ceil, sqrt
from statistics import NormalDist, fmean, stdev

from pawang.learning import beta
from pawang.model.kpi import Interval

NORMAL = NormalDist()  # its quantile is exact to a float's last digits (Wichura, AS 241)
LEVEL = 0.95
Z95 = NORMAL.inv_cdf(0.975)
PRIOR_WEIGHT = 20.0  # plans that a setup must bring before its own record outweighs the prior


def wilson(hits: float, n: float, z: float = Z95) -> Interval:
    """The score interval of a rate; `n` may be an effective number."""
    _counts(hits, n)
    rate, wide = hits / n, z * z / n
    centre = (rate + wide / 2) / (1 + wide)
    half = z * sqrt(rate * (1 - rate) / n + wide / (4 * n)) / (1 + wide)
    # At 0 and n the bound is the end itself; subtraction would leave its rounding there.
    low = 0.0 if hits == 0 else centre - half
    high = 1.0 if hits == n else centre + half
    return Interval(low=low, high=high)


def jeffreys(hits: float, n: float, level: float = LEVEL) -> Interval:
    """Equal tails of Beta(k + 1/2, n - k + 1/2); the ends are closed where k is 0 or n."""
    _counts(hits, n)
    tail = (1 - level) / 2
    a, b = hits + 0.5, n - hits + 0.5
    low = 0.0 if hits == 0 else beta.quantile(tail, a, b)
    high = 1.0 if hits == n else beta.quantile(1 - tail, a, b)
    return Interval(low=low, high=high)


def mean_interval(values: Sequence[float], scale: float = 1.0) -> Interval | None:
    """95 % of `scale` times a mean, by its standard error; None for less than two values."""
    if len(values) < 2:
        return None
    return around(scale * fmean(values), scale * stdev(values) / sqrt(len(values)))


def around(value: float, error: float) -> Interval:
    """95 % around a value with a normal standard error."""
    return Interval(low=value - Z95 * error, high=value + Z95 * error)


def shrunk(hits: float, n: float, prior: float, weight: float = PRIOR_WEIGHT) -> float:
    """A small sample's rate leaning on `prior` as if that were `weight` earlier plans (4.3).

    >>> shrunk(13, 20, 0.55)
    0.6
    """
    assert 0 <= prior <= 1, f"not a chance: {prior}"
    assert 0 <= hits <= n, f"{hits} hits in {n}"
    return (hits + weight * prior) / (n + weight)


def plans_for_power(null: float, truth: float, alpha: float = 0.05, power: float = 0.80) -> int:
    """How many plans a one-sided test of `null` needs to see `truth` with that power (7.5).

    >>> plans_for_power(0.50, 0.60)
    153
    """
    assert 0 < null < truth < 1, f"cannot see {truth} above {null}"
    by_luck = NORMAL.inv_cdf(1 - alpha) * sqrt(null * (1 - null))
    by_skill = NORMAL.inv_cdf(power) * sqrt(truth * (1 - truth))
    return ceil(((by_luck + by_skill) / (truth - null)) ** 2)


def plans_for_bound(observed: float, target: float, z: float = Z95) -> int:
    """How many plans until Wilson's lower bound of an `observed` rate passes `target` (7.5).

    >>> plans_for_bound(0.65, 0.60)
    369
    """
    assert 0 < target < observed < 1, f"{observed} will never be shown to pass {target}"
    # The Wilson bound meets the target where the score test of the target meets z.
    return ceil(z * z * target * (1 - target) / (observed - target) ** 2)


def _counts(hits: float, n: float) -> None:
    assert n > 0, "a rate of nothing"
    assert 0 <= hits <= n, f"{hits} hits in {n}"
