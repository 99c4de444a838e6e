"""The story of one event.

`step(desk, event, world) -> Step(desk, effects)`: a fact comes in, the rooms of the river are
introduced to each other in turn, and out go the next state and what the doors must do. No clock,
network, disk, chance or arithmetic here: this page only says who speaks to whom.

    a slot        market's view -> signals decide -> learning says how sure -> risk sizes
                  -> alerts ask who should hear it, in which words -> record, then say
    a person      actions: permission, meaning, effect
    a venue       orders move on, may close as an outcome -> learning, the card in the chat
    a minute      what time alone brings: digests, a new day, things to forget
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from pawang import actions, alerts, learning, orders, risk, signals
from pawang.actions import ActionParams
from pawang.alerts import AlertParams
from pawang.model.codec import Record, digest, encode
from pawang.model.decision import BiasSignal, Confidence, Decision, NoTrade, SniperPlan
from pawang.model.desk import INVALIDATION, Desk, LastSlot, PlanLife
from pawang.model.event import (
    Asked,
    Audit,
    Body,
    Bracket,
    Calibrated,
    Close,
    Conclude,
    Consulted,
    Count,
    Delivered,
    Drifted,
    Effect,
    Event,
    FeedbackPosted,
    FlowTurned,
    Foretell,
    HealthChanged,
    Keep,
    LineCrossed,
    MinuteTick,
    Place,
    Post,
    Rate,
    Register,
    Relisted,
    Reverse,
    Scored,
    Served,
    SlotDue,
    Started,
    Suppose,
    WallFell,
    Withdraw,
)
from pawang.model.instrument import Instrument, PositionTier
from pawang.model.market import Side
from pawang.model.order import (
    Accepted,
    Book,
    Bracketed,
    Ended,
    Filled,
    Funded,
    Order,
    Rejected,
    VenueReport,
)
from pawang.model.refs import ref_id
from pawang.model.sizing import AccountView, Sizing
from pawang.model.view import Flip, LastBias, MarketView, Memory
from pawang.risk import SizingParams
from pawang.signals import SignalParams


class Rules(Record):
    """All that can change a decision besides its view; stored once per hash beside them."""

    signals: SignalParams = SignalParams()
    sizing: SizingParams = SizingParams()
    tiers: dict[str, tuple[PositionTier, ...]] = {}  # by coin, as the venue listed them

    @property
    def hash(self) -> str:
        return digest(encode(self))


class World(Record):
    """What a step may know besides the desk and the event: the configuration and the listings."""

    coins: tuple[str, ...]
    instruments: dict[str, Instrument]  # by coin
    rules: Rules = Rules()
    alerts: AlertParams = AlertParams()
    actions: ActionParams = ActionParams()
    equity_usd: Decimal = Decimal(10_000)  # what a ghost book starts with (row R3)
    risk_pct: float = 1.0  # per trade, until somebody says /risk

    def public(self) -> "World":
        """Without the key that makes one-time codes: what the ledger may keep."""
        return replace(self, actions=replace(self.actions, code_key=""))


class Step(Record):
    desk: Desk
    effects: tuple[Effect, ...] = ()


def world_after(world: World, body: Body) -> World:
    """The world in which this event and all later ones are stepped: listings may change (A23)."""
    if not isinstance(body, Relisted):
        return world
    return replace(world, instruments={**world.instruments, body.listing.coin: body.listing})


def step(desk: Desk, event: Event, world: World) -> Step:
    """The next desk and what must follow from `event`. Pure: equal arguments, equal results."""
    now = event.ts_event
    match event.body:
        case SlotDue() as slot:
            return _slot(desk, slot, event.ref_id, now, world)
        case Asked() as asked:
            acted = actions.act(desk, asked, now, world.actions)
            return Step(desk=acted.desk, effects=acted.effects)
        case Accepted() | Rejected() | Filled() | Funded() | Ended() as report:
            return _report(desk, report, now, world)
        case LineCrossed(name=name, ref_id=ref) if name == INVALIDATION:
            return _cut(desk, orders.cuts.uncut(desk, ref), "mark_through", now, world)
        case Bracketed() as found:
            return Step(desk=desk, effects=(Bracket(found=found),))
        case LineCrossed() as crossing:
            told = alerts.line_crossed(desk, crossing, now, world.alerts)
            return Step(desk=told.desk, effects=told.effects)
        case WallFell() as wall:
            return _wall_fell(desk, wall, now, world)
        case FlowTurned() as turned:
            return _cut(desk, orders.cuts.swept(desk, turned), "flow_turned", now, world)
        case HealthChanged() as health:
            told = alerts.health(desk, health, now, world.alerts)
            return Step(desk=told.desk, effects=told.effects)
        case Relisted() as relisted:
            return _relisted(desk, relisted, now, world)
        case FeedbackPosted() as posted:
            return _feedback(desk, posted)
        case Calibrated() as made:
            return Step(desk=learning.calibrated(_answered(desk, made, now), made, now))
        case Drifted() as drift:
            return _drifted(_answered(desk, drift, now), drift, now)
        case Scored() as scored:
            return Step(desk=desk, effects=(Register(trial=scored.trial),))
        case Consulted() as found:
            told = alerts.consulted(desk, found, now)
            return Step(desk=told.desk, effects=told.effects)
        case MinuteTick():
            return _minute(desk, now, world)
        case Started() as started:
            return _started(desk, started, now, world)
        case Delivered() | Served():
            return Step(desk=desk)


# A slot: decide, keep, say.


def memory(desk: Desk, coin: str, lead: str, now: int, flip: Flip | None = None) -> Memory:
    """What earlier slots left for this coin's view; `lead` is the coin alts inherit from. With
    `flip` the view is asked for the opposite of a plan that was cut."""
    live = next((ref for ref, life in desk.plans.items() if _is_live(life, coin, now)), None)
    return Memory(
        bias=desk.biases.get(coin),
        lead=desk.biases.get(lead) if coin != lead else None,
        live_plan=live,
        calibration=learning.calibration(desk, "ib", coin, now),
        day_loss_hit=risk.day_loss_hit(desk, Book.GHOST),
        plan_calibration=learning.calibration(desk, "snp", coin, now),
        flip=flip,
    )


def _is_live(life: PlanLife, coin: str, now: int) -> bool:
    """Until its entry expires unfilled; if somebody took it, until it is closed (7.1)."""
    if life.plan.coin != coin or life.cancelled:
        return False
    if life.taken_by and Book.GHOST not in life.outcomes:
        return True
    return now < life.plan.ts_expiry


def judge(
    kind: str, view: MarketView, account: AccountView | None, ref: str, world: World
) -> Decision:
    """The decision that this view, account and these rules give. Replay calls this very line."""
    rule, version, signal = signals.decide(kind, view, world.rules.signals)
    signal = replace(signal, ref_id=ref)
    confidence, multiplier, sizing = None, None, None
    match signal:
        case BiasSignal():
            confidence = learning.confidence(signal, view.memory.calibration)
            multiplier = risk.multiplier(confidence.value, world.rules.sizing)
        case SniperPlan() if view.memory.bias is not None and account is not None:
            standing = view.memory.bias
            confidence = Confidence(value=standing.confidence, source=standing.source)
            sizing = _size(signal, confidence, view, account, world)
            multiplier = sizing.multiplier
        case _:
            pass
    return Decision(
        ref_id=ref,
        kind=kind,
        coin=view.coin,
        ts=view.ts,
        rule=rule,
        rule_version=version,
        signal=signal,
        confidence=confidence,
        multiplier=multiplier,
        sizing=sizing,
    )


def _size(
    plan: SniperPlan,
    confidence: Confidence,
    view: MarketView,
    account: AccountView,
    world: World,
) -> Sizing:
    request = risk.SizingRequest(
        coin=plan.coin,
        side=plan.side,
        entry=plan.entry,
        stop=plan.stop,
        confidence=confidence.value,
        calibrated=learning.measured(confidence, view.memory.calibration),
        atr_pct=None if view.atr_1h_pct is None else view.atr_1h_pct.value,
        etf_net_usd=risk.fresh_flow_usd(view.etf, world.rules.sizing),
        instrument=view.instrument,
        tiers=world.rules.tiers.get(plan.coin, ()),
        account=account,
        depth_10bp_usd=None if view.book is None else view.book.depth_10bp_usd,
        edge=plan.edge,
        flip=bool(plan.flip_of),
    )
    return risk.size(request, world.rules.sizing)


def _slot(desk: Desk, slot: SlotDue, ref: str, now: int, world: World) -> Step:
    assert slot.view is not None, "a slot without its view cannot be decided"
    account = risk.account_view(desk, Book.GHOST) if slot.kind == "snp" else None
    decision = judge(slot.kind, slot.view, account, ref, world)
    kept: tuple[Effect, ...] = (
        Keep(decision=decision, view=slot.view, account=account, params_hash=world.rules.hash),
    )
    if isinstance(decision.signal, BiasSignal):
        kept += (Foretell(forecast=learning.forecast(decision, slot.view)),)
    told = alerts.announce(_remember(desk, decision), decision, now, world.alerts)
    played = _shadow(told.desk, decision, now, world)
    supposed = _supposed(desk, played.desk, decision, slot, world)
    effects = (*kept, *supposed, *told.effects, *played.effects)
    return Step(desk=played.desk, effects=effects)


def _supposed(
    before: Desk, after: Desk, decision: Decision, slot: SlotDue, world: World
) -> tuple[Effect, ...]:
    """The plan that a sniper slot makes or might have made, and how older ones ended (7.5)."""
    endings = tuple(Conclude(ending=ending) for ending in slot.endings)
    if slot.kind != "snp" or slot.view is None:
        return endings
    made = signals.suppose(slot.view, decision.signal, world.rules.signals.sniper)
    if made is None:
        return endings
    sent = decision.ref_id in after.plans and decision.ref_id not in before.plans
    unsized = None if decision.sizing is None else decision.sizing.no_trade
    return (*endings, Suppose(hypothesis=replace(made, sent=sent, code=unsized or made.code)))


def _remember(desk: Desk, decision: Decision) -> Desk:
    """What the next slots and the commands will ask for."""
    signal = decision.signal
    verdict = signal.code if isinstance(signal, NoTrade) else "plan"
    biases = desk.biases
    if isinstance(signal, BiasSignal):
        assert decision.confidence is not None
        verdict = signal.side.value
        standing = LastBias(
            ref_id=decision.ref_id,
            side=signal.side,
            raw=signal.raw,
            score=signal.score,
            confidence=decision.confidence.value,
            source=decision.confidence.source,
            ts=decision.ts,
            pending=signal.pending,
        )
        biases = {**biases, decision.coin: standing}
    last = LastSlot(ref_id=decision.ref_id, ts=decision.ts, verdict=verdict)
    slots = {**desk.slots, f"{decision.kind}:{decision.coin}": last}
    return replace(desk, biases=biases, slots=slots)


def _shadow(desk: Desk, decision: Decision, now: int, world: World) -> Step:
    """Every plan that was sent is played from that moment on (row O4); a flip says so on the card
    of the plan it reverses."""
    life = desk.plans.get(decision.ref_id)
    if life is None:
        return Step(desk=desk)
    order = orders.open_order(life.plan, life.sizing, Book.SHADOW, now)
    placed = _place(orders.cuts.reversed_by(desk, decision.ref_id, now), order)
    told = alerts.card(placed.desk, life.plan.flip_of, now)
    return Step(desk=placed.desk, effects=(*placed.effects, *told))


def _place(desk: Desk, order: Order) -> Step:
    life = desk.plans[order.ref_id]
    taken = replace(life, orders={**life.orders, order.book: order.client_order_id})
    moved = replace(
        desk,
        orders={**desk.orders, order.client_order_id: order},
        plans={**desk.plans, order.ref_id: taken},
    )
    return Step(desk=moved, effects=(Place(order=order, epoch=desk.trading.epoch),))


# A venue: move the order on, book what became of it, tell.


def _report(desk: Desk, report: VenueReport, now: int, world: World) -> Step:
    order = desk.orders.get(report.client_order_id)
    if order is None:
        return Step(desk=desk, effects=(Count(name="report_of_unknown_order"),))
    if isinstance(report, Filled):
        counted = orders.count_once(desk, report)
        if counted is None:
            return Step(desk=desk, effects=(Count(name="fill_seen_twice"),))
        desk = counted
    before = orders.resolve(order, now)
    moved = orders.advance(order, report, world.instruments[order.coin])
    if moved == order:
        return Step(desk=desk)
    booking = orders.booked(order, moved, report)
    effects: tuple[Effect, ...] = () if booking is None else (Post(booking=booking),)
    desk = replace(desk, orders={**desk.orders, order.client_order_id: moved})
    outcome = orders.resolve(moved, now)
    if outcome is not None:
        life = desk.plans[order.ref_id]
        outcome = orders.cuts.named(outcome, life)
        desk = orders.settle(desk, outcome, before)
        if order.book not in life.outcomes:
            effects = (*effects, Close(outcome=outcome))
        closed = replace(life, outcomes={**life.outcomes, order.book: outcome.label})
        desk = replace(desk, plans={**desk.plans, order.ref_id: closed})
    told = alerts.order_moved(desk, moved, report, outcome, now, world.alerts)
    return Step(desk=told.desk, effects=(*effects, *told.effects))


# What a plan leaned on is gone: its orders leave at once (row S4, signals.md 7.3).


def _wall_fell(desk: Desk, wall: WallFell, now: int, world: World) -> Step:
    """The plans before it are cut; out of one whose wall was eaten the opposite is asked for."""
    refs = orders.cuts.leaning_on(desk, wall)
    cool_s = world.rules.signals.sniper.flip_cool_s
    turn = orders.cuts.to_reverse(desk, refs, wall.how, now, cool_s)
    step = _cut(desk, refs, f"wall_{wall.how}", now, world)
    if turn is None or desk.trading.state == "halted":
        return step
    ref, side = turn
    reverse = Reverse(coin=wall.coin, ref_id=ref, side=side)
    return replace(step, effects=(*step.effects, reverse))


def _cut(desk: Desk, refs: Sequence[str], why: str, now: int, world: World) -> Step:
    """Every open order of these plans is withdrawn and closed; their cards say why."""
    refs = tuple(refs)
    desk = orders.cuts.cut(desk, refs, why)
    leaving = tuple(
        Withdraw(client_order_id=order.client_order_id, reason=why, close=True)
        for ref in refs
        for order in orders.open_orders(desk, desk.plans[ref].plan.coin)
        if order.ref_id == ref
    )
    told = tuple(effect for ref in refs for effect in alerts.card(desk, ref, now))
    return Step(desk=desk, effects=(*leaving, *told))


# What was learned: every day's answer, and what people asked for.

KINDS = ("ib", "snp")


def _answered(desk: Desk, found: Calibrated | Drifted, now: int) -> Desk:
    """The day's question of this kind and coin has its answer, whatever it is."""
    return replace(desk, learned={**desk.learned, f"{found.kind}:{found.coin}": now})


