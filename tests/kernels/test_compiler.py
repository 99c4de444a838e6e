"""What the compiler is let go of is not missed."""

import subprocess
import sys

import pytest

STORY = """
import numpy as np
from pathlib import Path
from pawang.kernels import ladder
from pawang.kernels.compiler import let_go

def code_mb():
    status = Path("/proc/self/status").read_text()
    return int(status.split("RssFile:")[1].split()[0]) / 1024

before, told = code_mb(), let_go()
after = code_mb()
import numba
made = numba.njit("i8(i8)")(lambda number: number + 1)  # it is there again when it is wanted
print(told > 0, before - after > 20, made(41), ladder.__name__)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it is Linux that is asked")
def test_the_code_of_llvm_leaves_memory_and_comes_back_when_something_is_compiled():
    told = subprocess.run(
        [sys.executable, "-c", STORY], capture_output=True, text=True, check=False
    )
    assert told.stdout.split() == ["True", "True", "42", "pawang.kernels.ladder"], told.stderr
