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
RETURN = "return_1h"  # not a gauge: the sign that open interest is read with
DEFAULTS = SentimentParams()


class Gauge(Record):
    """One input as it was found: `x` in [-1, 1], or None and `why` it takes no part."""

    name: str
    weight: float
    value: float | None
    age_s: float | None
    x: float | None
    why: str = ""


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
    contributions = contributed(gauges(inputs, params))
    total = sum(part.weight for part in contributions)
    if total < params.weight_fresh_min - 1e-9:  # 0.2 + 0.15 + 0.15 must count as a half
        return None
    score = NEUTRAL + sum(part.points for part in contributions)
    score = min(100.0, max(0.0, score))  # only float dust can be outside
    return Composite(
        score=score,
        shown=round(score),
        weight=total,
        age_s=max(part.age_s for part in contributions),
        contributions=contributions,
    )


def contributed(found: tuple[Gauge, ...]) -> tuple[Contribution, ...]:
    """What each gauge that speaks adds, the weight of the silent ones shared out among them."""
    total = sum(gauge.weight for gauge in found if gauge.x is not None)
    return tuple(
        Contribution(
            name=gauge.name,
            x=gauge.x,
            weight=gauge.weight,
            points=HALF_RANGE * gauge.weight * gauge.x / total,
            age_s=gauge.age_s,
        )
        for gauge in found
        if gauge.x is not None and gauge.age_s is not None
    )


def gauges(
    inputs: tuple[SentimentInput, ...], params: SentimentParams = DEFAULTS
) -> tuple[Gauge, ...]:
    """All five, in the order they are told, whether they speak or not."""
    by_name = {given.name: given for given in inputs if isfinite(given.value)}
    return tuple(
        _gauge(name, weight, age_max_s, by_name, params)
        for name, weight, age_max_s in _table(params)
    )


def _gauge(
    name: str,
    weight: float,
    age_max_s: float,
    by_name: Mapping[str, SentimentInput],
    params: SentimentParams,
) -> Gauge:
    given = by_name.get(name)
    if given is None:
        return Gauge(name=name, weight=weight, value=None, age_s=None, x=None, why="not seen yet")
    x: float | None = None
    why = ""
    returned = by_name.get(RETURN)
    if not 0.0 <= given.age_s <= age_max_s:
        why = f"stale, {age_max_s:.0f} s is the limit"
    elif name == "fng":
        x = min(1.0, max(-1.0, (given.value - NEUTRAL) / HALF_RANGE))
    elif given.z is None or not isfinite(given.z):
        why = "too short a history for a z"
    elif name != "oi":
        x = tanh(_clipped(given.z, params) / 2)
    elif returned is None or not 0.0 <= returned.age_s <= age_max_s:
        why = "no return of the hour to sign it"
    else:
        x = _open_interest(given.value, _clipped(given.z, params), returned.value, params)
    return Gauge(name=name, weight=weight, value=given.value, age_s=given.age_s, x=x, why=why)


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


def _table(params: SentimentParams) -> tuple[tuple[str, float, float], ...]:
    """(name, weight, oldest age in s), in the order they are told."""
    return (
        ("fng", params.weight_fng, params.age_max_fng_s),
        ("fund", params.weight_fund, params.age_max_fund_s),
        ("lsr", params.weight_lsr, params.age_max_lsr_s),
        ("basis", params.weight_basis, params.age_max_basis_s),
        ("oi", params.weight_oi, params.age_max_oi_s),
    )


def _clipped(z: float, params: SentimentParams) -> float:
    return min(params.z_max, max(-params.z_max, z))


def _open_interest(
    change_pct: float, z: float, return_pct: float, params: SentimentParams
) -> float:
    """New positions count for the side the hour went; closed ones say half as much."""
    direction = (return_pct > 0) - (return_pct < 0)
    strength = direction * tanh(abs(z) / 2)
    return strength if change_pct > 0 else params.oi_falling_share * strength
