"""A core with one private chat and one group, and a server around one on a free port."""

import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from pawang.sandbox.telegram.core import CoreOptions, TelegramCore
from pawang.sandbox.telegram.limits import LimitParams
from pawang.sandbox.telegram.server import TelegramOptions, TelegramServer

TOKEN = "4242:Sandbox-token_1"
NOW_MS = 1_757_921_580_000  # 2025-09-15 07:33:00 UTC
OWNER = 1001
GROUP = -2002
FREE = LimitParams(enforced=False)


class Told:
    """A core with its time held still; `call` gives the result, `refused` the words."""

    def __init__(self, core: TelegramCore) -> None:
        self.core = core
        self.now_ms = NOW_MS

    def call(self, method: str, **params: Any) -> Any:
        reply = self.core.call(method, params, self.now_ms)
        assert reply["ok"], reply
        return reply["result"]

    def refused(self, method: str, **params: Any) -> str:
        reply = self.core.call(method, params, self.now_ms)
        assert not reply["ok"], reply
        return str(reply["description"])

    def says(self, text: str, chat_id: int = OWNER, user_id: int = OWNER, **more: Any) -> Any:
        return self.core.user.message(
            self.now_ms, chat_id=chat_id, user_id=user_id, text=text, **more
        )

    def presses(self, **fields: Any) -> Any:
        fields = {"chat_id": OWNER, "user_id": OWNER, **fields}
        return self.core.user.press(self.now_ms, self.now_ms, **fields)


@pytest.fixture
def told() -> Told:
    made = Told(TelegramCore(CoreOptions(token=TOKEN, limits=FREE)))
    made.says("/start")
    made.says("hello", chat_id=GROUP)
    made.call("getUpdates", offset=-1)
    made.call("getUpdates", offset=800_000_000)
    return made


@dataclass
class Box:
    """A running server and a plain client of it."""

    server: TelegramServer
    url: str
    http: httpx.AsyncClient

    async def bot(self, method: str, token: str = TOKEN, **params: Any) -> httpx.Response:
        return await self.http.post(f"/bot{token}/{method}", json=params)

    async def result(self, method: str, **params: Any) -> Any:
        reply = (await self.bot(method, **params)).json()
        assert reply["ok"], reply
        return reply["result"]

    async def does(self, deed: str, **fields: Any) -> Any:
        reply = await self.http.post(f"/user/{deed}", json=fields)
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def get(self, path: str) -> Any:
        return (await self.http.get(path)).json()


Serve = Callable[..., AbstractAsyncContextManager[Box]]


@pytest.fixture
def serve() -> Serve:
    @asynccontextmanager
    async def opened(**options: Any) -> AsyncIterator[Box]:
        options = {"token": TOKEN, "limits": FREE, **options}
        server = TelegramServer(TelegramOptions(**options))
        url = f"http://127.0.0.1:{await server.start()}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as http:
            try:
                yield Box(server, url, http)
            finally:
                await server.close()

    return opened


def png(width: int = 2, height: int = 3) -> bytes:
    """A grey picture, written by hand."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        size, check = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(kind + data))
        return size + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\x00" + b"\x80" * width for _ in range(height)))
    body = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.fixture
def picture() -> bytes:
    return png()
