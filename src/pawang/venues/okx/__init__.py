"""OKX v5, public side: bytes in, market records out.

Pure: `fields` (what one value may be), `wire` (the rows), `kinds` (which rows a message holds),
`parse` (bytes to rows and refusals), `translate` (rows to records), `sequence` (the law of a
book), `subscriptions` and `connection` (one WebSocket without I/O). Doors: `feed` (the stream),
`rest` (one call), `public` (questions to it), `backfill` (the past).
"""
