"""Who hears what: push rules, throttle, budget, snooze, dedup (rows S1, S7, T4, T7, S8).

Every function takes the desk and gives back `Told`: the next desk and the effects. What budget
or snooze holds back is remembered for the digest; critical messages are never held.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from pawang.alerts.cards import (
    Rows,
    ages_line,
    bias_buttons,
    bias_card,
    plan_buttons,
    plan_card,
)
from pawang.alerts.params import AlertParams
from pawang.alerts.text import Text, clock, local
from pawang.alerts.words import say
from pawang.model.chat import Category, Edit, Lane, Send
from pawang.model.codec import Record
from pawang.model.decision import BiasSignal, Decision, SniperPlan
from pawang.model.desk import Chat, Desk, Held, PlanLife, Pushed
from pawang.model.event import Effect, Withhold
from pawang.model.market import Side
from pawang.model.refs import HOUR, utc
from pawang.model.refs import ref_id as make_ref

HELD_MAX = 200  # held alerts a chat remembers for its digest


class Told(Record):
    desk: Desk
    effects: tuple[Effect, ...] = ()


def announce(desk: Desk, decision: Decision, now: int, params: AlertParams) -> Told:
    """Say a decision to whom it concerns, if it says something new."""
    if desk.trading.state == "halted":
        return Told(desk=desk)
    match decision.signal:
        case BiasSignal():
            return _announce_bias(desk, decision, now, params)
        case SniperPlan() if decision.sizing is not None and decision.sizing.no_trade is None:
            return _announce_plan(desk, decision, now, params)
        case _:
            return Told(desk=desk)


# Institutional.


def _announce_bias(desk: Desk, decision: Decision, now: int, params: AlertParams) -> Told:
    signal, confidence = decision.signal, decision.confidence
    assert isinstance(signal, BiasSignal)
    assert confidence is not None
    standing = desk.pushed.get(signal.coin)
    if signal.side is Side.NEUTRAL:
        return _fade(desk, decision, standing, now, params)
    news = (
        standing is None
        or standing.faded
        or standing.side is not signal.side
        or abs(confidence.value - standing.confidence) >= params.push_points
        or now - standing.ts >= params.push_after_ns
    )
    throttled = standing is not None and now - standing.ts < params.institutional_ns
    if standing is not None and (not news or throttled):
        return _go_on(desk, decision, standing, now, params)
    desk, effects, withheld = _push(desk, decision, Category.INSTITUTIONAL, now, params)
    cards = {effect.chat_id: effect.text for effect in effects}
    made = Pushed(
        ref_id=decision.ref_id, side=signal.side, confidence=confidence.value, ts=now, cards=cards
    )
    desk = replace(desk, pushed={**desk.pushed, signal.coin: made})
    return Told(desk=desk, effects=(*effects, *withheld))


def _go_on(desk: Desk, decision: Decision, standing: Pushed, now: int, params: AlertParams) -> Told:
    """The standing message gets one edited line; its ref never changes."""
    assert decision.confidence is not None
    if decision.signal.side is not standing.side:
        return Told(desk=desk)  # throttled flip: the next slot says it
    return _restate(desk, decision, standing, now, params, "now")


def _fade(
    desk: Desk, decision: Decision, standing: Pushed | None, now: int, params: AlertParams
) -> Told:
    """NEUTRAL is never pushed; what stood before fades, once."""
    if standing is None or standing.faded:
        return Told(desk=desk)
    return _restate(desk, decision, standing, now, params, "faded")


def _restate(
    desk: Desk, decision: Decision, standing: Pushed, now: int, params: AlertParams, key: str
) -> Told:
    """The card as it was sent, with one more line: "now" or "faded"."""
    assert decision.confidence is not None
    effects: list[Effect] = []
    for chat in _chats(desk, tuple(standing.cards)):
        time = clock(now, chat.timezone)
        line = say(chat.language, key, confidence=decision.confidence.value, time=time)
        effects.append(
            Edit(
                chat_id=chat.chat_id,
                ref_id=standing.ref_id,
                lane=Lane.DIGEST,
                text=f"{standing.cards[chat.chat_id]}\n{line}",
                ts_created=now,
                buttons=bias_buttons(decision.coin, standing.ref_id, params),
            )
        )
    moved = replace(standing, faded=key == "faded")
    pushed = {**desk.pushed, decision.coin: moved}
    return Told(desk=replace(desk, pushed=pushed), effects=tuple(effects))


def _push(
    desk: Desk, decision: Decision, category: Category, now: int, params: AlertParams
) -> tuple[Desk, tuple[Send, ...], tuple[Withhold, ...]]:
    """One Send per chat that may hear it now; the rest is held. Budgets are spent here."""
    effects: list[Send] = []
    withheld: list[Withhold] = []
    chats = dict(desk.chats)
    for chat in _listening(desk):
        chat = roll_budget(chat, now)
        why = held_back(chat, category, decision.coin, now, params)
        if why is not None:
            ref = decision.ref_id
            chats[chat.chat_id] = hold(chat, ref, decision.coin, category, why, now)
            withheld.append(
                Withhold(chat_id=chat.chat_id, ref_id=ref, category=category.value, why=why)
            )
            continue
        key = f"{category.value}:{decision.coin}"
        spent = {**chat.spent, key: chat.spent.get(key, 0) + 1}
        chats[chat.chat_id] = replace(chat, spent=spent)
        text, rows = _card(decision, chat, params)
        effects.append(
            Send(
                chat_id=chat.chat_id,
                ref_id=decision.ref_id,
                category=category,
                lane=Lane.SIGNAL,
                text=text.text,
                ts_created=now,
                buttons=rows,
                code=text.spans,
                ts_expiry=now + params.signal_life_ns,
                thread_id=chat.thread_id,
            )
        )
    return replace(desk, chats=chats), tuple(effects), tuple(withheld)


def _card(decision: Decision, chat: Chat, params: AlertParams) -> tuple[Text, Rows]:
    if isinstance(decision.signal, SniperPlan):
        plan, sizing = decision.signal, decision.sizing
        assert sizing is not None
        lines = (say(chat.language, "flip_of", ref=plan.flip_of),) if plan.flip_of else ()
        return plan_card(plan, sizing, chat, lines), plan_buttons(decision.ref_id)
    text = bias_card(decision, chat, params)
    text.line().line(ages_line(decision, chat.language))
    return text, bias_buttons(decision.coin, decision.ref_id, params)


# Sniper.


def _announce_plan(desk: Desk, decision: Decision, now: int, params: AlertParams) -> Told:
    plan, sizing, confidence = decision.signal, decision.sizing, decision.confidence
    assert isinstance(plan, SniperPlan)
    assert sizing is not None
    assert confidence is not None
    sent = [life.ts_sent for life in desk.plans.values() if life.plan.coin == plan.coin]
    if sent and now - max(sent) < params.sniper_ns:
        return Told(desk=desk)
    desk, effects, withheld = _push(desk, decision, Category.SNIPER, now, params)
    if not effects:
        return Told(desk=desk, effects=withheld)
    chats = tuple(effect.chat_id for effect in effects)
    life = PlanLife(plan=plan, sizing=sizing, confidence=confidence.value, ts_sent=now, chats=chats)
    desk = replace(desk, plans={**desk.plans, plan.ref_id: life})
    return Told(desk=desk, effects=(*effects, *withheld))


# Budget, snooze, digest.


def _listening(desk: Desk) -> Iterator[Chat]:
    return (chat for _, chat in sorted(desk.chats.items()) if chat.enabled)


def _chats(desk: Desk, ids: tuple[int, ...]) -> Iterator[Chat]:
    return (desk.chats[chat_id] for chat_id in ids if chat_id in desk.chats)


def roll_budget(chat: Chat, now: int) -> Chat:
    """At 00:00 of the chat's own time zone the counts start again."""
    day = f"{local(now, chat.timezone):%Y-%m-%d}"
    return chat if chat.spent_day == day else replace(chat, spent_day=day, spent={})


