"""What one event and its effects become in SQL; inside somebody else's transaction."""

from collections.abc import Sequence

from msgspec.structs import asdict
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert

from pawang.journal import suppositions, tables, track
from pawang.journal.audit import Head, follow
from pawang.journal.errors import Conflict
from pawang.journal.rows import (
    bracket_columns,
    button_rows,
    checked,
    intent_columns,
    intent_state,
    laid_out,
    message_columns,
    outcome_columns,
    posting_columns,
    stored,
    stripped,
    withheld_columns,
)
from pawang.model.chat import Button, Edit, Send
from pawang.model.desk import Desk
from pawang.model.event import (
    Asked,
    Audit,
    Bracket,
    Close,
    Conclude,
    Effect,
    Event,
    Foretell,
    Keep,
    Place,
    Post,
    Rate,
    Register,
    SlotDue,
    Suppose,
    Withhold,
)
from pawang.model.order import Accepted, Ended, Filled, Funded, Rejected, VenueReport

BUTTON = tuple(tables.buttons.columns)


def seen_before(connection: Connection, event: Event, effects: Sequence[Effect]) -> bool:
    """Whether this very thing is in the ledger: update_id, slot ref, fill id. Marks it if not."""
    body = event.body
    if isinstance(body, Asked):
        row = insert(tables.updates).values(update_id=body.input.update_id)
    elif isinstance(body, Filled):
        row = insert(tables.fills).values(
            client_order_id=body.client_order_id, fill_id=body.fill_id
        )
    elif isinstance(body, SlotDue):
        refs = [effect.decision.ref_id for effect in effects if isinstance(effect, Keep)]
        known = select(tables.decisions.c.ref_id).where(tables.decisions.c.ref_id.in_(refs))
        return connection.execute(known).first() is not None
    else:
        return False
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 0


def write_event(connection: Connection, event: Event, desk: Desk) -> None:
    """The event, and what a venue's report says of its intent."""
    columns = ("seq", "ts_event", "ts_recv", "kind", "ref_id", "cause", "codec")
    values = {name: getattr(event, name) for name in columns}
    body = checked(stripped(event), Event)
    connection.execute(tables.events.insert(), {**values, "body": body})
    if isinstance(event.body, Accepted | Rejected | Filled | Funded | Ended):
        _move_intent(connection, event.body, desk)


def write_desk(connection: Connection, seq: int, desk: Desk) -> None:
    """The newest desk takes the place of the one before.

    Raises Conflict unless that was the desk of `seq` - 1: another writer has been here (D14).
    """
    values = {"seq": seq, "body": checked(desk, Desk)}
    if seq == 1:
        connection.execute(tables.desk.insert(), {"id": 1, **values})
        return
    moved = update(tables.desk).where(tables.desk.c.seq == seq - 1).values(**values)
    if connection.execute(moved).rowcount != 1:
        raise Conflict(f"event {seq} does not follow the newest one of this ledger")


def write_effect(
    connection: Connection, effect: Effect, event: Event, button_key: bytes, audit_key: bytes
) -> None:
    """One effect's rows. Answer, Withdraw, Shut, Count and Consult leave none of their own."""
    match effect:
        case Send():
            _send(connection, effect, event.seq, button_key)
        case Edit():
            _edit(connection, effect, event.seq, button_key)
        case Keep():
            _keep(connection, effect, event.seq)
        case Foretell():
            track.write_forecast(connection, effect.forecast)
        case Suppose():
            suppositions.write(connection, effect.hypothesis)
        case Conclude():
            suppositions.conclude(connection, effect.ending)
        case Register():
            track.write_trial(connection, effect.trial)
        case Place():
            _place(connection, effect, event.ts_event)
        case Post():
            _post(connection, effect, event.seq)
        case Bracket():
            _bracket(connection, effect)
        case Close():
            _close(connection, effect)
        case Rate():
            _rate(connection, effect)
        case Withhold():
            connection.execute(tables.outbox.insert(), withheld_columns(effect, event))
        case Audit():
            _audit(connection, effect, event.ts_event, audit_key)
        case _:
            pass


def _send(connection: Connection, send: Send, seq: int, key: bytes) -> None:
    tokens = _buttons(connection, key, send.chat_id, send.buttons, send.ts_created)
    row = message_columns(send, seq, tokens)
    connection.execute(insert(tables.outbox).on_conflict_do_nothing(), row)


def _edit(connection: Connection, edit: Edit, seq: int, key: bytes) -> None:
    """A newer edit makes the waiting one superfluous."""
    box = tables.outbox
    older = update(box).where(
        box.c.chat_id == edit.chat_id,
        box.c.ref_id == edit.ref_id,
        box.c.kind == "edit",
        box.c.state == "new",
    )
    connection.execute(older.values(state="merged"))
    tokens = _buttons(connection, key, edit.chat_id, edit.buttons, edit.ts_created)
    connection.execute(box.insert(), message_columns(edit, seq, tokens))


def _buttons(
    connection: Connection,
    key: bytes,
    chat_id: int,
    buttons: tuple[tuple[Button, ...], ...],
    ts_created: int,
) -> tuple[tuple[str, ...], ...]:
    made = button_rows(key, chat_id, buttons, ts_created)
    if made:
        rows = insert(tables.buttons)
        longer = {"ts_expiry": rows.excluded.ts_expiry}
        connection.execute(
            rows.on_conflict_do_update(index_elements=["token"], set_=longer),
            [{column.name: getattr(row, column.name) for column in BUTTON} for row in made],
        )
    return laid_out(made, buttons)


def _keep(connection: Connection, keep: Keep, seq: int) -> None:
    row = asdict(stored(keep, seq))
    del row["params"]  # kept once per hash
    made = keep.decision
    named = {"kind": made.kind, "coin": made.coin, "ts": made.ts}
    connection.execute(tables.decisions.insert(), {**row, **named})


def _place(connection: Connection, place: Place, ts: int) -> None:
    row = intent_columns(place.order, place.order.state.value, ts)
    connection.execute(tables.intents.insert(), row)


def _move_intent(connection: Connection, report: VenueReport, desk: Desk) -> None:
    state = intent_state(report, desk)
    if state is not None:
        known = tables.intents.c.client_order_id == report.client_order_id
        connection.execute(update(tables.intents).where(known).values(state=state))


def _close(connection: Connection, close: Close) -> None:
    connection.execute(tables.outcomes.insert(), outcome_columns(close.outcome))


def _post(connection: Connection, post: Post, seq: int) -> None:
    connection.execute(tables.postings.insert(), posting_columns(post.booking, seq))


def _bracket(connection: Connection, bracket: Bracket) -> None:
    rows = bracket_columns(bracket.found)
    connection.execute(insert(tables.brackets).on_conflict_do_nothing(), rows)


def _rate(connection: Connection, rate: Rate) -> None:
    row = asdict(rate.rating)
    statement = insert(tables.feedback).values(**row)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["ref_id", "user_id"], set_=row)
    )


def _audit(connection: Connection, audit: Audit, ts: int, key: bytes) -> None:
    row = follow(key, audit_head(connection), ts, audit.actor, audit.action, audit.detail)
    connection.execute(tables.audit.insert(), asdict(row))


def audit_head(connection: Connection) -> Head:
    """The newest link of the chain."""
    chain = tables.audit.c
    newest = select(chain.seq, chain.hash).order_by(chain.seq.desc()).limit(1)
    row = connection.execute(newest).first()
    return Head() if row is None else Head(seq=row.seq, hash=row.hash)
