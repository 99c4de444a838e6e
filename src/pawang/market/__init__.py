"""Folds trades, books, candles and flows into state; freezes a MarketView on request.

Layout, in the order a record walks: `market` (routes it, stops at edges) and `coin` (one coin's
state) · prints: `band` (absurd prices), `parents` (sweeps), `flow` (windows, CVD), `edges`
(watched lines) · the book: `book`, `grid` and `walls`, `collapse` (guarded walls) · the map:
`liquidation` (formula), `magnets`, `minute` and `history` (its steps), `heatmap` (the two
joined), `crossings` (what it foretold and what came) ·
slow things: `candles`, `threshold` (theta, correlation), `open_interest`, `sentiment`, `robust`,
`business_days` and `etf` · luck: `minute_bars` (a week of them), `luck` and `null_table` (what no
skill makes of a plan), `plays` (plans that nobody made) · out: `freeze` (the view), `warming`,
`watching` (what a sent plan hears of).
"""

from pawang.market.edges import Edge, Folded
from pawang.market.etf import known_at
from pawang.market.liquidation import liquidation_price
from pawang.market.market import Market
from pawang.market.params import MarketParams
from pawang.market.parents import Parent, ParentAggregator

__all__ = [
    "Edge",
    "Folded",
    "Market",
    "MarketParams",
    "Parent",
    "ParentAggregator",
    "known_at",
    "liquidation_price",
]
