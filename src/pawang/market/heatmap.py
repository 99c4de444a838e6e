"""The heatmap of one coin: its past from back-fill, its present minute by minute.

Back-fill may come before or after the first live minute, in any order. So the live steps of the
first hours are kept, and whenever the past changed the map is built anew from it and them. After
that the past is sealed. The result depends on the records alone, not on when it is looked at.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pawang.market.candles import Bars
from pawang.market.crossings import Crossings
from pawang.market.history import history_steps
from pawang.market.magnets import LiquidationMap, Reached, Step
from pawang.market.minute import MinuteTally
from pawang.market.open_interest import OpenInterestHistory
from pawang.market.params import MarketParams
from pawang.market.state import Floats, Ints
from pawang.model.field import Crossing
from pawang.model.instrument import PositionTier
from pawang.model.market import Liquidation, TiersListed
from pawang.model.refs import MINUTE, SECOND
from pawang.model.view import Magnet

STEPS_MAX = 240
"""Four hours of live steps; back-fill is over in minutes."""


class Heatmap:
    """Feeds a `LiquidationMap`; the bars and the open interest belong to the coin."""

    def __init__(
        self,
        coin: str,
        params: MarketParams,
        interest: OpenInterestHistory,
        fine: Bars,
        coarse: Bars,
    ) -> None:
        self._params = params
        self.validated = coin in params.magnets_validated
        self._crossings = Crossings(coin)
        self._tiers: tuple[PositionTier, ...] = ()
        self._tiers_ts = 0
        self._interest = interest
        self._fine = fine
        self._coarse = coarse
        self._tally = MinuteTally()
        self._steps: list[Step] = []
        self._map = LiquidationMap(params)
        self._stale = True  # the past changed since the map was built
        self._sealed = False
        self._coins: float | None = None  # open interest after the last live step

    # Folding.

    def trade(self, ts: int, price: float, signed_usd: float) -> None:
        self.opens(ts)
        self.trades(np.array([ts]), np.array([price]), np.array([signed_usd]))

    def trades(self, stamps: Ints, prices: Floats, signed_usd: Floats) -> None:
        """Prints of the minute that `opens` opened, in order of arrival."""
        self._tally.trades(stamps, prices, signed_usd)

    def opens(self, ts: int) -> int:
        """A print of `ts` is about to come: the minute it counts into."""
        if ts // MINUTE != self._tally.minute:
            self._turn(ts)
        assert self._tally.minute is not None
        return self._tally.minute

    def mark(self, ts: int, price: float) -> None:
        if ts // MINUTE != self._tally.minute:
            self._turn(ts)
        self._tally.mark(ts, price)

    def forced(self, record: Liquidation) -> None:
        self._tally.forced(record)
        self._crossings.printed(record)

    def tiers(self, record: TiersListed) -> None:
        """The newest listing counts: for all that is known while the past is open, later for
        what is opened from now on."""
        if record.ts_event < self._tiers_ts:
            return
        self._tiers_ts = record.ts_event
        if record.tiers == self._tiers:
            return
        self._tiers = record.tiers
        if self._sealed:
            self._map.retier(self._tiers)
        else:
            self._stale = True

    def past(self, ts: int) -> None:
        """A candle that ended at `ts`, or open interest of then, was folded."""
        if not self._sealed and (self._live_from is None or ts <= self._live_from):
            self._stale = True

    @property
    def _live_from(self) -> int | None:
        """Start of the first live minute."""
        if self._steps:
            return self._steps[0].ts - self._steps[0].span
        minute = self._tally.minute
        return None if minute is None else minute * MINUTE

    def _turn(self, ts: int) -> None:
        step = self._tally.turn(ts, self._interest.newest)
        if step is None:
            return
        if self._sealed:
            self._judge(ts, step)
            return
        self._steps.append(step)
        self._sealed = len(self._steps) >= STEPS_MAX
        if not self._stale:
            self._apply(step)
        elif self._sealed:
            self._build(step.ts)
        if self._sealed:
            self._steps = []

    def _apply(self, step: Step) -> list[Reached]:
        """A live step, from where open interest stood before it."""
        reached = self._map.apply(replace(step, coins_before=self._coins))
        self._coins = step.coins
        return reached

    def _judge(self, ts: int, step: Step) -> None:
        """A step of the sealed map counts for what the map foretold. Not one before: until then
        the past may still change, and the map with it."""
        reached = self._apply(step)
        if reached and self.problem(step.ts) is None:
            self._crossings.wait(reached)
        self._crossings.settle(ts)

    def _build(self, ts: int) -> None:
        """The map anew, from the past and the live steps so far."""
        self._map = LiquidationMap(self._params, self._tiers)
        live_from = self._live_from
        until = ts if live_from is None else live_from
        for step in history_steps(self._interest, self._fine, self._coarse, until):
            self._map.apply(step)
        point = self._interest.at(until)
        self._coins = None if point is None else point[1]
        for step in self._steps:
            self._apply(step)
        self._stale = live_from is None

    # Reading.

    def problem(self, ts: int) -> str | None:
        """Why there are no magnets yet, None when the map is warm."""
        enough = self._params.magnet_warm_h
        covered = self._interest.covered_h(enough)
        if covered < enough:
            return f"open interest history {int(covered)} of {enough:g} h"
        assert self._interest.newest is not None
        age = ts - self._interest.newest.ts_event
        if age > self._params.magnet_stale_s * SECOND:
            return f"open interest is {age // MINUTE} min old"
        return None

    def magnets(self, ts: int, mid: float, funding_z: float | None) -> tuple[Magnet, ...]:
        """The magnets around `mid`, strongest first."""
        if self._stale:
            self._build(ts)
        return self._map.magnets(ts, mid, funding_z)

    def crossings(self) -> Iterator[Crossing]:
        """What the map foretold for bins that the mark has reached since it was asked last."""
        return self._crossings.take()
