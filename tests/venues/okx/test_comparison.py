"""Our book against REST's, while both move."""

import asyncio

import pytest

from pawang.model.market import BookSnapshot, FeedLost
from pawang.model.refs import SECOND
from pawang.venues.okx.comparer import CompareParams, compare_book
from pawang.venues.okx.comparison import Doubts, Tops, Verdict
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.parse import parse
from pawang.venues.okx.rest import Unreachable
from pawang.venues.okx.translate import Translator

BTC = "BTC-USDT-SWAP"
NOW = 1000 * SECOND
EQUAL, DIFFERENT, UNDECIDED = Verdict.EQUAL, Verdict.DIFFERENT, Verdict.UNDECIDED


def top(bid):
    return (((bid, 1.0),), ((101.0, 2.0),))


def tops(*known):
    made = Tops()
    for seq, bid in known:
        made.note(seq, top(bid))
    return made


@pytest.mark.parametrize(
    ("seq", "bid", "verdict"),
    [
        (104, 99.0, EQUAL),
        (104, 98.0, DIFFERENT),
        (105, 99.0, EQUAL),  # between two of ours that are equal: it stood still
        (105, 98.0, DIFFERENT),
        (109, 99.0, UNDECIDED),  # between two of ours that differ
        (102, 97.0, UNDECIDED),  # before all of ours
        (120, 96.0, UNDECIDED),  # after all of ours: the stream is behind
    ],
)
def test_a_book_is_compared_with_ours_of_the_same_number(seq, bid, verdict):
    known = tops((103, 97.0), (104, 99.0), (107, 99.0), (110, 96.0))
    assert known.judge(seq, *top(bid)) is verdict


def test_only_the_first_five_levels_count():
    made = Tops()
    levels = tuple((99.0 - k, 1.0) for k in range(5))
    made.note(1, (levels, levels))
    rest = (*levels, (1.0, 1.0))
    assert made.judge(1, rest, rest) is EQUAL
    assert made.judge(1, rest[1:], rest) is DIFFERENT


def test_numbers_that_begin_anew_make_the_older_ones_prove_nothing():
    known = tops((103, 97.0), (104, 97.0), (3, 97.0))
    assert known.judge(50, *top(97.0)) is UNDECIDED
    assert known.judge(3, *top(97.0)) is EQUAL


def test_one_difference_may_be_a_race_two_in_a_row_are_not():
    doubts = Doubts()
    said = [
        doubts.judged(BTC, verdict)
        for verdict in (DIFFERENT, EQUAL, DIFFERENT, UNDECIDED, DIFFERENT, UNDECIDED, EQUAL, EQUAL)
    ]
    assert said == ["", "", "", "", "lose", "", "cleared", ""]
    assert doubts.counts == {"different": 3, "equal": 3, "undecided": 2}


def test_differences_of_two_books_are_not_added_up():
    doubts = Doubts()
    assert [doubts.judged(name, DIFFERENT) for name in (BTC, "SOL", BTC)] == ["", "", "lose"]


def rest_book(bid=99.9, size=0.02, seq=10):
    """As REST tells the book of `wire.snapshot`: two contracts of 0.01 coin."""
    return BookSnapshot(
        instrument=BTC,
        ts_event=NOW,
        ts_recv=NOW,
        bids=((bid, size),),
        asks=((100.1, 0.03),),
        seq=seq,
    )


@pytest.fixture
def connection(btc, wire):
    made = Connection([btc], ("books",))
    made.open(NOW)
    made.requests()
    made.hear(wire.snapshot(10), NOW, NOW)
    return made


def test_the_connection_remembers_tops_only_while_somebody_asks(connection, wire):
    assert connection.compare(BTC, rest_book()) is UNDECIDED
    connection.watch_book(BTC)
    connection.hear(wire.book(10, 11, [("99.9", "4")]), NOW, NOW)
    assert connection.compare(BTC, rest_book()) is EQUAL
    assert connection.compare(BTC, rest_book()) is UNDECIDED


def test_the_comparison_is_of_the_number_that_rest_told_not_of_now(connection, wire):
    connection.watch_book(BTC)
    connection.hear(wire.book(10, 11, [("99.9", "4")]), NOW, NOW)
    assert connection.compare(BTC, rest_book(size=0.04, seq=11)) is EQUAL
    connection.watch_book(BTC)
    assert connection.compare(BTC, rest_book(size=0.02, seq=11)) is DIFFERENT


def test_a_book_that_is_unknown_is_not_compared(connection, wire):
    connection.watch_book(BTC)
    connection.hear(wire.book(50, 51), NOW, NOW)
    assert connection.compare(BTC, rest_book()) is UNDECIDED


def test_a_wrong_book_is_lost_at_once_and_asked_for(connection):
    now = NOW + 10 * SECOND
    [lost] = connection.lose_book(BTC, "differs from REST", now, now)
    assert isinstance(lost, FeedLost)
    assert (lost.channel, lost.reason) == ("books", "differs from REST")
    assert len(connection.requests()) == 2
    assert not connection.chains[BTC].intact


# The task.


class Feed:
    """Answers with the verdicts it was given."""

    translator = None

    def __init__(self, *verdicts):
        self.verdicts = list(verdicts)
        self.watched = 0

    def watch_book(self, name):
        self.watched += 1

    def compare(self, name, snapshot):
        return self.verdicts.pop(0)


class Silent:
    """A REST that is not there."""

    async def get(self, path, query=None):
        raise Unreachable(path, "", "down")


@pytest.mark.parametrize(
    ("verdicts", "asked"),
    [
        ([EQUAL], 1),
        ([UNDECIDED, EQUAL], 2),
        ([DIFFERENT, DIFFERENT, UNDECIDED, EQUAL], 4),
        ([UNDECIDED] * 4, 4),
    ],
)
def test_a_round_ends_with_an_equal_book_or_with_enough_tries(verdicts, asked, wire, btc):
    row = {"asks": [["100.1", "3"]], "bids": [["99.9", "2"]], "ts": "1743041250440", "seqId": 10}

    class Rest:
        async def get(self, path, query=None):
            return parse(wire.answer(row), path)

    feed, slept = Feed(*verdicts), []

    async def sleep(seconds):
        slept.append(seconds)

    feed.translator = Translator({BTC: btc})
    asyncio.run(compare_book(feed, Rest(), BTC, lambda: NOW, sleep))
    assert feed.watched == asked
    assert slept == [CompareParams().before_s, CompareParams().after_s] * asked


def test_a_rest_that_does_not_answer_decides_nothing():
    feed = Feed()

    async def sleep(seconds): ...

    assert asyncio.run(compare_book(feed, Silent(), BTC, lambda: NOW, sleep)) is UNDECIDED
