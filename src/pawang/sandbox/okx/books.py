"""The book as OKX shows it: the best 400 levels a side, and what changed in that view.

The law (tested as a property): whoever holds the view of before and applies what `apply` tells
holds the view of after. A level pushed out of the view is told as deleted, one that moves into
it is told with its size, though neither changed.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

DEPTH = 400  # levels a side in `books` (okx-v5.md 9.1)

Levels = list[tuple[int, int]]  # (ticks, lots), best first; lots 0 = gone


class Side:
    """One side, whole. Keys are ticks times `sign`, so that ascending is best first."""

    def __init__(self, levels: dict[int, int], sign: int) -> None:
        assert sign in (-1, 1), "bids sort down, asks sort up"
        self._sign = sign
        self._lots = {sign * ticks: lots for ticks, lots in levels.items() if lots > 0}
        self._keys = sorted(self._lots)
        self._unsaid: tuple[int | None, dict[int, int]] | None = None

    def best(self, count: int) -> Levels:
        sign, lots = self._sign, self._lots
        return [(sign * key, lots[key]) for key in self._keys[:count]]

    @property
    def touch(self) -> tuple[int, int] | None:
        if not self._keys:
            return None
        key = self._keys[0]
        return self._sign * key, self._lots[key]

    @property
    def ticks(self) -> Iterator[int]:
        """Every price that holds something, best first."""
        sign = self._sign
        return (sign * key for key in self._keys)

    def lots(self, ticks: int) -> int:
        """What rests at that price, in view or not."""
        return self._lots.get(self._sign * ticks, 0)

    def apply(self, changes: dict[int, int]) -> Levels:
        """Take absolute sizes (0 deletes); what of the view changed, best first, by this and by
        what was written before without a word."""
        if self._unsaid is None:
            if not changes:
                return []
            horizon = self._horizon()
            return self._told(self._write(changes), horizon)
        self.write(changes)
        (horizon, before), self._unsaid = self._unsaid, None
        return self._told(before, horizon)

    def write(self, changes: dict[int, int]) -> None:
        """Take absolute sizes and say nothing yet: the next `apply` says it all as one."""
        if self._unsaid is None:
            self._unsaid = self._horizon(), {}
        horizon, before = self._unsaid
        self._unsaid = horizon, {**self._write(changes), **before}

    def _told(self, before: dict[int, int], horizon_before: int | None) -> Levels:
        horizon = self._horizon()
        told: dict[int, int] = {}
        for key, old in before.items():
            was = old if horizon_before is None or key <= horizon_before else 0
            lots = self._lots.get(key, 0) if horizon is None or key <= horizon else 0
            if lots != was:
                told[key] = lots
        self._tell_moved(told, before, horizon_before, horizon)
        sign = self._sign
        return [(sign * key, told[key]) for key in sorted(told)]

    def _write(self, changes: dict[int, int]) -> dict[int, int]:
        """The new sizes go in; the old ones of the same keys come out."""
        before: dict[int, int] = {}
        sign, known, keys = self._sign, self._lots, self._keys
        for ticks, lots in changes.items():
            key = sign * ticks
            old = before[key] = known.get(key, 0)
            if lots > 0:
                if not old:
                    insort(keys, key)
                known[key] = lots
            elif old:
                del known[key]
                del keys[bisect_left(keys, key)]
        return before

    def _horizon(self) -> int | None:
        """The last key in view, None while everything is."""
        return self._keys[DEPTH - 1] if len(self._keys) >= DEPTH else None

    def _tell_moved(
        self, told: dict[int, int], changed: dict[int, int], before: int | None, now: int | None
    ) -> None:
        """Levels that did not change but came into view, or left it."""
        if before == now:
            return
        keys = self._keys
        if now is None or (before is not None and now > before):
            assert before is not None
            for key in keys[bisect_right(keys, before) : DEPTH]:
                if key not in changed:
                    told[key] = self._lots[key]
        else:
            stop = len(keys) if before is None else bisect_right(keys, before)
            for key in keys[DEPTH:stop]:
                if key not in changed:
                    told[key] = 0


class Book:
    """Both sides and the venue's sequence number."""

    def __init__(self, bids: dict[int, int], asks: dict[int, int], seq: int) -> None:
        self.bids = Side(bids, -1)
        self.asks = Side(asks, 1)
        self.seq = seq
        self.prev_seq = -1

    def apply(self, bids: dict[int, int], asks: dict[int, int]) -> tuple[Levels, Levels]:
        """What the view's holder must be told; the sequence moves when that is anything."""
        told = self.bids.apply(bids), self.asks.apply(asks)
        self.prev_seq = self.seq
        if told[0] or told[1]:
            # OKX's numbers are not dense: everybody's orders count, not only what is shown.
            self.seq += 3 + len(told[0]) + len(told[1])
        return told

    def side(self, *, buy: bool) -> Side:
        return self.bids if buy else self.asks

    @property
    def touch(self) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        return self.bids.touch, self.asks.touch
