"""What a run is worth: the desk's own KPIs, what the trades cost, and a row for the registry.

Nothing is measured in a way of its own: hit rates, e-values, calibration and net R come from the
learning room, as those of `pawang kpi` do. Per stretch of time as well as pooled (signals.md 7.5).
"""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from statistics import fmean

from pawang.config import Config
from pawang.learning import figures
from pawang.learning.evidence import e_value, excess_z
from pawang.learning.forecasts import Forecasts, forecasts, kpis
from pawang.learning.hit_rates import Played as Row
from pawang.learning.hit_rates import played as row_of
from pawang.learning.intervals import wilson
from pawang.learning.samples import Sample, bias_samples
from pawang.learning.trials import Registry
from pawang.learning.uniqueness import uniqueness
from pawang.model.codec import Record, digest, encode
from pawang.model.decision import Decision, SniperPlan
from pawang.model.event import Event
from pawang.model.forecast import Trial
from pawang.model.kpi import Kpi
from pawang.model.order import Book, Filled, Outcome
from pawang.model.refs import DAY, HOUR
from pawang.operations.backtest.desk import Played

BIAS_NULL = 0.5
STEPS = (HOUR, DAY, 7 * DAY)
STRETCHES_MAX = 24  # a report of more rows is not read
EVENTS_AT_ONCE = 1_000


class Trade(Record):
    """One filled plan of the shadow book."""

    ref_id: str
    ts: int
    ts_resolved: int
    label: str
    tp1: bool
    tp2: bool
    null_tp1: float
    null_tp2: float
    net_r: float


class Stretch(Record):
    """The trades that ended in [ts_from, ts_to)."""

    ts_from: int
    ts_to: int
    n: int
    tp1: float
    tp1_null: float
    net_r: float


class Scored(Record):
    """Everything that is printed of a run."""

    coins: tuple[str, ...]
    ts_from: int
    ts_to: int
    records: int
    verdicts: dict[str, int]
    plans: int  # that were sent and played
    labels: dict[str, int]  # what became of them; "open" is still undecided at the end
    fills: int
    fees_usd: float
    funding_usd: float
    net_usd: float
    net_r: float
    kpis: tuple[Kpi, ...]  # of the shadow book: every plan that was sent
    bias: Kpi  # hits of the bias an hour on
    calibration: tuple[Kpi, ...]
    told: Forecasts | None  # its calibration
    trades: tuple[Trade, ...]
    stretches: tuple[Stretch, ...]
    trial: Trial | None  # None: fewer than two trades make no Sharpe ratio
    deflated: float | None = None  # with all earlier trials of the registry


