"""The recorded prints of one coin, played up to a time, and the candles they make."""

import numpy as np
from numpy.typing import NDArray

from pawang.sandbox import bars
from pawang.sandbox.recorded.files import Ints
from pawang.sandbox.recorded.tables import MS_NS
from pawang.sandbox.source import Print


class Tape:
    """Prints in file order; `history` are recorded candles that closed before the start."""

    def __init__(
        self,
        ts_ns: Ints,
        ticks: Ints,
        lots: Ints,
        buy: NDArray[np.bool_],
        history: bars.Rows,
        history_bar_ms: int,
    ) -> None:
        self._ts_ns = ts_ns
        self._ticks = ticks
        self._lots = lots
        self._buy = buy
        self._history = history
        self._history_bar_ms = history_bar_ms
        self._at = 0

    def advance(self, until_ns: int) -> list[Print]:
        """The prints with ts < `until_ns` that were not given yet."""
        end = self._at + int(np.searchsorted(self._ts_ns[self._at :], until_ns))
        part = slice(self._at, end)
        self._at = end
        stamps = (self._ts_ns[part] // MS_NS).tolist()
        rest = (self._ticks[part].tolist(), self._lots[part].tolist(), self._buy[part].tolist())
        return [Print(*row) for row in zip(stamps, *rest, strict=True)]

    def candles(self, bar_ms: int, end_ms: int, now_ms: int) -> bars.Rows:
        """Every bar that opened before `end_ms`, oldest first, as known at `now_ms`."""
        live = _without_later(self._minutes(now_ms), bar_ms, end_ms)
        past = _without_later(self._past(bar_ms), bar_ms, end_ms)
        return bars.resample(np.concatenate((past, live)), bar_ms)

    def taker(self, period_ms: int, end_ms: int) -> list[tuple[int, int, int]]:
        """(ts_ms, sell lots, buy lots), oldest first; periods without a print left out."""
        periods = self._ts_ns[: self._at] // (period_ms * MS_NS) * period_ms
        opens, group = np.unique(periods, return_inverse=True)
        lots, buy = self._lots[: self._at], self._buy[: self._at]
        sold = np.bincount(group, weights=np.where(buy, 0, lots), minlength=len(opens))
        bought = np.bincount(group, weights=np.where(buy, lots, 0), minlength=len(opens))
        rows = zip(opens.tolist(), sold.tolist(), bought.tolist(), strict=True)
        return [(ts_ms, int(s), int(b)) for ts_ms, s, b in rows if ts_ms < end_ms]

    def _past(self, bar_ms: int) -> bars.Rows:
        """Recorded candles fine enough for `bar_ms`, whole bars only (the files have holes)."""
        if bar_ms % self._history_bar_ms or len(self._history) == 0:
            return bars.no_rows()
        opens = self._history[:, 0] // bar_ms
        numbers, counts = np.unique(opens, return_counts=True)
        whole = numbers[counts == bar_ms // self._history_bar_ms]
        # The newest may go on in the prints.
        rows: bars.Rows = self._history[np.isin(opens, np.append(whole, numbers[-1]))]
        return rows

    def _minutes(self, now_ms: int) -> bars.Rows:
        """One-minute bars of the prints so far; a minute without a print is flat, as at OKX."""
        if self._at == 0:
            return bars.no_rows()
        ticks, lots = self._ticks[: self._at], self._lots[: self._at]
        stamps = self._ts_ns[: self._at] // MS_NS
        traded = bars.resample(np.column_stack((stamps, ticks, ticks, ticks, ticks, lots)), 60_000)
        opens = np.arange(traded[0, 0], now_ms, bars.MINUTE_MS)
        row = np.searchsorted(traded[:, 0], opens, side="right") - 1
        full = traded[row]
        flat = traded[row, 0] != opens
        full[flat, 1:4] = full[flat, 4:5]
        full[flat, 5] = 0
        full[:, 0] = opens
        return full


def _without_later(rows: bars.Rows, bar_ms: int, end_ms: int) -> bars.Rows:
    return rows[rows[:, 0] < (end_ms - 1) // bar_ms * bar_ms + bar_ms]
