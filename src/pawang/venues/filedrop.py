"""ETF flow and Fear & Greed from dropped files: the offline default (signals.md 2.1).

    DIR/etf_flow.csv     date,asset,flow_usd,asof [,funds_reported,funds_total]
                         or a row a fund: date,asset,fund,flow_usd [,asof], fund `Total` = the sum
    DIR/fear_greed.csv   date,value               published at 00:00 UTC of that date

`asof` is when the figure was known, ISO 8601 or unix ms; without it a day counts as known from
the next day 12:00 UTC on, never earlier (no look-ahead). Whoever drops a day's figure without
counting funds says that it is the whole day: 1 fund of 1. A row a fund: "-" and "" are funds that
have not reported yet. A bad row is refused with its line and counted, never read as zero.
"""

import asyncio
import csv
import io
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from math import isfinite
from pathlib import Path
from typing import TypeVar

from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.model.event import HealthChanged
from pawang.model.market import EtfFlow, FearGreed
from pawang.model.refs import DAY, MILLISECOND, SECOND

ETF, FEAR = "etf_flow.csv", "fear_greed.csv"
EVERY_S = 5.0  # how often the directory is looked at
KNOWN_AFTER = timedelta(days=1, hours=12)
ROWS_MAX = 50_000
BYTES_MAX = 8 * 1024 * 1024
FLOW_MAX_USD = 1e11  # the largest day so far is near 1.4e9
FUNDS_WITHIN = 14 * DAY  # a fund that reported in the two weeks before is expected to
TOTAL = "total"
_ASSET = re.compile("[A-Z0-9]{2,10}")
_NOTHING = ("", "-")

Row = dict[str, str]
R = TypeVar("R")


class RowRefusal(Record):
    """A row nothing was taken from. `line` counts the header as 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class _Cell(Record):
    """One good row of the flow file, before funds are put together."""

    day: int  # ns, 00:00 UTC of the trade date
    asset: str
    fund: str  # "" where the file has no funds
    flow_usd: float | None  # None = has not reported
    ts_asof: int
    reported: int
    total: int


def read_etf(text: str, source: str = ETF) -> tuple[list[EtfFlow], list[RowRefusal]]:
    """Flows, oldest knowledge first, and what was refused."""
    cells, refusals = _read(text, source, ("date", "asset"), _cell)
    plain = [_flow(cell, cell.reported, cell.total, source) for cell in cells if not cell.fund]
    flows = plain + _summed([cell for cell in cells if cell.fund], source)
    return sorted(flows, key=lambda flow: (flow.ts_asof, flow.trade_date)), refusals


def read_fear(text: str, source: str = FEAR) -> tuple[list[FearGreed], list[RowRefusal]]:
    """Index values, oldest first, and what was refused: 780 of 100 (A24)."""

    def read(row: Row) -> FearGreed:
        value = _number(row["value"], "value")
        if not 0 <= value <= 100:
            raise BadInput(f"value outside 0 to 100: {value:g}")
        return FearGreed(value=value, ts_asof=_day(row["date"]), source=source)

    values, refusals = _read(text, source, ("date", "value"), read)
    return sorted(values, key=lambda made: made.ts_asof), refusals


def _cell(row: Row) -> _Cell:
    day, asset = _day(row["date"]), row["asset"].upper()
    if not _ASSET.fullmatch(asset):
        raise BadInput(f"no asset: {asset[:20]!r}")
    fund = row.get("fund", "")
    text = row.get("flow_usd", row.get("net_flow_usd"))
    if text is None:
        raise BadInput("no column flow_usd")
    flow = None if fund and text in _NOTHING else _number(text, "flow_usd")
    if flow is not None and abs(flow) > FLOW_MAX_USD:
        raise BadInput(f"absurd flow_usd: {flow:g}")
    asof = row.get("asof", "")
    known = _stamp(asof) if asof else day + round(KNOWN_AFTER.total_seconds()) * SECOND
    if known < day:
        raise BadInput(f"known before its day: {asof}")
    reported, total = _count(row, "funds_reported"), _count(row, "funds_total")
    if reported > total:
        raise BadInput(f"{reported} funds reported of {total}")
    if total == 0:
        reported = total = 1
    return _Cell(
        day=day,
        asset=asset,
        fund=fund,
        flow_usd=flow,
        ts_asof=known,
        reported=reported,
        total=total,
    )


def _summed(cells: list[_Cell], source: str) -> list[EtfFlow]:
    """Rows of funds, by day, asset and stamp: the `Total` if there is one, else their sum."""
    groups: dict[tuple[int, str, int], list[_Cell]] = {}
    listed: dict[tuple[str, str], list[int]] = {}  # (asset, fund) -> days it is listed on
    for cell in cells:
        groups.setdefault((cell.day, cell.asset, cell.ts_asof), []).append(cell)
        listed.setdefault((cell.asset, cell.fund), []).append(cell.day)
    flows: list[EtfFlow] = []
    for (day, asset, _), group in groups.items():
        funds = [cell for cell in group if cell.fund.lower() != TOTAL]
        said = [cell for cell in funds if cell.flow_usd is not None]
        expected = sum(
            any(day - FUNDS_WITHIN <= seen <= day for seen in days)
            for (of, fund), days in listed.items()
            if of == asset and fund.lower() != TOTAL
        )
        total = next((cell for cell in group if cell.fund.lower() == TOTAL), None)
        if total is not None and total.flow_usd is not None:
            counts = (len(said), expected) if said else (1, 1)
            flows.append(_flow(total, *counts, source))
        elif said:
            summed = sum(cell.flow_usd or 0.0 for cell in said)
            whole = _Cell(
                day=day,
                asset=asset,
                fund="",
                flow_usd=summed,
                ts_asof=said[0].ts_asof,
                reported=len(said),
                total=expected,
            )
            flows.append(_flow(whole, whole.reported, whole.total, source))
    return flows


def _flow(cell: _Cell, reported: int, total: int, source: str) -> EtfFlow:
    assert cell.flow_usd is not None, "only what was reported becomes a flow"
    return EtfFlow(
        asset=cell.asset,
        trade_date=f"{datetime.fromtimestamp(cell.day // SECOND, UTC):%Y-%m-%d}",
        flow_usd=cell.flow_usd,
        funds_reported=reported,
        funds_total=total,
        ts_asof=cell.ts_asof,
        source=source,
    )


# Cells.


def _read(
    text: str, source: str, needed: tuple[str, ...], read: Callable[[Row], R]
) -> tuple[list[R], list[RowRefusal]]:
    made: list[R] = []
    refusals: list[RowRefusal] = []
    for line, row in _rows(text):
        try:
            missing = [name for name in needed if not row.get(name)]
            if missing:
                raise BadInput(f"no {', '.join(missing)}")
            made.append(read(row))
        except BadInput as wrong:
            refusals.append(RowRefusal(file=source, line=line, reason=str(wrong)))
    return made, refusals


def _rows(text: str) -> Iterator[tuple[int, Row]]:
    """(line, cells by lower-case header); a line csv cannot read is a row without cells."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    header: list[str] | None = None
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            yield reader.line_num, {}
            continue
        if not any(cells):
            continue
        if header is None:
            header = [cell.lower() for cell in cells]
        elif reader.line_num > ROWS_MAX or len(cells) > len(header):
            yield reader.line_num, {}
        else:
            yield reader.line_num, dict(zip(header, cells, strict=False))


