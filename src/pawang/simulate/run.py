"""One seed: a market, a chat, a user, a desk that is killed and comes back, and the verdict."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pawang import __version__, engine
from pawang.config import Config
from pawang.guards.schedule import Schedule
from pawang.hall import Hall, inline
from pawang.journal import SqlLedger
from pawang.market import Market
from pawang.model.chat import Answer, Picture, Send
from pawang.model.codec import digest
from pawang.model.event import Effect, Event, HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.market import EtfFlow, FearGreed, Observation
from pawang.model.ports import Tape
from pawang.model.refs import DAY, MINUTE, SECOND, utc
from pawang.research import Research
from pawang.sandbox.seeded import START_MS, SeededMarket
from pawang.sandbox.telegram.core import CoreOptions, TelegramCore
from pawang.sandbox.telegram.faults import Rule
from pawang.simulate.invariants import Money, Throttle, balanced, copies, one_order_per_leg
from pawang.simulate.loop import VirtualLoop, run_node
from pawang.simulate.world import ChatService, MarketService, SimClock
from pawang.telegram.outbox import Outbox
from pawang.venues.ghost import GhostVenue
from pawang.venues.okx.backfill import backfill, listings, newest_ratio
from pawang.venues.okx.connection import ClockTick, Connection
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.translate import Translator

OWNER = 1001
PAIRING = "12345678"
KEY = b"simulated"
MS = 1_000_000


@dataclass(frozen=True)
class SimulateOptions:
    seed: int
    days: float
    coins: tuple[str, ...] = ("BTC", "ETH", "SOL", "AVAX")
    kills_per_day: float = 48.0
    faults: bool = True
    tape: Tape | None = None  # takes what every desk of this seed folds


@dataclass
class Story:
    """What a seed told: lines in order, violations, and a hash over all of it (I16)."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    kills: int = 0
    trace: str = ""


def simulate(
    options: SimulateOptions, tell: Callable[[dict[str, Any]], None] = lambda _: None
) -> Story:
    """Run it; equal options give equal stories."""
    loop = VirtualLoop(options.seed, shuffle=options.seed % 2 == 1)
    with TemporaryDirectory() as folder:
        world = World(options, loop, Path(folder), tell)
        # What a killed desk left behind may be collected at the end; that is no news.
        loop.set_exception_handler(lambda *_: None)
        try:
            loop.run_until_complete(world.run())
        finally:
            loop.close()
    return world.story


