"""Measures on recordings and on made markets: what one may claim, printed as it is.

Layout: `recordings` (finds and reads the files) · `ofi` (order flow against price) and `blocks`
(its intervals) · `walks` and `null` (what luck alone does) · `show` (tables and progress).
"""
