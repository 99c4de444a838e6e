"""Seeded clock, sandbox cores and the whole desk: hours of the pure product in seconds.

Layout: `loop` (virtual time, true kill), `world` (the simulated services around a desk),
`invariants` (what must hold whatever happens), `run` (one seed, from start to verdict).
"""

from pawang.simulate.run import SimulateOptions, simulate

__all__ = ["SimulateOptions", "simulate"]
