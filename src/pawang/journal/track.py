"""The track record in SQL: forecasts, outcomes with their decisions, thumbs, deliveries, trials.

Every look is bounded by a time and served by an index; a desk at work is not held up.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict
from sqlalchemy import Connection, Row, Text, and_, case, cast, func, select

from pawang.journal import tables
from pawang.journal.rows import bytes_of, checked, forecast_columns, outcome_of
from pawang.model.chat import Category, Delivery, Rating
from pawang.model.codec import decode
from pawang.model.decision import Decision, NoTrade
from pawang.model.event import Event, Served, SlotDue
from pawang.model.forecast import Forecast, Trial
from pawang.model.market import Side
from pawang.model.order import Outcome
from pawang.model.report import Refused

Played = tuple[Decision, Outcome]

UNKNOWN = "unknown"  # a hypothetical plan whose minutes were not seen
SENT = ("send", "held")  # edits repeat what was sent


def write_forecast(connection: Connection, forecast: Forecast) -> None:
    connection.execute(tables.forecasts.insert(), forecast_columns(forecast))


def write_trial(connection: Connection, trial: Trial) -> None:
    checked(trial, Trial)
    connection.execute(tables.trials.insert(), asdict(trial))


def last_stamp(connection: Connection) -> int:
    """When the newest event reached the desk, 0 before the first."""
    events = tables.events.c
    newest = select(events.ts_recv).order_by(events.seq.desc()).limit(1)
    return connection.execute(newest).scalar() or 0


def forecasts(connection: Connection, ts_from: int) -> list[Forecast]:
    rows = tables.forecasts
    wanted = (
        select(rows).where(rows.c.ts >= ts_from).order_by(rows.c.ts, rows.c.coin, rows.c.ref_id)
    )
    return [
        Forecast(**{**row._mapping, "side": Side(row.side)}) for row in connection.execute(wanted)
    ]


def outcomes(connection: Connection, ts_from: int) -> list[Played]:
    made, kept = tables.outcomes, tables.decisions
    wanted = (
        select(made, kept.c.decision)
        .join(kept, kept.c.ref_id == made.c.ref_id)
        .where(made.c.ts_resolved >= ts_from)
        .order_by(made.c.ts_resolved, made.c.ref_id, made.c.book)
    )
    return [_played(row) for row in connection.execute(wanted)]


def _played(row: Row[Any]) -> Played:
    columns = {name: row._mapping[name] for name in Outcome.__struct_fields__}
    return decode(bytes_of(row.decision), Decision), outcome_of(columns)


def ratings(connection: Connection, ts_from: int) -> list[Rating]:
    rows = tables.feedback
    order = (rows.c.ts_clicked, rows.c.ref_id, rows.c.user_id)
    wanted = select(rows).where(rows.c.ts_clicked >= ts_from).order_by(*order)
    return [Rating(**row._mapping) for row in connection.execute(wanted)]


def deliveries(
    connection: Connection, ts_from: int, categories: Sequence[Category]
) -> list[Delivery]:
    box = tables.outbox.c
    wanted = (
        select(box.ref_id, box.chat_id, box.ts_created, box.ts_acked, box.state, box.category)
        .where(box.ts_created >= ts_from, box.kind.in_(SENT), box.category.in_(categories))
        .order_by(box.row_id)
    )
    return [Delivery(**row._mapping) for row in connection.execute(wanted)]


def refusals(connection: Connection, ts_from: int) -> list[Refused]:
    """No-trades of slots since `ts_from`, with what became of what they refused."""
    kept, supposed, events = tables.decisions.c, tables.hypotheses.c, tables.events.c
    late = (events.kind == SlotDue.__name__, events.ts_event >= ts_from)
    first = select(func.min(events.seq)).where(*late).scalar_subquery()
    body = cast(kept.decision, Text)
    known = and_(supposed.label.is_not(None), supposed.label != UNKNOWN)
    wanted = (
        select(
            kept.ref_id,
            kept.ts,
            func.json_extract(body, "$.signal.code").label("code"),
            case((known, supposed.filled)).label("filled"),
            case((known, supposed.net_r), else_=0.0).label("net_r"),
            supposed.ts_ended,
        )
        .outerjoin_from(tables.decisions, tables.hypotheses, supposed.ref_id == kept.ref_id)
        .where(
            kept.seq >= first,
            kept.ts >= ts_from,
            func.json_extract(body, "$.signal.type") == NoTrade.__name__,
        )
        .order_by(kept.ts, kept.coin, kept.ref_id)
    )
    return [Refused(**row._mapping) for row in connection.execute(wanted)]


def served(connection: Connection, ts_from: int, ts_to: int) -> list[Served]:
    events = tables.events.c
    ours = (events.kind == Served.__name__, events.ts_event >= ts_from, events.ts_event <= ts_to)
    wanted = select(events.body).where(*ours).order_by(events.seq)
    bodies = [decode(data, Event).body for data in connection.execute(wanted).scalars()]
    return [body for body in bodies if isinstance(body, Served)]


def trials(connection: Connection) -> list[Trial]:
    rows = tables.trials
    columns = [rows.c[name] for name in Trial.__struct_fields__]
    wanted = select(*columns).order_by(rows.c.number)
    return [Trial(**row._mapping) for row in connection.execute(wanted)]
