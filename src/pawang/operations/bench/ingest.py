"""`okx_ingest`: from a loopback socket to the market room, whole, nothing left out.

A publisher in another process plays the seeded market's frames; the desk's real `OkxFeed` takes
them, and its batches are folded by a `Market` on which every feature is on: lines are watched and
a wall is guarded on every coin. Nothing is conflated. Two questions:

    sustained   the publisher sends flat out; TCP holds it back; messages a second, from the first
                to the last
    latency     it sends so many a second; from its write to the end of the fold that holds the
                message, by the monotonic clock both processes share

Machines are noisy: sustained figures are medians of interleaved runs, and the processor's time a
message is told beside them, which is what a core of the desk's own would make of it.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from pawang.market import Market
from pawang.model.codec import Record
from pawang.model.desk import Line
from pawang.model.event import HealthChanged
from pawang.model.market import Aggressor, Observation, Trade
from pawang.operations.bench.frames import World
from pawang.operations.bench.peers import serve
from pawang.venues.okx.feed import ClockTick, FeedParams, OkxFeed
from pawang.venues.okx.sockets import Library
from pawang.venues.okx.subscriptions import CHANNELS, ConnectionParams, plan

STEPS = 4_000  # of 100 ms: a stretch of some 23,000 messages, four coins
SUSTAINED = 200_000  # messages of one run
ROUNDS = 3
RATES = (5_000, 20_000)
LATENCY_S = 3.0
TARGETS = {"websockets": 60_000.0, "picows": 150_000.0}
P99_MS = 2.0


class Ingest(Record):
    """One way in. `rate` 0: sustained, `per_s` messages; else the latency at that rate."""

    library: str
    tls: bool
    rate: int
    per_s: float | None = None
    cpu_us: float | None = None  # of the desk, a message
    p50_ms: float | None = None
    p99_ms: float | None = None
    target: float | None = None
    why: str = ""

    @property
    def met(self) -> bool | None:
        if self.target is None or self.why:
            return None
        if self.rate:
            return self.p99_ms is not None and self.p99_ms <= self.target
        return self.per_s is not None and self.per_s >= self.target


@dataclass
class Run:
    """What one run saw: `folded[i]` is (messages so far, when)."""

    seconds: float
    cpu_s: float
    folded: list[tuple[int, int]]


def okx_ingest(progress: Callable[[str], None] = lambda _: None) -> list[Ingest]:
    """Both libraries, plain and TLS; about two minutes."""
    progress("okx_ingest: making some minutes of market")
    world = World()
    stretch = [frame for frame in world.frames(STEPS) if not frame.startswith(b'{"event"')]
    libraries: list[Library] = ["websockets"]
    absent: list[Ingest] = []
    if find_spec("picows") is not None:
        libraries.append("picows")
    else:
        absent = [
            Ingest(library="picows", tls=False, rate=0, why="absent: pip install pawang[fast]")
        ]
    found: list[Ingest] = []
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), stretch, world)
        for tls in (False, True):
            with bench.publisher(tls):
                found += bench.sustained(libraries, tls, progress)
                for library, rate in product(libraries, RATES):
                    found.append(bench.latency(library, tls, rate, progress))
    return found + absent


class Bench:
    def __init__(self, folder: Path, stretch: list[bytes], world: World) -> None:
        self._folder = folder
        self._world = world
        self._path = folder / "stretch"
        serve.write(self._path, stretch)
        self._sent = folder / "sent"
        self._process: subprocess.Popen[str] | None = None
        self._url = ""

    @contextmanager
    def publisher(self, tls: bool) -> Iterator[None]:
        command = [
            *(sys.executable, "-m", "pawang.operations.bench.publisher"),
            *(str(self._path), str(SUSTAINED), str(STEPS * 100), str(self._sent)),
        ]
        if tls:
            certificate = _certificate(self._folder)
            command.append(str(certificate))
            os.environ["SSL_CERT_FILE"] = str(certificate)  # whom the desk trusts, in this process
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            port = self._answer()["port"]
            self._url = f"{'wss' if tls else 'ws'}://localhost:{port}/ws/v5/public"
            yield
        finally:
            self._process.kill()
            self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def sustained(
        self, libraries: list[Library], tls: bool, progress: Callable[[str], None]
    ) -> list[Ingest]:
        runs: dict[Library, list[Run]] = {library: [] for library in libraries}
        for number, library in product(range(ROUNDS), libraries):
            progress(f"okx_ingest: {library}{' TLS' * tls}, run {number + 1} of {ROUNDS}")
            runs[library].append(self.run(library, SUSTAINED, 0))
        return [
            Ingest(
                library=library,
                tls=tls,
                rate=0,
                per_s=SUSTAINED / median(run.seconds for run in made),
                cpu_us=median(run.cpu_s for run in made) / SUSTAINED * 1e6,
                target=None if tls else TARGETS[library],
            )
            for library, made in runs.items()
        ]

    def latency(
        self, library: Library, tls: bool, rate: int, progress: Callable[[str], None]
    ) -> Ingest:
        progress(f"okx_ingest: {library}{' TLS' * tls}, latency at {rate:,} a second")
        count = int(rate * LATENCY_S)
        run = self.run(library, count, rate)
        sent = np.frombuffer(self._sent.read_bytes(), np.int64)
        ends, when = (np.array(column) for column in zip(*run.folded, strict=True))
        folded = when[np.searchsorted(ends, np.arange(1, count + 1))]
        waited_ms = (folded - sent) / 1e6
        return Ingest(
            library=library,
            tls=tls,
            rate=rate,
            cpu_us=run.cpu_s / count * 1e6,
            p50_ms=float(np.percentile(waited_ms, 50)),
            p99_ms=float(np.percentile(waited_ms, 99)),
            target=P99_MS,
        )

    def run(self, library: Library, count: int, rate: int) -> Run:
        """One desk's life: subscribe, take `count` messages, leave."""
        work = self._listen(library, count, rate)
        if library == "picows" and find_spec("uvloop") is not None:
            import uvloop  # an extra

            return uvloop.run(work)  # type: ignore[no-any-return]
        return asyncio.run(work)

    async def _listen(self, library: Library, count: int, rate: int) -> Run:
        instruments = self._world.listed
        feed = OkxFeed(
            self._url,
            {made.name: made for made in instruments.values()},
            time.time_ns,
            time.monotonic_ns,
            random.Random(1).random,  # noqa: S311 - jitter of a reconnect that must not happen
            params=FeedParams(library=library),
        )
        desk = _Desk(feed, self._world, count)
        going = asyncio.create_task(desk.work())
        await desk.subscribed.wait()
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"count": count, "rate": rate}) + "\n")
        self._process.stdin.flush()
        run = await going
        await asyncio.get_running_loop().run_in_executor(None, self._answer)
        return run