def _drifted(desk: Desk, drift: Drifted, now: int) -> Step:
    """Only a bias's confidence is shown and sized by; a plan's chance moves in silence."""
    desk = learning.drifted(desk, drift, now)
    if drift.kind != "ib":
        return Step(desk=desk)
    told = alerts.drifted(desk, drift, now)
    return Step(desk=told.desk, effects=told.effects)


def _relisted(desk: Desk, relisted: Relisted, now: int, world: World) -> Step:
    """Plans that do not fit the new listing are withdrawn, and the chat is told (A23)."""
    listing, refs = relisted.listing, orders.unfit(desk, relisted.listing)
    leaving = tuple(
        Withdraw(client_order_id=order.client_order_id, reason="relisted")
        for order in orders.open_orders(desk, listing.coin)
        if order.ref_id in refs and not order.entry_over
    )
    plans = {ref: replace(desk.plans[ref], cancelled=True) for ref in refs}
    desk = replace(desk, plans={**desk.plans, **plans})
    changed = HealthChanged(
        provider=f"okx-{listing.coin}",
        state="listing" if listing.tradeable else "suspended",
        reason=", ".join((*relisted.changes, *(f"{ref} withdrawn" for ref in refs))),
    )
    told = alerts.health(desk, changed, now, world.alerts)
    return Step(desk=told.desk, effects=(*leaving, *told.effects))


