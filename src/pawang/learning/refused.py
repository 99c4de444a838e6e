"""The no-trade ledger: what the gates saved, and what they cost (rows S3, L2).

A refused plan is labelled like a sent one, as if somebody had played it. A gate whose refusals
would have lost has earned its keep; one whose refusals would have won is too strict.
"""

from collections.abc import Iterable, Mapping
from statistics import fmean

from pawang.learning.intervals import mean_interval
from pawang.model.report import GateWorth, Refused


def gate_worths(
    rows: Iterable[Refused], week: Mapping[str, int] = {}, since: int = 0
) -> tuple[GateWorth, ...]:
    """One row a code, what saved most first, of equals what refused most; `week` = other counts."""
    groups: dict[str, list[Refused]] = {code: [] for code in week}
    for row in rows:
        if row.ts >= since:
            groups.setdefault(row.code, []).append(row)
    worths = [_worth(code, group, week.get(code, 0)) for code, group in sorted(groups.items())]
    return tuple(sorted(worths, key=lambda worth: (-(worth.saved_r or 0.0), -worth.n)))


def _worth(code: str, group: list[Refused], week: int) -> GateWorth:
    judged = [row for row in group if row.filled is not None]
    earned = [row.net_r for row in judged if row.filled]
    return GateWorth(
        code=code,
        week=week,
        n=len(group),
        judged=len(judged),
        filled=len(earned),
        saved_r=-sum(earned) if judged else None,
        mean_r=fmean(earned) if earned else None,
        interval=mean_interval(earned),
    )
