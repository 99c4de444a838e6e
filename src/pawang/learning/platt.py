"""Platt's two numbers: p = sig(a + b * logit(q)), fitted with the identity as prior (4.3).

"MAP": the fit minimises sum w_i * logloss_i + (|a - a0|^2 + |b - b0|^2) / (2 sd^2). With nothing
learned it is its prior; with 30 samples it already helps, where the plain fit needs 100 to 200 and
isotonic regression a thousand. `q` is the raw chance, clipped to [0.02, 0.98].

>>> round(Platt(a=-0.1, b=0.45).chance(0.87), 6)
0.680361
"""

from collections.abc import Sequence
from math import exp, log

import numpy as np
import numpy.typing as npt

from pawang.model.codec import Record

CLIP = 0.02  # beyond it a raw score is boasting, and its logit would outweigh everything
ROUNDS_MAX = 100  # Newton needs about six
STEP_MAX = 2.0  # a longer one is a far start's overshoot
SD = 0.5  # of a and b around the identity
SD_COIN = 0.3  # of a coin's a and b around those of all coins

Floats = npt.NDArray[np.float64]


class Platt(Record):
    a: float = 0.0  # bias
    b: float = 1.0  # below 1: the raw scores boast

    def chance(self, raw: float) -> float:
        """The calibrated chance of a raw one, both in [0, 1]."""
        return sigmoid(self.a + self.b * logit(clipped(raw)))


IDENTITY = Platt()


def clipped(raw: float) -> float:
    assert 0 <= raw <= 1, f"not a chance: {raw}"
    return min(max(raw, CLIP), 1 - CLIP)


def logit(chance: float) -> float:
    return log(chance / (1 - chance))


def sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def fit(
    raws: Sequence[float],
    hits: Sequence[float],
    weights: Sequence[float],
    prior: Platt = IDENTITY,
    sd: float = SD,
) -> Platt:
    """The most likely (a, b). `hits` may be fractions; with no samples it is the prior, exactly."""
    assert sd > 0, f"not a spread: {sd}"
    if not raws:
        return prior
    q = np.clip(np.asarray(raws, dtype=float), CLIP, 1 - CLIP)
    x = np.stack((np.ones(len(q)), np.log(q / (1 - q))), axis=1)
    y, w = np.asarray(hits, dtype=float), np.asarray(weights, dtype=float)
    assert len(x) == len(y) == len(w), "one outcome and one weight for each forecast"
    centre = np.array((prior.a, prior.b))
    a, b = _newton(x, y, w, centre, 1 / sd**2)
    return Platt(a=float(a), b=float(b))


def _newton(x: Floats, y: Floats, w: Floats, centre: Floats, tightness: float) -> Floats:
    """The prior makes the sum strictly convex: one minimum, and Newton's steps find it."""
    found = centre.copy()
    for _ in range(ROUNDS_MAX):
        p = 1 / (1 + np.exp(-np.clip(x @ found, -700, 700)))
        slope = x.T @ (w * (p - y)) + tightness * (found - centre)
        curvature = (x * (w * p * (1 - p))[:, None]).T @ x + tightness * np.eye(2)
        step = np.linalg.solve(curvature, slope)
        longest = float(np.abs(step).max())
        found = found - step * min(1.0, STEP_MAX / max(longest, 1e-300))
        if longest < 1e-12:
            break
    return found
