"""The calibration curve, and how crooked luck alone would make it (signals.md 4.4).

A calibrated forecaster's ECE is not 0: with 50 forecasts it is easily 0.16. So an ECE is told with
its null: outcomes drawn from the forecasts themselves, scored the very same way. Only more than
the null's 95 % point is miscalibration. `seed` comes in as an argument.

The figures of 4.4 (0.101 at n = 50, 0.022 at 1000) are those of ten equal-width bins, of which
forecasts from 50 to 100 % fill five; the desk's bins are of equal mass, all ten are full, and
their null is higher (0.14 at 50, 0.03 at 1000). Both are here; each null is that of its own bins.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from pawang.learning.intervals import jeffreys
from pawang.model.codec import Record
from pawang.model.report import Bin

BINS = 10
SHOWN_N_MIN = 5  # a bin of fewer says nothing and is hidden
DRAWS = 2_000

Floats = npt.NDArray[np.float64]
Binning = Callable[[Floats], npt.NDArray[np.intp]]


class Calibratedness(Record):
    """An ECE beside what luck alone gives; `crooked` is above the null's 95 % point."""

    ece: float
    null_mean: float
    null_95: float
    n: int

    @property
    def crooked(self) -> bool:
        return self.ece > self.null_95


def equal_mass(chances: Floats) -> npt.NDArray[np.intp]:
    """The bin of each forecast: ten of the same size, in the order of the forecasts."""
    ranks = np.empty(len(chances), dtype=np.intp)
    ranks[np.argsort(chances, kind="stable")] = np.arange(len(chances))
    bins: npt.NDArray[np.intp] = ranks * BINS // len(chances)
    return bins


def equal_width(chances: Floats) -> npt.NDArray[np.intp]:
    """The bin of each forecast: [0, 0.1), [0.1, 0.2), ... and 1 in the last."""
    return np.minimum((chances * BINS).astype(np.intp), BINS - 1)


def ece(
    chances: Sequence[float] | Floats,
    hits: Sequence[float] | Floats,
    binning: Binning = equal_mass,
) -> float:
    """Expected calibration error: the bins' distance of forecast and rate, weighted by size."""
    p, y = np.asarray(chances, dtype=float), np.asarray(hits, dtype=float)
    assert len(p) == len(y) > 0, "as many outcomes as forecasts, and some"
    return float(np.abs(np.bincount(binning(p), y - p)).sum() / len(p))


def calibratedness(
    chances: Sequence[float],
    hits: Sequence[float],
    seed: int,
    binning: Binning = equal_mass,
    draws: int = DRAWS,
) -> Calibratedness:
    """The ECE and its null for exactly these forecasts."""
    found = ece(chances, hits, binning)
    p = np.asarray(chances, dtype=float)
    bins, chance = binning(p), np.random.default_rng(seed)
    null = np.empty(draws)
    for draw in range(draws):
        lucky = (chance.random(len(p)) < p) - p
        null[draw] = np.abs(np.bincount(bins, lucky)).sum() / len(p)
    return Calibratedness(
        ece=found, null_mean=float(null.mean()), null_95=float(np.quantile(null, 0.95)), n=len(p)
    )


def curve(chances: Sequence[float], hits: Sequence[float]) -> tuple[Bin, ...]:
    """The points of the reliability diagram, without those that are too small to show."""
    p, y = np.asarray(chances, dtype=float), np.asarray(hits, dtype=float)
    assert len(p) == len(y) > 0, "as many outcomes as forecasts, and some"
    which = equal_mass(p)
    points = [(p[which == b], y[which == b]) for b in range(BINS)]
    return tuple(_bin(told, came) for told, came in points if len(told) >= SHOWN_N_MIN)


def _bin(told: Floats, came: Floats) -> Bin:
    n, hits = len(told), int(came.sum())
    return Bin(
        n=n,
        hits=hits,
        forecast=float(told.mean()),
        rate=hits / n,
        interval=jeffreys(hits, n),
    )
