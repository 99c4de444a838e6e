"""Hostile bytes for everything that reads bytes from or for OKX (rows A16-A18).

    python -m pawang.simulate.fuzz --inputs 1000000 --seed 7

Layout: `corpus` (honest messages to start from), `mutate` (what is done to them), `targets` (who
has to read them, and what may not happen then), `run` (the loop, the times, the memory).
"""

from pawang.simulate.fuzz.run import FuzzOptions, FuzzReport, fuzz

__all__ = ["FuzzOptions", "FuzzReport", "fuzz"]
