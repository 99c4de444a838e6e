"""🎯 Set Entry: the plan becomes a ghost order, once (row T5, B09: fifty taps, one order)."""

from msgspec.structs import replace

from pawang.actions.base import Acted, Call
from pawang.alerts import card
from pawang.model.desk import PlanLife
from pawang.model.event import Place, Withdraw
from pawang.model.order import Book
from pawang.orders import open_order


def run(call: Call) -> Acted:
    life = call.desk.plans.get(call.ref_id)
    if life is not None and Book.GHOST in life.orders:
        return call.note(call.say("entry_already"))
    if life is None or _dead(call, life):
        return call.note(call.say("entry_over"))
    if call.desk.trading.state == "halted":
        return call.note(call.say("entry_halted"))
    order = open_order(life.plan, life.sizing, Book.GHOST, call.now)
    taken = replace(
        life,
        taken_by=call.person.user_id,
        ts_taken=call.now,
        orders={**life.orders, Book.GHOST: order.client_order_id},
    )
    desk = replace(
        call.desk,
        orders={**call.desk.orders, order.client_order_id: order},
        plans={**call.desk.plans, call.ref_id: taken},
    )
    said = call.answer(call.say("entry_set", risk=f"{life.sizing.loss_usd:,.0f}"))
    place = Place(order=order, epoch=desk.trading.epoch)
    audit = call.audit("set entry", f"{call.ref_id} {order.contracts} @ {order.entry}")
    edits = card(desk, call.ref_id, call.now)
    return Acted(desk=desk, effects=(*said, place, audit, *edits))


def _dead(call: Call, life: PlanLife) -> bool:
    """Expired, withdrawn, already played out in the shadow book, or older than the last stop."""
    return (
        life.cancelled
        or call.now >= life.plan.ts_expiry
        or Book.SHADOW in life.outcomes
        or life.ts_sent < call.desk.trading.ts_changed
    )


def cancel(call: Call) -> Acted:
    """❌ Cancel: the resting ghost entry is withdrawn; what has filled keeps its stop."""
    return _leave(call, close=False)


def close(call: Call) -> Acted:
    """✖ Close: the ghost position leaves at market."""
    return _leave(call, close=True)


def _leave(call: Call, *, close: bool) -> Acted:
    life = call.desk.plans.get(call.ref_id)
    made = None if life is None else life.orders.get(Book.GHOST)
    order = None if made is None else call.desk.orders.get(made)
    if order is None or order.state.over or (order.entry_over and not close):
        return call.note(call.say("cancel_nothing"))
    text = call.say("closing" if close else "cancelled")
    # Told once: until the venue answers, nothing in the order says that it was asked already.
    asked = f"leave:{order.client_order_id}:{'close' if close else 'cancel'}"
    if asked in call.desk.told:
        return call.note(text)
    desk = replace(call.desk, told={**call.desk.told, asked: call.now})
    said = call.answer(text)
    leave = Withdraw(
        client_order_id=order.client_order_id,
        reason="closed" if close else "cancelled",
        close=close,
    )
    audit = call.audit("close" if close else "cancel", call.ref_id)
    return Acted(desk=desk, effects=(*said, leave, audit))
