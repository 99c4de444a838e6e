"""Messages about the desk itself: health, coming back, drift (rows S6, G9, L1)."""

from msgspec.structs import replace

from pawang.alerts.cards import playbook
from pawang.alerts.params import AlertParams
from pawang.alerts.policy import Told, hold, next_ref, snoozed
from pawang.alerts.text import clock
from pawang.alerts.words import FALLBACK, LANGUAGES, say
from pawang.model.chat import Category, Lane, Send
from pawang.model.desk import Desk
from pawang.model.event import Drifted, Effect, HealthChanged, Started
from pawang.model.refs import HOUR, ref_id


def health(desk: Desk, changed: HealthChanged, now: int, params: AlertParams) -> Told:
    """One message per provider and state, at most 20 an hour and chat, snoozable."""
    key = f"health:{changed.provider}:{changed.state}"
    if now - desk.told.get(key, -params.repeat_health_ns) < params.repeat_health_ns:
        return Told(desk=desk)
    desk = replace(desk, told={**desk.told, key: now})
    desk, ref = next_ref(desk, "hp", now, changed.provider)
    effects: list[Effect] = []
    chats = dict(desk.chats)
    for chat_id, chat in sorted(desk.chats.items()):
        spent = tuple(ts for ts in chat.health_spent if now - ts < HOUR)
        if not chat.enabled:
            continue
        silent = snoozed(chat, Category.HEALTH, now)
        if silent or len(spent) >= params.health_per_hour:
            why = "snooze" if silent else "budget"
            chats[chat_id] = hold(chat, ref, changed.provider, Category.HEALTH, why, now)
            continue
        chats[chat_id] = replace(chat, health_spent=(*spent, now))
        values = {"provider": changed.provider, "state": changed.state}
        values["reason"] = changed.reason
        effects.append(
            Send(
                chat_id=chat_id,
                ref_id=ref,
                category=Category.HEALTH,
                lane=Lane.ORDER,
                text=f"{say(chat.language, key_of(changed), **values)}\nref: {ref}",
                ts_created=now,
                buttons=((playbook(ref, "health"),),),
                ts_expiry=now + HOUR,
                thread_id=chat.thread_id,
            )
        )
    return Told(desk=replace(desk, chats=chats), effects=tuple(effects))


def key_of(changed: HealthChanged) -> str:
    """The phrase of a door's state; a state without its own words is told plainly."""
    key = f"health_{changed.state}"
    return key if key in LANGUAGES[FALLBACK] else "health_other"


def started(desk: Desk, begun: Started, now: int, params: AlertParams) -> Told:
    """Away for over five minutes: one line says from, to, and what expired meanwhile."""
    if not begun.down_since or now - begun.down_since <= params.away_ns:
        return Told(desk=desk)
    expired = sum(
        1
        for life in desk.plans.values()
        if begun.down_since < life.plan.ts_expiry <= now and not life.outcomes
    )
    ref = ref_id("sys", now, "BACK")
    since, until = clock(begun.down_since, "UTC"), clock(now, "UTC")
    effects = tuple(
        Send(
            chat_id=chat_id,
            ref_id=ref,
            category=Category.SYSTEM,
            lane=Lane.ORDER,
            text=say(chat.language, "back", since=since, until=until, expired=expired),
            ts_created=now,
            thread_id=chat.thread_id,
        )
        for chat_id, chat in sorted(desk.chats.items())
        if chat.enabled
    )
    return Told(desk=desk, effects=effects)


def drifted(desk: Desk, drift: Drifted, now: int) -> Told:
    """The learned confidence no longer fits: said at once to every chat that listens."""
    desk, ref = next_ref(desk, "sys", now, drift.coin)
    why = " · ".join(drift.alarms)
    effects = tuple(
        Send(
            chat_id=chat_id,
            ref_id=ref,
            category=Category.SYSTEM,
            lane=Lane.ORDER,
            text=f"{say(chat.language, 'drift', coin=drift.coin, why=why)}\nref: {ref}",
            ts_created=now,
            thread_id=chat.thread_id,
        )
        for chat_id, chat in sorted(desk.chats.items())
        if chat.enabled
    )
    return Told(desk=desk, effects=effects)
