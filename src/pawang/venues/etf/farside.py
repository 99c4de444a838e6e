"""A table of flows as Farside shows it: a row a day, a column a fund, US$ millions.

    Date          IBIT     FBTC   …   GBTC     Total
    11 Jan 2024   111.7    227.0  …   (95.1)   655.3
    12 Jan 2024   386.0    -      …   (484.1)  …

(95.1) is an outflow, "-" a fund that has not reported yet. A page is no contract: whatever is not
plainly such a table is Malformed, and a row whose funds do not add up to its total is refused.
"""

import re
from datetime import UTC, datetime

from pawang.model.codec import Record
from pawang.model.errors import Malformed
from pawang.model.refs import SECOND
from pawang.venues.etf.days import Day, Told, believed
from pawang.venues.etf.tables import Rows, tables
from pawang.venues.provider import Refused

SOURCE = "farside"
BASE_URL = "https://farside.co.uk"
PATHS = {"BTC": "/btc/", "ETH": "/eth/", "SOL": "/sol/"}
ACCEPT = "text/html"
TOTAL = "total"
MILLION = 1e6
ROUNDED_MUSD = 0.05
"""A cell has one decimal, so each may be off by this much, and the total as well."""

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DATE = re.compile(rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})", re.ASCII)
_CELL = re.compile(r"(\()?(-?\d{1,3}(?:,\d{3})*(?:\.\d+)?|-?\d+(?:\.\d+)?)(\))?", re.ASCII)
_SILENT = ("", "-", "–", "—")


class _Row(Record):
    """A day's cells by column: None is a fund that is silent."""

    funds: tuple[float | None, ...]
    total: float | None


def read(body: bytes, now: int, asset: str) -> Told:
    """Of the first table that has a column "Total" and rows that begin with a date."""
    for rows in tables(body):
        header = _header(rows)
        if header is not None:
            return _read(rows, header, now, asset)
    raise Malformed("table", "no table of days with a Total")


def _header(rows: Rows) -> list[str] | None:
    """The last row above the first day that names a Total; None where this is another table."""
    header: list[str] | None = None
    for row in rows:
        if _is_day(row):
            return header
        if TOTAL in [cell.lower() for cell in row[1:]]:
            header = row
    return None


def _is_day(row: list[str]) -> bool:
    return bool(row) and _DATE.fullmatch(row[0]) is not None


def _read(rows: Rows, header: list[str], now: int, asset: str) -> Told:
    place = [cell.lower() for cell in header].index(TOTAL, 1)
    days: list[Day] = []
    refused: list[Refused] = []
    for row in rows:
        if not _is_day(row):
            continue  # issuers, fees, seed money, sums of all days
        made = _day(row, place, len(header))
        if isinstance(made, Refused):
            refused.append(made)
        elif made is not None:
            days.append(made)
    flows, others = believed(days, now, asset, SOURCE)
    return flows, refused + others


def _day(row: list[str], place: int, columns: int) -> Day | Refused | None:
    """None: nobody has reported."""
    if len(row) != columns:
        return Refused(what="row of another width", detail=f"{row[0]}: {len(row)} of {columns}")
    try:
        ts = _midnight(row[0])
        numbers = [_number(cell) for cell in row[1:]]
    except ValueError as wrong:
        return Refused(what="no date or number", detail=f"{row[0]}: {wrong}"[:80])
    told = _Row(
        funds=tuple(number for at, number in enumerate(numbers, 1) if at != place),
        total=numbers[place - 1],
    )
    said = [fund for fund in told.funds if fund is not None]
    if not said:
        return None
    summed = sum(said)
    if told.total is not None and abs(told.total - summed) > ROUNDED_MUSD * (len(said) + 1) + 1e-6:
        return Refused(what="total does not add up", detail=f"{row[0]}: {told.total:g}, {summed:g}")
    return Day(
        ts=ts,
        flow_usd=(summed if told.total is None else told.total) * MILLION,
        funds_reported=len(said),
        funds_total=len(told.funds),
    )


def _midnight(text: str) -> int:
    """00:00 UTC of "11 Jan 2024". Raises ValueError for a day no month has."""
    found = _DATE.fullmatch(text)
    assert found is not None, "only days are asked for theirs"
    day, month, year = int(found[1]), MONTHS.index(found[2]) + 1, int(found[3])
    return round(datetime(year, month, day, tzinfo=UTC).timestamp()) * SECOND


def _number(cell: str) -> float | None:
    """Millions; None where nothing is told yet. Raises ValueError."""
    if cell in _SILENT:
        return None
    found = _CELL.fullmatch(cell)
    if found is None or bool(found[1]) != bool(found[3]):
        raise ValueError(repr(cell[:20]))
    value = float(found[2].replace(",", ""))
    return -value if found[1] else value
