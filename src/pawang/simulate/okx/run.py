"""One seed: the real client against the real simulated venue, a fault script, and the verdict.

Nothing here stands in for anything: the feed with its `websockets`, the REST client with its
`httpx`, the venue with its server, each as in production, on virtual time and virtual lines.
The script strikes for a minute; then all is well again, and every book has to come back.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, cast

import httpx

from pawang.market.book import Book
from pawang.model.instrument import Instrument
from pawang.model.market import MarketRecord
from pawang.sandbox.okx import OkxVenue, VenueParams
from pawang.simulate.loop import VirtualLoop
from pawang.simulate.net import Line, Network, Weather
from pawang.simulate.okx.books import Reader
from pawang.simulate.okx.market import START_MS, TinyMarket
from pawang.simulate.okx.script import Strike, write_script
from pawang.simulate.world import SimClock
from pawang.venues.okx import public
from pawang.venues.okx.comparison import Verdict as Comparison
from pawang.venues.okx.feed import Item, OkxFeed
from pawang.venues.okx.rest import OkxError, OkxRest
from pawang.venues.okx.translate import Translator

MS = 1_000_000
PORT, STREAM_PORT = 9001, 9002  # OKX has two hosts; one server answers here
CHANNELS = ("books", "trades", "mark-price", "open-interest", "funding-rate")
CONNECTS_PER_S = 3  # okx-v5.md 4, row A13
LOOK_S = 0.5
STEADY_S = 4.0  # whole again for so long is healed
ASK_S = 5.0

BOUND_S: dict[str, float] = {
    "reject": 62.0,  # A11: tried again every minute
    "half_open": 25.0 + 60.0,  # A02, then A13's longest delay
    "line_dead": 25.0 + 60.0,
    "line_stall": 25.0 + 60.0,
    "swallowed": 60.0 + 5.0,
    "slow_pong": 60.0 + 5.0,
    "freeze": 60.0 + 12.0,
}
BOUND_USUAL_S = 60.0 + 12.0
"""Any cut may be the last of many, after which the next try waits up to a minute (A13); a book
then has 12 s (A03, A08). A script without cuts heals in `BOUND_QUICK_S` (A04 after A09's 5 s)."""
BOUND_QUICK_S = 12.0
QUICK = ("gap", "duplicate", "reorder", "seq_reset", "crossed", "http", "stamp", "torn", "laggy")
LOSSLESS = ("duplicate", "seq_reset", "torn", "http", "notice")
"""Kinds that cost neither a book nor a trade: a duplicate (A07), a legal reset (A05), segments,
another door, and a notice in time (A12)."""


@dataclass(frozen=True)
class ChaosOptions:
    seed: int
    kinds: tuple[str, ...] = ()  # () = all the venue can do
    coins: tuple[str, ...] = ("BTC", "SOL")
    trouble_s: float = 60.0


@dataclass(frozen=True)
class Parts:
    """What is on trial. A test puts a part with a planted bug in its place."""

    feed: type[OkxFeed] = OkxFeed
    book: type[Book] = Book


@dataclass
class Verdict:
    """How it went. `trace` is a hash over every record and its virtual time (I16)."""

    seed: int
    script: tuple[Strike, ...]
    violations: list[str] = field(default_factory=list)
    compared: int = 0
    losses: int = 0
    connects: int = 0
    healed_s: float | None = None
    trace: str = ""
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({strike.kind for strike in self.script}))

    @property
    def bound_s(self) -> float:
        kinds = self.kinds
        if all(kind in QUICK for kind in kinds):
            return BOUND_QUICK_S
        return max([BOUND_S.get(kind, BOUND_USUAL_S) for kind in kinds], default=0.0) + 12.0

    @property
    def replay(self) -> str:
        """The command that tells this story again."""
        return f"pawang simulate --okx --seed {self.seed}"

    def told(self) -> str:
        """All that a person needs to see it again."""
        return "\n".join([f"again: {self.replay}", *map(str, self.script), *self.violations[:10]])


def chaos(options: ChaosOptions, parts: Parts | None = None) -> Verdict:
    """Run the seed; equal options and parts give equal verdicts."""
    loop = VirtualLoop(options.seed, shuffle=options.seed % 2 == 1)
    loop.net = Network(loop, random.Random(f"{options.seed}:net"))  # noqa: S311
    world = ChaosWorld(options, parts or Parts(), loop, loop.net)
    loop.set_exception_handler(world.escaped)
    try:
        loop.run_until_complete(world.run())
        loop.run_until_complete(_leave(loop))
    finally:
        loop.close()
    return world.verdict


