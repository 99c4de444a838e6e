"""What a tape holds: every market record, and what happened to the market between two records.

The order of a tape is the order in which the desk folded. `TapeNote` and `BookCheckpoint` are no
facts of the market: nobody folds them, a reader of the tape needs them.
"""

from typing import NamedTuple

from pawang.model.codec import Tagged
from pawang.model.market import BookSnapshot, Observation


class TapeNote(Tagged):
    """What the desk did with its market here.

    `what`: "began" (an empty market), "peeked" and "froze" (the slot `ts` of `coin` was read),
    "closed" (`text` is why no book may be read, "" = it may again), "lost" (`count` records are
    not on the tape, from `ts` on; `text` says why).
    """

    what: str
    coin: str = ""
    ts: int = 0
    count: int = 0
    text: str = ""


class BookCheckpoint(BookSnapshot):
    """A book as the desk knew it here, so that a reader can begin in the middle. `seq` is 0."""


Taped = Observation | TapeNote | BookCheckpoint


class Entry(NamedTuple):
    """One place of a tape. `order` rises; `ts_folded` is desk time when the desk folded it."""

    order: int
    ts_folded: int
    record: Taped
