"""The same charts as one picture, one below the other; a telephone shows it without scrolling
sideways."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from pawang.operations.backtest.charts import Chart, Columns, Curve, Dots, Whiskers

WIDE, HIGH = 5.2, 2.9  # inches of one chart
DPI = 150


def draw(title: str, charts: Sequence[Chart]) -> bytes:
    """PNG bytes; equal charts give equal pictures."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDE, HIGH * max(1, len(charts)) + 0.5), layout="constrained")
    figure.suptitle(title, fontsize=11)
    if charts:
        places = figure.subplots(len(charts), 1, squeeze=False)[:, 0]
        for place, chart in zip(places, charts, strict=True):
            place.set_title(chart.title, fontsize=10, loc="left")
            place.tick_params(labelsize=8)
            _put(place, chart)
    out = BytesIO()
    figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def _put(place: Any, chart: Chart) -> None:
    match chart:
        case Curve():
            x, y = zip((0.0, 0.0), *chart.points, strict=True)
            place.step([*x, 1.0], [*y, y[-1]], where="post", color="#1f6feb")
            place.axhline(0.0, color="#888888", linewidth=0.8)
            place.set_ylabel(chart.unit, fontsize=8)
            place.set_xticks([0.0, 1.0], [chart.begins, chart.ends])
        case Whiskers():
            for row, each in enumerate(chart.rows):
                place.plot([each.low, each.high], [-row, -row], color="#888888", linewidth=2)
                place.plot(each.value, -row, "o", color="#1f6feb")
                if each.null is not None:
                    place.plot(each.null, -row, "|", color="#d29922", markersize=16)
                place.text(0.0, 0.25 - row, each.label, fontsize=8)
            place.set_yticks([])
            place.set_xlim(-0.02, 1.02)
            place.set_ylim(0.6 - len(chart.rows), 0.7)
        case Dots():
            for dot in chart.dots:
                place.plot([dot.told, dot.told], [dot.low, dot.high], color="#888888", linewidth=2)
                place.plot(dot.told, dot.came, "o", color="#1f6feb")
            ends = [value for dot in chart.dots for value in (dot.told, dot.low, dot.high)] or [
                0,
                1,
            ]
            place.plot([min(ends), max(ends)], [min(ends), max(ends)], "--", color="#d29922")
        case Columns():
            values = [column.value for column in chart.columns]
            colours = ["#1a7f37" if value >= 0 else "#cf222e" for value in values]
            place.bar(range(len(values)), values, color=colours)
            place.set_ylabel(chart.unit, fontsize=8)
            names = [column.label for column in chart.columns]
            shown = range(0, len(names), max(1, len(names) // 4))
            place.set_xticks(list(shown), [names[each] for each in shown])
