"""What luck alone would do: first-passage chances of a plan's geometry, in closed form.

A random walk meets TP1 before SL with chance a / (a + b): a plan is judged by what it does
beyond that (signals.md 0.5, 7.4). `stop` = a and `target` = b are percent of entry, `cost` the
round trip in percent, `sigma` percent per square root of a minute, `drift` percent per minute.

Simple on purpose: constant volatility. Real volatility clusters, so short horizons are
overstated here; the bootstrap of 7.4 (last paragraph) belongs to the learning room, later.

>>> round(hit_chance(0.35, 0.28), 4), round(hit_chance(0.35, 0.60), 4)
(0.5556, 0.3684)
"""

from math import ceil, exp, expm1, pi, sin, sqrt

TERMS_MAX = 10_000  # a horizon that needs more is far too short to reach either barrier


def hit_chance(stop: float, target: float) -> float:
    """P(target before stop) without drift and with a fixed stop."""
    _positive(stop, target)
    return stop / (stop + target)


def hit_chance_breakeven(stop: float, target: float, target_next: float) -> float:
    """P(second target) when the stop moves to the entry once the first target is hit."""
    _positive(stop, target)
    assert target_next >= target, "the next target is not nearer than the first"
    return hit_chance(stop, target) * target / target_next


def hit_rate_breakeven(stop: float, target: float, cost: float) -> float:
    """p*: the hit rate that only just pays the costs."""
    _positive(stop, target)
    return (stop + cost) / (stop + target)


def hit_chance_drift(stop: float, target: float, drift: float, sigma: float) -> float:
    """P(target before stop) when price drifts `drift` per unit of time towards the target."""
    _positive(stop, target)
    _positive(sigma, sigma)
    theta = 2 * drift / sigma**2
    # Driftless limit, and where exp would overflow the answer is known: certain either way.
    if abs(theta) * (stop + target) < 1e-12:
        return hit_chance(stop, target)
    if theta * (stop + target) > 700:
        return -expm1(-theta * stop)
    if theta * (stop + target) < -700:
        return exp(theta * target)
    # Both sides of (1-e^{th a})/(e^{-th b}-e^{th a}) times e^{th b}, so that expm1 keeps digits.
    chance = exp(theta * target) * expm1(theta * stop) / expm1(theta * (stop + target))
    return min(1.0, chance)  # the last bit may round up past certainty


def chances_within(stop: float, target: float, sigma: float, horizon: float) -> tuple[float, float]:
    """(P(target first), P(stop first)) within `horizon`, driftless; the rest is undecided."""
    _positive(stop, target)
    _positive(sigma, horizon)
    width = stop + target
    rate = (pi * sigma / width) ** 2 * horizon / 2
    terms = ceil(sqrt(40 / rate))  # e^-40 is far below a float's last digit
    if terms > TERMS_MAX:
        return 0.0, 0.0
    above = below = 0.0
    for n in range(1, terms + 1):
        term = sin(n * pi * stop / width) / n * exp(-n * n * rate)
        above += term if n % 2 == 0 else -term
        below += term
    up = stop / width + 2 / pi * above
    down = target / width - 2 / pi * below
    return max(0.0, up), max(0.0, down)


def time_to_exit(stop: float, target: float, sigma: float) -> float:
    """E[tau] = ab / sigma^2, in the unit of time of `sigma`."""
    _positive(stop, target)
    return stop * target / sigma**2


def _positive(first: float, second: float) -> None:
    assert first > 0, f"not a distance: {first}"
    assert second > 0, f"not a distance: {second}"
