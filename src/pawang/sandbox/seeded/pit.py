"""One coin's trading pit: a step from the fair price to prints and levels.

In a step the crowd takes, then a whale if one comes, then walls in the way are pressed, then the
dead are closed out; after that the makers follow the fair price and tend their book. Every taker
moves the fair price a little for good and a little more for seconds.
"""

from dataclasses import dataclass
from math import exp, log

from pawang.sandbox.seeded.basis import Basis
from pawang.sandbox.seeded.chance import Chance
from pawang.sandbox.seeded.crowd import Crowd
from pawang.sandbox.seeded.makers import Makers
from pawang.sandbox.seeded.nature import Nature
from pawang.sandbox.seeded.past import BURST_CHANCE, BURST_GROWTH, Past
from pawang.sandbox.seeded.positions import Positions
from pawang.sandbox.seeded.series import MINUTE_MS, SETTLEMENT_MS, Series
from pawang.sandbox.seeded.walls import Walls
from pawang.sandbox.seeded.whales import Sweep, Whales
from pawang.sandbox.source import STEP_MS, Forced, Listing, Print, Step

LASTING = 0.35  # share of a walk through the book that stays in the price
PASSING = 0.5  # share that goes again
PASSING_KEEP = 0.9931  # a step; half of it is gone in 10 s
WALK_MAX_BPS = 12.0  # no taker goes further in one order
PRESSED_MAX_BPS = 150.0  # an order from outside may empty all that is shown but LEVELS_MIN
PRESS_CHANCE = 0.2  # of a step in which takers work at a wall in their way
PRESS = 0.03  # of the wall, per basis point that the fair price is beyond it
PRESS_MAX = 0.3
WALL_PULL = 0.06  # of the distance beyond a wall is given back per step
FORCED_SHARE = 0.12  # of a least sweep per step: liquidations are worked off in pieces
BACKLOG_MAX = 64
MARGIN_SHARE = 0.22  # of open interest that can be liquidated: the rest is hedged or margined
CHURN_MINUTE = 0.0004  # positions replaced by new ones at the present price

# Offsets in a step's 100 ms, apart enough that a sweep is seen as one order (signals.md 1.2).
CROWD_MS = 79
PRESS_AT_MS = 81
SWEEP_AT_MS = 87
SWEEP_MS = 4
FORCED_AT_MS = 97


@dataclass(slots=True)
class Dead:
    """A liquidated lot of positions on its way to the market."""

    long: bool
    ticks: int
    lots: int


