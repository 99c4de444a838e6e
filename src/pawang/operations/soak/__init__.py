"""Every fault of the list once over real sockets, with a stopwatch: `make soak`.

The simulated OKX runs as a process of its own; our client meets it over loopback, one row of
reliability.md after the other, each on a fresh connection, and each has to be whole again within
its bound in real seconds. The bounds are the rows' own. It takes some six minutes, most of them
waiting for what the rows allow to be slow (a half-open line, a refused subscription).

    python -m pawang.operations.soak --json --only A04,A12

Layout: `timing` (a row, and waiting with a bound), `ground` (a feed and what stands behind it),
`market` and `orders` (the rows), `running` (all of them, and the verb).
"""
