"""The hidden truth behind liquidations: who was opened where, with what leverage.

USD by liquidation price on bins of 5 bp of log price, longs below and shorts above their entry.
Growth of open interest opens positions at the price of the moment; time and falling interest
close them everywhere; a bin that the mark crosses is emptied, and what was in it must be sold or
bought at the market. The mix of leverage differs from signals.md 6.3 on purpose: a map that
guesses must not be right by construction.
"""

from math import exp, floor, log

import numpy as np
from numpy.typing import NDArray

BIN = 5e-4
REACH = 600  # bins to either side of the reference: +-30 %
MAINTENANCE = 0.004
FEE = 0.0005
LEVERAGES = (3, 5, 8, 10, 15, 20, 25, 40, 50, 75, 100)
SHARES = (0.08, 0.12, 0.10, 0.20, 0.08, 0.15, 0.10, 0.05, 0.07, 0.02, 0.03)
SMEAR = (0.25, 0.5, 0.25)  # entries of one moment are not of one price


class Positions:
    """Masses in USD; `reference` is the price of bin 0."""

    def __init__(self, reference: float) -> None:
        self._log_reference = log(reference)
        self.longs: NDArray[np.float64] = np.zeros(2 * REACH + 1)
        self.shorts: NDArray[np.float64] = np.zeros(2 * REACH + 1)
        self._at = REACH
        lever, kept = np.array(LEVERAGES), 1.0 - MAINTENANCE - FEE
        # Distances of the liquidation price in log, signals.md 6.2.
        loss = np.log((1.0 - 1.0 / lever) / kept)
        gain = np.log((1.0 + 1.0 / lever) / (2.0 - kept))
        self._below = np.floor(loss / BIN).astype(np.int64)
        self._above = np.ceil(gain / BIN).astype(np.int64)
        self._shares = np.array(SHARES)

    def price(self, place: int) -> float:
        """The middle of a bin."""
        return exp(self._log_reference + (place - REACH + 0.5) * BIN)

    def open(self, price: float, usd: float, long_share: float) -> None:
        """Every contract has a long and a short; `long_share` says whose leverage is higher."""
        place = self._place(price)
        for offset, weight in zip((-1, 0, 1), SMEAR, strict=True):
            mass = usd * weight * self._shares
            for side, shifts, share in (
                (self.longs, self._below, long_share),
                (self.shorts, self._above, 1.0 - long_share),
            ):
                places = place + offset + shifts
                inside = (places >= 0) & (places < len(side))
                np.add.at(side, places[inside], 2.0 * share * mass[inside])

    def close(self, part: float) -> None:
        """That part of everything was closed by its owners."""
        self.longs *= 1.0 - part
        self.shorts *= 1.0 - part

    def cross(self, price: float) -> list[tuple[bool, int, float]]:
        """The mark is at `price` now: (long, bin, USD) of what it killed on the way, in order."""
        place = self._place(price)
        dead: list[tuple[bool, int, float]] = []
        for at in range(self._at, place - 1, -1):
            usd = float(self.longs[at])
            if usd > 0.0:
                dead.append((True, at, usd))
                self.longs[at] = 0.0
        for at in range(self._at, place + 1):
            usd = float(self.shorts[at])
            if usd > 0.0:
                dead.append((False, at, usd))
                self.shorts[at] = 0.0
        self._at = place
        return dead

    def sweep(self, low: float, high: float, close: float) -> None:
        """A bar of the past went there and back: what it crossed is gone."""
        self.longs[self._place(low) :] = 0.0
        self.shorts[: self._place(high) + 1] = 0.0
        self._at = self._place(close)

    def _place(self, price: float) -> int:
        place = REACH + floor((log(price) - self._log_reference) / BIN)
        return min(2 * REACH, max(0, place))
