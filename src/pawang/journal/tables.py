"""The ledger's tables. Every change here is a migration; a test holds the two together."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData()

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("ts_event", BigInteger, nullable=False),
    Column("ts_recv", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("ref_id", String, nullable=False, index=True),
    Column("cause", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),  # the whole Event in JSON, a slot without view
    Column("codec", Integer, nullable=False),
    Index("by_kind", "kind", "ts_event"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("ref_id", String, primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("kind", String, nullable=False),
    Column("coin", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("rule", String, nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("view", LargeBinary, nullable=False),  # zlib'd JSON of the MarketView
    Column("view_hash", String, nullable=False),  # SHA-256 of exactly those bytes
    Column("params_hash", String, nullable=False),
    Column("account", LargeBinary, nullable=False),  # JSON, empty where nothing was sized
    Column("decision", LargeBinary, nullable=False),
    Column("decision_hash", String, nullable=False),
)

params = Table(
    "params",
    metadata,
    Column("hash", String, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("row_id", Integer, primary_key=True, autoincrement=True),
    Column("seq", Integer, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("ref_id", String, nullable=False),
    Column("kind", String, nullable=False),  # "send" | "edit"
    Column("category", String, nullable=False),
    Column("lane", Integer, nullable=False),
    Column("critical", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("tokens", Text, nullable=False),
    Column("message_id", BigInteger),
    Column("ts_created", BigInteger, nullable=False),
    Column("ts_acked", BigInteger),
    Column("ts_expiry", BigInteger),
    # One ref is sent at most once per chat (S7, I7).
    Index("one_send", "chat_id", "ref_id", unique=True, sqlite_where=text("kind = 'send'")),
    Index("by_state", "state", "lane", "row_id"),
    Index("by_message", "chat_id", "ref_id"),
    Index("by_creation", "ts_created"),
    sqlite_autoincrement=True,  # a row_id is never used twice
)

buttons = Table(
    "buttons",
    metadata,
    Column("token", String, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("ref_id", String, nullable=False),
    Column("action", String, nullable=False),
    Column("argument", String, nullable=False),
    Column("ts_expiry", BigInteger, nullable=False),
)

updates = Table("updates", metadata, Column("update_id", BigInteger, primary_key=True))

# A fill id is unique per venue and instrument (C09); an order is of one of each.
fills = Table(
    "fills",
    metadata,
    Column("client_order_id", String, primary_key=True),
    Column("fill_id", String, primary_key=True),
)

intents = Table(
    "intents",
    metadata,
    Column("client_order_id", String, primary_key=True),
    Column("ref_id", String, nullable=False, index=True),
    Column("book", String, nullable=False),
    Column("state", String, nullable=False),
    Column("body", LargeBinary, nullable=False),  # the Order as it was placed
    Column("ts", BigInteger, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("ref_id", String, primary_key=True),
    Column("book", String, primary_key=True),
    Column("coin", String, nullable=False),
    Column("side", String, nullable=False),
    Column("label", String, nullable=False),
    Column("filled", Boolean, nullable=False),
    Column("tp1", Boolean, nullable=False),
    Column("tp2", Boolean, nullable=False),
    Column("sl", Boolean, nullable=False),
    Column("ts_resolved", BigInteger, nullable=False),
    Column("contracts", String, nullable=False),  # money as text: Decimal, exactly
    Column("gross_usd", String, nullable=False),
    Column("fees_usd", String, nullable=False),
    Column("funding_usd", String, nullable=False),
    Column("net_usd", String, nullable=False),
    Column("net_r", Float, nullable=False),
    Index("by_resolved", "ts_resolved"),
)

# Money as double entry: the rows of one booking sum to zero (I8); append-only.
postings = Table(
    "postings",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("seq", Integer, nullable=False, index=True),  # of the event that moved the money
    Column("ref_id", String, nullable=False, index=True),
    Column("book", String, nullable=False),
    Column("coin", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("cause", String, nullable=False),
    Column("account", String, nullable=False),
    Column("amount_usd", String, nullable=False),  # Decimal, exactly
    sqlite_autoincrement=True,
)

# What a plan of the ghost made under its other models (row O1); the base is its outcome.
brackets = Table(
    "brackets",
    metadata,
    Column("ref_id", String, primary_key=True),
    Column("book", String, primary_key=True),
    Column("model", String, primary_key=True),
    Column("contracts", String, nullable=False),
    Column("net_usd", String, nullable=False),
    Column("net_r", Float, nullable=False),
    Column("legs_hit", String, nullable=False),  # "tp1 sl"
    Column("certain", Boolean, nullable=False),
    Column("ts", BigInteger, nullable=False),
)

feedback = Table(
    "feedback",
    metadata,
    Column("ref_id", String, primary_key=True),
    Column("user_id", BigInteger, primary_key=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("rating", Integer, nullable=False),
    Column("ts_clicked", BigInteger, nullable=False),
    Column("latency_s", Float),
    Column("resolved", Boolean, nullable=False),
    Column("side", String, nullable=False),
    Column("confidence", Integer),
    Index("by_click", "ts_clicked"),
)

# A bias in numbers: its label is a later row of the same coin (signals.md 4.2).
forecasts = Table(
    "forecasts",
    metadata,
    Column("ref_id", String, primary_key=True),
    Column("coin", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("side", String, nullable=False),
    Column("score", Float, nullable=False),
    Column("raw", Float, nullable=False),
    Column("told", Float, nullable=False),
    Column("mid", Float),
    Column("clean", Boolean, nullable=False),
    Column("whale", Float),
    Index("by_slot", "ts", "coin"),
)

# A plan that might have been, one for every sniper slot; from `label` on it is NULL until its time
# is over (signals.md 7.5). What it refused is `code`, "plan" where no gate did.
hypotheses = Table(
    "hypotheses",
    metadata,
    Column("ref_id", String, primary_key=True),
    Column("coin", String, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("code", String, nullable=False),
    Column("sent", Boolean, nullable=False),
    Column("standard", Boolean, nullable=False),
    Column("side", String, nullable=False),
    Column("entry", Float, nullable=False),
    Column("stop", Float, nullable=False),
    Column("tp1_price", Float, nullable=False),
    Column("tp2_price", Float, nullable=False),
    Column("tick", Float, nullable=False),
    Column("stop_pct", Float, nullable=False),
    Column("tp1_pct", Float, nullable=False),
    Column("tp2_pct", Float, nullable=False),
    Column("share_tp1", Float, nullable=False),
    Column("cost_win_pct", Float, nullable=False),
    Column("cost_loss_pct", Float, nullable=False),
    Column("p0_tp1", Float, nullable=False),
    Column("p0_tp2", Float, nullable=False),
    Column("p0_source", String, nullable=False),
    Column("ts_expiry", BigInteger, nullable=False),
    Column("time_stop_ns", BigInteger, nullable=False),
    Column("label", String),
    Column("filled", Boolean),
    Column("tp1", Boolean),
    Column("tp2", Boolean),
    Column("net_r", Float),
    Column("ts_filled", BigInteger),
    Column("ts_ended", BigInteger),
    Index("by_supposed", "ts", "coin"),
    Index("by_open", "ts", sqlite_where=text("label IS NULL")),
)

# Every configuration that was ever scored; append-only, as the audit is (signals.md 7.5).
trials = Table(
    "trials",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("params_hash", String, nullable=False),
    Column("what", Text, nullable=False),
    Column("ts", BigInteger, nullable=False),
    Column("ts_from", BigInteger, nullable=False),
    Column("ts_to", BigInteger, nullable=False),
    Column("trades", Integer, nullable=False),
    Column("sharpe", Float, nullable=False),
    Column("skew", Float, nullable=False),
    Column("kurt", Float, nullable=False),
    sqlite_autoincrement=True,
)

# What was known of a US trading day's ETF flow, and since when; append-only (signals.md 2.2).
etf_flow = Table(
    "etf_flow",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("asset", String, nullable=False),
    Column("trade_date", String, nullable=False),
    Column("flow_usd", Float, nullable=False),
    Column("funds_reported", Integer, nullable=False),
    Column("funds_total", Integer, nullable=False),
    Column("ts_asof", BigInteger, nullable=False),
    Column("source", String, nullable=False),
    Index("by_day", "asset", "trade_date", "source", "ts_asof"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("ts", BigInteger, nullable=False),
    Column("actor", BigInteger, nullable=False),
    Column("action", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String, nullable=False),
    Column("hash", String, nullable=False),
)

desk = Table(
    "desk",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
