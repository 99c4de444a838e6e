"""The doors to markets.

Layout: `okx` (the public stream and REST), `ghost` (the fill model), `filedrop` (ETF flow and Fear
& Greed from files, the offline default), `etf` and `sentiment` (the same over HTTP), which share
`provider` (asked now and then, cached, behind a breaker) and `http` (one call with limits).
"""
