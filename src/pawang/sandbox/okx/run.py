"""The simulated OKX as a program: which market, how fast, until when."""

import asyncio
import contextlib
import signal
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pawang.sandbox.okx.clients import SECOND
from pawang.sandbox.okx.private.accounts import AccountParams
from pawang.sandbox.okx.server import OkxVenue, VenueParams
from pawang.sandbox.recording import RecordedMarket
from pawang.sandbox.seeded import START_MS, SeededMarket
from pawang.sandbox.source import MarketSource

LOOK_S = 0.5


@dataclass(frozen=True)
class OkxOptions:
    """How `run_okx` serves. `recordings` replace the seeded market."""

    port: int = 0  # 0: any free one, told by on_ready
    host: str = "127.0.0.1"
    seed: int = 7
    coins: Sequence[str] = ("BTC", "ETH", "SOL", "AVAX")
    speed: float = 1.0
    start_ms: int = START_MS
    abreast: bool = False  # the market's time is the host's from then on
    recordings: Sequence[Path] = ()
    wait_for_desk: bool = False  # time starts with the first subscription
    idle_exit_s: float | None = None  # end after so long without a following desk
    params: VenueParams = field(default_factory=VenueParams)
    accounts: Sequence[AccountParams] = (AccountParams(),)
    tls: ssl.SSLContext | None = None
    on_ready: Callable[[int], None] = lambda port: None


def make_source(options: OkxOptions) -> MarketSource:
    """The market that is played. Raises what the sources raise for unknown coins or files."""
    if options.recordings:
        return RecordedMarket(list(options.recordings))
    return SeededMarket(options.seed, options.coins, options.start_ms)


async def run_okx(options: OkxOptions) -> None:
    """Serve until SIGTERM or SIGINT, or until no desk has followed for `idle_exit_s`."""
    venue = OkxVenue(
        make_source(options),
        options.speed,
        options.wait_for_desk,
        params=options.params,
        ssl_context=options.tls,
        accounts=options.accounts,
        abreast=options.abreast,
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for name in signals:
        loop.add_signal_handler(name, stop.set)
    try:
        options.on_ready(await venue.start(options.port, options.host))
        while not stop.is_set() and not _idle(venue, options.idle_exit_s):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await stop.wait()
    finally:
        for name in signals:
            loop.remove_signal_handler(name)
        await venue.close()


def _idle(venue: OkxVenue, idle_exit_s: float | None) -> bool:
    alone_s = (time.monotonic_ns() - venue.ts_desk) / SECOND
    return idle_exit_s is not None and alone_s > idle_exit_s
