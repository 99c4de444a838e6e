"""A made market of leveraged positions whose every liquidation is known: the map's examination.

Its own code from the first line to the last: nothing here is shared with the map that is examined
(`market/magnets.py`), and what the map has to guess is drawn anew for every seed: who uses which
leverage, how much the takers' side opens, how long positions live, how many margin the whole
account, who adds margin, who has a stop, how much is hedged and never dies.

Price: Student's t innovations, volatility that clusters for hours. Positions are opened through
the minute at prices of the moment, closed after a life of Weibull's law, or liquidated when their
equity no longer covers maintenance and fee of their tier. Hedgers without leverage take the other
side of whatever longs and shorts do not match: open interest is the larger of the two and theirs.
The venue prints at most one liquidation a second.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.model.codec import Record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVERAGES = (3, 5, 10, 20, 25, 50, 75, 100)
MIX_ALPHA = 4.0  # of the Dirichlet law that the leverage mix is drawn from: 0.02 to 0.30 each
ODD_SHARE = 0.2  # of positions with any whole leverage from 2 to 125
TIERS_USD = (500_000.0, 2_000_000.0, 10_000_000.0)
RATES = (0.004, 0.006, 0.01, 0.02)
FEE = 0.0005
PARTS = 12  # of a minute: 5 s each
PART_NS = 5_000_000_000
DAY_MINUTES = 24 * 60
CLOSE_MINUTES = 5  # who has lived long enough is looked for this often
LEAD_DAYS = 2  # the crowd lives so long before anybody watches it
OPENED_A_MINUTE = 30.0
SIZE_USD = 40_000.0  # the median position
SIZE_SIGMA = 1.0
RUSH_SIGMA, RUSH_MINUTES = 1.2, 40.0  # people open in rushes: how large, how long
HEDGED_SIGMA = 0.0003  # of what is hedged, a minute


class Habits(Record):
    """What is drawn for one market, and what no map may know."""

    mix: tuple[float, ...]  # by leverage
    cross_share: float
    cross_median: float
    taker_skew: float  # longs among openings: 0.5 + this * taker imbalance
    life_h: float  # the median life of a position
    life_shape: float  # below 1: many die young, some live long
    topped_up: float  # share of positions that add margin
    stopped: float  # share of positions that a stop closes before they are liquidated
    day_sigma: float  # of log price
    hedged_usd: float  # open interest without any leverage


class Minute(NamedTuple):
    """What the venue shows of one minute, and `died`: the truth behind it."""

    minute: int
    prices: Floats  # at the beginning and after each 5 s
    buys: Floats  # USD of each 5 s
    sells: Floats
    coins: float  # open interest at its end
    prints: list[tuple[int, int, float, float]]  # ns into the minute, side, price, coins
    died: list[tuple[int, int, float, float]]


def habits(seed: int) -> Habits:
    chance = np.random.default_rng([seed, 1])
    return Habits(
        mix=tuple(chance.dirichlet(np.full(len(LEVERAGES), MIX_ALPHA)).tolist()),
        cross_share=float(chance.uniform(0.1, 0.4)),
        cross_median=float(chance.uniform(0.05, 0.12)),
        taker_skew=float(chance.uniform(0.05, 0.45)),
        life_h=float(np.exp(chance.uniform(np.log(6.0), np.log(36.0)))),
        life_shape=float(chance.uniform(0.5, 1.0)),
        topped_up=float(chance.uniform(0.0, 0.3)),
        stopped=float(chance.uniform(0.85, 0.95)),
        day_sigma=float(chance.uniform(0.02, 0.04)),
        hedged_usd=float(chance.uniform(3e9, 8e9)),
    )


class Crowd:
    """All open positions of one side: `sign` +1 long, -1 short."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.dies = np.empty(0)  # where it is over: liquidated, or closed by a stop
        self.stopped = np.empty(0, np.bool_)
        self.coins = np.empty(0)
        self.ends = np.empty(0)

    def take(self, dies: Floats, stopped: NDArray[np.bool_], coins: Floats, ends: Floats) -> None:
        self.dies = np.concatenate((self.dies, dies))
        self.stopped = np.concatenate((self.stopped, stopped))
        self.coins = np.concatenate((self.coins, coins))
        self.ends = np.concatenate((self.ends, ends))

    def close(self, minute: int) -> None:
        self._keep(self.ends > minute)

    def liquidate(self, worst: float) -> tuple[Floats, Floats]:
        """Price and coins of those liquidated by `worst`, the price furthest against them; with
        them go those that a stop has closed on the way."""
        over = (self.dies - worst) * self.sign >= 0.0
        dead = over & ~self.stopped
        gone = self.dies[dead], self.coins[dead]
        self._keep(~over)
        return gone

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        if not kept.all():
            self.dies, self.stopped = self.dies[kept], self.stopped[kept]
            self.coins, self.ends = self.coins[kept], self.ends[kept]


