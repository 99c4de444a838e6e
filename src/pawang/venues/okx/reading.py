"""Frames by the batch: `quick`'s arrays, and the records made from what it found.

A batch is read up to the first frame that `quick` does not understand; its caller has that one
read strictly and comes back for the rest, so the order of the stream is the order of the records.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from pawang.kernels import ladder
from pawang.model.instrument import Instrument
from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    IndexPrice,
    Levels,
    MarkPrice,
    Observation,
    Trade,
)
from pawang.venues.okx import quick
from pawang.venues.okx.sequence import BookChain
from pawang.venues.okx.translate import Translator

BATCH = 256
"""Frames in one batch; a longer one is cut."""
ROWS = 32_768
"""Levels in one piece of memory, which the records that hold them share."""
ROWS_KEPT = 16_384
"""With fewer than these left a new piece begins: what one batch brings, snapshots and all."""


class Batch:
    """Frames, and the same joined as `quick` wants them."""

    __slots__ = ("frames", "stops", "text")

    def __init__(self, frames: Sequence[bytes]) -> None:
        assert len(frames) <= BATCH
        self.frames = frames
        self.stops: quick.Ints | None
        if len(frames) == 1:  # a quiet market's usual batch
            self.text = frames[0] + b"\n"
            self.stops = None
            return
        self.text = b"\n".join(frames) + b"\n"
        lengths = np.fromiter(map(len, frames), np.int64, len(frames))
        self.stops = np.cumsum(lengths + 1) - 1

    def __len__(self) -> int:
        return len(self.frames)


class Reader:
    """The memory of one connection. Rows are by instrument, in their order."""

    def __init__(
        self, instruments: Sequence[Instrument], channels: Iterable[str], translator: Translator
    ) -> None:
        """`channels` it may read; those that `quick` does not know are read strictly."""
        count = len(instruments)
        self._names = [made.name for made in instruments]
        self._translator = translator
        self._relisted = 0
        self.states = np.zeros((count, quick.STATE), np.int64)
        self.books = np.empty((count, 2, 2, ladder.ROOM))
        self.units = np.empty(count)
        self._size()
        follows = sum(1 << quick.CHANNELS[name] for name in channels if name in quick.CHANNELS)
        for state, made in zip(self.states, instruments, strict=True):
            state[quick.LINEAR] = made.linear
            _write(state, quick.NAME, quick.NAME_LENGTH, made.name)
            _write(state, quick.FAMILY, quick.FAMILY_LENGTH, made.family)
            # Two swaps may share one index: it is told of one of them.
            own = translator.of_index(made.family) == made.name
            state[quick.FOLLOWS] = follows if own else follows & ~(1 << quick.INDEX)
        self.found = np.zeros((BATCH, quick.FOUND), np.int64)
        self.values = np.zeros((BATCH, 2))
        self.rows = np.empty((ROWS, 2))
        self._row = 0
        self._stop = np.zeros(1, np.int64)

    def chains(self, kind: type[BookChain] = BookChain) -> list[BookChain]:
        """The law of each instrument's book, over the same memory."""
        return [
            kind(self.states[place], self.books[place], self.units[place : place + 1])
            for place in range(len(self.states))
        ]

    def found_in(self, first: int, last: int) -> Iterable[tuple[list[int], list[float]]]:
        """What `read` found in these frames: rows of `quick.found` and of `quick.values`."""
        return zip(self.found[first:last].tolist(), self.values[first:last].tolist(), strict=True)

    def _size(self) -> None:
        """What a contract is worth, as the venue lists it now (A23)."""
        self._relisted = self._translator.relisted
        self.units[:] = [self._translator.unit(name) for name in self._names]

    def read(self, batch: Batch, first: int, last: int) -> int:
        """Read `batch[first:last]` as far as possible; the number of the frame that comes next.
        What was found stands in `found`, `values` and `rows`."""
        if self._relisted != self._translator.relisted:
            self._size()
        if self._row > ROWS - ROWS_KEPT:
            self.rows, self._row = np.empty((ROWS, 2)), 0
        stops = batch.stops
        if stops is None:
            stops = self._stop
            stops[0] = len(batch.text) - 1
        done = quick.read(
            batch.text,
            stops,
            first,
            last,
            self.states,
            self.books,
            self.units,
            self.rows,
            self._row,
            self.found,
            self.values,
        )
        if done > first:
            self._row = int(self.found[done - 1, quick.LAST])
        return done


# Records, by what was found.


def _snapshot(
    name: str, ts: int, ts_recv: int, row: list[int], _: list[float], rows: quick.Floats
) -> BookSnapshot:
    first, middle, last = row[quick.FIRST], row[quick.MIDDLE], row[quick.LAST]
    return BookSnapshot(
        instrument=name,
        ts_event=ts,
        ts_recv=ts_recv,
        bids=Levels(rows, middle, last),
        asks=Levels(rows, first, middle),
        seq=row[quick.SEQ],
    )


def _delta(
    name: str, ts: int, ts_recv: int, row: list[int], _: list[float], rows: quick.Floats
) -> BookDelta:
    _, _, _, first, middle, last, seq, prev, _, _ = row
    return BookDelta(
        instrument=name,
        ts_event=ts,
        ts_recv=ts_recv,
        bids=Levels(rows, middle, last),
        asks=Levels(rows, first, middle),
        seq=seq,
        prev_seq=prev,
    )


def _trade(
    name: str, ts: int, ts_recv: int, row: list[int], value: list[float], _: quick.Floats
) -> Trade:
    return Trade(
        instrument=name,
        ts_event=ts,
        ts_recv=ts_recv,
        price=value[quick.PRICE],
        size=value[quick.SIZE],
        side=Aggressor.BUY if row[quick.BUYS] else Aggressor.SELL,
        trade_id=str(row[quick.SEQ]),
        count=row[quick.COUNT],
    )


def _mark(
    name: str, ts: int, ts_recv: int, _: list[int], value: list[float], __: quick.Floats
) -> MarkPrice:
    return MarkPrice(instrument=name, ts_event=ts, ts_recv=ts_recv, price=value[quick.PRICE])


def _index(
    name: str, ts: int, ts_recv: int, _: list[int], value: list[float], __: quick.Floats
) -> IndexPrice:
    return IndexPrice(instrument=name, ts_event=ts, ts_recv=ts_recv, price=value[quick.PRICE])


def _quote(
    name: str, ts: int, ts_recv: int, row: list[int], _: list[float], rows: quick.Floats
) -> BestQuote:
    (ask, ask_size), (bid, bid_size) = rows[row[quick.FIRST] : row[quick.LAST]].tolist()
    return BestQuote(
        instrument=name,
        ts_event=ts,
        ts_recv=ts_recv,
        bid=bid,
        bid_size=bid_size,
        ask=ask,
        ask_size=ask_size,
    )


Maker = Callable[[str, int, int, list[int], list[float], quick.Floats], Observation]
MAKERS: dict[int, Maker] = {
    quick.SNAPSHOT: _snapshot,
    quick.UPDATE: _delta,
    quick.TRADE: _trade,
    quick.MARK: _mark,
    quick.INDEX: _index,
    quick.QUOTE: _quote,
}
NUMBERED = (quick.UPDATE, quick.SNAPSHOT, quick.TRADE)
"""What has its place in its channel by a number, and not by a stamp."""


def _write(state: quick.Ints, at: int, length_at: int, name: str) -> None:
    letters = name.encode()
    if len(letters) > quick.NAME_MAX:
        letters = b"\0"  # no frame says that: such an instrument is read strictly
    state[at : at + len(letters)] = list(letters)
    state[length_at] = len(letters)
