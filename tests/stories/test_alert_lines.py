"""Set Alert Lines, from the print that crosses to the one message (row T5)."""

import asyncio
from decimal import Decimal as D

import pytest
from msgspec.structs import replace
from tests.orders.test_relisting import REF, SOL, life
from tests.test_hall import Doors

from pawang import alerts, engine, hall
from pawang.guards.schedule import Schedule
from pawang.journal import MemoryLedger
from pawang.market import Market
from pawang.model.chat import Send
from pawang.model.decision import Target
from pawang.model.desk import Chat, Desk
from pawang.model.event import Event, LineCrossed, MinuteTick
from pawang.model.market import Aggressor, Trade
from pawang.model.order import Book, OrderState
from pawang.model.refs import SECOND
from pawang.orders import open_order
from pawang.venues.ghost import GhostVenue

NOW = 1_757_921_770 * SECOND
ASKED, DEAF = 7, 8


def desk() -> Desk:
    """A LONG at 221.45, SL 220.60, TP 222.00 and 222.60; one of two chats asked for its lines."""
    made = life()
    targets = (
        Target(price=D("222.00"), share_pct=50, magnet_price=222.0),
        Target(price=D("222.60"), share_pct=50, magnet_price=222.6),
    )
    made = replace(made, plan=replace(made.plan, targets=targets), chats=(ASKED, DEAF))
    order = open_order(made.plan, made.sizing, Book.SHADOW, NOW)
    over = replace(order, state=OrderState.EXPIRED, entry_over=True)  # the lines outlive it
    made = replace(
        made,
        orders={Book.SHADOW: order.client_order_id},
        lines=alerts.lines_of(made),
        line_chats=(ASKED,),
    )
    return Desk(
        chats={chat: Chat(chat_id=chat, kind="private") for chat in (ASKED, DEAF)},
        plans={REF: made},
        orders={order.client_order_id: over},
    )


class Story:
    def __init__(self) -> None:
        self.ledger = MemoryLedger(b"button", b"audit")
        begun = Event(
            seq=1, ts_event=NOW, ts_recv=NOW, kind="MinuteTick", ref_id="", cause=0,
            body=MinuteTick(),
        )  # fmt: skip
        assert self.ledger.append(begun, (), desk())
        self.sends: list[Send] = []
        self.prints = 0
        self.start()

    def start(self) -> None:
        """Also after a crash: what was crossed is in the ledger."""
        world = engine.World(coins=("SOL",), instruments={"SOL": SOL})
        self.hall = hall.Hall(
            world, self.ledger.reopen(), Market({"SOL": SOL}), GhostVenue([SOL]),
            Schedule(("SOL",)), Doors(), hall.inline,
        )  # fmt: skip
        asyncio.run(self.hall.start(NOW, "test"))
        self.hall.listeners.append(self.hear)

    def hear(self, _, effects) -> None:
        self.sends += [effect for effect in effects if isinstance(effect, Send)]

    def prints_at(self, *prices: float) -> list[str]:
        """The lines that were told, after these prints in one batch."""
        batch = []
        for price in prices:
            self.prints += 1
            ts = NOW + self.prints * SECOND
            batch.append(
                Trade(
                    instrument=SOL.name, ts_event=ts, ts_recv=ts, price=price, size=1.0,
                    side=Aggressor.SELL, trade_id=str(self.prints),
                )
            )  # fmt: skip
        told = len(self.sends)
        asyncio.run(self.hall.observe(batch, NOW + self.prints * SECOND))
        return [send.text.splitlines()[0] for send in self.sends[told:]]


@pytest.fixture
def story() -> Story:
    return Story()


def test_T5_each_line_is_told_when_a_print_crosses_it_and_only_to_who_asked(story):
    assert story.prints_at(221.80, 221.46) == []
    assert story.prints_at(221.45) == ["⚠️ SOL crossed entry 221.45 at 221.45"]
    assert story.prints_at(221.9, 222.0) == ["⚠️ SOL crossed TP1 222.00 at 222"]
    assert story.prints_at(222.7) == ["⚠️ SOL crossed TP2 222.60 at 222.7"]
    assert story.prints_at(220.0) == ["⚠️ SOL crossed SL 220.60 at 220"]
    assert {send.chat_id for send in story.sends} == {ASKED}


def test_T5_each_is_told_once_however_often_the_price_comes_back(story):
    assert len(story.prints_at(221.4, 221.6, 221.3, 221.6, 221.2)) == 1
    assert story.prints_at(221.6, 221.1) == []


def test_T5_one_print_through_several_lines_tells_each(story):
    told = story.prints_at(220.0)
    assert [line.split()[3] for line in told] == ["entry", "SL"]


def test_T5_a_line_that_was_told_stays_told_after_a_crash(story):
    assert len(story.prints_at(221.4)) == 1
    story.start()
    assert story.prints_at(221.3) == []
    assert story.prints_at(222.1) == ["⚠️ SOL crossed TP1 222.00 at 222.1"]


def test_T5_every_crossing_is_an_event_and_a_message_of_its_own(story):
    story.prints_at(221.4, 222.0)
    crossed = [one for one in story.ledger.read() if isinstance(one.body, LineCrossed)]
    assert [one.body.name for one in crossed] == ["entry", "TP1"]
    refs = [send.ref_id for send in story.sends]
    assert refs == ["ln_20250915_0736_SOL", "ln_20250915_0736_SOL_2"]
