"""What each gate's refusals would have done: against luck, and in R (rows S3, L2, signals.md 7.5).

Every sniper slot supposes a plan, sent or not. Grouped by the reason code that refused them, the
refused say whether a gate earns its keep: their TP1 rate beside their own no-skill chances, and the
R they would have won or lost. Slots three minutes apart tell one story: n_eff says how many.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean

from pawang.learning.evidence import excess_z
from pawang.learning.intervals import mean_interval
from pawang.learning.uniqueness import Life, uniqueness
from pawang.model.codec import Record
from pawang.model.hypothesis import Ending, Hypothesis, Supposed
from pawang.model.kpi import Interval

UNKNOWN = "unknown"


class GateRecord(Record):
    """One reason code. `mean_r` below 0: the gate was right on average; "plan" is what passed."""

    code: str
    n: int  # whose ending is known
    open: int  # still living, or unknown for good
    standard: int  # of n: with a usual geometry, for the market showed none
    filled: int
    n_eff: float  # of the filled
    tp1: float | None  # their rate, timeouts and cuts in the denominator
    null_tp1: float | None  # what luck alone gives the same plans
    z: float | None  # of the excess, on n_eff
    mean_r: float | None  # net, of the filled
    interval: Interval | None  # 95 % of it, as if every one were news: too narrow where n_eff < n
    saved_r: float  # minus the sum: what the gate saved, or (below 0) cost


Row = tuple[Hypothesis, Ending]


def gates(rows: Iterable[Supposed]) -> tuple[GateRecord, ...]:
    """One record a code, what saved most first."""
    groups: dict[str, list[Supposed]] = defaultdict(list)
    for row in rows:
        groups[row.hypothesis.code].append(row)
    found = [_record(code, group) for code, group in sorted(groups.items())]
    return tuple(sorted(found, key=lambda one: -one.saved_r))


def _record(code: str, group: Sequence[Supposed]) -> GateRecord:
    known: list[Row] = [
        (one.hypothesis, one.ending)
        for one in group
        if one.ending is not None and one.ending.label != UNKNOWN
    ]
    filled = [(made, end) for made, end in known if end.filled]
    weights = uniqueness([Life(opened=made.ts, ended=end.ts_ended) for made, end in filled])
    hits, nulls = [float(end.tp1) for _, end in filled], [made.p0_tp1 for made, _ in filled]
    earned = [end.net_r for _, end in filled]
    return GateRecord(
        code=code,
        n=len(known),
        open=len(group) - len(known),
        standard=sum(made.standard for made, _ in known),
        filled=len(filled),
        n_eff=sum(weights),
        tp1=fmean(hits) if hits else None,
        null_tp1=fmean(nulls) if nulls else None,
        z=excess_z(hits, nulls, weights) if hits else None,
        mean_r=fmean(earned) if earned else None,
        interval=mean_interval(earned),
        saved_r=-sum(earned),
    )
