"""Decision + Sizing + chat policy -> Message: budget, throttle, dedup, snooze, wording.

Layout: `words` (a file a language), `text` (spans and units), `cards` (the two cards), `policy`
(who hears what), `life` (a plan's message as it goes), `notices` (the desk about itself),
`answers` (KPIs and calibration), `report` (the week in words), `weekly` (when it is told),
`report_page` (as a page), `findings` (who gets which of these).
"""

from pawang.alerts.findings import consulted
from pawang.alerts.life import card, line_crossed, lines_of, order_moved, prune
from pawang.alerts.notices import drifted, health, started
from pawang.alerts.params import AlertParams
from pawang.alerts.policy import Told, announce, digest, roll_budget
from pawang.alerts.weekly import weekly

__all__ = [
    "AlertParams",
    "Told",
    "announce",
    "card",
    "consulted",
    "digest",
    "drifted",
    "health",
    "line_crossed",
    "lines_of",
    "order_moved",
    "prune",
    "roll_budget",
    "started",
    "weekly",
]
