"""Reads a tape back: the very records, in the order in which they were folded.

A sealed segment is read from its Parquet files, an open one from its journal; both come as
windows, pieces of the tape with everything in them. Whoever writes meanwhile is not in the way:
a segment that is sealed or dropped under our eyes is looked for again, or is gone.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pawang.journal.tape.columns import NAMES
from pawang.journal.tape.frames import read_frames
from pawang.journal.tape.placed import Placed
from pawang.journal.tape.shelf import Segment, Shelf
from pawang.journal.tape.tables import BY_NAME
from pawang.model.refs import utc
from pawang.model.tape import Entry

Window = Sequence[Placed]


class Wanted(NamedTuple):
    """What is decoded at all: some tables, some coins; nothing named is everything."""

    tables: Collection[str] = ()
    coins: Collection[str] = ()

    def table(self, name: str) -> bool:
        return not self.tables or name in self.tables

    def rows(self, found: pa.Table) -> pa.Table:
        """Those of the coins; what is of no coin stays."""
        name = next((name for name in OF_COIN if name in found.column_names), None)
        if not self.coins or name is None:
            return found
        column = found[name].combine_chunks()
        known = [text.partition("-")[0] in self.coins for text in column.dictionary.to_pylist()]
        return found.filter(pa.array(np.array(known, bool)[column.indices.to_numpy()]))


OF_COIN = ("instrument", "asset")
EVERYTHING = Wanted()


def entries(
    directory: Path, ts_from: int, ts_to: int, wanted: Wanted = EVERYTHING
) -> Iterator[Entry]:
    """What was folded in `[ts_from, ts_to)`, oldest first."""
    for placed in between(directory, ts_from, ts_to, wanted):
        yield from map(Entry, placed.orders.tolist(), placed.stamps.tolist(), placed.records)


def between(
    directory: Path, ts_from: int, ts_to: int, wanted: Wanted = EVERYTHING
) -> Iterator[Placed]:
    """The same in pieces of some ten thousand records."""
    shelf = Shelf(directory)
    for segment in _within(shelf.segments(), ts_from, ts_to):
        for window in windows(shelf, segment, wanted):
            yield _cut(merged(window), ts_from, ts_to)


def tail(directory: Path, after: int, limit: int) -> list[Entry]:
    """The next entries with order > `after`, oldest first."""
    found: list[Entry] = []
    shelf = Shelf(directory)
    for segment in shelf.segments():
        if segment.number < after >> 32:
            continue
        for window in windows(shelf, segment):
            orders, stamps, records = merged(window)
            first = int(np.searchsorted(orders, after, side="right"))
            last = first + limit - len(found)
            rows = (orders[first:last].tolist(), stamps[first:last].tolist(), records[first:last])
            found += map(Entry, *rows)
            if len(found) >= limit:
                return found
    return found


def _within(segments: Sequence[Segment], ts_from: int, ts_to: int) -> Iterator[Segment]:
    """Those that may hold something of the span. A clock that was set back hides nothing."""
    first, last = f"{utc(max(0, ts_from)):%Y%m%dT%H%M%SZ}", f"{utc(max(0, ts_to)):%Y%m%dT%H%M%SZ}"
    for place, segment in enumerate(segments):
        later = segments[place + 1].day if place + 1 < len(segments) else None
        over = later is not None and segment.day <= later < first
        if not over and segment.day <= last:
            yield segment


def _cut(placed: Placed, ts_from: int, ts_to: int) -> Placed:
    inside = (placed.stamps >= ts_from) & (placed.stamps < ts_to)
    if inside.all():
        return placed
    kept = [placed.records[place] for place in np.flatnonzero(inside)]
    return Placed(placed.orders[inside], placed.stamps[inside], kept)


# Windows.


def windows(shelf: Shelf, segment: Segment, wanted: Wanted = EVERYTHING) -> Iterator[Window]:
    """A segment in pieces, each with everything that was folded in its stretch."""
    if shelf.journal(segment).exists():
        try:
            for frame in read_frames(shelf.journal(segment)):
                yield [
                    BY_NAME[name].decode(wanted.rows(found))
                    for name, found in frame.items()
                    if wanted.table(name)
                ]
        except FileNotFoundError:  # it has been sealed this very moment, and nothing was read
            pass
        else:
            return
    yield from _sealed(shelf.tables(segment), wanted)


def _sealed(paths: dict[str, Path], wanted: Wanted) -> Iterator[Window]:
    """Row groups of all tables side by side: each window ends where the first of them ends."""
    reels = []
    for name, path in paths.items():
        if wanted.table(name):
            with suppress(FileNotFoundError):  # dropped by its age this very moment
                reels.append(Reel(name, path, wanted))
    while reels := [reel for reel in reels if reel.fill()]:
        ends = [reel.last for reel in reels if not reel.is_the_last]
        end = min(ends) if ends else max(reel.last for reel in reels)
        yield [reel.take(end) for reel in reels]


class Reel:
    """One table of a segment, a row group at a time."""

    def __init__(self, name: str, path: Path, wanted: Wanted) -> None:
        self._table = BY_NAME[name]
        self._wanted = wanted
        names = [field.name for field in self._table.schema if field.type == NAMES]
        self._file = pq.ParquetFile(path, read_dictionary=names, memory_map=True)
        self._next = 0
        self._placed = Placed(np.empty(0, np.int64), np.empty(0, np.int64), [])

    def fill(self) -> bool:
        """Have something in hand; False when nothing is left."""
        while not self._placed.records:
            if self.is_the_last:
                self._file.close()
                return False
            found = self._file.read_row_group(self._next, use_threads=False)
            self._placed = self._table.decode(self._wanted.rows(found))
            self._next += 1
        return True

    @property
    def is_the_last(self) -> bool:
        return bool(self._next >= self._file.num_row_groups)

    @property
    def last(self) -> int:
        return int(self._placed.orders[-1])

    def take(self, end: int) -> Placed:
        """What has an order of at most `end`."""
        orders, stamps, records = self._placed
        cut = int(np.searchsorted(orders, end, side="right"))
        self._placed = Placed(orders[cut:], stamps[cut:], records[cut:])
        return Placed(orders[:cut], stamps[:cut], records[:cut])


def merged(window: Window) -> Placed:
    """One run of records in order."""
    parts = [placed for placed in window if placed.records]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Placed(np.empty(0, np.int64), np.empty(0, np.int64), [])
    orders = np.concatenate([placed.orders for placed in parts])
    stamps = np.concatenate([placed.stamps for placed in parts])
    records = [record for placed in parts for record in placed.records]
    turned = np.argsort(orders, kind="stable")
    return Placed(orders[turned], stamps[turned], list(map(records.__getitem__, turned.tolist())))
