"""A harness that catches nothing proves nothing: bugs that others shipped, each planted and caught."""

import pytest

from pawang.market.book import Book
from pawang.simulate.okx import ChaosOptions, Parts, chaos
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.feed import OkxFeed
from pawang.venues.okx.sequence import BookChain, Verdict
from pawang.venues.okx.stream import Stream

SEEDS = range(1, 6)


class Haunted(Book):
    """Merges a snapshot into what stood before: levels of the old book stay (A10; ccxt 29210)."""

    def replace(self, snapshot):
        self.problem = None
        self.bids.change(snapshot.bids)
        self.asks.change(snapshot.asks)
        self._check()

    def lose(self, problem):
        if self.problem != "unseen":
            self.problem = problem


class Deaf(BookChain):
    """Never looks at prevSeqId (A04)."""

    def judge(self, prev, seq, snapshot):
        return super().judge(prev if snapshot else self._last, seq, snapshot)


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

    def heard(self, number, frame, now, ts_recv):
        told = super().heard(number, frame, now, ts_recv)
        if self._main is not None and self._main.connection.upgrading:
            told += self._hang(self._main, now, ts_recv)
        return told


def feed_with(chain=BookChain, connection=Connection, stream=Stream):
    """The feed with one wrong part deep inside."""
    wrong = type("Wrong", (connection,), {"chain": chain})
    return type("WrongFeed", (OkxFeed,), {"connection": wrong, "stream": stream})


PLANTED = [
    ("merges the snapshot", Parts(book=Haunted), ("gap", "line_cut")),
    ("ignores prevSeqId", Parts(feed=feed_with(Deaf)), ("gap",)),
    ("lets a crossed book through", Parts(feed=feed_with(Blind)), ("crossed",)),
    ("takes a reset for a gap", Parts(feed=feed_with(Stubborn)), ("seq_reset",)),
    ("takes a duplicate for a gap", Parts(feed=feed_with(Twice)), ("duplicate",)),
    ("does not ask again", Parts(feed=feed_with(connection=Resigned)), ("gap",)),
    ("watches nothing", Parts(feed=feed_with(connection=Trusting)), ("line_dead", "no_snapshot")),
    ("says nothing of a cut", Parts(feed=feed_with(stream=Sanguine)), ("line_cut", "refused")),
    ("leaves on a notice at once", Parts(feed=feed_with(stream=Leaps)), ("notice",)),
    ("comes back at once", Parts(feed=HastyFeed), ("refused", "line_cut")),
]


@pytest.mark.parametrize(
    ("parts", "kinds"), [row[1:] for row in PLANTED], ids=[r[0] for r in PLANTED]
)
def test_a_planted_bug_is_caught(parts, kinds):
    verdicts = (chaos(ChaosOptions(seed, kinds=kinds), parts) for seed in SEEDS)
    assert any(verdict.violations for verdict in verdicts)


@pytest.mark.parametrize("kinds", sorted({row[2] for row in PLANTED}), ids="+".join)
def test_without_the_bug_the_same_scripts_break_nothing(kinds):
    assert [chaos(ChaosOptions(seed, kinds=kinds)).violations for seed in SEEDS] == [[]] * len(
        SEEDS
    )
