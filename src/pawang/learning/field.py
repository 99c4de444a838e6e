"""Does the map of liquidations know where? The metric and the gate of signals.md 6.5.

Only bins count that the mark reached and where it had not been for hours: elsewhere a map that
has just emptied what was just crossed looks clever. For each: x what the map foretold, y what was
liquidated there within 60 s. Reported: AUC (of a bin in the top quintile of y against one that is
not: how often has the first the larger x; ties count half), lift (mean y of the top quintile by x
over the mean of all), Spearman's rank correlation, and the share of a Poisson deviance explained.

The rivals know nothing of leverage: the bin's age, what was traded there before, round numbers,
and the same map shifted by 20 to 200 bp away from the price: 200 shifts, and the share of them
that do as well is the permutation p. Shifted away and not towards the price, where the mark has
just been and any map is empty: there the rival would lose without a fight.
"""

from collections.abc import Sequence
from math import ceil, floor, log10, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from pawang.model.codec import Record
from pawang.model.field import Crossing
from pawang.model.kpi import Interval

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

TOP = 0.2
SHIFTS = 200
SHIFT_BINS = (4.0, 40.0)  # 20 to 200 bp in bins of 5
AUC_MIN = 0.58
LIFT_MIN = 1.2
BINS_MIN = 1_000
P_MAX = 0.01
BLOCK_MIN = 50
"""Bins are reached in runs, and a run tells one story."""
DRAWS = 500


class Samples(NamedTuple):
    """In order of time: what was foretold, what came, what each rival foretold."""

    foretold: Floats
    came: Floats
    rivals: dict[str, Floats]
    shifted: Floats  # (shifts, n)


class Forecaster(Record):
    """One set of forecasts against what came."""

    name: str
    auc: float
    lift: float
    spearman: float
    deviance: float  # share of it explained, each half judged by what the other half taught


class FieldScore(Record):
    """Everything 6.5 asks for, of one coin's map."""

    n: int
    hit: float  # share of bins where anything was liquidated
    map: Forecaster
    auc_95: Interval
    rivals: tuple[Forecaster, ...]
    shifted_auc: float  # the mean of the shifted maps
    shifted_auc_max: float
    shifted_p: float
    lacking: tuple[str, ...]  # why the gate is shut; empty = passed

    @property
    def passed(self) -> bool:
        return not self.lacking


def of_crossings(crossings: Sequence[Crossing]) -> Samples:
    """The samples of one coin."""
    beyond = np.array([one.beyond for one in crossings])
    return Samples(
        foretold=beyond[:, 0],
        came=np.array([one.forced_usd for one in crossings]),
        rivals={
            "age": np.array([one.age_s for one in crossings]),
            "volume": np.array([one.volume_usd for one in crossings]),
            "round": np.array([roundness(one.price) for one in crossings]),
        },
        shifted=shifted(beyond),
    )


def shifted(beyond: Floats) -> Floats:
    """(shifts, n) from (n, bins away from the price): between two bins on the line."""
    places = np.linspace(*SHIFT_BINS, SHIFTS)
    low = np.minimum(places.astype(np.int64), beyond.shape[1] - 2)
    part = places - low
    return np.ascontiguousarray((beyond[:, low] * (1.0 - part) + beyond[:, low + 1] * part).T)


def score(samples: Samples, seed: int, block: int = BLOCK_MIN) -> FieldScore:
    """The report and the gate. At least one bin must have had a liquidation, and one none."""
    top = top_quintile(samples.came)
    assert 0 < top.sum() < len(top), "nothing tells one bin from another"
    mine = forecaster("map", samples.foretold, samples.came)
    rivals = tuple(forecaster(name, x, samples.came) for name, x in samples.rivals.items())
    others = [auc(x, top) for x in samples.shifted]
    p = (1 + sum(theirs >= mine.auc for theirs in others)) / (1 + len(others))
    made = FieldScore(
        n=len(top),
        hit=float((samples.came > 0.0).mean()),
        map=mine,
        auc_95=auc_interval(samples.foretold, top, max(block, ceil(len(top) ** (1 / 3))), seed),
        rivals=rivals,
        shifted_auc=float(np.mean(others)),
        shifted_auc_max=max(others),
        shifted_p=p,
        lacking=(),
    )
    return replace(made, lacking=lacking(made))


