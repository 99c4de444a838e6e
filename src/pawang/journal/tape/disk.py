"""The tape on a disk: the desk hands over what it folded and never waits, a thread writes.

`write` costs an append to a queue. What the queue cannot take is counted, and a note stands on
the tape where it is missing.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

from pawang.journal.tape.frames import Batch
from pawang.journal.tape.params import TapeParams
from pawang.journal.tape.reading import entries, tail
from pawang.journal.tape.shelf import Shelf
from pawang.journal.tape.writer import TapeState, Writer
from pawang.model.tape import Entry, Taped, TapeNote

PUT_MAX = 8_192
"""Records made durable at once: some 10 MB of columns."""
CLOSE_S = 60.0
"""The last segment is sealed in about two seconds; a disk that takes longer is not waited for."""


class DiskTape:
    """`write` and `books_due` are the desk's; the rest may be asked by anybody."""

    def __init__(self, directory: Path, params: TapeParams | None = None) -> None:
        self._params = params or TapeParams()
        self._shelf = Shelf(directory)
        self._writer = Writer(self._shelf, self._params)
        self._queue: deque[Batch] = deque()
        self._given = 0  # records; only the desk counts here
        self._taken = 0  # and only the thread here
        self._missed = 0  # since the queue was full
        self._missed_since = 0
        self._overflown = 0
        self._checkpoints = (0, 0)
        self._hurry = threading.Event()
        self._closing = False
        self._broken: TapeState | None = None
        self._progress = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="tape", daemon=True)
        self._thread.start()

    # The desk's side.

    def write(self, batch: Sequence[Taped], now: int) -> None:
        waiting = self._given - self._taken
        if waiting + len(batch) > self._params.queue_max or self._broken or self._closing:
            self._missed_since = self._missed_since or now
            self._missed += len(batch)
            self._overflown += len(batch)
            return
        if self._missed:
            note = TapeNote(
                what="lost", ts=self._missed_since, count=self._missed, text="too fast for the disk"
            )
            self._queue.append(((note,), now))
            self._given += 1
            self._missed = self._missed_since = 0
        if batch:
            self._queue.append((batch, now))
            self._given += len(batch)
            if waiting > PUT_MAX:
                self._hurry.set()

    def books_due(self) -> bool:
        """Whether a checkpoint of the books is wanted now: a new segment, or after a loss."""
        if self._missed:
            return False
        due = (self._writer.segments, self._overflown)
        if due == self._checkpoints:
            return False
        self._checkpoints = due
        return True

    # Anybody's.

    @property
    def state(self) -> TapeState:
        if self._broken is not None:
            return self._broken
        if self._missed:
            return TapeState("losing", "records come faster than the disk takes them")
        return self._writer.state

    @property
    def kept(self) -> int:
        """Records made durable since the start."""
        return self._writer.kept

    @property
    def lost(self) -> int:
        """Records that are not on the tape, since the start."""
        return self._writer.lost + self._overflown

    def settle(self) -> None:
        target = self._given
        self._hurry.set()
        with self._progress:
            self._progress.wait_for(lambda: self._taken >= target or not self._thread.is_alive())

    def read(self, ts_from: int, ts_to: int) -> Iterator[Entry]:
        return entries(self._shelf.directory, ts_from, ts_to)

    def tail(self, after: int = 0, limit: int = 10_000) -> list[Entry]:
        return tail(self._shelf.directory, after, limit)

    def close(self) -> None:
        """Everything is on the disk, and the last segment is sealed."""
        self._closing = True
        self._hurry.set()
        self._thread.join(CLOSE_S)

    # The thread's side.

    def _run(self) -> None:
        try:
            self._work()
        except Exception as bug:  # a door of the house: the desk goes on without its tape
            self._broken = TapeState("stopped", f"{type(bug).__name__}: {bug}")
        finally:
            with self._progress:
                self._progress.notify_all()

    def _work(self) -> None:
        flushed = 0.0
        sealing = False
        while True:
            last = self._closing
            left = flushed + self._params.flush_s - time.monotonic()
            if not (sealing or last) and left > 0:
                self._hurry.wait(left)
            if last or self._hurry.is_set() or time.monotonic() >= flushed + self._params.flush_s:
                self._hurry.clear()
                flushed = time.monotonic()
                self._drain()
            if last:
                self._writer.end()
            sealing = self._writer.work()
            if last and not sealing:
                return

    def _drain(self) -> None:
        """Everything that waits, in pieces; a piece is on the disk before the next is taken."""
        count = -1
        while count:
            piece, count = [], 0
            while self._queue and count < PUT_MAX:
                piece.append(self._queue.popleft())
                count += len(piece[-1][0])
            self._writer.put(piece)
            with self._progress:
                self._taken += count
                self._progress.notify_all()
