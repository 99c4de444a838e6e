"""Stands beside the engine and hands the tape what is folded; tells how the disk is."""

from collections.abc import Awaitable, Callable, Sequence

from pawang.journal.tape.disk import DiskTape
from pawang.model.event import HealthChanged
from pawang.model.tape import BookCheckpoint, Taped

LOOK_S = 1.0
STATES = {"recording": "restored"}


class Recorder:
    """`take` on the desk's loop; `run` tells of changes; `close` seals what is open."""

    def __init__(
        self,
        tape: DiskTape,
        books: Callable[[], Sequence[BookCheckpoint]],
        tell: Callable[[HealthChanged], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]],
        threaded: Callable[[Callable[[], None]], Awaitable[None]],
    ) -> None:
        """`books` are the market's as of now; `threaded` runs what may take seconds."""
        self.tape = tape
        self._books = books
        self._tell = tell
        self._sleep = sleep
        self._threaded = threaded
        self._told = "recording"

    def take(self, batch: Sequence[Taped], now: int) -> None:
        """What was folded just now."""
        self.tape.write(batch, now)
        if self.tape.books_due():
            self.tape.write(self._books(), now)

    async def run(self) -> None:
        while True:
            await self.look()
            await self._sleep(LOOK_S)

    async def look(self) -> None:
        """Tell the desk if the tape's state is another than it was."""
        state, reason = self.tape.state
        if state == self._told:
            return
        self._told = state
        lost = f"{self.tape.lost} records are not on the tape"
        words = f"{reason}; {lost}" if reason else lost
        health = HealthChanged(provider="tape", state=STATES.get(state, state), reason=words)
        await self._tell(health)

    async def close(self) -> None:
        await self._threaded(self.tape.close)
