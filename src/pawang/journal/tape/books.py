"""Books as rows: one a level, bids before asks, and a row of side 0 where there is no level.

What all levels of a message share stands beside each of them: compressed, that is next to
nothing, and whoever opens the file needs no join. The journal keeps a message a row, with lists of
its levels: a quarter of the bytes to write down every second. Sealing spreads them.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import numpy as np
import pyarrow as pa

from pawang.journal.tape.columns import NAMES, named
from pawang.journal.tape.placed import HEAD, Placed, batch_of
from pawang.model.market import BookDelta, BookSnapshot, Levels
from pawang.model.tape import BookCheckpoint

MESSAGE = (
    *HEAD,
    pa.field("instrument", NAMES),
    pa.field("ts_event", pa.int64()),
    pa.field("ts_recv", pa.int64()),
    pa.field("seq", pa.int64()),
    pa.field("prev_seq", pa.int64()),
    pa.field("is_snapshot", pa.bool_()),
    pa.field("is_checkpoint", pa.bool_()),
)
SCHEMA = pa.schema(
    [
        *MESSAGE,
        pa.field("side", pa.int8()),
        pa.field("price", pa.float64()),
        pa.field("size", pa.float64()),
    ]
)
JOURNAL = pa.schema(
    [
        *MESSAGE,
        pa.field("bids", pa.int32()),
        pa.field("asks", pa.int32()),
        pa.field("prices", pa.list_(pa.float64())),
        pa.field("sizes", pa.list_(pa.float64())),
    ]
)
SIDES = np.array((1, -1, 0), np.int8)
NOTHING = np.empty((0, 2))


class BookTable:
    """Snapshots, deltas and checkpoints, in the order they came."""

    name = "books"
    kinds: tuple[type, ...] = (BookDelta, BookSnapshot, BookCheckpoint)
    schema = SCHEMA

    def encode(self, records: Sequence[Any], orders: Any, stamps: Any) -> pa.RecordBatch:
        """As the journal keeps them."""
        kinds = list(map(type, records))
        deltas = np.array([kind is BookDelta for kind in kinds], bool)
        before = (
            _column(records, "prev_seq")
            if deltas.all()
            else np.array([getattr(record, "prev_seq", 0) for record in records], np.int64)
        )
        names = pa.array(list(map(attrgetter("instrument"), records)), pa.string())
        pieces, each = _levels(records)
        rows = np.concatenate(pieces)
        ends = pa.array(np.concatenate(([0], each.sum(axis=1).cumsum())), pa.int32())
        return batch_of(
            JOURNAL,
            [
                orders,
                stamps,
                names.dictionary_encode(),
                _column(records, "ts_event"),
                _column(records, "ts_recv"),
                _column(records, "seq"),
                pa.array(before, pa.int64(), mask=~deltas),
                ~deltas,
                np.array([kind is BookCheckpoint for kind in kinds], bool),
                each[:, 0].astype(np.int32),
                each[:, 1].astype(np.int32),
                pa.ListArray.from_arrays(ends, np.ascontiguousarray(rows[:, 0])),
                pa.ListArray.from_arrays(ends, np.ascontiguousarray(rows[:, 1])),
            ],
        )

    def spread(self, found: pa.Table) -> pa.Table:
        """The journal's messages as rows."""
        bids, asks = found["bids"].to_numpy(), found["asks"].to_numpy()
        none = (bids + asks == 0).astype(np.int32)
        wide = bids + asks + none
        message = pa.array(np.repeat(np.arange(len(bids), dtype=np.int32), wide))
        levels = [found[name].combine_chunks().flatten() for name in ("prices", "sizes")]
        if none.any():
            # A row of zeros for who has no level: the place after its (absent) last one.
            place = np.where(np.repeat(none, wide), -1, 0)
            place[place == 0] = np.arange(len(levels[0]))
            levels = [pa.array(np.append(values.to_numpy(), 0.0)[place]) for values in levels]
        sides = np.repeat(np.tile(SIDES, len(bids)), np.column_stack((bids, asks, none)).ravel())
        head = found.select([field.name for field in MESSAGE]).combine_chunks().take(message)
        return pa.table([*head.columns, pa.array(sides), *levels], schema=SCHEMA)

    def decode(self, found: pa.Table) -> Placed:
        orders = found["order"].to_numpy()
        if not len(orders):
            return Placed(orders, orders, [])
        firsts = np.flatnonzero(np.diff(orders, prepend=orders[0] - 1))
        stamps = found["ts_folded"].to_numpy()[firsts]
        return Placed(orders[firsts], stamps, _records(found, firsts))


def _column(records: Sequence[Any], name: str) -> Any:
    return np.fromiter(map(attrgetter(name), records), np.int64, len(records))


def _levels(records: Sequence[Any]) -> tuple[list[Any], Any]:
    """Pieces of arrays that together are all levels; how many bids and asks each record has."""
    pieces: list[Any] = []
    counts: list[tuple[int, int]] = []
    for bids, asks in map(attrgetter("bids", "asks"), records):
        if type(bids) is Levels and type(asks) is Levels and bids.rows is asks.rows:
            first, middle, start, last = bids.first, bids.last, asks.first, asks.last
            if middle == start:  # as a venue's reader makes them
                pieces.append(bids.rows[first:last])
                counts.append((middle - first, last - start))
                continue
        two = _array(bids), _array(asks)
        pieces += two
        counts.append((len(two[0]), len(two[1])))
    return pieces, np.array(counts, np.int64)


def _array(levels: Any) -> Any:
    if type(levels) is Levels:
        return levels.rows[levels.first : levels.last]
    return np.array(levels, np.float64).reshape(-1, 2) if levels else NOTHING


def _records(found: pa.Table, firsts: Any) -> list[Any]:
    """One record a message; its levels are a piece of one array that all of them share."""
    first = pa.array(firsts)
    head = found.select(
        ["instrument", "ts_event", "ts_recv", "seq", "prev_seq", "is_snapshot", "is_checkpoint"]
    ).take(first)
    rows = np.column_stack((found["price"].to_numpy(), found["size"].to_numpy()))
    sides = found["side"].to_numpy()
    # Where the asks of a message begin: after its bids. A row of side 0 is neither.
    asks = firsts + np.add.reduceat((sides == 1).astype(np.int64), firsts)
    ends = np.append(firsts[1:], len(sides)) - np.add.reduceat((sides == 0).astype(int), firsts)
    columns = (
        named(head["instrument"].combine_chunks()),
        head["ts_event"].to_numpy().tolist(),
        head["ts_recv"].to_numpy().tolist(),
        head["seq"].to_numpy().tolist(),
        head["prev_seq"].combine_chunks().fill_null(0).to_numpy().tolist(),
        head["is_snapshot"].to_pylist(),
        head["is_checkpoint"].to_pylist(),
        firsts.tolist(),
        asks.tolist(),
        ends.tolist(),
    )
    return [
        BookDelta(
            instrument=instrument,
            ts_event=ts_event,
            ts_recv=ts_recv,
            bids=Levels(rows, start, middle),
            asks=Levels(rows, middle, end),
            seq=seq,
            prev_seq=prev_seq,
        )
        if not whole
        else (BookCheckpoint if mark else BookSnapshot)(
            instrument=instrument,
            ts_event=ts_event,
            ts_recv=ts_recv,
            bids=Levels(rows, start, middle),
            asks=Levels(rows, middle, end),
            seq=seq,
        )
        for (
            instrument, ts_event, ts_recv, seq, prev_seq, whole, mark, start, middle, end,
        ) in zip(*columns, strict=True)
    ]  # fmt: skip
