"""The first schema, written out: `tables` moves on, this page does not."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, and the triggers that keep the audit append-only."""
    for make in (_decided, _delivery, _orders, _people):
        make()
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        )


def _decided() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True),
        *_columns(sa.BigInteger, "ts_event", "ts_recv"),
        *_columns(sa.String, "kind", "ref_id"),
        *_columns(sa.Integer, "cause"),
        *_columns(sa.LargeBinary, "body"),
        *_columns(sa.Integer, "codec"),
    )
    op.create_index("ix_events_ref_id", "events", ["ref_id"])
    op.create_table(
        "decisions",
        sa.Column("ref_id", sa.String, primary_key=True),
        sa.Column("seq", sa.Integer, nullable=False, unique=True),
        *_columns(sa.String, "kind", "coin"),
        *_columns(sa.BigInteger, "ts"),
        *_columns(sa.String, "rule"),
        *_columns(sa.Integer, "rule_version"),
        *_columns(sa.LargeBinary, "view"),
        *_columns(sa.String, "view_hash", "params_hash"),
        *_columns(sa.LargeBinary, "account", "decision"),
        *_columns(sa.String, "decision_hash"),
    )
    op.create_table(
        "params",
        sa.Column("hash", sa.String, primary_key=True),
        *_columns(sa.LargeBinary, "body"),
    )
    op.create_table(
        "desk",
        sa.Column("id", sa.Integer, primary_key=True),
        *_columns(sa.Integer, "seq"),
        *_columns(sa.LargeBinary, "body"),
    )


def _delivery() -> None:
    op.create_table(
        "outbox",
        sa.Column("row_id", sa.Integer, primary_key=True, autoincrement=True),
        *_columns(sa.Integer, "seq"),
        *_columns(sa.BigInteger, "chat_id"),
        *_columns(sa.String, "ref_id", "kind", "category"),
        *_columns(sa.Integer, "lane"),
        *_columns(sa.Boolean, "critical"),
        *_columns(sa.String, "state"),
        *_columns(sa.Integer, "attempt"),
        *_columns(sa.Text, "body", "tokens"),
        sa.Column("message_id", sa.BigInteger),
        *_columns(sa.BigInteger, "ts_created"),
        sa.Column("ts_acked", sa.BigInteger),
        sa.Column("ts_expiry", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    only_sends = sa.text("kind = 'send'")
    op.create_index(
        "one_send", "outbox", ["chat_id", "ref_id"], unique=True, sqlite_where=only_sends
    )
    op.create_index("by_state", "outbox", ["state", "lane", "row_id"])
    op.create_index("by_message", "outbox", ["chat_id", "ref_id"])
    op.create_table(
        "buttons",
        sa.Column("token", sa.String, primary_key=True),
        *_columns(sa.BigInteger, "chat_id"),
        *_columns(sa.String, "ref_id", "action", "argument"),
        *_columns(sa.BigInteger, "ts_expiry"),
    )
    op.create_table("updates", sa.Column("update_id", sa.BigInteger, primary_key=True))


def _orders() -> None:
    op.create_table(
        "fills",
        sa.Column("client_order_id", sa.String, primary_key=True),
        sa.Column("fill_id", sa.String, primary_key=True),
    )
    op.create_table(
        "intents",
        sa.Column("client_order_id", sa.String, primary_key=True),
        *_columns(sa.String, "ref_id", "book", "state"),
        *_columns(sa.LargeBinary, "body"),
        *_columns(sa.BigInteger, "ts"),
    )
    op.create_index("ix_intents_ref_id", "intents", ["ref_id"])
    op.create_table(
        "outcomes",
        sa.Column("ref_id", sa.String, primary_key=True),
        sa.Column("book", sa.String, primary_key=True),
        *_columns(sa.String, "coin", "side", "label"),
        *_columns(sa.Boolean, "filled", "tp1", "tp2", "sl"),
        *_columns(sa.BigInteger, "ts_resolved"),
        *_columns(sa.String, "contracts", "gross_usd", "fees_usd", "funding_usd", "net_usd"),
        *_columns(sa.Float, "net_r"),
    )


def _people() -> None:
    op.create_table(
        "feedback",
        sa.Column("ref_id", sa.String, primary_key=True),
        sa.Column("user_id", sa.BigInteger, primary_key=True),
        *_columns(sa.BigInteger, "chat_id"),
        *_columns(sa.Integer, "rating"),
        *_columns(sa.BigInteger, "ts_clicked"),
        sa.Column("latency_s", sa.Float),
        *_columns(sa.Boolean, "resolved"),
        *_columns(sa.String, "side"),
        sa.Column("confidence", sa.Integer),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer, primary_key=True),
        *_columns(sa.BigInteger, "ts", "actor"),
        *_columns(sa.String, "action"),
        *_columns(sa.Text, "detail"),
        *_columns(sa.String, "previous", "hash"),
    )


def _columns(kind: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=False) for name in names]
