"""A month of a desk in minutes: the real engine, hall, ghost and ledger on a coarse market.

`market` draws what a venue would tell, six books a minute and coin; `people` are a recorder of
messages and those who press; `run` is the month. What is left out is the wire: no JSON of OKX, no
socket, no faults (those are `simulate.run`'s). Nothing of the engine is skipped.
"""

from pawang.simulate.month.run import Month, MonthOptions, simulate_month

__all__ = ["Month", "MonthOptions", "simulate_month"]
