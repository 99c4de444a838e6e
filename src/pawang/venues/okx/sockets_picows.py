"""The same socket by picows: frames are cut out of the line in C (extra `fast`)."""

import asyncio
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING

from picows import WSCloseCode, WSError, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidHandshake
from websockets.frames import Close

from pawang.venues.okx.sockets import Inbox

if TYPE_CHECKING:
    from pawang.venues.okx.sockets import SocketParams


class Picows(WSListener):  # type: ignore[misc]
    def __init__(self, params: "SocketParams") -> None:
        self._params = params
        self._inbox = Inbox(params)
        self._line: WSTransport | None = None
        self._parts: list[bytes] = []
        self._flows = asyncio.Event()
        self._flows.set()

    async def frames(self) -> list[bytes]:
        taken = await self._inbox.take()
        if self._inbox.held and not self._inbox.full:
            self._inbox.held = False
            self._open_line().underlying_transport.resume_reading()
        return taken

    async def say(self, text: str) -> None:
        if self._inbox.gone is not None:
            raise self._inbox.gone
        self._open_line().send(WSMsgType.TEXT, text.encode())
        with suppress(TimeoutError):
            async with asyncio.timeout(self._params.say_s):
                await self._flows.wait()

    async def close(self) -> None:
        line = self._open_line()
        if self._inbox.gone is None:
            line.send_close(WSCloseCode.OK)
            line.underlying_transport.resume_reading()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._params.close_s):
                    await line.wait_disconnected()
        line.disconnect(graceful=False)

    def _open_line(self) -> WSTransport:
        assert self._line is not None, "dialed"
        return self._line

    # What picows calls.

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._line = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.TEXT and frame.fin:
            inbox = self._inbox
            inbox.waiting.append(frame.get_payload_as_bytes())
            inbox.wake()
            if not inbox.held and inbox.full:
                inbox.held = True
                transport.underlying_transport.pause_reading()
        else:
            self._rare(transport, frame, kind)

    def _rare(self, transport: WSTransport, frame: WSFrame, kind: WSMsgType) -> None:
        if kind == WSMsgType.CLOSE:
            code = frame.get_close_code() or WSCloseCode.NO_INFO
            said = Close(int(code), frame.get_close_message() or "")
            closed = ConnectionClosedOK if code in (1000, 1001) else ConnectionClosedError
            self._inbox.end(closed(said, said, True))
            transport.send_close(code)
            transport.disconnect()
            return
        if kind not in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION):
            return
        self._parts.append(frame.get_payload_as_bytes())
        if sum(map(len, self._parts)) > self._params.frame_bytes_max:
            transport.send_close(WSCloseCode.MESSAGE_TOO_BIG)
            transport.disconnect()
        elif frame.fin:
            self._inbox.waiting.append(b"".join(self._parts))
            self._inbox.wake()
            self._parts = []

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._inbox.end(ConnectionClosedError(None, None))
        self._flows.set()

    def pause_writing(self) -> None:
        self._flows.clear()

    def resume_writing(self) -> None:
        self._flows.set()


async def dial(url: str, params: "SocketParams") -> Picows:
    """Open one. Raises OSError, TimeoutError or WebSocketException."""
    secure = ssl.create_default_context() if url.startswith("wss:") else None
    try:
        async with asyncio.timeout(params.connect_s):
            _, listener = await ws_connect(
                lambda: Picows(params),
                url,
                ssl_context=secure,
                max_frame_size=params.frame_bytes_max,
                websocket_handshake_timeout=params.connect_s,
            )
    except WSError as failed:
        raise InvalidHandshake(str(failed)) from failed
    assert isinstance(listener, Picows)
    return listener
