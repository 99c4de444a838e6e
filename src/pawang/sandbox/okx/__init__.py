"""A simulated OKX, public side: REST and WebSocket as okx-v5.md has them, fed by a market source.

Layout, without I/O: `figures` (exact text), `books` (the 400-level view), `instrument` and `core`
(state), `rows` and `channels` (shapes), `bars` (candles), `query`, `errors`, `limits`,
`rest_public`, `rest_statistics` and `rest` (requests), `connection` (one WebSocket), `hub` (who
hears what), `pump` (when). With I/O: `server`, `control` (clock, stats, faults), `run`.

The private side is not there yet: its endpoints answer 401, its channels "Please log in".
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
