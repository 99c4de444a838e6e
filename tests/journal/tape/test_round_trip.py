"""What is written is what is read: every record, every bit, in the order it was folded."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from taped import BTC, KINDS, NOON, anything, bits, delta, mixed, records_of, trade

from pawang.journal.tape.params import TapeParams
from pawang.journal.tape.reading import entries
from pawang.journal.tape.shelf import Shelf
from pawang.journal.tape.tables import BY_KIND
from pawang.journal.tape.writer import Writer
from pawang.model.market import Observation, Trade

NO_FLOOR = TapeParams(keep_free_gb=0.0)


def written(folder, batches, sealed, params=NO_FLOOR):
    writer = Writer(Shelf(folder), params)
    for batch in batches:
        writer.put([batch])
    writer.end()
    while sealed and writer.work():
        pass
    assert writer.lost == 0
    return list(entries(folder, -(2**63), 2**63 - 1))


def test_every_kind_of_observation_has_a_table():
    assert set(BY_KIND) == set(KINDS) >= set(get_args(Observation))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("sealed", [False, True], ids=["journal", "parquet"])
def test_every_record_comes_back_bit_for_bit(kind, sealed):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(records_of(kind), min_size=1, max_size=6))
    def law(records):
        with TemporaryDirectory() as folder:
            found = written(Path(folder), [(records, NOON)], sealed)
            assert [bits(entry.record) for entry in found] == [bits(made) for made in records]

    law()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(anything, max_size=8), max_size=6), st.booleans())
def test_kinds_that_alternate_come_back_in_the_order_they_were_folded(batches, sealed):
    with TemporaryDirectory() as folder:
        stamped = [(batch, NOON + number) for number, batch in enumerate(batches)]
        found = written(Path(folder), stamped, sealed)
        kept = [(bits(entry.record), entry.ts_folded) for entry in found]
        assert kept == [(bits(record), now) for batch, now in stamped for record in batch]
        assert [entry.order for entry in found] == sorted({entry.order for entry in found})


def test_a_segment_of_many_row_groups_is_merged_in_order(folder):
    """Row groups of tables end in different places; no window may run ahead of another table."""
    records = mixed(0, 20_000)
    small = TapeParams(keep_free_gb=0.0, group_rows=700)
    found = written(
        folder, [(records[at : at + 37], NOON) for at in range(0, 20_000, 37)], True, small
    )
    assert [entry.record for entry in found] == records


def test_a_record_that_fits_no_column_is_left_out_counted_and_noted(folder):
    """A number beyond 64 bits must not cost its neighbours."""
    writer = Writer(Shelf(folder), NO_FLOOR)
    good, bad = delta(1), delta(2**70)
    writer.put([([good, bad, trade(3)], NOON)])
    writer.put([([trade(4)], NOON + 1)])
    records = [entry.record for entry in entries(folder, 0, 2**62)]
    assert records[:2] == [good, trade(3)]
    assert (records[2].what, records[2].count) == ("lost", 1)
    assert records[3:] == [trade(4)]
    assert writer.lost == 1


def test_only_the_span_asked_for_is_read(folder):
    batches = [([trade(number)], NOON + number) for number in range(10)]
    written(folder, batches, sealed=True)
    found = entries(folder, NOON + 3, NOON + 6)
    assert [entry.ts_folded - NOON for entry in found] == [3, 4, 5]


def test_the_order_rises_over_segments_and_restarts(folder):
    orders = []
    for life in range(3):
        writer = Writer(Shelf(folder), NO_FLOOR)
        writer.put([([trade(life)], NOON - life)])  # a clock that was set back, too
        writer.end()
        while life and writer.work():
            pass
        found = list(entries(folder, 0, 2**62))
        orders = [entry.order for entry in found]
        assert orders == sorted(set(orders))
        assert [entry.record.trade_id for entry in found] == [str(n) for n in range(life + 1)]
    assert [order >> 32 for order in orders] == [1, 2, 3]


def test_instruments_are_plain_text_in_the_file(folder):
    import pyarrow.parquet as pq

    written(folder, [([trade(1), delta(2)], NOON)], sealed=True)
    (file,) = (folder / "books").glob("*.parquet")
    rows = pq.read_table(file).to_pylist()
    shared = {"order": (1 << 32) + 1, "ts_folded": NOON, "instrument": BTC, "seq": 2, "prev_seq": 1}
    shared |= {
        "ts_event": NOON + 2,
        "ts_recv": NOON + 2,
        "is_snapshot": False,
        "is_checkpoint": False,
    }
    assert rows == [
        {**shared, "side": 1, "price": 59_999.9, "size": 1.5},
        {**shared, "side": -1, "price": 60_000.2, "size": 0.0},
    ]
    assert pq.read_schema(file).field("instrument").type == "string"
    (file,) = (folder / "trades").glob("*.parquet")
    (row,) = pq.read_table(file).to_pylist()
    assert (row["trade_id"], row["trade_id_text"], row["side"]) == (1, None, 1)
    assert Trade.__struct_fields__[:3] == ("instrument", "ts_event", "ts_recv")
