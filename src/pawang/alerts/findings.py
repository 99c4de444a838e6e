"""What was worked out for somebody beside the loop, said to whom it concerns."""

from pawang.alerts.answers import answered
from pawang.alerts.policy import Told
from pawang.alerts.weekly import days_pnl, reported
from pawang.model.desk import Desk
from pawang.model.event import Consulted


def consulted(desk: Desk, found: Consulted, now: int) -> Told:
    """The answer, in the chat that asked (or is due) and in its language."""
    if found.report is not None:
        return reported(desk, found, now)
    if found.day is not None:
        return days_pnl(desk, found, now)
    return Told(desk=desk, effects=answered(desk, found, now))
