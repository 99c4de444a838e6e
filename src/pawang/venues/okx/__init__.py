"""OKX v5: bytes in, market records out; the desk's orders in, reports out.

Public. Pure: `fields` (what one value may be), `wire` (the rows), `kinds` (which rows a message
holds), `parse` (bytes to rows and refusals), `translate` (rows to records), `sequence` (the law of
a book), `subscriptions`, `connection` and `stream` (WebSockets without I/O). Doors: `feed` (the
stream), `sockets`, `rest` (one call), `public` (questions to it), `backfill` (the past).

Private. Pure: `codes` (what follows from each), `signing`, `server_clock`, `limits`, `answers`
(what one means), `wire_private`, `wire_account`, `kinds_private`, `requests` and `algo_requests`
(what we ask), `ids`, `wanted`, `agenda`, `ticket` (one order), `exit`, `life` (an order with its
exits), `blotter` (all of them), `private` (one socket), `rights`, `maintenance`. Doors: `trade`
(the calls), `errands`, `private_feed`, `venue` (the port), `account` (all of it, opened).
"""
