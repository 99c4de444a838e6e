"""Forecasts and trials, and the indexes by which the track record is read."""

import json
import zlib
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

DIRTY = {"market_stale", "book_unknown", "spread_wide"}


def upgrade() -> None:
    """Make both tables; what an older desk has forecast is read out of its decisions."""
    _forecasts()
    _trials()
    op.create_index("by_kind", "events", ["kind", "ts_event"])
    op.create_index("by_resolved", "outcomes", ["ts_resolved"])
    op.create_index("by_click", "feedback", ["ts_clicked"])
    op.create_index("by_creation", "outbox", ["ts_created"])
    _remember()


def _forecasts() -> None:
    op.create_table(
        "forecasts",
        sa.Column("ref_id", sa.String, primary_key=True),
        sa.Column("coin", sa.String, nullable=False),
        sa.Column("ts", sa.BigInteger, nullable=False),
        sa.Column("side", sa.String, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("score", "raw", "told")),
        sa.Column("mid", sa.Float),
        sa.Column("clean", sa.Boolean, nullable=False),
        sa.Column("whale", sa.Float),
    )
    op.create_index("by_slot", "forecasts", ["ts", "coin"])


def _trials() -> None:
    op.create_table(
        "trials",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("params_hash", sa.String, nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("ts", "ts_from", "ts_to")),
        sa.Column("trades", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Float, nullable=False) for name in ("sharpe", "skew", "kurt")),
        sqlite_autoincrement=True,
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER trials_no_{verb.lower()} BEFORE {verb} ON trials "
            "BEGIN SELECT RAISE(ABORT, 'the trials are append-only'); END"
        )


def _remember() -> None:
    """The bytes as they were written then, by their names then: no record of today is asked."""
    connection = op.get_bind()
    refs = sa.text("SELECT ref_id FROM decisions WHERE kind = 'ib' ORDER BY seq")
    kept = sa.text("SELECT ref_id, coin, ts, view, decision FROM decisions WHERE ref_id = :ref")
    insert = sa.text(
        "INSERT INTO forecasts VALUES "
        "(:ref_id, :coin, :ts, :side, :score, :raw, :told, :mid, :clean, :whale)"
    )
    for ref in connection.execute(refs).scalars().all():
        try:
            connection.execute(insert, _forecast(connection.execute(kept, {"ref": ref}).one()))
        except (zlib.error, ValueError, KeyError, TypeError):
            continue  # a damaged decision stays where it is, and `pawang replay` says so


def _forecast(row: Any) -> dict[str, Any]:
    made = json.loads(row.decision)
    signal, book = made["signal"], json.loads(zlib.decompress(row.view))["book"]
    return {
        "ref_id": row.ref_id,
        "coin": row.coin,
        "ts": row.ts,
        "side": signal["side"],
        "score": signal["score"],
        "raw": signal["raw"] / 100,
        "told": made["confidence"]["value"] / 100,
        "mid": None if book is None else book["mid"],
        "clean": not DIRTY.intersection(signal["reasons"]),
        "whale": next((one["x"] for one in signal["evidence"] if one["name"] == "whale"), None),
    }
