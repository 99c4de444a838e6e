"""One coin's past and the present as it becomes the past: what a client may ask for."""

import numpy as np

from pawang.sandbox import bars
from pawang.sandbox.seeded.past import FIVE_MS, SETTLEMENT_MS, Past
from pawang.sandbox.source import Bar, Print

_GROWTH = 1440  # rows added at a time

MINUTE_MS = bars.MINUTE_MS


class Series:
    """Minutes and five-minutes in growing arrays; the open minute apart."""

    def __init__(self, past: Past) -> None:
        self._minutes = past.minutes
        self._bought = past.bought
        self._count = len(past.minutes)
        self._fives: list[tuple[int, int]] = [(row[0], row[1]) for row in past.interest.tolist()]
        self._ratios: list[float] = [round(ratio, 4) for ratio in past.ratio.tolist()]
        self._funding = list(past.funding)
        self._first_ms = int(past.minutes[0, 0])
        close = int(past.minutes[-1, 4])
        start_ms = int(past.minutes[-1, 0]) + MINUTE_MS
        self._open_bar = [start_ms, close, close, close, close, 0]
        self._open_bought = 0

    @property
    def last_ratio(self) -> float:
        return self._ratios[-1]

    def print_all(self, prints: list[Print]) -> None:
        """The step's prints go into the open minute."""
        bar = self._open_bar
        for trade in prints:
            ticks = trade.ticks
            if bar[5] == 0:
                bar[1] = bar[2] = bar[3] = ticks
            elif ticks > bar[2]:
                bar[2] = ticks
            elif ticks < bar[3]:
                bar[3] = ticks
            bar[4] = ticks
            bar[5] += trade.lots
            if trade.buy:
                self._open_bought += trade.lots

    def end_minute(self, now_ms: int) -> None:
        """Close the open minute; a minute without a print is flat."""
        if self._count == len(self._minutes):
            self._minutes = np.concatenate((self._minutes, np.zeros((_GROWTH, 6), np.int64)))
            self._bought = np.concatenate((self._bought, np.zeros(_GROWTH, np.int64)))
        self._minutes[self._count] = self._open_bar
        self._bought[self._count] = self._open_bought
        self._count += 1
        close = self._open_bar[4]
        self._open_bar = [now_ms, close, close, close, close, 0]
        self._open_bought = 0

    def end_five(self, now_ms: int, interest_lots: int, ratio: float) -> None:
        self._fives.append((now_ms, interest_lots))
        self._ratios.append(round(ratio, 4))

    def settle(self, now_ms: int, rate: float) -> None:
        self._funding.append((now_ms, rate))

    def candles(self, bar_ms: int, end_ms: int, limit: int) -> list[Bar]:
        """Newest first; the newest may be open. A first bar that began before the past is left
        out."""
        rows = self._minutes[: self._count]
        part = bars.window(rows[:, 0], bar_ms, end_ms, limit)
        rows = rows[part]
        open_bar = self._open_bar
        if open_bar[0] < (end_ms - 1) // bar_ms * bar_ms + bar_ms and part.stop == self._count:
            rows = np.concatenate((rows, np.array([open_bar], dtype=np.int64)))
        whole_ms = -(-self._first_ms // bar_ms) * bar_ms
        rows = rows[np.searchsorted(rows[:, 0], whole_ms) :]
        return bars.newest_first(bars.resample(rows, bar_ms), limit)

    def open_interest(self, period_ms: int, end_ms: int, limit: int) -> list[tuple[int, int]]:
        return [self._fives[at] for at in self._at_periods(period_ms, end_ms, limit)]

    def ratios(self, period_ms: int, end_ms: int, limit: int) -> list[tuple[int, float]]:
        places = self._at_periods(period_ms, end_ms, limit)
        return [(self._fives[at][0], self._ratios[at]) for at in places]

    def taker(self, period_ms: int, end_ms: int, limit: int) -> list[tuple[int, int, int]]:
        """(ts_ms, sell lots, buy lots) of periods that opened before `end_ms`, newest first."""
        part = bars.window(self._minutes[: self._count, 0], period_ms, end_ms, limit)
        if part.start == part.stop:
            return []
        opens = self._minutes[part, 0] // period_ms * period_ms
        first = np.flatnonzero(np.diff(opens, prepend=opens[0] - 1))
        lots = np.add.reduceat(self._minutes[part, 5], first)
        bought = np.add.reduceat(self._bought[part], first)
        rows = zip(opens[first].tolist(), (lots - bought).tolist(), bought.tolist(), strict=True)
        return list(rows)[::-1][:limit]

    def funding(self, end_ms: int, limit: int) -> list[tuple[int, float]]:
        rows = [row for row in self._funding[-limit - 90 :] if row[0] < end_ms]
        return rows[::-1][:limit]

    def _at_periods(self, period_ms: int, end_ms: int, limit: int) -> list[int]:
        """Places of the five-minutes that fall on the period's grid, newest first."""
        first_ms = self._fives[0][0]
        period_ms = max(FIVE_MS, period_ms)
        newest = min((end_ms - 1) // period_ms, self._fives[-1][0] // period_ms) * period_ms
        stamps = range(newest, max(first_ms, newest - limit * period_ms + 1) - 1, -period_ms)
        return [(ts_ms - first_ms) // FIVE_MS for ts_ms in stamps]


__all__ = ["MINUTE_MS", "SETTLEMENT_MS", "Series"]
