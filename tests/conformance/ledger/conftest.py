"""Both ledgers, each with its own way of coming back after a crash of the desk."""

import importlib.util
from pathlib import Path

import pytest

from pawang.journal import MemoryLedger, SqlLedger


@pytest.fixture(scope="session")
def samples():
    """The ledger tests' records; test folders are no packages here."""
    place = Path(__file__).parents[2] / "journal" / "samples.py"
    spec = importlib.util.spec_from_file_location("ledger_samples", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Desks:
    """Opens the ledger of a desk, again and again; the desk before just disappears."""

    def __init__(self, open_it):
        self._open_it = open_it
        self.opened = []

    def __call__(self):
        self.opened.append(self._open_it(self.opened[-1] if self.opened else None))
        return self.opened[-1]


@pytest.fixture(params=["sql", "memory"])
def desks(request, tmp_path, samples):
    keys = (samples.BUTTON_KEY, samples.AUDIT_KEY)
    if request.param == "sql":
        desks = Desks(lambda before: SqlLedger(tmp_path / "ledger.sqlite3", *keys))
    else:
        desks = Desks(lambda before: before.reopen() if before else MemoryLedger(*keys))
    yield desks
    for ledger in desks.opened:
        ledger.close()


@pytest.fixture
def ledger(desks):
    return desks()
