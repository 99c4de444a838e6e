"""A tape as a source: what is folded again is what may be folded."""

from taped import BTC, ETH, NOON, btc, delta, snapshot, trade

from pawang.journal.tape import DiskTape, TapeParams, TapeReader, records
from pawang.model.market import BookSnapshot, EtfFlow, FearGreed, FeedLost, InstrumentChanged
from pawang.model.tape import BookCheckpoint, TapeNote

PARAMS = TapeParams(keep_free_gb=0.0)
BEGAN = TapeNote(what="began")
CHECKPOINT = snapshot(0, BookCheckpoint)
AS_SNAPSHOT = snapshot(0)


def taped(home, *batches):
    tape = DiskTape(home / "tape", PARAMS)
    for number, batch in enumerate(batches):
        tape.write(batch, NOON + number)
    tape.close()


def listed(lot="0.01"):
    return InstrumentChanged(instrument=BTC, ts_event=NOON, ts_recv=NOON, listing=btc(lot))


def lost(ts, reason):
    return FeedLost(instrument=BTC, ts_event=ts, ts_recv=ts, channel="all", reason=reason)


def test_a_book_that_was_seen_whole_needs_no_checkpoint(home):
    taped(home, [BEGAN, snapshot(1), delta(2), CHECKPOINT, delta(3)])
    assert list(records(home)) == [snapshot(1), delta(2), delta(3)]


def test_a_reading_that_begins_in_the_middle_begins_with_the_checkpoint(home):
    taped(home, [snapshot(1)], [delta(2), CHECKPOINT, delta(3), CHECKPOINT])
    found = list(records(home, NOON + 1))
    assert found == [delta(2), AS_SNAPSHOT, delta(3)]
    assert type(found[1]) is BookSnapshot


def test_a_lost_book_is_healed_by_the_next_checkpoint(home):
    gone = FeedLost(instrument=BTC, ts_event=NOON, ts_recv=NOON, channel="books", reason="gap")
    taped(home, [snapshot(1), gone, CHECKPOINT, delta(2)])
    assert list(records(home)) == [snapshot(1), gone, AS_SNAPSHOT, delta(2)]


def test_a_hole_in_the_tape_is_a_loss_of_every_feed(home):
    """A book is unknown then, never approximate."""
    hole = TapeNote(what="lost", ts=NOON, count=7, text="too fast")
    taped(home, [listed(), snapshot(1)], [hole, delta(9)], [CHECKPOINT, delta(10)])
    assert list(records(home)) == [
        listed(),
        snapshot(1),
        lost(NOON + 1, "records are missing on the tape"),
        delta(9),
        AS_SNAPSHOT,
        delta(10),
    ]


def test_a_desk_that_began_anew_has_seen_no_book(home):
    taped(home, [BEGAN, listed(), snapshot(1)], [BEGAN, trade(2)])
    assert list(records(home)) == [
        listed(),
        snapshot(1),
        lost(NOON + 1, "the desk began anew"),
        trade(2),
    ]


def test_what_the_desk_did_with_its_market_is_no_record(home):
    peeked = TapeNote(what="peeked", coin="BTC", ts=NOON)
    taped(home, [BEGAN, peeked, trade(1)])
    assert list(records(home)) == [trade(1)]
    assert [entry.record for entry in TapeReader(home).entries()] == [BEGAN, peeked, trade(1)]


def test_one_coin_is_read_with_what_is_of_no_coin(home):
    flows = [
        EtfFlow(
            asset=asset,
            trade_date="2025-09-12",
            flow_usd=1e6,
            funds_reported=1,
            funds_total=1,
            ts_asof=NOON,
            source="s",
        )
        for asset in ("BTC", "ETH")
    ]
    index = trade(5, instrument="BTC-USDT")
    mood = FearGreed(value=40.0, ts_asof=NOON, source="s")
    taped(
        home, [trade(1), trade(2, instrument=ETH), *flows, mood, index, snapshot(3, instrument=ETH)]
    )
    assert list(TapeReader(home, coins=("BTC",))) == [trade(1), flows[0], mood, index]
    assert list(TapeReader(home, coins=("DOGE",))) == [mood]


def test_listings_are_those_of_the_beginning_of_the_span(home):
    taped(home, [listed("0.01")], [listed("0.1")], [listed("1")])
    assert TapeReader(home).listings() == {"BTC": btc("0.01")}
    assert TapeReader(home, NOON + 1).listings() == {"BTC": btc("0.1")}
    assert TapeReader(home, NOON + 9).listings() == {"BTC": btc("1")}


def test_there_is_nothing_to_read_where_there_is_no_tape(home):
    assert list(records(home)) == []
    assert not (home / "tape").exists(), "reading makes nothing"
