"""Every verb with who may use it where: menu, help and the permission tests read this table.

Row T9: viewers read, rate and choose their language; traders act; admins start again.
"""

from pawang.actions import (
    alpha,
    entry,
    help,
    lines,
    panic,
    people,
    picture,
    rate,
    report,
    research,
    resume,
    risk,
    settings,
    sniper,
    snooze,
    start,
    status,
    why,
)
from pawang.actions.base import Acted, Call, Verb
from pawang.model.chat import Role

VIEWER, TRADER, ADMIN = Role.VIEWER, Role.TRADER, Role.ADMIN


def _help(call: Call) -> Acted:
    return help.page(REGISTRY, call)


REGISTRY: tuple[Verb, ...] = (
    Verb(name="alpha", role=VIEWER, run=alpha.run),
    Verb(name="sniper", role=VIEWER, run=sniper.run, button=True),
    Verb(name="status", role=VIEWER, run=status.run),
    Verb(name="why", role=VIEWER, run=why.run, button=True),
    Verb(name="orders", role=VIEWER, run=status.orders),
    Verb(name="coins", role=VIEWER, run=status.coins),
    Verb(name="health", role=VIEWER, run=status.health),
    Verb(name="kpi", role=VIEWER, run=research.kpi),
    Verb(name="report", role=VIEWER, run=report.run),
    Verb(name="budget", role=VIEWER, run=settings.budget),
    Verb(name="risk", role=VIEWER, run=risk.run, risky=True),
    Verb(name="snooze", role=VIEWER, run=snooze.run, group_role=TRADER, button=True),
    Verb(name="lang", role=VIEWER, run=settings.language),
    Verb(name="tz", role=VIEWER, run=settings.timezone),
    Verb(name="panic", role=TRADER, run=panic.run),
    Verb(name="resume", role=ADMIN, run=resume.run, private=True, risky=True),
    Verb(name="calibrate", role=ADMIN, run=research.calibrate, private=True, risky=True),
    Verb(name="people", role=ADMIN, run=people.run, private=True, risky=True),
    Verb(name="help", role=VIEWER, run=_help),
    Verb(name="start", role=VIEWER, run=start.run),
    Verb(name="rate", role=VIEWER, run=rate.run, command=False, button=True),
    Verb(name="heatmap", role=VIEWER, run=picture.heatmap, command=False, button=True),
    Verb(name="orderbook", role=VIEWER, run=picture.orderbook, command=False, button=True),
    Verb(name="playbook", role=VIEWER, run=help.playbook, command=False, button=True),
    Verb(name="entry", role=TRADER, run=entry.run, risky=True, command=False, button=True),
    Verb(name="lines", role=TRADER, run=lines.run, command=False, button=True),
    Verb(name="cancel", role=TRADER, run=entry.cancel, command=False, button=True),
    Verb(name="close", role=TRADER, run=entry.close, command=False, button=True),
)

COMMANDS = {verb.name: verb for verb in REGISTRY if verb.command}
BUTTONS = {verb.name: verb for verb in REGISTRY if verb.button}
