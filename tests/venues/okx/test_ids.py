"""Our ids on the wire: legal, ours, and readable back."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.model.order import Book
from pawang.orders import client_order_id
from pawang.venues.okx import ids

REFS = st.builds(
    "{}_20250915_{:02d}{:02d}_{}{}".format,
    st.sampled_from(["snp", "ib"]),
    st.integers(0, 23),
    st.integers(0, 59),
    st.from_regex(r"[A-Z0-9]{2,10}", fullmatch=True),
    st.sampled_from(["", "_2", "_9"]),
)


@given(REFS, st.sampled_from(Book), st.integers(1, 9), st.sampled_from(list(ids.LETTERS)))
def test_I2_every_leg_of_every_order_has_a_legal_id_that_reads_back(ref, book, entry, leg):
    order = client_order_id(ref, book, "entry", entry)
    generation = entry if leg == "entry" else 3
    made = ids.wire_id(order, leg, generation)
    assert re.fullmatch(r"[A-Za-z0-9]{1,32}", made)
    assert ids.read(made) == ids.WireId(client_order_id=order, leg=leg, generation=generation)


@pytest.mark.parametrize(
    "foreign",
    ["", "pw", "pwx", "6b9ad766b55dBCDE63969a1144bfb943", "e847386590ce4dBC", "pw123", "O-1-2"],
)
def test_c13_a_strangers_id_is_not_ours(foreign):
    assert ids.read(foreign) is None


def test_the_legs_of_one_order_have_different_ids():
    order = client_order_id("snp_20250915_0736_SOL", Book.LIVE, "entry", 1)
    assert len({ids.wire_id(order, leg) for leg in ids.LETTERS}) == len(ids.LETTERS)
