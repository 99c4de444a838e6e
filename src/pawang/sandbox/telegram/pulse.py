"""Wakes everybody who waits for the next change: long polls, pages, the webhook."""

import asyncio


class Pulse:
    """One beat wakes all who wait at that moment; look again after each beat.

    Nothing is lost between looking and waiting, because no other task runs in between.
    """

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def beat(self) -> None:
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, timeout_s: float | None = None) -> bool:
        """True after a beat, False when the time was up first (wall time)."""
        try:
            await asyncio.wait_for(self._next.wait(), timeout_s)
        except TimeoutError:
            return False
        return True
