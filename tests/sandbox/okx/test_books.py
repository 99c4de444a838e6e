"""The law of the shown book: the view of before plus what is told is the view of after."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.sandbox.okx import books
from pawang.sandbox.okx.books import DEPTH, Book, Side

sizes = st.integers(0, 3)


@st.composite
def stories(draw):
    """A side around the depth of the view, and changes that push levels over its edge."""
    start = draw(st.integers(DEPTH - 6, DEPTH + 6))
    ticks = st.integers(-8, DEPTH + 15)
    changes = draw(st.lists(st.dictionaries(ticks, sizes, max_size=12), max_size=8))
    return start, changes


@settings(max_examples=60, deadline=None)
@given(stories(), st.sampled_from([-1, 1]))
def test_snapshot_and_deltas_always_equal_the_best_400(story, sign):
    start, changes = story
    truth = {sign * n: 5 for n in range(start)}
    side = Side(truth, sign)
    held = dict(side.best(DEPTH))
    for change in changes:
        told = side.apply({sign * ticks: lots for ticks, lots in change.items()})
        truth.update({sign * ticks: lots for ticks, lots in change.items()})
        truth = {ticks: lots for ticks, lots in truth.items() if lots}
        for ticks, lots in told:
            assert (ticks in held) or lots, "nothing is deleted that was not there"
            assert held.get(ticks, 0) != lots, "nothing is told that did not change"
            if lots:
                held[ticks] = lots
            else:
                del held[ticks]
        assert held == dict(sorted(truth.items(), key=lambda level: sign * level[0])[:DEPTH])


def test_a_level_pushed_out_of_the_view_is_deleted_and_one_moving_in_is_told():
    side = Side(dict.fromkeys(range(DEPTH + 1), 1), 1)
    assert side.apply({-1: 7}) == [(-1, 7), (DEPTH - 1, 0)]
    assert side.apply({-1: 0}) == [(-1, 0), (DEPTH - 1, 1)]


def test_a_change_beyond_the_view_is_not_told_and_moves_no_sequence():
    book = Book({}, dict.fromkeys(range(DEPTH + 50), 1), seq=100)
    assert book.apply({}, {DEPTH + 5: 9}) == ([], [])
    assert (book.prev_seq, book.seq) == (100, 100)


def test_the_sequence_grows_with_every_change_and_remembers_the_last():
    book = Book({10: 1}, {11: 1}, seq=100)
    book.apply({10: 2}, {})
    first = book.seq
    book.apply({10: 3}, {12: 1})
    assert 100 < first == book.prev_seq < book.seq


def test_best_is_best_first_on_both_sides():
    book = Book({8: 1, 10: 2, 9: 3}, {12: 1, 11: 5}, seq=1)
    assert book.bids.best(2) == [(10, 2), (9, 3)]
    assert book.asks.best(9) == [(11, 5), (12, 1)]
    assert book.touch == ((10, 2), (11, 5))
    assert books.Book({}, {}, seq=1).touch == (None, None)
