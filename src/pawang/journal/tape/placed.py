"""Decoded records with their places: what a table gives back, and what windows are merged from."""

from typing import Any, NamedTuple

import pyarrow as pa

HEAD = (pa.field("order", pa.int64()), pa.field("ts_folded", pa.int64()))


class Placed(NamedTuple):
    """Records in order; `orders` and `stamps` are int64 arrays of the same length."""

    orders: Any
    stamps: Any
    records: list[Any]


def head_of(found: pa.Table) -> tuple[Any, Any]:
    return found["order"].to_numpy(), found["ts_folded"].to_numpy()


def batch_of(schema: pa.Schema, arrays: list[Any]) -> pa.RecordBatch:
    """One batch; numpy's arrays are taken as they are, lists are converted."""
    made = [
        array if isinstance(array, pa.Array) else pa.array(array, field.type)
        for array, field in zip(arrays, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(made, schema=schema)
