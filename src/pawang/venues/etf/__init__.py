"""ETF net flows over HTTP, each source in its own file, all off unless configured (signals.md 2.1).

Layout: `coinglass` and `sosovalue` (with a key), `farside` (a table in a page) · `days` (what they
share: which rows are believed, and that a figure read again is no news) · `sources` (their names,
and the provider that asks one of them).
"""

from pawang.venues.etf.sources import SOURCES, Source, etf_flows

__all__ = ["SOURCES", "Source", "etf_flows"]
