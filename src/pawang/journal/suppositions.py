"""Hypothetical plans in SQL: kept with their decision, concluded when their time is over."""

from sqlalchemy import Connection, select, update

from pawang.journal import tables
from pawang.journal.rows import ending_columns, hypothesis_columns, supposed_of
from pawang.model.hypothesis import Ending, Hypothesis, Supposed


def write(connection: Connection, hypothesis: Hypothesis) -> None:
    connection.execute(tables.hypotheses.insert(), hypothesis_columns(hypothesis))


def conclude(connection: Connection, ending: Ending) -> None:
    """The first ending stands; one of a plan that nobody supposed changes nothing."""
    rows = tables.hypotheses
    still_open = update(rows).where(rows.c.ref_id == ending.ref_id, rows.c.label.is_(None))
    connection.execute(still_open.values(**ending_columns(ending)))


def hypotheses(connection: Connection, ts_from: int, only_open: bool) -> list[Supposed]:
    rows = tables.hypotheses
    wanted = select(rows).where(rows.c.ts >= ts_from)
    if only_open:
        wanted = wanted.where(rows.c.label.is_(None))
    found = connection.execute(wanted.order_by(rows.c.ts, rows.c.coin, rows.c.ref_id))
    return [supposed_of(row._asdict()) for row in found]
