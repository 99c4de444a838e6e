"""/kpi and /calibrate: what takes seconds, so the answer comes a little later by its own event."""

from pawang.actions.base import Acted, Call
from pawang.model.event import Consult


def kpi(call: Call) -> Acted:
    """Every promise of the desk with its verdict."""
    return Acted(desk=call.desk, effects=(_ask(call, "kpi"),))


def calibrate(call: Call) -> Acted:
    """The question of the night, now; what is accepted is in force a day later."""
    audit = call.audit("calibrate", "asked for now")
    return Acted(desk=call.desk, effects=(audit, _ask(call, "calibrate")))


def _ask(call: Call, question: str) -> Consult:
    return Consult(
        question=question,
        chat_id=call.heard.chat_id,
        ref_id=f"re_{call.heard.update_id}",
        thread_id=call.heard.thread_id,
    )
