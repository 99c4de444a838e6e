"""The tape in memory: of a simulation, and of tests. Keeps the newest `most` entries."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import count

from pawang.model.tape import Entry, Taped

MOST = 1_000_000


class MemoryTape:
    """Takes everything at once; nothing is lost but the oldest."""

    def __init__(self, most: int = MOST) -> None:
        self._entries: list[Entry] = []
        self._orders = count(1)
        self._most = most

    def write(self, batch: Sequence[Taped], now: int) -> None:
        self._entries += [Entry(next(self._orders), now, record) for record in batch]
        if len(self._entries) > 2 * self._most:
            del self._entries[: -self._most]

    def settle(self) -> None:
        """Everything is here already."""

    def read(self, ts_from: int, ts_to: int) -> Iterator[Entry]:
        inside = [entry for entry in self._entries if ts_from <= entry.ts_folded < ts_to]
        return iter(inside)

    def tail(self, after: int = 0, limit: int = 10_000) -> list[Entry]:
        first = bisect_right(self._entries, after, key=lambda entry: entry.order)
        return self._entries[first : first + limit]

    def close(self) -> None:
        """There is nothing to close."""
