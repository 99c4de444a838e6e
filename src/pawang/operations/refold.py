"""Stream replay: fold a tape again and compare every view with the one the ledger keeps.

Decision replay asks whether a view gives its decision; this asks whether the stream gives the
view. It works while the tape is kept, from where a desk began: a desk that began before the tape
did, or a hole in the tape, leaves a market that nobody can rebuild, and its views say so.
"""

from collections.abc import Iterable, Iterator

import msgspec

from pawang.market import Market, MarketParams
from pawang.model.codec import Record, digest, encode, unpack
from pawang.model.instrument import Instrument
from pawang.model.market import InstrumentChanged, Observation
from pawang.model.ports import Ledger
from pawang.model.tape import BookCheckpoint, Entry, TapeNote
from pawang.model.view import MarketView
from pawang.replay import compare


class Refolded(Record):
    """`verdict`: "equal", "different", "unsure" (nobody saw the market begin, or the tape has a
    hole) or "unknown" (the ledger has no such ref)."""

    ref_id: str
    verdict: str
    differences: tuple[str, ...] = ()


def refold(
    entries: Iterable[Entry], ledger: Ledger, params: MarketParams | None = None
) -> Iterator[Refolded]:
    """Every slot of the tape, in order; views are compared byte for byte."""
    folding = Folding(params)
    for entry in entries:
        record = entry.record
        if not isinstance(record, TapeNote):
            folding.take(record)
        elif record.what == "froze":
            yield folding.froze(record, ledger)
        else:
            folding.noted(record)


class Folding:
    """A market on its way through a tape."""

    def __init__(self, params: MarketParams | None) -> None:
        self._params = params
        self._listed: dict[str, Instrument] = {}
        self._market: Market | None = None
        self._waiting: list[Observation] = []
        self._unsure = "the desk began before this tape"

    def take(self, record: Observation) -> None:
        if isinstance(record, BookCheckpoint):
            return
        if not isinstance(record, InstrumentChanged):
            self._waiting.append(record)
        elif self._market is not None:
            self._fold().relist(record.listing)
        else:
            self._listed[record.listing.coin] = record.listing

    def noted(self, note: TapeNote) -> None:
        match note.what:
            case "began":
                self._market, self._listed, self._waiting = None, {}, []
                self._unsure = ""
            case "lost":
                self._unsure = f"{note.count} records are missing on the tape"
            case "peeked" if not self._unsure:
                self._fold().peek(note.coin, note.ts)
            case "closed" if not self._unsure:
                self._fold().close(note.text or None)

    def froze(self, note: TapeNote, ledger: Ledger) -> Refolded:
        ref = note.text
        if self._unsure:
            self._waiting = []
            return Refolded(ref_id=ref, verdict="unsure", differences=(self._unsure,))
        stored = ledger.by_ref(ref)
        kept = None if stored is None else unpack(stored.view, MarketView)
        market = self._fold()
        if stored is None or kept is None:
            return Refolded(ref_id=ref, verdict="unknown")
        again = market.freeze(note.coin, note.ts, kept.memory)
        if digest(encode(again)) == digest(encode(kept)):
            return Refolded(ref_id=ref, verdict="equal")
        found = tuple(compare(msgspec.to_builtins(kept), msgspec.to_builtins(again)))
        return Refolded(ref_id=ref, verdict="different", differences=found)

    def _fold(self) -> Market:
        """The market with everything folded that came before now."""
        if self._market is None:
            self._market = Market(self._listed, self._params)
        batch, start = self._waiting, 0
        while start < len(batch):
            start += self._market.fold(batch, start).consumed
        self._waiting = []
        return self._market
