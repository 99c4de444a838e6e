"""Recorded sessions as a desk would have folded them: books, prints and best quotes by time.

l2_NAME.parquet · trades_NAME.parquet · bbo_NAME.parquet
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    Levels,
    Observation,
    Trade,
)

READ = 32
"""Records that one read of a socket brings."""
Batch = tuple[list[Observation], int]


def batches(data: Path, names: dict[str, str]) -> list[Batch]:
    """The sessions by name, each with its instrument, as batches with the time of their folding;
    empty when one of them is not there."""
    if not all((data / f"l2_{name}.parquet").exists() for name in names):
        return []
    found: list[Batch] = []
    for name, instrument in names.items():
        records = [*_books(data / f"l2_{name}.parquet", instrument)]
        records += _trades(data / f"trades_{name}.parquet", instrument)
        records += _quotes(data / f"bbo_{name}.parquet", instrument)
        records.sort(key=lambda record: record.ts_recv)
        for start in range(0, len(records), READ):
            part = records[start : start + READ]
            found.append((part, part[-1].ts_recv))
    return sorted(found, key=lambda batch: batch[1])


def events(batches_: list[Batch]) -> int:
    """Rows: a changed level, a print, a best quote."""
    return sum(
        max(1, len(record.bids) + len(record.asks))
        if isinstance(record, BookDelta | BookSnapshot)
        else 1
        for batch, _ in batches_
        for record in batch
    )


def _columns(path: Path, *names: str) -> list[Any]:
    table = pq.read_table(path, columns=list(names))
    return [table[name].to_numpy() for name in names]


def _books(path: Path, instrument: str) -> Iterator[Any]:
    names = ("ts_ns", "recv_ns", "update_id", "is_snapshot", "side", "price", "size")
    ts, recv, ids, whole, side, price, size = _columns(path, *names)
    begins = np.flatnonzero(np.diff(ids, prepend=-1).astype(bool) | np.diff(whole, prepend=False))
    message = np.zeros(len(ts), np.int64)
    message[begins[1:]] = 1
    # Bids before asks; inside a side, as they came.
    turned = np.lexsort((np.arange(len(ts)), -side, np.cumsum(message)))
    rows = np.column_stack((price[turned], size[turned]))
    ends = [*begins[1:].tolist(), len(ts)]
    before = 0
    for first, end in zip(begins.tolist(), ends, strict=True):
        middle = first + int((side[first:end] == 1).sum())
        shared: dict[str, Any] = {
            "instrument": instrument,
            "ts_event": int(ts[first]),
            "ts_recv": int(recv[first]),
        }
        shared |= {"bids": Levels(rows, first, middle), "asks": Levels(rows, middle, end)}
        seq = int(ids[first])
        if whole[first]:
            yield BookSnapshot(**shared, seq=seq)
        else:
            yield BookDelta(**shared, seq=seq, prev_seq=before)
        before = seq


def _trades(path: Path, instrument: str) -> Iterator[Any]:
    columns = _columns(path, "ts_ns", "recv_ns", "price", "size", "side")
    for number, row in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        ts, recv, price, size, side = row
        yield Trade(
            instrument=instrument,
            ts_event=ts,
            ts_recv=recv,
            price=price,
            size=size,
            side=Aggressor.BUY if side == 1 else Aggressor.SELL,
            trade_id=str(242_720_720 + number),
        )


def _quotes(path: Path, instrument: str) -> Iterator[Any]:
    names = ("ts_ns", "recv_ns", "bid", "bid_size", "ask", "ask_size")
    columns = _columns(path, *names)
    for ts, recv, bid, bid_size, ask, ask_size in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        yield BestQuote(
            instrument=instrument,
            ts_event=ts,
            ts_recv=recv,
            bid=bid,
            bid_size=bid_size,
            ask=ask,
            ask_size=ask_size,
        )
