"""/report, /report 2025-W38, /report day: the track record, a little later by its own event."""

from pawang.actions.base import Acted, Call, refused
from pawang.alerts.policy import next_ref
from pawang.model.errors import BadInput
from pawang.model.event import Consult
from pawang.model.weeks import week_span

SUBJECTS = {"report": "7DAYS", "day": "TODAY"}


def run(call: Call) -> Acted:
    """The last seven days, a week by its name, or today's PnL."""
    word = call.words[0] if call.words else ""
    zone = call.chat.timezone
    question, week = ("day", "") if word.lower() == "day" else ("report", word.upper())
    if week:
        try:
            week_span(week, zone)
        except BadInput:
            return refused(call.desk, "bad_week", call.reply(call.say("report_help")))
    desk, ref = next_ref(call.desk, "rpt", call.now, week.replace("-", "") or SUBJECTS[question])
    asked = Consult(
        question=question,
        chat_id=call.heard.chat_id,
        ref_id=ref,
        thread_id=call.heard.thread_id,
        week=week,
        timezone=zone,
    )
    return Acted(desk=desk, effects=(asked,))
