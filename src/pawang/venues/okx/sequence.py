"""The law of one `books` channel, without I/O (okx-v5.md 9.1, rows A04-A10, A19).

>>> chain = BookChain()
>>> rows = ((-1, 10), (10, 15), (15, 15), (15, 3), (3, 5), (9, 12), (12, 13))
>>> [chain.judge(prev, seq, prev == -1).value for prev, seq in rows]
['take', 'take', 'keepalive', 'take', 'take', 'lost', 'wait']

A book that was lost stays lost until a snapshot replaces it whole: nobody reads over a gap, and
nothing that was queued before the snapshot is believed (A09, A10). Beside the numbers the chain
knows the levels, for two more proofs: bid below ask (A19), and the CRC32 that OKX sent until June
2026 (0 since then: not checked). Levels cost one dict entry where a known price changes its size.
"""

import zlib
from bisect import bisect_left, insort
from collections import deque
from enum import StrEnum

from pawang.venues.okx.fields import Levels
from pawang.venues.okx.wire import BookRow

CHECKSUM_LEVELS = 25
REMEMBERED = 64  # messages; a duplicate comes at once or not at all (A07)


class Verdict(StrEnum):
    """What to do with one message of the channel."""

    TAKE = "take"
    KEEPALIVE = "keepalive"  # nothing changed for a minute; the channel lives (A06)
    DUPLICATE = "duplicate"
    LOST = "lost"  # said once: the book is unknown from here
    WAIT = "wait"  # lost before, and this is no snapshot


class BookChain:
    """One channel of one instrument. `problem` says why the book was lost."""

    def __init__(self) -> None:
        self.problem = ""
        self._last: int | None = None
        self._numbered = False  # a snapshot has stood
        self._seen: deque[tuple[int, int]] = deque(maxlen=REMEMBERED)
        self._bids = Ladder()
        self._asks = Ladder()

    @property
    def intact(self) -> bool:
        return self._numbered

    @property
    def touch(self) -> tuple[float | None, float | None]:
        """Best bid and best ask."""
        return self._bids.highest, self._asks.lowest

    @property
    def seq(self) -> int | None:
        """The newest number, while the book is whole."""
        return self._last

    def top(self, levels: int) -> tuple[Levels, Levels]:
        """The best bids and asks as sent, best first."""
        return tuple(self._bids.best(-1, levels)), tuple(self._asks.best(1, levels))

    def lose(self, problem: str) -> None:
        """From outside: the connection went, or the channel froze."""
        self.problem = problem
        self._numbered = False
        self._last = None
        self._seen.clear()

    def fold(self, row: BookRow, snapshot: bool) -> Verdict:
        """Judge one row and, if it is to be taken, remember its levels."""
        verdict = self.judge(row.prev_seq_id, row.seq_id, snapshot)
        if verdict is Verdict.KEEPALIVE and (row.bids or row.asks):
            verdict = Verdict.TAKE  # absolute sizes under the same number do no harm
        if verdict is not Verdict.TAKE:
            return verdict
        if snapshot:
            self._bids, self._asks = Ladder(), Ladder()
        self._bids.change(row.bids)
        self._asks.change(row.asks)
        problem = self._wrong(row)
        if not problem:
            return Verdict.TAKE
        self.lose(problem)
        return Verdict.LOST

    def judge(self, prev: int | None, seq: int | None, snapshot: bool) -> Verdict:
        """By the numbers alone. None = the payload has none (recordings before 2023)."""
        if snapshot:
            self.lose("")
            self._numbered, self._last = True, seq
            return Verdict.TAKE
        if not self._numbered:
            return Verdict.WAIT
        if prev is None or seq is None:
            # Old recordings: only the checksum can speak. Live, numbers that vanish are a gap.
            return Verdict.TAKE if self._last is None else self._lost("no sequence numbers")
        if prev != self._last:
            if (prev, seq) in self._seen:
                return Verdict.DUPLICATE
            return self._lost(f"gap: prevSeqId {prev} after {self._last}")
        if seq == prev:
            return Verdict.KEEPALIVE
        if seq < prev:
            self._seen.clear()  # a legal reset: the old numbers may come again (A05)
        self._seen.append((prev, seq))
        self._last = seq
        return Verdict.TAKE

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
        ours = checksum(self._bids.best(-1), self._asks.best(1))
        return "" if ours == row.checksum else f"checksum {row.checksum}, ours {ours}"


class Ladder:
    """One side of a book: sizes as sent, by price; prices sorted, lowest first."""

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

    def best(self, step: int, levels: int = CHECKSUM_LEVELS) -> list[tuple[str, ...]]:
        """The first levels from the touch: `step` 1 walks up (asks), -1 down (bids)."""
        near = self._prices[:levels] if step > 0 else self._prices[-levels:][::-1]
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
