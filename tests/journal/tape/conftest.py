import importlib.util
import sys
from pathlib import Path

import pytest


def module():
    """The module beside this file; test folders are no packages here."""
    if "taped" not in sys.modules:
        place = Path(__file__).parent / "taped.py"
        spec = importlib.util.spec_from_file_location("taped", place)
        sys.modules["taped"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["taped"])
    return sys.modules["taped"]


module()


@pytest.fixture
def home(tmp_path):
    return tmp_path


@pytest.fixture
def folder(home):
    return home / "tape"
