"""`pawang kpi`: every KPI of a home's ledger, beside a desk at work or after it."""

from pathlib import Path
from typing import Any

import msgspec

from pawang import track_record
from pawang.alerts.answers import goal, shown
from pawang.journal import SqlLedger
from pawang.model.kpi import Kpi, Measured
from pawang.model.refs import utc


def measured(path: Path) -> Measured:
    """Read only. LedgerError when there is none, or one of another schema."""
    ledger = SqlLedger.reader(path)
    try:
        return track_record.measure(ledger)
    finally:
        ledger.close()


def as_json(found: Measured) -> dict[str, Any]:
    """What `--json` prints and `GET /api/kpi` answers."""
    body: dict[str, Any] = msgspec.to_builtins(found)
    return body


def as_lines(found: Measured) -> list[str]:
    """A table a book, in English."""
    lines = [f"as of {utc(found.as_of):%Y-%m-%d %H:%M} UTC"]
    for name, kpis in (*found.books.items(), ("the desk", found.desk)):
        lines += ["", name, *(_line(kpi) for kpi in kpis)]
    return lines


def _line(kpi: Kpi) -> str:
    """Name, value, target, n, the 95 % interval where there is one, what luck gives, verdict."""
    wide = ""
    if kpi.interval is not None:
        low, high = (shown(msgspec.structs.replace(kpi, value=end)) for end in _ends(kpi))
        wide = f"{low} to {high}"
    luck = "" if kpi.null is None else f"luck {kpi.null:.1%}"
    row = f"{kpi.name:>20} {shown(kpi):>12} {goal(kpi):>7} {kpi.n:>6} {wide:>20} {luck:>11}"
    return f"{row}  {WORDS.get(kpi.verdict, kpi.verdict)}".rstrip()


def _ends(kpi: Kpi) -> tuple[float, float]:
    assert kpi.interval is not None
    return kpi.interval.low, kpi.interval.high


WORDS = {
    "MET(proven)": "MET (proven)",
    "MET(unproven)": "MET (unproven)",
    "UNKNOWN": "not measured",
}