def snoozed(chat: Chat, category: Category, now: int) -> bool:
    """Whether this chat wants silence about this now; never about what is critical."""
    return category is not Category.CRITICAL and chat.snoozes.get(category.value, 0) > now


def next_ref(desk: Desk, kind: str, now: int, subject: str) -> tuple[Desk, str]:
    """A ref nobody has; a second one in the same minute gets `_2` (row S7)."""
    stem, minute = make_ref(kind, now, subject), f"_{utc(now):%Y%m%d_%H%M}_"
    fresh = {key: count for key, count in desk.ref_repeats.items() if minute in key}
    repeat = fresh.get(stem, 0) + 1
    desk = replace(desk, ref_repeats={**fresh, stem: repeat})
    return desk, make_ref(kind, now, subject, repeat)


def held_back(
    chat: Chat, category: Category, coin: str, now: int, params: AlertParams
) -> str | None:
    """Why it is held: "snooze" or "budget"; None lets it pass. Critical always passes."""
    if category is Category.CRITICAL:
        return None
    if snoozed(chat, category, now):
        return "snooze"
    allowed = {
        Category.INSTITUTIONAL: params.institutional_per_day,
        Category.SNIPER: params.sniper_per_day,
    }.get(category)
    spent = chat.spent.get(f"{category.value}:{coin}", 0)
    return "budget" if allowed is not None and spent >= allowed else None


