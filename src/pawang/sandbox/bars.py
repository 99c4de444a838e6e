"""Candles as int64 rows (ts_ms, open, high, low, close, lots): regrouped and read newest first."""

import numpy as np
from numpy.typing import NDArray

from pawang.sandbox.source import Bar

Rows = NDArray[np.int64]  # shape (n, 6), ts_ms strictly rising

MINUTE_MS = 60_000


def no_rows() -> Rows:
    return np.empty((0, 6), dtype=np.int64)


def resample(rows: Rows, bar_ms: int) -> Rows:
    """Rows regrouped on the absolute UTC grid of `bar_ms`, whatever number falls into each."""
    if len(rows) == 0:
        return rows
    opens = rows[:, 0] // bar_ms * bar_ms
    first = np.flatnonzero(np.diff(opens, prepend=opens[0] - 1))
    last = np.append(first[1:], len(rows)) - 1
    return np.column_stack(
        (
            opens[first],
            rows[first, 1],
            np.maximum.reduceat(rows[:, 2], first),
            np.minimum.reduceat(rows[:, 3], first),
            rows[last, 4],
            np.add.reduceat(rows[:, 5], first),
        )
    )


def window(ts_ms: NDArray[np.int64], bar_ms: int, end_ms: int, limit: int) -> slice:
    """Rows that belong to the `limit` newest bars opened before `end_ms`, each bar whole."""
    newest_ms = (end_ms - 1) // bar_ms * bar_ms
    oldest_ms = newest_ms - (limit - 1) * bar_ms
    low, high = np.searchsorted(ts_ms, (oldest_ms, newest_ms + bar_ms))
    return slice(int(low), int(high))


def newest_first(rows: Rows, limit: int) -> list[Bar]:
    """The last `limit` rows as the venue answers them."""
    return [Bar(*row) for row in rows[::-1][:limit].tolist()]
