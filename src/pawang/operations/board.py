"""The web room's board, filled from a running desk."""

import asyncio
from typing import Any

import msgspec

from pawang import __version__, engine, track_record
from pawang.live import RunningDesk
from pawang.model.codec import decode
from pawang.model.decision import BiasSignal, Decision, NoTrade, SniperPlan
from pawang.model.errors import BadInput
from pawang.model.event import Count, Effect, Event, FeedbackPosted, Keep
from pawang.model.ports import OutboxRow
from pawang.model.refs import SECOND
from pawang.model.view import Memory, Reading
from pawang.operations.kpis import as_json
from pawang.operations.positions import positions
from pawang.web import Board, Metrics, Ready

Json = dict[str, Any]


def make_board(desk: RunningDesk, metrics: Metrics) -> Board:
    """Answers from memory, or one indexed read of the ledger."""
    asked = DeskAnswers(desk, metrics)
    _count_events(desk, metrics)
    return Board(
        coins=desk.world.coins,
        signal=asked.signal,
        market=asked.market,
        scheduler=asked.scheduler,
        ref=asked.ref,
        health=asked.health,
        ready=asked.ready,
        waiting=asked.waiting,
        feedback=asked.feedback,
        positions=asked.positions,
        kpi=asked.kpi,
        report=asked.report,
        metrics=asked.metrics_text,
        seen=asked.seen,
        webhook=desk.take_push,
    )


class DeskAnswers:
    """What the API's routes ask, one method each."""

    def __init__(self, desk: RunningDesk, metrics: Metrics) -> None:
        self._desk = desk
        self._hall = desk.hall
        self._metrics = metrics

    def signal(self, kind: str, coin: str) -> Json | None:
        """The newest decision of that kind, None before the first."""
        last = self._hall.desk.slots.get(f"{kind}:{coin}")
        stored = None if last is None else self._desk.ledger.by_ref(last.ref_id)
        if stored is None:
            return None
        return decision_body(decode(stored.decision, Decision), self._desk.clock.now())

    def market(self, kind: str, coin: str) -> Json | None:
        """Magnets or walls as of now; None while the book is unknown."""
        now, desk = self._desk.clock.now(), self._desk
        remembered = engine.memory(self._hall.desk, coin, desk.world.coins[0], now)
        view = desk.market.freeze(coin, now, remembered)
        if kind == "heatmap":
            magnets = None if view.magnets is None else msgspec.to_builtins(view.magnets)
            return {"symbol": coin, "label": "ESTIMATED, unvalidated", "magnets": magnets}
        if view.book is None:
            return None
        walls = msgspec.to_builtins(view.walls)
        return {"symbol": coin, "book": msgspec.to_builtins(view.book), "walls": walls}

    def scheduler(self) -> Json:
        desk, trading = self._desk, self._hall.desk.trading
        return {
            "state": trading.state,
            "epoch": trading.epoch,
            "slots": msgspec.to_builtins(self._hall.desk.slots),
            "guards": desk.health(),
            "outbox": desk.ledger.waiting(),
            "now": desk.clock.now(),
            "next": self._hall.next_due(),
            "speed": desk.speed,
        }

    def ref(self, ref_id: str) -> Json | None:
        """Everything under a ref; None when there is nothing."""
        ledger = self._desk.ledger
        stored, sent = ledger.by_ref(ref_id), ledger.rows("outbox", ref_id)
        if stored is None and not sent:
            return None
        body: Json = {"ref_id": ref_id}
        if stored is not None:
            body["decision"] = msgspec.json.decode(stored.decision)
        body["orders"] = [
            _order(self._hall.desk, row["client_order_id"], row)
            for row in ledger.rows("intents", ref_id)
        ]
        body["outcomes"] = ledger.rows("outcomes", ref_id)
        body["ratings"] = ledger.rows("feedback", ref_id)
        body["messages"] = [
            {name: row[name] for name in ("chat_id", "kind", "state", "message_id", "ts_acked")}
            for row in sent
        ]
        return body

    def health(self) -> Json:
        desk, now = self._desk, self._desk.clock.now()
        return {
            "version": __version__,
            "state": self._hall.desk.trading.state,
            "parts": desk.health(),
            "warming": {coin: desk.market.warming(coin, now) for coin in desk.world.coins},
            "sizes": {
                coin: msgspec.to_builtins(desk.market.quality(coin, now))
                for coin in desk.world.coins
            },
            "commits": self._hall.commits,
            "malformed": desk.feed.malformed,
            "refused": {name: counts for name, counts in desk.refused().items() if counts},
        }

    def ready(self) -> Ready:
        if not self._desk.warm.is_set():
            return Ready(ready=False, reason="back-filling")
        return Ready(ready=True)

    def waiting(self, kind: str, coin: str) -> Ready:
        """Why there is no decision yet."""
        missing = self._desk.market.warming(coin, self._desk.clock.now())
        reason = "; ".join(missing.values()) or "waiting for the first slot"
        return Ready(ready=False, reason=reason, retry_s=30)

    async def feedback(self, ref_id: str, user_id: int, rating: int, clicked: int | None) -> str:
        """Empty when it was taken; else why not."""
        if self._desk.ledger.by_ref(ref_id) is None:
            return "no such ref"
        now = self._desk.clock.now()
        body = FeedbackPosted(
            ref_id=ref_id, user_id=user_id, rating=rating, ts_clicked=clicked or now
        )
        await self._hall.apply(body, ts_event=now, ts_recv=now, ref_id=ref_id)
        return ""

    def seen(self, route: str, status: int, seconds: float) -> None:
        """For /metrics now, and for the ledger once a minute."""
        self._metrics.request(route, status, seconds)
        self._desk.traffic.seen(route, status, seconds)

    async def positions(self) -> Json:
        """Memory for what is open, one pass over the postings for what was earned."""
        desk, now = self._desk, self._desk.clock.now()
        coins = {order.coin for order in self._hall.desk.orders.values()}
        marks = {coin: self._mark(coin, now) for coin in sorted(coins)}
        balances = await asyncio.to_thread(desk.ledger.balances)
        return positions(self._hall.desk, marks, desk.world.instruments, balances)

    def _mark(self, coin: str, now: int) -> Reading | None:
        view = self._desk.market.freeze(coin, now, Memory())
        return view.mark_price or view.last_price

    async def kpi(self) -> Json:
        """The ledger's track record, read in a thread of its own."""
        return as_json(await asyncio.to_thread(track_record.measure, self._desk.ledger))

    async def report(self, week: str) -> Json | None:
        """The weekly report, likewise; None for what is no week."""
        try:
            found = await asyncio.to_thread(track_record.report, self._desk.ledger, week)
        except BadInput:
            return None
        body: Json = msgspec.to_builtins(found)
        return body

    def metrics_text(self) -> bytes:
        _refresh(self._desk, self._metrics)
        return self._metrics.text()