class World:
    """Everything that outlives a desk."""

    def __init__(
        self,
        options: SimulateOptions,
        loop: VirtualLoop,
        folder: Path,
        tell: Callable[[dict[str, Any]], None],
    ) -> None:
        self.options = options
        self.loop = loop
        self.story = Story()
        self.clock = SimClock(loop, START_MS * MS)
        self.config = Config(coins=options.coins)
        self.ledger_path = folder / "ledger.sqlite3"
        self._tell = tell
        self._rng = random.Random(f"{options.seed}:world")  # noqa: S311 - reproducible
        self.throttle = Throttle()
        self.money = Money()
        self.critical: set[str] = set()
        self.desk: Desk | None = None

    async def run(self) -> None:
        source = SeededMarket(self.options.seed, self.options.coins, START_MS)
        self.market = MarketService(source, self.clock)
        self.chat = ChatService(TelegramCore(CoreOptions(seed=self.options.seed)), self.clock)
        until = START_MS * MS + int(self.options.days * DAY)
        moving = asyncio.create_task(self.market.run(until), name="market")
        self.chat.core.user.message(
            self.clock.now() // MS, chat_id=OWNER, user_id=OWNER, text=f"/start {PAIRING}"
        )
        await self._lives(until)
        moving.cancel()
        self._judge()

    async def _lives(self, until: int) -> None:
        """Desk after desk on one ledger: each works until it is killed."""
        node = 0
        mean_s = 86_400 / self.options.kills_per_day if self.options.kills_per_day else 0.0
        while self.clock.now() < until:
            node += 1
            self.desk = Desk(self, node)
            alive = run_node(self.loop, node, self.desk.run())
            life_s = self._rng.expovariate(1 / mean_s) if mean_s else float("inf")
            left_s = (until - self.clock.now()) / SECOND
            if self.options.faults:
                self._break_something()
            await asyncio.sleep(min(left_s, max(30.0, life_s)))
            if alive.done():
                alive.result()  # a desk does not end by itself: say what it died of
            self.loop.kill(node)
            # The process is gone: its connection closes without a commit.
            self.desk.ledger.close()
            self.story.kills += self.clock.now() < until

    def _break_something(self) -> None:
        """Faults of this life: the seed decides which."""
        if self._rng.random() < 0.5:
            kind = self._rng.choice(["429", "reset_after", "502", "reset_before"])
            self.chat.core.script(Rule(kind=kind, method="sendMessage", count=1))

    def told(self, line: dict[str, Any]) -> None:
        self.story.lines.append(line)
        self._tell(line)

    def committed(self, desk: "Desk", event: Event, effects: tuple[Effect, ...]) -> None:
        """After every event: the invariants."""
        self.story.violations += one_order_per_leg(desk.hall.desk)
        self.story.violations += self.throttle.check(effects)
        self.story.violations += self.money.check(effects)
        for effect in effects:
            if isinstance(effect, Send):
                if effect.category == "critical":
                    self.critical.add(effect.ref_id)
                line = {"kind": "message", "ref_id": effect.ref_id, "ts": event.ts_event}
                self.told({**line, "chat_id": effect.chat_id, "text": effect.text})
                self._react(effect)

    def _react(self, send: Send) -> None:
        """The user: takes plans and rates, a little later, as people do."""
        label = {"sniper": "🎯 Set Entry", "institutional": "👍"}.get(send.category.value)
        if label is None:
            return
        delay_s = self._rng.uniform(2, 40)
        # The user is not part of the desk: its death does not stop his thumb.
        run_node(self.loop, 0, self._press(send.ref_id, label, delay_s))

    async def _press(self, ref_id: str, label: str, delay_s: float) -> None:
        await asyncio.sleep(delay_s)
        for row in reversed(self.chat.core.transcript):
            if row["method"] == "sendMessage" and f"ref: {ref_id}" in (row["text"] or ""):
                try:
                    self.chat.core.user.press(
                        self.clock.now() // MS,
                        self.clock.now() // MS,
                        chat_id=OWNER,
                        message_id=row["message_id"],
                        user_id=OWNER,
                        label=label,
                    )
                except Exception:  # the button has gone meanwhile: the user shrugs
                    return
                return

    def _judge(self) -> None:
        ledger = SqlLedger(self.ledger_path, KEY, KEY)
        stored, _ = ledger.load()
        broken = ledger.verify_audit()
        if broken is not None:
            self.story.violations.append(f"I12: audit row {broken}")
        if stored is not None:
            self.story.violations += one_order_per_leg(stored)
        self.story.violations += balanced(ledger.balances())
        ledger.close()
        self.story.violations += copies(self.chat.core.transcript, self.critical)
        text = repr([(line["ref_id"], line["text"]) for line in self.story.lines])
        self.story.trace = digest(text.encode())


