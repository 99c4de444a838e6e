"""The OKX client against the simulated OKX: random fault scripts on virtual time and lines.

Layout: `market` (a small one), `script` (what goes wrong, by seed), `books` (the law over a
rebuilt book), `run` (one seed, from start to verdict).
"""

from pawang.simulate.okx.run import ChaosOptions, Parts, Verdict, chaos

__all__ = ["ChaosOptions", "Parts", "Verdict", "chaos"]
