"""One file per verb a human may use: its record, parsing, permission, effect.

`act` is the only door: the gate first (`gate`), then the verb (`registry`). A command and a
button are the same verb. `wants` says what must be looked up before; `recognises_panic` is the
one thing that may overtake the journal.
"""

from msgspec.structs import replace

from pawang.actions import gate, start
from pawang.actions.base import Acted, ActionParams, Call, Verb, refused
from pawang.actions.registry import BUTTONS, COMMANDS, REGISTRY
from pawang.model.chat import Answer, ChatInput, Role
from pawang.model.codec import Record
from pawang.model.desk import Desk
from pawang.model.event import Asked


class Wanted(Record):
    """What the hallway must look up before `act` may judge."""

    ref_id: str = ""
    view_coin: str = ""
    health: bool = False
    delivered: tuple[int, str] | None = None  # (chat, ref)


def act(desk: Desk, asked: Asked, now: int, params: ActionParams) -> Acted:
    """The desk after an input, and what is said. Unknown people change nothing."""
    heard = asked.input
    if not gate.meant_for_us(heard):
        return Acted(desk=desk)
    if gate.foreign(heard):
        return gate.turn_away(desk, asked, now, params)
    person = desk.people.get(heard.user_id)
    if person is None:
        if heard.text.startswith("/start"):
            return start.pair(desk, asked, now, params)
        return gate.turn_away(desk, asked, now, params)
    chat = gate.chat_of(desk, heard)
    if heard.chat_id not in desk.chats and heard.chat_kind == "private":
        desk = replace(desk, chats={**desk.chats, chat.chat_id: chat})
    verb, words, ref = _parse(heard)
    call = Call(
        desk=desk,
        asked=asked,
        now=now,
        params=params,
        person=person,
        chat=chat,
        words=words,
        ref_id=ref,
    )
    if call.pressed and gate.stale_press(heard, now):
        gone = Answer(callback_id=heard.callback_id, text=call.say("button_gone"))
        return gate.refuse_press(refused(desk, "button_refused", gone), asked, now, params)
    if verb is None:
        return _unknown(call)
    why = gate.may(verb, person, heard) or gate.unknown_group(desk, verb, heard)
    if why:
        return gate.deny(call, why, verb)
    age_s = gate.too_old(heard, now, params)
    if verb.risky and age_s:
        return refused(desk, "too_old", call.reply(call.say("old", age=age_s)))
    return verb.run(call)


def _unknown(call: Call) -> Acted:
    """A button nobody has any more, a command nobody wrote; talk is left alone."""
    if call.pressed:
        return refused(call.desk, "button_refused", *call.answer(call.say("button_gone")))
    if not call.heard.text.startswith("/"):
        return Acted(desk=call.desk)
    return refused(call.desk, "unknown_command", call.reply(call.say("unknown_command")))


def _parse(heard: ChatInput) -> tuple[Verb | None, tuple[str, ...], str]:
    """(verb, words, ref) of a command or a press."""
    if heard.callback_id or heard.token:
        row = heard.button
        if row is None:
            return None, (), ""
        return BUTTONS.get(row.action), tuple(row.argument.split()), row.ref_id
    if not heard.text.startswith("/"):
        return None, (), ""
    first, *rest = heard.text.split()
    name = first[1:].split("@")[0].lower()
    return COMMANDS.get(name), tuple(rest), ""


def wants(desk: Desk, heard: ChatInput, now: int, params: ActionParams) -> Wanted:
    """Nothing for strangers; else the decision, view or state the verb will speak of."""
    if gate.foreign(heard) or heard.user_id not in desk.people:
        return Wanted()
    verb, words, ref = _parse(heard)
    if verb is None:
        return Wanted()
    coin = words[0].upper() if words else params.coins[0]
    known = coin if coin in params.coins else params.coins[0]
    match verb.name:
        case "alpha" | "sniper":
            last = desk.slots.get(f"{'ib' if verb.name == 'alpha' else 'snp'}:{known}")
            return Wanted(ref_id="" if last is None else last.ref_id)
        case "why":
            return Wanted(ref_id=ref or (words[0] if words else ""))
        case "heatmap" | "orderbook":
            return Wanted(view_coin=known)
        case "rate":
            return Wanted(delivered=(heard.chat_id, ref))
        case "status" | "health":
            return Wanted(health=True)
        case _:
            return Wanted()


def recognises_panic(desk: Desk, heard: ChatInput, params: ActionParams) -> bool:
    """Whether this is a /panic of somebody who may: the order gate closes on it at once."""
    if gate.foreign(heard):
        return False
    person = desk.people.get(heard.user_id)
    if person is None or person.role.rank < Role.TRADER.rank:
        return False
    verb, _, _ = _parse(heard)
    return verb is not None and verb.name == "panic"


__all__ = [
    "REGISTRY",
    "Acted",
    "ActionParams",
    "Verb",
    "Wanted",
    "act",
    "recognises_panic",
    "wants",
]
