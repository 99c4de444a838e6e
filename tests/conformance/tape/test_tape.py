"""What a desk and a reader may rely on, whatever the tape is made of."""

from taped import NOON, mixed, snapshot, trade

from pawang.model.refs import HOUR
from pawang.model.tape import BookCheckpoint, TapeNote


def records(entries):
    return [entry.record for entry in entries]


def test_a_tape_gives_back_what_was_folded_in_that_order(tape):
    given = [*mixed(0, 40), snapshot(7), snapshot(7, BookCheckpoint), TapeNote(what="began")]
    tape.write(given[:20], NOON)
    tape.write(given[20:], NOON)
    tape.settle()
    assert records(tape.read(0, 2**62)) == given
    assert records(tape.tail()) == given


def test_an_empty_tape_has_nothing_to_say(tape):
    tape.write([], NOON)
    tape.settle()
    assert list(tape.read(0, 2**62)) == tape.tail() == []


def test_a_span_begins_with_its_start_and_ends_before_its_end(tape):
    for number in range(5):
        tape.write([trade(number)], NOON + number)
    tape.settle()
    assert [entry.ts_folded - NOON for entry in tape.read(NOON + 1, NOON + 3)] == [1, 2]


def test_a_clock_that_is_set_back_changes_no_order(tape):
    tape.write([trade(1)], NOON)
    tape.write([trade(2)], NOON - HOUR)
    tape.write([trade(3)], NOON + 2 * HOUR)
    tape.settle()
    assert records(tape.read(0, 2**62)) == [trade(1), trade(2), trade(3)]
    assert records(tape.read(NOON - HOUR, NOON)) == [trade(2)]


def test_the_tail_goes_on_where_it_was_left(tape):
    """Subscribe = read from an order and follow."""
    tape.write(mixed(0, 10), NOON)
    tape.settle()
    first = tape.tail(limit=4)
    second = tape.tail(after=first[-1].order, limit=4)
    tape.write(mixed(10, 10), NOON + 2 * HOUR)  # another segment, where there are segments
    tape.settle()
    rest = tape.tail(after=second[-1].order)
    assert records(first + second + rest) == mixed(0, 20)
    orders = [entry.order for entry in first + second + rest]
    assert orders == sorted(set(orders))
    assert tape.tail(after=orders[-1]) == []


def test_what_was_written_may_not_be_changed_by_reading(tape):
    tape.write(mixed(0, 10), NOON)
    tape.settle()
    records(tape.read(0, 2**62)).clear()
    tape.tail().clear()
    assert records(tape.read(0, 2**62)) == mixed(0, 10)
