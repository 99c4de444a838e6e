"""The OKX client against the simulated OKX: random fault scripts on virtual time and lines.

Layout: `market` (a small one), `script` (what goes wrong, by seed), `books` (the law over a
rebuilt book), `run` (one seed, from start to verdict).
"""

from pawang.simulate.okx.run import Parts, chaos
from pawang.simulate.okx.streams import StreamParts
from pawang.simulate.okx.trading import TradeParts
from pawang.simulate.okx.verdict import ChaosOptions, Verdict

__all__ = ["ChaosOptions", "Parts", "StreamParts", "TradeParts", "Verdict", "chaos"]
