"""Our book held against the one REST tells: the top five levels, as of the same number. Pure.

The sequence check proves that no message is missing; it cannot prove that we applied them rightly,
or that the venue sent them all. So once a minute REST is asked. Its answer is up to 50 ms old
(okx-v5.md 5) and the book moves meanwhile, so while one is asked for, the top after every message
is remembered by its seqId:

    ours   … 103 ── 104 ── 107 …      REST says 104: compare with ours of 104
                                      REST says 105: compare if ours of 104 and of 107 are equal,
                                                     for then it stood still in between
                                      else nothing can be said, ask again
"""

from collections import Counter, deque
from collections.abc import Sequence
from enum import StrEnum

from pawang.model.market import Level

LEVELS = 5
IN_A_ROW = 2
REMEMBERED = 256  # messages: 25 s of updates every 100 ms

Top = tuple[tuple[Level, ...], tuple[Level, ...]]  # bids, asks, best first


class Verdict(StrEnum):
    EQUAL = "equal"
    DIFFERENT = "different"
    UNDECIDED = "undecided"  # the number is none of ours, and the top moved around it


class Tops:
    """The newest tops of one book by their number, as long as somebody asks."""

    def __init__(self) -> None:
        self._known: deque[tuple[int, Top]] = deque(maxlen=REMEMBERED)

    def note(self, seq: int, top: Top) -> None:
        """The top after message `seq`."""
        if self._known and seq < self._known[-1][0]:
            self.forget()
        self._known.append((seq, top))

    def forget(self) -> None:
        """The book was lost, or its numbers began anew: what stood before proves nothing."""
        self._known.clear()

    def judge(self, seq: int, bids: Sequence[Level], asks: Sequence[Level]) -> Verdict:
        """REST's book of number `seq` against ours of then."""
        ours = self._as_of(seq)
        if ours is None:
            return Verdict.UNDECIDED
        theirs = (tuple(bids[:LEVELS]), tuple(asks[:LEVELS]))
        return Verdict.EQUAL if ours == theirs else Verdict.DIFFERENT

    def _as_of(self, seq: int) -> Top | None:
        before = after = None
        for known, top in self._known:
            if known == seq:
                before = after = top
            elif known < seq:
                before = top
            elif after is None:
                after = top
        return before if before is not None and before == after else None


class Doubts:
    """What follows from verdicts in a row: one may be the race, two are not."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._differed: Counter[str] = Counter()
        self._lost: set[str] = set()

    def judged(self, name: str, verdict: Verdict) -> str:
        """ "lose": the book is wrong, forget it. "cleared": it is right again. Else ""."""
        self.counts[verdict.value] += 1
        if verdict is Verdict.DIFFERENT:
            self._differed[name] += 1
            if self._differed[name] < IN_A_ROW:
                return ""
            self._differed[name] = 0
            self._lost.add(name)
            return "lose"
        if verdict is Verdict.EQUAL:
            self._differed[name] = 0
            if name in self._lost:
                self._lost.discard(name)
                return "cleared"
        return ""
