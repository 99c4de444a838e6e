"""A harness that catches nothing proves nothing: bugs that others shipped, each planted and caught."""

import pytest

from pawang.market.book import Book
from pawang.market.kernels.layout import BOOK_KNOWN
from pawang.simulate.fuzz.twins import Strict
from pawang.simulate.okx import ChaosOptions, StreamParts, chaos
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.feed import OkxFeed
from pawang.venues.okx.sequence import BookChain, Verdict
from pawang.venues.okx.stream import Stream

SEEDS = range(1, 6)


class Haunted(Book):
    """Merges a snapshot into what stood before: levels of the old book stay (A10; ccxt 29210)."""

    def replace(self, snapshot):
        self._ints[BOOK_KNOWN] = 1
        self.change(snapshot)

    def lose(self, problem):
        if self._problem != "unseen" or self._ints[BOOK_KNOWN]:
            self._problem = problem
            self._ints[BOOK_KNOWN] = 0


class Deaf(BookChain):
    """Never looks at prevSeqId (A04)."""

    def judge(self, prev, seq, snapshot):
        return super().judge(self.seq if self.intact else prev, seq, snapshot)


class Blind(BookChain):
    """Does not mind a bid above an ask (A19)."""

    def _wrong(self, row):
        return ""


class Stubborn(BookChain):
    """Takes a legal reset for a gap (A05)."""

    def judge(self, prev, seq, snapshot):
        if not snapshot and seq is not None and prev is not None and seq < prev:
            return self._lost("numbers go up")
        return super().judge(prev, seq, snapshot)


class Twice(BookChain):
    """Takes a duplicate for a gap (A07)."""

    def judge(self, prev, seq, snapshot):
        found = super().judge(prev, seq, snapshot)
        return self._lost("again?") if found is Verdict.DUPLICATE else found


class Resigned(Connection):
    """A lost book is not asked for again."""

    def _again(self, subscription, now):
        subscription.wanted = False


class Trusting(Connection):
    """Watches neither the line nor the channels (A02, A03, A08)."""

    def tick(self, now, ts_recv):
        self._due = now + 10**9
        return []


class Sanguine(Stream):
    """After a cut the books are still good, surely (A01)."""

    def _lost(self, reason, ts_recv):
        super()._lost(reason, ts_recv)
        return []


class Hasty(Stream):
    """Comes back at once, every time (A13)."""

    def _delay(self):
        return 0


class Unlimited:
    """Counts no connects."""

    def take(self, now, count=1):
        return 0


class HastyFeed(OkxFeed):
    stream = Hasty

    def __init__(self, *args, **options):
        super().__init__(*args, **options, connects=Unlimited())


class Leaps(Stream):
    """Leaves on a notice before the other connection stands (A12)."""

    def heard_some(self, number, batch, first, now, ts_recv):
        told, done = super().heard_some(number, batch, first, now, ts_recv)
        if self._main is not None and self._main.connection.upgrading:
            told += self._hang(self._main, now, ts_recv)
        return told, done


def feed_with(chain=BookChain, connection=Connection, stream=Stream):
    """The feed with one wrong part deep inside."""
    # A wrong chain is asked for every message only where nothing is read the quick way.
    base = (connection,) if chain is BookChain else (Strict, connection)
    wrong = type("Wrong", base, {"chain": chain})
    return type("WrongFeed", (OkxFeed,), {"connection": wrong, "stream": stream})


PLANTED = {
    "merges the snapshot": (StreamParts(book=Haunted), ("gap", "line_cut"), "differ at"),
    "ignores prevSeqId": (StreamParts(feed=feed_with(Deaf)), ("gap",), "differ at"),
    "lets a crossed book through": (
        StreamParts(feed=feed_with(Blind)),
        ("crossed",),
        "crossed book",
    ),
    "takes a reset for a gap": (
        StreamParts(feed=feed_with(Stubborn)),
        ("seq_reset",),
        "a book lost",
    ),
    "takes a duplicate for a gap": (
        StreamParts(feed=feed_with(Twice)),
        ("duplicate",),
        "a book lost",
    ),
    "does not ask again": (
        StreamParts(feed=feed_with(connection=Resigned)),
        ("gap",),
        "not healed",
    ),
    "watches nothing": (
        StreamParts(feed=feed_with(connection=Trusting)),
        ("line_dead", "no_snapshot"),
        "A03",
    ),
    "says nothing of a cut": (
        StreamParts(feed=feed_with(stream=Sanguine)),
        ("line_cut", "refused"),
        "A01",
    ),
    "leaves on a notice at once": (
        StreamParts(feed=feed_with(stream=Leaps)),
        ("notice",),
        "lost to",
    ),
    "comes back at once": (StreamParts(feed=HastyFeed), ("refused", "line_cut"), "A13"),
}
KINDS = sorted({kinds for _, kinds, _ in PLANTED.values()})


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_bug_is_caught(name):
    parts, kinds, words = PLANTED[name]
    verdicts = (chaos(ChaosOptions(seed, kinds=kinds), parts) for seed in SEEDS)
    assert any(words in broken for verdict in verdicts for broken in verdict.violations)


@pytest.mark.parametrize("kinds", KINDS, ids="+".join)
def test_without_the_bug_the_same_scripts_break_nothing(kinds):
    found = [chaos(ChaosOptions(seed, kinds=kinds)).violations for seed in SEEDS]
    assert found == [[]] * len(SEEDS)
