"""The other end of `okx_ingest`: a venue that only talks, as fast as it is told to.

A process of its own, so that the desk's core is the desk's. It greets by `websockets`' protocol,
acknowledges what is asked for, and when its parent says "go" it sends frames that were packed
before: flat out, or so many a second. Lines on stdin and stdout are JSON.
"""

import asyncio
import json
import re
import ssl
import struct
import sys
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from pawang.operations.bench.peers.serve import frames

BURST = 64  # frames written at once when flat out
TICK_S = 0.001  # at a given rate: what is due is sent this often
_TS = re.compile(rb'"ts":"(\d{13})"')
_TRADE_ID = re.compile(rb'"tradeId":"(\d+)"')


def packed(frame: bytes) -> bytes:
    """A text frame of a server: not masked."""
    length = len(frame)
    if length < 126:
        return b"\x81" + bytes((length,)) + frame
    if length < 1 << 16:
        return b"\x81\x7e" + struct.pack("!H", length) + frame
    return b"\x81\x7f" + struct.pack("!Q", length) + frame


def later(kept: list[bytes], loop: int, span_ms: int) -> Iterator[bytes]:
    """The same stretch of market once more: later stamps, other trades. Its books begin with
    their snapshots, so their numbers may begin anew."""

    def stamp(found: "re.Match[bytes]") -> bytes:
        return b'"ts":"%d"' % (int(found[1]) + loop * span_ms)

    def trade_id(found: "re.Match[bytes]") -> bytes:
        return b'"tradeId":"%d"' % (int(found[1]) + loop * 10**9)

    for frame in kept:
        yield packed(_TRADE_ID.sub(trade_id, _TS.sub(stamp, frame)))


class Line(asyncio.Protocol):
    """One desk that listens."""

    transport: asyncio.Transport

    def __init__(self, lines: list["Line"]) -> None:
        self._machine = ServerProtocol()
        self._lines = lines
        self.acknowledged = 0
        self.flows = asyncio.Event()
        self.flows.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=1 << 20)

    def data_received(self, data: bytes) -> None:
        self._machine.receive_data(data)
        for event in self._machine.events_received():
            if isinstance(event, Request):
                self._machine.send_response(self._machine.accept(event))
                self._lines.append(self)
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._heard(bytes(event.data))
        for answer in self._machine.data_to_send():
            self.transport.write(answer)

    def _heard(self, text: bytes) -> None:
        if text == b"ping":
            self.transport.write(packed(b"pong"))
            return
        asked = json.loads(text)
        for arg in asked.get("args", ()) if asked.get("op") == "subscribe" else ():
            ack = {"event": "subscribe", "arg": arg, "connId": "bench"}
            self.transport.write(packed(json.dumps(ack).encode()))
            self.acknowledged += 1

    def pause_writing(self) -> None:
        self.flows.clear()

    def resume_writing(self) -> None:
        self.flows.set()


async def flat_out(line: Line, kept: list[bytes]) -> "array[int]":
    sent = array("q")
    for start in range(0, len(kept), BURST):
        await line.flows.wait()
        burst = kept[start : start + BURST]
        now = time.monotonic_ns()
        sent.extend([now] * len(burst))
        line.transport.write(b"".join(burst))
        if start % (16 * BURST) == 0:
            await asyncio.sleep(0)
    return sent


async def paced(line: Line, kept: list[bytes], rate: float) -> "array[int]":
    sent, begun, place = array("q"), time.monotonic(), 0
    while place < len(kept):
        due = min(len(kept), int((time.monotonic() - begun) * rate) + 1)
        if due > place:
            now = time.monotonic_ns()
            sent.extend([now] * (due - place))
            line.transport.write(b"".join(kept[place:due]))
            place = due
        await asyncio.sleep(TICK_S)
    return sent


async def serve(kept: list[bytes], tls: ssl.SSLContext | None, sent_to: Path) -> None:
    loop, lines = asyncio.get_running_loop(), cast(list[Line], [])
    server = await loop.create_server(lambda: Line(lines), "127.0.0.1", 0, ssl=tls)
    _say(port=server.sockets[0].getsockname()[1])
    while command := await loop.run_in_executor(None, sys.stdin.readline):
        told: dict[str, Any] = json.loads(command)
        line = lines[-1]
        play, rate = kept[: told["count"]], told["rate"]
        sent = await (paced(line, play, rate) if rate else flat_out(line, play))
        sent_to.write_bytes(sent.tobytes())
        _say(sent=len(sent))


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def main() -> None:
    """`publisher FRAMES COUNT SPAN_MS SENT [CERTIFICATE]`"""
    path, count, span_ms, sent_to, *certificate = sys.argv[1:]
    stretch = frames(path)
    kept: list[bytes] = []
    for loop in range(-(-int(count) // len(stretch))):
        kept += later(stretch, loop, int(span_ms))
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate[0])
    asyncio.run(serve(kept, tls, Path(sent_to)))


if __name__ == "__main__":
    main()
