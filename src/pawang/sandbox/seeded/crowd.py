"""The crowd: ordinary taker orders, heavy-tailed in size, persistent in sign.

Each order is a child of one of half a dozen hidden parents of power-law length; that alone gives
order signs their long memory (Lillo & Farmer 2004). A part of the orders runs after the fair
price, so flow explains moves without foretelling them (signals.md 0.1).
"""

from dataclasses import dataclass
from math import exp

from pawang.sandbox.seeded.chance import Chance
from pawang.sandbox.seeded.nature import Nature

PARENTS = 6
LENGTH_TAIL = 1.5  # signs then decay like lag^-0.5
LENGTH_MAX = 400
CHASERS = 0.22
EPISODE_LEAN = 0.3  # whales have company
SIZE_SPREAD = 1.6  # of the log
SIZE_MAX = 0.5  # of a whale; what is bigger comes from whales
DAY_S = 86_400.0


@dataclass(slots=True)
class Parent:
    sign: int
    left: int


class Crowd:
    """`instants` gives the instants in a step; `order` the side and size."""

    def __init__(self, nature: Nature, usd_lots: float, chance: Chance) -> None:
        self._chance = chance
        self._per_step = nature.orders_per_s / 10.0
        mean_usd = nature.volume_day_usd / DAY_S / nature.orders_per_s
        self._median_lots = mean_usd * exp(-(SIZE_SPREAD**2) / 2.0) * usd_lots
        self._lots_max = max(1.0, SIZE_MAX * nature.whale_usd * usd_lots)
        self._parents = [Parent(chance.sign(), self._length()) for _ in range(PARENTS)]
        self._until = chance.exponential()

    def instants(self, activity: float) -> list[float]:
        """When orders come in this step, as fractions of it, rising; a Poisson process."""
        rate = self._per_step * activity
        self._until -= rate
        made: list[float] = []
        while self._until < 0.0:
            made.append(1.0 + self._until / rate)
            self._until += self._chance.exponential()
        return made

    def order(self, chase: float, lean: int) -> tuple[bool, int]:
        """(buy, lots); `chase` is how far the fair price is above the mid, any unit."""
        chance = self._chance
        parent = self._parents[int(chance.uniform() * PARENTS)]
        sign = parent.sign
        parent.left -= 1
        if parent.left <= 0:
            parent.sign = chance.sign(EPISODE_LEAN * lean)
            parent.left = self._length()
        if chance.uniform() < CHASERS:
            sign = 1 if chase > 0.0 else -1
        lots = self._median_lots * exp(SIZE_SPREAD * chance.normal())
        return sign > 0, max(1, int(min(lots, self._lots_max)))

    def _length(self) -> int:
        tail = (1.0 - self._chance.uniform()) ** (-1.0 / LENGTH_TAIL)
        return min(LENGTH_MAX, int(3.0 * tail))
