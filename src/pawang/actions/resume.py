"""/resume: starting again needs a second consent (row G5, SEC5).

The first admin gets a code; another admin confirms it.
Consent from the host and by TOTP come with the operations work: a desk of one person needs a
second admin until then.
"""

import hashlib
import hmac

from msgspec.structs import replace

from pawang.actions.base import Acted, Call, refused
from pawang.alerts.words import say
from pawang.guards.secret import same
from pawang.model.chat import Category, Lane, Send
from pawang.model.event import Effect, Shut
from pawang.model.refs import MINUTE, ref_id

CODE_LIFE_NS = 10 * MINUTE


def run(call: Call) -> Acted:
    trading = call.desk.trading
    if trading.state != "halted":
        return call.tell(call.say("resume_not_halted"))
    if not call.words:
        code = make_code(call)
        asked = replace(
            trading, resume_code=code, resume_by=call.person.user_id, ts_resume_asked=call.now
        )
        desk = replace(call.desk, trading=asked)
        audit = call.audit("resume asked", f"epoch {trading.epoch}")
        return Acted(desk=desk, effects=(audit, call.reply(call.say("resume_ask", code=code))))
    return _confirm(call, call.words[0])


def make_code(call: Call) -> str:
    """Six digits from the home's key, the epoch and the moment: nothing is drawn by chance."""
    text = f"{call.desk.trading.epoch}:{call.now}:{call.person.user_id}"
    made = hmac.new(call.params.code_key.encode(), text.encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(made[:8], 'big') % 10**6:06d}"


def _confirm(call: Call, given: str) -> Acted:
    trading = call.desk.trading
    fresh = call.now - trading.ts_resume_asked <= CODE_LIFE_NS
    right = bool(trading.resume_code) and same(given, trading.resume_code)
    if not (fresh and right) or call.person.user_id == trading.resume_by:
        return refused(call.desk, "resume_refused", call.reply(call.say("resume_wrong")))
    active = replace(
        trading,
        state="active",
        epoch=trading.epoch + 1,
        ts_changed=call.now,
        by_user=call.person.user_id,
        resume_code="",
    )
    desk = replace(call.desk, trading=active)
    first = desk.people.get(trading.resume_by)
    names = {
        "first": f"@{first.name}" if first is not None and first.name else trading.resume_by,
        "second": call.who,
    }
    ref = ref_id("pnc", call.now, f"E{active.epoch}")
    said: list[Effect] = [
        Send(
            chat_id=chat_id,
            ref_id=ref,
            category=Category.CRITICAL,
            lane=Lane.CRITICAL,
            text=say(chat.language, "resumed", epoch=active.epoch, **names),
            ts_created=call.now,
            thread_id=chat.thread_id,
        )
        for chat_id, chat in sorted(desk.chats.items())
    ]
    audit = call.audit("resumed", f"epoch {active.epoch}")
    return Acted(desk=desk, effects=(Shut(halted=False, epoch=active.epoch), audit, *said))
