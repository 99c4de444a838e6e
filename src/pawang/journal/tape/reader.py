"""A tape as a source of market records, for backtests and stream replay.

>>> from pathlib import Path
>>> list(TapeReader(Path("no-such-home")))
[]
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from msgspec.structs import asdict

from pawang.journal.tape.reading import Wanted, between, entries
from pawang.model.instrument import Instrument
from pawang.model.market import BookSnapshot, FeedLost, InstrumentChanged, Observation
from pawang.model.tape import BookCheckpoint, Entry, TapeNote

FOREVER = 2**63 - 1
BREAKS = {"lost": "records are missing on the tape", "began": "the desk began anew"}


def records(home: Path, ts_from: int = 0, ts_to: int = FOREVER) -> Iterator[Observation]:
    """What the desk of `home` folded in `[ts_from, ts_to)`, in that order."""
    return iter(TapeReader(home, ts_from, ts_to))


class TapeReader:
    """The records of a span, fit to be folded again.

    A checkpoint stands in for a book that this reading has not seen whole. Where the tape has a
    hole, or a desk began anew, every feed is lost first: a book is unknown, never approximate.
    """

    def __init__(
        self, home: Path, ts_from: int = 0, ts_to: int = FOREVER, coins: Collection[str] = ()
    ) -> None:
        self._tape = home / "tape"
        self._span = (ts_from, ts_to)
        self._coins = coins

    def listings(self) -> dict[str, Instrument]:
        """The instruments by coin, each as listed first in the span or last before it."""
        found: dict[str, Instrument] = {}
        ts_from, ts_to = self._span
        wanted = Wanted(tables=("instruments",), coins=self._coins)
        for entry in entries(self._tape, 0, ts_to, wanted):
            record = entry.record
            assert isinstance(record, InstrumentChanged)
            if entry.ts_folded <= ts_from or record.listing.coin not in found:
                found[record.listing.coin] = record.listing
        return found

    def entries(self) -> Iterator[Entry]:
        """Everything as it stands on the tape, with notes and checkpoints."""
        return entries(self._tape, *self._span, Wanted(coins=self._coins))

    def __iter__(self) -> Iterator[Observation]:
        whole: set[str] = set()
        known = {made.name for made in self.listings().values()}
        began = False
        for placed in between(self._tape, *self._span, Wanted(coins=self._coins)):
            for place, record in enumerate(placed.records):
                if type(record) not in SPECIAL:
                    yield record
                    continue
                match record:
                    case BookCheckpoint():
                        if record.instrument not in whole:
                            whole.add(record.instrument)
                            yield BookSnapshot(**asdict(record))
                    case BookSnapshot():
                        whole.add(record.instrument)
                        yield record
                    case FeedLost():
                        whole.discard(record.instrument)
                        yield record
                    case TapeNote(what="lost" | "began"):
                        if began or record.what == "lost":
                            yield from _lost(sorted(known), int(placed.stamps[place]), record)
                            whole = set()
                        began = True


SPECIAL = {BookSnapshot, BookCheckpoint, FeedLost, TapeNote}


def _lost(names: list[str], ts: int, note: TapeNote) -> list[FeedLost]:
    words = {"channel": "all", "reason": BREAKS[note.what]}
    return [FeedLost(instrument=name, ts_event=ts, ts_recv=ts, **words) for name in names]
