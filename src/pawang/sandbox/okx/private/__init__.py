"""The private side of the simulated OKX: accounts, orders, matching, margin, algos, their pushes.

Layout, without I/O: `asked`, `legs`, `attached`, `orders` (what is wished and what becomes of it),
`matching` (price-time priority against the source), `positions`, `margin`, `accounts` (money),
`clearing` (a fill's consequences), `checks` (why an order is refused), `exchange` (the whole),
`algos` and `triggers`, `signing` (who is asking), `rows*` (shapes), `rest_*` (REST), `operations`
(orders over the WebSocket), `sessions` and `pushes` (who hears what).
"""