# The rest: feedback, the minute, the start.


def _feedback(desk: Desk, posted: FeedbackPosted) -> Step:
    rating = learning.posted(desk, posted)
    return Step(desk=desk, effects=(Rate(rating=rating),))


def _minute(desk: Desk, now: int, world: World) -> Step:
    told = alerts.digest(orders.roll_day(desk, now), now, world.alerts)
    due = alerts.weekly(told.desk, now)
    return Step(desk=alerts.prune(due.desk, now), effects=(*told.effects, *due.effects))


def _started(desk: Desk, started: Started, now: int, world: World) -> Step:
    if not desk.equity_usd:
        desk = replace(desk, risk_pct=world.risk_pct)
    capital = tuple(Post(booking=made) for made in orders.openings(desk, world.equity_usd, now))
    desk = orders.open_books(desk, world.equity_usd)
    # A coin that nobody has forecast yet has nothing to be asked before its first night.
    fresh = {f"{kind}:{coin}": now for kind in KINDS for coin in world.coins}
    desk = replace(desk, learned={**fresh, **desk.learned})
    told = alerts.started(desk, started, now, world.alerts)
    audit = Audit(actor=0, action="started", detail=started.version)
    return Step(desk=told.desk, effects=(audit, *capital, *told.effects))


# Names the hallway needs without knowing the rooms.


def slot_ref(kind: str, ts: int, coin: str, taken: Sequence[str]) -> str:
    """The slot's ref; the extra slot at a recording's end may need a `_2`."""
    ref = ref_id(kind, ts, coin)
    return ref_id(kind, ts, coin, 2) if ref in taken else ref


__all__ = ["Rules", "Side", "Step", "World", "judge", "memory", "slot_ref", "step", "world_after"]
