"""Measures on recordings and on made markets: what one may claim, printed as it is.

Layout: `recordings` (finds and reads the files) · `ofi` (order flow against price) and `blocks`
(its intervals) · `null` (what luck alone does), `on_walks` with `walks` (made markets) and
`on_bars` (recorded ones) · `magnets` (does the map of liquidations know where?), `on_truth` with
`truth` (made markets whose liquidations are known), `on_sums`, `on_levels` and `attraction` (on
what was recorded, with `past`), `painted` (its picture) · `show` and `tables` (what is printed).
"""
