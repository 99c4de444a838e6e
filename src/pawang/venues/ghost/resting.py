"""A limit order in the queue of its price.

The laws (row O1, lessons.md D, signals.md 7.5): a touch is not a fill. We fill when the tape
trades *through* our price, or when everything that was displayed ahead of us at placement has
traded away; both bounded by the volume that printed. Cancels ahead of us are not counted: nobody
can see whose they were, so the queue shrinks by trades alone (risk-averse).
"""

from math import inf

from pawang.model.market import Aggressor, Trade

NOBODY_KNOWS = inf
"""The queue ahead while the book is unknown: only a print through the price can reach us."""


class Resting:
    """`remaining` and `ahead` are coin."""

    def __init__(self, side: Aggressor, price: float, size: float, ahead: float) -> None:
        assert size > 0, "an empty order cannot rest"
        assert ahead >= 0, "nobody queues behind nobody"
        self.side = side
        self.price = price
        self.remaining = size
        self.ahead = ahead

    def meets(self, trade: Trade, available: float) -> float:
        """Coin of ours that `available` of this print fills; 0 for most prints."""
        beyond = (self.price - trade.price) * self.side.sign
        if beyond > 0:
            # Whoever printed there had to pass us first, whichever side was the taker: an offer
            # below our bid would have met us before it met anybody else.
            self.ahead = 0.0
            return self._fill(available)
        if beyond < 0 or trade.side is self.side:
            return 0.0
        passed = min(self.ahead, available)
        self.ahead -= passed
        return self._fill(available - passed)

    def _fill(self, available: float) -> float:
        part = min(self.remaining, available)
        self.remaining -= part
        return part
