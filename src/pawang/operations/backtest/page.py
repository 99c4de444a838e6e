"""One self-contained HTML page: headings, facts, charts and tables, and no address in it.

Made for a telephone first: one column, tables that scroll by themselves, light and dark.
"""

from collections.abc import Sequence
from html import escape

from pawang.model.codec import Record
from pawang.operations.backtest import svg
from pawang.operations.backtest.charts import Chart

STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--dim:#59636e;--paper:#fff;--rule:#d1d9e0;
--line:#0969da;--luck:#9a6700;--up:#1a7f37;--down:#cf222e}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9198a1;--paper:#0d1117;--rule:#3d444d;
--line:#4493f8;--luck:#d29922;--up:#3fb950;--down:#f85149}}
body{margin:0 auto;max-width:46rem;padding:1rem;background:var(--paper);color:var(--ink);
font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem;margin:1.6rem 0 .3rem}
p,dd{margin:.2rem 0}.dim,dt{color:var(--dim)}dl{margin:.6rem 0}dt{font-size:.85rem}
dd{margin:0 0 .5rem;overflow-wrap:anywhere}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;width:100%}
th,td{padding:.3rem .5rem;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap;
font-variant-numeric:tabular-nums}th:first-child,td:first-child{text-align:left}
svg{width:100%;height:auto;max-width:34rem;display:block}
.small{font:11px system-ui,sans-serif;fill:var(--dim)}
.label{font:12px system-ui,sans-serif;fill:var(--ink)}
.axis,.grid{stroke:var(--rule)}.whisker{stroke:var(--dim);stroke-width:3;opacity:.6}
.luck{stroke:var(--luck);stroke-width:2}.dot{fill:var(--line)}
.curve{fill:none;stroke:var(--line);stroke-width:2}.up{fill:var(--up)}.down{fill:var(--down)}
"""


class Table(Record):
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Section(Record):
    heading: str
    words: str = ""
    chart: Chart | None = None
    table: Table | None = None


class Page(Record):
    title: str
    under: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]

    @property
    def charts(self) -> tuple[Chart, ...]:
        return tuple(each.chart for each in self.sections if each.chart is not None)


def html(page: Page) -> str:
    """The whole document; equal pages give equal text."""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(said)}</dd>" for name, said in page.facts)
    body = "".join(_section(each) for each in page.sections)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(page.title)}</title><style>{STYLE}</style></head><body>"
        f'<h1>{escape(page.title)}</h1><p class="dim">{escape(page.under)}</p>'
        f"<dl>{facts}</dl>{body}</body></html>\n"
    )


def _section(each: Section) -> str:
    words = f'<p class="dim">{escape(each.words)}</p>' if each.words else ""
    drawn = svg.draw(each.chart) if each.chart is not None else ""
    told = _table(each.table) if each.table is not None else ""
    return f"<section><h2>{escape(each.heading)}</h2>{words}{drawn}{told}</section>"


def _table(table: Table) -> str:
    heads = "".join(f"<th>{escape(head)}</th>" for head in table.heads)
    rows = "".join(f"<tr>{_cells(row)}</tr>" for row in table.rows)
    return f'<div class="scroll"><table><tr>{heads}</tr>{rows}</table></div>'


def _cells(row: Sequence[str]) -> str:
    return "".join(f"<td>{escape(cell)}</td>" for cell in row)