class _Desk:
    """The part of a running desk that is measured: feed and market."""

    def __init__(self, feed: OkxFeed, world: World, count: int) -> None:
        self._feed = feed
        self._count = count
        self._listed = world.listed
        self._market = Market(world.listed)
        self._asked = len(plan(world.listed.values(), CHANNELS, ConnectionParams()))
        self._watched: set[str] = set()
        self.subscribed = asyncio.Event()

    async def work(self) -> Run:
        feed, asked = self._feed, self._asked
        folded: list[tuple[int, int]] = []
        begun, cpu = 0, 0.0
        greeting = asyncio.create_task(self._greet())
        async for batch in feed.events():
            if not folded:
                begun, cpu = time.monotonic_ns(), time.process_time()
            self._fold([item for item in batch if not isinstance(item, ClockTick | HealthChanged)])
            folded.append((feed.frames - asked, time.monotonic_ns()))
            if feed.frames - asked >= self._count:
                break
        cpu = time.process_time() - cpu
        await greeting
        return Run((folded[-1][1] - begun) / 1e9, cpu, folded)

    async def _greet(self) -> None:
        """Everything is acknowledged: the market may begin."""
        while self._feed.frames < self._asked:
            await asyncio.sleep(0.005)
        self.subscribed.set()

    def _fold(self, records: list[Observation]) -> None:
        start = 0
        while start < len(records):
            folded = self._market.fold(records, start)
            start += folded.consumed
        if len(self._watched) < len(self._listed):
            self._watch(records)

    def _watch(self, records: list[Observation]) -> None:
        """Lines around a coin's first print, and a guarded wall below it, as for a live plan."""
        coins = {made.name: coin for coin, made in self._listed.items()}
        for trade in records:
            if not isinstance(trade, Trade) or trade.instrument in self._watched:
                continue
            self._watched.add(trade.instrument)
            coin, price = coins[trade.instrument], Decimal(str(trade.price))
            lines = tuple(
                Line(name=name, price=price * Decimal(share), above=float(share) > 1.0)
                for name, share in (("sl", "0.9"), ("tp1", "1.1"), ("tp2", "1.2"))
            )
            self._market.watch(f"snp_{coin}", coin, lines)
            made = self._listed[coin]
            self._market.guard_wall(coin, float(made.price_floor(trade.price * 0.999)), BUY)


BUY = Aggressor.BUY


def _certificate(folder: Path) -> Path:
    """Key and certificate of "localhost" in one file, signed by itself."""
    path = folder / "localhost.pem"
    if not path.exists():
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
                *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
                *("-keyout", str(folder / "key.pem"), "-out", str(path)),
            ],
            check=True,
            capture_output=True,
        )
        path.write_text(path.read_text() + (folder / "key.pem").read_text())
    return path
