"""The private side of the simulated OKX: accounts, orders, matching, margin, algos, their pushes.

Layout, without I/O:
- what is wished: `asked` (parameters), `legs`, `attached`, `wishes`, `algo_wishes`, `orders`, `algos`;
- what becomes of it: `admission` (why not), `matching` (price-time priority against the source),
  `clearing` (what a fill means), `positions`, `margin`, `triggers`, `risk` (funding, liquidation),
  `timers` (the dead man's switch), and `exchange`, which is all of them;
- who asks and hears: `accounts`, `signing`, `gate` (limits, deadlines), `sessions`, `news`, `reports`;
- the wire: `operations` (orders, REST and WebSocket), `rest*`, `settings`, `pages`, `rows_*`.

What is simple: USDT-margined swaps in cross margin only; no ADL; chase, TWAP and iceberg are
refused (51010). What OKX does not document is said where it is decided: `matching` (queues),
`margin` (frozen margin of orders), `triggers` (attached orders), `risk` (liquidation), `signing`.
"""
