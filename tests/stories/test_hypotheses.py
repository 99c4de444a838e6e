"""Every sniper slot supposes a plan, and the coin's own minutes say what it came to (7.5, S3)."""

import asyncio
from collections import Counter
from decimal import Decimal as D

import numpy as np
import pytest
from tests.test_hall import Doors

from pawang import engine, hall, track_record
from pawang.guards.schedule import Schedule
from pawang.journal import MemoryLedger
from pawang.market import Market
from pawang.model.event import SlotDue
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, Trade
from pawang.model.refs import MINUTE, SECOND
from pawang.venues.ghost import GhostVenue

START = 1_757_937_600 * SECOND  # 2025-09-15 12:00 UTC
COINS = ("BTC", "SOL")
MADE = {
    coin: Instrument.swap(coin, contract_value=D(1), tick_size=D("0.01"), lot_size=D("0.01"))
    for coin in COINS
}


class Desk:
    """A hall fed by a seeded walk of prints, a print every ten seconds and coin."""

    def __init__(self, ledger: MemoryLedger, now: int) -> None:
        self.ledger = ledger
        self.hall = hall.Hall(
            engine.World(coins=COINS, instruments=MADE), ledger, Market(MADE),
            GhostVenue(MADE.values()), Schedule(COINS), Doors(), hall.inline,
        )  # fmt: skip
        asyncio.run(self.hall.start(now, "test"))

    def live(self, now: int, minutes: int, seed: int = 1) -> int:
        async def lived() -> None:
            chance = np.random.default_rng(seed)
            prices = dict.fromkeys(COINS, 200.0)
            for step in range(1, minutes * 6 + 1):
                ts = now + step * 10 * SECOND
                batch = []
                for coin in COINS:
                    prices[coin] *= float(np.exp(chance.normal(0, 0.0006)))
                    batch.append(
                        Trade(
                            instrument=MADE[coin].name, ts_event=ts, ts_recv=ts,
                            price=round(prices[coin], 2), size=1.0, side=Aggressor.BUY,
                            trade_id=f"{coin}{ts}",
                        )
                    )  # fmt: skip
                await self.hall.observe(batch, ts)
                await self.hall.pass_time(ts)

        asyncio.run(lived())
        return now + minutes * MINUTE


@pytest.fixture(scope="module")
def lived() -> MemoryLedger:
    """Three hours of a desk that saw prints and no book: every slot was refused."""
    ledger = MemoryLedger(b"button", b"audit")
    Desk(ledger, START).live(START, 180)
    return ledger


def snipers(ledger: MemoryLedger) -> list[str]:
    return [
        event.ref_id
        for event in ledger.read(limit=100_000)
        if isinstance(event.body, SlotDue) and event.body.kind == "snp"
    ]


def test_every_sniper_slot_of_every_coin_supposes_one_plan(lived):
    supposed = [one.hypothesis.ref_id for one in lived.hypotheses(0)]
    # The first slots come before the first print: there is no price to suppose anything at.
    assert sorted(supposed) == sorted(snipers(lived))
    assert len(supposed) >= 2 * 59


def test_it_is_known_what_each_came_to_once_its_time_is_over(lived):
    now = START + 180 * MINUTE
    over = [one for one in lived.hypotheses(0) if one.hypothesis.ts < now - 70 * MINUTE]
    labels = Counter(one.ending.label for one in over if one.ending is not None)
    assert sum(labels.values()) == len(over)
    assert set(labels) > {"unfilled", "sl"}
    assert "unknown" not in labels


def test_what_the_refused_would_have_done_stands_by_reason_code_beside_luck(lived):
    [record] = track_record.gate_records(lived, START + 180 * MINUTE)
    ended = [one.ending for one in lived.hypotheses(0) if one.ending is not None]
    filled = [one for one in ended if one.filled]
    assert (record.code, record.n, record.filled) == ("data_stale", len(ended), len(filled))
    assert record.tp1 == pytest.approx(np.mean([one.tp1 for one in filled]))
    assert record.mean_r == pytest.approx(np.mean([one.net_r for one in filled]))
    assert record.saved_r == pytest.approx(-sum(one.net_r for one in filled))
    assert record.n_eff < record.filled / 3


def test_a_desk_that_was_away_says_unknown_and_never_guesses():
    """Ten minutes went unseen: plans that lived through them cannot be judged, later ones can."""
    ledger = MemoryLedger(b"button", b"audit")
    now = Desk(ledger, START).live(START, 30)
    back = now + 10 * MINUTE
    Desk(ledger.reopen(), back).live(back, 120, seed=2)
    ended = {one.hypothesis.ts: one.ending for one in ledger.hypotheses(0)}
    before = [one for slot, one in ended.items() if slot < now and one is not None]
    after = [one for slot, one in ended.items() if back + MINUTE < slot < back + 30 * MINUTE]
    assert "unknown" in {one.label for one in before}
    assert all(one is not None and one.label != "unknown" for one in after)
    assert all(one.net_r == 0.0 and not one.filled for one in before if one.label == "unknown")


def test_what_was_judged_after_an_hour_is_not_changed_by_the_next_two(lived):
    ledger = MemoryLedger(b"button", b"audit")
    Desk(ledger, START).live(START, 60)
    later = {one.hypothesis.ref_id: one for one in lived.hypotheses(0)}
    judged = [one for one in ledger.hypotheses(0) if one.ending is not None]
    assert len(judged) > 10
    assert [one for one in judged if later[one.hypothesis.ref_id] != one] == []
