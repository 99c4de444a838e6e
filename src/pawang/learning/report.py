"""The weekly report from plain facts: every number of row L2, computed once and here alone.

The caller reads the ledger (`track_record`), hands in `Facts`, and everybody tells what comes out.
The KPIs in it are those of `figures`; beside them stands what a week adds.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from statistics import fmean

from pawang.learning import figures, hit_rates, service
from pawang.learning.figures import Facts
from pawang.learning.forecasts import Forecasts
from pawang.learning.hit_rates import Played, of_book
from pawang.learning.intervals import mean_interval, wilson
from pawang.learning.refused import gate_worths
from pawang.model.chat import Delivery
from pawang.model.codec import Record
from pawang.model.kpi import Kpi, Measured
from pawang.model.order import Book
from pawang.model.refs import DAY
from pawang.model.report import (
    Calibratedness,
    Choice,
    Curve,
    DayReport,
    Ended,
    GateWorth,
    Held,
    Report,
    SetupTable,
    SideBySide,
    SizingMode,
    Tally,
)

BOOKS = (Book.SHADOW, Book.GHOST, Book.LIVE)
MONTH_NS = 30 * DAY
CURVE_DAYS = 28
IN_FORCE = "in force"


class Span(Record):
    """Which week: [ts_from, ts_to), as of the newest event that counts."""

    name: str
    timezone: str
    ts_from: int
    ts_to: int
    as_of: int


def report(facts: Facts, span: Span) -> Report:
    """All of it. Equal facts and span give an equal report."""
    since, now = span.as_of - MONTH_NS, span.as_of
    told = figures.told(facts, now)
    month = [row for row in facts.played if row.ts_resolved >= since]
    week = [row for row in facts.played if span.ts_from <= row.ts_resolved < span.ts_to]
    sent = [one for one in facts.deliveries if span.ts_from <= one.ts_created < span.ts_to]
    shadow = of_book(month, Book.SHADOW)
    taken = frozenset(row.ref_id for row in facts.played if row.book is Book.GHOST)
    return Report(
        name=span.name,
        timezone=span.timezone,
        ts_from=span.ts_from,
        ts_to=span.ts_to,
        as_of=now,
        measured=_measured(facts, told, now),
        week={book.value: tally(week, book) for book in BOOKS},
        curves={book.value: curve(facts.played, book, now) for book in BOOKS},
        setups={book.value: setups(month, book) for book in BOOKS},
        calibration=_calibration(told),
        rated=side_by_side(facts, month),
        gates=_gates(facts, span),
        choices=(
            choice("taken", [row for row in shadow if row.ref_id in taken]),
            choice("left", [row for row in shadow if row.ref_id not in taken]),
        ),
        sizings=sizings(shadow),
        held=held(sent),
        deliveries=dict(sorted(Counter(one.state for one in sent).items())),
    )


def measured(facts: Facts, now: int) -> Measured:
    """Every KPI of every book."""
    return _measured(facts, figures.told(facts, now), now)


def _measured(facts: Facts, told: Forecasts | None, now: int) -> Measured:
    return Measured(
        as_of=now,
        books={book.value: figures.trades(facts.played, book, now) for book in BOOKS},
        desk=figures.desk_kpis(facts, told, now),
    )


def day(rows: Sequence[Played], timezone: str, ts_from: int, as_of: int) -> DayReport:
    """What ended today, book by book."""
    today = [row for row in rows if ts_from <= row.ts_resolved <= as_of]
    return DayReport(
        timezone=timezone,
        ts_from=ts_from,
        as_of=as_of,
        books={book.value: tally(today, book) for book in BOOKS},
        ended=tuple(
            Ended(
                ref_id=row.ref_id,
                book=row.book.value,
                label=row.label,
                net_r=row.net_r,
                net_usd=row.net_usd,
            )
            for book in BOOKS
            for row in of_book(today, book)
        ),
    )


# The trades.


def tally(rows: Iterable[Played], book: Book) -> Tally:
    """Counts and sums of one book."""
    ours = [row for row in rows if row.book is book]
    filled = [row for row in ours if row.filled]
    net_r = sum(row.net_r for row in filled)
    return Tally(
        sent=len(ours),
        filled=len(filled),
        tp1=sum(row.tp1 for row in filled),
        tp2=sum(row.tp2 for row in filled),
        net_r=net_r,
        net_usd=sum((row.net_usd for row in filled), Decimal(0)),
        net_per_100=100 * net_r / len(filled) if filled else None,
        net_per_100_sent=100 * net_r / len(ours) if ours else None,
    )


def curve(rows: Sequence[Played], book: Book, now: int) -> Curve:
    """Net R since the beginning of the 28 days, up to the end of each."""
    begun = now - CURVE_DAYS * DAY
    ours = [row for row in of_book(rows, book) if begun < row.ts_resolved <= now]
    won = [0.0] * CURVE_DAYS
    for row in ours:
        won[CURVE_DAYS - 1 - (now - row.ts_resolved) // DAY] += row.net_r
    return Curve(days=tuple(sum(won[: upto + 1]) for upto in range(CURVE_DAYS)), n=len(ours))


def setups(rows: Sequence[Played], book: Book) -> SetupTable:
    """Win rates by setup, coin and regime; what is too small to show is counted."""
    shown = hit_rates.setup_rates(rows, book)
    groups = Counter((row.setup, row.coin, row.regime) for row in of_book(rows, book))
    small = [n for n in groups.values() if n < hit_rates.SHOWN_N_MIN]
    return SetupTable(shown=shown, hidden=len(small), hidden_plans=sum(small))


def choice(name: str, rows: Sequence[Played]) -> Choice:
    """What these plans earned as their shadows played them."""
    won = [row.net_r for row in rows]
    return Choice(
        name=name,
        n=len(won),
        net_r=sum(won),
        mean_r=fmean(won) if won else None,
        interval=mean_interval(won),
    )


def sizings(shadow: Sequence[Played]) -> tuple[SizingMode, ...]:
    """Every sizing that was logged with every plan, the one in force first."""
    earned: dict[str, list[float]] = defaultdict(list)
    for row in shadow:
        for name, size_pct in ((IN_FORCE, row.size_pct_table), *sorted(row.sizings.items())):
            earned[name].append(row.net_r * size_pct)
    return tuple(
        SizingMode(name=name, n=len(won), net_pct=sum(won), drawdown_pct=_drawdown(won))
        for name, won in earned.items()
    )


def _drawdown(won: Sequence[float]) -> float:
    """The deepest fall from a peak of the sum, never negative."""
    worth = peak = deepest = 0.0
    for one in won:
        worth += one
        peak = max(peak, worth)
        deepest = max(deepest, peak - worth)
    return deepest


# The forecasts.


def _calibration(found: Forecasts | None) -> Calibratedness | None:
    if found is None:
        return None
    return Calibratedness(
        n=found.n,
        n_eff=found.n_eff,
        base_rate=found.base_rate,
        brier=found.brier,
        log_loss=found.log_loss,
        skill_base_rate=found.skill_base_rate,
        skill_null=found.skill_null,
        ece=found.ece.ece,
        ece_null=found.ece.null_mean,
        ece_null_95=found.ece.null_95,
        crooked=found.ece.crooked,
        z=found.z,
        slope=found.slope,
        intercept=found.intercept,
        bins=found.curve,
        hidden=found.n - sum(point.n for point in found.curve),
    )


def side_by_side(facts: Facts, month: Sequence[Played]) -> tuple[SideBySide, ...]:
    """People rate what they remember: where both sides differ, thumbs are no sample."""
    rated = frozenset(rating.ref_id for rating in facts.ratings)
    plans = hit_rates.rated_and_unrated(month, Book.SHADOW, rated)
    told = frozenset(one.ref_id for one in facts.deliveries if one.ts_acked is not None)
    heard = [sample for sample in facts.biases if sample.ref_id in told]
    return (
        SideBySide(kind="snp", rated=plans[0], unrated=plans[1]),
        SideBySide(
            kind="ib",
            rated=_won("bias_rated", [one.hit for one in heard if one.ref_id in rated]),
            unrated=_won("bias_unrated", [one.hit for one in heard if one.ref_id not in rated]),
        ),
    )


def _won(name: str, hits: Sequence[bool]) -> Kpi:
    n, k = len(hits), sum(hits)
    return Kpi(
        name=name,
        value=k / n if n else None,
        unit="share",
        n=n,
        interval=wilson(k, n) if n else None,
    )


# What was not sent.


def _gates(facts: Facts, span: Span) -> tuple[GateWorth, ...]:
    """Every code that refused in 30 days or in the span, what refused most first."""
    since = span.as_of - MONTH_NS
    return gate_worths(
        facts.refused,
        Counter(one.code for one in facts.refused if span.ts_from <= one.ts < span.ts_to),
        since,
    )


def held(sent: Iterable[Delivery]) -> tuple[Held, ...]:
    """By category and reason."""
    counts = Counter((one.category, one.state) for one in sent if one.state in service.HELD_BACK)
    return tuple(
        Held(category=category, why=why, n=n) for (category, why), n in sorted(counts.items())
    )
