"""How good a Sharpe ratio must be before one may believe it, after having tried N ideas.

Bailey & Lopez de Prado, "The Deflated Sharpe Ratio", J. Portfolio Management 40(5), 2014;
signals.md 7.5. All ratios are per trade, not annualised. `kurt` is raw kurtosis, 3 for a normal:
several pages on the web plug in the excess and get a flattering answer.

>>> round(probabilistic(0.10, 500, -0.5, 4), 4)
0.9851
"""

from math import e, sqrt

from pawang.learning.intervals import NORMAL

EULER = 0.5772156649015329  # the Euler-Mascheroni constant


def probabilistic(sharpe: float, n: int, skew: float, kurt: float, benchmark: float = 0.0) -> float:
    """PSR: the chance that the true ratio is above `benchmark`, from `n` trades."""
    assert n > 1, "a Sharpe ratio of one trade"
    return NORMAL.cdf((sharpe - benchmark) * sqrt(n - 1) / sqrt(_spread(sharpe, skew, kurt)))


def luckiest(variance: float, trials: int) -> float:
    """SR0: the best to expect of `trials` worthless ideas with `variance` between their ratios."""
    assert variance >= 0, f"not a variance: {variance}"
    if trials < 2:
        return 0.0  # a single idea was chosen from nothing
    best = (1 - EULER) * NORMAL.inv_cdf(1 - 1 / trials)
    return sqrt(variance) * (best + EULER * NORMAL.inv_cdf(1 - 1 / (trials * e)))


def deflated(
    sharpe: float, n: int, skew: float, kurt: float, variance: float, trials: int
) -> float:
    """DSR: the PSR against the luckiest of all that was tried."""
    return probabilistic(sharpe, n, skew, kurt, luckiest(variance, trials))


def track_record(
    sharpe: float, skew: float, kurt: float, benchmark: float = 0.0, confidence: float = 0.95
) -> float:
    """MinTRL: how many trades until the PSR reaches `confidence`, not rounded."""
    assert sharpe > benchmark, f"{sharpe} will never be shown to pass {benchmark}"
    z = NORMAL.inv_cdf(confidence)
    return 1 + _spread(sharpe, skew, kurt) * (z / (sharpe - benchmark)) ** 2


def _spread(sharpe: float, skew: float, kurt: float) -> float:
    spread = 1 - skew * sharpe + (kurt - 1) / 4 * sharpe * sharpe
    assert spread > 0, f"no distribution has skew {skew} and kurtosis {kurt}"
    return spread
