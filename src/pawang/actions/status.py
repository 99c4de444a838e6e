"""/status: one screen (row G12)."""

from decimal import Decimal

from pawang.actions.base import Acted, Call
from pawang.alerts.text import age, clock, plain, signed_amount
from pawang.model.chat import Role
from pawang.model.order import Book


def run(call: Call) -> Acted:
    """Mode, risk, equity, plans, slots, snoozes, doors, who may /panic."""
    desk, none = call.desk, call.say("none")
    state = call.say("status_active")
    if desk.trading.state == "halted":
        by = desk.people.get(desk.trading.by_user)
        who = f"@{by.name}" if by is not None else str(desk.trading.by_user)
        state = call.say("status_halted", time=clock(desk.trading.ts_changed, "UTC"), who=who)
    equity = desk.equity_usd.get(Book.GHOST, Decimal(0))
    today = desk.day_pnl_usd.get(Book.GHOST, Decimal(0))
    plans = [ref for ref, life in desk.plans.items() if life.taken_by and not life.outcomes]
    slots = [
        f"{name} {slot.verdict} {age(call.now - slot.ts)}"
        for name, slot in sorted(desk.slots.items())
        if name.startswith("ib:")
    ]
    snoozes = [
        f"{category} → {clock(until, call.chat.timezone)}"
        for category, until in sorted(call.chat.snoozes.items())
        if until > call.now
    ]
    health = [f"{name} {state}" for name, state in sorted(call.recalled.health.items())]
    traders = [
        person.name or str(person.user_id)
        for person in desk.people.values()
        if person.role.rank >= Role.TRADER.rank
    ]
    amount = f"{equity:,.2f}"
    lines = [
        call.say("status_title", state=state),
        call.say(
            "status_risk", risk=f"{desk.risk_pct:g}", equity=amount, today=signed_amount(today)
        ),
        call.say("status_plans", plans=", ".join(plans) or none),
        call.say("status_slots", slots=" · ".join(slots) or none),
        call.say("status_snoozes", snoozes=", ".join(snoozes) or none),
        call.say("status_health", health=" · ".join(health) or none),
        call.say("status_panic", who=", ".join(traders)),
    ]
    return call.tell("\n".join(lines))


def orders(call: Call) -> Acted:
    """/orders: what is open, taken ones first."""
    shown = [
        call.say(
            "orders_line",
            coin=order.coin,
            side=order.side.value,
            book=call.say(f"book_{order.book}"),
            state=order.state.value,
            filled=plain(order.filled),
            contracts=plain(order.contracts),
            entry=plain(order.entry),
        )
        for order in sorted(call.desk.orders.values(), key=lambda made: made.book.value)
        if not order.state.over
    ]
    return call.tell("\n".join(shown) or call.say("orders_none"))


def health(call: Call) -> Acted:
    """/health: doors and breakers, a line each."""
    shown = [f"{name}: {state}" for name, state in sorted(call.recalled.health.items())]
    return call.tell("\n".join(shown) or call.say("none"))


def coins(call: Call) -> Acted:
    """/coins: what is watched."""
    return call.tell(call.say("coins", coins=", ".join(call.params.coins)))