class Desk:
    """One process: born from the ledger, dies by a kill."""

    def __init__(self, world: World, node: int) -> None:
        self.world = world
        self.node = node
        self.ledger = SqlLedger(world.ledger_path, KEY, KEY)
        self.hall: Hall
        self.outbox: Outbox

    async def run(self) -> None:
        world, clock = self.world, self.world.clock
        rest = OkxRest(
            "http://okx.sim",
            clock.now,
            lambda: 0.5,
            asyncio.sleep,
            transport=world.market.transport(),
        )
        instruments = await listings(rest, world.options.coins)
        market = Market(instruments)
        ghost = GhostVenue(instruments.values())
        pairing = sha256(PAIRING.encode()).hexdigest()
        inside = engine.World(
            coins=tuple(instruments),
            instruments=instruments,
            rules=world.config.rules(),
            alerts=world.config.alerts,
            actions=world.config.actions("simulated", pairing),
            equity_usd=Decimal(10_000),
        )
        schedule = Schedule(tuple(instruments))
        self.hall = Hall(inside, self.ledger, market, ghost, schedule, self, inline)
        if world.options.tape is not None:
            self.hall.witnesses.append(world.options.tape.write)
        self.hall.listeners.append(lambda event, effects: world.committed(self, event, effects))
        research = Research(self.hall, self.ledger, clock, inline)
        self.outbox = Outbox(self.ledger, world.chat, clock, clock.now, asyncio.sleep, self.draw)
        await self.hall.start(clock.now(), __version__)
        async for batch in backfill(rest, instruments, clock.now(), lambda *_: None):
            await self.hall.observe(batch, clock.now())
        await self.hall.observe(pillars(world.options.seed, clock.now()), clock.now())
        await asyncio.gather(
            self.stream(instruments),
            self.outbox.run(),
            self.listen(),
            self.refresh(rest, instruments),
            research.nightly(),
            research.answer(),
        )

    async def stream(self, instruments: dict[str, Instrument]) -> None:
        """Wire texts through the desk's own connection: parser, sequence checks, staleness."""
        service, clock = self.world.market, self.world.clock
        connection = Connection(instruments.values())
        service.connect()
        connection.open(clock.now())
        while True:
            for text in connection.requests():
                service.hear(text)
            run: list[Observation] = []
            for frame in await service.frames():
                for item in connection.hear(frame, clock.now(), clock.now()):
                    if isinstance(item, ClockTick):
                        await self.hall.observe(run, item.now)
                        run = []
                        await self.hall.pass_time(item.now)
                    elif not isinstance(item, HealthChanged):
                        run.append(item)
            await self.hall.observe(run, clock.now())

    async def refresh(self, rest: OkxRest, instruments: dict[str, Instrument]) -> None:
        translator = Translator({made.name: made for made in instruments.values()})
        while True:
            now = self.world.clock.now()
            for made in instruments.values():
                await self.hall.observe(await newest_ratio(rest, translator, made.name, now), now)
            await self.world.clock.wait_until(now + 5 * MINUTE)

    async def listen(self) -> None:
        async for heard in self.world.chat.inputs():
            await self.hall.hear(heard, self.world.clock.now())

    async def draw(self, picture: Picture) -> bytes:
        """Pictures are another process's work; here their place is held by a dot."""
        return bytes.fromhex("89504e470d0a1a0a")

    # The hall's doors.

    async def answer(self, answer: Answer) -> None:
        await self.world.chat.answer(answer.callback_id, answer.text)

    def wake_outbox(self) -> None:
        self.outbox.wake()

    def health(self) -> dict[str, str]:
        return {}


def pillars(seed: int, now: int) -> list[EtfFlow | FearGreed]:
    """Yesterday's ETF flow and today's index, drawn by the seed."""
    rng = random.Random(f"{seed}:pillars")  # noqa: S311 - reproducible
    made: list[EtfFlow | FearGreed] = []
    for back in range(5, 0, -1):
        day = utc(now - back * DAY)
        flow = rng.gauss(40e6, 150e6)
        if day.weekday() < 5:
            made.append(
                EtfFlow(
                    asset="BTC",
                    trade_date=f"{day:%Y-%m-%d}",
                    flow_usd=flow,
                    funds_reported=11,
                    funds_total=11,
                    ts_asof=now - (back - 1) * DAY - 1,
                    source="seed",
                )
            )
    made.append(FearGreed(value=rng.randint(25, 80), ts_asof=now // DAY * DAY, source="seed"))
    return made
