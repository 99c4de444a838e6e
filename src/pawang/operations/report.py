"""`pawang report`: the weekly report of a home's ledger, beside a desk at work or after it.

The very record that the chat, its picture, the file under `reports/` and the API tell.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from pawang import track_record
from pawang.alerts.report import Teller
from pawang.alerts.report_page import page
from pawang.journal import SqlLedger
from pawang.model.chat import Picture
from pawang.model.codec import encode
from pawang.model.report import Report
from pawang.pictures import draw

log = structlog.get_logger()


def read_report(path: Path, week: str, timezone: str) -> Report:
    """Read only. LedgerError when there is none, BadInput for a week that is none."""
    ledger = SqlLedger.reader(path)
    try:
        return track_record.report(ledger, week, timezone)
    finally:
        ledger.close()


def as_text(report: Report, language: str) -> str:
    """Everything the chat gets, one below the other."""
    teller = Teller(report, language)
    return f"{teller.caption()}\n\n{teller.pages()}"


def picture(report: Report, language: str) -> bytes:
    """The PNG of the chat."""
    scene = Teller(report, language).scene()
    return draw(Picture(kind="report", data=encode(scene).decode()))


def write_page(report: Report, language: str, path: Path) -> None:
    """One HTML file with its picture inside; nothing is loaded from anywhere."""
    path.write_text(page(report, language, picture(report, language)), encoding="utf8")


def keeper(directory: Path) -> Callable[[Report, str, str], None]:
    """What keeps every told report as a page and as JSON, by its ref."""

    def keep(report: Report, ref: str, language: str) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            (directory / f"{ref}.json").write_bytes(msgspec.json.encode(report))
            (directory / f"{ref}.html").write_text(page(report, language), encoding="utf8")
        except OSError as failed:  # a full disk costs the file and not the message
            log.warning("report not kept", ref=ref, why=str(failed))

    return keep
