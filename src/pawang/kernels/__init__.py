"""The hot folds as numba kernels over NumPy arrays: one source for live, backtest and simulation.

Layout: `compiled` (how a kernel is compiled, and where its machine code is kept) · `ladder` (an
order book's side: search, insert, delete, depth). The shapes of one venue's text are read beside
its strict parser (`venues/okx/quick.py`).

A kernel allocates nothing, raises nothing and knows no Python object; what it cannot do it says
by its return value. With `NUMBA_DISABLE_JIT=1` all of them run as plain Python, about 60 times
slower, with equal results.
"""
