"""/start CODE: a one-time code makes a user id somebody (row T9). The first one is admin.

The first code comes from the home (its hash by the parameters), every further one from an admin
(`people.py`). In a group an admin's bare /start lets the group hear the alerts.
"""

import hashlib

from msgspec.structs import replace

from pawang.actions.base import Acted, ActionParams, Call, refused
from pawang.actions.gate import chat_of, turn_away
from pawang.actions.people import invited_role
from pawang.alerts.words import say
from pawang.guards.secret import same
from pawang.model.chat import Category, Lane, Role, Send
from pawang.model.desk import Desk, Person
from pawang.model.event import Asked, Audit
from pawang.model.refs import SECOND

WAIT_NS = 10 * SECOND  # between two tries of one user: a code of 8 digits cannot be tried through


def run(call: Call) -> Acted:
    """Somebody we know already; a new group becomes one of ours."""
    if call.chat.chat_id not in call.desk.chats:
        audit = call.audit("chat added", str(call.chat.chat_id))
        return Acted(desk=call.with_chat(), effects=(audit, call.reply(call.say("group_added"))))
    return call.tell(call.say("paired_already", role=call.person.role.value))


def pair(desk: Desk, asked: Asked, now: int, params: ActionParams) -> Acted:
    """A stranger, perhaps with a code."""
    heard = asked.input
    words = heard.text.split()
    if len(words) != 2 or heard.chat_kind != "private":
        return turn_away(desk, asked, now, params)
    tried = f"stranger:pair:{heard.user_id}"
    if now - desk.told.get(tried, -WAIT_NS) < WAIT_NS:
        return refused(desk, "bad_code")
    role = _role(desk, words[1], now, params)
    if role is None:
        if desk.people:
            return turn_away(desk, asked, now, params)
        desk = replace(desk, told={**desk.told, tried: now})
        text = say(chat_of(desk, heard).language, "bad_code")
        return refused(desk, "bad_code", _say(asked, now, text))
    return _paired(desk, asked, now, role)


def _role(desk: Desk, given: str, now: int, params: ActionParams) -> Role | None:
    """Admin for the home's code while nobody is there; later only what an admin invited."""
    if desk.people:
        return invited_role(desk, given, now)
    hashed = hashlib.sha256(given.encode()).hexdigest()
    return Role.ADMIN if params.pairing_hash and same(hashed, params.pairing_hash) else None


def _paired(desk: Desk, asked: Asked, now: int, role: Role) -> Acted:
    heard = asked.input
    chat = chat_of(desk, heard)
    person = Person(user_id=heard.user_id, role=role, name=heard.user_name)
    paired = replace(
        desk,
        people={**desk.people, heard.user_id: person},
        chats={**desk.chats, heard.chat_id: chat},
        pairing_code_hash="",  # good once
    )
    audit = Audit(actor=heard.user_id, action="paired", detail=role.value)
    text = say(chat.language, "paired", role=role.value)
    return Acted(desk=paired, effects=(audit, _say(asked, now, text)))


def _say(asked: Asked, now: int, text: str) -> Send:
    return Send(
        chat_id=asked.input.chat_id,
        ref_id=f"re_{asked.input.update_id}",
        category=Category.REPLY,
        lane=Lane.ORDER,
        text=text,
        ts_created=now,
    )
