"""/risk [PCT]: risk per trade of the desk, in percent (row R4, fault E14)."""

from msgspec.structs import replace

from pawang.actions.base import Acted, Call, refused
from pawang.alerts.words import say
from pawang.model.chat import Category, Lane, Role, Send
from pawang.model.errors import BadInput
from pawang.model.event import Effect
from pawang.risk import check_risk


def run(call: Call) -> Acted:
    """Bare it shows; with a value it sets, and every chat hears who did."""
    if not call.words:
        values = {"risk": f"{call.desk.risk_pct:g}", "low": "0.01"}
        ceiling = f"{call.params.risk_ceiling_pct:g}"
        return call.tell(call.say("risk_shown", **values, ceiling=ceiling))
    if call.person.role.rank < Role.TRADER.rank:
        text = call.say("denied_role", role=Role.TRADER.value)
        return refused(call.desk, "denied", call.reply(text))
    try:
        risk = check_risk(" ".join(call.words), call.params.risk_ceiling_pct)
    except BadInput as bad:
        return refused(call.desk, "bad_risk", call.reply(call.say("risk_bad", allowed=str(bad))))
    desk = replace(call.desk, risk_pct=risk, risk_by=call.person.user_id)
    effects: list[Effect] = [call.audit("risk", f"{call.desk.risk_pct:g} -> {risk:g}")]
    for chat_id, chat in sorted(desk.chats.items()):
        effects.append(
            Send(
                chat_id=chat_id,
                ref_id=f"re_{call.heard.update_id}",
                category=Category.SYSTEM,
                lane=Lane.ORDER,
                text=say(chat.language, "risk_set", risk=f"{risk:g}", who=call.who),
                ts_created=call.now,
                thread_id=chat.thread_id,
            )
        )
    return Acted(desk=desk, effects=tuple(effects))
