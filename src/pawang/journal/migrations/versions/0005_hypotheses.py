"""Hypothetical plans: what every sniper slot would have done."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

TEXTS = ("coin", "code", "side", "p0_source")
FLAGS = ("sent", "standard")
TIMES = ("ts", "ts_expiry", "time_stop_ns")
NUMBERS = (
    "entry", "stop", "tp1_price", "tp2_price", "tick", "stop_pct", "tp1_pct", "tp2_pct",
    "share_tp1", "cost_win_pct", "cost_loss_pct", "p0_tp1", "p0_tp2",
)  # fmt: skip


def upgrade() -> None:
    """Make the table; slots of an older desk stay without one, nothing is supposed afterwards."""
    op.create_table(
        "hypotheses",
        sa.Column("ref_id", sa.String, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in TEXTS),
        *(sa.Column(name, sa.Boolean, nullable=False) for name in FLAGS),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in TIMES),
        *(sa.Column(name, sa.Float, nullable=False) for name in NUMBERS),
        sa.Column("label", sa.String),
        *(sa.Column(name, sa.Boolean) for name in ("filled", "tp1", "tp2")),
        sa.Column("net_r", sa.Float),
        *(sa.Column(name, sa.BigInteger) for name in ("ts_filled", "ts_ended")),
    )
    op.create_index("by_supposed", "hypotheses", ["ts", "coin"])
    op.create_index("by_open", "hypotheses", ["ts"], sqlite_where=sa.text("label IS NULL"))
