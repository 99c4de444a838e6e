"""A seeded market that looks like one, and gives a desk of signals.md 4 and 7 something to do.

Layout, in the order a step walks: `market` (the common factor, volatility's weather, all coins) ·
`pit` (one coin's step) · who trades: `crowd`, `whales`, `positions` (liquidations) · who rests:
`makers`, `walls`, on a `ladder` a side · what follows: `basis` (premium, mark, funding) ·
`past` (30 days drawn at once) and `series` (past and present, as asked for) · `nature` (every
coin's knobs), `chance` (draws in blocks).

All chance comes from the seed; nothing here knows the wall clock.

What is still simple: the index is the mid less a premium, not a market of its own; open interest
changes by itself, not print by print; no order is hidden, and nobody's own orders are in the book.
"""

from pawang.sandbox.seeded.market import START_MS, SeededMarket

__all__ = ["START_MS", "SeededMarket"]
