"""A client's socket as the venue's timers see it, and what fault scripts do to sockets at once."""

from collections.abc import Callable
from dataclasses import dataclass

from pawang.sandbox.faults import Fault
from pawang.sandbox.okx import spoiling
from pawang.sandbox.okx.hub import Listener
from pawang.sandbox.wire import Socket, frame

SECOND = 1_000_000_000
SILENCE_S = 30  # nothing either way for so long: closed 4004 (okx-v5.md 9)
NOTICE_S = 60  # from notice 64008 to the close


@dataclass(eq=False, slots=True)
class Client:
    """A listener with its socket and what the timers need to know."""

    listener: Listener
    socket: Socket
    ts_flow: int  # wall ns: when anything last went either way
    ts_stuck: int | None = None
    ts_close: int | None = None  # after a notice
    resting_until: int | None = None  # a half-open fault


def _cut(client: Client, _: Fault, wall: int) -> None:
    client.socket.abort()


def _cut_mid_frame(client: Client, _: Fault, wall: int) -> None:
    client.socket.write(frame(b"{" * 1_000)[:500])
    client.socket.abort()


def _half_open(client: Client, fault: Fault, wall: int) -> None:
    client.resting_until = wall + int((fault.seconds or SILENCE_S) * SECOND)
    client.socket.rest()


def _close(client: Client, fault: Fault, wall: int) -> None:
    client.socket.close(fault.status or 4006, "Abnormal disconnection")


def _notice(client: Client, fault: Fault, wall: int) -> None:
    client.listener.say(client.listener.connection.notice())
    client.ts_close = wall + int((fault.seconds or NOTICE_S) * SECOND)


def _huge(client: Client, fault: Fault, wall: int) -> None:
    client.socket.write(frame(spoiling.huge(fault.count)))


def _garbage(client: Client, fault: Fault, wall: int) -> None:
    texts = (fault.body.encode(),) if fault.body else spoiling.GARBAGE
    client.socket.write(b"".join(frame(text) for text in texts))


STRIKES: dict[str, Callable[[Client, Fault, int], None]] = {
    "cut": _cut,
    "mid_frame": _cut_mid_frame,
    "half_open": _half_open,
    "close": _close,
    "notice": _notice,
    "huge": _huge,
    "garbage": _garbage,
}
"""By kind of fault; the wall time comes with it."""
