"""The ledger read as a track record: what there is to learn from, and every KPI.

One road for `pawang kpi`, `/kpi` and `GET /api/kpi`: `measure` is all that any of them asks; and
one for every report: `report`, with the same KPIs inside. "Now" is the newest event of the ledger,
so the same ledger gives the same numbers everywhere.
Reading takes seconds after some months: callers bring a thread.
"""

from collections.abc import Sequence
from math import inf
from typing import Protocol

from msgspec.structs import replace

from pawang.learning import figures, trials
from pawang.learning import report as reports
from pawang.learning.gates import GateRecord, gates
from pawang.learning.hit_rates import Played, played
from pawang.learning.report import Span
from pawang.learning.samples import (
    HORIZON_NS,
    Known,
    bias_samples,
    plan_samples,
    supposed_samples,
)
from pawang.model.chat import Category, Delivery, Rating
from pawang.model.decision import Decision, SniperPlan
from pawang.model.event import Served
from pawang.model.forecast import Forecast, Trial
from pawang.model.hypothesis import Supposed
from pawang.model.kpi import Kpi, Measured
from pawang.model.order import Book, Outcome
from pawang.model.refs import DAY
from pawang.model.report import DayReport, Refused, Report
from pawang.model.weeks import day_start, week_span

LEARN_NS = 60 * DAY  # older labels are of another market (signals.md 4.5)
MONTH_NS = 30 * DAY  # deliveries, thumbs and forecasts
LIFETIME_NS = 365 * DAY  # of the trades: what is older is left to the backtest
RECENT_NS = 7 * DAY  # of the drift watch, against the 30 days before it
SIGNALS = (Category.INSTITUTIONAL, Category.SNIPER)


class TrackLedger(Protocol):
    """What is read; both ledgers have it."""

    def last_stamp(self) -> int: ...

    def forecasts(self, ts_from: int) -> list[Forecast]: ...

    def hypotheses(self, ts_from: int) -> list[Supposed]: ...

    def trials(self) -> list[Trial]: ...

    def outcomes(self, ts_from: int) -> list[tuple[Decision, Outcome]]: ...

    def ratings(self, ts_from: int) -> list[Rating]: ...

    def refusals(self, ts_from: int) -> list[Refused]: ...

    def served(self, ts_from: int, ts_to: int) -> list[Served]: ...

    def deliveries(self, ts_from: int, categories: Sequence[Category]) -> list[Delivery]: ...


def known(ledger: TrackLedger, now: int) -> Known:
    """All samples of the last 60 days: every bias slot, every sent plan as its shadow played it,
    and every plan that only the desk itself held back."""
    since = now - LEARN_NS
    slots = ledger.forecasts(since - HORIZON_NS)
    plans = [
        (decision.ts, decision.signal, outcome)
        for decision, outcome in ledger.outcomes(since)
        if outcome.book is Book.SHADOW and isinstance(decision.signal, SniperPlan)
    ]
    return Known(
        samples=[
            *bias_samples(slots),
            *plan_samples(plans),
            *supposed_samples(ledger.hypotheses(since)),
        ],
        ratings=ledger.ratings(since),
        features={
            coin: _features(slots, coin, now) for coin in {slot.coin: None for slot in slots}
        },
    )


def _features(
    slots: Sequence[Forecast], coin: str, now: int
) -> dict[str, tuple[list[float], list[float]]]:
    """The pillar that is new in every slot. A flow that stands all day, or a crowd that turns in
    a week, is a handful of values: against a month its index would cry drift every night.
    """
    recent = now - RECENT_NS
    seen = [
        (slot.ts, slot.whale)
        for slot in slots
        if slot.coin == coin and slot.whale is not None and slot.ts >= recent - MONTH_NS
    ]
    before = [x for ts, x in seen if ts < recent]
    return {"whale": (before, [x for ts, x in seen if ts >= recent])}


def measure(ledger: TrackLedger) -> Measured:
    """Every KPI of every book, as of the newest event."""
    now = ledger.last_stamp()
    return _told(reports.measured(_facts(ledger, now), now))


