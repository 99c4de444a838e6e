"""What ties the swap to its index: premium, mark price and the funding rate that follows."""

from pawang.sandbox.seeded.chance import Chance

INTEREST = 1e-4  # per 8 h
DEADBAND = 5e-5  # premium this near to the interest pays the interest
RATE_MAX = 0.00375
EPISODE_PREMIUM = 2.5e-4  # whales pay up
PULL_S = 1.0 / 300.0  # the premium forgets in five minutes
MEAN_S = 1.0 / 7200.0  # funding looks back about two hours: simpler than OKX's 8 h of minutes
BASIS_S = 1.0 / 30.0  # the mark smooths the basis over half a minute
NOISE = 1.2e-5


class Basis:
    """Updated once a second."""

    def __init__(self, rate: float, chance: Chance) -> None:
        self._chance = chance
        self.premium = rate - DEADBAND if rate > INTEREST else rate
        self._resting = self.premium
        self._mean = self.premium
        self._basis = self.premium

    @property
    def rate(self) -> float:
        """The forecast for the next settlement, a fraction."""
        gap = INTEREST - self._mean
        rate = self._mean + min(DEADBAND, max(-DEADBAND, gap))
        return round(min(RATE_MAX, max(-RATE_MAX, rate)), 10)

    def tick(self, lean: int) -> None:
        """A second passes under whales of side `lean`."""
        target = self._resting + EPISODE_PREMIUM * lean
        self.premium += PULL_S * (target - self.premium) + NOISE * self._chance.normal()
        self._mean += MEAN_S * (self.premium - self._mean)
        self._resting += MEAN_S * (5e-5 - self._resting) + 2e-7 * self._chance.normal()

    def marks(self, mid: float) -> tuple[float, float]:
        """(index, mark) of a mid, all in ticks; called once a second too."""
        index = mid * (1.0 - self.premium)
        self._basis += BASIS_S * (self.premium - self._basis)
        return index, index * (1.0 + self._basis)
