"""Is it more than luck? Every plan brings its own no-skill chance p0; we judge what is beyond.

Sources: signals.md 7.5; the e-value is the test martingale of Waudby-Smith & Ramdas, "Estimating
means of bounded random variables by betting" (2023): it may be looked at every week, and false
claims stay below 1 in 20 however often one looks. That holds for plans that follow each other.
Plans of correlated coins that are open together are less than independent, and the product then
knows too much; `excess_z` takes their uniqueness as weights, and both are shown side by side.

>>> round(e_value([1] * 65 + [0] * 35, [0.5556] * 100), 3)
5.93
"""

from collections.abc import Sequence
from math import exp, log1p, sqrt

STAKE = 0.45  # of the capital, on every plan; small enough that no single loss ends the game
PROVEN = 20.0  # an e-value from which an edge is claimed: 1 in 20
STAKE_R = 0.10  # of the capital for each R of a plan; a loss of 10 R would end the game

MET_PROVEN = "MET(proven)"
MET_UNPROVEN = "MET(unproven)"
MISSED = "MISSED"
UNKNOWN = "UNKNOWN"  # nothing to measure yet


def excess_z(
    hits: Sequence[float], nulls: Sequence[float], weights: Sequence[float] | None = None
) -> float | None:
    """Standard errors by which the hits exceed their own no-skill chances.

    `weights` (average uniqueness, their sum is n_eff) make overlapping plans count for less: equal
    weights u scale z by sqrt(u). None where no plan could have surprised anybody.
    """
    u = weights or [1.0] * len(hits)
    beyond = sum(w * (y - p) for w, y, p in zip(u, hits, nulls, strict=True))
    variance = sum(w * p * (1 - p) for w, p in zip(u, nulls, strict=True))
    return beyond / sqrt(variance) if variance > 0 else None


def e_value(hits: Sequence[float], nulls: Sequence[float], stake: float = STAKE) -> float:
    """What 1 has become by betting `stake` of it on every plan against its null; 1 for none."""
    assert 0 < stake < 1, f"one cannot stake {stake}"
    return _exp(sum(log1p(stake * (y - p)) for y, p in zip(hits, nulls, strict=True)))


def e_value_mean(net_r: Sequence[float], stake: float = STAKE_R) -> float:
    """The same game against "a plan earns nothing on average", in R, costs included.

    A loss that would take more than everything takes everything: then nothing is ever proven.
    """
    worth = 0.0
    for won in net_r:
        if stake * won <= -1:
            return 0.0
        worth += log1p(stake * won)
    return _exp(worth)


def verdict(met: bool | None, e: float | None) -> str:
    """The words of a KPI (7.5): met and proven, met and not proven, missed; None is unknown."""
    if met is None:
        return UNKNOWN
    if not met:
        return MISSED
    return MET_PROVEN if e is not None and e >= PROVEN else MET_UNPROVEN


def _exp(worth: float) -> float:
    """No evidence is so strong that it need overflow."""
    return exp(min(worth, 700.0))
