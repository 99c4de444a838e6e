"""ETF net flows as they were known: append-only, one row a figure and its stamp."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NAMES = ("asset", "trade_date", "source", "ts_asof")


def upgrade() -> None:
    """Make the table; nobody may change a row or take it back."""
    op.create_table(
        "etf_flow",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("asset", sa.String, nullable=False),
        sa.Column("trade_date", sa.String, nullable=False),
        sa.Column("flow_usd", sa.Float, nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("funds_reported", "funds_total")
        ),
        sa.Column("ts_asof", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("by_day", "etf_flow", list(NAMES))
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER etf_flow_no_{verb.lower()} BEFORE {verb} ON etf_flow "
            "BEGIN SELECT RAISE(ABORT, 'ETF flows are append-only'); END"
        )
