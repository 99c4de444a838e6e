"""A stopwatch for the soak: what a row is, and waiting for something with a bound."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any


class TookTooLong(Exception):
    """The bound passed. Says what was still missing."""


async def until(what: Callable[[], bool], within_s: float, words: str) -> float:
    """Seconds until it is so. Raises TookTooLong."""
    began = time.monotonic()
    while not what():
        if time.monotonic() - began > within_s:
            raise TookTooLong(words)
        await asyncio.sleep(0.02)
    return time.monotonic() - began


@dataclass(frozen=True)
class Row:
    """`bound_s` is reliability.md's. `test` runs on a whole public feed and returns seconds where
    it timed a part; `alone` needs only the venue's address and returns the seconds it took."""

    name: str
    words: str
    bound_s: float
    test: Callable[[Any, float], Awaitable[float | None]] | None = None
    alone: Callable[[str, float], Awaitable[float]] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a row went."""

    row: str
    words: str
    bound_s: float
    took_s: float
    ok: bool
    problem: str = ""
