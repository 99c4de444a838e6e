"""Recorded sessions as a backtest reads them: books, best quotes and prints in one block.

Rows of a block are the rows of the files: a changed level, a print or a best quote is one each.
"""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pawang.market.block import Block
from pawang.market.kernels import layout
from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument
from pawang.operations.backtest import recordings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAMES = ("binance_usdm_btcusdt_20240718", "binance_usdm_btcusdt_20230404")
TICK, LOT = Decimal("0.1"), Decimal("0.001")
QUOTE_FIRST, BOOK_LAST = 1, 2
"""At one time prints come first, the book that shows them last."""


class Session(NamedTuple):
    name: str
    instrument: Instrument
    block: Block
    rows: Ints  # of the files, message by message

    @property
    def total(self) -> int:
        return int(self.rows.sum())


def sessions() -> list[Session]:
    """Those that are here; none where no recordings are."""
    try:
        folder = recordings.folder(None)
    except BadInput:
        return []
    there = (name for name in NAMES if (folder / f"l2_{name}.parquet").exists())
    return [read(folder, name) for name in there]


def read(folder: Path, name: str) -> Session:
    """One session in the venue's time."""
    books, levels, many = _books(folder / f"l2_{name}.parquet")
    prints, sizes = _prints(folder / f"trades_{name}.parquet")
    quotes, touches = _quotes(folder / f"bbo_{name}.parquet")
    heads = np.concatenate((prints, quotes, books))
    numbers = np.concatenate((sizes, touches, np.zeros((len(books), layout.NUMBERS))))
    rows = np.concatenate((np.ones(len(prints) + len(quotes), np.int64), many))
    kinds = np.repeat((0, QUOTE_FIRST, BOOK_LAST), (len(prints), len(quotes), len(books)))
    order = np.lexsort((kinds, heads[:, layout.TS]))
    block = Block(np.ascontiguousarray(heads[order]), np.ascontiguousarray(numbers[order]), levels)
    instrument = Instrument.swap(
        recordings.asset(name), contract_value=Decimal(1), tick_size=TICK, lot_size=LOT
    )
    return Session(name=name, instrument=instrument, block=block, rows=rows[order])


def _table(path: Path, *names: str) -> list[NDArray[np.generic]]:
    table = pq.read_table(path, columns=list(names))
    return [table[name].to_numpy() for name in names]


def _heads(kinds: Ints | int, ts: Ints) -> Ints:
    heads = np.zeros((len(ts), layout.HEAD), np.int64)
    heads[:, layout.KIND] = kinds
    heads[:, layout.TS] = heads[:, layout.RECV] = ts
    return heads


def _books(path: Path) -> tuple[Ints, Floats, Ints]:
    """Heads, levels with the bids of each update first, and how many levels each has."""
    ts, side, price, size, snapshot, update = _table(
        path, "ts_ns", "side", "price", "size", "is_snapshot", "update_id"
    )
    begins = (np.diff(update) != 0) | (np.diff(snapshot.astype(np.int64)) != 0)
    first = np.concatenate(([0], np.flatnonzero(begins) + 1))
    last = np.concatenate((first[1:], [len(ts)]))
    number = np.repeat(np.arange(len(first)), last - first)
    order = np.lexsort((-side.astype(np.int64), number))
    levels = np.ascontiguousarray(np.column_stack((price, size))[order], np.float64)
    bids = np.add.reduceat((side == 1).astype(np.int64), first)
    kinds = np.where(snapshot[first].astype(np.bool_), layout.WHOLE, layout.CHANGE)
    heads = _heads(kinds, ts[first].astype(np.int64))
    heads[:, layout.BIDS_FIRST], heads[:, layout.BIDS_LAST] = first, first + bids
    heads[:, layout.ASKS_FIRST], heads[:, layout.ASKS_LAST] = first + bids, last
    return heads, levels, last - first


def _prints(path: Path) -> tuple[Ints, Floats]:
    ts, price, size, side = _table(path, "ts_ns", "price", "size", "side")
    heads = _heads(np.where(side == 1, layout.BOUGHT, layout.SOLD), ts.astype(np.int64))
    heads[:, layout.ID] = np.arange(1, len(ts) + 1)
    numbers = np.zeros((len(ts), layout.NUMBERS))
    numbers[:, 0], numbers[:, 1] = price, size
    return heads, numbers


def _quotes(path: Path) -> tuple[Ints, Floats]:
    ts, *touch = _table(path, "ts_ns", "bid", "bid_size", "ask", "ask_size")
    numbers = np.ascontiguousarray(np.column_stack(touch), np.float64)
    return _heads(layout.QUOTE, ts.astype(np.int64)), numbers


def pieces(session: Session, rows: int) -> list[Block]:
    """The session in blocks of about so many rows; a message is never cut in two."""
    ends = np.cumsum(session.rows)
    cuts = np.searchsorted(ends, np.arange(rows, ends[-1] + rows, rows)) + 1
    bounds = np.unique(np.concatenate(([0], np.minimum(cuts, len(ends))))).tolist()
    heads, numbers, levels = session.block
    return [
        Block(heads[first:last], numbers[first:last], levels) for first, last in pairwise(bounds)
    ]
