"""The way of every push, public or private, into its listeners' outboxes: where fault scripts wait.

A text is framed once for all who hear it. Without a script nothing is looked at.
"""

from collections.abc import Callable, Iterable

from pawang.sandbox.faults import Fault, FaultScript
from pawang.sandbox.okx import spoiling
from pawang.sandbox.okx.connection import Connection, Key
from pawang.sandbox.wire import frame


class Listener:
    """One connection with the frames that wait for it."""

    __slots__ = ("connection", "outbox", "seen_ms")

    def __init__(self, connection: Connection, now_ms: int) -> None:
        self.connection = connection
        self.outbox: list[bytes] = []
        self.seen_ms = now_ms  # desk time it has worked off

    def say(self, text: str) -> None:
        self.outbox.append(frame(text.encode()))


class Delivery:
    """`wall` tells wall time in ns, for faults that last."""

    def __init__(self, faults: FaultScript, wall: Callable[[], int]) -> None:
        self.faults = faults
        self._wall = wall
        self._held: dict[Key, list[tuple[Listener, bytes]]] = {}  # by a delay

    def send(self, key: Key, text: str, to: Iterable[Listener]) -> None:
        """The way of every push, public or private, where fault scripts wait for it."""
        if self.faults or self._held:
            if self._frozen(key):
                return
            text = self._spoiled(key, text)
            made = frame(text.encode())
            if self._delayed(key):
                self._held.setdefault(key, []).extend((listener, made) for listener in to)
                return
            self._let_go(key)
        else:
            made = frame(text.encode())
        for listener in to:
            listener.outbox.append(made)

    def _spoiled(self, key: Key, text: str) -> str:
        channel, name = key
        now = self._wall()
        priced = channel.startswith(("books", "bbo", "trades"))
        if priced and self.faults.take("price", channel=channel, inst_id=name, now=now):
            text = spoiling.tenfold(text)
        stamp = self.faults.take("stamp", channel=channel, inst_id=name, now=now)
        return spoiling.shifted(text, int(stamp.seconds * 1_000)) if stamp else text

    def _delayed(self, key: Key) -> bool:
        channel, name = key
        return bool(self.faults.take("delay", channel=channel, inst_id=name, now=self._wall()))

    def _let_go(self, key: Key) -> None:
        for listener, made in self._held.pop(key, ()):
            listener.outbox.append(made)

    def release(self) -> None:
        """What a delay has held long enough goes out; asked whenever time may have passed."""
        for key in [key for key in self._held if not self._delayed(key)]:
            self._let_go(key)

    def _frozen(self, key: Key) -> Fault | None:
        return self.faults.take("freeze", channel=key[0], inst_id=key[1], now=self._wall())
