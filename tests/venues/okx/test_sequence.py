"""The law of a book's channel: nobody reads over a gap."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.venues.okx.parse import parse
from pawang.venues.okx.sequence import BookChain, Verdict
from pawang.venues.okx.wire import BookRow

TS = 1_743_041_250_440


def row(prev, seq, bids=(), asks=(), checksum=0) -> BookRow:
    return BookRow(
        asks=tuple(asks), bids=tuple(bids), ts=TS, seq_id=seq, prev_seq_id=prev, checksum=checksum
    )


def standing(seq=10) -> BookChain:
    chain = BookChain()
    first = row(-1, seq, [("99", "1"), ("98", "2")], [("101", "1"), ("102", "2")])
    assert chain.fold(first, snapshot=True) is Verdict.TAKE
    return chain


def test_A04_A05_A06_the_documented_chain_of_five_messages_is_taken():
    chain = BookChain()
    chained = [(-1, 10), (10, 15), (15, 15), (15, 3), (3, 5)]
    verdicts = [chain.fold(row(prev, seq), prev == -1) for prev, seq in chained]
    assert verdicts == ["take", "take", "keepalive", "take", "take"]


def test_A04_a_gap_loses_the_book_before_anybody_reads_it():
    chain = standing(10)
    assert chain.fold(row(12, 13, [("99.5", "1")]), snapshot=False) is Verdict.LOST
    assert not chain.intact
    assert chain.problem == "gap: prevSeqId 12 after 10"


def test_A09_what_was_queued_before_the_new_snapshot_is_not_believed():
    chain = standing(10)
    chain.fold(row(12, 13), snapshot=False)
    assert [chain.fold(row(seq, seq + 1), False) for seq in (13, 14, 10)] == ["wait"] * 3
    assert chain.fold(row(-1, 20, [("99", "1")], [("101", "1")]), snapshot=True) is Verdict.TAKE
    assert chain.fold(row(20, 21), snapshot=False) is Verdict.TAKE


def test_A10_a_snapshot_replaces_the_book_and_is_never_merged():
    chain = standing(10)
    chain.fold(row(-1, 50, [("90", "1")], [("95", "1")]), snapshot=True)
    assert chain.touch == (90.0, 95.0)


def test_A07_the_same_update_twice_counts_once():
    chain = standing(10)
    assert chain.fold(row(10, 11), False) is Verdict.TAKE
    assert chain.fold(row(10, 11), False) is Verdict.DUPLICATE
    assert chain.fold(row(11, 12), False) is Verdict.TAKE


def test_A07_updates_in_the_wrong_order_are_a_gap():
    chain = standing(10)
    assert [chain.fold(row(11, 12), False), chain.fold(row(10, 11), False)] == ["lost", "wait"]


def test_updates_after_a_lost_reset_are_a_gap_and_not_old_news():
    """(10, 3) never came: (3, 5) looks older than what is known, yet it is not a duplicate."""
    chain = standing(10)
    assert chain.fold(row(3, 5), False) is Verdict.LOST


def test_updates_before_any_snapshot_wait():
    assert BookChain().fold(row(1, 2), False) is Verdict.WAIT


@pytest.mark.parametrize("price", ["101", "101.5"])
def test_A19_a_locked_or_crossed_book_is_lost(price):
    chain = standing(10)
    assert chain.fold(row(10, 11, [(price, "1")]), False) is Verdict.LOST
    assert chain.problem.startswith("crossed: bid 101")


def test_A19_a_crossed_snapshot_is_lost_too():
    chain = BookChain()
    assert chain.fold(row(-1, 1, [("5", "1")], [("4", "1")]), True) is Verdict.LOST


def test_a_touch_that_moves_in_one_message_is_not_crossed():
    chain = standing(10)
    moved = row(10, 11, [("101", "1")], [("101", "0")])
    assert chain.fold(moved, False) is Verdict.TAKE
    assert chain.touch == (101.0, 102.0)


def test_deleting_what_is_not_there_is_no_news():
    chain = standing(10)
    assert chain.fold(row(10, 11, [("50", "0")]), False) is Verdict.TAKE
    assert chain.touch == (99.0, 101.0)


def test_a_checksum_that_does_not_match_loses_the_book():
    chain = standing(10)
    assert chain.fold(row(10, 11, checksum=12345), False) is Verdict.LOST
    assert chain.problem.startswith("checksum 12345, ours ")


def test_a_live_book_whose_numbers_vanish_is_lost():
    chain = standing(10)
    assert chain.fold(row(None, None, [("99", "3")]), False) is Verdict.LOST


def test_a_row_without_numbers_and_without_a_checksum_is_vouched_for_by_nothing():
    assert BookChain().fold(row(None, None, [("99", "1")]), True) is Verdict.LOST


def test_every_recorded_frame_keeps_its_checksum(recorded):
    """197 of 197: the books of 2022 carry a CRC32 and no numbers."""
    path = recorded / "cryptofeed/ws_public_2022-05-13_BTC-USDT_BTC-USD-220527.jsonl"
    chains: dict[str, BookChain] = {}
    verdicts = []
    for line in path.read_bytes().splitlines():
        parsed = parse(line)
        for made in parsed.records:
            if isinstance(made, BookRow):
                chain = chains.setdefault(parsed.arg["instId"], BookChain())
                assert made.checksum != 0
                verdicts.append(chain.fold(made, parsed.action == "snapshot"))
    assert verdicts == [Verdict.TAKE] * 197
    assert all(chain.intact for chain in chains.values())


def test_a_recorded_frame_with_one_size_changed_is_lost(recorded):
    path = recorded / "cryptofeed/ws_public_2022-05-13_BTC-USDT_BTC-USD-220527.jsonl"
    line = next(line for line in path.read_bytes().splitlines() if b"snapshot" in line)
    message = json.loads(line)["msg"]
    message["data"][0]["bids"][3][1] = "77777"
    parsed = parse(json.dumps(message))
    assert BookChain().fold(parsed.records[0], True) is Verdict.LOST


PRICES = st.integers(90, 110)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), PRICES, st.integers(0, 3)), min_size=1, max_size=40))
def test_the_touch_is_that_of_a_plain_dictionary(changes):
    """Two dictionaries and max/min are the reference; crossing ends the comparison."""
    chain, bids, asks = standing(0), {99.0: 1, 98.0: 2}, {101.0: 1, 102.0: 2}
    for seq, (buy, price, size) in enumerate(changes):
        level = (str(price), str(Decimal(size)))
        side = bids if buy else asks
        side[float(price)] = size
        if size == 0:
            del side[float(price)]
        verdict = chain.fold(row(seq, seq + 1, [level] * buy, [level] * (not buy)), False)
        best = max(bids, default=None), min(asks, default=None)
        if None not in best and best[0] >= best[1]:
            assert verdict is Verdict.LOST
            return
        assert (verdict, chain.touch) == (Verdict.TAKE, best)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(["send", "twice", "swap", "drop", "reset"]), max_size=60))
def test_A07_whatever_is_doubled_swapped_or_dropped_an_intact_book_is_the_venue_s(acts):
    """Each message sets a level to its own number: a book that missed one would show it. What is
    lost comes back by a snapshot and by nothing else."""
    chain, seq, number, at = standing(10), 10, 0, {}
    held: list[BookRow] = []
    for act in acts:
        number += 1
        step = -5 if act == "reset" and seq > 20 else 2
        message = row(seq, seq + step, [(f"9{number % 8}", str(number))])
        seq += step
        at[number] = seq
        if act == "drop":
            continue
        held.append(message)
        if act == "swap" and len(held) == 1:
            continue  # sent after its successor
        for one in [*reversed(held), *([message] if act == "twice" else [])]:
            verdict = chain.fold(one, snapshot=False)
            if verdict is Verdict.LOST:
                assert not chain.intact
        held = []
        if not chain.intact:
            assert chain.fold(row(seq, seq + 2, [("95", "1")]), False) is Verdict.WAIT
            fresh = row(-1, seq, [("90", str(number))], [("101", "1")])
            assert chain.fold(fresh, snapshot=True) is Verdict.TAKE
        assert chain.seq == seq


def test_A10_no_level_of_the_old_book_survives_a_snapshot():
    """After a cut, a gap, or out of nowhere: what the snapshot does not name is gone."""
    for way in ("cut", "gap", "nothing"):
        chain = standing(10)
        if way == "cut":
            chain.lose("cut")
        elif way == "gap":
            chain.fold(row(12, 13), snapshot=False)
        chain.fold(row(-1, 50, [("97", "4")], [("103", "5")]), snapshot=True)
        bids, asks = ([tuple(map(float, level[:2])) for level in side] for side in chain.top(5))
        assert (bids, asks) == ([(97.0, 4.0)], [(103.0, 5.0)])