def watch(seed: int, days: int) -> Iterator[Minute]:
    """The minutes of one made market, one after the other."""
    drawn = habits(seed)
    chance = np.random.default_rng([seed, 2])
    prices, activity = _path(drawn, (LEAD_DAYS + days) * DAY_MINUTES, chance)
    crowds = Crowd(1), Crowd(-1)
    mood = rush = 0.0
    hedged = drawn.hedged_usd / prices[0, 0]
    for minute in range(len(activity)):
        price = prices[minute]
        moves = np.diff(price) / price[0]
        mood = 0.98 * mood + 0.05 * chance.standard_normal()
        scale = drawn.day_sigma / np.sqrt(DAY_MINUTES * PARTS)
        lean = np.tanh(0.5 * moves / scale + mood + 0.5 * chance.standard_normal(PARTS)) * 0.8
        usd = activity[minute] * 4e5 * (0.3 + np.abs(moves) / scale)
        usd *= np.exp(0.5 * chance.standard_normal(PARTS))
        died = [row for crowd in crowds for row in _liquidations(crowd, price)]
        died.sort()
        if minute % CLOSE_MINUTES == 0:
            for crowd in crowds:
                crowd.close(minute)
        rush = _faded(rush, RUSH_SIGMA, RUSH_MINUTES, chance)
        wish = activity[minute] * np.exp(rush - RUSH_SIGMA**2 / 2.0)
        _open(drawn, crowds, minute, price, usd, lean, wish, chance)
        hedged *= 1.0 + HEDGED_SIGMA * chance.standard_normal()
        if minute < LEAD_DAYS * DAY_MINUTES:
            continue
        coins = max(float(crowd.coins.sum()) for crowd in crowds) + hedged
        yield Minute(
            minute=minute,
            prices=price,
            buys=usd * (1.0 + lean) / 2.0,
            sells=usd * (1.0 - lean) / 2.0,
            coins=coins,
            prints=_printed(died),
            died=died,
        )


def _path(drawn: Habits, minutes: int, chance: np.random.Generator) -> tuple[Floats, Floats]:
    """(minutes, 13) prices, and how lively each minute is."""
    level = np.zeros(minutes)
    for minute in range(1, minutes):
        level[minute] = _faded(level[minute - 1], 0.5, 6 * 60.0, chance)  # six hours
    lively = np.exp(level - 0.125)
    shocks = chance.standard_t(4, (minutes, PARTS)) / np.sqrt(2.0)
    # One shock in a minute is common to all of it: tails that do not average out.
    shocks += chance.standard_t(3, (minutes, 1)) / np.sqrt(3.0) / np.sqrt(PARTS)
    scale = drawn.day_sigma / np.sqrt(DAY_MINUTES * PARTS) / np.sqrt(2.0)
    path = np.cumsum((shocks * lively[:, np.newaxis] * scale).ravel())
    flat = 60_000.0 * np.exp(np.concatenate(([0.0], path)))
    rows = np.arange(minutes)[:, np.newaxis] * PARTS + np.arange(PARTS + 1)
    return flat[rows], lively


