"""A wall falls under a plan: what the desk does, says and keeps (row S4, signals.md 7.3)."""

import asyncio
from decimal import Decimal as D

import pytest
from msgspec.structs import replace
from tests.test_hall import Doors

from pawang import engine, hall
from pawang.guards.schedule import Schedule
from pawang.journal import MemoryLedger
from pawang.market import Market
from pawang.model.chat import Edit, Send
from pawang.model.decision import NoTrade, SniperPlan
from pawang.model.desk import INVALIDATION, Chat, Desk, PlanLife
from pawang.model.event import (
    Close,
    Event,
    FlowTurned,
    Keep,
    LineCrossed,
    MinuteTick,
    Place,
    Reverse,
    SlotDue,
    Suppose,
    WallFell,
    Withdraw,
)
from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, MarkPrice, Side, Trade
from pawang.model.order import Book, Ended, Filled, OrderState
from pawang.model.refs import SECOND
from pawang.model.view import Flip, Magnet, MarketView, Memory, Wall
from pawang.venues.ghost import GhostVenue

SOL = Instrument.swap("SOL", contract_value=D(1), tick_size=D("0.01"), lot_size=D("0.01"))
WORLD = engine.World(coins=("SOL",), instruments={"SOL": SOL})
CHAT = 7


def wall(price: float, side: Aggressor) -> Wall:
    return Wall(
        side=side, price=price, size=4000.0, notional_usd=9e5, distance_bps=20.0, z=9.0,
        age_s=95.0, peak=4200.0, pull_score=0.3, strength=0.5, qualified=True,
    )  # fmt: skip


def magnet(price: float) -> Magnet:
    return Magnet(
        price=price, side=Side.SHORT, mass_usd=3e6, strength=0.8, distance_pct=0.5, age_s=7200.0
    )


@pytest.fixture(scope="module")
def market_of(sniper_view, last_bias_of, ts):
    """`market_of(side, **memory)`: SOL at 221.50, a wall behind the price and magnets before it."""

    def build(side: Side, **memory: object) -> MarketView:
        sign = side.sign
        ours = Aggressor.BUY if sign > 0 else Aggressor.SELL
        remembered = Memory(bias=last_bias_of(Side.LONG, ts - 180 * SECOND, raw=62.0))
        return sniper_view(
            "SOL",
            walls=(wall(221.5 - 0.45 * sign, ours),),
            magnets=tuple(magnet(221.5 + way * sign) for way in (0.8, 1.5, 2.5)),
            memory=replace(remembered, **memory),
        )

    return build


@pytest.fixture(scope="module")
def sniper_view():
    from tests.signals.conftest import _view

    return _view


@pytest.fixture(scope="module")
def last_bias_of():
    from tests.signals.conftest import _last_bias

    return _last_bias


@pytest.fixture(scope="module")
def ts() -> int:
    from tests.signals.conftest import TS

    return TS


def event(body, ts: int, ref: str = "", cause: int = 0, seq: int = 1) -> Event:
    return Event(
        seq=seq, ts_event=ts, ts_recv=ts, kind=type(body).__name__, ref_id=ref, cause=cause,
        body=body,
    )  # fmt: skip


def slot(view: MarketView, ref: str) -> Event:
    return event(SlotDue(kind="snp", coin="SOL", ts_slot=view.ts, view=view), view.ts, ref)


def of_kind(step: engine.Step, kind: type) -> list:
    return [effect for effect in step.effects if isinstance(effect, kind)]


REF = "snp_20250915_0733_SOL"
FLIP = "snp_20250915_0740_SOL_2"


@pytest.fixture(scope="module")
def sent(market_of) -> Desk:
    """A LONG plan as the desk sent it; its shadow has filled."""
    start = Desk(
        chats={CHAT: Chat(chat_id=CHAT, kind="private")}, equity_usd={Book.GHOST: D(10_000)}
    )
    step = engine.step(start, slot(market_of(Side.LONG), REF), WORLD)
    [place] = of_kind(step, Place)
    held = replace(
        place.order,
        state=OrderState.FILLED,
        filled=place.order.contracts,
        entry_over=True,
        entry_price=place.order.entry,
        entry_usd=place.order.entry * place.order.contracts,
        ts_filled=place.order.ts_placed,
    )
    return replace(step.desk, orders={held.client_order_id: held})