def report(ledger: TrackLedger, week: str = "", timezone: str = "UTC") -> Report:
    """The weekly report: of a named week as it stood at its end (or now, while it runs), or of the
    seven days up to the newest event. BadInput for a week that is not written like 2025-W38."""
    now = ledger.last_stamp()
    ts_from, ts_to = (now - RECENT_NS + 1, now + 1) if not week else week_span(week, timezone)
    as_of = min(now, ts_to - 1)
    facts = _facts(ledger, as_of)
    refused = [_known_by(as_of, one) for one in ledger.refusals(as_of - MONTH_NS)]
    facts = replace(facts, refused=[one for one in refused if one.ts <= as_of])
    span = Span(name=week, timezone=timezone, ts_from=ts_from, ts_to=ts_to, as_of=as_of)
    made = reports.report(facts, span)
    return replace(made, measured=_told(made.measured))


def day_report(ledger: TrackLedger, timezone: str = "UTC") -> DayReport:
    """Today's PnL, from midnight where the chat is to the newest event."""
    now = ledger.last_stamp()
    ts_from = day_start(now, timezone)
    return reports.day(_plays(ledger.outcomes(ts_from)), timezone, ts_from, now)


def _facts(ledger: TrackLedger, now: int) -> figures.Facts:
    """What was known at `now`, though later things may stand in the ledger by now."""
    since = now - MONTH_NS
    minutes = ledger.served(now // DAY * DAY, now)
    outcomes = ledger.outcomes(now - LIFETIME_NS)
    deliveries = ledger.deliveries(since, SIGNALS)
    return figures.Facts(
        played=_plays([row for row in outcomes if row[1].ts_resolved <= now]),
        deliveries=[_sent_by(now, one) for one in deliveries if one.ts_created <= now],
        ratings=[one for one in ledger.ratings(since) if one.ts_clicked <= now],
        biases=bias_samples([one for one in ledger.forecasts(since) if one.ts <= now]),
        api_durations_s=[
            ms / 1000
            for minute in minutes
            for ms, count in minute.durations_ms.items()
            for _ in range(count)
        ],
        requests=sum(minute.requests for minute in minutes),
        server_errors=sum(minute.server_errors for minute in minutes),
    )


def _sent_by(now: int, one: Delivery) -> Delivery:
    late = one.ts_acked is not None and one.ts_acked > now
    return replace(one, ts_acked=None, state="sending") if late else one


def _known_by(now: int, one: Refused) -> Refused:
    late = one.ts_ended is not None and one.ts_ended > now
    return replace(one, filled=None, net_r=0.0, ts_ended=None) if late else one


def _plays(rows: Sequence[tuple[Decision, Outcome]]) -> list[Played]:
    return [
        played(decision.signal, decision.ts, decision.sizing, outcome)
        for decision, outcome in rows
        if isinstance(decision.signal, SniperPlan)
    ]


def _told(found: Measured) -> Measured:
    """JSON knows no infinity: a percentile that never came is null, and its verdict says MISSED."""
    books = {name: tuple(map(_written, kpis)) for name, kpis in found.books.items()}
    return replace(found, books=books, desk=tuple(map(_written, found.desk)))


def _written(kpi: Kpi) -> Kpi:
    return replace(kpi, value=None) if kpi.value == inf else kpi


# The rules themselves, judged.


def gate_records(ledger: TrackLedger, now: int) -> tuple[GateRecord, ...]:
    """The no-trade ledger of 30 days: by reason code, what the refused would have done."""
    return gates(ledger.hypotheses(now - MONTH_NS))


def trial_of(ledger: TrackLedger, params_hash: str, now: int) -> Trial | None:
    """The rules in force, scored on every plan that they sent in 60 days, as its shadow played it;
    None while there are too few. Scored every night they are still one idea."""
    since = now - LEARN_NS
    made = [
        outcome.net_r
        for _, outcome in ledger.outcomes(since)
        if outcome.book is Book.SHADOW and outcome.filled
    ]
    return trials.scored(params_hash, "the rules in force", made, now, since, now)


def registry(ledger: TrackLedger) -> trials.Registry:
    """Everything that was ever scored: what a deflated Sharpe ratio is reckoned against."""
    return trials.Registry(trials=tuple(ledger.trials()))
