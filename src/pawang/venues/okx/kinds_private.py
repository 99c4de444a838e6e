"""Which private rows a message holds: the other half of `kinds`, with the same three tables."""

from typing import Any

from pawang.venues.okx import wire_account
from pawang.venues.okx import wire_private as wire

KINDS: dict[str, type[Any]] = {
    "ack": wire.AckRow,
    "close": wire.CloseRow,
    "switch": wire.SwitchRow,
    "order": wire.OrderRow,
    "algo": wire.AlgoRow,
    "fill": wire.FillRow,
    "position": wire_account.PositionRow,
    "position_history": wire_account.PositionHistoryRow,
    "balance": wire_account.BalanceRow,
    "balance_position": wire_account.BalancePositionRow,
    "bill": wire_account.BillRow,
    "config": wire_account.ConfigRow,
    "fee": wire_account.FeeRow,
    "leverage": wire_account.LeverageRow,
    "position_mode": wire_account.PositionModeRow,
    "max_size": wire_account.MaxSizeRow,
    "rate_limit": wire_account.RateLimitRow,
    "precheck": wire_account.PrecheckRow,
    "liquidation_warning": wire_account.LiquidationWarningRow,
}

CHANNELS = {
    "orders": "order",
    "orders-algo": "algo",
    "algo-advance": "algo",
    "account": "balance",
    "positions": "position",
    "balance_and_position": "balance_position",
    "fills": "fill",
    "liquidation-warning": "liquidation_warning",
}

QUESTIONS = {
    "account/balance": "balance",
    "account/bills": "bill",
    "account/bills-archive": "bill",
    "account/config": "config",
    "account/leverage-info": "leverage",
    "account/max-size": "max_size",
    "account/positions": "position",
    "account/positions-history": "position_history",
    "account/trade-fee": "fee",
    "trade/account-rate-limit": "rate_limit",
    "trade/fills": "fill",
    "trade/fills-history": "fill",
    "trade/order": "order",
    "trade/order-algo": "algo",
    "trade/orders-algo-history": "algo",
    "trade/orders-algo-pending": "algo",
    "trade/orders-history": "order",
    "trade/orders-history-archive": "order",
    "trade/orders-pending": "order",
}
"""What a GET is answered with."""

REQUESTS = {
    "account/set-leverage": "leverage",
    "account/set-position-mode": "position_mode",
    "trade/cancel-all-after": "switch",
    "trade/close-position": "close",
    "trade/order-precheck": "precheck",
    **dict.fromkeys(
        (
            *("trade/order", "trade/batch-orders", "trade/order-algo"),
            *("trade/cancel-order", "trade/cancel-batch-orders", "trade/cancel-algos"),
            *("trade/amend-order", "trade/amend-batch-orders", "trade/amend-algos"),
        ),
        "ack",
    ),
}
"""What a POST is answered with."""

OWN_FIELDS = (
    ("sCode", "ack"),
    ("balData", "balance_position"),
    ("totalEq", "balance"),
    ("billId", "bill"),  # after it: a fill has one too, and no balChg
    ("adjEqChg", "precheck"),
    ("acctLv", "config"),
    ("accRateLimit", "rate_limit"),
    ("maxBuy", "max_size"),
    ("openAvgPx", "position_history"),
    ("posId", "position"),
    ("actualSz", "algo"),
    ("accFillSz", "order"),
    ("execType", "fill"),
    ("taker", "fee"),
    ("lever", "leverage"),
    ("posMode", "position_mode"),
    ("triggerTime", "switch"),
)
"""A field that only one kind has, asked in this order."""


def by_path(tail: str, method: str) -> str | None:
    """`tail` without "/api/v5". One path may be asked and sent to: trade/order is both."""
    return (REQUESTS if method == "POST" else QUESTIONS).get(tail)


def by_shape(first: dict[str, Any]) -> str | None:
    """The kind of a row whose endpoint nobody told us."""
    if "billId" in first and "balChg" not in first:
        return "fill"
    if set(first) == {"clOrdId", "instId", "posSide", "tag"}:
        return "close"
    return next((kind for name, kind in OWN_FIELDS if name in first), None)