def lacking(made: FieldScore) -> tuple[str, ...]:
    """Why the map stays "unvalidated"."""
    volume = next((turned(one.auc) for one in made.rivals if one.name == "volume"), 0.0)
    checks = {
        f"AUC {made.map.auc:.3f}, at least {AUC_MIN}": made.map.auc >= AUC_MIN,
        f"lift {made.map.lift:.2f}, at least {LIFT_MIN}": made.map.lift >= LIFT_MIN,
        f"{made.n} bins, at least {BINS_MIN}": made.n >= BINS_MIN,
        f"shifted maps p {made.shifted_p:.3f}, below {P_MAX}": made.shifted_p < P_MAX,
        f"AUC {made.map.auc:.3f}, above volume's {volume:.3f}": made.map.auc > volume,
    }
    return tuple(words for words, met in checks.items() if not met)


def turned(area: float) -> float:
    """A rival's AUC, read in whichever direction serves it: little traded may mean much there."""
    return max(area, 1.0 - area)


def forecaster(name: str, x: Floats, y: Floats) -> Forecaster:
    return Forecaster(
        name=name,
        auc=auc(x, top_quintile(y)),
        lift=lift(x, y),
        spearman=spearman(x, y),
        deviance=deviance_explained(x, y),
    )


# The measures.


def top_quintile(y: Floats) -> Flags:
    """Of a series that is mostly empty only what is not."""
    return (y >= np.quantile(y, 1.0 - TOP)) & (y > 0.0)


def ranks(values: Floats) -> Floats:
    """1 to n, ties share the mean of their places."""
    _, inverse, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    mean: Floats = (last - (count - 1) / 2.0)[inverse]
    return mean


def auc(x: Floats, positive: Flags) -> float:
    """P(x of a positive > x of another), ties half.

    >>> auc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([False, False, True, True]))
    0.875
    """
    hits = int(positive.sum())
    misses = len(positive) - hits
    whole = float(ranks(x)[positive].sum()) - hits * (hits + 1) / 2.0
    return whole / (hits * misses)


def auc_interval(x: Floats, positive: Flags, block: int, seed: int) -> Interval:
    """95 %, by moving blocks on a circle, in order of time."""
    n = len(x)
    begins = np.random.default_rng(seed).integers(0, n, (DRAWS, ceil(n / block)))
    found = []
    for row in begins:
        drawn = ((row[:, np.newaxis] + np.arange(block)) % n).ravel()
        if 0 < positive[drawn].sum() < len(drawn):
            found.append(auc(x[drawn], positive[drawn]))
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(low=float(low), high=float(high))


def lift(x: Floats, y: Floats) -> float:
    """Mean y of the top quintile by x over the mean of all; of equal x the earlier counts."""
    count = max(1, round(TOP * len(x)))
    best = np.argsort(-x, kind="stable")[:count]
    return float(y[best].mean() / y.mean())


def spearman(x: Floats, y: Floats) -> float:
    """0 where one of them never changes."""
    a, b = ranks(x), ranks(y)
    a, b = a - a.mean(), b - b.mean()
    whole = sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / whole if whole > 0.0 else 0.0


def deviance_explained(x: Floats, y: Floats) -> float:
    """1 - D(forecast) / D(mean), Poisson deviance of y in its mean's units.

    What a forecast means is taught by the other half of the time: the mean y of each quintile of
    x. So a forecaster that knows nothing ends at 0 or a little below, and no scale is anybody's.
    """
    half = len(x) // 2
    halves = (slice(0, half), slice(half, None))
    ours = theirs = 0.0
    for taught, asked in (halves, halves[::-1]):
        mean = float(y[taught].mean())
        if mean <= 0.0:
            return 0.0
        edges = np.quantile(x[taught], (0.2, 0.4, 0.6, 0.8))
        where = np.searchsorted(edges, x[taught], side="right")
        sums = np.bincount(where, y[taught], 5) + mean  # one mean bin as a prior
        rates = sums / (np.bincount(where, minlength=5) + 1.0)
        ours += deviance(rates[np.searchsorted(edges, x[asked], side="right")], y[asked])
        theirs += deviance(np.full(len(y[asked]), mean), y[asked])
    return 1.0 - ours / theirs


def deviance(rate: Floats, y: Floats) -> float:
    """Twice the sum of y log(y / rate) - (y - rate)."""
    some = y > 0.0
    logs = float((y[some] * np.log(y[some] / rate[some])).sum())
    return 2.0 * (logs - float((y - rate).sum()))


def roundness(price: float) -> float:
    """0 on a multiple of what people say (500 near 60,000), falling to -1 half-way between two.

    >>> roundness(60_500.0), roundness(60_250.0)
    (-0.0, -1.0)
    """
    step = 10.0 ** (floor(log10(price)) - 1) / 2.0
    away = price / step - round(price / step)
    return -2.0 * abs(away)
