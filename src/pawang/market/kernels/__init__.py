"""The market's fold as kernels: a run of messages of one coin, up to what only Python can decide.

Layout: `layout` (where everything is kept) · `cells` (sums by seconds) · `touch` (best quotes:
order flow, micro-price, mids) · `ranks` (order flow at ten levels) · `prints` (trades: seen
before, sums, sweeps) · `stream` (the run itself). Walls once a second are `market.kernel`'s.
"""
