"""The makers: quotes that follow the fair price, and the book behind them.

The touch moves when the fair price has left it by more than a band, and comes back when takers
have eaten it. Behind it, one segment of a basis point at a time is tended: levels are added,
thinned or resized until their number is as usual there; near segments are visited often, far
ones about once a minute. Walls are nobody's business here: they are never moved or crossed.
"""

from pawang.sandbox.seeded.chance import Chance
from pawang.sandbox.seeded.ladder import Ladder
from pawang.sandbox.seeded.nature import Nature

SEGMENTS = 150  # tended per side, a basis point each
NEAR = 3  # segments with a level every few ticks
NEAR_LEVELS = 8  # a segment
FAR_LEVELS = 4
BAND_BP = 0.35  # the touch stays while the fair price is this near
REFILL = 0.7  # chance in a step that an eaten touch is quoted again
FRESH_MAX = 10  # levels quoted when the touch moves
TOUCH = 2.5  # size of the touch against a near level
ROUND = (50, 10, 5)  # ticks; far levels prefer round prices


class Makers:
    """Both ladders of one coin. `walls` are the ticks that no maker touches."""

    def __init__(self, nature: Nature, price_ticks: int, usd_lots: float, chance: Chance) -> None:
        self.chance = chance
        self.bids = Ladder(1)
        self.asks = Ladder(-1)
        self.walls: dict[int, int] = {}  # ticks -> sign of the side
        self.bid = price_ticks
        self.spread = 1
        self.bp = price_ticks * 1e-4  # ticks
        self._band = max(0.6, BAND_BP * self.bp)
        self._width = max(4, round(self.bp))  # ticks a segment
        segment_lots = nature.depth_bp_usd * usd_lots * self._width / self.bp
        self._near_levels = min(NEAR_LEVELS, self._width)
        self._far_levels = min(FAR_LEVELS, self._width)
        self._near_lots = segment_lots / self._near_levels
        self._far_lots = segment_lots / self._far_levels
        self._gap = 2.0 * self._width / self._near_levels
        self._round = next((step for step in ROUND if 8 * step <= self._width), 1)
        self._visits = 0
        self._lay()

    @property
    def mid(self) -> float:
        return 0.5 * (self.bids.best + self.asks.best)

    def lots(self, segment: int) -> int:
        """An ordinary level's size in that segment."""
        usual = self._near_lots if segment < NEAR else self._far_lots
        return max(1, int(usual * self.chance.noise()))

    def quote(self, fair: float) -> None:
        """Follow the fair price (in ticks) as far as the walls let the touch go."""
        moved = abs(fair - self.bid - 0.5 * self.spread) > self._band
        if moved:
            roll = self.chance.uniform()
            self.spread = 1 if roll < 0.93 or self.bp < 20 else 2 if roll < 0.98 else 3
            self._aim(round(fair - 0.5 * self.spread))
        bids, asks = self.bids, self.asks
        ask = self.bid + self.spread
        bids.cut(self.bid)
        asks.cut(-ask)
        if bids.keys[-1] < self.bid and (moved or self.chance.uniform() < REFILL):
            self._fill(bids, self.bid)
        if asks.keys[-1] < -ask and (moved or self.chance.uniform() < REFILL):
            self._fill(asks, -ask)

    def tend(self) -> None:
        """Visit one segment of one side, and let the touch's neighbours flicker."""
        chance = self.chance
        self._visits += 1
        ladder = self.bids if self._visits & 1 else self.asks
        roll = chance.uniform()
        # Half of the visits go to the nearest 12 segments.
        segment = int(24 * roll) if roll < 0.5 else int((2.0 * roll - 1.0) * SEGMENTS)
        self._tend_segment(ladder, segment)
        ticks = ladder.keys[-1 - int(chance.uniform() * 12)] * ladder.sign
        if ticks not in self.walls:
            self._resize(ladder, ticks, 0)
        if self._visits % 128 == 0:
            reach = (SEGMENTS + 2) * self._width
            self.bids.prune(self.bid - reach)
            self.asks.prune(-self.bid - reach)

    def guard(self, ticks: int, sign: int, lots: int) -> None:
        """A wall stands at `ticks` from now on; `lots` come on top of what rests there."""
        ladder = self.bids if sign > 0 else self.asks
        self.walls[ticks] = sign
        ladder.put(ticks, ladder.sizes.get(ticks, 0) + lots)

    def release(self, ticks: int, lots: int) -> None:
        """The wall goes; `lots` stay as an ordinary level, if it still stands at all."""
        sign = self.walls.pop(ticks)
        ladder = self.bids if sign > 0 else self.asks
        if ticks not in ladder.sizes:
            return
        if lots > 0:
            ladder.put(ticks, lots)
        else:
            ladder.drop(ticks)

    def _aim(self, bid: int) -> None:
        """The wished touch, but a wall in the way is the touch."""
        for ticks, sign in self.walls.items():
            bid = max(bid, ticks) if sign > 0 else min(bid, ticks - self.spread)
        self.bid = bid

    def _fill(self, ladder: Ladder, key: int) -> None:
        """Quote from `key` back to the best level, dense at the touch and sparser behind."""
        best, chance = ladder.keys[-1], self.chance
        keys: list[int] = []
        lots: list[int] = []
        while key > best and len(keys) < FRESH_MAX:
            size = self._near_lots * chance.noise() * (1.0 if keys else TOUCH)
            keys.append(key)
            lots.append(max(1, int(size)))
            key -= 1 + int(self._gap * chance.uniform() * min(1.0, 0.25 * len(keys)))
        ladder.stack(keys, lots)

    def _tend_segment(self, ladder: Ladder, segment: int) -> None:
        high = (self.bid if ladder.sign > 0 else -self.bid - self.spread) - segment * self._width
        first, last = ladder.between(high - self._width, high)
        number = last - first
        wanted = self._near_levels if segment < NEAR else self._far_levels
        if number < wanted:
            self._add(ladder, segment, high, min(3, wanted - number))
        elif number > wanted + 1:
            self._thin(ladder, ladder.keys[first:last], segment, min(3, number - wanted))
        elif number:
            ticks = ladder.keys[first + int(self.chance.uniform() * number)] * ladder.sign
            if ticks not in self.walls:
                self._resize(ladder, ticks, segment)

    def _add(self, ladder: Ladder, segment: int, high: int, number: int) -> None:
        for _ in range(number):
            key = high - 1 - int(self.chance.uniform() * self._width)
            if segment >= NEAR:
                key -= key % self._round
            if key * ladder.sign not in ladder.sizes and key < ladder.keys[-1]:
                ladder.put(key * ladder.sign, self.lots(segment))

    def _thin(self, ladder: Ladder, keys: list[int], segment: int, number: int) -> None:
        """Cancel some; the others grow, so that the segment keeps its weight."""
        stride = len(keys) / number
        gone = keys[int(stride * self.chance.uniform()) :: max(1, int(stride))][:number]
        for key in gone:
            if key * ladder.sign not in self.walls and key != ladder.keys[-1]:
                ladder.drop(key * ladder.sign)
        for key in keys:
            if key not in gone and key * ladder.sign not in self.walls:
                self._resize(ladder, key * ladder.sign, segment)

    def _resize(self, ladder: Ladder, ticks: int, segment: int) -> None:
        lots = self.lots(segment)
        if ticks * ladder.sign == ladder.keys[-1]:
            lots = int(lots * TOUCH)
        ladder.sizes[ticks] = ladder.changed[ticks] = lots

    def _lay(self) -> None:
        """The first book, whole."""
        for ladder, touch in ((self.bids, self.bid), (self.asks, -self.bid - self.spread)):
            ladder.put(touch * ladder.sign, int(self._near_lots * TOUCH) + 1)
            for segment in range(SEGMENTS):
                high = touch - segment * self._width
                for _ in range(4):
                    self._tend_segment_full(ladder, segment, high)

    def _tend_segment_full(self, ladder: Ladder, segment: int, high: int) -> None:
        first, last = ladder.between(high - self._width, high)
        wanted = self._near_levels if segment < NEAR else self._far_levels
        if last - first < wanted:
            self._add(ladder, segment, high, wanted - last + first)
