"""The ledger on SQLite: one transaction an event, on the disk before `append` returns.

Synchronous inside; the hallway brings the thread. Errors are those of `journal.errors`.
"""

import os
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Engine, Row, Select, func, select
from sqlalchemy.dialects.sqlite import insert

from pawang.journal import delivery, flows, opening, suppositions, tables, track
from pawang.journal.audit import AuditRow, Broken, Head, verify
from pawang.journal.errors import Unreadable
from pawang.journal.rows import bytes_of, summed, whole
from pawang.journal.writing import (
    audit_head,
    seen_before,
    write_desk,
    write_effect,
    write_event,
)
from pawang.model.chat import ButtonRow, Category, Delivery, Rating
from pawang.model.codec import decode, digest
from pawang.model.decision import Decision
from pawang.model.desk import Desk
from pawang.model.event import Effect, Event, Served
from pawang.model.forecast import Forecast, Trial
from pawang.model.hypothesis import Supposed
from pawang.model.market import EtfFlow
from pawang.model.order import Outcome
from pawang.model.ports import OutboxRow, StoredDecision
from pawang.model.refs import FOREVER
from pawang.model.report import Refused

COUNTED = (
    "events",
    "decisions",
    "outbox",
    "intents",
    "fills",
    "postings",
    "brackets",
    "outcomes",
    "feedback",
    "forecasts",
    "hypotheses",
    "trials",
    "etf_flow",
    "audit",
)


