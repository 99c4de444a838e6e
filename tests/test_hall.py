"""The one writer, where a venue changes a contract under it (A23)."""

import asyncio
from decimal import Decimal as D

import pytest
from msgspec.structs import replace
from tests.orders.test_relisting import REF, SOL, life

from pawang import engine, hall
from pawang.guards.schedule import Schedule
from pawang.journal.memory import MemoryLedger
from pawang.market import Market
from pawang.model.chat import Send
from pawang.model.desk import Chat, Desk
from pawang.model.event import Event, HealthChanged, MinuteTick, Relisted
from pawang.model.instrument import Instrument
from pawang.model.order import Book, Rejected
from pawang.model.view import Memory
from pawang.orders import open_order
from pawang.venues.ghost import GhostVenue

NOW = 1_757_921_770 * 10**9
CHAT = 7
COARSE = replace(SOL, lot_size=D("0.1"))


class Doors:
    """Nothing is outside."""

    async def answer(self, answer) -> None:
        raise AssertionError("nobody asked")

    def wake_outbox(self) -> None: ...

    def health(self) -> dict[str, str]:
        return {}


def desk() -> Desk:
    """One chat, one plan, its shadow order."""
    shadow = open_order(life().plan, life().sizing, Book.SHADOW, NOW)
    standing = replace(life(), orders={Book.SHADOW: shadow.client_order_id})
    return Desk(
        chats={CHAT: Chat(chat_id=CHAT, kind="private")},
        plans={REF: standing},
        orders={shadow.client_order_id: shadow},
    )


def ledger_with(desk: Desk) -> MemoryLedger:
    ledger = MemoryLedger(b"button", b"audit")
    begun = Event(
        seq=1, ts_event=NOW, ts_recv=NOW, kind="MinuteTick", ref_id="", cause=0, body=MinuteTick()
    )
    assert ledger.append(begun, (), desk)
    return ledger


@pytest.fixture
def running():
    """(hall, ledger, effects by event) with the plan of `desk` open."""
    world = engine.World(coins=("SOL",), instruments={"SOL": SOL})
    ledger, market, ghost = ledger_with(desk()), Market({"SOL": SOL}), GhostVenue([SOL])
    made = hall.Hall(world, ledger, market, ghost, Schedule(("SOL",)), Doors(), hall.inline)
    told = []
    made.listeners.append(lambda event, effects: told.append((event, effects)))
    asyncio.run(made.start(NOW, "test"))
    told.clear()
    return made, ledger, told


def relist(made, listing):
    asyncio.run(made.relist(listing, NOW + 10**9))


def test_A23_a_changed_contract_holds_for_everything_from_then_on(running):
    made, _, _ = running
    relist(made, COARSE)
    assert made.world.instruments == {"SOL": COARSE}
    assert made.market.freeze("SOL", NOW, Memory()).instrument == COARSE


def test_A23_a_plan_that_does_not_fit_is_withdrawn_and_the_chat_is_told_at_once(running):
    made, _, told = running
    relist(made, COARSE)
    event, effects = told[0]
    assert event.body == Relisted(listing=COARSE, changes=("lot size 0.01 → 0.1",))
    [send] = [effect for effect in effects if isinstance(effect, Send)]
    assert send.chat_id == CHAT
    assert send.text.startswith(
        "📋 okx-SOL: the venue changed the contract "
        "(lot size 0.01 → 0.1, snp_20250915_0736_SOL withdrawn)"
    )
    assert made.desk.plans[REF].cancelled
    asyncio.run(made.pass_time(NOW + 3 * 10**9))  # the venue has heard of it
    assert all(order.state.over for order in made.desk.orders.values())


def test_A23_a_plan_that_fits_stands(running):
    made, _, _ = running
    relist(made, replace(SOL, leverage_max=D(50)))
    assert not made.desk.plans[REF].cancelled
    assert not any(order.state.over for order in made.desk.orders.values())


def test_A23_an_order_that_does_not_fit_the_new_contract_never_rests(running):
    """The ghost re-reads the listing before each order, as the venue would."""
    made, _, _ = running
    relist(made, COARSE)
    order = replace(open_order(life().plan, life().sizing, Book.GHOST, NOW), contracts=D("1.01"))
    made.ghost.submit(order)
    [report] = made.ghost.drain()
    assert isinstance(report, Rejected)
    assert report.reason == "off_lot"


def test_A23_nothing_is_taken_of_a_suspended_contract(running):
    made, _, told = running
    relist(made, replace(SOL, state="suspend"))
    assert "⛔ okx-SOL: not tradeable now (state live → suspend" in str(told[0][1])
    made.ghost.submit(open_order(life().plan, life().sizing, Book.GHOST, NOW))
    assert [report.reason for report in made.ghost.drain()] == ["suspended"]


def test_A23_the_same_listing_again_and_a_stranger_s_say_nothing(running):
    made, _, told = running
    relist(made, SOL)
    relist(made, Instrument.swap("DOGE", contract_value=D(1), tick_size=D(1), lot_size=D(1)))
    assert told == []


def test_C21_no_plan_is_made_while_the_venue_is_in_maintenance(running):
    """It is told, and told again when it is over; a mere announcement closes nothing."""
    made, _, told = running
    problems = []
    for state in ("announced", "maintenance", "normal"):
        said = HealthChanged(provider="okx-status", state=state, reason="upgrade, 27 Mar 02:06")
        asyncio.run(made.report_health(said, NOW))
        problems.append(made.market.freeze("SOL", NOW, Memory()).book_problem)
    assert problems == ["unseen", "maintenance", "unseen"]
    texts = [effect.text for _, effects in told for effect in effects if isinstance(effect, Send)]
    assert [text.splitlines()[0] for text in texts] == [
        "🟡 OKX announces maintenance: upgrade, 27 Mar 02:06",
        "🟠 OKX is in maintenance: upgrade, 27 Mar 02:06. No new plans until it is over",
        "🟢 OKX: maintenance is over (upgrade, 27 Mar 02:06)",
    ]


def test_A23_the_ledger_s_events_make_the_same_world_again(running):
    """Replay steps each event in the world it was stepped in."""
    made, ledger, _ = running
    relist(made, COARSE)
    world = engine.World(coins=("SOL",), instruments={"SOL": SOL})
    for event in ledger.read():
        world = engine.world_after(world, event.body)
    assert world == made.world
