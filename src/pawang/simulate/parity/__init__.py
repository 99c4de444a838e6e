"""The same plan twice: by the ghost on the public feed, and by the live path at the simulated OKX.

Neither side knows the other. The ghost sees what the wire publishes of a market in which the plan's
order never was; the live path sends it to a venue that matches it, in the same market of the same
seed. The two share no code: a contract keeps the sandbox apart from the doors.

Layout: `plans` (what is tried, by seed), `worlds` (the two sides of a seed on virtual lines),
`gap` (what the difference says).
"""

from pawang.simulate.parity.gap import Parity, Summary, summarise
from pawang.simulate.parity.worlds import play

__all__ = ["Parity", "Summary", "play", "summarise"]
