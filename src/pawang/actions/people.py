"""/people: who may do what; an admin invites with a one-time code, and removes (row T9).

One code at a time stands on the desk, as role, end of life and hash: a new one replaces it.
"""

import hashlib
import hmac

from msgspec.structs import replace

from pawang.actions.base import Acted, Call, refused
from pawang.guards.secret import same
from pawang.model.chat import Role
from pawang.model.desk import Desk
from pawang.model.refs import HOUR

INVITE_HOURS = 24
DIGITS = 8


def run(call: Call) -> Acted:
    match call.words:
        case ():
            return _listed(call)
        case ("invite", str(role)) if role in [known.value for known in Role]:
            return _invited(call, Role(role))
        case ("remove", str(user_id)) if user_id.isascii() and user_id.isdigit():
            return _removed(call, int(user_id))
        case _:
            return refused(call.desk, "bad_people", call.reply(call.say("people_help")))


def _listed(call: Call) -> Acted:
    lines = [
        call.say("people_line", user_id=person.user_id, name=person.name, role=person.role.value)
        for _, person in sorted(call.desk.people.items())
    ]
    return call.tell(call.say("people_list", lines="\n".join(lines)))


def _invited(call: Call, role: Role) -> Acted:
    code = _make_code(call)
    until = call.now + INVITE_HOURS * HOUR
    desk = replace(call.desk, pairing_code_hash=f"{role.value}:{until}:{_hash(code)}")
    text = call.say("people_invite", role=role.value, hours=INVITE_HOURS, code=code)
    return Acted(desk=desk, effects=(call.audit("invited", role.value), call.reply(text)))


def _make_code(call: Call) -> str:
    """From the home's key, the update and the moment: nothing is drawn by chance."""
    assert call.params.code_key, "without a key the code could be reckoned by anybody"
    text = f"invite:{call.heard.update_id}:{call.now}:{call.person.user_id}"
    made = hmac.new(call.params.code_key.encode(), text.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(made[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def _removed(call: Call, user_id: int) -> Acted:
    people = {key: person for key, person in call.desk.people.items() if key != user_id}
    if not any(person.role is Role.ADMIN for person in people.values()):
        return refused(call.desk, "bad_people", call.reply(call.say("people_last")))
    # A private chat has its user's id: it must hear nothing any more.
    chats = {key: chat for key, chat in call.desk.chats.items() if key != user_id}
    desk = replace(call.desk, people=people, chats=chats)
    reply = call.reply(call.say("people_removed", user_id=user_id))
    return Acted(desk=desk, effects=(call.audit("removed", str(user_id)), reply))


def invited_role(desk: Desk, given: str, now: int) -> Role | None:
    """The role that code buys now, or None."""
    role, _, rest = desk.pairing_code_hash.partition(":")
    until, _, expected = rest.partition(":")
    if not expected or now > int(until) or not same(_hash(given), expected):
        return None
    return Role(role)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
