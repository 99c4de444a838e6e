"""One message per plan's life, edited as it goes, and the pushes that matter (row T6).

The taken order speaks first; the shadow only while nobody took the plan: the books are shown
apart and never summed (row O4).
"""

from decimal import Decimal

from msgspec.structs import replace

from pawang.alerts.cards import (
    Rows,
    held_buttons,
    plan_buttons,
    plan_card,
    rating_row,
    resting_buttons,
)
from pawang.alerts.params import AlertParams
from pawang.alerts.policy import Told, next_ref, snoozed
from pawang.alerts.text import plain, signed_amount
from pawang.alerts.words import say
from pawang.model.chat import Category, Edit, Lane, Send
from pawang.model.desk import Chat, Desk, Line, PlanLife
from pawang.model.event import Effect, LineCrossed
from pawang.model.order import Book, Filled, Order, OrderState, Outcome, VenueReport
from pawang.model.refs import DAY

ENDS = (
    "expired",
    "cancelled",
    "closed",
    "panic",
    "relisted",
    "post_only_would_take",
    "wall_eaten",
    "wall_pulled",
    "flow_turned",
    "mark_through",
)
"""Reasons of an entry's end that have words of their own."""
KEPT_NS = DAY  # a plan whose books are all closed is forgotten after this


def order_moved(
    desk: Desk,
    order: Order,
    report: VenueReport,
    outcome: Outcome | None,
    now: int,
    params: AlertParams,
) -> Told:
    """A venue moved an order: edit the card, and push fills and results of taken plans."""
    effects = card(desk, order.ref_id, now, outcome)
    if order.book is not Book.SHADOW:
        effects += _pushes(desk, order, report, outcome, now)
    return Told(desk=desk, effects=effects)


def card(desk: Desk, ref_id: str, now: int, outcome: Outcome | None = None) -> tuple[Effect, ...]:
    """The plan's message as it should read now, one edit per chat that has it."""
    life = desk.plans.get(ref_id)
    if life is None:
        return ()
    shown = [
        desk.orders[life.orders[book]]
        for book in (Book.LIVE, Book.GHOST, Book.SHADOW)
        if book in life.orders and life.orders[book] in desk.orders
    ]
    taken = [order for order in shown if order.book is not Book.SHADOW]
    shown = taken or shown
    over = bool(shown) and all(order.state.over for order in shown)
    rows = _rows(life, taken, over, now)
    effects: list[Effect] = []
    for chat_id in life.chats:
        chat = desk.chats.get(chat_id)
        if chat is None:
            continue
        lines = (
            *_fate_lines(life, any(order.filled for order in shown), chat.language),
            *(_life_line(order, chat.language, outcome) for order in shown),
        )
        text = plan_card(life.plan, life.sizing, chat, lines, over=over)
        effects.append(
            Edit(
                chat_id=chat_id,
                ref_id=ref_id,
                lane=Lane.ORDER,
                text=text.text,
                ts_created=now,
                buttons=rows,
                code=text.spans,
            )
        )
    return tuple(effects)


def _rows(life: PlanLife, taken: list[Order], over: bool, now: int) -> Rows:
    """Only what can still be done: a used or dead button leaves the keyboard (lessons B3)."""
    ref = life.plan.ref_id
    if over or (not taken and now >= life.plan.ts_expiry):
        return (rating_row(ref, "sniper"),)
    if any(order.open > 0 for order in taken):
        return held_buttons(ref)
    return resting_buttons(ref) if taken else plan_buttons(ref)


def _fate_lines(life: PlanLife, entered: bool, language: str) -> tuple[str, ...]:
    """Whose flip it is, why it was given up, and what reversed it."""
    lines = []
    if life.plan.flip_of:
        lines.append(say(language, "flip_of", ref=life.plan.flip_of))
    if life.cut:
        key = "cut" if entered else "cut_resting"
        lines.append(say(language, key, why=say(language, f"cut_{life.cut}")))
    if life.flip:
        lines.append(say(language, "flip", ref=life.flip))
    return tuple(lines)


def _life_line(order: Order, language: str, outcome: Outcome | None) -> str:
    book = say(language, f"book_{order.book}")
    entry = plain(order.entry)
    paid = order.entry if order.entry_price is None else order.entry_price
    price = plain(paid.quantize(order.entry))  # an average, with the tick's decimals
    stop = next(plain(leg.price) for leg in order.exits if leg.kind == "stop")
    match order.state:
        case OrderState.PENDING | OrderState.WORKING:
            return say(language, "armed", book=book, price=entry)
        case OrderState.PART_FILLED:
            filled, contracts = plain(order.filled), plain(order.contracts)
            values = {"filled": filled, "contracts": contracts, "price": price}
            return say(language, "part_filled", book=book, **values)
        case OrderState.FILLED if order.legs_hit:
            return say(language, "hit", book=book, legs=", ".join(order.legs_hit).upper())
        case OrderState.FILLED:
            return say(language, "filled", book=book, price=price, stop=stop)
        case OrderState.REJECTED:
            return say(language, "rejected", book=book, reason=order.end_reason)
        case OrderState.CLOSED:
            return say(language, "closed", book=book, **_result(order, outcome))
        case _:
            return say(language, "unfilled", book=book, reason=_ended(order, language))


