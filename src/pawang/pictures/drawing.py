"""What the chat sees of magnets and walls: one PNG at phone width.

`Picture.data` is a `Scene` in JSON: made by the actions from a view, drawn here and
nowhere else. matplotlib is loaded at the first picture, in the worker.

    price | bar of size ......... | price  $mass  distance     one row a level, never overlapping
"""

import io
from collections.abc import Sequence
from typing import Any

from pawang.model.chat import Picture
from pawang.model.codec import Record, decode
from pawang.model.market import Aggressor, Side
from pawang.model.view import Scene
from pawang.pictures.ink import AMBER, BACK, DPI, FAINT, GREEN, INK, LINE, RED, WIDTH_IN
from pawang.pictures.report import draw_report

HEIGHT_IN = 6.0

LEVELS_A_SIDE = 7  # more labels than this cannot be read on a phone
BAR_END = 0.56  # share of the width a full bar takes; the rest is for its label
LABEL_GAP = 0.052  # least distance of two labels, as a share of the height


class Level(Record):
    """One bar and its label."""

    price: float
    share: float  # of the longest bar, 0-1
    color: str
    faint: bool
    words: str


def draw(picture: Picture) -> bytes:
    """PNG bytes of a "heatmap", an "orderbook" or a "report". ValueError for another kind."""
    if picture.kind == "report":
        return draw_report(picture.data)
    scene = decode(picture.data.encode(), Scene)
    if picture.kind == "heatmap":
        title, nothing = "liquidation magnets", "no magnets within reach"
        return _paint(scene, title, _magnets(scene), nothing, "ESTIMATED")
    if picture.kind == "orderbook":
        return _paint(scene, "walls", _walls(scene), "no walls now", "")
    raise ValueError(f"no picture of kind {picture.kind!r}")


# What to draw.


def _magnets(scene: Scene) -> list[Level]:
    """Shorts are liquidated above in red, longs below in green."""
    shown = _nearest([(magnet.price, magnet.strength, magnet) for magnet in scene.magnets], scene)
    return [
        Level(
            price=magnet.price,
            share=magnet.strength,
            color=RED if magnet.side is Side.SHORT else GREEN,
            faint=False,
            words=f"${_short(magnet.mass_usd)}   {magnet.distance_pct:+.2f}%",
        )
        for magnet in shown
    ]


def _walls(scene: Scene) -> list[Level]:
    """Asks in red, bids in green; candidates that do not qualify are faint."""
    shown = _nearest([(wall.price, wall.notional_usd, wall) for wall in scene.walls], scene)
    largest = max((wall.notional_usd for wall in shown), default=1.0)
    return [
        Level(
            price=wall.price,
            share=wall.notional_usd / largest,
            color=GREEN if wall.side is Aggressor.BUY else RED,
            faint=not wall.qualified,
            words=f"${_short(wall.notional_usd)}   {_age(wall.age_s)}",
        )
        for wall in shown
    ]


def _nearest(rated: Sequence[tuple[float, float, Any]], scene: Scene) -> list[Any]:
    """The strongest of each side of the mid, from the highest price to the lowest."""
    chosen: list[tuple[float, float, Any]] = []
    for above in (True, False):
        side = [row for row in rated if (row[0] >= scene.mid) is above]
        chosen += sorted(side, key=lambda row: -row[1])[:LEVELS_A_SIDE]
    return [row[2] for row in sorted(chosen, key=lambda row: -row[0])]


# How to draw it.


def _paint(scene: Scene, title: str, levels: list[Level], nothing: str, stamp: str) -> bytes:
    # The figure itself and not pyplot: pyplot keeps every figure it made.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI, facecolor=BACK)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.03, 0.055, 0.94, 0.81), facecolor=BACK)
    axes.set_axis_off()
    _head(figure, scene, title, stamp)
    reach = max((abs(level.price - scene.mid) for level in levels), default=scene.mid * 0.01)
    low, high = scene.mid - reach * 1.12, scene.mid + reach * 1.12
    axes.set_ylim(low, high)
    axes.set_xlim(0, 1)
    prices = [scene.mid, *(level.price for level in levels)]
    places = _spread(prices, (high - low) * LABEL_GAP, reach * 1.08)
    for level, place in zip(levels, places[1:], strict=True):
        _bar(axes, level, place, (high - low) * 0.026)
    if not levels:
        axes.text(0.5, scene.mid + reach * 0.3, nothing, color=FAINT, fontsize=12, ha="center")
    _mid(axes, scene.mid, places[0])
    if scene.note:
        figure.text(0.03, 0.018, scene.note, color=AMBER, fontsize=9)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor=BACK)
    return buffer.getvalue()


def _head(figure: Any, scene: Scene, title: str, stamp: str) -> None:
    figure.text(0.03, 0.94, scene.coin, color=INK, fontsize=19, fontweight="bold")
    figure.text(0.97, 0.945, title, color=INK, fontsize=13, ha="right")
    figure.text(0.03, 0.895, scene.when, color=FAINT, fontsize=10)
    if stamp:
        figure.text(0.97, 0.895, stamp, color=AMBER, fontsize=10, fontweight="bold", ha="right")


def _bar(axes: Any, level: Level, place: float, height: float) -> None:
    alpha = 0.35 if level.faint else 0.95
    end = max(0.012, level.share * BAR_END)
    axes.barh(level.price, end, height=height, color=level.color, alpha=alpha)
    label = end + 0.02
    if abs(place - level.price) > height / 2:  # the label had to move: a thin line leads to it
        axes.plot([end, label], [level.price, place], color=LINE, linewidth=1)
    ink = FAINT if level.faint else INK
    axes.text(label + 0.005, place, _price(level.price), color=ink, fontsize=11, va="center")
    axes.text(1.0, place, level.words, color=ink, fontsize=10, va="center", ha="right")


def _mid(axes: Any, mid: float, place: float) -> None:
    axes.axhline(mid, color=INK, linewidth=1, linestyle=(0, (4, 3)), alpha=0.7)
    axes.text(
        1.0,
        place,
        f"mid {_price(mid)}",
        color=BACK,
        fontsize=11,
        fontweight="bold",
        ha="right",
        va="center",
        bbox={"facecolor": INK, "edgecolor": "none", "boxstyle": "round,pad=0.3"},
    )


def _spread(prices: Sequence[float], gap: float, reach: float) -> list[float]:
    """Where the labels go: `gap` apart at least, in order, not further than `reach` from the
    first one. That is the mid and stays; what is above it is pushed up, what is below it down,
    and what would leave the picture back again."""
    places = list(prices)
    for sign in (1, -1):
        side = [at for at in range(1, len(prices)) if (prices[at] >= prices[0]) is (sign == 1)]
        side.sort(key=lambda at: sign * prices[at])
        nearest = gap * 1.25  # the mid's own label is higher than a plain one
        for at in side:
            places[at] = sign * max(sign * (prices[at] - prices[0]), nearest)
            nearest = sign * places[at] + gap
        farthest = reach
        for at in reversed(side):
            places[at] = prices[0] + sign * min(sign * places[at], farthest)
            farthest = sign * (places[at] - prices[0]) - gap
    return places


# Words.


def _price(price: float) -> str:
    """221.5, 64,120.5, 0.0001234: digits a trader would say."""
    return f"{price:,.7g}"


def _short(usd: float) -> str:
    """1.2B, 3.4M, 340k: what fits beside a bar."""
    for size, letter in ((1e9, "B"), (1e6, "M")):
        if usd >= size:
            return f"{usd / size:.1f}{letter}"
    return f"{usd / 1e3:.0f}k"


def _age(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
