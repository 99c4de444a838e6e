"""The one writer: takes what happens, steps the engine, commits, and only then lets doors act.

Live, demo and simulation run this very object; they differ in the doors and the clock they hand
in. `apply` is the road of the journal (architecture.md 1.3): step on the old state, one
transaction, then the new state counts. A failed commit keeps the old state. Market batches go
straight to the market room and the ghost; only their edges and fills come back as events.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from msgspec.structs import replace

from pawang import actions, engine
from pawang.guards.gate import OrderGate
from pawang.guards.schedule import Schedule, Slot
from pawang.market import Market, watching
from pawang.model.chat import Answer, ChatInput
from pawang.model.codec import decode, digest, encode
from pawang.model.decision import Decision
from pawang.model.desk import Desk, PlanLife
from pawang.model.event import (
    Asked,
    Body,
    Close,
    Effect,
    Event,
    HealthChanged,
    MinuteTick,
    Place,
    Recalled,
    Relisted,
    Reverse,
    Shut,
    SlotDue,
    Started,
    Suppose,
    Withdraw,
)
from pawang.model.hypothesis import Supposed
from pawang.model.instrument import Instrument
from pawang.model.market import InstrumentChanged, Observation, TiersListed
from pawang.model.order import Order, Rejected
from pawang.model.ports import Ledger
from pawang.model.refs import HOUR, MINUTE, SECOND, ref_id
from pawang.model.tape import Taped, TapeNote
from pawang.model.view import Flip
from pawang.orders.cuts import mark_line
from pawang.venues.ghost import GhostVenue
from pawang.venues.okx import maintenance

SETTLE_NS = SECOND // 5
"""A slot is decided this long after its time: a sweep may run 100 ms past the slot (1.2), and
its parent must be whole. The book was peeked at the slot itself."""

CATCH_UP_NS = 2 * MINUTE
"""Older slots than this are not made up for after a gap: one run per job, no burst (D16)."""

SUPPOSED_NS = 6 * HOUR
"""Hypothetical plans older than this are not taken up after a start: their minutes are gone."""

CAUSES_MAX = 256
"""Withdrawn orders whose reports may still come; they come within seconds."""

Listener = Callable[[Event, tuple[Effect, ...]], None]
Witness = Callable[[Sequence[Taped], int], None]
"""Told of everything the market folds just when it has been folded, and of every reading of it."""
T = TypeVar("T")


class Executor(Protocol):
    """Where work goes that must not hold up the loop."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


class Doors(Protocol):
    """What the hall asks of the outside after a commit."""

    async def answer(self, answer: Answer) -> None: ...

    def wake_outbox(self) -> None: ...

    def health(self) -> dict[str, str]: ...


class DiskLedger(Ledger, Protocol):
    """The ledger with what the hall looks up for people."""

    def delivered_at(self, chat_id: int, ref_id: str) -> int | None: ...

    def put_params(self, params_hash: str, body: bytes) -> None: ...

    def open_hypotheses(self, ts_from: int) -> list[Supposed]: ...


async def inline(work: Callable[[], T]) -> T:
    """The simulation's executor: a kill closes the connection without a commit."""
    return work()


async def threaded(work: Callable[[], T]) -> T:
    """The live executor; `Hall` lets one commit through at a time."""
    return await asyncio.to_thread(work)