def fallen(desk: Desk, ts: int, how: str = "eaten") -> engine.Step:
    return engine.step(desk, event(WallFell(coin="SOL", price=221.05, how=how), ts), WORLD)


def later(ts: int) -> int:
    return ts + 420 * SECOND


# What one event does


def test_S4_an_eaten_wall_cuts_the_plan_says_so_on_its_card_and_asks_for_the_other_side(sent, ts):
    step = fallen(sent, later(ts))
    [order] = sent.orders
    assert of_kind(step, Withdraw) == [
        Withdraw(client_order_id=order, reason="wall_eaten", close=True)
    ]
    assert of_kind(step, Reverse) == [Reverse(coin="SOL", ref_id=REF, side=Side.SHORT)]
    [edit] = of_kind(step, Edit)
    assert (edit.ref_id, edit.chat_id) == (REF, CHAT)
    assert "✂️ given up: its wall was eaten, out at market" in edit.text
    assert of_kind(step, Send) == []


def test_S4_a_pulled_wall_cuts_and_does_not_reverse(sent, ts):
    step = fallen(sent, later(ts), "pulled")
    assert [left.reason for left in of_kind(step, Withdraw)] == ["wall_pulled"]
    assert of_kind(step, Reverse) == []


def test_another_wall_is_none_of_its_business(sent, ts):
    step = engine.step(
        sent, event(WallFell(coin="SOL", price=221.00, how="eaten"), later(ts)), WORLD
    )
    assert step == engine.Step(desk=sent)


def test_a_halted_desk_cuts_and_reverses_nothing(sent, ts):
    halted = replace(sent, trading=replace(sent.trading, state="halted"))
    step = fallen(halted, later(ts))
    assert len(of_kind(step, Withdraw)) == 1
    assert of_kind(step, Reverse) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (FlowTurned(coin="SOL", side=Side.LONG, z=-3.4), "flow_turned"),
        (LineCrossed(ref_id=REF, name=INVALIDATION, price=220.5), "mark_through"),
    ],
)
def test_order_flow_against_it_or_the_mark_through_its_stop_cut_it_too(sent, ts, body, why):
    step = engine.step(sent, event(body, later(ts)), WORLD)
    assert [left.reason for left in of_kind(step, Withdraw)] == [why]
    assert of_kind(step, Reverse) == []
    assert step.desk.plans[REF].cut == why
    again = engine.step(step.desk, event(body, later(ts)), WORLD)
    assert again.effects == ()


# The flip


@pytest.fixture(scope="module")
def flipped(sent, market_of, ts) -> engine.Step:
    """The opposite plan, in a market that offers one."""
    cut = fallen(sent, later(ts)).desk
    memory = engine.memory(cut, "SOL", "SOL", later(ts), Flip(ref_id=REF, side=Side.SHORT))
    view = market_of(Side.SHORT, flip=memory.flip, live_plan=memory.live_plan)
    return engine.step(cut, event(SlotDue(
        kind="snp", coin="SOL", ts_slot=later(ts), view=replace(
            view, ts=later(ts), memory=replace(view.memory, bias=replace(
                view.memory.bias, ts=later(ts) - 60 * SECOND
            )),
        ),
    ), later(ts), FLIP), WORLD)  # fmt: skip


def test_a_flip_is_a_plan_of_its_own_with_its_own_message_and_0_3_of_the_size(flipped):
    [keep] = of_kind(flipped, Keep)
    plan, sizing = keep.decision.signal, keep.decision.sizing
    assert isinstance(plan, SniperPlan)
    assert (plan.ref_id, plan.side, plan.flip_of) == (FLIP, Side.SHORT, REF)
    assert sizing is not None
    assert sizing.flip_share == 0.3
    [send] = of_kind(flipped, Send)
    assert send.ref_id == FLIP
    assert f"🔁 reverses {REF}, small" in send.text
    [order] = [place.order for place in of_kind(flipped, Place)]
    assert (order.ref_id, order.book, order.side) == (FLIP, Book.SHADOW, Side.SHORT)


