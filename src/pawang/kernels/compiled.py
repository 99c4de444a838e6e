"""How a kernel is compiled: once, at import, for one declared signature, kept on disk.

The machine code lies in the virtual environment (or the user's cache, where that is read-only),
in a folder named after a digest of all kernels' sources: numba itself looks only at the file of
the outermost function, and would go on using yesterday's `ladder` inside today's `quick`.
"""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., Any])

PACKAGE = Path(__file__).parents[1]
SOURCES = ("kernels/*.py", "*/kernel.py", "*/kernels/*.py", "venues/*/quick.py")
"""Where kernels are written; a file elsewhere would not be told from its older self."""


def _digest() -> str:
    whole = hashlib.sha256(numba.__version__.encode())
    for pattern in SOURCES:
        for path in sorted(PACKAGE.glob(pattern)):
            whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


FOLDER = Path(sys.prefix) / "var" / "pawang-kernels" / _digest()
setattr(numba.config, "CACHE_DIR", str(FOLDER))  # noqa: B010 - numba makes its settings at import


def kernel(*signatures: str) -> Callable[[F], F]:
    """Compile for these signatures now; loaded from disk where that was done before.

    Without a signature: a part of other kernels, compiled into them.
    """

    def compiled(function: F) -> F:
        # Division by zero is numpy's: no exception can leave a kernel.
        made = numba.njit(list(signatures) or None, cache=bool(signatures), error_model="numpy")
        return cast(F, made(function))

    return compiled
