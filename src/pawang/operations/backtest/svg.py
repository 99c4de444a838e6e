"""Charts as inline SVG: no script, no address, as wide as the page lets them be.

A drawing is 340 units wide, so that on a telephone a unit is about a pixel and words stay readable.
Colours are the page's (`report` names the classes).
"""

from html import escape

from pawang.operations.backtest.charts import Chart, Columns, Curve, Dots, Whiskers

WIDTH = 340
LEFT, RIGHT, TOP, BOTTOM = 44, 10, 16, 24


def draw(chart: Chart) -> str:
    """One `<svg>`; its title is its accessible name."""
    match chart:
        case Curve():
            height, body = _curve(chart)
        case Whiskers():
            height, body = _whiskers(chart)
        case Dots():
            height, body = _dots(chart)
        case Columns():
            height, body = _columns(chart)
    name = escape(chart.title)
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{name}">'
        f"<title>{name}</title>{''.join(body)}</svg>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>'


def _text(x: float, y: float, words: str, anchor: str = "start", kind: str = "small") -> str:
    said = escape(words)
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{said}</text>'


def _scale(low: float, high: float, bottom: float, top: float):  # type: ignore[no-untyped-def]
    span = high - low or 1.0
    return lambda value: bottom + (value - low) / span * (top - bottom)


def _curve(chart: Curve) -> tuple[float, list[str]]:
    height = 190
    values = [0.0, *(y for _, y in chart.points)]
    y = _scale(min(values), max(values), height - BOTTOM, TOP)
    x = _scale(0.0, 1.0, LEFT, WIDTH - RIGHT)
    path, now = f"M{x(0.0):.1f} {y(0.0):.1f}", 0.0
    for at, value in chart.points:
        path += f"H{x(at):.1f}V{y(value):.1f}"
        now = value
    path += f"H{x(1.0):.1f}"
    body = [
        _line(LEFT, y(0.0), WIDTH - RIGHT, y(0.0), "axis"),
        f'<path d="{path}" class="curve"/>',
        _text(LEFT, height - 6, chart.begins),
        _text(WIDTH - RIGHT, height - 6, chart.ends, "end"),
    ]
    # Words at the ends and at nothing, as far as they do not lie on each other.
    shown: list[float] = []
    for value in (now, max(values), min(values), 0.0):
        if all(abs(y(value) - y(other)) > 11 for other in shown):
            shown.append(value)
            body.append(_text(LEFT - 4, y(value) + 4, f"{value:+.1f}" if value else "0", "end"))
    body.append(_text(LEFT + 4, 11, chart.unit))
    return height, body


def _whiskers(chart: Whiskers) -> tuple[float, list[str]]:
    row = 38
    height = TOP + row * len(chart.rows) + BOTTOM
    x = _scale(0.0, 1.0, 12, WIDTH - 16)
    body = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        body.append(_line(x(share), TOP, x(share), height - BOTTOM, "grid"))
        body.append(_text(x(share), height - 8, f"{share:.0%}", "middle"))
    for place, each in enumerate(chart.rows):
        y = TOP + row * place + 27
        body.append(_text(12, y - 13, each.label, kind="label"))
        body.append(_line(x(each.low), y, x(each.high), y, "whisker"))
        if each.null is not None:
            body.append(_line(x(each.null), y - 7, x(each.null), y + 7, "luck"))
        body.append(f'<circle cx="{x(each.value):.1f}" cy="{y:.1f}" r="4" class="dot"/>')
    return height, body


def _dots(chart: Dots) -> tuple[float, list[str]]:
    height = 250
    told = [dot.told for dot in chart.dots]
    ends = [*told, *(dot.low for dot in chart.dots), *(dot.high for dot in chart.dots)]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    x = _scale(low, high, LEFT, WIDTH - RIGHT)
    y = _scale(low, high, height - BOTTOM, TOP)
    body = [_line(x(low), y(low), x(high), y(high), "luck")]
    for share in (low, (low + high) / 2, high):
        body.append(_text(LEFT - 4, y(share) + 4, f"{share:.0%}", "end"))
        body.append(
            _text(x(share), height - 6, f"{share:.0%}", "middle" if share < high else "end")
        )
    for dot in chart.dots:
        body.append(_line(x(dot.told), y(dot.low), x(dot.told), y(dot.high), "whisker"))
        body.append(f'<circle cx="{x(dot.told):.1f}" cy="{y(dot.came):.1f}" r="4" class="dot"/>')
    return height, body


def _columns(chart: Columns) -> tuple[float, list[str]]:
    height = 170
    values = [0.0, *(column.value for column in chart.columns)]
    y = _scale(min(values), max(values), height - BOTTOM, TOP)
    wide = (WIDTH - LEFT - RIGHT) / max(1, len(chart.columns))
    body = [_line(LEFT, y(0.0), WIDTH - RIGHT, y(0.0), "axis"), _text(LEFT + 4, 11, chart.unit)]
    for place, column in enumerate(chart.columns):
        top, bottom = sorted((y(column.value), y(0.0)))
        kind = "up" if column.value >= 0 else "down"
        body.append(
            f'<rect x="{LEFT + place * wide + wide * 0.15:.1f}" y="{top:.1f}"'
            f' width="{wide * 0.7:.1f}" height="{max(bottom - top, 0.5):.1f}" class="{kind}"/>'
        )
    for value in {min(values): 0, max(values): 0}:
        body.append(_text(LEFT - 4, y(value) + 4, f"{value:+.1f}" if value else "0", "end"))
    if chart.columns:
        body.append(_text(LEFT, height - 6, chart.columns[0].label))
    if len(chart.columns) > 1:
        body.append(_text(WIDTH - RIGHT, height - 6, chart.columns[-1].label, "end"))
    return height, body
