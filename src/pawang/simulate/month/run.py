"""Thirty days of four coins on virtual time: one desk, its research, its outbox, its people.

The ledger is a real file; what is drawn is the market (`market`), the chat and the thumbs
(`people`). The past is back-filled through the desk's own REST client from the seeded market.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from pawang import __version__, engine
from pawang.config import Config
from pawang.guards.schedule import Schedule
from pawang.hall import Hall, inline
from pawang.journal import SqlLedger
from pawang.market import Market
from pawang.model.chat import Answer, ChatInput, Edit, Picture, Send
from pawang.model.event import Close, Effect, Event, Keep
from pawang.model.instrument import Instrument
from pawang.model.market import Candle, EtfFlow, FearGreed, Observation
from pawang.model.market import OpenInterest as Interest
from pawang.model.refs import DAY, HOUR, MILLISECOND
from pawang.research import Research
from pawang.sandbox.seeded import START_MS, SeededMarket
from pawang.simulate.loop import VirtualLoop
from pawang.simulate.month.market import CoarseMarket, tape
from pawang.simulate.month.people import People, Recorder
from pawang.simulate.run import pillars
from pawang.simulate.world import MarketService, SimClock
from pawang.telegram.outbox import Outbox
from pawang.venues.ghost import GhostVenue
from pawang.venues.okx.backfill import backfill, listings
from pawang.venues.okx.rest import OkxRest

KEY = b"simulated"
PAIRING = "12345678"
START_NS = START_MS * MILLISECOND


@dataclass(frozen=True)
class MonthOptions:
    seed: int
    days: float = 30.0
    coins: tuple[str, ...] = ("BTC", "ETH", "SOL", "AVAX")


@dataclass
class Month:
    """What was simulated, in numbers; the rest is in the ledger."""

    days: float
    wall_s: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)


class MonthLoop(VirtualLoop):
    """Nobody is killed here: finished tasks need not be kept."""

    def create_task(self, coro: Any, **options: Any) -> "asyncio.Task[Any]":
        return asyncio.SelectorEventLoop.create_task(self, coro, **options)


def simulate_month(
    options: MonthOptions, ledger: Path, tell: Callable[[dict[str, Any]], None] = lambda _: None
) -> Month:
    """Write the month into `ledger`; `tell` hears of every day."""
    loop = MonthLoop(options.seed)
    loop.set_exception_handler(lambda *_: None)
    begun = time.perf_counter()
    try:
        story = loop.run_until_complete(_Desk(options, loop, ledger, tell).run())
    finally:
        loop.close()
    story.wall_s = time.perf_counter() - begun
    return story


class _Desk:
    """The parts of the month, wired as a running desk's are."""

    def __init__(
        self,
        options: MonthOptions,
        loop: VirtualLoop,
        ledger: Path,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self.options = options
        self.clock = SimClock(loop, START_NS)
        self.ledger = SqlLedger(ledger, KEY, KEY)
        self.recorder = Recorder(options.seed, self.clock)
        self.story = Month(days=options.days)
        self._tell = tell
        self._posted = False
        self.hall: Hall
        self.outbox: Outbox

    async def run(self) -> Month:
        instruments, past = await self._past()
        self.hall = self._hall(instruments)
        self.hall.listeners.append(self._count)
        research = Research(self.hall, self.ledger, self.clock, inline)
        self.outbox = Outbox(
            self.ledger, self.recorder, self.clock, self.clock.now, asyncio.sleep, self._draw
        )
        people = People(self.options.seed, self.clock, self.recorder, self._hear)
        await self.hall.start(self.clock.now(), __version__)
        for batch in past:
            await self.hall.observe(batch, self.clock.now())
        parts = [
            asyncio.create_task(part)
            for part in (
                self.outbox.run(),
                research.nightly(),
                research.answer(),
                people.pair(PAIRING),
            )
        ]
        await self._live(_market(self.options, instruments, past))
        people.go_home()
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)
        self.ledger.close()
        return self.story

    async def _past(self) -> tuple[dict[str, Instrument], list[list[Observation]]]:
        """Listings and back-fill of the seeded market, by the desk's own client."""
        options, clock = self.options, self.clock
        source = SeededMarket(options.seed, options.coins, START_MS)
        venue = MarketService(source, clock)
        rest = OkxRest(
            "http://okx.sim", clock.now, lambda: 0.5, asyncio.sleep, transport=venue.transport()
        )
        instruments = await listings(rest, options.coins)
        past = [batch async for batch in backfill(rest, instruments, clock.now(), lambda *_: None)]
        await rest.close()
        return instruments, [*past, list[Observation](pillars(options.seed, clock.now()))]

    def _hall(self, instruments: dict[str, Instrument]) -> Hall:
        config = Config(coins=self.options.coins)
        world = engine.World(
            coins=tuple(instruments),
            instruments=instruments,
            rules=config.rules(),
            alerts=config.alerts,
            actions=config.actions("simulated", sha256(PAIRING.encode()).hexdigest()),
            equity_usd=Decimal(10_000),
        )
        ghost = GhostVenue(instruments.values())
        schedule = Schedule(tuple(instruments))
        return Hall(world, self.ledger, Market(instruments), ghost, schedule, self, inline)

    async def _live(self, market: CoarseMarket) -> None:
        until, now = START_NS + int(self.options.days * DAY), START_NS
        while (now := market.after(now)) <= until:
            # What is due before the next books is decided at its time, on what is known by then.
            while (due := self.hall.next_due()) < now:
                await self.clock.wait_until(due)
                await self.hall.pass_time(due)
            await self.clock.wait_until(now)
            await self.hall.observe(market.step(now), now)
            if now // DAY != (now - HOUR) // DAY and (now - START_NS) % DAY < 5_000 * MILLISECOND:
                self._tell({"kind": "day", "ts": now, **self.story.counts})

    def _count(self, event: Event, effects: tuple[Effect, ...]) -> None:
        counts = self.story.counts
        names = [event.kind]
        self._posted = self._posted or any(isinstance(one, Send | Edit) for one in effects)
        for effect in effects:
            match effect:
                case Keep():
                    names.append(type(effect.decision.signal).__name__)
                case Close():
                    names.append(f"{effect.outcome.book}:{effect.outcome.label}")
                case Send():
                    names.append(f"sent:{effect.category}")
                case _:
                    names.append(type(effect).__name__)
        for name in names:
            counts[name] = counts.get(name, 0) + 1

    async def _hear(self, heard: ChatInput) -> None:
        await self.hall.hear(heard, self.clock.now())

    async def _draw(self, _: Picture) -> bytes:
        """Pictures are another process's work; here their place is held by a dot."""
        return bytes.fromhex("89504e470d0a1a0a")

    # The hall's doors.

    async def answer(self, answer: Answer) -> None:
        """A press's notice; nobody reads it."""

    def wake_outbox(self) -> None:
        """Only for messages: a look at the outbox costs as much as a commit."""
        if self._posted:
            self._posted = False
            self.outbox.wake()

    def health(self) -> dict[str, str]:
        return {}


def _market(
    options: MonthOptions, instruments: dict[str, Instrument], past: list[list[Observation]]
) -> CoarseMarket:
    """The live market, from where the back-filled past ended."""
    prices: dict[str, float] = {}
    interests: dict[str, float] = {}
    for record in (one for batch in past for one in batch):
        if isinstance(record, EtfFlow | FearGreed):
            continue
        if isinstance(record, Candle) and record.closed and record.bar < HOUR:
            prices[record.instrument] = record.close
        if isinstance(record, Interest):
            interests[record.instrument] = record.coins
    tapes = [
        tape(options.seed, number, made, prices[made.name], interests[made.name])
        for number, made in enumerate(instruments.values())
    ]
    return CoarseMarket(options.seed, tapes)
