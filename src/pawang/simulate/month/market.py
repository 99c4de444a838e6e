"""What a venue tells, coarsely: a book and three prints, three times a minute and coin.

Drawn from a seed for testing reports, not for judging signals: prices walk on one factor, whales
come in spells that lean a little the way the price will go, walls stand for minutes and are eaten
or pulled, open interest breathes so that magnets are born. The first price and all of the past are
those of the seeded market, so a back-fill fits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import exp, sqrt
from typing import Any

import numpy as np

from pawang.model.instrument import Instrument
from pawang.model.market import (
    Aggressor,
    BookSnapshot,
    Candle,
    EtfFlow,
    FearGreed,
    FundingRate,
    IndexPrice,
    Levels,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    Observation,
    OpenInterest,
    Side,
    Trade,
)
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND, utc
from pawang.sandbox.seeded.nature import NATURES, Nature

LOOKS_NS = (1 * SECOND, 31 * SECOND, 51 * SECOND)
"""In a minute of a coin: nine seconds before its bias's slot, and a second before its sniper's, for
which a book is stale after ten and after two (4.1, 7.2)."""
PHASE_NS = 65 * SECOND  # of a coin, as in the schedule
STEP_NS = 20 * SECOND  # on average
LEVELS = 90  # a side, a basis point apart
SIGMA = 0.00062 * sqrt(STEP_NS / MINUTE)  # of the factor in a step
OWN_SHARE = 0.5  # of a coin's own walk
DRIFT = 0.10  # of SIGMA, while whales lean
EIGHT_HOURS = 8 * HOUR
WALL_FAR_BPS = (6, 16)  # where one is born
WALL_AGAIN = 0.004  # the chance a step that a side without one gets one
LEANING = 20.0, 150.0  # minutes that whales lean, and that they do not


@dataclass
class Wall:
    """A heap of resting size at one price until somebody takes it away."""

    price: float
    usd: float
    ts_end: int


@dataclass
class Bar:
    """An open candle."""

    length: int
    opened: int
    first: float
    high: float
    low: float
    last: float
    coins: float = 0.0


@dataclass
class CoinTape:
    """One coin's state; `step` moves it on and says what was seen."""

    made: Instrument
    nature: Nature
    price: float
    interest: float  # coins
    rng: np.random.Generator
    number: int
    lean: int = 0  # of the whales
    ts_lean_over: int = 0
    funding: float = 0.00008
    basis: float = 0.0002
    ratio: float = 1.2
    walls: dict[Aggressor, list[Wall]] = field(
        default_factory=lambda: {Aggressor.BUY: [], Aggressor.SELL: []}
    )
    bars: dict[int, Bar] = field(default_factory=dict)
    trades: int = 0
    sequence: int = 0
    minute: int = 0
    factor: float = 0.0  # as it stood at the last step

    def __post_init__(self) -> None:
        self.tick = float(self.made.tick_size)
        self.gap = max(1, round(self.price * 1e-4 / self.tick)) * self.tick
        self.texture = np.exp(0.25 * self.rng.standard_normal((2, 4096)))

    def step(self, ts: int, factor: float) -> Iterator[Observation]:
        """Everything between the last step and `ts`."""
        before = self.price
        self._whales(ts)
        own = SIGMA * OWN_SHARE * float(self.rng.standard_normal()) if self.number else 0.0
        move = self.nature.beta * (factor - self.factor) + own + DRIFT * SIGMA * self.lean
        self.factor = factor
        self.price = before * exp(max(-0.004, min(0.004, move)))
        yield from self._prints(ts, before)
        yield from self._minute(ts)
        mark = self.price * (1 + 0.00001 * float(self.rng.standard_normal()))
        yield IndexPrice(**self._of(ts, self.made.family), price=self.price / (1 + self.basis))
        yield MarkPrice(**self._of(ts), price=mark)
        yield self._book(ts)

    def _of(self, ts: int, name: str = "") -> dict[str, Any]:
        return {"instrument": name or self.made.name, "ts_event": ts, "ts_recv": ts}

    # Prints.

    def _whales(self, ts: int) -> None:
        if ts >= self.ts_lean_over:
            self.lean = 0 if self.lean else int(self.rng.choice((-1, 1)))
            mean = LEANING[0] if self.lean else LEANING[1]
            self.ts_lean_over = ts + round(float(self.rng.exponential(mean)) * MINUTE)

    def _prints(self, ts: int, before: float) -> Iterator[Trade]:
        """On the way from the last price to this one, and now and then a whale's."""
        rough = self.price * SIGMA * self.nature.beta * 0.6
        way = before + (self.price - before) * np.array((0.33, 0.67, 1.0))
        way[:2] += rough * self.rng.standard_normal(2)
        usd = self.nature.volume_day_usd * STEP_NS / DAY / 3 * self.rng.exponential(1.0, 3)
        last = before
        for at, (price, worth) in enumerate(zip(way.tolist(), usd.tolist(), strict=True)):
            side = Aggressor.BUY if price >= last else Aggressor.SELL
            yield self._trade(ts - (3 - at) * 3 * SECOND, price, worth, side)
            last = price
        if self.lean and self.rng.random() < 0.4:
            worth = self.nature.whale_usd * float(self.rng.uniform(1.0, 2.5))
            lean = self.lean if self.rng.random() < 0.85 else -self.lean
            side = Aggressor.BUY if lean > 0 else Aggressor.SELL
            yield self._trade(ts - SECOND // 2, last, worth, side)

    def _trade(self, ts: int, price: float, usd: float, side: Aggressor) -> Trade:
        self.trades += 1
        price = self._on_grid(price)
        for bar in self.bars.values():
            bar.high, bar.low, bar.last = max(bar.high, price), min(bar.low, price), price
            bar.coins += usd / price
        return Trade(
            **self._of(ts), price=price, size=usd / price, side=side, trade_id=str(self.trades)
        )

    def _on_grid(self, price: float) -> float:
        return round(round(price / self.tick) * self.tick, 8)

    # The book.

    def _book(self, ts: int) -> BookSnapshot:
        self.sequence += 1
        bids, asks = self._side(ts, Aggressor.BUY), self._side(ts, Aggressor.SELL)
        return BookSnapshot(**self._of(ts), bids=bids, asks=asks, seq=self.sequence)

    def _side(self, ts: int, side: Aggressor) -> Levels:
        """The touch, then a level a basis point on a grid that does not move with the price."""
        down = side is Aggressor.BUY
        touch = self._on_grid(self.price) + (-self.tick if down else self.tick)
        first = int(touch // self.gap) if down else int(-(-touch // self.gap))
        places = first - np.arange(1, LEVELS + 1) if down else first + np.arange(1, LEVELS + 1)
        rows = np.empty((LEVELS + 1, 2))
        rows[0] = touch, 0.4 * self.nature.depth_bp_usd
        rows[1:, 0] = np.round(places * self.gap, 8)
        texture = self.texture[0 if down else 1]
        rows[1:, 1] = self.nature.depth_bp_usd * texture[(places + ts // (5 * MINUTE)) % 4096]
        for wall in self._standing(ts, side, touch):
            place = abs(round(wall.price / self.gap) - first)
            if 1 <= place <= LEVELS:
                rows[place, 1] += wall.usd
        rows[:, 1] /= rows[:, 0]
        return Levels(rows, 0, LEVELS + 1)

    def _standing(self, ts: int, side: Aggressor, touch: float) -> list[Wall]:
        """Walls that time or the price took away make room for new ones."""
        sign = side.sign
        kept = [
            wall
            for wall in self.walls[side]
            if wall.ts_end > ts and sign * (touch - wall.price) > 2 * self.gap
        ]
        if not kept and self.rng.random() < WALL_AGAIN:
            far = int(self.rng.integers(*WALL_FAR_BPS))
            price = round((touch // self.gap - sign * far) * self.gap, 8)
            usd = self.nature.wall_usd * float(self.rng.uniform(2.5, 5.0))
            lives = round(float(self.rng.exponential(25.0)) * MINUTE)
            kept.append(Wall(price=price, usd=usd, ts_end=ts + lives))
        self.walls[side] = kept
        return kept

    # Once a minute and more rarely.

    def _minute(self, ts: int) -> Iterator[Observation]:
        at = ts // MINUTE * MINUTE
        if at == self.minute:
            return
        self.minute = at
        yield from self._candles(at)
        home = self.nature.open_interest_usd / self.nature.price
        pull = 0.0005 * (home - self.interest)
        self.interest += pull + 0.0009 * home * float(self.rng.standard_normal())
        usd = self.interest * self.price
        yield OpenInterest(**self._of(at), coins=self.interest, usd=usd)
        self.funding += 0.02 * (0.00008 - self.funding) + 4e-6 * float(self.rng.standard_normal())
        self.basis += 0.05 * (0.0002 - self.basis) + 3e-5 * float(self.rng.standard_normal())
        settled = at // EIGHT_HOURS * EIGHT_HOURS
        due: dict[str, Any] = {
            "ts_funding": settled + EIGHT_HOURS,
            "ts_next": settled + 2 * EIGHT_HOURS,
        }
        yield FundingRate(**self._of(at), rate=self.funding, **due)
        if at % (5 * MINUTE) == 0:
            self.ratio *= exp(0.02 * float(self.rng.standard_normal()) - 0.02 * (self.ratio - 1.2))
            yield LongShortRatio(**self._of(at), ratio=self.ratio)
        if self.rng.random() < 0.01:
            side = Side.LONG if self.rng.random() < 0.5 else Side.SHORT
            size = 50_000 / self.price
            yield Liquidation(**self._of(at), side=side, price=self.price, size=size)

    def _candles(self, at: int) -> Iterator[Candle]:
        for length in (5 * MINUTE, HOUR):
            bar = self.bars.get(length)
            if bar is not None and at >= bar.opened + length:
                yield Candle(
                    **self._of(bar.opened),
                    bar=length,
                    open=bar.first,
                    high=bar.high,
                    low=bar.low,
                    close=bar.last,
                    volume=bar.coins,
                    volume_usd=bar.coins * bar.last,
                    closed=True,
                )
            if bar is None or at >= bar.opened + length:
                price = self._on_grid(self.price)
                self.bars[length] = Bar(length, at // length * length, price, price, price, price)


class CoarseMarket:
    """All coins on one factor; `after` says when something comes next, `step` what."""

    def __init__(self, seed: int, tapes: list[CoinTape]) -> None:
        self._tapes = tapes
        self._rng = np.random.default_rng([seed, 101])
        self._phases = [tape.number * PHASE_NS for tape in tapes]
        self._level = 0.0  # of volatility, its logarithm
        self._factor = 0.0  # what moves all coins, summed up
        self._ts = 0
        self._day = 0

    def after(self, ts: int) -> int:
        """The next moment at which some coin speaks."""
        return min(_look_after(ts, phase) for phase in self._phases)

    def step(self, ts: int) -> list[Observation]:
        """What is told at `ts`: all coins whose turn it is, in their order."""
        said: list[Observation] = []
        # Volatility has a weather: calm and wild hours make the regimes.
        self._level += -0.0002 * self._level + 0.015 * float(self._rng.standard_normal())
        level = exp(max(-1.0, min(1.0, self._level)))
        elapsed = min(ts - self._ts, MINUTE) / STEP_NS
        self._ts = ts
        self._factor += SIGMA * level * sqrt(elapsed) * float(self._rng.standard_normal())
        for tape, phase in zip(self._tapes, self._phases, strict=True):
            if (ts - phase) % MINUTE in LOOKS_NS:
                said.extend(tape.step(ts, self._factor))
        return [*self._daily(ts), *said]

    def _daily(self, ts: int) -> list[Observation]:
        """Yesterday's ETF flow at four in the morning UTC, and today's index."""
        day = (ts - 4 * HOUR) // DAY
        if day == self._day:
            return []
        self._day = day
        made: list[Observation] = [
            FearGreed(value=float(self._rng.integers(25, 80)), ts_asof=ts, source="seed")
        ]
        traded = utc((day - 1) * DAY)
        if traded.weekday() < 5:
            made.append(
                EtfFlow(
                    asset="BTC",
                    trade_date=f"{traded:%Y-%m-%d}",
                    flow_usd=float(self._rng.normal(0.0, 25e6)),
                    funds_reported=11,
                    funds_total=11,
                    ts_asof=ts,
                    source="seed",
                )
            )
        return made


def tape(seed: int, number: int, made: Instrument, price: float, interest: float) -> CoinTape:
    """A coin's tape from where its past ended."""
    rng = np.random.default_rng([seed, 102, number])
    return CoinTape(made, NATURES[made.coin], price, interest, rng, number)


def _look_after(ts: int, phase: int) -> int:
    """The next look of a coin with that phase."""
    minute = (ts - phase) // MINUTE * MINUTE + phase
    looks = (minute + look for look in (*LOOKS_NS, MINUTE + LOOKS_NS[0]))
    return next(look for look in looks if look > ts)
