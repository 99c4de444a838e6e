"""The worker that draws: matplotlib takes 160 ms a picture, the loop has none to spare."""

import asyncio
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from pawang.model.chat import Picture
from pawang.pictures.drawing import draw

DEADLINE_S = 4.0  # B15: the words are out within 5 s, with the picture or without


class Studio:
    """One process, started at the first picture and closed with the desk."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._pool: ProcessPoolExecutor | None = None

    async def draw(self, picture: Picture) -> bytes:
        """PNG bytes; raises TimeoutError, or what drawing raised."""
        if self._pool is None:
            # Spawned, not forked: a fork would take the loop's sockets along.
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, mp_context=spawn, initializer=_deaf)
        drawing = asyncio.get_running_loop().run_in_executor(self._pool, draw, picture)
        try:
            async with asyncio.timeout(self._deadline_s):
                return await drawing
        except (TimeoutError, BrokenProcessPool):
            # A worker that hangs or is dead would fail every later picture too.
            self._dismiss()
            raise

    def close(self) -> None:
        self._dismiss()

    def _dismiss(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        workers = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.kill()  # it holds nothing: no file, no socket, no state


def _deaf() -> None:
    """Ctrl-C is for the desk, which closes us; a second traceback would only frighten."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
