"""Did the plans do what they said? TP1 and TP2 against each plan's own no-skill chance (9, L2).

Timeouts, cuts and flips stay in the denominator; plans that never filled are not in it. A plan
appears once for each book that played it, and books are never summed.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from pawang.learning.evidence import e_value, excess_z, verdict
from pawang.learning.intervals import shrunk, wilson
from pawang.learning.uniqueness import Life, uniqueness
from pawang.model.codec import Record
from pawang.model.decision import SniperPlan
from pawang.model.kpi import Kpi
from pawang.model.order import Book, Outcome
from pawang.model.refs import DAY
from pawang.model.report import SetupRate
from pawang.model.sizing import Sizing

TARGETS = {"tp1": 0.60, "tp2": 0.35}
WINDOW_NS = 30 * DAY
SHOWN_N_MIN = 5  # a setup of fewer plans is hidden


class Played(Record):
    """A plan and what became of it in one book: the row that every trade KPI reads."""

    ref_id: str
    coin: str
    setup: str
    regime: str
    book: Book
    ts: int  # the slot
    ts_resolved: int
    filled: bool
    tp1: bool
    tp2: bool
    null_tp1: float
    null_tp2: float
    net_r: float  # after fees, funding and slippage
    size_pct: float  # of equity at risk when it was sized
    size_pct_table: float = 0.0  # the same before caps
    sizings: Mapping[str, float] = {}  # and under every rule that is only logged (8.3)
    label: str = ""
    net_usd: Decimal = Decimal(0)


CALM_PCT, WILD_PCT = 0.64, 1.0
"""ATR of 1 h at which the size's vol factor stands at its floor, and at its cap (8.1)."""


def setup_of(plan: SniperPlan) -> str:
    """What the entry leaned on."""
    return "no wall" if plan.wall is None else "wall"


def regime_of(atr_1h_pct: float | None) -> str:
    """calm | usual | wild, as the sizing sees it; "" where nobody knew.

    >>> regime_of(0.5), regime_of(0.88), regime_of(1.2), regime_of(None)
    ('calm', 'usual', 'wild', '')
    """
    if atr_1h_pct is None:
        return ""
    return "calm" if atr_1h_pct <= CALM_PCT else "wild" if atr_1h_pct >= WILD_PCT else "usual"


def played(plan: SniperPlan, ts: int, sizing: Sizing | None, outcome: Outcome) -> Played:
    """One row: a plan, how it was sized, and what became of it."""
    assert plan.ref_id == outcome.ref_id, f"{outcome.ref_id} is not the outcome of {plan.ref_id}"
    return Played(
        ref_id=plan.ref_id,
        coin=plan.coin,
        setup=setup_of(plan),
        regime=regime_of(None if sizing is None else sizing.atr_pct),
        book=outcome.book,
        ts=ts,
        ts_resolved=outcome.ts_resolved,
        filled=outcome.filled,
        tp1=outcome.tp1,
        tp2=outcome.tp2,
        null_tp1=plan.null_tp1,
        null_tp2=plan.null_tp2,
        net_r=outcome.net_r,
        size_pct=0.0 if sizing is None else sizing.size_pct_final,
        size_pct_table=0.0 if sizing is None else sizing.size_pct,
        sizings={} if sizing is None else sizing.shadow,
        label=outcome.label,
        net_usd=outcome.net_usd,
    )


def of_book(rows: Iterable[Played], book: Book, ts_from: int = 0) -> list[Played]:
    """The filled plans of one book that were resolved since `ts_from`, in order of time."""
    ours = [r for r in rows if r.book is book and r.filled and r.ts_resolved >= ts_from]
    return sorted(ours, key=lambda row: (row.ts_resolved, row.ref_id))


def hit_rate(rows: Sequence[Played], target: str, book: Book, ts_from: int = 0) -> Kpi:
    """ "tp1" or "tp2" of one book: n, Wilson, mean p0, excess, z on n_eff, e-value, verdict.

    `ts_from` = now - WINDOW_NS for the rolling 30 days, 0 for the lifetime.
    """
    ours = of_book(rows, book, ts_from)
    hits = [float(row.tp1 if target == "tp1" else row.tp2) for row in ours]
    nulls = [row.null_tp1 if target == "tp1" else row.null_tp2 for row in ours]
    goal, n = TARGETS[target], len(ours)
    if not n:
        return Kpi(
            name=target, value=None, unit="share", n=0, target=goal, verdict=verdict(None, None)
        )
    rate, null, e = sum(hits) / n, sum(nulls) / n, e_value(hits, nulls)
    lives = [Life(opened=row.ts, ended=row.ts_resolved) for row in ours]
    return Kpi(
        name=target,
        value=rate,
        unit="share",
        n=n,
        target=goal,
        verdict=verdict(rate > goal, e),
        interval=wilson(sum(hits), n),
        null=null,
        excess=rate - null,
        z=excess_z(hits, nulls, uniqueness(lives)),
        e_value=e,
    )


def fill_rate(rows: Iterable[Played], book: Book) -> Kpi:
    """The share of plans whose entry filled: the unfilled ones are counted here."""
    ours = [row for row in rows if row.book is book]
    n, k = len(ours), sum(row.filled for row in ours)
    return Kpi(
        name="filled",
        value=k / n if n else None,
        unit="share",
        n=n,
        interval=wilson(k, n) if n else None,
    )


def setup_rates(rows: Sequence[Played], book: Book, ts_from: int = 0) -> tuple[SetupRate, ...]:
    """TP1 rates by setup, coin and regime, the most frequent first; n < 5 is hidden."""
    groups: dict[tuple[str, str, str], list[Played]] = defaultdict(list)
    for row in of_book(rows, book, ts_from):
        groups[row.setup, row.coin, row.regime].append(row)
    shown = [_setup_rate(*name, group) for name, group in sorted(groups.items()) if _large(group)]
    return tuple(sorted(shown, key=lambda found: -found.n))


def _large(group: Sequence[Played]) -> bool:
    return len(group) >= SHOWN_N_MIN


def _setup_rate(setup: str, coin: str, regime: str, group: Sequence[Played]) -> SetupRate:
    n, hits = len(group), sum(row.tp1 for row in group)
    null = sum(row.null_tp1 for row in group) / n
    return SetupRate(
        setup=setup,
        coin=coin,
        regime=regime,
        n=n,
        hits=hits,
        rate=hits / n,
        shrunk=shrunk(hits, n, null),
        interval=wilson(hits, n),
    )


def rated_and_unrated(
    rows: Sequence[Played], book: Book, rated: Collection[str]
) -> tuple[Kpi, Kpi]:
    """TP1 rates of the plans somebody rated and of those nobody did, side by side (4.6).

    People rate what they remember; where the two differ, the thumbs are no sample of the plans.
    """
    ours = of_book(rows, book)
    sides = ([r for r in ours if r.ref_id in rated], [r for r in ours if r.ref_id not in rated])
    found = [
        Kpi(
            name=name,
            value=sum(row.tp1 for row in side) / len(side) if side else None,
            unit="share",
            n=len(side),
            interval=wilson(sum(row.tp1 for row in side), len(side)) if side else None,
        )
        for name, side in zip(("tp1_rated", "tp1_unrated"), sides, strict=True)
    ]
    return found[0], found[1]
