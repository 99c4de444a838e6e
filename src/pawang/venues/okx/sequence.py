"""The law of one `books` channel, without I/O (okx-v5.md 9.1, rows A04-A10, A19).

>>> chain = BookChain()
>>> rows = ((-1, 10), (10, 15), (15, 15), (15, 3), (3, 5), (9, 12), (12, 13))
>>> [chain.judge(prev, seq, prev == -1).value for prev, seq in rows]
['take', 'take', 'keepalive', 'take', 'take', 'lost', 'wait']

A book that was lost stays lost until a snapshot replaces it whole: nobody reads over a gap, and
nothing that was queued before the snapshot is believed (A09, A10). Beside the numbers the chain
knows the levels, for two more proofs: bid below ask (A19), and the CRC32 that OKX sent until June
2026 (0 since then: not checked).

The numbers and levels stand in two arrays, where `quick` reads and judges the usual message
without coming here; what it does not understand comes here, and this verdict counts. A book whose
snapshot carried a checksum is kept as texts instead, since the sum is over the texts as sent.
"""

import zlib
from bisect import bisect_left, insort
from enum import StrEnum

import numpy as np

from pawang.kernels import ladder
from pawang.kernels.ladder import ASKS, BIDS
from pawang.model.market import Level
from pawang.venues.okx import quick
from pawang.venues.okx.fields import Levels
from pawang.venues.okx.quick import LOST, STANDS, TEXTUAL
from pawang.venues.okx.wire import BookRow

CHECKSUM_LEVELS = 25
NUMBERLESS = -2
"""In the place of the last number, where a snapshot had none (recordings before 2023)."""


class Verdict(StrEnum):
    """What to do with one message of the channel."""

    TAKE = "take"
    KEEPALIVE = "keepalive"  # nothing changed for a minute; the channel lives (A06)
    DUPLICATE = "duplicate"
    LOST = "lost"  # said once: the book is unknown from here
    WAIT = "wait"  # lost before, and this is no snapshot


