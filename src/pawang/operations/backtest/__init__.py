"""Measures on recordings and on made markets: what one may claim, printed as it is.

Layout: `recordings` (finds and reads the files) · `ofi` (order flow against price) and `blocks`
(its intervals) · `null` (what luck alone does), `on_walks` with `walks` (made markets) and
`on_bars` (recorded ones) · `show` (tables and progress).
"""