def test_the_card_of_the_plan_it_reverses_names_it(flipped):
    [edit] = of_kind(flipped, Edit)
    assert edit.ref_id == REF
    assert f"🔁 reversed by {FLIP}" in edit.text


def test_a_flip_is_supposed_like_any_slot(flipped):
    [made] = of_kind(flipped, Suppose)
    assert (made.hypothesis.ref_id, made.hypothesis.sent, made.hypothesis.code) == (
        FLIP, True, "plan",
    )  # fmt: skip


def test_it_is_not_reversed_again_and_its_coin_cools_down(flipped, sent, ts):
    held = {
        name: replace(order, state=OrderState.FILLED, filled=order.contracts)
        for name, order in flipped.desk.orders.items()
    }
    desk = replace(flipped.desk, orders=held)
    fell = WallFell(coin="SOL", price=desk.plans[FLIP].plan.wall.price, how="eaten")
    step = engine.step(desk, event(fell, later(ts) + 3600 * SECOND), WORLD)
    assert [left.reason for left in of_kind(step, Withdraw)] == ["wall_eaten"]
    assert of_kind(step, Reverse) == []
    cooling = replace(sent, flips=flipped.desk.flips)
    assert of_kind(fallen(cooling, later(ts) + 599 * SECOND), Reverse) == []
    assert of_kind(fallen(cooling, later(ts) + 600 * SECOND), Reverse) != []


# The whole way through the hall


class Story:
    """The hall on a desk that holds the plan; records are fed by hand."""

    def __init__(self, desk: Desk, now: int) -> None:
        self.now = now
        self.ledger = MemoryLedger(b"button", b"audit")
        begun = event(MinuteTick(), now)
        assert self.ledger.append(begun, (), desk)
        self.hall = hall.Hall(
            WORLD, self.ledger, Market({"SOL": SOL}), GhostVenue([SOL]), Schedule(("SOL",)),
            Doors(), hall.inline,
        )  # fmt: skip
        asyncio.run(self.hall.start(now, "test"))

    def observe(self, *records) -> None:
        asyncio.run(self.hall.observe(records, self.now))

    def apply(self, body) -> None:
        async def told():
            await self.hall.apply(body, ts_event=self.now, ts_recv=self.now)
            await self.hall.collect(self.now)

        asyncio.run(told())

    def trade(self, price: float, number: int, side: Aggressor = Aggressor.SELL) -> Trade:
        ts = self.now + number * SECOND
        return Trade(
            instrument=SOL.name, ts_event=ts, ts_recv=ts, price=price, size=5_000.0, side=side,
            trade_id=str(number),
        )  # fmt: skip

    def mark(self, price: float, number: int) -> MarkPrice:
        ts = self.now + number * SECOND
        return MarkPrice(instrument=SOL.name, ts_event=ts, ts_recv=ts, price=price)

    def events(self, kind: type) -> list[Event]:
        return [one for one in self.ledger.read() if isinstance(one.body, kind)]


def life_of(desk: Desk) -> PlanLife:
    return desk.plans[REF]


def test_every_step_is_an_event_with_its_cause(sent, ts):
    story = Story(sent, later(ts))
    story.apply(WallFell(coin="SOL", price=221.05, how="eaten"))
    [fell], [asked] = story.events(WallFell), story.events(SlotDue)
    assert (asked.cause, asked.ref_id) == (fell.seq, FLIP)
    assert asked.body.view.memory.flip == Flip(ref_id=REF, side=Side.SHORT)
    assert story.ledger.by_ref(FLIP) is not None
    assert story.hall.desk.plans[REF].flip == ""  # this market shows no book: nothing was sent


