"""Messages of one coin as columns: what the fold's kernels read (see `kernels.layout`).

A backtest hands in blocks of thousands; live records are written into a small one, one by one.
"""

from array import array
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pawang.market.kernels import layout as at
from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    Level,
    Levels,
    Trade,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DIGITS_MAX = 18
"""As many decimal digits fit into 64 bits."""
NO_ROWS: Floats = np.empty((0, 2))

Message = Trade | BestQuote | BookDelta | BookSnapshot


class Block(NamedTuple):
    """Messages in order of arrival. `rows` are the levels that book messages point into."""

    heads: Ints  # (n, layout.HEAD)
    numbers: Floats  # (n, layout.NUMBERS)
    rows: Floats  # (m, 2)

    def __len__(self) -> int:
        return len(self.heads)

    @classmethod
    def of(cls, records: Iterable[Message]) -> "Block":
        """Records of one instrument as a block."""
        heads, numbers, levels, many = array("q"), array("d"), [], 0
        for record in records:
            if isinstance(record, BookDelta | BookSnapshot):
                bids, asks = list(record.bids), list(record.asks)
                kind = at.CHANGE if isinstance(record, BookDelta) else at.WHOLE
                first, middle = many, many + len(bids)
                many = middle + len(asks)
                heads.extend((kind, record.ts_event, record.ts_recv, first, middle, middle, many))
                numbers.extend((0.0, 0.0, 0.0, 0.0))
                levels += bids + asks
            else:
                write(record, heads, numbers)
        rows = np.array(levels, np.float64).reshape(-1, 2)
        return cls(
            np.array(heads, np.int64).reshape(-1, at.HEAD),
            np.array(numbers, np.float64).reshape(-1, at.NUMBERS),
            rows,
        )


def write(record: Trade | BestQuote, heads: "array[int]", numbers: "array[float]") -> None:
    """Append one message that has no levels."""
    if type(record) is Trade:
        kind = at.BOUGHT if record.side is Aggressor.BUY else at.SOLD
        number = number_of(record.trade_id)
        heads.extend((kind, record.ts_event, record.ts_recv, number, 0, 0, 0))
        numbers.extend((record.price, record.size, 0.0, 0.0))
        return
    assert type(record) is BestQuote
    heads.extend((at.QUOTE, record.ts_event, record.ts_recv, 0, 0, 0, 0))
    numbers.extend((record.bid, record.bid_size, record.ask, record.ask_size))


def joined(bids: Sequence[Level], asks: Sequence[Level]) -> tuple[Levels, Levels]:
    """Levels of both sides in one array."""
    rows = np.concatenate([_array(bids), _array(asks)])
    many = len(bids)
    return Levels(rows, 0, many), Levels(rows, many, len(rows))


def _array(levels: Sequence[Level]) -> Floats:
    if isinstance(levels, Levels):
        rows: Floats = levels.rows[levels.first : levels.last]
        return rows
    made = np.array(levels, np.float64).reshape(-1, 2)
    assert bool(np.all(made[:, 1] >= 0.0)), "a level's size is never negative or unknown"
    return made


def number_of(trade_id: str) -> int:
    """The id as a number; one that is none as a negative digest of itself.

    >>> number_of("1034142")
    1034142
    >>> number_of("a") < 0
    True
    """
    plain = trade_id.isdecimal() and len(trade_id) <= DIGITS_MAX
    if plain and (trade_id[0] != "0" or trade_id == "0"):
        return int(trade_id)
    digest = int.from_bytes(blake2b(trade_id.encode(), digest_size=8).digest(), "big")
    return -1 - (digest >> 2)
