"""Block bootstrap of a statistic that is no mean: an R2, an AUC.

The sample is cut in order of time into pieces, each a row of sums from which the statistic can be
made. A draw says how often each piece counts; pieces are drawn in moving blocks on a circle, so
that neighbours, which tell the same story, come and go together (Kuensch 1989). The learning
room's bootstrap draws the same blocks for plain means.
"""

from collections.abc import Callable
from math import cbrt, ceil

import numpy as np
from numpy.typing import NDArray

from pawang.model.kpi import Interval

Floats = NDArray[np.float64]

DRAWS = 2_000


def counts(pieces: int, seed: int, draws: int = DRAWS) -> Floats:
    """(draws, pieces): how often each piece counts. Blocks of the cube root of `pieces`."""
    block = ceil(cbrt(pieces))
    begins = np.random.default_rng(seed).integers(0, pieces, (draws, ceil(pieces / block)))
    drawn = (begins[:, :, np.newaxis] + np.arange(block)) % pieces
    flat = drawn.reshape(draws, -1) + np.arange(draws)[:, np.newaxis] * pieces
    found = np.bincount(flat.ravel(), minlength=draws * pieces).reshape(draws, pieces)
    return found.astype(np.float64)


def interval(statistic: Callable[[Floats], Floats], pieces: int, seed: int) -> Interval:
    """The 95 % percentile interval of `statistic(counts)`, which answers for every draw at once."""
    low, high = np.quantile(statistic(counts(pieces, seed)), (0.025, 0.975))
    return Interval(low=float(low), high=float(high))
