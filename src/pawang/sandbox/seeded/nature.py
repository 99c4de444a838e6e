"""How each coin behaves in the seeded market: one record a coin, every number a knob.

The proportions follow signals.md 1.4 (daily volumes, equal-impact thresholds) and its measured
books; the absolute figures are ours, chosen so that a wall stands out of its band and a sweep
walks a few basis points. No figure was fitted to OKX data.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Nature:
    """USD figures; volatilities in percent a year."""

    price: float  # the start is drawn within about +-10 % of it
    beta: float  # on the common factor, which moves like BTC
    own_volatility: float  # beside the common factor and beside what flow does to the price
    volume_day_usd: float  # takers, without whales
    orders_per_s: float  # taker orders in a calm minute
    whale_usd: float  # the least sweep: theta of signals.md 1.4 or a little more
    depth_bp_usd: float  # resting per basis point and side, a few bp from the touch
    wall_usd: float  # the least standing wall
    open_interest_usd: float

    @property
    def volume_all_day_usd(self) -> float:
        """With the whales: about 1,560 sweeps a day, 1.45 times the least one on average."""
        return self.volume_day_usd + 1_560 * 1.45 * self.whale_usd


NATURES: dict[str, Nature] = {
    "BTC": Nature(100_000.0, 1.0, 0.0, 5.5e9, 6.0, 1.1e6, 260e3, 1.5e6, 3.0e9),
    "ETH": Nature(3_700.0, 1.1, 38.0, 3.0e9, 4.0, 450e3, 150e3, 800e3, 1.8e9),
    "SOL": Nature(200.0, 1.3, 58.0, 1.1e9, 2.5, 140e3, 52e3, 420e3, 0.8e9),
    "AVAX": Nature(32.0, 1.25, 66.0, 0.2e9, 1.0, 115e3, 24e3, 330e3, 0.12e9),
    "XRP": Nature(2.4, 1.1, 60.0, 0.7e9, 2.0, 130e3, 40e3, 400e3, 0.4e9),
    "DOGE": Nature(0.24, 1.3, 66.0, 0.6e9, 2.0, 125e3, 36e3, 380e3, 0.35e9),
    "LTC": Nature(105.0, 1.0, 55.0, 0.25e9, 1.0, 115e3, 26e3, 330e3, 0.15e9),
    "LINK": Nature(19.0, 1.2, 62.0, 0.25e9, 1.0, 115e3, 26e3, 330e3, 0.15e9),
}

COMMON_VOLATILITY = 62.0  # percent a year; flow adds to it and walls take from it, about 50 is left
HISTORY_VOLATILITY = 50.0  # the same, all in one: history has no flow
"""History moves like the live market as a whole."""
