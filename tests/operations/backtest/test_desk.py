"""The backtest is the desk: the same decisions, fills and outcomes, and nothing of tomorrow."""

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed
from tests.operations.backtest.conftest import START as BEGUN
from tests.operations.backtest.seeded import START, Stretch

from pawang.config import Config
from pawang.model.codec import decode
from pawang.model.decision import Decision
from pawang.model.market import EtfFlow, Trade
from pawang.model.order import Book
from pawang.model.refs import DAY, HOUR, MINUTE, SECOND
from pawang.operations.backtest import daily, desk, session
from pawang.operations.backtest.known import LookAhead
from pawang.operations.backtest.session import Session

CONFIG = Config()


def decisions(ledger):
    """Everything that was decided, byte for byte."""
    kept = [ledger.by_ref(ref) for ref in ledger.refs()]
    return [(each.ref_id, each.view, each.account, each.decision) for each in kept]


# Beside a running desk.


@pytest.fixture(scope="module")
def stretch():
    return Stretch(7, ("BTC", "ETH"), minutes=35)


@pytest.fixture(scope="module")
def whole(stretch):
    return Session(stretch.listings, stretch.records(), START, stretch.end + 1)


@pytest.fixture(scope="module")
def lived(stretch):
    return stretch.lived()


@pytest.fixture(scope="module")
def played(whole):
    return desk.play(whole, CONFIG)


def test_it_decides_what_the_running_desk_decided_byte_for_byte(lived, played):
    assert len(decisions(lived)) > 20
    assert decisions(played.ledger) == decisions(lived)


def test_its_plans_fill_and_end_as_those_of_the_running_desk(lived, played):
    outcomes = [outcome for _, outcome in lived.outcomes(0)]
    assert any(outcome.filled for outcome in outcomes)
    assert [outcome for _, outcome in played.ledger.outcomes(0)] == outcomes


def test_it_plays_every_plan_that_was_sent_and_only_in_the_shadow_book(played):
    plans = played.verdicts["snp plan"]
    assert played.ledger.counts()["intents"] == plans > 0
    assert {outcome.book for _, outcome in played.ledger.outcomes(0)} == {Book.SHADOW}


def test_what_is_cut_off_changes_nothing_that_came_before(whole, played):
    """The prefix law: a decision hangs on nothing that became known after it."""
    middle = START + 17 * MINUTE
    first = decisions(desk.play(replace(whole, ts_to=middle), CONFIG).ledger)
    assert 5 < len(first) < len(decisions(played.ledger))
    assert first == decisions(played.ledger)[: len(first)]


def test_another_future_leaves_the_past_as_it_was(whole, played):
    middle = START + 17 * MINUTE
    *past, stream = whole.sources
    doubled = [
        changed(row, price=2 * row.price)
        if isinstance(row, Trade) and row.ts_recv > middle
        else row
        for row in stream
    ]
    other = desk.play(replace(whole, sources=[*past, doubled]), CONFIG).ledger
    before = [row for row in decisions(played.ledger) if decode(row[3], Decision).ts < middle]
    assert decisions(other)[: len(before)] == before
    assert decisions(other) != decisions(played.ledger)


def test_equal_sessions_give_equal_ledgers(whole, played):
    again = desk.play(replace(whole, ts_to=START + 10 * MINUTE), CONFIG)
    once = desk.play(replace(whole, ts_to=START + 10 * MINUTE), CONFIG)
    assert again.ledger.read() == once.ledger.read()


# On files.


def etf(trade_date, known):
    return EtfFlow(
        asset="BTC",
        trade_date=trade_date,
        flow_usd=3e8,
        funds_reported=1,
        funds_total=1,
        ts_asof=known,
        source="made up",
    )


def seen_flows(made):
    """The trade dates that the biases of a run have seen."""
    played = desk.play(made, CONFIG)
    views = [event.body.view for event in played.ledger.read() if event.kind == "SlotDue"]
    return [view.etf and view.etf.trade_date for view in views]


def test_the_last_known_day_is_read_and_the_day_that_just_ended_is_not(market):
    """The session runs over midnight: the flow of the 18th is known at noon of the 19th."""
    midnight = (BEGUN // DAY + 1) * DAY
    flows = [etf("2024-07-17", midnight - 12 * HOUR), etf("2024-07-18", midnight + 12 * HOUR)]
    made = session.read(market)
    found = seen_flows(replace(made, sources=[*made.sources, flows]))
    assert found
    assert found == ["2024-07-17"] * len(found)


def test_a_flow_that_claims_to_be_known_during_its_own_day_ends_the_run(market):
    made = session.read(market)
    planted = [etf("2024-07-18", BEGUN // DAY * DAY)]
    with pytest.raises(LookAhead, match="BTC on 2024-07-18"):
        desk.play(replace(made, sources=[*made.sources, planted]), CONFIG)


def test_recorded_flows_are_read_as_late_as_they_were_known(recorded):
    name = "binance_usdm_btcusdt_20240718"
    made = session.read([recorded / f"l2_{name}.parquet", recorded / f"trades_{name}.parquet"])
    days = daily.read([recorded / "etf_flow_daily.parquet"])
    found = seen_flows(replace(made, sources=[*made.sources, days]))
    assert found == ["2024-07-17"] * 4


def test_slots_come_at_their_own_times_and_none_before_the_opening(market):
    made = session.read(market)
    opened = made.ts_from + 4 * MINUTE
    played = desk.play(replace(made, ts_from=opened), CONFIG)
    events = [event for event in played.ledger.read() if event.kind == "SlotDue"]
    assert [(each.body.kind, (each.body.ts_slot - BEGUN) // SECOND) for each in events] == [
        ("snp", 360),  # 00:03:02
        ("ib", 478),  # 00:05:00
    ]
    # What was known before the opening is the desk's past: the book is there at once.
    assert events[0].body.view.book is not None


def test_the_day_s_question_is_asked_at_twenty_past_midnight(market):
    made = session.read(market)
    ends = (BEGUN // DAY + 1) * DAY + 21 * MINUTE
    played = desk.play(replace(made, ts_to=ends), CONFIG)
    asked = [event for event in played.ledger.read() if event.kind == "Calibrated"]
    assert [(each.body.kind, each.ts_event % DAY) for each in asked] == [
        ("ib", 20 * MINUTE),
        ("snp", 20 * MINUTE),
    ]


def test_fees_are_those_that_the_gates_of_a_plan_reckon_with(whole):
    """Ten times the fees: the plans that are still made pay ten times as much for their entries."""
    sniper = changed(CONFIG.signals.sniper, fee_maker_pct=0.0)
    free = changed(CONFIG, signals=changed(CONFIG.signals, sniper=sniper))
    fills = [event.body for event in desk.play(whole, free).ledger.read() if event.kind == "Filled"]
    assert fills
    assert {fill.fee_usd for fill in fills if fill.maker} == {0}
    assert all(fill.fee_usd > 0 for fill in fills if not fill.maker)
