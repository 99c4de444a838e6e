"""Writes a tape: frames into the journal, journals into Parquet, the oldest away.

Everything here may wait for the disk: it runs in the tape's own thread. `put` makes a piece of the
stream durable or counts it as lost; what the disk does not take is told, and tried again later.
"""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pawang.journal.tape.frames import Batch, Framed, Journal, frame, sliced
from pawang.journal.tape.params import TapeParams
from pawang.journal.tape.seal import seal
from pawang.journal.tape.shelf import Segment, Shelf
from pawang.model.refs import DAY, MINUTE
from pawang.model.tape import TapeNote

SLICE = 1024
"""Records made into columns at once: a millisecond, in which nobody else runs."""
ORDER_BITS = 32
"""Order = segment * 2^32 + place: it rises across restarts without being read back first."""
DONE = object()
MB, GB = 10**6, 10**9


class TapeState(NamedTuple):
    """`state`: "recording", "stopped" (the disk takes nothing: records are lost and counted),
    "losing" (they come too fast) or "unsealed" (journals stay journals)."""

    state: str = "recording"
    reason: str = ""


class Resting(OSError):
    """The disk took nothing a moment ago, and is not asked yet."""


class Lost(NamedTuple):
    """Records that are not on the tape."""

    records: int
    since: int
    reason: str


class Writer:
    """One thread's. What has no underscore may be read by any."""

    def __init__(self, shelf: Shelf, params: TapeParams) -> None:
        self.kept = 0  # records on the disk
        self.lost = 0
        self.segments = 0  # begun by this writer
        self._shelf = shelf
        self._params = params
        self._recording = TapeState()
        self._sealed = TapeState()
        self._number = -1  # of the newest segment
        self._segment = Segment(0, "")
        self._journal: Journal | None = None
        self._place = 0  # of the next record in it
        self._begun = 0
        self._newest = 0
        self._hole: Lost | None = None  # not noted on the tape yet
        self._retry_at = 0.0
        self._retry_s = params.retry_s
        self._waiting: deque[Segment] = deque()  # for their sealing
        self._sealing: Iterator[None] | None = None
        self._seal_at = 0.0

    @property
    def state(self) -> TapeState:
        return self._sealed if self._recording == TapeState() else self._recording

    # The stream.

    def put(self, batches: Sequence[Batch]) -> None:
        """Durable when it returns, or lost and counted."""
        if not batches:
            return
        try:
            if time.monotonic() < self._retry_at:
                raise Resting(self._recording.reason)
            self._append(batches)
        except OSError as failed:
            if not isinstance(failed, Resting):
                self._stop(failed)
            count = sum(len(batch) for batch, _ in batches)
            self._lose(Lost(count, batches[0][1], self._recording.reason))
            return
        self._retry_at, self._retry_s = 0.0, self._params.retry_s
        self._recording = TapeState()

    def _append(self, batches: Sequence[Batch]) -> None:
        now = batches[0][1]
        if self._number < 0:
            self._look_around()
        if self._shelf.free() < self._params.keep_free_gb * GB:
            raise OSError(f"less than {self._params.keep_free_gb:g} GB free")
        journal = self._turned(now)
        if self._hole is not None:
            count, since, reason = self._hole
            note = TapeNote(what="lost", ts=since, count=count, text=reason)
            batches = [((note,), now), *batches]
        frames = self._frames(batches)
        journal.append(frames)
        self._place += sum(len(batch) for batch, _ in batches)
        self._newest = batches[-1][1]
        self._hole = None
        self.kept += sum(made.kept for made in frames)
        refused = sum(made.refused for made in frames)
        if refused:
            self._lose(Lost(refused, now, "does not fit into columns"))

    def _frames(self, batches: Sequence[Batch]) -> list[Framed]:
        frames, first = [], (self._segment.number << ORDER_BITS) + self._place
        for piece in sliced(batches, SLICE):
            frames.append(frame(piece, first))
            first += sum(len(batch) for batch, _ in piece)
            time.sleep(0)  # whoever waits for the interpreter goes first
        return frames

    def _lose(self, more: Lost) -> None:
        self.lost += more.records
        known = 0 if self._hole is None else self._hole.records
        self._hole = (self._hole or more)._replace(records=known + more.records)

    def _stop(self, failed: OSError) -> None:
        """What was written stands; it goes on in a new segment, later."""
        self._recording = TapeState("stopped", failed.strerror or str(failed))
        self._retry_at = time.monotonic() + self._retry_s
        self._retry_s = min(2 * self._retry_s, self._params.retry_max_s)
        self.end()

    # Segments.

    def _look_around(self) -> None:
        """What is there: a journal that a killed desk left is sealed like any other."""
        self._shelf.prepare()
        self._waiting.extend(self._shelf.journals())
        self._number = max((made.number for made in self._shelf.segments()), default=0)

    def _turned(self, now: int) -> Journal:
        """The journal to write to: the open one, or the next if that one is full or old."""
        journal = self._journal
        if journal is not None:
            old = now - self._begun >= self._params.segment_minutes * MINUTE
            if not old and journal.size < self._params.segment_mb * MB:
                return journal
            self.end()
        segment = Segment.begun(self._number + 1, now)
        journal = self._journal = Journal(self._shelf.journal(segment))
        self._number, self._segment = segment.number, segment
        self._place, self._begun = 0, now
        self.segments += 1
        return journal

    def end(self) -> None:
        """Close the open segment; it waits to be sealed."""
        if self._journal is not None:
            self._journal.close()
            self._waiting.append(self._segment)
            self._journal = None

    def work(self) -> bool:
        """A step of what can wait: sealing, then pruning. Whether there is more to do."""
        if not self._waiting or time.monotonic() < self._seal_at:
            return False
        if self._sealing is None:
            self._sealing = seal(self._shelf, self._waiting[0], self._params.group_rows)
        try:
            if next(self._sealing, DONE) is DONE:
                self._sealing = None
                self._waiting.popleft()
                self._prune()
            self._sealed = TapeState()
        except OSError as failed:
            self._sealing = None
            self._sealed = TapeState("unsealed", failed.strerror or str(failed))
            self._seal_at = time.monotonic() + self._params.retry_max_s
        return bool(self._waiting)

    def _prune(self) -> None:
        oldest = self._newest - int(self._params.days * DAY)
        self._shelf.prune(int(self._params.cap_gb * GB), oldest)