class Hall:
    """One desk at work. Not thread-safe: one event loop, one writer."""

    def __init__(
        self,
        world: engine.World,
        ledger: DiskLedger,
        market: Market,
        ghost: GhostVenue,
        schedule: Schedule,
        doors: Doors,
        executor: Executor = threaded,
    ) -> None:
        self.world = world
        self.market = market
        self.ghost = ghost
        self.gate = OrderGate()
        self.listeners: list[Listener] = []
        self.witnesses: list[Witness] = []
        self.commits = 0
        self._ledger = ledger
        self._schedule = schedule
        self._doors = doors
        self._executor = executor
        self._writing = asyncio.Lock()
        self._time = asyncio.Lock()
        stored, self.seq = ledger.load()
        self.desk = stored or Desk()
        self.gate.shut(self.desk.trading.state == "halted", self.desk.trading.epoch)
        self._passed = 0  # desk time up to which slots and minutes are done
        self._peeked: list[Slot] = []
        self._causes: dict[str, int] = {}  # client order id -> seq of the event that withdrew it
        self.last_stamp = max((slot.ts for slot in self.desk.slots.values()), default=0)

    # Start.

    async def start(self, now: int, version: str) -> None:
        """Take up where the ledger left off. Start-up is recovery: there is no other road."""
        self._passed = now
        self._ledger.put_params(self.world.rules.hash, encode(self.world.rules))
        world = encode(self.world.public())
        self._ledger.put_params(digest(world), world)
        listed = self._listed(now)
        self._witness([TapeNote(what="began"), *listed], now)
        self.market.fold([record for record in listed if isinstance(record, TiersListed)])
        begun = Started(down_since=self.last_stamp, version=version, world_hash=digest(world))
        await self.apply(begun, ts_event=now, ts_recv=now)
        self.ghost.restore(self.desk.orders.values())
        for life in self.desk.plans.values():
            self._guard(life)
        for supposed in self._ledger.open_hypotheses(now - SUPPOSED_NS):
            self.market.suppose(supposed.hypothesis)

    def _listed(self, now: int) -> list[Taped]:
        """What the venue lists: whoever reads the market again starts from this."""
        stamps = {"ts_event": now, "ts_recv": now}
        made = self.world.instruments
        found: list[Taped] = [
            InstrumentChanged(instrument=one.name, **stamps, listing=one) for one in made.values()
        ]
        found += [
            TiersListed(instrument=made[coin].name, **stamps, tiers=tiers)
            for coin, tiers in self.world.rules.tiers.items()
        ]
        return found

    # The one road of the journal.

    async def apply(
        self, body: Body, *, ts_event: int, ts_recv: int, ref_id: str = "", cause: int = 0
    ) -> Event | None:
        """Step, commit, act. None when the ledger has seen this event before."""
        async with self._writing:
            event = Event(
                seq=self.seq + 1,
                ts_event=ts_event,
                ts_recv=ts_recv,
                kind=type(body).__name__,
                ref_id=ref_id,
                cause=cause,
                body=body,
            )
            world = engine.world_after(self.world, body)
            step = engine.step(self.desk, event, world)
            fresh = await self._executor(
                lambda: self._ledger.append(event, step.effects, step.desk)
            )
            if not fresh:
                return None
            self.desk, self.seq, self.world = step.desk, event.seq, world
            self.commits += 1
        await self._act(event, step.effects)
        return event

    async def _act(self, event: Event, effects: tuple[Effect, ...]) -> None:
        refused: list[Order] = []
        reverses: list[Reverse] = []
        for effect in effects:
            match effect:
                case Answer():
                    await self._doors.answer(effect)
                case Shut():
                    self.gate.shut(effect.halted, effect.epoch)
                case Place() if self.gate.admits(effect.epoch):
                    self.ghost.submit(effect.order)
                    self._guard(self.desk.plans[effect.order.ref_id])
                case Place():
                    refused.append(effect.order)
                case Withdraw():
                    self.ghost.cancel(
                        effect.client_order_id, effect.reason, effect.close, event.ts_event
                    )
                    self._causes[effect.client_order_id] = event.seq
                    while len(self._causes) > CAUSES_MAX:
                        del self._causes[next(iter(self._causes))]
                    order = self.desk.orders[effect.client_order_id]
                    watching.end_play(self.market, self.desk.plans[order.ref_id], event.ts_event)
                case Suppose():
                    self.market.suppose(effect.hypothesis)
                case Close():
                    watching.release(self.market, self.desk.plans[effect.outcome.ref_id])
                case Reverse():
                    reverses.append(effect)
                case _:
                    pass
        for listener in self.listeners:
            listener(event, effects)
        self._doors.wake_outbox()
        for order in refused:
            await self._turn_back(order, event)
        for reverse in reverses:
            await self._reverse(reverse, event)

    async def _turn_back(self, order: Order, event: Event) -> None:
        """The gate was shut between the decision and now: the order never left (I4)."""
        rejected = Rejected(
            client_order_id=order.client_order_id,
            ref_id=order.ref_id,
            book=order.book,
            ts_event=event.ts_event,
            reason="halted",
        )
        await self.apply(
            rejected,
            ts_event=event.ts_event,
            ts_recv=event.ts_recv,
            ref_id=order.ref_id,
            cause=event.seq,
        )

    async def _reverse(self, reverse: Reverse, event: Event) -> None:
        """A cut plan's opposite, asked for at once and decided like a slot; in its minute the ref
        with the plain number belongs to the schedule's own slot."""
        coin, ts = reverse.coin, event.ts_event
        flip = Flip(ref_id=reverse.ref_id, side=reverse.side)
        remembered = engine.memory(self.desk, coin, self.world.coins[0], ts, flip)
        view = self.market.freeze(coin, ts, remembered)
        ref = engine.slot_ref("snp", ts, coin, (ref_id("snp", ts, coin),))
        due = SlotDue(kind="snp", coin=coin, ts_slot=ts, view=view)
        self._witness([TapeNote(what="froze", coin=coin, ts=ts, text=ref)], event.ts_recv)
        await self.apply(due, ts_event=ts, ts_recv=event.ts_recv, ref_id=ref, cause=event.seq)
        watching.end_play(self.market, self.desk.plans[reverse.ref_id], ts)

    def _guard(self, life: PlanLife) -> None:
        watching.guard(self.market, life, mark_line(life))

    # People.

    async def hear(self, heard: ChatInput, now: int) -> None:
        """An input from the chat. A panic closes the gate before anything touches a disk."""
        panicking = actions.recognises_panic(self.desk, heard, self.world.actions)
        if panicking:
            self.gate.overtake()
        if heard.token:
            heard = replace(heard, button=self._ledger.button(heard.token))
        asked = Asked(input=heard, recalled=self._recall(heard, now))
        lines_before = {ref: life.lines for ref, life in self.desk.plans.items()}
        await self.apply(asked, ts_event=now, ts_recv=now)
        if panicking:
            self.gate.settle()  # not reached when the commit failed: then the gate stays shut
        for ref, life in self.desk.plans.items():
            if life.lines != lines_before.get(ref):
                self._guard(life)
        await self.collect(now)

    def _recall(self, heard: ChatInput, now: int) -> Recalled:
        wanted = actions.wants(self.desk, heard, now, self.world.actions)
        decision = None
        if wanted.ref_id:
            stored = self._ledger.by_ref(wanted.ref_id)
            decision = None if stored is None else decode(stored.decision, Decision)
        view = None
        if wanted.view_coin:
            remembered = engine.memory(self.desk, wanted.view_coin, self.world.coins[0], now)
            view = self.market.freeze(wanted.view_coin, now, remembered)
        delivered = None
        if wanted.delivered is not None:
            delivered = self._ledger.delivered_at(*wanted.delivered)
        health = self._doors.health() if wanted.health else {}
        return Recalled(decision=decision, view=view, ts_delivered=delivered, health=health)

    # The market and time.

    async def observe(self, batch: Sequence[Observation], now: int) -> None:
        """Fold a batch; whatever it triggered is told before the rest of it is folded. The last
        record may have made several edges: none of them waits for another batch."""
        start, edge = 0, None
        while start < len(batch) or edge is not None:
            folded = self.market.fold(batch, start)
            edge = folded.edge
            part = batch[start : start + folded.consumed]
            assert part or edge is not None or start == len(batch), "a fold that stands still"
            self.ghost.observe(part)
            self._witness(part, now)
            await self.collect(now)
            if edge is not None:
                await self.apply(edge.body, ts_event=edge.ts, ts_recv=edge.ts)
                await self.collect(now)
            start += folded.consumed

    def _witness(self, taped: Sequence[Taped], now: int) -> None:
        for witness in self.witnesses:
            witness(taped, now)

    async def collect(self, now: int) -> None:
        """Take the ghost's reports into the journal; each may cause the next. Those of an order
        that was withdrawn name the event that withdrew it, the others were the market's doing."""
        while reports := self.ghost.drain():
            for report in reports:
                await self.apply(
                    report,
                    ts_event=report.ts_event,
                    ts_recv=now,
                    ref_id=report.ref_id,
                    cause=self._causes.get(report.client_order_id, 0),
                )

    async def report_health(self, health: HealthChanged, now: int) -> None:
        """A door's news of itself; while the venue is in maintenance, no plan is made (C21)."""
        if health.provider == maintenance.PROVIDER:
            problem = "maintenance" if health.state == "maintenance" else None
            self.market.close(problem)
            self._witness([TapeNote(what="closed", text=problem or "")], now)
        await self.apply(health, ts_event=now, ts_recv=now)

    async def relist(self, listing: Instrument, now: int) -> None:
        """The venue changed an instrument: it holds for every decision and order from now on."""
        known = self.world.instruments.get(listing.coin)
        if known is None or known == listing:
            return
        self.market.relist(listing)
        self.ghost.relist(listing)
        stamps = {"ts_event": now, "ts_recv": now}
        self._witness([InstrumentChanged(instrument=listing.name, **stamps, listing=listing)], now)
        changed = Relisted(listing=listing, changes=listing.changes(known))
        await self.apply(changed, ts_event=now, ts_recv=now)
        await self.collect(now)

    async def pass_time(self, now: int) -> None:
        """Everything that is due by `now`, in order: peeks, decisions, minutes."""
        async with self._time:
            await self._pass_time(now)

    async def _pass_time(self, now: int) -> None:
        if now - self._passed > CATCH_UP_NS:
            self._passed = now - CATCH_UP_NS
            self._peeked = []
        while True:
            slot = self._schedule.after(self._passed)
            minute = (self._passed // MINUTE + 1) * MINUTE
            decide = self._peeked[0].ts + SETTLE_NS if self._peeked else None
            due = min(ts for ts in (slot.ts, minute, decide) if ts is not None)
            if due > now:
                break
            if due == decide:
                await self._decide(self._peeked.pop(0))
                continue
            self._passed = due
            if due == slot.ts and self.desk.trading.state != "halted":
                self.market.peek(slot.coin, slot.ts)
                self._witness([TapeNote(what="peeked", coin=slot.coin, ts=slot.ts)], now)
                self._peeked.append(slot)
            if due == minute:
                self.ghost.elapse(due)
                await self.collect(due)
                await self.apply(MinuteTick(), ts_event=due, ts_recv=now)
        self.ghost.elapse(now)
        await self.collect(now)

    def next_due(self) -> int:
        """Desk time of the next thing `pass_time` has to do."""
        slot = self._schedule.after(self._passed).ts
        minute = (self._passed // MINUTE + 1) * MINUTE
        decide = self._peeked[0].ts + SETTLE_NS if self._peeked else minute
        return min(slot, minute, decide)

    async def _decide(self, slot: Slot, final: bool = False) -> None:
        if self.desk.trading.state == "halted":
            return
        lead = self.world.coins[0]
        remembered = engine.memory(self.desk, slot.coin, lead, slot.ts)
        view = self.market.freeze(slot.coin, slot.ts, remembered)
        taken = [done.ref_id for done in self.desk.slots.values()]
        ref = engine.slot_ref(slot.kind, slot.ts, slot.coin, taken if final else ())
        endings = self.market.endings(slot.coin, slot.ts) if slot.kind == "snp" else ()
        due = SlotDue(
            kind=slot.kind,
            coin=slot.coin,
            ts_slot=slot.ts,
            view=view,
            final=final,
            endings=endings,
        )
        now = slot.ts + SETTLE_NS
        self._witness([TapeNote(what="froze", coin=slot.coin, ts=slot.ts, text=ref)], now)
        await self.apply(due, ts_event=now, ts_recv=now, ref_id=ref)
        await self.collect(now)

    async def finish(self, now: int) -> None:
        """A recording's end: one last bias slot a coin, up to the last record."""
        for coin in self.world.coins:
            self.market.peek(coin, now)
            self._witness([TapeNote(what="peeked", coin=coin, ts=now)], now)
            await self._decide(Slot(kind="ib", coin=coin, ts=now), final=True)
