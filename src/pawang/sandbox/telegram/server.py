"""The simulated Telegram on a loopback port: the bot's side, the people's side, the page.

async def main():
    await run_telegram(TelegramOptions(port=8081, on_ready=print))
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from pawang.sandbox.telegram.bot_side import BotSide
from pawang.sandbox.telegram.core import CoreOptions, TelegramCore
from pawang.sandbox.telegram.desk_clock import DeskClock
from pawang.sandbox.telegram.limits import LimitParams
from pawang.sandbox.telegram.pulse import Pulse
from pawang.sandbox.telegram.user_side import UserSide
from pawang.sandbox.telegram.webhook import BACKOFF_S, WebhookSender
from pawang.sandbox.wire import Request, Response, Server


@dataclass(frozen=True, slots=True)
class TelegramOptions:
    """How the box stands on the host."""

    port: int = 0  # 0: any free one, told by on_ready
    host: str = "127.0.0.1"
    token: str = "1000:sandbox"  # noqa: S105 -- opens nothing but this box
    owner_id: int = 1001  # user and private chat the page acts as
    clock_url: str = ""  # whose desk time dates the messages; "": the wall clock
    idle_exit_s: float | None = None  # leave when the bot has not called for so long
    bot_name: str = "pawang"
    bot_username: str = "pawang_bot"
    seed: int = 0
    limits: LimitParams = field(default_factory=LimitParams)
    webhook_backoff_s: tuple[float, ...] = BACKOFF_S
    on_ready: Callable[[int], None] = lambda port: None


class TelegramServer:
    """Core, clock and sockets put together. `core` is there for whoever wants to look inside."""

    def __init__(self, options: TelegramOptions) -> None:
        self.options = options
        self.pulse = Pulse()
        self.clock = DeskClock()
        self.core = TelegramCore(
            CoreOptions(
                token=options.token,
                bot_name=options.bot_name,
                bot_username=options.bot_username,
                limits=options.limits,
                seed=options.seed,
            )
        )
        self.core.state.wake = self.pulse.beat
        self.bot = BotSide(self.core, self.clock, self.pulse)
        self.user = UserSide(self.core, self.clock, self.pulse, options.owner_id)
        self._server = Server(self._answer)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> int:
        """Listen; the port."""
        port = await self._server.start(self.options.host, self.options.port)
        sender = WebhookSender(self.core, self.clock, self.pulse, self.options.webhook_backoff_s)
        self._tasks.append(asyncio.create_task(sender.run(), name="webhook"))
        if self.options.clock_url:
            follow = self.clock.follow(self.options.clock_url)
            self._tasks.append(asyncio.create_task(follow, name="desk clock"))
        return port

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.close()

    async def _answer(self, request: Request) -> Response:
        if request.path.startswith("/bot"):
            return await self.bot.answer(request)
        if request.path.startswith("/file/bot"):
            return self.bot.download(request)
        return await self.user.answer(request)

    async def idle(self, seconds: float) -> None:
        """Returns when the bot's side has been silent for so long; an open poll is not silence."""
        while True:
            silent = 0.0 if self.bot.polls_open else monotonic() - self.bot.last_call
            if silent >= seconds:
                return
            await asyncio.sleep(seconds - silent)


async def run_telegram(options: TelegramOptions) -> None:
    """Serve until SIGTERM or SIGINT, or until idle for `idle_exit_s`."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        # Not on every platform, and not outside the main thread; then the caller cancels us.
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop.set)
    server = TelegramServer(options)
    options.on_ready(await server.start())
    waits = [asyncio.create_task(_until(stop), name="stop signal")]
    if options.idle_exit_s is not None:
        waits.append(asyncio.create_task(server.idle(options.idle_exit_s), name="idle"))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await server.close()


async def _until(stop: asyncio.Event) -> None:
    await stop.wait()
