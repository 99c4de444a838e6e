"""The block bootstrap: how sure of a mean one may be when neighbours tell the same story.

Moving blocks (Kuensch 1989) on a circle, so that the first and last values count like the others.
Chance comes in as a seed: equal arguments, equal answers.
"""

from collections.abc import Sequence
from math import cbrt, ceil

import numpy as np
import numpy.typing as npt

from pawang.model.kpi import Interval

DRAWS = 2_000


def block_length(n: int, n_eff: float) -> int:
    """Twice as long as labels overlap on average, and at least the cube root of n."""
    assert 0 < n_eff <= n + 1e-9, f"n_eff {n_eff} of {n}"
    return min(n, max(ceil(cbrt(n)), ceil(2 * n / n_eff)))


def means(
    values: Sequence[float], block: int, seed: int, draws: int = DRAWS
) -> npt.NDArray[np.float64]:
    """`draws` means of resampled `values`, which are in order of time."""
    data = np.asarray(values, dtype=float)
    n = len(data)
    assert 1 <= block <= n, f"blocks of {block} from {n} values"
    # The sum of every block that starts at i, on the circle; blocks are then drawn by their start.
    circle = np.concatenate((data, data[: block - 1])) if block > 1 else data
    sums = np.convolve(circle, np.ones(block), "valid")
    count = ceil(n / block)
    starts = np.random.default_rng(seed).integers(0, n, size=(draws, count))
    drawn: npt.NDArray[np.float64] = sums[starts].sum(axis=1) / (count * block)
    return drawn


def chance_positive(values: Sequence[float], block: int, seed: int, draws: int = DRAWS) -> float:
    """The share of resampled means above 0: P(the mean is positive), in the bootstrap's sense."""
    return float((means(values, block, seed, draws) > 0).mean())


def interval(
    values: Sequence[float], block: int, seed: int, level: float = 0.95, draws: int = DRAWS
) -> Interval:
    """The percentile interval of the mean."""
    tail = (1 - level) / 2
    low, high = np.quantile(means(values, block, seed, draws), (tail, 1 - tail))
    return Interval(low=float(low), high=float(high))
