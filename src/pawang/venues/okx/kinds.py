"""Which kind of row a message holds: by its channel, by its endpoint, or by the row's own shape.

Public kinds stand here, private ones in `kinds_private`. What is private and not read is known by
name so that it is refused as what it is, and not as a stranger.
"""

from typing import Any

from pawang.venues.okx import kinds_private, wire

KINDS: dict[str, type[Any]] = {
    "instrument": wire.InstrumentRow,
    "tier": wire.TierRow,
    "price_limit": wire.PriceLimitRow,
    "book": wire.BookRow,
    "bbo": wire.BboRow,
    "trade": wire.TradeRow,
    "ticker": wire.TickerRow,
    "liquidation": wire.LiquidationRow,
    "mark": wire.MarkRow,
    "index": wire.IndexRow,
    "funding": wire.FundingRow,
    "open_interest": wire.OpenInterestRow,
    "candle": wire.CandleRow,
    "mark_candle": wire.MarkCandleRow,
    "ratio": wire.RatioRow,
    "taker_volume": wire.TakerVolumeRow,
    "interest_volume": wire.InterestVolumeRow,
    "interest_history": wire.InterestHistoryRow,
    "support_coin": wire.SupportCoinRow,
    "time": wire.TimeRow,
    "status": wire.StatusRow,
    **kinds_private.KINDS,
}

PRIVATE = "private"

CHANNELS = {
    "instruments": "instrument",
    "books": "book",
    "books5": "book",
    "books-l2-tbt": "book",
    "books50-l2-tbt": "book",
    "books-elp": "book",
    "books-rpi": "book",
    "bbo-tbt": "bbo",
    "trades": "trade",
    "trades-all": "trade",
    "tickers": "ticker",
    "mark-price": "mark",
    "index-tickers": "index",
    "funding-rate": "funding",
    "open-interest": "open_interest",
    "liquidation-orders": "liquidation",
    "price-limit": "price_limit",
    "status": "status",
    **kinds_private.CHANNELS,
    "account-greeks": PRIVATE,
    "deposit-info": PRIVATE,
    "withdrawal-info": PRIVATE,
}

INCREMENTAL = ("books", "books-l2-tbt", "books50-l2-tbt", "books-elp", "books-rpi")
"""Channels whose pushes say `action`: a snapshot, then updates."""

PATHS = {
    "public/instruments": "instrument",
    "public/position-tiers": "tier",
    "public/price-limit": "price_limit",
    "public/mark-price": "mark",
    "public/funding-rate": "funding",
    "public/funding-rate-history": "funding",
    "public/open-interest": "open_interest",
    "public/time": "time",
    "market/books": "book",
    "market/books-full": "book",
    "market/books-rpi": "book",
    "market/trades": "trade",
    "market/history-trades": "trade",
    "market/ticker": "ticker",
    "market/tickers": "ticker",
    "market/index-tickers": "index",
    "market/candles": "candle",
    "market/history-candles": "candle",
    "market/mark-price-candles": "mark_candle",
    "market/history-mark-price-candles": "mark_candle",
    "market/index-candles": "mark_candle",
    "market/history-index-candles": "mark_candle",
    "rubik/stat/taker-volume": "taker_volume",
    "rubik/stat/taker-volume-contract": "taker_volume",
    "rubik/stat/contracts/long-short-account-ratio": "ratio",
    "rubik/stat/contracts/long-short-account-ratio-contract": "ratio",
    "rubik/stat/contracts/long-short-account-ratio-contract-top-trader": "ratio",
    "rubik/stat/contracts/long-short-position-ratio-contract-top-trader": "ratio",
    "rubik/stat/margin/loan-ratio": "ratio",
    "rubik/stat/contracts/open-interest-volume": "interest_volume",
    "rubik/stat/contracts/open-interest-history": "interest_history",
    "rubik/stat/trading-data/support-coin": "support_coin",
    "system/status": "status",
}

OWN_FIELDS = (
    ("tickSz", "instrument"),
    ("bids", "book"),
    ("maxLever", "tier"),
    ("tradeId", "trade"),
    ("markPx", "mark"),
    ("idxPx", "index"),
    ("vol24h", "ticker"),
    ("fundingRate", "funding"),
    ("oiCcy", "open_interest"),
    ("details", "liquidation"),
    ("buyLmt", "price_limit"),
    ("serviceType", "status"),
)
"""A field that only one public kind has, asked in this order."""

PRIVATE_FIELDS = (
    *("ordId", "algoId", "billId", "posId", "sCode", "subCode", "triggerTime"),
    *("totalEq", "adjEq", "availBal", "cashBal", "balData", "availPos", "notionalUsd"),
    *("acctLv", "posMode", "mgnMode", "maxBuy", "feeGroup", "taker", "accRateLimit", "clOrdId"),
)

COLUMNS = {2: "ratio", 4: "interest_history", 6: "mark_candle", 7: "candle", 9: "candle"}
"""Arrays by their width; three columns are taker volume or interest and volume: ask the path."""


def by_channel(channel: str) -> str | None:
    """The kind a WebSocket channel brings; None for a channel we do not know."""
    if channel.startswith("candle"):
        return "candle"
    if channel.startswith(("mark-price-candle", "index-candle")):
        return "mark_candle"
    return CHANNELS.get(channel)


def by_path(path: str, method: str = "GET") -> str | None:
    """The kind a REST endpoint answers with; `path` with or without "/api/v5" and query."""
    tail = path.split("?")[0].removeprefix("/api/v5").strip("/")
    if tail.split("/")[0] in ("account", "trade", "asset", "users", "sprd", "tradingBot"):
        return kinds_private.by_path(tail, method) or PRIVATE
    return PATHS.get(tail)


def by_shape(first: Any) -> str | None:
    """The kind of an answer whose endpoint nobody told us, from its first row."""
    if isinstance(first, list):
        return COLUMNS.get(len(first))
    if not isinstance(first, dict):
        return None
    if any(name in first for name in PRIVATE_FIELDS):
        return kinds_private.by_shape(first) or PRIVATE
    if set(first) == {"ts"}:
        return "time"
    if {"contract", "option", "spot"} <= set(first):
        return "support_coin"
    return next((kind for name, kind in OWN_FIELDS if name in first), None)