def score(played: Played, config: Config, now: int) -> Scored:
    """`now` is the moment of scoring, for the registry."""
    ledger = played.ledger
    rows = [row for row in ledger.outcomes(0) if row[1].book is Book.SHADOW]
    outcomes = [outcome for _, outcome in rows]
    trades = tuple(made for row in rows if (made := _trade(*row)) is not None)
    biases = bias_samples(ledger.forecasts(0))
    orders = ledger.counts()["intents"]
    told = forecasts(biases, [BIAS_NULL] * len(biases), seed=played.ts_to // DAY)
    labels = Counter(outcome.label for outcome in outcomes)
    labels["open"] += orders - len(outcomes)
    return Scored(
        coins=played.world.coins,
        ts_from=played.ts_from,
        ts_to=played.ts_to,
        records=played.records,
        verdicts=dict(sorted(played.verdicts.items())),
        plans=orders,
        labels={name: count for name, count in sorted(labels.items()) if count},
        fills=sum(isinstance(event.body, Filled) for event in _events(played)),
        fees_usd=float(sum(outcome.fees_usd for outcome in outcomes)),
        funding_usd=float(sum(outcome.funding_usd for outcome in outcomes)),
        net_usd=float(sum(outcome.net_usd for outcome in outcomes)),
        net_r=sum(trade.net_r for trade in trades),
        kpis=figures.trades([_row(*row) for row in rows], Book.SHADOW, played.ts_to),
        bias=hit_rate("bias_60min", biases),
        calibration=() if told is None else kpis(told),
        told=told,
        trades=trades,
        stretches=stretches(trades, played.ts_from, played.ts_to),
        trial=trial(trades, played, config, now),
    )


def with_registry(scored: Scored, trials: Sequence[Trial]) -> Scored:
    """The chance that this is better than the luckiest of all that was tried, this one with it."""
    if scored.trial is None:
        return scored
    registry = Registry(trials=(*trials, scored.trial))
    fields = {name: getattr(scored, name) for name in Scored.__struct_fields__}
    return Scored(**{**fields, "deflated": registry.deflated(scored.trial)})


def hit_rate(name: str, samples: Sequence[Sample], null: float = BIAS_NULL) -> Kpi:
    """Hits with their interval, what luck gives, the excess on n_eff and the e-value."""
    n, hits = len(samples), [float(sample.hit) for sample in samples]
    if not n:
        return Kpi(name=name, value=None, unit="share", n=0, null=null)
    nulls, unique = [null] * n, uniqueness([sample.life for sample in samples])
    return Kpi(
        name=name,
        value=sum(hits) / n,
        unit="share",
        n=n,
        interval=wilson(sum(hits), n),
        null=null,
        excess=sum(hits) / n - null,
        z=excess_z(hits, nulls, unique),
        e_value=e_value(hits, nulls),
    )


def _events(played: Played) -> list[Event]:
    found: list[Event] = []
    while batch := played.ledger.read(len(found), EVENTS_AT_ONCE):
        found += batch
    return found


def _row(decision: Decision, outcome: Outcome) -> Row:
    """The outcome as the KPIs read it."""
    plan = decision.signal
    assert isinstance(plan, SniperPlan), f"{outcome.ref_id} is no plan"
    return row_of(plan, decision.ts, decision.sizing, outcome)


def _trade(decision: Decision, outcome: Outcome) -> Trade | None:
    plan = decision.signal
    if not outcome.filled or not isinstance(plan, SniperPlan):
        return None
    return Trade(
        ref_id=outcome.ref_id,
        ts=decision.ts,
        ts_resolved=outcome.ts_resolved,
        label=outcome.label,
        tp1=outcome.tp1,
        tp2=outcome.tp2,
        null_tp1=plan.null_tp1,
        null_tp2=plan.null_tp2,
        net_r=outcome.net_r,
    )


def stretches(trades: Sequence[Trade], ts_from: int, ts_to: int) -> tuple[Stretch, ...]:
    """Hours, days or weeks, as long as they are few; those without a trade are left out."""
    span = ts_to - ts_from
    step = next((step for step in STEPS if span <= STRETCHES_MAX * step), STEPS[-1])
    groups: dict[int, list[Trade]] = {}
    for trade in trades:
        groups.setdefault((trade.ts_resolved - ts_from) // step, []).append(trade)
    return tuple(
        Stretch(
            ts_from=ts_from + place * step,
            ts_to=ts_from + (place + 1) * step,
            n=len(group),
            tp1=fmean(trade.tp1 for trade in group),
            tp1_null=fmean(trade.null_tp1 for trade in group),
            net_r=sum(trade.net_r for trade in group),
        )
        for place, group in sorted(groups.items())
    )


def trial(trades: Sequence[Trade], played: Played, config: Config, now: int) -> Trial | None:
    """The row of the trial registry: this configuration, scored on this stretch (7.5)."""
    rules = (config.rules(), config.alerts, config.ghost, config.risk)
    what = f"backtest {', '.join(played.world.coins)}"
    span = (played.ts_from, played.ts_to)
    return scored_trial([trade.net_r for trade in trades], digest(encode(rules)), what, span, now)


def scored_trial(
    net: Sequence[float], params_hash: str, what: str, span: tuple[int, int], now: int
) -> Trial | None:
    """Moments of net results per trade. None where they do not vary: no ratio can be made."""
    if len(net) < 2:
        return None
    mean = fmean(net)
    second, third, fourth = (fmean((one - mean) ** power for one in net) for power in (2, 3, 4))
    if second <= 0.0:
        return None
    deviation = sqrt(second * len(net) / (len(net) - 1))
    return Trial(
        params_hash=params_hash,
        what=what,
        ts=now,
        ts_from=span[0],
        ts_to=span[1],
        trades=len(net),
        sharpe=mean / deviation,
        skew=third / second**1.5,
        kurt=fourth / second**2,
    )
