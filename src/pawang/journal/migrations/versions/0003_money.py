"""The ledger of money, one row a posting; what the ghost made under its other models."""

import json
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "postings",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("seq", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("ref_id", "book", "coin")),
        sa.Column("ts", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("cause", "account")),
        sa.Column("amount_usd", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_postings_seq", "postings", ["seq"])
    op.create_index("ix_postings_ref_id", "postings", ["ref_id"])
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER postings_no_{verb.lower()} BEFORE {verb} ON postings "
            "BEGIN SELECT RAISE(ABORT, 'the postings are append-only'); END"
        )
    _brackets()
    _open()


def _brackets() -> None:
    op.create_table(
        "brackets",
        *(sa.Column(name, sa.String, primary_key=True) for name in ("ref_id", "book", "model")),
        sa.Column("contracts", sa.String, nullable=False),
        sa.Column("net_usd", sa.String, nullable=False),
        sa.Column("net_r", sa.Float, nullable=False),
        sa.Column("legs_hit", sa.String, nullable=False),
        sa.Column("certain", sa.Boolean, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
    )


def _open() -> None:
    """What a desk earned before its money was booked is part of what it starts with. Positions
    open at this moment are told from their next report on."""
    connection = op.get_bind()
    row = connection.execute(
        sa.text("SELECT d.seq, d.body, e.ts_event FROM desk d JOIN events e ON e.seq = d.seq")
    ).first()
    if row is None:
        return
    insert = sa.text(
        "INSERT INTO postings (seq, ref_id, book, coin, ts, cause, account, amount_usd) "
        "VALUES (:seq, '', :book, '', :ts, 'opening', :account, :usd)"
    )
    for book, usd in json.loads(row.body).get("equity_usd", {}).items():
        for account, amount in (("cash", Decimal(usd)), ("capital", -Decimal(usd))):
            values = {"seq": row.seq, "book": book, "ts": row.ts_event}
            connection.execute(insert, {**values, "account": account, "usd": str(amount)})
