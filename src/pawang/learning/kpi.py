"""The shapes that KPIs share: a share above a target, a percentile below one (row L3).

The KPIs themselves (signals.md 9) are in `hit_rates`, `earnings`, `service` and `forecasts`, all
pure: the caller reads the ledger and hands in records. "p95 below 5 s" and "more than 30 % rated"
are claims about a share too, so each is proven by the same kind of e-value as a hit rate.
"""

from collections.abc import Sequence
from math import ceil

from pawang.learning.evidence import e_value, verdict
from pawang.learning.intervals import wilson
from pawang.model.kpi import Kpi


def share_kpi(name: str, good: Sequence[bool], target: float) -> Kpi:
    """A share that shall be above `target`; the evidence is against "it is the target at most"."""
    n, k = len(good), sum(good)
    e = e_value([float(one) for one in good], [target] * n)
    return Kpi(
        name=name,
        value=k / n if n else None,
        unit="share",
        n=n,
        target=target,
        verdict=verdict(k / n > target if n else None, e),
        interval=wilson(k, n) if n else None,
        e_value=e,
    )


def percentile_kpi(name: str, values: Sequence[float], share: float, below: float) -> Kpi:
    """A percentile in seconds that shall be below `below`; what never came is +inf.

    It is met exactly when more than `share` were fast enough, and proven as that.
    """
    found = nearest_rank(values, share)
    e = e_value([float(value < below) for value in values], [share] * len(values))
    met = None if found is None else found < below
    return Kpi(
        name=name,
        value=found,
        unit="s",
        n=len(values),
        target=below,
        verdict=verdict(met, e),
        e_value=e,
    )


def nearest_rank(values: Sequence[float], share: float) -> float | None:
    """sorted[ceil(share * n) - 1], as signals.md 9 says; None of nothing.

    >>> nearest_rank(range(1, 101), 0.95)
    95
    """
    assert 0 < share <= 1, f"not a share: {share}"
    if not values:
        return None
    # 0.95 * 20 is 19.000000000000004 as floats go: the rank is that of the number meant.
    return sorted(values)[ceil(round(share * len(values), 9)) - 1]
