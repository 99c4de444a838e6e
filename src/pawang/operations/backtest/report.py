"""The report of a run: a page for a browser, or the same charts as a picture.

Equity in R, hit rates beside what luck gives, calibration of the bias, stretch by stretch.
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from pawang.model.errors import BadInput
from pawang.model.kpi import Kpi
from pawang.model.refs import utc
from pawang.operations.backtest import png
from pawang.operations.backtest.charts import (
    Column,
    Columns,
    Curve,
    Dot,
    Dots,
    Whisker,
    Whiskers,
)
from pawang.operations.backtest.page import Page, Section, Table, html
from pawang.operations.backtest.scored import Scored, Stretch, Trade

ENDINGS = (".html", ".png")
LUCK = "Dots are measured, lines their 95 % intervals, upright marks what luck alone gives."


def check(path: Path | None) -> None:
    """Before minutes are spent: can it be written?"""
    if path is None:
        return
    if path.suffix not in ENDINGS:
        raise BadInput(f"--report takes a file that ends in .html or .png, not {path.name}")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"--report: there is no folder {path.absolute().parent}")


def write(path: Path, found: Scored) -> None:
    """The report in the file's own kind."""
    save(path, page(found))


def save(path: Path, made: Page) -> None:
    if path.suffix == ".png":
        path.write_bytes(png.draw(f"{made.title}\n{made.under}", made.charts))
    else:
        path.write_text(html(made), encoding="utf8")


def page(found: Scored) -> Page:
    span = f"{utc(found.ts_from):%Y-%m-%d %H:%M} to {utc(found.ts_to):%Y-%m-%d %H:%M} UTC"
    counted = ", ".join(f"{name} {count}" for name, count in found.labels.items()) or "none"
    slots = ", ".join(f"{name} {count}" for name, count in found.verdicts.items()) or "none"
    kpis = (*found.kpis, found.bias, *found.calibration)
    return Page(
        title=f"Backtest {', '.join(found.coins)}",
        under=span,
        facts=(
            ("Plans, and what became of them", f"{found.plans}: {counted}"),
            ("Slots", slots),
            (
                "Costs",
                f"{found.fills} fills, fees {found.fees_usd:,.2f} USD, funding"
                f" {found.funding_usd:,.2f} USD; slippage is what the recorded book gave",
            ),
            ("Net", f"{found.net_usd:+,.2f} USD, {found.net_r:+.2f} R"),
        ),
        sections=(
            Section(heading="Equity in R", chart=_equity(found)),
            Section(heading="Hit rates", words=LUCK, chart=_rates(kpis)),
            _calibration(found),
            Section(
                heading="Stretch by stretch",
                chart=_columns(found.stretches),
                table=_stretches(found.stretches),
            ),
            Section(heading="All figures", table=_kpis(kpis)),
            Section(heading="Trades", table=_trades(found.trades)),
        ),
    )


# Charts.


def _equity(found: Scored) -> Curve:
    ordered = sorted(found.trades, key=lambda trade: (trade.ts_resolved, trade.ref_id))
    sums = accumulate(trade.net_r for trade in ordered)
    span = max(1, found.ts_to - found.ts_from)
    return Curve(
        title="Equity in R",
        unit="R",
        points=tuple(
            ((trade.ts_resolved - found.ts_from) / span, total)
            for trade, total in zip(ordered, sums, strict=True)
        ),
        begins=f"{utc(found.ts_from):%m-%d %H:%M}",
        ends=f"{utc(found.ts_to):%m-%d %H:%M}",
    )


def _rates(kpis: Sequence[Kpi]) -> Whiskers:
    names = {"tp1": "TP1", "tp2": "TP2", "filled": "filled", "bias_60min": "bias, an hour on"}
    return Whiskers(
        title="Hit rates and what luck gives",
        rows=tuple(
            Whisker(
                label=f"{names[kpi.name]}: {kpi.value:.1%}, n {kpi.n}"
                + ("" if kpi.null is None else f", luck {kpi.null:.1%}"),
                value=kpi.value,
                low=kpi.interval.low,
                high=kpi.interval.high,
                null=kpi.null,
            )
            for kpi in kpis
            if kpi.name in names and kpi.value is not None and kpi.interval is not None
        ),
    )


def _calibration(found: Scored) -> Section:
    curve = () if found.told is None else found.told.curve
    heading = "Calibration of the bias"
    if not curve:
        return Section(heading=heading, words="Too few forecasts with an outcome for a curve.")
    dots = tuple(
        Dot(
            told=each.forecast,
            came=each.rate,
            low=each.interval.low,
            high=each.interval.high,
            n=each.n,
        )
        for each in curve
    )
    words = "The chance that was told, and the share that then came."
    return Section(heading=heading, words=words, chart=Dots(title="Told and come", dots=dots))


def _columns(stretches: Sequence[Stretch]) -> Columns:
    columns = tuple(
        Column(label=f"{utc(each.ts_from):%m-%d %H:%M}", value=each.net_r, n=each.n)
        for each in stretches
    )
    return Columns(title="Net R by stretch", unit="R", columns=columns)


# Tables.


def _stretches(stretches: Sequence[Stretch]) -> Table:
    return Table(
        heads=("from, UTC", "n", "TP1", "luck", "net R"),
        rows=tuple(
            (
                f"{utc(each.ts_from):%Y-%m-%d %H:%M}",
                str(each.n),
                f"{each.tp1:.1%}",
                f"{each.tp1_null:.1%}",
                f"{each.net_r:+.2f}",
            )
            for each in stretches
        ),
    )


def _kpis(kpis: Sequence[Kpi]) -> Table:
    return Table(
        heads=("figure", "value", "unit", "n", "95 %", "luck", "z", "e-value", "verdict"),
        rows=tuple(
            (
                kpi.name,
                _number(kpi.value),
                kpi.unit,
                str(kpi.n),
                ""
                if kpi.interval is None
                else f"{kpi.interval.low:.3g} to {kpi.interval.high:.3g}",
                _number(kpi.null),
                _number(kpi.z),
                _number(kpi.e_value),
                kpi.verdict,
            )
            for kpi in kpis
        ),
    )


def _trades(trades: Sequence[Trade]) -> Table:
    return Table(
        heads=("ref", "became", "p0 TP1", "p0 TP2", "net R"),
        rows=tuple(
            (
                each.ref_id,
                each.label,
                f"{each.null_tp1:.3f}",
                f"{each.null_tp2:.3f}",
                f"{each.net_r:+.3f}",
            )
            for each in trades
        ),
    )


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