def hold(chat: Chat, ref: str, about: str, category: Category, why: str, now: int) -> Chat:
    """Remember for the digest, the newest HELD_MAX of them. `about` is a coin or a provider."""
    made = Held(ref_id=ref, coin=about, category=category.value, why=why, ts=now)
    return replace(chat, held=(*chat.held, made)[-HELD_MAX:])


def digest(desk: Desk, now: int, params: AlertParams) -> Told:
    """At the full hour: what was held back. A snooze that ends says at once what was missed."""
    effects: list[Effect] = []
    chats = dict(desk.chats)
    full_hour = now % HOUR == 0
    for chat in _listening(desk):
        over = [category for category, until in chat.snoozes.items() if until <= now]
        held = chat.held
        for category in over:
            missed = [made for made in held if made.category == category and made.why == "snooze"]
            held = tuple(made for made in held if made not in missed)
            if missed:
                items = _items(desk, tuple(missed))
                values = {"category": category, "count": len(missed), "items": items}
                effects.append(_note(chat, "wake", now, "dig", category.upper(), values))
        due = tuple(made for made in held if chat.snoozes.get(made.category, 0) <= now)
        if full_hour and due:
            values = {"items": _items(desk, due)}
            effects.append(_note(chat, "digest", now, "dig", "ALL", values))
            held = tuple(made for made in held if made not in due)
        left = {name: until for name, until in chat.snoozes.items() if name not in over}
        if left != chat.snoozes or held != chat.held:
            chats[chat.chat_id] = replace(chat, snoozes=left, held=held)
    if not effects and chats == desk.chats:
        return Told(desk=desk)
    return Told(desk=replace(desk, chats=chats), effects=tuple(effects))


def _items(desk: Desk, held: tuple[Held, ...]) -> str:
    """Newest last, each with how it went where that is known."""
    shown = []
    for made in held[-8:]:
        life = desk.plans.get(made.ref_id)
        went = ", ".join(life.outcomes.values()) if life is not None else ""
        shown.append(f"{made.ref_id}{f' ({went})' if went else ''}")
    more = f" +{len(held) - 8}" if len(held) > 8 else ""
    return "; ".join(shown) + more


def _note(
    chat: Chat, key: str, now: int, kind: str, subject: str, values: dict[str, object]
) -> Send:
    return Send(
        chat_id=chat.chat_id,
        ref_id=make_ref(kind, now, subject),
        category=Category.SYSTEM,
        lane=Lane.DIGEST,
        text=say(chat.language, key, **values),
        ts_created=now,
        thread_id=chat.thread_id,
    )
