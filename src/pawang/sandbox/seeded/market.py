"""SeededMarket: the pits of all coins on one factor and one weather of volatility."""

from collections.abc import Sequence
from math import exp

import numpy as np

from pawang.sandbox import listings as facts
from pawang.sandbox.seeded.chance import Chance
from pawang.sandbox.seeded.nature import COMMON_VOLATILITY, NATURES, Nature
from pawang.sandbox.seeded.past import Past, past, weather
from pawang.sandbox.seeded.pit import CHURN_MINUTE, MARGIN_SHARE, Pit
from pawang.sandbox.seeded.positions import Positions
from pawang.sandbox.seeded.series import MINUTE_MS
from pawang.sandbox.source import STEP_MS, Bar, Listing, Step

START_MS = 1_757_894_400_000  # 2025-09-15 00:00 UTC, a Monday
STEPS_A_YEAR = 365 * 86_400 * 10
FOLLOW = 0.15  # alts close this part of their distance to the factor per step: BTC leads
LEVEL = (0.45, 3.0)  # volatility's multiple is kept within
SLOW_KEEP = 0.9999  # a second: half in two hours
FAST_KEEP = 0.997  # half in four minutes
SLOW_SD = 0.30
FAST_SD = 0.25
MOVE_MAX = 0.0012  # of the factor in a step
POSITION_DAYS = 10  # the inventory is built from these, by quarter hours


