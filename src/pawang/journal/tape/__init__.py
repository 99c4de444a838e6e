"""The tape: market data as the desk folded it, kept for days in files that anybody can open.

Layout: `disk` is the tape of a desk, `memory` that of a simulation, equal under one conformance
suite; `recorder` stands beside the engine; `reader` reads back for backtests and stream replay.
Behind `disk`: `writer` (its thread's work), `frames` (the open segment's journal), `seal` (journal
to Parquet), `shelf` (which files there are, and which go), `reading`. What the files hold:
`tables`, with `books`, `tiers`, `columns`, `placed`. Knobs: `params`.
"""

from pawang.journal.tape.disk import DiskTape
from pawang.journal.tape.memory import MemoryTape
from pawang.journal.tape.params import TapeParams
from pawang.journal.tape.reader import TapeReader, records
from pawang.journal.tape.recorder import Recorder
from pawang.journal.tape.writer import TapeState

__all__ = [
    "DiskTape",
    "MemoryTape",
    "Recorder",
    "TapeParams",
    "TapeReader",
    "TapeState",
    "records",
]
