"""Books as rows: one a level, bids before asks, and a row of side 0 where there is no level.

What all levels of a message share stands beside each of them: compressed, that is next to
nothing, and whoever opens the file needs no join.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pawang.journal.tape.columns import NAMES, named
from pawang.journal.tape.placed import HEAD, Placed, batch_of
from pawang.model.market import BookDelta, BookSnapshot, Levels
from pawang.model.tape import BookCheckpoint

SCHEMA = pa.schema(
    [
        *HEAD,
        pa.field("instrument", NAMES),
        pa.field("ts_event", pa.int64()),
        pa.field("ts_recv", pa.int64()),
        pa.field("seq", pa.int64()),
        pa.field("prev_seq", pa.int64()),
        pa.field("is_snapshot", pa.bool_()),
        pa.field("is_checkpoint", pa.bool_()),
        pa.field("side", pa.int8()),
        pa.field("price", pa.float64()),
        pa.field("size", pa.float64()),
    ]
)
SIDES = np.array((1, -1, 0), np.int8)
NO_LEVEL = np.zeros((1, 2))
NOTHING = np.empty((0, 2))


class BookTable:
    """Snapshots, deltas and checkpoints, in the order they came."""

    name = "books"
    kinds: tuple[type, ...] = (BookDelta, BookSnapshot, BookCheckpoint)
    schema = SCHEMA

    def encode(self, records: Sequence[Any], orders: Any, stamps: Any) -> pa.RecordBatch:
        pieces: list[Any] = []
        counts: list[int] = []
        for record in records:
            bids, asks = rows_of(record.bids), rows_of(record.asks)
            many, more = len(bids), len(asks)
            pieces += (bids, asks) if many or more else (NO_LEVEL,)
            counts += (many, more, not (many or more))
        each = np.array(counts, np.int64).reshape(-1, 3)
        rows = np.concatenate(pieces)
        wide = each.sum(axis=1)
        deltas = np.fromiter((type(record) is BookDelta for record in records), bool, len(records))
        marks = (type(record) is BookCheckpoint for record in records)
        before = [getattr(record, "prev_seq", 0) for record in records]
        names = pa.array([record.instrument for record in records], pa.string())
        known = names.dictionary_encode()

        def spread(values: Any) -> Any:
            return np.repeat(values, wide)

        return batch_of(
            SCHEMA,
            [
                spread(orders),
                spread(stamps),
                pa.DictionaryArray.from_arrays(spread(known.indices.to_numpy()), known.dictionary),
                spread(_column(records, "ts_event")),
                spread(_column(records, "ts_recv")),
                spread(_column(records, "seq")),
                pa.array(spread(np.array(before, np.int64)), pa.int64(), mask=spread(~deltas)),
                spread(~deltas),
                spread(np.fromiter(marks, bool, len(records))),
                np.repeat(np.tile(SIDES, len(records)), each.ravel()),
                np.ascontiguousarray(rows[:, 0]),
                np.ascontiguousarray(rows[:, 1]),
            ],
        )

    def decode(self, found: pa.Table) -> Placed:
        orders = found["order"].to_numpy()
        if not len(orders):
            return Placed(orders, orders, [])
        firsts = np.flatnonzero(np.diff(orders, prepend=orders[0] - 1))
        stamps = found["ts_folded"].to_numpy()[firsts]
        return Placed(orders[firsts], stamps, _records(found, firsts))


def _column(records: Sequence[Any], name: str) -> Any:
    return np.fromiter((getattr(record, name) for record in records), np.int64, len(records))


def rows_of(levels: Any) -> Any:
    """A piece of an array, as a float64[n, 2]."""
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
