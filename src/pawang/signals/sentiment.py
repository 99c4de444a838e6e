"""Sentiment 0-100: five crowd gauges in one number, 50 = neutral, 100 = crowd long and greedy.

Formula, weights and ages: signals.md 3. A gauge that is too old, or has no z-score yet, takes
no part: it is never read as neutral. Under half of the total weight there is no number at all.

>>> fresh = lambda name, value, z=None: SentimentInput(name=name, value=value, z=z, age_s=1.0)
>>> composite((fresh("fng", 70.0), fresh("fund", 1e-4, 1.0), fresh("basis", 2e-4, 0.8))).shown
71
>>> composite((fresh("fng", 70.0),)) is None
True
"""

from collections.abc import Mapping
from math import isfinite, tanh

from pawang.model.codec import Record
from pawang.model.view import SentimentInput
from pawang.signals.params import SentimentParams

NEUTRAL = 50.0
HALF_RANGE = 50.0
DEFAULTS = SentimentParams()


class Contribution(Record):
    """What one gauge added: `points` away from 50, after sharing out the missing weight."""

    name: str
    x: float
    weight: float
    points: float
    age_s: float


class Composite(Record):
    """`score` is exact, `shown` the integer people see (half to even)."""

    score: float
    shown: int
    weight: float  # of the fresh gauges
    age_s: float  # of the oldest fresh one
    contributions: tuple[Contribution, ...]


def composite(
    inputs: tuple[SentimentInput, ...], params: SentimentParams = DEFAULTS
) -> Composite | None:
    """S = 50 + 50 * sum(w x) / sum(w) over the fresh gauges; None below half the weight."""
    by_name = {given.name: given for given in inputs if isfinite(given.value)}
    heard = [
        (name, x, weight, by_name[name].age_s)
        for name, weight, age_max_s in _gauges(params)
        if (x := feature(name, by_name, params, age_max_s)) is not None
    ]
    total = sum(weight for _, _, weight, _ in heard)
    if total < params.weight_fresh_min - 1e-9:  # 0.2 + 0.15 + 0.15 must count as a half
        return None
    contributions = tuple(
        Contribution(
            name=name, x=x, weight=weight, points=HALF_RANGE * weight * x / total, age_s=age
        )
        for name, x, weight, age in heard
    )
    score = NEUTRAL + sum(part.points for part in contributions)
    score = min(100.0, max(0.0, score))  # only float dust can be outside
    return Composite(
        score=score,
        shown=round(score),
        weight=total,
        age_s=max(part.age_s for part in contributions),
        contributions=contributions,
    )


def feature(
    name: str, by_name: Mapping[str, SentimentInput], params: SentimentParams, age_max_s: float
) -> float | None:
    """The gauge as x in [-1, 1], None when it is missing, too old or has no z yet."""
    given = by_name.get(name)
    if given is None or not 0.0 <= given.age_s <= age_max_s:
        return None
    if name == "fng":
        return min(1.0, max(-1.0, (given.value - NEUTRAL) / HALF_RANGE))
    if given.z is None or not isfinite(given.z):
        return None
    z = min(params.z_max, max(-params.z_max, given.z))
    if name != "oi":
        return tanh(z / 2)
    return _open_interest(given.value, z, by_name.get("return_1h"), params, age_max_s)


def crowding(score: float) -> float:
    """u(S): with the crowd up to 80 (or down to 20), then fading to nothing at the extreme.

    >>> [round(crowding(score), 2) for score in (78.0, 80.0, 90.0, 100.0, 22.0)]
    [0.56, 0.6, 0.3, 0.0, -0.56]
    """
    x = (score - NEUTRAL) / HALF_RANGE
    if abs(x) <= 0.6:
        return x
    fading = 0.6 * (1 - abs(x)) / 0.4
    return fading if x > 0 else -fading


def _gauges(params: SentimentParams) -> tuple[tuple[str, float, float], ...]:
    """(name, weight, oldest age in s), in the order they are told."""
    return (
        ("fng", params.weight_fng, params.age_max_fng_s),
        ("fund", params.weight_fund, params.age_max_fund_s),
        ("lsr", params.weight_lsr, params.age_max_lsr_s),
        ("basis", params.weight_basis, params.age_max_basis_s),
        ("oi", params.weight_oi, params.age_max_oi_s),
    )


def _open_interest(
    change_pct: float,
    z: float,
    returned: SentimentInput | None,
    params: SentimentParams,
    age_max_s: float,
) -> float | None:
    """New positions count for the side the hour went; without the hour's return, no word."""
    if returned is None or not 0.0 <= returned.age_s <= age_max_s:
        return None
    direction = (returned.value > 0) - (returned.value < 0)
    strength = direction * tanh(abs(z) / 2)
    return strength if change_pct > 0 else params.oi_falling_share * strength