def _order(desk: Any, client_order_id: str, row: Json) -> Json:
    """The order as it stands; from the intent once the desk has forgotten it."""
    known = desk.orders.get(client_order_id)
    body: Json = msgspec.json.decode(row["body"]) if known is None else msgspec.to_builtins(known)
    return {"order_id": client_order_id, **body}


def _refresh(desk: RunningDesk, metrics: Metrics) -> None:
    """Gauges are read when somebody asks."""
    asked = {provider.name: provider.breaker.state for provider in desk.providers}
    metrics.set_breakers({"okx": desk.rest.breaker.state, **asked})
    metrics.grow_refused(
        {f"{source}: {what}": n for source, of in desk.refused().items() for what, n in of.items()}
    )
    metrics.halted.set(desk.hall.desk.trading.state == "halted")
    for coin, made in desk.world.instruments.items():
        metrics.feed.labels(coin).set(desk.stamps.get(made.name, 0) / SECOND)
    if desk.outbox is not None:
        for lag in desk.outbox.lag_s:
            metrics.lag.observe(lag)
        desk.outbox.lag_s.clear()


def _count_events(desk: RunningDesk, metrics: Metrics) -> None:
    """Counters grow as things happen: decisions, refusals, deliveries."""

    def committed(_: Event, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Keep():
                    made = effect.decision
                    metrics.decisions.labels(made.kind, type(made.signal).__name__).inc()
                case Count():
                    metrics.refused.labels(effect.name).inc()
                case _:
                    pass

    def delivered(_: OutboxRow, state: str, __: int | None) -> None:
        metrics.deliveries.labels(state).inc()
        if state == "unknown":
            metrics.ambiguous.inc()

    desk.hall.listeners.append(committed)
    desk.listen_to_deliveries(delivered)


def decision_body(decision: Decision, now: int) -> Json:
    """What the signal endpoints answer (row G2)."""
    made, confidence = decision.signal, decision.confidence
    body: Json = {
        "ref_id": decision.ref_id,
        "symbol": decision.coin,
        "side": made.side.value,
        "confidence": None if confidence is None else confidence.value,
        "confidence_source": None if confidence is None else confidence.source,
        "multiplier": decision.multiplier,
        "evidence": [
            {
                name: getattr(evidence, name)
                for name in ("name", "value", "age_s", "weight", "verdict", "reason")
            }
            for evidence in made.evidence
        ],
        "decided_at": decision.ts,
        "age_s": max(0, now - decision.ts) / SECOND,
    }
    match made:
        case BiasSignal():
            body |= {"raw": made.raw, "score": made.score, "reasons": list(made.reasons)}
        case NoTrade():
            body |= {"no_trade": made.code, "reason": made.reason}
        case SniperPlan():
            body["plan"] = msgspec.to_builtins(made)
            body["sizing"] = msgspec.to_builtins(decision.sizing)
    return body
