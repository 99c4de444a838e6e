"""The hall tells its witnesses what was folded, in the order it was folded, and what was read."""

import asyncio
from decimal import Decimal
from hashlib import sha256

from pawang import engine
from pawang.config import Config
from pawang.guards.schedule import Schedule
from pawang.hall import Hall, inline
from pawang.journal import MemoryLedger
from pawang.journal.tape import MemoryTape
from pawang.market import Market
from pawang.model.event import HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, InstrumentChanged, Trade
from pawang.model.refs import MINUTE, SECOND
from pawang.model.tape import TapeNote
from pawang.venues.ghost import GhostVenue

NOON = 1_757_937_600 * SECOND
BTC = Instrument.swap(
    "BTC", contract_value=Decimal("0.01"), tick_size=Decimal("0.1"), lot_size=Decimal("0.01")
)


class Doors:
    async def answer(self, answer):
        """Nobody pressed."""

    def wake_outbox(self):
        """Nothing leaves."""

    def health(self):
        return {}


def hall_and_tape():
    config = Config(coins=("BTC",))
    world = engine.World(
        coins=("BTC",),
        instruments={"BTC": BTC},
        rules=config.rules(),
        alerts=config.alerts,
        actions=config.actions("k", sha256(b"1").hexdigest()),
        equity_usd=Decimal(10_000),
    )
    ledger = MemoryLedger(b"k", b"k")
    ghost = GhostVenue([BTC])
    schedule = Schedule(("BTC",))
    hall = Hall(world, ledger, Market({"BTC": BTC}), ghost, schedule, Doors(), inline)
    tape = MemoryTape()
    hall.witnesses.append(tape.write)
    return hall, tape


def print_at(ts):
    return Trade(
        instrument=BTC.name,
        ts_event=ts,
        ts_recv=ts,
        price=60_000.0,
        size=1.0,
        side=Aggressor.BUY,
        trade_id=str(ts),
    )


def listed(ts, listing=BTC):
    return InstrumentChanged(instrument=BTC.name, ts_event=ts, ts_recv=ts, listing=listing)


def records(tape):
    return [entry.record for entry in tape.tail()]


def test_a_desk_begins_with_what_is_listed():
    hall, tape = hall_and_tape()
    asyncio.run(hall.start(NOON, "1"))
    assert records(tape) == [TapeNote(what="began"), listed(NOON)]


def test_readings_stand_between_the_records_before_and_after_them():
    """Whoever folds the tape again knows what each view had seen."""

    async def live(hall):
        await hall.start(NOON, "1")
        await hall.observe([print_at(NOON + SECOND)], NOON + SECOND)
        await hall.pass_time(NOON + MINUTE * 6)
        await hall.observe([print_at(NOON + MINUTE * 6)], NOON + MINUTE * 6)

    hall, tape = hall_and_tape()
    asyncio.run(live(hall))
    kept = records(tape)[2:]
    assert (kept[0], kept[-1]) == (print_at(NOON + SECOND), print_at(NOON + MINUTE * 6))
    notes = kept[1:-1]
    assert {note.what for note in notes} == {"peeked", "froze"}
    peeked = [note.ts for note in notes if note.what == "peeked"]
    froze = [note.ts for note in notes if note.what == "froze"]
    assert froze == peeked[: len(froze)] != []
    assert all(note.text.endswith("_BTC") for note in notes if note.what == "froze")


def test_a_listing_that_changes_and_a_venue_that_closes_are_on_the_tape():
    other = Instrument.swap(
        "BTC", contract_value=Decimal("0.01"), tick_size=Decimal("0.1"), lot_size=Decimal("0.1")
    )

    async def live(hall):
        await hall.start(NOON, "1")
        await hall.relist(other, NOON + 1)
        for state in ("maintenance", "live"):
            health = HealthChanged(provider="okx-status", state=state, reason="")
            await hall.report_health(health, NOON + 2)

    hall, tape = hall_and_tape()
    asyncio.run(live(hall))
    kept = records(tape)
    assert kept[2] == listed(NOON + 1, other)
    closed = [note for note in kept[3:] if getattr(note, "what", "") == "closed"]
    assert closed == [TapeNote(what="closed", text="maintenance"), TapeNote(what="closed")]