class BookChain:
    """One channel of one instrument. `problem` says why the book was lost."""

    def __init__(
        self,
        state: quick.Ints | None = None,
        book: quick.Floats | None = None,
        unit: quick.Floats | None = None,
    ) -> None:
        """`quick`'s rows of this instrument; alone it has its own, and counts in contracts."""
        self.problem = ""
        self._state = np.zeros(quick.STATE, np.int64) if state is None else state
        self._book = ladder.empty_book()[0] if book is None else book
        self._unit = np.ones(1) if unit is None else unit
        self._linear = state is None or bool(state[quick.LINEAR])
        self._bids = Ladder()
        self._asks = Ladder()

    @property
    def intact(self) -> bool:
        return bool(self._state[quick.MODE] != LOST)

    @property
    def touch(self) -> tuple[float | None, float | None]:
        """Best bid and best ask."""
        if self._state[quick.MODE] == TEXTUAL:
            return self._bids.highest, self._asks.lowest
        bids, asks = self.top(1)
        return (bids[0][0] if bids else None), (asks[0][0] if asks else None)

    def top(self, count: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        """The first `count` bids and asks, best first: price, size in coin."""
        if self._state[quick.MODE] == TEXTUAL:
            bids, asks = self._bids.best(-1, count), self._asks.best(1, count)
            return tuple(map(self._level, bids)), tuple(map(self._level, asks))
        return self._top(BIDS, count), self._top(ASKS, count)

    def _top(self, side: int, count: int) -> tuple[Level, ...]:
        start, stop = self._state[2 * side : 2 * side + 2].tolist()
        keys, sizes = self._book[side, :, max(start, stop - count) : stop][:, ::-1].tolist()
        return tuple(zip(keys if side == BIDS else [-key for key in keys], sizes, strict=True))

    def _level(self, sent: tuple[str, ...]) -> Level:
        price, size = float(sent[0]), float(sent[1]) * float(self._unit[0])
        return price, size if self._linear else size / price

    @property
    def seq(self) -> int | None:
        """The newest number, while the book is whole."""
        last = int(self._state[quick.LAST_SEQ])
        return last if self.intact and last != NUMBERLESS else None

    def lose(self, problem: str) -> None:
        """From outside: the connection went, or the channel froze."""
        self.problem = problem
        self._state[quick.MODE] = LOST
        self._state[quick.SEEN] = 0

    def crossed(self) -> str:
        """Lose a book that `quick` found crossed; why."""
        bid, ask = self.touch
        self.lose(f"crossed: bid {bid} at or above ask {ask}")
        return self.problem

    def fold(self, row: BookRow, snapshot: bool) -> Verdict:
        """Judge one row and, if it is to be taken, remember its levels."""
        verdict = self.judge(row.prev_seq_id, row.seq_id, snapshot)
        if verdict is Verdict.KEEPALIVE and (row.bids or row.asks):
            verdict = Verdict.TAKE  # absolute sizes under the same number do no harm
        if verdict is not Verdict.TAKE:
            return verdict
        if snapshot and row.checksum != 0:
            self._state[quick.MODE] = TEXTUAL
            self._bids, self._asks = Ladder(), Ladder()
        if self._state[quick.MODE] == TEXTUAL:
            self._bids.change(row.bids)
            self._asks.change(row.asks)
        else:
            self._change(BIDS, row.bids, snapshot)
            self._change(ASKS, row.asks, snapshot)
        problem = self._wrong(row)
        if not problem:
            return Verdict.TAKE
        self.lose(problem)
        return Verdict.LOST

    def _change(self, side: int, levels: Levels, snapshot: bool) -> None:
        rows = np.array([self._level(level) for level in levels]).reshape(-1, 2)
        write = ladder.replace if snapshot else ladder.change
        write(self._book, self._state, side, rows, 0, len(rows))

    def judge(self, prev: int | None, seq: int | None, snapshot: bool) -> Verdict:
        """By the numbers alone. None = the payload has none (recordings before 2023)."""
        state = self._state
        if snapshot:
            self.lose("")
            state[quick.MODE] = STANDS
            state[quick.LAST_SEQ] = NUMBERLESS if seq is None else seq
            return Verdict.TAKE
        if not self.intact:
            return Verdict.WAIT
        last = int(state[quick.LAST_SEQ])
        if prev is None or seq is None:
            # Old recordings: only the checksum can speak. Live, numbers that vanish are a gap.
            return Verdict.TAKE if last == NUMBERLESS else self._lost("no sequence numbers")
        if prev != last:
            if self._seen(prev, seq):
                return Verdict.DUPLICATE
            return self._lost(f"gap: prevSeqId {prev} after {last}")
        if seq == prev:
            return Verdict.KEEPALIVE
        if seq < prev:
            state[quick.SEEN] = 0  # a legal reset: the old numbers may come again (A05)
        place = quick.RING + 2 * int(state[quick.SEEN] % quick.REMEMBERED)
        state[place], state[place + 1] = prev, seq
        state[quick.SEEN] += 1
        state[quick.LAST_SEQ] = seq
        return Verdict.TAKE

    def _seen(self, prev: int, seq: int) -> bool:
        kept = 2 * min(int(self._state[quick.SEEN]), quick.REMEMBERED)
        numbers = self._state[quick.RING : quick.RING + kept].tolist()
        return (prev, seq) in zip(numbers[::2], numbers[1::2], strict=True)

    def _lost(self, problem: str) -> Verdict:
        self.lose(problem)
        return Verdict.LOST

    def _wrong(self, row: BookRow) -> str:
        bid, ask = self.touch
        if bid is not None and ask is not None and bid >= ask:
            return f"crossed: bid {bid} at or above ask {ask}"
        if row.checksum == 0:
            # Nothing vouches for a row without numbers and without a checksum.
            return "" if row.seq_id is not None else "neither sequence numbers nor a checksum"
        if self._state[quick.MODE] != TEXTUAL:
            return f"checksum {row.checksum}, ours unknown: the snapshot carried none"
        ours = checksum(self._bids.best(-1, CHECKSUM_LEVELS), self._asks.best(1, CHECKSUM_LEVELS))
        return "" if ours == row.checksum else f"checksum {row.checksum}, ours {ours}"


class Ladder:
    """One side of a book that carries checksums: sizes as sent, by price; prices sorted, lowest first."""

    def __init__(self) -> None:
        self._rows: dict[float, tuple[str, ...]] = {}
        self._prices: list[float] = []

    @property
    def lowest(self) -> float | None:
        return self._prices[0] if self._prices else None

    @property
    def highest(self) -> float | None:
        return self._prices[-1] if self._prices else None

    def change(self, levels: Levels) -> None:
        """New absolute sizes; size 0 deletes, and deleting what is not there is no news."""
        rows = self._rows
        for level in levels:
            price = float(level[0])
            if float(level[1]) > 0:
                if price not in rows:
                    insort(self._prices, price)
                rows[price] = level
            elif rows.pop(price, None) is not None:
                del self._prices[bisect_left(self._prices, price)]

    def best(self, step: int, count: int) -> list[tuple[str, ...]]:
        """The first levels from the touch: `step` 1 walks up (asks), -1 down (bids)."""
        near = self._prices[:count] if step > 0 else self._prices[-count:][::-1]
        return [self._rows[price] for price in near]


def checksum(bids: list[tuple[str, ...]], asks: list[tuple[str, ...]]) -> int:
    """Signed CRC32 over "bid1px:bid1sz:ask1px:ask1sz:bid2px…", the strings as sent."""
    parts: list[str] = []
    for place in range(CHECKSUM_LEVELS):
        for side in (bids, asks):
            if place < len(side):
                parts += side[place][:2]
    value = zlib.crc32(":".join(parts).encode())
    return value - 2**32 if value >= 2**31 else value
