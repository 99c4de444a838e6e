"""The one gate of every update: a numeric user id gets a role, everybody else gets nothing.

SEC1: chat ids are never enough; anonymous admins, Telegram itself, channels and forwarded
messages are refused. SEC3: a press counts only with a token of ours, for this chat, not expired.
"""

from msgspec.structs import replace

from pawang.actions.base import Acted, ActionParams, Call, Verb, refused
from pawang.alerts.policy import next_ref
from pawang.alerts.words import language_of, say
from pawang.model.chat import Answer, Category, ChatInput, Lane, Role, Send
from pawang.model.desk import Chat, Desk, Person
from pawang.model.event import Asked, Audit
from pawang.model.refs import SECOND

ANONYMOUS = (1087968824, 777000, 136817688)  # group admin, Telegram, channel bot


def foreign(heard: ChatInput) -> bool:
    """Whether the update cannot be anybody's own word."""
    return (
        heard.user_id <= 0
        or heard.user_id in ANONYMOUS
        or heard.chat_kind == "channel"
        or heard.forwarded
        or (heard.sender_chat_id is not None and heard.sender_chat_id != heard.user_id)
    )


def meant_for_us(heard: ChatInput) -> bool:
    """A press, a command, or anything said in private; in groups people talk to each other."""
    return bool(
        heard.callback_id
        or heard.token
        or heard.text.startswith("/")
        or (heard.chat_kind == "private" and not foreign(heard))
    )


def chat_of(desk: Desk, heard: ChatInput) -> Chat:
    """The chat as the desk knows it, or as it would begin: its user's language."""
    known = desk.chats.get(heard.chat_id)
    if known is not None:
        return known
    return Chat(
        chat_id=heard.chat_id,
        kind=heard.chat_kind,
        language=language_of(heard.language),
        thread_id=heard.thread_id,
    )


def turn_away(desk: Desk, asked: Asked, now: int, params: ActionParams) -> Acted:
    """A stranger gets one short answer in ten minutes, and never his own words back."""
    heard = asked.input
    key = f"stranger:{heard.user_id}"
    told = desk.told.get(key)
    known = [name for name in desk.told if name.startswith("stranger:")]
    often = told is not None and now - told < params.stranger_every_s * SECOND
    if foreign(heard) or often or (told is None and len(known) >= params.strangers_max):
        said = (Answer(callback_id=heard.callback_id, text=""),) if heard.callback_id else ()
        why = "foreign" if foreign(heard) else "stranger"
        return alarm(refused(desk, why, *said), asked, now, params, why)
    language = chat_of(desk, heard).language
    desk = replace(desk, told={**desk.told, key: now})
    text = say(language, "stranger")
    if heard.callback_id:
        notice = Answer(callback_id=heard.callback_id, text=text)
        return alarm(refused(desk, "stranger", notice), asked, now, params, "stranger")
    answer = Send(
        chat_id=heard.chat_id,
        ref_id=f"re_{heard.update_id}",
        category=Category.REPLY,
        lane=Lane.DIGEST,
        text=text,
        ts_created=now,
    )
    return alarm(refused(desk, "stranger", answer), asked, now, params, "stranger")


def refuse_press(turned: Acted, asked: Asked, now: int, params: ActionParams) -> Acted:
    """A forged or stolen press is worth an alarm; one that merely grew old is not (B10)."""
    row = asked.input.button
    if row is not None and row.chat_id == asked.input.chat_id:
        return turned
    return alarm(turned, asked, now, params, "button")


def alarm(turned: Acted, asked: Asked, now: int, params: ActionParams, why: str) -> Acted:
    """Tell the admins, and the audit, at most once in ten minutes; never what was said (SEC25)."""
    desk, heard = turned.desk, asked.input
    last = desk.told.get("intruder")
    if last is not None and now - last < params.stranger_every_s * SECOND:
        return turned
    count = sum(desk.counters.get(name, 0) for name in ("stranger", "foreign", "button_refused"))
    desk, ref = next_ref(replace(desk, told={**desk.told, "intruder": now}), "sys", now, "GATE")
    values = {"count": count, "user_id": heard.user_id, "why": why, "ref": ref}
    admins = [key for key, person in sorted(desk.people.items()) if person.role is Role.ADMIN]
    sends = [
        Send(
            chat_id=chat.chat_id,
            ref_id=ref,
            category=Category.SYSTEM,
            lane=Lane.SIGNAL,
            text=say(chat.language, "intruder", **values),
            ts_created=now,
        )
        for chat in (desk.chats.get(admin) for admin in admins)
        if chat is not None and chat.enabled
    ]
    audit = Audit(actor=heard.user_id, action="refused", detail=f"{why}, {count} so far")
    return Acted(desk=desk, effects=(*turned.effects, audit, *sends))


def unknown_group(desk: Desk, verb: Verb, heard: ChatInput) -> str:
    """A group is ours once an admin said /start in it; the stop works everywhere (row T9)."""
    if heard.chat_id in desk.chats or verb.name == "panic":
        return ""
    starts = verb.name == "start" and desk.people[heard.user_id].role is Role.ADMIN
    return "" if starts else "group_unknown"


def may(verb: Verb, person: Person, heard: ChatInput) -> str:
    """Empty if this person may do this here, else the key of the refusal."""
    private = heard.chat_kind == "private"
    if verb.private and not private:
        return "denied_private"
    needed = verb.role if private or verb.group_role is None else verb.group_role
    return "" if person.role.rank >= needed.rank else "denied_role"


def deny(call: Call, key: str, verb: Verb) -> Acted:
    """A refusal in the reader's language; a press gets it as a notice."""
    text = call.say(key, role=verb.role.value)
    said = call.answer(text) if call.pressed else (call.reply(text),)
    return refused(call.desk, "denied", *said)


def stale_press(heard: ChatInput, now: int) -> bool:
    """No row for the token, another chat's, or past its time: forged, stolen or old (B10)."""
    row = heard.button
    return row is None or row.chat_id != heard.chat_id or row.ts_expiry < now


def too_old(heard: ChatInput, now: int, params: ActionParams) -> int:
    """Seconds a command was under way, when that is too long to act on it; else 0."""
    if heard.token or not heard.ts_sent:
        return 0
    age_s = (now - heard.ts_sent) // SECOND
    return age_s if age_s > params.command_age_s else 0
