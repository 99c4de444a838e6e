"""A simulated OKX: REST and WebSocket as okx-v5.md has them, fed by a market source, with accounts
that trade on it.

Layout, without I/O: `codes` and `errors` (its words), `figures` (exact text), `books` (the view of
400 levels), `instrument` and `core` (state), `rows` and `channels` (shapes), `bars` (candles),
`query`, `limits`, `rest_public`, `rest_statistics` and `rest` (requests), `connection` (one
WebSocket), `hub` (who hears what), `pump` (when), `maintenance` and `spoiling` (scripted trouble),
`private` (keys, orders, money). With I/O: `server`, `control` (clock, stats, accounts, faults, the
crowd), `run`.
"""

from pawang.sandbox.okx.private.accounts import AccountParams
from pawang.sandbox.okx.run import OkxOptions, make_source, run_okx
from pawang.sandbox.okx.server import OkxVenue, VenueParams, serve_okx

__all__ = [
    "AccountParams",
    "OkxOptions",
    "OkxVenue",
    "VenueParams",
    "make_source",
    "run_okx",
    "serve_okx",
]