async def _leave(loop: VirtualLoop) -> None:
    """What `asyncio.run` does at its end: sockets that are still saying goodbye are let go."""
    left = asyncio.all_tasks(loop) - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await loop.shutdown_asyncgens()


class ChaosWorld:
    """The venue, the client, and the judge between them."""

    def __init__(
        self, options: ChaosOptions, parts: Parts, loop: VirtualLoop, net: Network
    ) -> None:
        self.options = options
        self.parts = parts
        self.loop = loop
        self.net = net
        self.clock = SimClock(loop, START_MS * MS)
        names = [f"{coin}-USDT-SWAP" for coin in options.coins]
        script = write_script(options.seed, options.kinds, names, options.trouble_s)
        self.verdict = Verdict(options.seed, script)
        self.readers: dict[str, Reader] = {}
        self._chance = random.Random(f"{options.seed}:client")  # noqa: S311 - reproducible
        self._trace = sha256()
        self._usual = net.weather
        self._feed: OkxFeed | None = None
        # Every third world is one of two sockets: the business path has the single prints.
        self._business = ("trades-all", "candle1m") if options.seed % 3 == 0 else ()

    async def run(self) -> None:
        market = TinyMarket(self.options.seed, self.options.coins)
        self.venue = OkxVenue(market, wall=self.clock.now, params=VenueParams())
        await self.venue.start(PORT)
        self.net.alias(STREAM_PORT, of=PORT)
        rest = self._rest()
        listed = await public.listings(rest, self.options.coins)
        for made in listed.values():
            reader = Reader(made, self.venue.core.instruments[made.name], self.parts.book())
            self.readers[made.name] = reader
        working = [
            asyncio.create_task(self._follow(listed), name="feed"),
            asyncio.create_task(self._ask(rest, listed), name="rest"),
        ]
        watching = asyncio.create_task(self._watch(), name="watch")
        await self._strike()
        await self._heal(working)
        self._ended(working)
        for task in (*working, watching):
            task.cancel()
        await asyncio.gather(*working, watching, return_exceptions=True)
        await rest.close()
        await self.venue.close()
        self._judge()

    def _rest(self) -> OkxRest:
        # Connections are made anew for each call: whether an idle one still stands is asked of
        # the operating system, and there is none here.
        limits = httpx.Limits(keepalive_expiry=None, max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=False, limits=limits, trust_env=False)
        return OkxRest(
            f"http://127.0.0.1:{PORT}",
            self.clock.now,
            self._chance.random,
            asyncio.sleep,
            transport=transport,
        )

    # The client.

    async def _follow(self, listed: dict[str, Instrument]) -> None:
        feed = self.parts.feed(
            f"ws://127.0.0.1:{STREAM_PORT}/ws/v5/public",
            listed,
            self.clock.now,
            self.clock.now,
            self._chance.random,
            channels=CHANNELS + self._business,
        )
        self._feed = feed
        # Closed by us and at once: a feed that is left to the collector hangs up at any time.
        stream = cast("AsyncGenerator[list[Item], None]", feed.events())
        async with aclosing(stream) as events:
            async for batch in events:
                for item in batch:
                    self._note(item)
                    reader = self.readers.get(getattr(item, "instrument", ""))
                    if reader is not None:
                        self.verdict.violations += reader.take(item)

    async def _ask(self, rest: OkxRest, listed: dict[str, Instrument]) -> None:
        """The REST client meets the same venue; what it says is right or an error of its tree."""
        translator = Translator({made.name: made for made in listed.values()})
        while True:
            for made in listed.values():
                with suppress(OkxError):
                    await public.server_time(rest)
                    await self._hold_against(rest, translator, made.name)
                await asyncio.sleep(ASK_S)

    async def _hold_against(self, rest: OkxRest, translator: Translator, name: str) -> None:
        """The feed's own comparison with REST: two books that are both right never differ, but
        where numbers begin anew: an answer may be of the same number before."""
        assert self._feed is not None, "the feed began before"
        self._feed.watch_book(name)
        await asyncio.sleep(LOOK_S)
        told = await public.book(rest, translator, name, self.clock.now())
        found = self._feed.compare(name, told)
        self.verdict.counts[found.value] += 1
        if found is Comparison.DIFFERENT and "seq_reset" not in self.verdict.kinds:
            self.verdict.violations.append(f"{name}: REST {told.seq} differs from the stream")

    def _note(self, item: Any) -> None:
        name = type(item).__name__
        self.verdict.counts[name] += 1
        number = getattr(item, "seq", None) or getattr(item, "trade_id", "")
        said = item.reason if hasattr(item, "reason") else ""
        where = item.instrument if isinstance(item, MarketRecord) else ""
        line = f"{self.clock.now()} {name} {where} {number} {said}\n"
        self._trace.update(line.encode())

    # The trouble.

    async def _strike(self) -> None:
        for strike in self.verdict.script:
            await asyncio.sleep(max(0.0, strike.at_s - self.loop.time()))
            if strike.fault is not None:
                self.venue.inject(strike.fault)
            else:
                self._weather(strike)
        await asyncio.sleep(max(0.0, self.options.trouble_s - self.loop.time()))

    def _weather(self, strike: Strike) -> None:
        until = self.loop.time() + strike.seconds
        match strike.kind:
            case "line_cut":
                self._some_line(lambda line: line.cut())
            case "line_dead":
                self._some_line(lambda line: line.die())
            case "line_stall":
                self._some_line(lambda line: line.stall(strike.seconds))
            case "refused":
                self.net.refuses_until = until
            case "swallowed":
                self.net.swallows_until = until
            case "torn":
                self.net.weather = Weather(self._usual.latency_s, torn=0.9)
            case "laggy":
                self.net.weather = Weather((0.0, 1.5), self._usual.torn)

    def _some_line(self, act: Callable[[Line], None]) -> None:
        lines = self.net.open_lines(PORT) + self.net.open_lines(STREAM_PORT)
        if lines:
            act(self._chance.choice(lines))

    async def _watch(self) -> None:
        """Twice a second: what somebody who reads the books at this moment would believe."""
        dark_since = self.loop.time()
        while True:
            await asyncio.sleep(LOOK_S)
            now = self.loop.time()
            if any(not line.client.lost for line in self.net.open_lines(STREAM_PORT)):
                dark_since = now  # one of two sockets may hide the other's end
            for reader in self.readers.values():
                found = reader.lies(self.venue.core.now_ms, now - dark_since)
                self.verdict.violations += found

    # The end.

    async def _heal(self, working: Sequence["asyncio.Task[None]"]) -> None:
        """All is well from here; the client has to notice, within the bound of its rows."""
        self.venue.faults.clear()
        self.net.refuses_until = self.net.swallows_until = 0.0
        self.net.weather = self._usual
        began, whole_since, losses = self.loop.time(), None, -1
        while self.loop.time() < began + self.verdict.bound_s + STEADY_S:
            await asyncio.sleep(LOOK_S)
            if any(task.done() for task in working):
                return
            now = self.loop.time()
            lost = sum(reader.losses for reader in self.readers.values())
            if lost != losses or not self._whole(began):
                whole_since, losses = None, lost
            elif whole_since is None:
                whole_since = now
            elif now >= whole_since + STEADY_S:
                self.verdict.healed_s = round(whole_since - began, 3)
                return
        for reader in self.readers.values():
            state = f"book {reader.book.problem or 'intact'}, age {self._age(reader.ts_book):.1f} s"
            words = f"trade {self._age(reader.ts_trade):.1f} s ago"
            self.verdict.violations.append(f"{reader.name} has not healed: {state}, {words}")

    def _whole(self, since_s: float) -> bool:
        """Every book intact and fresh, every tape heard again."""
        since = START_MS * MS + round(since_s * 1e9)
        return all(
            reader.book.problem is None
            and self._age(reader.ts_book) < 3.0
            and reader.ts_trade > since
            for reader in self.readers.values()
        )

    def _age(self, ts: int) -> float:
        return (self.clock.now() - ts) / 1e9

    def escaped(self, _: Any, context: dict[str, Any]) -> None:
        """asyncio's word for an exception that nobody caught."""
        error = context.get("exception")
        self.verdict.violations.append(f"escaped: {context['message']}: {error!r}")

    def _ended(self, working: Sequence["asyncio.Task[None]"]) -> None:
        for task in working:
            if task.done():
                self.verdict.violations.append(f"the {task.get_name()} ended: {task.exception()!r}")

    def _judge(self) -> None:
        verdict = self.verdict
        times = self.net.dialled.get(STREAM_PORT, [])
        verdict.connects = len(times)
        for first, fourth in zip(times, times[CONNECTS_PER_S:], strict=False):
            if fourth - first < 1.0:
                verdict.violations.append(f"A13: four connects from {first:.2f} s on in a second")
        if set(verdict.kinds) <= set(LOSSLESS):
            for reader in self.readers.values():
                if reader.losses or (missed := reader.missed()):
                    words = "a book" if reader.losses else f"{len(missed)} trades"
                    verdict.violations.append(f"{reader.name}: {words} lost to what loses nothing")
        verdict.compared = sum(reader.compared for reader in self.readers.values())
        verdict.losses = sum(reader.losses for reader in self.readers.values())
        verdict.trace = self._trace.hexdigest()[:16]
