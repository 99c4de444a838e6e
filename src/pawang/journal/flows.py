"""ETF flows in SQL: what was known of which day, and since when (signals.md 2.2).

Rows are only ever added. A figure that is read again adds none; a revision does, and the row it
revises stays, so that a backtest sees each day as it was known then.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Row, Select, func, select

from pawang.journal import tables
from pawang.journal.rows import checked
from pawang.model.market import EtfFlow

NAMES = EtfFlow.__struct_fields__


def write(connection: Connection, rows: Sequence[EtfFlow]) -> list[EtfFlow]:
    """Those of `rows` that said something new; they are in the ledger now."""
    kept: list[EtfFlow] = []
    for row in sorted(rows, key=lambda row: row.ts_asof):
        checked(row, EtfFlow)
        if _is_news(connection, row):
            connection.execute(tables.etf_flow.insert(), asdict(row))
            kept.append(row)
    return kept


def _is_news(connection: Connection, row: EtfFlow) -> bool:
    """Neither what the same source had last said of that day by then, nor a row that is here:
    a file may hold two figures of one stamp, and is read again at every start."""
    flow = tables.etf_flow.c
    same = (flow.asset == row.asset, flow.trade_date == row.trade_date, flow.source == row.source)
    wanted = _flows().where(*same, flow.ts_asof <= row.ts_asof)
    newest_first = wanted.order_by(flow.ts_asof.desc(), flow.number.desc())
    known = [_flow(found) for found in connection.execute(newest_first)]
    return not known or not (row.repeats(known[0]) or row in known)


def since(connection: Connection, trade_date: str) -> list[EtfFlow]:
    """Every row of the days from `trade_date` on, in the order of their stamps."""
    flow = tables.etf_flow.c
    wanted = _flows().where(flow.trade_date >= trade_date)
    return [_flow(row) for row in connection.execute(wanted.order_by(flow.ts_asof, flow.number))]


def known_at(connection: Connection, ts: int) -> list[EtfFlow]:
    """Each day's newest row whose stamp is not after `ts`, by asset and day."""
    flow = tables.etf_flow.c
    newest_first = (flow.ts_asof.desc(), flow.source.desc(), flow.number.desc())
    place = func.row_number().over(
        partition_by=(flow.asset, flow.trade_date), order_by=newest_first
    )
    ranked = select(*_columns(), place.label("place")).where(flow.ts_asof <= ts).subquery()
    wanted = select(ranked).where(ranked.c.place == 1)
    ordered = wanted.order_by(ranked.c.asset, ranked.c.trade_date)
    return [_flow(row) for row in connection.execute(ordered)]


def _columns() -> list[Any]:
    return [tables.etf_flow.c[name] for name in NAMES]


def _flows() -> Select[Any]:
    return select(*_columns())


def _flow(row: Row[Any]) -> EtfFlow:
    return EtfFlow(**{name: row._mapping[name] for name in NAMES})
