"""The weekly report as one HTML page that loads nothing: the file under `reports/`."""

from base64 import b64encode
from html import escape

from pawang.alerts.answers import goal, shown
from pawang.alerts.report import Teller
from pawang.alerts.text import local
from pawang.alerts.words import say
from pawang.model.kpi import Kpi
from pawang.model.report import Report

STYLE = """
body{background:#10151c;color:#e8edf2;font:15px/1.5 system-ui,sans-serif;margin:0 auto;
max-width:720px;padding:16px}
h1{font-size:20px}h2{font-size:16px;margin:24px 0 4px}img{max-width:100%;border-radius:8px}
p,li{margin:2px 0}small,th{color:#93a1b0}pre{white-space:pre-wrap;font:inherit;margin:12px 0}
div{overflow-x:auto}table{border-collapse:collapse;font-size:13px}
td,th{padding:3px 8px;text-align:right;border-bottom:1px solid #2a3440;white-space:nowrap}
td:first-child,th:first-child{text-align:left}
"""


def page(report: Report, language: str, picture: bytes | None = None) -> str:
    """The words of the chat, every KPI in a table, and the picture where one was drawn."""
    teller = Teller(report, language)
    made = f"{local(report.as_of, report.timezone):%Y-%m-%d %H:%M} {report.timezone}"
    title = escape(teller.title())
    drawn = ""
    if picture is not None:
        drawn = f'<img alt="{title}" src="data:image/png;base64,{b64encode(picture).decode()}">'
    tables = "".join(
        f"<h2>{escape(name)}</h2>{_table(kpis)}"
        for name, kpis in (
            *((say(language, f"kpi_book_{book}"), kpis) for book, kpis in _books(report)),
            (say(language, "kpi_desk"), report.measured.desk),
        )
    )
    return (
        f'<!doctype html><html lang="{escape(language)}"><meta charset="utf8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{STYLE}</style><h1>{title}</h1>"
        f"<p><small>{escape(say(language, 'report_made', time=made))}</small></p>{drawn}"
        f"<pre>{escape(_after_title(teller.caption()))}</pre>"
        f"<pre>{escape(_after_title(teller.pages()))}</pre>{tables}</html>\n"
    )


def _books(report: Report) -> list[tuple[str, tuple[Kpi, ...]]]:
    return list(report.measured.books.items())


def _after_title(text: str) -> str:
    return text.partition("\n")[2]


def _table(kpis: tuple[Kpi, ...]) -> str:
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _row(k))}</tr>" for k in kpis
    )
    head = "".join(f"<th>{name}</th>" for name in ("", "", "n", "95 %", "p0", "z", "e", ""))
    return f"<div><table><tr>{head}</tr>{rows}</table></div>"


def _row(kpi: Kpi) -> tuple[str, ...]:
    wide = kpi.interval
    return (
        f"{kpi.name} {goal(kpi)}",
        shown(kpi),
        str(kpi.n),
        "" if wide is None else f"{wide.low:.3g} – {wide.high:.3g}",
        "" if kpi.null is None else f"{kpi.null:.3f}",
        "" if kpi.z is None else f"{kpi.z:+.2f}",
        "" if kpi.e_value is None else f"{kpi.e_value:.3g}",
        kpi.verdict,
    )
