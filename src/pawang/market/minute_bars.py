"""One coin's last week in one-minute bars: from prints, and from the venue's candles.

What luck does with a plan (`null_table`) and what became of a plan that nobody made (`plays`) are
both read off these bars. A minute without prints is flat; one whose prints were missed is unknown
and never guessed: so is the first one after a start or a lost feed, for its beginning went unseen.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.model.market import Candle
from pawang.model.refs import MINUTE

MINUTES_MAX = 7 * 24 * 60 + 120
"""A week, and the two hours that a plan of its beginning may live."""
QUIET_MAX = 5
"""Minutes in a row without a print: beyond that the feed is deaf, the market is not calm."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Bar(NamedTuple):
    high: float
    low: float
    close: float


class Span(NamedTuple):
    """Consecutive minutes, oldest first; where `known` is False the figures mean nothing."""

    high: Floats
    low: Floats
    close: Floats
    known: NDArray[np.bool_]


class MinuteBars:
    """A ring by minute of the epoch. The open minute stands beside it until it is over."""

    __slots__ = (
        "_bars", "_high", "_known", "_last", "_lost", "_low", "_minute", "_newest", "_printed",
        "_whole",
    )  # fmt: skip

    def __init__(self) -> None:
        self._bars = np.zeros((3, MINUTES_MAX))
        self._known = np.zeros(MINUTES_MAX, dtype=np.bool_)
        self._newest = -1  # the newest minute that has its place in the ring
        self._minute = -1  # the open one
        self._printed = -1  # that of the last print
        self._whole = False  # the open minute was seen from its beginning
        self._lost = True  # prints were missed since the last one that was seen
        self._last = 0.0
        self._high, self._low = -np.inf, np.inf

    # Folding.

    def trade(self, ts: int, price: float) -> None:
        """A print; one of an earlier minute only widens that bar."""
        minute = ts // MINUTE
        if minute != self._minute:
            if minute < self._minute:
                self._widen(minute, price)
                return
            self._turn(minute)
        if price > self._high:
            self._high = price
        if price < self._low:
            self._low = price
        self._last = price
        self._printed = minute
        self._lost = False

    def trades(self, stamps: Ints, prices: Floats) -> None:
        """Any number of prints, in order of arrival; at least one."""
        self.trade(int(stamps[0]), float(prices[0]))
        minutes = stamps // MINUTE
        if minutes.min() == minutes.max() == self._minute:
            self._high = max(self._high, float(prices.max()))
            self._low = min(self._low, float(prices.min()))
            self._last = float(prices[-1])
            return
        for ts, price in zip(stamps[1:].tolist(), prices[1:].tolist(), strict=True):
            self.trade(ts, price)

    def candle(self, candle: Candle) -> None:
        """The venue's own closed bar of a minute: it knows better than we do."""
        assert candle.bar == MINUTE
        if candle.closed:
            self._put(candle.ts_event // MINUTE, candle.high, candle.low, candle.close)

    def lose(self) -> None:
        """Prints were missed: the open minute, and those until the next print, are unknown."""
        self._whole, self._lost = False, True

    def settle(self, ts: int) -> None:
        """Close what is over at `ts`, prints or not."""
        minute = ts // MINUTE
        if 0 <= self._minute < minute:
            self._turn(minute)

    def _turn(self, minute: int) -> None:
        """`minute` is open now: what was open before is a bar, and the silent ones are flat."""
        heard = self._printed >= 0 and not self._lost
        quiet_until = self._printed + QUIET_MAX if heard else -1
        printed = self._low <= self._high
        if self._whole and printed:
            self._put(self._minute, self._high, self._low, self._last)
        silent_from = self._minute if self._whole and not printed else self._minute + 1
        for silent in range(silent_from, min(minute, quiet_until + 1)):
            self._put(silent, self._last, self._last, self._last)
        self._whole = minute <= quiet_until + 1
        self._minute = minute
        self._high, self._low = -np.inf, np.inf

    def _widen(self, minute: int, price: float) -> None:
        place = minute % MINUTES_MAX
        if self._newest - MINUTES_MAX < minute <= self._newest and self._known[place]:
            bars = self._bars
            bars[0, place] = max(bars[0, place], price)
            bars[1, place] = min(bars[1, place], price)

    def _put(self, minute: int, high: float, low: float, close: float) -> None:
        if minute > self._newest:
            # Places between hold minutes of a week ago: they are unknown until they are put.
            passed = range(max(self._newest + 1, minute - MINUTES_MAX + 1), minute + 1)
            self._known[[one % MINUTES_MAX for one in passed]] = False
            self._newest = minute
        elif minute <= self._newest - MINUTES_MAX:
            return
        place = minute % MINUTES_MAX
        self._bars[:, place] = high, low, close
        self._known[place] = True

    # Reading.

    @property
    def last(self) -> float:
        """The newest price, 0 before the first print."""
        return self._last

    def bar(self, minute: int) -> Bar | None:
        """The bar of a minute of the epoch, None where it is unknown or not over."""
        if not self._newest - MINUTES_MAX < minute <= self._newest:
            return None
        place = minute % MINUTES_MAX
        if not self._known[place]:
            return None
        high, low, close = self._bars[:, place].tolist()
        return Bar(high=high, low=low, close=close)

    def span(self, minute_from: int, minute_to: int) -> Span:
        """The minutes `[minute_from, minute_to)`, as far as they are kept."""
        minutes = np.arange(max(minute_from, self._newest - MINUTES_MAX + 1), minute_to)
        places = minutes % MINUTES_MAX
        known = self._known[places] & (minutes <= self._newest)
        high, low, close = self._bars[:, places]
        return Span(high=high, low=low, close=close, known=known)