class Pit:
    """`number` phases the slow chores, so that coins do not do theirs in the same step."""

    def __init__(
        self,
        nature: Nature,
        listing: Listing,
        known: Past,
        positions: Positions,
        chance: Chance,
        number: int,
    ) -> None:
        close = int(known.minutes[-1, 4])
        self.listing = listing
        self.series = Series(known)
        self.own = 0.0  # log of what flow and own noise did to the price
        self._nature = nature
        self._chance = chance
        self._tick = float(listing.tick_size)
        self._lot_usd = close * self._tick * listing.coins(1)
        self.makers = Makers(nature, close, 1.0 / self._lot_usd, chance)
        self.crowd = Crowd(nature, 1.0 / self._lot_usd, chance)
        self.whales = Whales(chance)
        self.walls = Walls(nature, self.makers, 1.0 / self._lot_usd, chance)
        self.positions = positions
        self.basis = Basis(known.funding[-1][1], chance)
        self.interest = int(known.interest[-1, 1])
        self._log_close = log(close + 0.5)
        self._passing = 0.0
        self._stir = 0.0  # excitement after big trades
        self._backlog: list[Dead] = []
        self._ratio = self.series.last_ratio
        self._burst = 0  # minutes left in which open interest jumps
        self._burst_growth = 0.0
        self._steps = 0
        self._number = number
        self._prints: list[Print] = []
        self._forced: list[Forced] = []
        self._pressed: list[tuple[bool, int, float]] = []

    def press(self, buy: bool, lots: int, move_bps: float | None) -> None:
        """An order from outside, for the next step; it may walk as far as the book goes."""
        self._pressed.append((buy, lots, move_bps or PRESSED_MAX_BPS))

    def step(self, now_ms: int, shared: float, level: float, lead: int) -> Step:
        """`shared`: log of the common factor's part; `level`: volatility's multiple; `lead`: the
        side of BTC's whale episode."""
        self._steps += 1
        begin_ms = now_ms - STEP_MS
        bids, asks = self.makers.bids, self.makers.asks
        bids.changed, asks.changed = {}, {}
        self._prints, self._forced = [], []
        self._passing *= PASSING_KEEP
        fair = exp(self._log_close + shared + self.own + self._passing)
        before = self.own + self._passing

        if self._pressed:
            self._give_way(begin_ms)
        self._crowd(begin_ms, fair, level)
        sweep = self.whales.come(self._steps, lead)
        if sweep is not None:
            self._sweep(sweep, begin_ms)
        if self.walls.walls:
            self._press(fair, begin_ms)
        if self._backlog:
            self._force(begin_ms)

        fair *= 1.0 + self.own + self._passing - before
        self.makers.quote(fair)
        self.makers.tend()
        if (self._steps + self._number) % 3 == 0:
            self.walls.tend(self._steps, 3, self.whales.sign)

        step = Step(
            self.listing.inst_id, now_ms, self._prints, bids.changed, asks.changed, self._forced
        )
        if self._prints:
            self.series.print_all(self._prints)
        self._report(step, now_ms)
        return step

    # Takers.

    def _crowd(self, begin_ms: int, fair: float, level: float) -> None:
        for instant in self.crowd.instants(min(6.0, level * (1.0 + self._stir))):
            chase = fair - self.makers.bid - 0.5
            buy, lots = self.crowd.order(chase, self.whales.sign)
            self._take(buy, lots, begin_ms + int(CROWD_MS * instant), 0)

    def _sweep(self, sweep: Sweep, begin_ms: int) -> None:
        lots = int(sweep.times * self._nature.whale_usd / self._lot_usd) + 1
        self._stir += 0.5
        self._take(sweep.buy, lots, begin_ms + SWEEP_AT_MS, SWEEP_MS)

    def _press(self, fair: float, begin_ms: int) -> None:
        """The fair price is beyond a wall: takers work at it, and the price comes back a bit."""
        bp = self.makers.bp
        for sign in (1, -1):
            wall = self.walls.nearest(sign)
            if wall is None:
                continue
            beyond_bps = (wall.ticks - fair) * sign / bp
            if beyond_bps < 0.2:
                continue
            self.own += sign * WALL_PULL * beyond_bps * 1e-4
            if self._chance.uniform() < PRESS_CHANCE:
                share = min(PRESS_MAX, PRESS * beyond_bps) * 2.0 * self._chance.uniform()
                lots = max(1, int(wall.whole * share))
                self._take(sign < 0, lots, begin_ms + PRESS_AT_MS, 0, wall.ticks)

    def _give_way(self, begin_ms: int) -> None:
        """Whatever stands in the way of an order from outside is taken, and the price follows."""
        bp = self.makers.bp
        for buy, lots, bps in self._pressed:
            ladder = self.makers.asks if buy else self.makers.bids
            reach = int(bps * bp)
            self._take(buy, lots, begin_ms, 0, ladder.best + (reach if buy else -reach))
        self._pressed.clear()

    def _force(self, begin_ms: int) -> None:
        """Close out the oldest dead, a piece a step."""
        dead = self._backlog[0]
        piece = FORCED_SHARE * self._nature.whale_usd / self._lot_usd
        lots = min(dead.lots, max(1, int(piece * (0.5 + self._chance.uniform()))))
        ts_ms = begin_ms + FORCED_AT_MS
        self._take(not dead.long, lots, ts_ms, 1)
        self._forced.append(Forced(ts_ms, dead.ticks, lots, dead.long))
        self.interest = max(1, self.interest - lots)
        self._stir += 0.1
        dead.lots -= lots
        if dead.lots <= 0:
            self._backlog.pop(0)

    def _take(
        self, buy: bool, lots: int, ts_ms: int, spread_ms: int, limit: int | None = None
    ) -> None:
        """Execute against what rests; prints of one order fall within `spread_ms`."""
        ladder = self.makers.asks if buy else self.makers.bids
        touch = ladder.best
        if limit is None:
            reach = int(WALK_MAX_BPS * self.makers.bp)
            limit = touch + reach if buy else touch - reach
        fills = ladder.take(lots, limit)
        number = len(fills)
        for place, (ticks, part) in enumerate(fills):
            self._prints.append(Print(ts_ms + place * spread_ms // number, ticks, part, buy))
        if number > 1:
            walked = (fills[-1][0] - touch) / touch
            self.own += LASTING * walked
            self._passing += PASSING * walked

    # Slow chores.

    def _report(self, step: Step, now_ms: int) -> None:
        first = self._steps == 1
        if (self._steps + self._number) % 10 == 0 or first:
            self._second(step)
        if (self._steps + self._number) % 30 == 0 or first:
            self.interest = max(1, int(self.interest * (1.0 + 5e-5 * self._chance.normal())))
            step.open_interest_lots = self.interest
        if now_ms % MINUTE_MS == 0 or first:
            step.funding_rate = self.basis.rate
        if now_ms % MINUTE_MS == 0:
            self._minute(now_ms)

    def _second(self, step: Step) -> None:
        """Mark, index, liquidations; excitement fades."""
        self.basis.tick(self.whales.sign)
        index, mark = self.basis.marks(self.makers.mid)
        step.mark_ticks = round(mark)
        step.index = round(index * self._tick, self.listing.price_decimals + 1)
        self._stir *= 0.97
        for long, place, usd in self.positions.cross(mark * self._tick):
            lots = int(usd / self._lot_usd)
            if lots and len(self._backlog) < BACKLOG_MAX:
                ticks = round(self.positions.price(place) / self._tick)
                self._backlog.append(Dead(long, ticks, lots))

    def _minute(self, now_ms: int) -> None:
        self.series.end_minute(now_ms)
        chance = self._chance
        growth = 0.0001 * chance.normal() - (0.0005 if self._backlog else 0.00004)
        if self._burst == 0 and chance.uniform() < BURST_CHANCE / 5.0:
            self._burst, self._burst_growth = 5, chance.between(*BURST_GROWTH) / 5.0
        if self._burst:
            self._burst -= 1
            growth += self._burst_growth
        usd = self.interest * self._lot_usd
        # Interest keeps near its usual level, as in the past.
        growth -= 0.0006 * log(usd / self._nature.open_interest_usd)
        self.interest = max(1, int(self.interest * (1.0 + growth)))
        opened = (max(0.0, growth) + CHURN_MINUTE) * usd * MARGIN_SHARE
        self.positions.close(CHURN_MINUTE + max(0.0, -growth))
        share = min(0.75, max(0.25, 0.5 + 0.15 * self.whales.sign))
        self.positions.open(self.makers.mid * self._tick, opened, share)
        if now_ms % (5 * MINUTE_MS) == 0:
            self._ratio += 0.02 * (1.5 - 0.2 * self.whales.sign - self._ratio)
            self._ratio = max(0.3, self._ratio * exp(0.008 * chance.normal()))
            self.series.end_five(now_ms, self.interest, self._ratio)
        if now_ms % SETTLEMENT_MS == 0:
            self.series.settle(now_ms, self.basis.rate)