def test_a_cut_position_leaves_on_the_next_prints_and_is_booked_as_a_cut(sent, ts):
    story = Story(sent, later(ts))
    story.apply(WallFell(coin="SOL", price=221.05, how="pulled"))
    story.observe(*(story.trade(221.0, number) for number in range(1, 9)))
    assert life_of(story.hall.desk).outcomes == {Book.SHADOW: "cut"}
    [fell] = story.events(WallFell)
    assert {one.cause for one in story.events(Filled)} == {fell.seq}
    [row] = story.ledger.rows("outcomes", REF)
    assert (row["label"], row["sl"], row["filled"]) == ("cut", False, True)


def test_a_mark_that_goes_through_the_stop_cuts_what_the_stop_did_not_sell(sent, ts):
    story = Story(sent, later(ts))
    stop = float(life_of(sent).plan.stop)
    story.observe(story.mark(stop - 0.01, 1))
    assert story.events(LineCrossed) == []  # at the stop the stop itself has the first word
    story.observe(story.mark(stop * 0.9996, 2), story.mark(stop * 0.999, 3))
    [crossed] = story.events(LineCrossed)
    assert crossed.body.name == INVALIDATION
    assert life_of(story.hall.desk).cut == "mark_through"


def test_what_the_venue_says_of_a_withdrawn_entry_names_the_event_that_withdrew_it(sent, ts):
    [order] = sent.orders.values()
    waiting = replace(
        order, state=OrderState.WORKING, filled=D(0), entry_over=False, entry_price=None,
        entry_usd=D(0), ts_filled=None,
    )  # fmt: skip
    story = Story(replace(sent, orders={order.client_order_id: waiting}), ts + SECOND)
    story.observe(story.mark(200.0, 1))
    story.observe(story.mark(200.0, 9))  # a cancel takes its time
    [crossed], [ended] = story.events(LineCrossed), story.events(Ended)
    assert (ended.cause, ended.ref_id, ended.body.reason) == (crossed.seq, REF, "mark_through")


def test_a_plan_that_is_over_is_watched_no_longer(sent, ts):
    story = Story(sent, later(ts))
    story.apply(WallFell(coin="SOL", price=221.05, how="pulled"))
    story.observe(*(story.trade(221.0, number) for number in range(1, 9)))
    story.observe(story.mark(200.0, 20))
    assert story.events(LineCrossed) == []


def test_what_was_supposed_of_a_sent_plan_ends_with_its_cut(sent, market_of, ts):
    """The play filled on the coin's own minutes; the desk's cut ends it, at the newest price."""
    story = Story(sent, later(ts))
    [made] = of_kind(engine.step(Desk(chats=sent.chats, equity_usd=sent.equity_usd),
                                 slot(market_of(Side.LONG), REF), WORLD), Suppose)  # fmt: skip
    story.hall.market.suppose(made.hypothesis)
    story.apply(WallFell(coin="SOL", price=221.05, how="pulled"))
    [ended] = story.hall.market.endings("SOL", later(ts))
    assert (ended.ref_id, ended.label) == (REF, "unfilled")  # its minutes were never seen


def test_the_refusal_of_a_flip_is_a_no_trade_with_its_reason(sent, ts):
    story = Story(sent, later(ts))
    story.apply(WallFell(coin="SOL", price=221.05, how="eaten"))
    kept = [
        effect.decision.signal
        for one in story.events(SlotDue)
        for effect in engine.step(story.hall.desk, one, WORLD).effects
        if isinstance(effect, Keep)
    ]
    [signal] = kept
    assert isinstance(signal, NoTrade)
    assert (signal.code, signal.reason) == ("data_stale", "book unknown: unseen")


def test_close_is_the_only_row_that_a_cut_leaves_in_its_book(sent, ts):
    story = Story(sent, later(ts))
    told = []
    story.hall.listeners.append(lambda _, effects: told.extend(effects))
    story.apply(WallFell(coin="SOL", price=221.05, how="pulled"))
    story.observe(*(story.trade(221.0, number) for number in range(1, 9)))
    assert len([effect for effect in told if isinstance(effect, Close)]) == 1
