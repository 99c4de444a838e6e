import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.journal.audit import GENESIS, Broken, Head, follow, link, verify

KEY = b"a key for the chain"


def chain(count=5, key=KEY):
    rows, head = [], Head()
    for place in range(count):
        rows.append(follow(key, head, 1_000 + place, 7, "risk", f"{place}.0 %"))
        head = Head(seq=rows[-1].seq, hash=rows[-1].hash)
    return rows


def test_a_chain_begins_at_one_after_the_genesis_and_verifies():
    rows = chain()
    assert [row.seq for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0].previous == GENESIS
    assert verify(KEY, rows) is None
    assert verify(KEY, []) is None


FIELDS = st.sampled_from(["seq", "ts", "actor", "action", "detail", "previous", "hash"])


@given(st.integers(0, 4), FIELDS, st.integers(1, 9))
def test_E13_every_change_of_a_row_is_found(place, field, by):
    rows = chain()
    old = getattr(rows[place], field)
    new = old + by if isinstance(old, int) else old[:-1] + chr(ord(old[-1]) ^ by)
    rows[place] = replace(rows[place], **{field: new})
    broken = verify(KEY, rows)
    assert broken is not None
    assert broken.seq <= place + 1 + (field == "hash")


@pytest.mark.parametrize("place", [0, 2, 4])
def test_E13_a_row_taken_out_is_found_but_for_the_newest(place):
    rows = chain()
    del rows[place]
    assert verify(KEY, rows) == (None if place == 4 else Broken(seq=place + 1, reason="gap"))


@pytest.mark.parametrize("left", [0, 1, 4])
def test_E13_a_cut_tail_is_found_by_a_head_that_was_told_elsewhere(left):
    rows = chain()
    anchor = Head(seq=5, hash=rows[-1].hash)
    assert verify(KEY, rows[:left], anchor) == Broken(seq=left + 1, reason="cut")


def test_a_chain_that_grew_since_its_anchor_is_whole():
    rows = chain()
    assert verify(KEY, rows, Head(seq=2, hash=rows[1].hash)) is None
    assert verify(KEY, rows, Head()) is None


def test_E13_a_row_put_in_or_swapped_is_found():
    rows = chain()
    assert verify(KEY, [*rows[:2], rows[1], *rows[2:]]) == Broken(seq=3, reason="gap")
    assert verify(KEY, [rows[0], rows[2], rows[1]]) == Broken(seq=2, reason="gap")


def test_E13_a_chain_made_anew_without_the_key_is_found():
    assert verify(KEY, chain(key=b"guess")) == Broken(seq=1, reason="hash")


TEXTS = st.text(max_size=5)


@given(st.tuples(TEXTS, TEXTS), st.tuples(TEXTS, TEXTS))
def test_no_text_can_flow_from_one_field_into_the_next(one, other):
    same = link(KEY, GENESIS, 1, 7, *one) == link(KEY, GENESIS, 1, 7, *other)
    assert same == (one == other)


def test_an_empty_key_is_refused():
    with pytest.raises(AssertionError):
        link(b"", GENESIS, 1, 7, "panic", "")