def _ended(order: Order, language: str) -> str:
    """Why the entry ended, in words; what a venue says of its own stays as it said it."""
    if order.end_reason in ENDS:
        return say(language, f"ended_{order.end_reason}")
    return order.end_reason.replace("_", " ")


def _result(order: Order, outcome: Outcome | None) -> dict[str, str]:
    if outcome is None or outcome.book is not order.book:
        # Another book moved: this one's result follows from its own figures.
        net = -order.fees_usd - order.funding_usd
        net += (order.exit_usd - order.entry_usd) * order.side.sign
        risk = order.risk_usd * order.filled / order.contracts
        r = float(net / risk) if risk else 0.0
        return {"label": "/".join(order.legs_hit), **_shown(net, r)}
    return {"label": outcome.label, **_shown(outcome.net_usd, outcome.net_r)}


def _shown(net: Decimal, r: float) -> dict[str, str]:
    return {"net": signed_amount(net), "r": signed_amount(r)}


def _pushes(
    desk: Desk, order: Order, report: VenueReport, outcome: Outcome | None, now: int
) -> tuple[Effect, ...]:
    """Fills and stops are never counted or snoozed (row T7)."""
    life = desk.plans.get(order.ref_id)
    if life is None:
        return ()
    made: list[Effect] = []
    for chat_id in life.chats:
        chat = desk.chats.get(chat_id)
        if chat is None or not chat.enabled:
            continue
        common = {"coin": order.coin, "ref": order.ref_id}
        common["book"] = say(chat.language, f"book_{order.book}")
        if outcome is not None and outcome.filled:
            values = {"label": outcome.label, **_shown(outcome.net_usd, outcome.net_r)}
            made.append(_push(chat, order, "closed", now, {**common, **values}))
        elif isinstance(report, Filled) and report.leg == "tp1":
            made.append(_push(chat, order, "tp1", now, {**common, "price": plain(report.price)}))
        elif isinstance(report, Filled) and report.leg == "entry":
            values = {"side": order.side.value, "price": plain(report.price)}
            made.append(_push(chat, order, "filled", now, {**common, **values}))
    return tuple(made)


def _push(chat: Chat, order: Order, what: str, now: int, values: dict[str, str]) -> Send:
    """Told under the plan's ref; the Send's own ref only keeps it from being said twice."""
    return Send(
        chat_id=chat.chat_id,
        ref_id=f"{order.ref_id}:{order.book}:{what}",
        category=Category.CRITICAL,
        lane=Lane.ORDER,
        text=say(chat.language, f"push_{what}", **values),
        ts_created=now,
        thread_id=chat.thread_id,
    )


# Alert lines.


def lines_of(life: PlanLife) -> tuple[Line, ...]:
    """Entry, SL, TP1, TP2 as watched prices; which way each is crossed follows from the side."""
    plan = life.plan
    up = plan.side.sign > 0
    return (
        Line(name="entry", price=plan.entry, above=not up),
        Line(name="SL", price=plan.stop, above=not up),
        Line(name="TP1", price=plan.targets[0].price, above=up),
        Line(name="TP2", price=plan.targets[1].price, above=up),
    )


def line_crossed(desk: Desk, crossing: LineCrossed, now: int, params: AlertParams) -> Told:
    """Say it to the chats that asked, once."""
    life = desk.plans.get(crossing.ref_id)
    if life is None:
        return Told(desk=desk)
    hit = next((line for line in life.lines if line.name == crossing.name), None)
    if hit is None or hit.crossed:
        return Told(desk=desk)
    lines = tuple(replace(line, crossed=line.crossed or line is hit) for line in life.lines)
    plans = {**desk.plans, crossing.ref_id: replace(life, lines=lines)}
    desk, ref = next_ref(desk, "ln", now, life.plan.coin)
    effects: list[Effect] = []
    for chat_id in life.line_chats:
        chat = desk.chats.get(chat_id)
        if chat is None or not chat.enabled or snoozed(chat, Category.ORDER, now):
            continue
        values = {"coin": life.plan.coin, "name": hit.name, "level": plain(hit.price)}
        values |= {"price": f"{crossing.price:.10g}", "plan": crossing.ref_id, "ref": ref}
        text = say(chat.language, "line", **values)
        effects.append(
            Send(
                chat_id=chat_id,
                ref_id=ref,
                category=Category.ORDER,
                lane=Lane.ORDER,
                text=text,
                ts_created=now,
                thread_id=chat.thread_id,
            )
        )
    return Told(desk=replace(desk, plans=plans), effects=tuple(effects))


def prune(desk: Desk, now: int) -> Desk:
    """Forget plans that are over for a day, with their orders, and what was told long ago."""
    gone = [ref for ref, life in desk.plans.items() if _forgettable(desk, life, now)]
    told = {key: ts for key, ts in desk.told.items() if now - ts < DAY}
    if not gone and told == desk.told:
        return desk
    return replace(
        desk,
        plans={ref: life for ref, life in desk.plans.items() if ref not in gone},
        orders={made: order for made, order in desk.orders.items() if order.ref_id not in gone},
        told=told,
    )


def _forgettable(desk: Desk, life: PlanLife, now: int) -> bool:
    if now - life.ts_sent < KEPT_NS:
        return False
    standing = [desk.orders[made] for made in life.orders.values() if made in desk.orders]
    return all(order.state.over for order in standing)
