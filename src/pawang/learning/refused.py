"""The no-trade ledger: what the gates saved, and what they cost (rows S3, L2).

A refused plan is labelled like a sent one, as if somebody had played it. A gate whose refusals
would have lost has earned its keep; one whose refusals would have won is too strict.
"""

from collections import defaultdict
from collections.abc import Iterable
from statistics import fmean

from pawang.learning.intervals import mean_interval
from pawang.model.codec import Record
from pawang.model.kpi import Interval


class Refused(Record):
    """A no-trade and what became of the plan it refused."""

    ref_id: str
    code: str  # the gate's reason code
    filled: bool
    net_r: float  # 0 where it would not have filled


class GateWorth(Record):
    """`saved_r` above 0: the gate kept us from losing so much; below 0 it cost so much."""

    code: str
    n: int
    filled: int
    saved_r: float  # over all of them
    mean_r: float | None  # what a refused plan that filled would have earned
    interval: Interval | None  # 95 % of that mean


def gate_worths(rows: Iterable[Refused]) -> tuple[GateWorth, ...]:
    """One row a code, what saved most first."""
    groups: dict[str, list[Refused]] = defaultdict(list)
    for row in rows:
        groups[row.code].append(row)
    worths = [_worth(code, group) for code, group in sorted(groups.items())]
    return tuple(sorted(worths, key=lambda worth: -worth.saved_r))


def _worth(code: str, group: list[Refused]) -> GateWorth:
    earned = [row.net_r for row in group if row.filled]
    return GateWorth(
        code=code,
        n=len(group),
        filled=len(earned),
        saved_r=-sum(earned),
        mean_r=fmean(earned) if earned else None,
        interval=mean_interval(earned),
    )
