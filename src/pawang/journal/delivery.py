"""The outbox in SQL: what is due, what became of it, what a crash left in doubt.

new -> sending -> sent | unknown | failed, new -> expired | merged (reliability.md 8).
"""

from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select, update

from pawang.journal import tables
from pawang.journal.rows import MAX_COPIES, STATES
from pawang.model.codec import decode
from pawang.model.ports import OutboxRow

box = tables.outbox
message = tables.outbox.alias("message")  # the send that an edit changes
_of_the_same = and_(
    message.c.chat_id == box.c.chat_id,
    message.c.ref_id == box.c.ref_id,
    message.c.kind == "send",
)
_paired = box.outerjoin(message, _of_the_same)
_on_its_way = ("new", "sending")


def due(connection: Connection, limit: int) -> list[OutboxRow]:
    """Rows in state new, lane by lane, oldest first; an edit once its message has an id."""
    ready = or_(box.c.kind == "send", message.c.state == "sent")
    wanted = (
        select(box, message.c.message_id.label("edits"))
        .select_from(_paired)
        .where(box.c.state == "new", ready)
        .order_by(box.c.lane, box.c.row_id)
        .limit(limit)
    )
    return [outbox_row(row, row.edits) for row in connection.execute(wanted)]


def untidy(connection: Connection, now: int) -> bool:
    """Is anything to be expired or merged before the due rows can be told?"""
    expired = select(box.c.row_id).where(_expired(now)).limit(1)
    return (
        connection.execute(expired).first() is not None
        or connection.execute(_orphans().limit(1)).first() is not None
    )


def tidy(connection: Connection, now: int) -> None:
    """Expire what is too late; merge away edits whose message never came."""
    connection.execute(update(box).where(_expired(now)).values(state="expired"))
    orphans = [row.row_id for row in connection.execute(_orphans())]
    connection.execute(update(box).where(box.c.row_id.in_(orphans)).values(state="merged"))


def _expired(now: int) -> Any:
    return and_(box.c.state == "new", box.c.ts_expiry < now)


def _orphans() -> Select[tuple[int]]:
    lost = or_(message.c.row_id.is_(None), message.c.state.not_in((*_on_its_way, "sent")))
    return (
        select(box.c.row_id)
        .select_from(_paired)
        .where(box.c.state == "new", box.c.kind == "edit", lost)
    )


def mark(connection: Connection, row_id: int, state: str, now: int, message_id: int | None) -> None:
    """Move one row on. `sending` counts an attempt, `sent` carries the message's id."""
    assert state in STATES, f"no such state: {state}"
    values: dict[str, Any] = {"state": state}
    if state == "sending":
        values["attempt"] = box.c.attempt + 1
    if state == "sent":
        assert message_id is not None, "what was sent has an id"
        values |= {"message_id": message_id, "ts_acked": now}
    _move(connection, row_id, values)


def surely_unsent(connection: Connection, row_id: int) -> None:
    """Back to `new` as if never tried."""
    _move(connection, row_id, {"state": "new", "attempt": func.max(0, box.c.attempt - 1)})


def _move(connection: Connection, row_id: int, values: dict[str, Any]) -> None:
    moved = connection.execute(update(box).where(box.c.row_id == row_id).values(**values))
    assert moved.rowcount == 1, f"no outbox row {row_id}"


def after_a_crash(connection: Connection) -> None:
    """Rows left in `sending` may or may not have arrived: a normal one stays in doubt, a
    critical one may go once more (marked as a possible repeat), an edit may always."""
    sending = box.c.state == "sending"
    again = or_(box.c.kind == "edit", and_(box.c.critical, box.c.attempt < MAX_COPIES))
    connection.execute(update(box).where(sending, again).values(state="new"))
    connection.execute(update(box).where(sending).values(state="unknown"))


def send_of(connection: Connection, chat_id: int, ref_id: str) -> Row[Any] | None:
    """The one row that sends `ref_id` to that chat."""
    wanted = select(box).where(
        box.c.chat_id == chat_id, box.c.ref_id == ref_id, box.c.kind == "send"
    )
    return connection.execute(wanted).first()


def outbox_row(row: Row[Any], message_id: int | None) -> OutboxRow:
    return OutboxRow(
        row_id=row.row_id,
        seq=row.seq,
        chat_id=row.chat_id,
        ref_id=row.ref_id,
        kind=row.kind,
        lane=row.lane,
        critical=row.critical,
        state=row.state,
        attempt=row.attempt,
        body=row.body,
        tokens=decode(row.tokens.encode(), tuple[tuple[str, ...], ...]),
        message_id=message_id,
        ts_created=row.ts_created,
        ts_acked=row.ts_acked,
    )
