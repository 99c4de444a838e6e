"""What the plans earned, in R and in USD, per 100 (signals.md 9). Books are never summed.

Net is after fees, funding and slippage, as the outcome was booked. R per 100 says what the signals
are worth; USD per 100 is the same on a book of 10,000 USD that never grows, so that a lucky start
does not make the rest look large.
"""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean

from pawang.learning.evidence import e_value_mean, verdict
from pawang.learning.hit_rates import Played, of_book
from pawang.learning.intervals import around, mean_interval
from pawang.model.kpi import Kpi
from pawang.model.order import Book
from pawang.model.refs import DAY

LAST = 100
FIXED_BOOK_USD = 10_000.0
SLOPE_NS = 28 * DAY
WEEK_NS = 7 * DAY
SLOPE_N_MIN = 10  # a line through fewer points is a guess


def net_per_100(rows: Sequence[Played], book: Book) -> Kpi:
    """Net R per 100 over the last 100 filled plans; the target is above 0."""
    last = [row.net_r for row in of_book(rows, book)][-LAST:]
    value, e = (100 * fmean(last) if last else None), e_value_mean(last)
    return Kpi(
        name="net_per_100",
        value=value,
        unit="R per 100",
        n=len(last),
        target=0.0,
        verdict=verdict(None if value is None else value > 0, e),
        interval=mean_interval(last, 100),
        e_value=e,
    )


def net_per_100_usd(rows: Sequence[Played], book: Book) -> Kpi:
    """The same on the fixed book: R times what each plan put at risk."""
    last = of_book(rows, book)[-LAST:]
    won = [row.net_r * row.size_pct / 100 * FIXED_BOOK_USD for row in last]
    value = 100 * fmean(won) if won else None
    return Kpi(name="net_per_100_usd", value=value, unit="USD per 100", n=len(won))


def net_per_100_sent(rows: Sequence[Played], book: Book) -> Kpi:
    """The denominator's other meaning: the last 100 plans sent, those that never filled earn 0."""
    ours = sorted(
        (row for row in rows if row.book is book), key=lambda row: (row.ts_resolved, row.ref_id)
    )
    last = [row.net_r if row.filled else 0.0 for row in ours[-LAST:]]
    value = 100 * fmean(last) if last else None
    return Kpi(name="net_per_100_sent", value=value, unit="R per 100", n=len(last))


def net_slope(rows: Sequence[Played], book: Book, now: int) -> Kpi:
    """By how much net R per 100 rises a week, over the last four: it should be above 0."""
    ours = of_book(rows, book, now - SLOPE_NS)
    found = None
    if len(ours) >= SLOPE_N_MIN:
        weeks = [(row.ts_resolved - now) / WEEK_NS for row in ours]
        found = _slope(weeks, [100 * row.net_r for row in ours])
    return Kpi(
        name="net_slope",
        value=None if found is None else found[0],
        unit="R per 100 a week",
        n=len(ours),
        interval=None if found is None else around(*found),
    )


def book_gap(rows: Sequence[Played]) -> Kpi:
    """Ghost minus live, mean net R of the plans that both played: what the ghost flatters."""
    live = {row.ref_id: row.net_r for row in of_book(rows, Book.LIVE)}
    ghost = of_book(rows, Book.GHOST)
    gaps = [row.net_r - live[row.ref_id] for row in ghost if row.ref_id in live]
    return Kpi(
        name="ghost_live_gap",
        value=fmean(gaps) if gaps else None,
        unit="R",
        n=len(gaps),
        interval=mean_interval(gaps),
    )


def _slope(x: Sequence[float], y: Sequence[float]) -> tuple[float, float] | None:
    """(slope, standard error) of the least-squares line; None when all came at one time."""
    mean_x, mean_y = fmean(x), fmean(y)
    spread = sum((one - mean_x) ** 2 for one in x)
    if spread == 0:
        return None
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
    left = sum((b - mean_y - slope * (a - mean_x)) ** 2 for a, b in zip(x, y, strict=True))
    return slope, sqrt(left / (len(x) - 2) / spread)
