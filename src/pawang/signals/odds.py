"""A plan's chances: luck's, from the coin's own minutes; and, once calibrated, the measured one.

Luck first (signals.md 7.4): the view holds a table of what touching a target before a stop came to
on this coin's last days. Between its points the *ratio* to the closed form a / (a + b) is
interpolated, for that is what changes slowly.

Then the edge (7.2, last gate). Luck earns nothing: whatever follows a touch of TP1, the position is
worth b1 at that moment, and what happens where TP1 is not touched, time stop included, costs on
average just as much: p0 * b1 = (1 - p0) * a'. So two outcomes are enough, and

    EV = p * b1 - (1 - p) * a' - c,   a' = b1 * p0 / (1 - p0)

at the 20 % posterior quantile of the calibrated p. Without a time stop a' is the stop distance.
"""

from bisect import bisect_right
from math import exp, log, sqrt

from pawang.model.calibration import Calibration
from pawang.model.codec import Record
from pawang.model.decision import Edge
from pawang.model.view import NullTable
from pawang.signals.null import hit_chance

CHANCE_MIN = 0.001  # a table of 2,000 paths knows no smaller one


class Luck(Record):
    """No-skill chances, one a target, and where they are from."""

    targets: tuple[float, ...]
    source: str  # "minutes" | "closed form"


def luck(table: NullTable | None, stop_pct: float, target_pcts: tuple[float, ...]) -> Luck:
    """What no skill makes of this geometry."""
    if table is None:
        chances = tuple(hit_chance(stop_pct, target) for target in target_pcts)
        return Luck(targets=chances, source="closed form")
    chances = tuple(_looked_up(table, stop_pct, target) for target in target_pcts)
    return Luck(targets=chances, source="minutes")


def _looked_up(table: NullTable, stop_pct: float, target_pct: float) -> float:
    i, up = _between(table.stops_pct, stop_pct)
    j, right = _between(table.targets_pct, target_pct)
    near = (1 - right) * _ratio(table, i, j) + right * _ratio(table, i, j + 1)
    far = (1 - right) * _ratio(table, i + 1, j) + right * _ratio(table, i + 1, j + 1)
    chance = ((1 - up) * near + up * far) * hit_chance(stop_pct, target_pct)
    return min(1 - CHANCE_MIN, max(CHANCE_MIN, chance))


def _ratio(table: NullTable, i: int, j: int) -> float:
    closed = hit_chance(table.stops_pct[i], table.targets_pct[j])
    return table.chances[i][j] / 1000 / closed


def _between(points: tuple[float, ...], value: float) -> tuple[int, float]:
    """(place before it, how far on to the next in logarithms); beyond the ends, the end."""
    place = min(max(bisect_right(points, value) - 1, 0), len(points) - 2)
    low, high = points[place], points[place + 1]
    return place, min(1.0, max(0.0, log(value / low) / log(high / low)))


def edge(
    measured: Calibration, null: float, target_pct: float, cost_pct: float, sds: float
) -> Edge:
    """What the plan is worth by the calibrator in force. `cost_pct` is that of the dearer way."""
    chance = measured.chance(null)
    low = _low(chance, measured.n, sds)
    lost_pct = target_pct * null / (1 - null)  # what luck loses where TP1 is not touched
    return Edge(
        chance=chance,
        chance_low=low,
        expected_pct=low * target_pct - (1 - low) * lost_pct - cost_pct,
        payoff=(target_pct - cost_pct) / (lost_pct + cost_pct),
        source=measured.version,
    )


def _low(chance: float, n: int, sds: float) -> float:
    """That many standard deviations down, on the logit, where a chance of `n` samples is normal."""
    spread = 1 / sqrt(max(1, n) * chance * (1 - chance))
    return 1 / (1 + exp(-(log(chance / (1 - chance)) - sds * spread)))
