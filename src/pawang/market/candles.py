"""Closed bars of one coin and length, from back-fill and live alike, and what is read off them.

ATR is Wilder's over the newest unbroken run of bars. Only the last 500 matter: older ones would
move it by less than 1e-15 of itself, so a restart and a long life give the same number.
"""

from bisect import bisect_left, bisect_right, insort
from itertools import pairwise
from math import log, sqrt

from pawang.model.market import Candle
from pawang.model.refs import HOUR, SECOND
from pawang.model.view import Reading

RUN_MAX = 500


class Bars:
    """At most `limit` closed bars by open time."""

    def __init__(self, length: int, limit: int) -> None:
        self.length = length
        self._limit = limit
        self._bars: dict[int, Candle] = {}
        self._opens: list[int] = []
        self.version = 0

    def add(self, candle: Candle) -> None:
        """Take a bar; an open one is not kept, a closed one replaces its older self."""
        assert candle.bar == self.length
        if not candle.closed:
            return
        if candle.ts_event not in self._bars:
            insort(self._opens, candle.ts_event)
        self._bars[candle.ts_event] = candle
        if len(self._opens) > self._limit:
            del self._bars[self._opens.pop(0)]
        self.version += 1

    def __len__(self) -> int:
        return len(self._opens)

    def between(self, ts_from: int, ts_to: int) -> list[Candle]:
        """Bars that open at or after `ts_from` and close by `ts_to`, oldest first."""
        first = bisect_left(self._opens, ts_from)
        last = bisect_right(self._opens, ts_to - self.length)
        return [self._bars[opened] for opened in self._opens[first:last]]

    def closed_before(self, ts: int) -> Candle | None:
        """The newest bar that was closed at `ts`."""
        place = bisect_right(self._opens, ts - self.length)
        return self._bars[self._opens[place - 1]] if place else None

    def run(self) -> list[Candle]:
        """The newest bars without a hole between them, oldest first."""
        newest = self._opens[-RUN_MAX:]
        start = len(newest)
        while start > 1 and newest[start - 1] - newest[start - 2] == self.length:
            start -= 1
        return [self._bars[opened] for opened in newest[max(0, start - 1) :]]

    def atr_pct(self, ts: int, bars: int) -> Reading | None:
        """Wilder's ATR in percent of the last close; its age counts from that bar's end."""
        run = self.run()
        atr = wilder_atr([(bar.high, bar.low, bar.close) for bar in run], bars)
        if atr is None:
            return None
        age_s = max(0.0, (ts - run[-1].ts_event - self.length) / SECOND)
        return Reading(value=atr / run[-1].close * 100.0, age_s=age_s)


def wilder_atr(bars: list[tuple[float, float, float]], length: int) -> float | None:
    """Wilder's average true range of (high, low, close) bars; None until `length` + 1 of them.

    The first value is the mean of the first `length` true ranges, each of which needs the close
    before it.

    >>> wilder_atr([(11, 9, 10), (13, 10, 12), (12, 11, 11.5), (14.5, 11.5, 14)], 2)
    2.5
    """
    if len(bars) <= length:
        return None
    ranges = [
        max(high - low, abs(high - close), abs(low - close))
        for (_, _, close), (high, low, _) in pairwise(bars)
    ]
    atr = sum(ranges[:length]) / length
    for true_range in ranges[length:]:
        atr += (true_range - atr) / length
    return atr


def daily_volume_usd(bars: list[Candle]) -> float:
    """Mean USD volume of 24 hours over hourly bars."""
    return sum(bar.volume_usd for bar in bars) / len(bars) * 24.0


def daily_volatility(bars: list[Candle]) -> float:
    """Realised volatility of a day, as a fraction, from the log returns of hourly bars."""
    squares = [
        log(later.close / bar.close) ** 2
        for bar, later in pairwise(bars)
        if later.ts_event - bar.ts_event == HOUR
    ]
    return sqrt(sum(squares) / len(squares) * 24.0)


def hourly_returns(bars: list[Candle]) -> dict[int, float]:
    """Log return by open time, where the hour before is known."""
    return {
        later.ts_event: log(later.close / bar.close)
        for bar, later in pairwise(bars)
        if later.ts_event - bar.ts_event == HOUR
    }
