"""The trial registry in a home's ledger: every configuration ever scored, good or bad (7.5).

A desk may be at work on that ledger: a trial is one short transaction beside it, and nothing of
what the desk does when it opens its own ledger is done here.
"""

from pathlib import Path

from pawang.journal import SqlLedger, opening, track
from pawang.model.errors import BadInput
from pawang.model.forecast import Trial


def trials(path: Path) -> list[Trial]:
    """All rows so far. BadInput where there is no ledger."""
    if not path.is_file():
        raise BadInput(f"there is no ledger at {path}: --home names a desk's home")
    ledger = SqlLedger.reader(path)
    try:
        return ledger.trials()
    finally:
        ledger.close()


def keep(path: Path, trial: Trial) -> None:
    """One row more."""
    engine = opening.open_file(path)
    try:
        with opening.writing(engine) as connection:
            track.write_trial(connection, trial)
    finally:
        engine.dispose()
