"""The 30 days before the start, drawn at once: minutes of all coins, and what went with them.

Minute returns are Student t times a volatility that clusters on three scales (minutes, an hour, a
day) and breathes with the hour of the day, shared by all coins; each coin adds noise of its own to
the common factor. Highs and lows are those of a Brownian bridge. Open interest grows in bursts
while the price rests and falls when it runs.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pawang.sandbox import bars
from pawang.sandbox.seeded.nature import HISTORY_VOLATILITY, Nature
from pawang.sandbox.source import Listing

DAYS = 30
MINUTES = DAYS * 1440
FIVES = MINUTES // 5
SETTLEMENTS = DAYS * 3
FIVE_MS = 300_000
SETTLEMENT_MS = 8 * 3_600_000
MINUTES_A_YEAR = 365 * 1440
RETURN_MAX = 0.015
SCALES = ((1440.0, 0.30), (60.0, 0.30), (8.0, 0.22))  # half-life in minutes, sd of the log
START_SPREAD = 0.07
BURST_CHANCE = 0.02  # per 5 minutes, about six a day
BURST_GROWTH = (0.006, 0.02)  # of open interest: what a cluster of entries is made of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Weather:
    """What all coins share: the factor's minute returns and the volatility's multiple."""

    returns: Floats
    level: Floats


@dataclass(frozen=True, slots=True)
class Past:
    """One coin's past. `bought` are the lots of taker buys of each minute."""

    minutes: bars.Rows
    bought: Ints
    interest: Ints  # (n, 2): ts_ms, lots; every 5 minutes
    ratio: Floats  # long accounts / short accounts at the same times
    funding: list[tuple[int, float]]  # oldest first


def weather(generator: np.random.Generator, start_ms: int) -> Weather:
    log_level = np.zeros(MINUTES)
    for half_life, sd in SCALES:
        log_level += sd * _persistent(generator, 0.5 ** (1.0 / half_life))
    hour = (start_ms / 3_600_000 + np.arange(-MINUTES, 0) / 60.0) % 24.0
    log_level += 0.15 * np.sin((hour - 9.0) / 24.0 * 2.0 * np.pi)
    # The mean square is 1, so that the year's volatility is what the params say.
    level = np.exp(log_level)
    level /= np.sqrt(np.mean(level**2))
    sigma = HISTORY_VOLATILITY / 100.0 / np.sqrt(MINUTES_A_YEAR)
    returns = np.clip(sigma * level * _tails(generator), -RETURN_MAX, RETURN_MAX)
    return Weather(returns, level)