def _faded(value: float, sigma: float, minutes: float, chance: np.random.Generator) -> float:
    """A minute of something that wanders around 0 with that memory."""
    kept = float(np.exp(-1.0 / minutes))
    return kept * value + sigma * float(np.sqrt(1.0 - kept**2) * chance.standard_normal())


def _liquidations(crowd: Crowd, price: Floats) -> list[tuple[int, int, float, float]]:
    """(ns into the minute, side, price, coins) of those who die on this minute's path."""
    worst = price.min() if crowd.sign > 0 else price.max()
    dies, coins = crowd.liquidate(float(worst))
    found = []
    for level, size in zip(dies.tolist(), coins.tolist(), strict=True):
        part = int(np.argmax((level - price) * crowd.sign >= 0.0))
        if part == 0:  # dead from the start: opened a moment ago, or the mark jumped
            found.append((0, crowd.sign, float(price[0]), size))
            continue
        before, after = float(price[part - 1]), float(price[part])
        share = (level - before) / (after - before)
        found.append((int((part - 1 + share) * PART_NS), crowd.sign, level, size))
    return found


def _printed(
    died: list[tuple[int, int, float, float]],
) -> list[tuple[int, int, float, float]]:
    """The last of each second."""
    kept = {ns // 1_000_000_000: (ns, sign, price, coins) for ns, sign, price, coins in died}
    return list(kept.values())


def _open(
    drawn: Habits,
    crowds: tuple[Crowd, Crowd],
    minute: int,
    price: Floats,
    usd: Floats,
    lean: Floats,
    wish: float,
    chance: np.random.Generator,
) -> None:
    count = chance.poisson(OPENED_A_MINUTE * wish)
    part = chance.choice(PARTS, count, p=usd / usd.sum())
    entry = price[part] + chance.random(count) * (price[part + 1] - price[part])
    sign = np.where(chance.random(count) < 0.5 + drawn.taker_skew * lean[part], 1, -1)
    size = SIZE_USD * np.exp(SIZE_SIGMA * chance.standard_normal(count))
    dies = _death(drawn, entry, sign, size, chance)
    stopped = chance.random(count) < drawn.stopped
    # Somewhere on the way to where the venue would do it.
    dies[stopped] += (entry - dies)[stopped] * chance.uniform(0.05, 0.8, int(stopped.sum()))
    life = drawn.life_h * 60.0 * chance.weibull(drawn.life_shape, count)
    life /= np.log(2.0) ** (1.0 / drawn.life_shape)
    for crowd in crowds:
        mine = sign == crowd.sign
        crowd.take(dies[mine], stopped[mine], size[mine] / entry[mine], minute + 1.0 + life[mine])


def _death(
    drawn: Habits, entry: Floats, sign: Ints, size: Floats, chance: np.random.Generator
) -> Floats:
    """The price at which what is left of the margin is what the venue asks for:
    margin + sign * coins * (price - entry) = coins * price * (rate + fee)."""
    count = len(entry)
    lever = chance.choice(LEVERAGES, count, p=drawn.mix).astype(np.float64)
    odd = chance.random(count) < ODD_SHARE
    lever[odd] = chance.integers(2, 126, int(odd.sum()))
    asked = np.asarray(RATES)[np.searchsorted(TIERS_USD, size)] + FEE
    # Who is large gets less leverage: the first margin is at least twice what is asked for.
    lever = np.minimum(lever, 0.5 / (asked - FEE) * 0.8)
    coins = size / entry
    margin = size / lever
    more = chance.random(count) < drawn.topped_up
    margin[more] *= 1.0 + chance.random(int(more.sum()))
    dies = (coins * entry - sign * margin) / (coins * (1.0 - sign * asked))
    cross = chance.random(count) < drawn.cross_share
    far = drawn.cross_median * np.exp(0.6 * chance.standard_normal(int(cross.sum())))
    dies[cross] = entry[cross] * np.exp(-sign[cross] * far)
    return dies
