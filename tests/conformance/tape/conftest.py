"""Every tape, through the same suite."""

import importlib.util
import sys
from pathlib import Path

import pytest

from pawang.journal.tape import DiskTape, MemoryTape, TapeParams


def module():
    """The tape tests' records; test folders are no packages here."""
    if "taped" not in sys.modules:
        place = Path(__file__).parents[2] / "journal" / "tape" / "taped.py"
        spec = importlib.util.spec_from_file_location("taped", place)
        sys.modules["taped"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["taped"])


module()


@pytest.fixture(params=["disk", "memory"])
def tape(request, tmp_path):
    if request.param == "disk":
        made = DiskTape(tmp_path / "tape", TapeParams(keep_free_gb=0.0))
    else:
        made = MemoryTape()
    yield made
    made.close()
