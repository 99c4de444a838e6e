"""What a running desk did, one JSON object a line, told only after it is durable (product.md 8)."""

import json
import sys
from typing import Any, TextIO

from pawang.model.chat import Edit, Send
from pawang.model.codec import decode
from pawang.model.decision import NoTrade, SniperPlan
from pawang.model.event import Asked, Close, Effect, Event, Keep, Rate, SlotDue
from pawang.model.market import Side
from pawang.model.order import Accepted, Filled
from pawang.model.ports import OutboxRow
from pawang.model.view import MarketView

WINDOW_S = 300


class Narrator:
    """Listens to commits and deliveries; `seen` counts what the demo must have shown."""

    def __init__(self, out: TextIO | None = None, *, quiet: bool = False) -> None:
        self._out = out or sys.stdout
        self._quiet = quiet
        self.seen: dict[str, int] = {}

    def say(self, kind: str, **fields: Any) -> None:
        self.seen[kind] = self.seen.get(kind, 0) + 1
        if self._quiet:
            return
        line = json.dumps({"kind": kind, **fields}, ensure_ascii=False)
        try:
            print(line, file=self._out, flush=True)
        except BrokenPipeError:
            self._quiet = True  # nobody reads any more; the desk goes on

    def committed(self, event: Event, effects: tuple[Effect, ...]) -> None:
        """After the transaction: decisions, presses, fills, outcomes, ratings."""
        body, ts = event.body, event.ts_event
        if isinstance(body, Asked) and body.input.token and body.input.button is not None:
            row = body.input.button
            made = {"ref_id": row.ref_id, "action": row.action}
            self.say("press", **made, ts=ts, chat_id=body.input.chat_id, argument=row.argument)
        if isinstance(body, Accepted):
            order = {"order_id": body.client_order_id, "book": body.book.value}
            self.say("order", ref_id=body.ref_id, ts=ts, **order)
        if isinstance(body, Filled):
            self._filled(body, ts)
        for effect in effects:
            self._effect(effect, event)

    def _filled(self, fill: Filled, ts: int) -> None:
        self.say(
            "fill",
            ref_id=fill.ref_id,
            ts=ts,
            order_id=fill.client_order_id,
            book=fill.book.value,
            leg=fill.leg,
            price=str(fill.price),
            contracts=str(fill.contracts),
            fee_usd=str(fill.fee_usd),
            maker=fill.maker,
        )

    def _effect(self, effect: Effect, event: Event) -> None:
        ts = event.ts_event
        match effect:
            case Keep():
                self._kept(effect, event)
            case Close():
                made = effect.outcome
                self.say(
                    "outcome",
                    ref_id=made.ref_id,
                    ts=ts,
                    book=made.book.value,
                    label=made.label,
                    filled=made.filled,
                    net_usd=str(made.net_usd),
                    net_r=made.net_r,
                )
                if made.filled:
                    self.seen["closed"] = self.seen.get("closed", 0) + 1
            case Rate():
                rated = effect.rating
                fields = {"rating": rated.rating, "user_id": rated.user_id}
                self.say("rating", ref_id=rated.ref_id, ts=ts, chat_id=rated.chat_id, **fields)
            case _:
                pass

    def _kept(self, keep: Keep, event: Event) -> None:
        decision, body = keep.decision, event.body
        signal = decision.signal
        if decision.kind == "ib" and signal.side is not Side.NEUTRAL:
            self.seen["bias"] = self.seen.get("bias", 0) + 1
        if isinstance(signal, SniperPlan):
            self.seen["plan"] = self.seen.get("plan", 0) + 1
        self.say(
            "slot",
            ref_id=decision.ref_id,
            coin=decision.coin,
            **slot_figures(keep.view),
            ts=event.ts_event,
            verdict=signal.code if isinstance(signal, NoTrade) else signal.side.value,
            reasons=list(getattr(signal, "reasons", ())),
            final=isinstance(body, SlotDue) and body.final,
        )
        if isinstance(signal, NoTrade):
            fields = {"code": signal.code, "reason": signal.reason}
            self.say("no_trade", ref_id=decision.ref_id, ts=event.ts_event, **fields)

    def delivered(self, row: OutboxRow, state: str, message_id: int | None) -> None:
        """After Telegram answered: a message, or an edit of one."""
        if state != "sent":
            return
        kind: type[Send] | type[Edit] = Send if row.kind == "send" else Edit
        made = decode(row.body.encode(), kind)
        self.say(
            "message" if row.kind == "send" else "edit",
            ref_id=row.ref_id,
            ts=row.ts_created,
            chat_id=row.chat_id,
            message_id=message_id,
            text=made.text,
            buttons=[[button.label for button in buttons] for buttons in made.buttons],
        )


def slot_figures(view: MarketView) -> dict[str, Any]:
    """Raw figures of the slot's 300 s and its book: also while the coin is not warm."""
    flow = view.window(WINDOW_S)
    assert flow is not None, "every view has the bias window"
    book = view.book
    return {
        "ts_from": flow.ts_from,
        "ts_to": flow.ts_to,
        "theta_usd": flow.theta_usd,
        "parents": flow.parents,
        "net_usd": flow.net_usd,
        "gross_usd": flow.gross_usd,
        "z": flow.z,
        "taker_net_usd": flow.taker_net_usd,
        "taker_gross_usd": flow.taker_gross_usd,
        "mid": None if book is None else book.mid,
        "spread_bps": None if book is None else book.spread_bps,
        "walls": [
            {
                "side": "bid" if wall.side.value == "buy" else "ask",
                "price": wall.price,
                "size": wall.size,
                "notional_usd": wall.notional_usd,
                "distance_bps": wall.distance_bps,
                "age_s": wall.age_s,
                "qualified": wall.qualified,
            }
            for wall in view.walls
        ],
    }