def _number(text: str, name: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or "_" in text:
        raise BadInput(f"{name} is no number: {text[:20]!r}")
    return value


def _count(row: Row, name: str) -> int:
    text = row.get(name, "")
    if text == "":
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise BadInput(f"{name} is no count: {text[:20]!r}")
    return int(text)


def _day(text: str) -> int:
    try:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadInput(f"no date (YYYY-MM-DD): {text[:20]!r}") from None
    return int(moment.timestamp()) * SECOND


def _stamp(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) == 13:
        return int(text) * MILLISECOND
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"asof is neither ISO 8601 nor unix ms: {text[:40]!r}") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000) * MILLISECOND


# The door.

Batch = list[EtfFlow | FearGreed | HealthChanged]


class FileDrop:
    """A `Feed` over one directory. `refused` counts bad rows by file, `refusals` keeps the last
    reading's for whoever asks."""

    def __init__(
        self, directory: Path, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._directory = Path(directory)
        self._sleep = sleep
        self._marks: dict[str, tuple[int, int]] = {}
        self.refusals: dict[str, list[RowRefusal]] = {}
        self.refused: Counter[str] = Counter()

    async def events(self) -> AsyncIterator[Batch]:
        """What each changed file says, whole: the market keeps each row once."""
        while True:
            batch = self.read()
            if batch:
                yield batch
            await self._sleep(EVERY_S)

    def read(self) -> Batch:
        """The files that changed since the last call."""
        batch: Batch = []
        flows, values = self._changed(ETF), self._changed(FEAR)
        if flows is not None:
            made, refusals = read_etf(flows)
            batch += [*made, *self._judged(ETF, refusals)]
        if values is not None:
            read, refusals = read_fear(values)
            batch += [*read, *self._judged(FEAR, refusals)]
        return batch

    def _changed(self, name: str) -> str | None:
        path = self._directory / name
        try:
            stat = path.stat()
            mark = stat.st_mtime_ns, stat.st_size
            if self._marks.get(name) == mark:
                return None
            with path.open("rb") as file:
                data = file.read(BYTES_MAX)
        except OSError:
            return None  # not there, or not ours to read: there is no figure, and its age says so
        self._marks[name] = mark
        return data.decode("utf8", errors="replace")

    def _judged(self, name: str, refusals: list[RowRefusal]) -> list[HealthChanged]:
        """Transitions: a file that has bad rows, a file that has none any more."""
        before = self.refusals.get(name, [])
        self.refusals[name] = refusals
        self.refused[name] += len(refusals)
        if refusals and refusals != before:
            reason = f"{len(refusals)}, first {refusals[0]}"
            return [HealthChanged(provider="drop", state="refused", reason=reason[:200])]
        if before and not refusals:
            return [HealthChanged(provider="drop", state="clean", reason=f"{name} reads well")]
        return []
