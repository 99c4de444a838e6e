"""Decision + account -> Sizing with every factor shown; limits.

Layout: `sizing` (the rule and its factors), `caps` (what may bite), `account` (what a book looks
like before a trade), `limits` (what /risk accepts), `report` (every factor in words).
"""

from pawang.risk.account import account_view, day_loss_hit
from pawang.risk.limits import check_risk
from pawang.risk.report import explain, size_report
from pawang.risk.sizing import (
    SizingParams,
    SizingRequest,
    flow_adj,
    fresh_flow_usd,
    multiplier,
    size,
    vol_adj,
)

__all__ = [
    "SizingParams",
    "SizingRequest",
    "account_view",
    "check_risk",
    "day_loss_hit",
    "explain",
    "flow_adj",
    "fresh_flow_usd",
    "multiplier",
    "size",
    "size_report",
    "vol_adj",
]