class SqlLedger:
    """One file. `button_key` makes callback ids, `audit_key` signs the chain."""

    def __init__(self, path: Path, button_key: bytes, audit_key: bytes) -> None:
        self._adopt(opening.open_file(path), button_key, audit_key)
        with opening.writing(self._engine) as connection:
            delivery.after_a_crash(connection)

    @classmethod
    def reader(cls, path: Path, audit_key: bytes = b"") -> Self:
        """Only to look, beside a desk that is at work: every write raises Unwritable."""
        ledger = cls.__new__(cls)
        ledger._adopt(opening.open_reader(path), b"", audit_key)
        return ledger

    def _adopt(self, engine: Engine, button_key: bytes, audit_key: bytes) -> None:
        self._engine = engine
        self._button_key = button_key
        self._audit_key = audit_key

    def close(self) -> None:
        self._engine.dispose()

    # The journal.

    def load(self) -> tuple[Desk | None, int]:
        with opening.reading(self._engine) as connection:
            row = connection.execute(select(tables.desk)).first()
        return (None, 0) if row is None else (decode(row.body, Desk), row.seq)

    def append(self, event: Event, effects: Sequence[Effect], desk: Desk) -> bool:
        """All or nothing; False when this was seen before."""
        with opening.writing(self._engine) as connection:
            if seen_before(connection, event, effects):
                connection.rollback()
                return False
            write_desk(connection, event.seq, desk)
            write_event(connection, event, desk)
            for effect in effects:
                write_effect(connection, effect, event, self._button_key, self._audit_key)
        return True

    def read(self, after: int = 0, limit: int = 1000) -> list[Event]:
        return self._events(_events().where(tables.events.c.seq > after).limit(limit))

    def events_of(self, ref_id: str) -> list[Event]:
        return self._events(_events().where(tables.events.c.ref_id == ref_id))

    def _events(self, wanted: Select[Any]) -> list[Event]:
        with opening.reading(self._engine) as connection:
            return [_event(row) for row in connection.execute(wanted)]

    # Decisions.

    def by_ref(self, ref_id: str) -> StoredDecision | None:
        found = self._decisions(_decisions().where(tables.decisions.c.ref_id == ref_id))
        return found[0] if found else None

    def decisions_after(self, seq: int, limit: int = 1000) -> list[StoredDecision]:
        """Decisions of events after `seq`, oldest first."""
        return self._decisions(_decisions().where(tables.decisions.c.seq > seq).limit(limit))

    def _decisions(self, wanted: Select[Any]) -> list[StoredDecision]:
        with opening.reading(self._engine) as connection:
            return [_decision(row) for row in connection.execute(wanted)]

    def refs(self) -> list[str]:
        """Every decision's ref, oldest first."""
        wanted = select(tables.decisions.c.ref_id).order_by(tables.decisions.c.seq)
        with opening.reading(self._engine) as connection:
            return list(connection.execute(wanted).scalars())

    def put_params(self, params_hash: str, body: bytes) -> None:
        """Keep what stands behind a hash; once is enough."""
        assert digest(body) == params_hash, "params under a wrong hash"
        statement = insert(tables.params).values(hash=params_hash, body=body)
        with opening.writing(self._engine) as connection:
            connection.execute(statement.on_conflict_do_nothing())

    def params(self, params_hash: str) -> bytes | None:
        wanted = select(tables.params.c.body).where(tables.params.c.hash == params_hash)
        with opening.reading(self._engine) as connection:
            found: bytes | None = connection.execute(wanted).scalar()
        return found

    # The outbox and its buttons.

    def sent(self, ref_id: str) -> list[tuple[int, str]]:
        return [
            (row["seq"], row["body"])
            for row in self.rows("outbox", ref_id)
            if row["kind"] == "send"
        ]

    def due(self, now: int, limit: int = 50) -> list[OutboxRow]:
        with opening.reading(self._engine) as connection:
            if not delivery.untidy(connection, now):
                return delivery.due(connection, limit)
        with opening.writing(self._engine) as connection:
            delivery.tidy(connection, now)
            return delivery.due(connection, limit)

    def mark(self, row_id: int, state: str, now: int, message_id: int | None = None) -> None:
        with opening.writing(self._engine) as connection:
            delivery.mark(connection, row_id, state, now, message_id)

    def surely_unsent(self, row_id: int) -> None:
        """Back to `new` as if never tried: nothing left the house."""
        with opening.writing(self._engine) as connection:
            delivery.surely_unsent(connection, row_id)

    def message_id(self, chat_id: int, ref_id: str) -> int | None:
        with opening.reading(self._engine) as connection:
            row = delivery.send_of(connection, chat_id, ref_id)
        return None if row is None else row.message_id

    def delivered_at(self, chat_id: int, ref_id: str) -> int | None:
        """When the chat service took the message with that ref."""
        with opening.reading(self._engine) as connection:
            row = delivery.send_of(connection, chat_id, ref_id)
        return None if row is None else row.ts_acked

    def button(self, token: str) -> ButtonRow | None:
        wanted = select(tables.buttons).where(tables.buttons.c.token == token)
        with opening.reading(self._engine) as connection:
            row = connection.execute(wanted).first()
            if row is None:
                return None
            sent = delivery.send_of(connection, row.chat_id, row.ref_id)
        return ButtonRow(**row._mapping, message_id=None if sent is None else sent.message_id)

    def waiting(self) -> dict[str, int]:
        """Outbox rows by state."""
        box = tables.outbox
        wanted = select(box.c.state, func.count()).group_by(box.c.state).order_by(box.c.state)
        with opening.reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(wanted)}

    # Money.

    def balances(self) -> dict[tuple[str, str], Decimal]:
        """What stands in each account, by book and account."""
        made = tables.postings.c
        wanted = select(made.book, made.account, made.amount_usd)
        with opening.reading(self._engine) as connection:
            return summed(tuple(row) for row in connection.execute(wanted))

    # The track record.

    def last_stamp(self) -> int:
        """When the newest event reached the desk, 0 before the first."""
        with opening.reading(self._engine) as connection:
            return track.last_stamp(connection)

    def forecasts(self, ts_from: int) -> list[Forecast]:
        """Of slots since `ts_from`, in order of slot and coin."""
        with opening.reading(self._engine) as connection:
            return track.forecasts(connection, ts_from)

    def hypotheses(self, ts_from: int) -> list[Supposed]:
        """Of sniper slots since `ts_from`, in order of slot and coin."""
        with opening.reading(self._engine) as connection:
            return suppositions.hypotheses(connection, ts_from, only_open=False)

    def open_hypotheses(self, ts_from: int) -> list[Supposed]:
        """Those whose ending is not known yet."""
        with opening.reading(self._engine) as connection:
            return suppositions.hypotheses(connection, ts_from, only_open=True)

    def outcomes(self, ts_from: int) -> list[tuple[Decision, Outcome]]:
        """Resolved since `ts_from`, in that order, each with the decision it came of."""
        with opening.reading(self._engine) as connection:
            return track.outcomes(connection, ts_from)

    def ratings(self, ts_from: int) -> list[Rating]:
        """Given since `ts_from`, in order of the click."""
        with opening.reading(self._engine) as connection:
            return track.ratings(connection, ts_from)

    def deliveries(self, ts_from: int, categories: Sequence[Category]) -> list[Delivery]:
        """New messages of these categories, created since `ts_from`."""
        with opening.reading(self._engine) as connection:
            return track.deliveries(connection, ts_from, categories)

    def refusals(self, ts_from: int) -> list[Refused]:
        """No-trades of slots since `ts_from`, with what became of what they refused."""
        with opening.reading(self._engine) as connection:
            return track.refusals(connection, ts_from)

    def served(self, ts_from: int, ts_to: int = FOREVER) -> list[Served]:
        """The minutes of the API since `ts_from`, in order."""
        with opening.reading(self._engine) as connection:
            return track.served(connection, ts_from, ts_to)

    def put_trial(self, trial: Trial) -> None:
        """One row more; there is no way to take it back."""
        with opening.writing(self._engine) as connection:
            track.write_trial(connection, trial)

    def trials(self) -> list[Trial]:
        """Everything that was ever scored, in the order of the scoring."""
        with opening.reading(self._engine) as connection:
            return track.trials(connection)

    # ETF flows, as they were known.

    def put_flows(self, rows: Sequence[EtfFlow]) -> list[EtfFlow]:
        """Those that said something new, oldest stamp first; they stay for ever."""
        with opening.writing(self._engine) as connection:
            return flows.write(connection, rows)

    def flows(self, trade_date: str) -> list[EtfFlow]:
        """Every row of the days from `trade_date` on, in the order of their stamps."""
        with opening.reading(self._engine) as connection:
            return flows.since(connection, trade_date)

    def known_at(self, ts: int) -> list[EtfFlow]:
        """Each day's newest row whose stamp is not after `ts`, by asset and day."""
        with opening.reading(self._engine) as connection:
            return flows.known_at(connection, ts)

    # Looking back, and looking after the file.

    def rows(self, table: str, ref_id: str) -> list[dict[str, Any]]:
        """The rows of a table that has refs (intents, outcomes, postings, …) under a ref."""
        source = tables.metadata.tables[table]
        wanted = select(source).where(source.c.ref_id == ref_id)
        with opening.reading(self._engine) as connection:
            found = connection.execute(wanted.order_by(*source.primary_key.columns))
            return [dict(row._mapping) for row in found]

    def counts(self) -> dict[str, int]:
        """Rows by table."""
        with opening.reading(self._engine) as connection:
            return {
                name: connection.execute(
                    select(func.count()).select_from(tables.metadata.tables[name])
                ).scalar_one()
                for name in COUNTED
            }

    def audit_head(self) -> Head:
        """The newest link; told elsewhere it anchors the chain."""
        with opening.reading(self._engine) as connection:
            return audit_head(connection)

    def verify_audit(self, anchor: Head | None = None) -> Broken | None:
        """The first broken row of the chain, None if it is whole."""
        wanted = select(tables.audit).order_by(tables.audit.c.seq)
        with opening.reading(self._engine) as connection:
            rows = (AuditRow(**row._mapping) for row in connection.execute(wanted))
            return verify(self._audit_key, rows, anchor)

    def quick_check(self) -> tuple[str, ...]:
        """What SQLite finds wrong with the file's pages; () = nothing (D12)."""
        with opening.reading(self._engine) as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
        return () if found == ["ok"] else tuple(found)

    def backup(self, path: Path) -> None:
        """A copy as of now, checked, while the desk goes on; `path` appears whole or not at all."""
        part = path.with_name(path.name + ".part")
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        copy = sqlite3.connect(part)
        try:
            with opening.reading(self._engine) as connection:
                source = connection.connection.driver_connection
                assert isinstance(source, sqlite3.Connection)
                source.backup(copy)
            # A copy in WAL mode would want two more files beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
            found = copy.execute("PRAGMA quick_check").fetchall()
        finally:
            copy.close()
        if found != [("ok",)]:
            part.unlink()
            raise Unreadable(f"the copy is not sound, so the ledger may not be: {found[0][0]}")
        os.replace(part, path)


def _events() -> Select[Any]:
    events, decisions = tables.events, tables.decisions
    joined = events.outerjoin(decisions, decisions.c.seq == events.c.seq)
    return select(events, decisions.c.view).select_from(joined).order_by(events.c.seq)


def _event(row: Row[Any]) -> Event:
    event = whole(row.body, row.view)
    assert (event.seq, event.kind) == (row.seq, row.kind), f"event {row.seq} was tampered with"
    return event


def _decisions() -> Select[Any]:
    decisions, params = tables.decisions, tables.params
    joined = decisions.outerjoin(params, params.c.hash == decisions.c.params_hash)
    return (
        select(decisions, params.c.body.label("params"))
        .select_from(joined)
        .order_by(decisions.c.seq)
    )


def _decision(row: Row[Any]) -> StoredDecision:
    return StoredDecision(
        ref_id=row.ref_id,
        seq=row.seq,
        view=bytes_of(row.view),
        view_hash=row.view_hash,
        params_hash=row.params_hash,
        params=bytes_of(row.params),
        account=bytes_of(row.account),
        decision=bytes_of(row.decision),
        decision_hash=row.decision_hash,
        rule=row.rule,
        rule_version=row.rule_version,
    )
