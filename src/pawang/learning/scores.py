"""How good a set of forecasts was. A score alone says nothing: each has its plain rival beside it.

Forecasts p are chances in [0, 1], outcomes y are 0 or 1 (signals.md 4.4).

>>> round(brier([0.55, 0.6], [1, 0]), 5)
0.28125
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from math import log, sqrt

from pawang.model.codec import Record

CLIP = 1e-3  # a forecast of certainty that fails costs 6.9 nats, not everything

Score = Callable[[Sequence[float], Sequence[float]], float]


def brier(chances: Sequence[float], hits: Sequence[float]) -> float:
    """Mean squared distance of forecast and outcome; 0 is perfect, 0.25 is a coin."""
    return _mean([(p - y) ** 2 for p, y in zip(chances, hits, strict=True)])


def log_loss(chances: Sequence[float], hits: Sequence[float]) -> float:
    """Mean nats of surprise."""
    return _mean([surprise(p, y) for p, y in zip(chances, hits, strict=True)])


def surprise(chance: float, hit: float) -> float:
    """Nats of one outcome under its forecast, clipped; `hit` may be a fraction."""
    p = min(max(chance, CLIP), 1 - CLIP)
    return -(hit * log(p) + (1 - hit) * log(1 - p))


def skill(
    score: Score, chances: Sequence[float], rivals: Sequence[float], hits: Sequence[float]
) -> float | None:
    """The share of the rival's loss that the forecasts avoid: 1 is perfect, below 0 is worse.

    The rival is the base rate (`base_rate`), or each plan's own no-skill chance. None where the
    rival made no error at all.
    """
    theirs = score(rivals, hits)
    return 1 - score(chances, hits) / theirs if theirs > 0 else None


def base_rate(hits: Sequence[float]) -> list[float]:
    """The forecaster who only knows how often it happens. It knows so afterwards: a hard rival."""
    return [_mean(hits)] * len(hits)


class Murphy(Record):
    """Brier = reliability - resolution + uncertainty, exactly, over the distinct forecasts."""

    reliability: float  # how far forecasts lie from what then happened: 0 is calibrated
    resolution: float  # how far the groups lie from the base rate: more is better
    uncertainty: float  # of the outcomes themselves; nobody's merit


def murphy(chances: Sequence[float], hits: Sequence[float]) -> Murphy:
    """Murphy (1973). Shown confidences are integers, so the groups are as large as they can be."""
    groups: dict[float, list[float]] = defaultdict(list)
    for chance, hit in zip(chances, hits, strict=True):
        groups[chance].append(hit)
    n, rate = len(hits), _mean(hits)
    reliability = sum(len(ys) * (p - _mean(ys)) ** 2 for p, ys in groups.items()) / n
    resolution = sum(len(ys) * (_mean(ys) - rate) ** 2 for ys in groups.values()) / n
    return Murphy(reliability=reliability, resolution=resolution, uncertainty=rate * (1 - rate))


def spiegelhalter(
    chances: Sequence[float], hits: Sequence[float], weights: Sequence[float] | None = None
) -> float | None:
    """z of "these forecasts are calibrated" (Spiegelhalter 1986); None if all of them say 50 %.

    Above 0 the forecasts boast, below 0 they are too shy. `weights` scale it to n_eff as in
    `evidence.excess_z`.
    """
    u = weights or [1.0] * len(hits)
    rows = list(zip(u, chances, hits, strict=True))
    beyond = sum(w * (y - p) * (1 - 2 * p) for w, p, y in rows)
    variance = sum(w * (1 - 2 * p) ** 2 * p * (1 - p) for w, p, _ in rows)
    return beyond / sqrt(variance) if variance > 0 else None


def _mean(values: Sequence[float]) -> float:
    assert len(values) > 0, "the score of nothing"
    return sum(values) / len(values)
