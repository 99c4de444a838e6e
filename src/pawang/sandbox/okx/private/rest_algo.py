"""The signed endpoints of algo orders (okx-v5.md 8.5)."""

from collections.abc import Callable
from typing import Any

from pawang.sandbox.okx.private.rest_account import Call

READ: dict[str, Callable[[Call], Any]] = {}
WRITE: dict[str, Callable[[Call], Any]] = {}
