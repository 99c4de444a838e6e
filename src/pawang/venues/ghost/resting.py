"""A limit order in the queue of its price.

The laws (row O1, lessons.md D, signals.md 7.5): a touch is not a fill. We fill when the tape
trades *through* our price, when somebody would have had to trade with us to stand where he now
stands, or when what was ahead of us has gone; all bounded by the volume that came.

What is ahead shrinks by prints. What disappears without one was cancelled, and nobody can see
whose it was, so there are three models:

    "trades"        none of it was ahead of us (risk-averse: the pessimist)
    "proportional"  it came evenly from the whole queue
    "front"         all of it was ahead of us (the optimist)

In each of them no more stands ahead than is displayed.
"""

from math import inf

from pawang.model.market import Aggressor, Trade
from pawang.model.refs import SECOND

NOBODY_KNOWS = inf
"""The queue ahead while the book is unknown: only a print through the price can reach us."""
LATE = SECOND
"""A print may be told so long after the book that shows what it took."""
QUEUES = ("trades", "proportional", "front")


class Resting:
    """`remaining`, `ahead` and all sizes are coin."""

    def __init__(
        self, side: Aggressor, price: float, size: float, ahead: float, queue: str = "trades"
    ) -> None:
        assert size > 0, "an empty order cannot rest"
        assert ahead >= 0, "nobody queues behind nobody"
        assert queue in QUEUES, f"no such queue: {queue}"
        self.side = side
        self.price = price
        self.remaining = size
        self.ahead = ahead
        self._queue = queue
        self._shown = ahead
        self._printed = 0.0  # at our price since the book was last seen
        self._vanished = 0.0  # without a print, of late; a print may still explain it
        self._forwarded = 0.0  # how far that brought us
        self._ts_vanished = 0

    def requeue(self, ahead: float) -> None:
        """To the back: so much is displayed, and we do not know what happened before."""
        self.ahead = self._shown = ahead
        self._printed = self._vanished = self._forwarded = 0.0

    def meets(self, trade: Trade, available: float) -> float:
        """Coin of ours that `available` of this print fills; 0 for most prints."""
        beyond = (self.price - trade.price) * self.side.sign
        if beyond > 0:
            # Whoever printed there had to pass us first, whichever side was the taker: an offer
            # below our bid would have met us before it met anybody else.
            self.ahead = 0.0
            return self.fill(available)
        if beyond < 0 or trade.side is self.side:
            return 0.0
        available -= self._explained(available, trade.ts_event)
        passed = min(self.ahead, available)
        self.ahead -= passed
        return self.fill(available - passed)

    def _explained(self, printed: float, now: int) -> float:
        """The book was quicker than the tape: how much of this print it has moved us by already."""
        told = min(printed, self._vanished) if now - self._ts_vanished <= LATE else 0.0
        self._printed += printed - told
        if told <= 0.0:
            return 0.0
        already = self._forwarded * told / self._vanished
        self._vanished -= told
        self._forwarded -= already
        return already

    def look(self, shown: float, now: int) -> None:
        """`shown` is displayed at our price now; what went without a print was cancelled."""
        if self.ahead == NOBODY_KNOWS:
            return
        expected = max(0.0, self._shown - self._printed)
        gone = expected - shown
        before = self.ahead
        if gone > 0.0:
            forward = {"trades": 0.0, "proportional": before * gone / expected, "front": gone}
            self.ahead = max(0.0, before - forward[self._queue])
        self.ahead = min(self.ahead, shown)
        if gone > 0.0:
            if now - self._ts_vanished > LATE:
                self._vanished = self._forwarded = 0.0
            self._vanished += gone
            self._forwarded += before - self.ahead
            self._ts_vanished = now
        self._shown, self._printed = shown, 0.0

    def fill(self, available: float) -> float:
        """Take what we can of it."""
        part = min(self.remaining, available)
        self.remaining -= part
        return part
