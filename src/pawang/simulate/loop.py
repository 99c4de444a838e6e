"""A loop where time is passed by waiting, order is seeded, and a kill is a kill.

An own event loop with virtual time and seeded order, and a true kill: the callbacks of a dead
node never run, no `finally`, no `except` (reliability.md 2.3). Time is passed by `select`, so
nothing here polls. The world (sandbox market, sandbox Telegram) lives in node 0 and outlives the
desk, as a real venue would.
"""

import asyncio
import contextvars
import heapq
import random
import selectors
from collections.abc import Callable
from typing import Any

from pawang.model.errors import PawangError
from pawang.simulate.net import Factory, Network, VirtualServer

NODE: contextvars.ContextVar[int] = contextvars.ContextVar("NODE", default=0)
"""Which process of the simulated world a callback belongs to; 0 is the world itself."""


class Deadlock(PawangError):
    """Nothing is left to do and nothing is due: a bug in what was simulated."""


class _NoFiles(selectors.BaseSelector):
    """A selector without files: waiting is where time passes."""

    def __init__(self) -> None:
        self.loop: VirtualLoop | None = None
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = selectors.SelectorKey(fileobj, 0, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Any:
        return self._keys

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Deadlock("every task waits and no timer is set")
        assert self.loop is not None
        self.loop.elapsed += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio on virtual time. `shuffle` explores more orders than CPython's FIFO gives."""

    def __init__(self, seed: int, shuffle: bool = False) -> None:
        selector = _NoFiles()
        super().__init__(selector)
        selector.loop = self
        self.elapsed = 0.0
        self.dead: set[int] = set()
        self.net: Network | None = None  # what sockets are made of here; none, no sockets
        self._tasks: list[asyncio.Task[Any]] = []
        self._rng = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self._shuffles = shuffle

    def time(self) -> float:
        # Called by the base class's constructor too, before ours has run.
        return getattr(self, "elapsed", 0.0)

    def _run_once(self) -> None:
        ready = self._ready  # type: ignore[attr-defined]
        if self.dead:
            living = [handle for handle in ready if self._lives(handle)]
            ready.clear()
            ready.extend(living)
            timers = self._scheduled  # type: ignore[has-type]
            if any(not self._lives(timer) for timer in timers):
                self._scheduled = [timer for timer in timers if self._lives(timer)]
                heapq.heapify(self._scheduled)
        if self._shuffles and len(ready) > 1:
            mixed = list(ready)
            self._rng.shuffle(mixed)
            ready.clear()
            ready.extend(mixed)
        super()._run_once()  # type: ignore[misc]

    def _lives(self, handle: Any) -> bool:
        return handle._context.get(NODE, 0) not in self.dead

    def kill(self, node: int) -> None:
        """kill -9: from this instant no callback of the node runs, not even its clean-up."""
        assert node != 0, "the world does not die"
        self.dead.add(node)

    def create_task(self, coro: Any, **options: Any) -> "asyncio.Task[Any]":
        task: asyncio.Task[Any] = super().create_task(coro, **options)
        # Held for ever: collecting a dead node's coroutine would run its `finally`.
        self._tasks.append(task)
        return task

    async def create_connection(  # type: ignore[override]
        self, protocol_factory: Factory, host: Any = None, port: int = 0, **_: Any
    ) -> Any:
        if self.net is None:
            raise PawangError("no network was laid in this virtual time")
        return await self.net.connect(protocol_factory, port)

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Factory, host: Any = None, port: int = 0, **_: Any
    ) -> VirtualServer:
        if self.net is None:
            raise PawangError("no network was laid in this virtual time")
        return self.net.listen(protocol_factory, port)

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        raise PawangError("threads have no place in virtual time; inject an inline executor")


def run_node(loop: asyncio.AbstractEventLoop, node: int, work: Any) -> "asyncio.Task[Any]":
    """Start a coroutine as a process of its own: everything it spawns belongs to `node`."""
    context = contextvars.copy_context()
    context.run(NODE.set, node)
    return loop.create_task(work, name=f"node-{node}", context=context)