def past(
    nature: Nature, listing: Listing, shared: Weather, generator: np.random.Generator, start_ms: int
) -> Past:
    """A coin's past under the shared weather, ending at its drawn start price."""
    own = nature.own_volatility / 100.0 / np.sqrt(MINUTES_A_YEAR)
    noise = own * shared.level * _tails(generator)
    returns = np.clip(nature.beta * shared.returns + noise, -RETURN_MAX, RETURN_MAX)
    sigma = shared.level * np.sqrt(
        (nature.beta * HISTORY_VOLATILITY / 100.0) ** 2 / MINUTES_A_YEAR + own**2
    )
    tick = float(listing.tick_size)
    start = nature.price * np.exp(START_SPREAD * np.clip(generator.standard_normal(), -2.0, 2.0))
    walk = np.cumsum(returns)
    closes = np.maximum(1, np.rint(start * np.exp(walk - walk[-1]) / tick)).astype(np.int64)
    lots_usd = tick * listing.coins(1)
    minutes = _minutes(nature, closes, sigma, generator, start_ms, lots_usd)
    share = np.clip(0.5 + 0.12 * returns / sigma + 0.05 * generator.standard_normal(MINUTES), 0, 1)
    bought = np.rint(minutes[:, 5] * share).astype(np.int64)
    stamps = start_ms - FIVE_MS * np.arange(FIVES - 1, -1, -1)
    usd = _interest(returns, sigma, generator) * nature.open_interest_usd
    interest = np.rint(usd / (closes[-1] * lots_usd)).astype(np.int64)
    return Past(
        minutes,
        bought,
        np.column_stack((stamps // FIVE_MS * FIVE_MS, interest)),
        _ratio(returns, generator),
        _funding(returns, generator, start_ms),
    )


def _minutes(
    nature: Nature,
    closes: Ints,
    sigma: Floats,
    generator: np.random.Generator,
    start_ms: int,
    lots_usd: float,
) -> bars.Rows:
    opens = np.concatenate((closes[:1], closes[:-1]))
    moved = np.log(closes / opens)
    # The highest point of a Brownian bridge over the minute, and by symmetry the lowest.
    above, below = (
        0.5 * (way + np.sqrt(way**2 - 2.0 * (0.8 * sigma) ** 2 * np.log(1.0 - draw)))
        for way, draw in ((moved, generator.random(MINUTES)), (-moved, generator.random(MINUTES)))
    )
    highs = np.maximum(np.rint(opens * np.exp(above)), np.maximum(opens, closes))
    lows = np.minimum(np.rint(opens * np.exp(-below)), np.minimum(opens, closes))
    lows = np.maximum(1, lows)
    stir = np.abs(moved) / sigma
    busy = sigma / np.mean(sigma) * (0.5 + 0.6 * stir) * generator.lognormal(-0.045, 0.3, MINUTES)
    usd = nature.volume_all_day_usd / 1440.0 * busy / np.mean(busy)
    lots = np.maximum(1, np.rint(usd / (closes * lots_usd)))
    stamps = start_ms - 60_000 * np.arange(MINUTES, 0, -1)
    rows: bars.Rows = np.column_stack((stamps, opens, highs, lows, closes, lots)).astype(np.int64)
    return rows


def _interest(returns: Floats, sigma: Floats, generator: np.random.Generator) -> Floats:
    """Open interest every 5 minutes against its usual level."""
    walk, spread = np.cumsum(returns), np.cumsum(sigma**2)
    ends = np.arange(4, MINUTES, 5)
    hour_ago = np.maximum(0, ends - 60)
    usual = np.sqrt(np.maximum(spread[ends] - spread[hour_ago], 1e-12))
    run = np.abs(walk[ends] - walk[hour_ago]) / usual
    growth = np.clip(0.0005 * (1.0 - run), -0.004, 0.0005)
    bursts = generator.random(FIVES) < BURST_CHANCE
    growth += np.where(bursts, generator.uniform(*BURST_GROWTH, FIVES), 0.0)
    growth += 0.0005 * generator.standard_normal(FIVES)
    level, levels = 0.0, []
    for step in growth.tolist():
        level += step - 0.003 * level - BURST_CHANCE * sum(BURST_GROWTH) / 2.0
        levels.append(level)
    out: Floats = np.exp(np.array(levels))
    return out


def _ratio(returns: Floats, generator: np.random.Generator) -> Floats:
    """Retail buys what fell: the ratio leans against the last day."""
    walk = np.cumsum(returns)
    ends = np.arange(4, MINUTES, 5)
    day = walk[ends] - walk[np.maximum(0, ends - 1440)]
    noise = _persistent(generator, 0.995)[::5]
    out: Floats = np.exp(np.log(1.5) - 3.0 * day + 0.12 * noise)
    return out


def _funding(
    returns: Floats, generator: np.random.Generator, start_ms: int
) -> list[tuple[int, float]]:
    """Settlements up to the start; a rising market pays more."""
    walk = np.cumsum(returns)
    last = start_ms // SETTLEMENT_MS * SETTLEMENT_MS
    rows: list[tuple[int, float]] = []
    for number in range(SETTLEMENTS - 1, -1, -1):
        ts_ms = last - number * SETTLEMENT_MS
        minute = MINUTES - 1 - (start_ms - ts_ms) // 60_000
        day = float(walk[minute] - walk[max(0, minute - 1440)]) if minute > 0 else 0.0
        rate = 8e-5 + 0.003 * day + 2.5e-5 * float(generator.standard_normal())
        rows.append((ts_ms, round(min(0.00075, max(-0.00075, rate)), 10)))
    return rows


def _tails(generator: np.random.Generator) -> Floats:
    """Student t with 5 degrees of freedom, variance 1."""
    draws: Floats = generator.standard_t(5, MINUTES) / np.sqrt(5.0 / 3.0)
    return draws


def _persistent(generator: np.random.Generator, keep: float) -> Floats:
    """An AR(1) of variance 1, minute by minute."""
    shock = (generator.standard_normal(MINUTES) * np.sqrt(1.0 - keep**2)).tolist()
    value, values = float(generator.standard_normal()), []
    for step in shock:
        value = keep * value + step
        values.append(value)
    return np.array(values)
