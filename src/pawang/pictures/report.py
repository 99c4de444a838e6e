"""The weekly report as one PNG at phone width: four panels, one below the other.

`Picture.data` is a `ReportScene` in JSON, made by the alerts in the chat's words. Intervals are
drawn wherever there is a rate; what was not measured says so in its panel, and draws no zero.
"""

import io
from typing import Any

from pawang.model.codec import decode
from pawang.model.report import RateBar, ReportScene
from pawang.pictures.ink import AMBER, BACK, DPI, FAINT, GREEN, INK, LINE, RED, WIDTH_IN

HEIGHT_IN = 8.4  # not taller: a chat shrinks what is much higher than wide
LEFT, WIDE = 0.13, 0.82
BOOK_INKS = (GREEN, AMBER, RED)  # shadow, ghost, live


def draw_report(data: str) -> bytes:
    """PNG bytes of a `ReportScene`."""
    # The figure itself and not pyplot: pyplot keeps every figure it made.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    scene = decode(data.encode(), ReportScene)
    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, facecolor=BACK)
    FigureCanvasAgg(figure)
    figure.text(
        0.04, 8.1 / HEIGHT_IN, scene.title.lstrip("📊 "), color=INK, fontsize=15, fontweight="bold"
    )
    figure.text(0.04, 7.9 / HEIGHT_IN, scene.when, color=FAINT, fontsize=10)
    _calibration(_panel(figure, 5.7, 1.65, scene.calibration, scene.calibration_note), scene)
    _rates(_panel(figure, 3.45, 1.5, scene.rates, scene.rates_note), scene)
    _net(_panel(figure, 1.35, 1.45, scene.net, scene.net_note), scene)
    _gap(_panel(figure, 0.35, 0.3, scene.gap, scene.gap_note), scene)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor=BACK)
    return buffer.getvalue()


def _panel(figure: Any, bottom: float, height: float, heading: str, note: str) -> Any:
    """Axes with a heading and what is to be said of them over them; all in inches."""
    axes = figure.add_axes((LEFT, bottom / HEIGHT_IN, WIDE, height / HEIGHT_IN), facecolor=BACK)
    top = bottom + height
    figure.text(0.04, (top + 0.28) / HEIGHT_IN, heading, color=INK, fontsize=12, fontweight="bold")
    figure.text(0.04, (top + 0.1) / HEIGHT_IN, note, color=FAINT, fontsize=8.5)
    axes.tick_params(colors=FAINT, labelsize=9, length=0)
    axes.grid(color=LINE, linewidth=0.6)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


def _empty(axes: Any, words: str) -> None:
    axes.grid(visible=False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.text(
        0.5,
        0.5,
        words,
        color=FAINT,
        fontsize=11,
        ha="center",
        va="center",
        transform=axes.transAxes,
    )


def _calibration(axes: Any, scene: ReportScene) -> None:
    """Told against came, each bin with its interval; the diagonal keeps its word."""
    if not scene.bins:
        _empty(axes, scene.nothing)
        return
    ends = [end for one in scene.bins for end in (one.interval.low, one.interval.high)]
    told = [one.forecast for one in scene.bins]
    low = max(0.0, min([*ends, *told]) - 0.03)
    high = min(1.0, max([*ends, *told]) + 0.03)
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    for one in scene.bins:
        axes.plot(
            [one.forecast] * 2, [one.interval.low, one.interval.high], color=GREEN, linewidth=2.2,
            alpha=0.55, solid_capstyle="round",
        )  # fmt: skip
    axes.plot(told, [one.rate for one in scene.bins], "o", color=GREEN, markersize=5.5)
    axes.set_xlim(max(0.0, min(told) - 0.03), min(1.0, max(told) + 0.03))
    axes.set_ylim(low, high)
    axes.xaxis.set_major_formatter(_percent)
    axes.yaxis.set_major_formatter(_percent)
    axes.set_xlabel(scene.told, color=FAINT, fontsize=9, labelpad=1)
    axes.set_ylabel(scene.came, color=FAINT, fontsize=9, labelpad=1)


def _rates(axes: Any, scene: ReportScene) -> None:
    """A row a rate: its interval as a line, the rate as a dot, luck as a diamond."""
    if not scene.bars:
        _empty(axes, scene.nothing)
        return
    places = range(len(scene.bars), 0, -1)
    for place, bar in zip(places, scene.bars, strict=True):
        _rate(axes, place, bar)
    axes.set_xlim(0, 1)
    axes.set_ylim(0.3, len(scene.bars) + 0.7)
    axes.set_yticks([])
    axes.xaxis.set_major_formatter(_percent)
    axes.grid(visible=False, axis="y")


def _rate(axes: Any, place: int, bar: RateBar) -> None:
    axes.plot(
        [bar.interval.low, bar.interval.high], [place - 0.16] * 2, color=GREEN, linewidth=3.2,
        alpha=0.55, solid_capstyle="round",
    )  # fmt: skip
    axes.plot([bar.rate], [place - 0.16], "o", color=GREEN, markersize=5.5, clip_on=False)
    if bar.null is not None:
        axes.plot([bar.null], [place - 0.16], "D", color=AMBER, markersize=5, clip_on=False)
    words = f"{bar.label}   {bar.rate:.0%}   n={bar.n}"
    axes.text(-0.1, place + 0.1, words, color=INK, fontsize=9)


def _net(axes: Any, scene: ReportScene) -> None:
    """Net R summed up, a line a book, with what it stands at."""
    if not scene.curves:
        _empty(axes, scene.nothing)
        return
    axes.axhline(0, color=FAINT, linewidth=1)
    for (book, days), ink in zip(scene.curves.items(), BOOK_INKS, strict=False):
        line = (0.0, *days)
        label = f"{book} {days[-1]:+.1f}"
        axes.plot(range(-len(days), 1), line, color=ink, linewidth=2, label=label)
    axes.legend(loc="best", fontsize=9, frameon=False, labelcolor="linecolor", handlelength=0.8)
    axes.set_xlim(-max(map(len, scene.curves.values())), 0.4)
    axes.margins(y=0.2)
    axes.xaxis.set_major_formatter(lambda day, _: f"{day:.0f} d" if day else "0")


def _gap(axes: Any, scene: ReportScene) -> None:
    """Ghost minus live with its interval against zero."""
    if scene.gap_mean is None:
        _empty(axes, scene.nothing)
        return
    ends = [scene.gap_mean, 0.0]
    if scene.gap_interval is not None:
        ends += [scene.gap_interval.low, scene.gap_interval.high]
        axes.plot(ends[2:], [0, 0], color=AMBER, linewidth=3.2, alpha=0.55)
    axes.axvline(0, color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
    axes.plot([scene.gap_mean], [0], "o", color=AMBER, markersize=6)
    reach = max(map(abs, ends)) * 1.2 or 1.0
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:+.2f}R")


def _percent(value: float, _: int) -> str:
    return f"{value:.0%}"
