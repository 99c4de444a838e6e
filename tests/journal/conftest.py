import importlib.util
from pathlib import Path

import pytest

from pawang.journal import SqlLedger


@pytest.fixture(scope="session")
def samples():
    """The module beside this file; test folders are no packages here."""
    place = Path(__file__).parent / "samples.py"
    spec = importlib.util.spec_from_file_location("ledger_samples", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite3"


@pytest.fixture
def ledger(path, samples):
    opened = SqlLedger(path, samples.BUTTON_KEY, samples.AUDIT_KEY)
    yield opened
    opened.close()
