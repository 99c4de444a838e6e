"""uvicorn inside our own loop: our sockets, our signals (architecture.md 1.6)."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn
from litestar import Litestar

from pawang.model.errors import BadConfig

CONNECTIONS_MAX = 100  # SEC13
HEADER_MAX = 8 * 1024  # bytes of request line and headers


def listen(host: str = "127.0.0.1", port: int = 0, *, behind_tls: bool = False) -> socket.socket:
    """A bound socket; port 0 takes a free one. BadConfig for a host that others can reach,
    unless something in front of us speaks TLS (SEC10: tokens do not travel in the clear)."""
    if host not in ("127.0.0.1", "::1", "localhost") and not behind_tls:
        raise BadConfig(f"{host} is no loopback address: put a TLS proxy in front and say so")
    bound = socket.create_server((host, port))
    bound.setblocking(False)
    return bound


class Quiet(uvicorn.Server):
    """uvicorn without signal handlers: the process has one owner of signals, and it is not it."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        yield


@contextlib.asynccontextmanager
async def serving(app: Litestar, bound: socket.socket) -> AsyncIterator[Quiet]:
    """Serve `app` on `bound` while the block runs."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        http="h11",
        ws="none",
        server_header=False,
        limit_concurrency=CONNECTIONS_MAX,
        h11_max_incomplete_event_size=HEADER_MAX,
    )
    server = Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[bound]), name="web")
    try:
        yield server
    finally:
        server.should_exit = True
        await task
