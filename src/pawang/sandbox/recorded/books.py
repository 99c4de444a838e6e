"""Recorded books: deltas or whole snapshots, replayed up to a time, never crossed when shown.

A recorded book may be crossed for moments (an order-event venue prints an add before the fill
that makes room for it); a venue never sends one. So the older side's levels that cross are held
back until the book uncrosses, and counted. Locked counts as crossed.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pawang.sandbox.recorded.files import Floats, Ints, scaled

Levels = dict[int, int]


@dataclass(frozen=True, slots=True)
class Deltas:
    """Rows of an `l2_*` recording in ts order; `lots` is the absolute size, 0 deletes."""

    ts_ns: Ints
    bid: NDArray[np.bool_]
    ticks: Ints
    lots: Ints
    snapshot: NDArray[np.bool_]


class ShownBook:
    """The raw book and what of it a venue would show."""

    def __init__(self) -> None:
        self.bids: Levels = {}
        self.asks: Levels = {}
        self.crossed_steps = 0  # steps that ended crossed in the recording
        self.levels_held = 0  # levels held back, summed over those steps
        self._held_bids: Levels = {}
        self._held_asks: Levels = {}
        self._best_bid: int | None = None
        self._best_ask: int | None = None

    def levels(self) -> tuple[Levels, Levels]:
        """Bids and asks as shown, copies."""
        return (
            {tick: lots for tick, lots in self.bids.items() if tick not in self._held_bids},
            {tick: lots for tick, lots in self.asks.items() if tick not in self._held_asks},
        )

    def middle(self) -> int | None:
        """The shown mid in ticks, rounded down; None while a side is empty."""
        bids, asks = self.bids, self.asks
        if self._held_bids or self._held_asks:
            bids, asks = self.levels()
            return (max(bids) + min(asks)) // 2 if bids and asks else None
        if self._best_bid is None or self._best_ask is None:
            return None
        return (self._best_bid + self._best_ask) // 2

    def apply(self, bids: Levels, asks: Levels) -> tuple[Levels, Levels]:
        """Put absolute sizes into the raw book; return what changes of the shown one."""
        if not (bids or asks):
            return {}, {}
        was_bids, was_asks = _put(self.bids, bids), _put(self.asks, asks)
        if was_bids:
            self._best_bid = max(self.bids, default=None)
        if was_asks:
            self._best_ask = min(self.asks, default=None)
        held_bids, held_asks = self._crossing()
        shown = (
            _shown(self.bids, was_bids, self._held_bids, held_bids),
            _shown(self.asks, was_asks, self._held_asks, held_asks),
        )
        self._held_bids, self._held_asks = held_bids, held_asks
        return shown

    def bids_are_older(self, bid: int, ask: int) -> bool:
        """Of a crossing best bid and ask, which came first? A snapshot cannot tell: the bid."""
        return True

    def _crossing(self) -> tuple[Levels, Levels]:
        bid, ask = self._best_bid, self._best_ask
        if bid is None or ask is None or bid < ask:
            return {}, {}
        self.crossed_steps += 1
        if self.bids_are_older(bid, ask):
            held = {tick: lots for tick, lots in self.bids.items() if tick >= ask}
            self.levels_held += len(held)
            return held, {}
        held = {tick: lots for tick, lots in self.asks.items() if tick <= bid}
        self.levels_held += len(held)
        return {}, held


class DeltaBook(ShownBook):
    """A book told by its changes; a snapshot inside the rows replaces it whole."""

    def __init__(self, deltas: Deltas) -> None:
        super().__init__()
        self._rows = deltas
        self._at = 0
        # A snapshot's rows are together and of one time.
        goes_on = deltas.snapshot[:-1] & (np.diff(deltas.ts_ns) == 0)
        begins = deltas.snapshot & ~np.concatenate(([False], goes_on))
        self._resets = np.flatnonzero(begins).tolist()

    @property
    def span_ns(self) -> tuple[int, int]:
        return int(self._rows.ts_ns[0]), int(self._rows.ts_ns[-1])

    def advance(self, until_ns: int) -> tuple[Levels, Levels]:
        """Apply the rows with ts < `until_ns`; what changed of the shown book."""
        end = self._at + int(np.searchsorted(self._rows.ts_ns[self._at :], until_ns))
        bids: Levels = {}
        asks: Levels = {}
        while self._resets and self._resets[0] < end:
            reset = self._resets.pop(0)
            self._collect(reset, bids, asks)
            bids.update(dict.fromkeys((*bids, *self.bids), 0))
            asks.update(dict.fromkeys((*asks, *self.asks), 0))
        self._collect(end, bids, asks)
        return self.apply(bids, asks)

    def _collect(self, end: int, bids: Levels, asks: Levels) -> None:
        rows = self._rows
        part = slice(self._at, end)
        for bid, tick, lots in zip(
            rows.bid[part].tolist(),
            rows.ticks[part].tolist(),
            rows.lots[part].tolist(),
            strict=True,
        ):
            if bid:
                bids[tick] = lots
            else:
                asks[tick] = lots
        self._at = end

    def bids_are_older(self, bid: int, ask: int) -> bool:
        return self._last_row(True, bid) < self._last_row(False, ask)

    def _last_row(self, bid: bool, tick: int) -> int:
        # A scan of the past, but only for a book that is crossed right now.
        rows = self._rows
        seen = (rows.ticks[: self._at] == tick) & (rows.bid[: self._at] == bid)
        return int(np.flatnonzero(seen)[-1])


class SnapshotBook(ShownBook):
    """A book told whole at every row of an `l2snap_*` recording; 1,000 levels a side at most."""

    def __init__(
        self, ts_ns: Ints, lists: dict[str, pa.ListArray], price_digits: int, size_digits: int
    ) -> None:
        super().__init__()
        self._ts_ns = ts_ns
        self._at = 0
        self._digits = (price_digits, size_digits)
        self._offsets = {name: np.asarray(column.offsets) for name, column in lists.items()}
        self._values = {name: np.asarray(column.values) for name, column in lists.items()}

    @property
    def span_ns(self) -> tuple[int, int]:
        return int(self._ts_ns[0]), int(self._ts_ns[-1])

    def advance(self, until_ns: int) -> tuple[Levels, Levels]:
        """Take the newest row with ts < `until_ns`; what changed of the shown book."""
        end = int(np.searchsorted(self._ts_ns, until_ns))
        if end == self._at:
            return {}, {}
        self._at = end
        bids = self._side(end - 1, "bids_px", "bids_qty")
        asks = self._side(end - 1, "asks_px", "asks_qty")
        return self.apply(_difference(self.bids, bids), _difference(self.asks, asks))

    def _side(self, row: int, price: str, size: str) -> Levels:
        ticks = scaled(self._list(price, row), self._digits[0]).tolist()
        lots = scaled(self._list(size, row), self._digits[1]).tolist()
        return dict(zip(ticks, lots, strict=True))

    def _list(self, name: str, row: int) -> Floats:
        low, high = self._offsets[name][row : row + 2]
        values: Floats = self._values[name][low:high]
        return values


def _put(raw: Levels, changes: Levels) -> Levels:
    """Apply absolute sizes; the old sizes of the levels that really changed."""
    was: Levels = {}
    for tick, lots in changes.items():
        old = raw.get(tick, 0)
        if old == lots:
            continue
        was[tick] = old
        if lots:
            raw[tick] = lots
        else:
            del raw[tick]
    return was


def _shown(raw: Levels, was: Levels, held_before: Levels, held_now: Levels) -> Levels:
    """Changes of the shown side: raw changes, less what is held back, plus what is let go."""
    if not (held_before or held_now):
        return {tick: raw.get(tick, 0) for tick in was}
    changes: Levels = {}
    for tick in {**was, **held_before, **held_now}:
        old = 0 if tick in held_before else was.get(tick, raw.get(tick, 0))
        new = 0 if tick in held_now else raw.get(tick, 0)
        if old != new:
            changes[tick] = new
    return changes


def _difference(old: Levels, new: Levels) -> Levels:
    gone = {tick: 0 for tick in old if tick not in new}
    return {**gone, **{tick: lots for tick, lots in new.items() if old.get(tick) != lots}}