class SeededMarket:
    """A `MarketSource`: the same seed, coins and start give the same market in every process.

    Raises ValueError for a coin without a nature. `start_ms` must be on the minute.
    """

    def __init__(
        self,
        seed: int,
        coins: Sequence[str] = ("BTC", "ETH", "SOL", "AVAX"),
        start_ms: int = START_MS,
    ) -> None:
        strangers = [coin for coin in coins if coin not in NATURES]
        if strangers or not coins or len(dict.fromkeys(coins)) != len(coins):
            raise ValueError(f"coins must be some of {', '.join(NATURES)}, each once")
        if start_ms % MINUTE_MS:
            raise ValueError("start_ms must be on the minute")
        self.listings: list[Listing] = [facts.LISTINGS[coin] for coin in coins]
        self.start_ms = start_ms
        self.end_ms: int | None = None
        self._now_ms = start_ms
        self._chance = Chance(np.random.default_rng([seed, 0]))
        shared = weather(np.random.default_rng([seed, 1]), start_ms)
        self._pits: dict[str, Pit] = {}
        for number, listing in enumerate(self.listings):
            # Keyed by the coin's own code, so that BTC's past is the same when LINK joins.
            generator = np.random.default_rng([seed, 2, listing.code])
            nature = NATURES[listing.coin]
            known = past(nature, listing, shared, generator, start_ms)
            chance = Chance(np.random.default_rng([seed, 3, listing.code]))
            held = _positions(known, listing, nature)
            self._pits[listing.inst_id] = Pit(nature, listing, known, held, chance, number)
        self._betas = [NATURES[coin].beta for coin in coins]
        sigma = 1.0 / 100.0 / STEPS_A_YEAR**0.5
        self._common_sigma = COMMON_VOLATILITY * sigma
        self._own_sigmas = [NATURES[coin].own_volatility * sigma for coin in coins]
        self._lead = next((at for at, coin in enumerate(coins) if coin == "BTC"), None)
        self._steps = 0
        self._slow = 0.5 * float(np.log(shared.level[-60:].mean()))
        self._fast = 0.0
        self._level = 1.0
        self._factor = 0.0
        self._followed = 0.0

    def step(self) -> list[Step]:
        self._now_ms += STEP_MS
        self._steps += 1
        chance = self._chance
        if self._steps % 10 == 1:
            self._change_weather()
        move = self._common_sigma * self._level * chance.tail()
        self._factor += min(MOVE_MAX, max(-MOVE_MAX, move))
        pits = list(self._pits.values())
        leader = None if self._lead is None else pits[self._lead]
        # What flow does to BTC, all coins feel.
        target = self._factor if leader is None else self._factor + leader.own
        self._followed += FOLLOW * (target - self._followed)
        side = 0 if leader is None else leader.whales.sign
        steps = []
        for pit, beta, sigma in zip(pits, self._betas, self._own_sigmas, strict=True):
            if pit is leader:
                steps.append(pit.step(self._now_ms, self._factor, self._level, 0))
            else:
                own = sigma * self._level * chance.tail()
                pit.own += min(MOVE_MAX, max(-MOVE_MAX, own))
                shared = beta * self._followed
                steps.append(pit.step(self._now_ms, shared, self._level, side))
        return steps

    def press(self, inst_id: str, buy: bool, lots: int, move_bps: float | None) -> None:
        """Implements `source.Pressable`."""
        self._pits[inst_id].press(buy, lots, move_bps)

    def now_ms(self) -> int:
        return self._now_ms

    def levels(self, inst_id: str) -> tuple[dict[int, int], dict[int, int]]:
        makers = self._pits[inst_id].makers
        return dict(makers.bids.sizes), dict(makers.asks.sizes)

    def candles(self, inst_id: str, bar_ms: int, end_ms: int, limit: int) -> list[Bar]:
        """Bars of a minute and more; 30 days before the start and all since."""
        return self._pits[inst_id].series.candles(bar_ms, end_ms, limit)

    def open_interest_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, int]]:
        """As it stood at the period's stamp; periods are whole 5 minutes."""
        return self._pits[inst_id].series.open_interest(period_ms, end_ms, limit)

    def funding_history(self, inst_id: str, end_ms: int, limit: int) -> list[tuple[int, float]]:
        return self._pits[inst_id].series.funding(end_ms, limit)

    def ratio_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, float]]:
        return self._pits[inst_id].series.ratios(period_ms, end_ms, limit)

    def taker_history(
        self, inst_id: str, period_ms: int, end_ms: int, limit: int
    ) -> list[tuple[int, int, int]]:
        """Closed minutes only."""
        return self._pits[inst_id].series.taker(period_ms, end_ms, limit)

    def _change_weather(self) -> None:
        chance = self._chance
        self._slow = SLOW_KEEP * self._slow + SLOW_SD * (1 - SLOW_KEEP**2) ** 0.5 * chance.normal()
        self._fast = FAST_KEEP * self._fast + FAST_SD * (1 - FAST_KEEP**2) ** 0.5 * chance.normal()
        # The mean square is 1: volatility is what the params say.
        level = exp(self._slow + self._fast - SLOW_SD**2 - FAST_SD**2)
        self._level = min(LEVEL[1], max(LEVEL[0], level))


def _positions(known: Past, listing: Listing, nature: Nature) -> Positions:
    """Who is still there at the start, from the last days' interest and prices."""
    tick = float(listing.tick_size)
    minutes = known.minutes[-POSITION_DAYS * 1440 :].reshape(-1, 15, 6)
    interest = known.interest[-POSITION_DAYS * 288 :, 1].reshape(-1, 3)[:, -1].astype(float)
    usd = interest * nature.open_interest_usd / interest[-1]
    growth = (usd[1:] - usd[:-1]).tolist()
    positions = Positions(float(minutes[-1, -1, 4]) * tick)
    highs = (minutes[1:, :, 2].max(axis=1) * tick).tolist()
    lows = (minutes[1:, :, 3].min(axis=1) * tick).tolist()
    closes = (minutes[1:, -1, 4] * tick).tolist()
    churn = 15.0 * CHURN_MINUTE
    rows = zip(lows, highs, closes, growth, usd[:-1].tolist(), strict=True)
    for low, high, close, grown, held in rows:
        positions.sweep(low, high, close)
        positions.close(churn + max(0.0, -grown / held))
        positions.open(close, (max(0.0, grown) + churn * held) * MARGIN_SHARE, 0.5)
    return positions
