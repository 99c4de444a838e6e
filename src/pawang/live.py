"""Doors + journal + engine: one running desk.

`pawang run` and `pawang demo` start this very function; they differ in URLs and in whose clock
the desk follows. Every part is a task that is started again when it dies; Telegram is never on
the trading path.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, TypeVar

import structlog

from pawang import __version__, engine
from pawang.config import Config
from pawang.guards.breaker import Transition
from pawang.guards.schedule import Schedule
from pawang.guards.secret import Secret
from pawang.hall import Hall, threaded
from pawang.journal import SqlLedger
from pawang.journal.tape import DiskTape, Recorder, TapeParams
from pawang.market import Market
from pawang.model.chat import Answer, ChatInput
from pawang.model.errors import BadConfig, PawangError
from pawang.model.event import Effect, Event, HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.market import EtfFlow, InstrumentChanged, Observation
from pawang.model.ports import Feed, OutboxRow
from pawang.model.refs import DAY, MINUTE, SECOND, utc
from pawang.model.tape import Taped
from pawang.pictures import Studio
from pawang.research import Keep, Research
from pawang.telegram.bot import PtbBot
from pawang.telegram.errors import DeliveryError
from pawang.telegram.inbox import Inbox
from pawang.telegram.outbox import Outbox
from pawang.telegram.webhook import WebhookRefused, receive
from pawang.venues.etf import SOURCES, etf_flows
from pawang.venues.filedrop import FileDrop
from pawang.venues.ghost import GhostVenue
from pawang.venues.okx.backfill import backfill, listings, newest_ratio, server_time, tiers
from pawang.venues.okx.comparer import compare_books
from pawang.venues.okx.feed import ClockTick, FeedParams, OkxFeed
from pawang.venues.okx.overload import OverloadParams
from pawang.venues.okx.rest import OkxError, OkxRest
from pawang.venues.okx.subscriptions import CHANNELS, VENUE
from pawang.venues.okx.translate import Translator
from pawang.venues.provider import Provider
from pawang.venues.sentiment import fear_greed
from pawang.web.traffic import Traffic

log = structlog.get_logger()


class VenueSilent(PawangError):
    """OKX gave no usable answer at a start for as long as the plan has patience: try later."""


RESTART_S = (0.2, 30.0)  # a part that died starts again after this, doubling
BATCH_PAUSE_S = 0.2  # how often the wall-clock desk looks for what is due at the latest
ASK_AGAIN_S = 1.0  # what a start cannot do without
LOOK_S = 60.0  # a host that slept is noticed within this
RATIO_EVERY_NS = 5 * MINUTE  # OKX streams no long/short ratio
FLOWS_BACK_NS = 60 * DAY  # of trade dates, read back at start: a view keeps forty of them


T = TypeVar("T")


class DeskClock(Protocol):
    """Desk time. The followed one is moved by the feed, in-band."""

    def now(self) -> int: ...

    def tick(self, now: int) -> None: ...

    async def wait_until(self, ts: int) -> None: ...


class Beside(Protocol):
    """Who takes the market's records beside the engine, such as a tape.

    `take` is called with every piece just after it was folded, and returns at once: a disk never
    holds up the market. `run` works until it is cancelled and is started again when it dies;
    `close` is called once, after everything else has stopped.
    """

    def take(self, batch: Sequence[Taped], now: int) -> None: ...

    async def run(self) -> None: ...

    async def close(self) -> None: ...


class WallClock:
    """The host's clock, never going back."""

    def __init__(self) -> None:
        self._last = 0

    def now(self) -> int:
        self._last = max(self._last, time.time_ns())
        return self._last

    def tick(self, now: int) -> None:
        """The wall needs no ticks."""

    async def wait_until(self, ts: int) -> None:
        while (left := ts - self.now()) > 0:
            await asyncio.sleep(min(left / SECOND, LOOK_S))


class FollowedClock:
    """The time of a scaled world, as its venue says it between the records."""

    def __init__(self, start: int) -> None:
        self._now = start
        self._moved = asyncio.Event()

    def now(self) -> int:
        return self._now

    def tick(self, now: int) -> None:
        if now > self._now:
            self._now = now
            self._moved.set()

    async def wait_until(self, ts: int) -> None:
        while self._now < ts:
            self._moved.clear()
            await self._moved.wait()


@dataclass(frozen=True)
class Plan:
    """How to run: what the command line and the demo decide."""

    config: Config
    ledger: Path
    drop: Path
    button_key: bytes
    audit_key: bytes
    code_key: str
    pairing_code: str
    telegram_token: Secret | None
    telegram_api: str
    okx_rest: str
    okx_ws: str
    follow_clock: bool  # desk time is the simulated venue's
    tape: Path | None = None  # where market data is recorded; None = nowhere
    webhook_secret: Secret | None = None  # updates are pushed to us instead of polled
    provider_keys: Mapping[str, Secret] = field(default_factory=dict)  # by source of ETF flows
    patience_s: float | None = None  # for the venue's first answers; None = for ever
    keep_report: Keep = lambda *_: None  # where a told report's file goes


class RunningDesk:
    """The parts of one desk, wired. Use `running_desk` to get one that lives."""

    def __init__(
        self,
        plan: Plan,
        ledger: SqlLedger,
        rest: OkxRest,
        clock: DeskClock,
        instruments: dict[str, Instrument],
        world: engine.World,
    ) -> None:
        self.plan = plan
        self.ledger = ledger
        self.rest = rest
        self.clock = clock
        self.world = world
        self.market = Market(instruments)
        self.ghost = GhostVenue(instruments.values())
        self.studio = Studio()
        self.states: dict[str, str] = {}
        self.stamps: dict[str, int] = {}  # instrument -> stamp of a late record, for /metrics
        self.ended = asyncio.Event()
        self.warm = asyncio.Event()
        self.speed = 1.0
        self._reached: tuple[int, int] | None = None  # (wall, desk) at the first tick
        self._roll = random.SystemRandom().random
        self.bot = (
            None if plan.telegram_token is None else PtbBot(plan.telegram_token, plan.telegram_api)
        )
        self.outbox: Outbox | None = None
        if self.bot is not None:
            self.outbox = Outbox(
                ledger, self.bot, clock, time.monotonic_ns, asyncio.sleep, self.studio.draw
            )
        self.hall = Hall(
            world, ledger, self.market, self.ghost, Schedule(tuple(instruments)), self, threaded
        )
        self.research = Research(self.hall, ledger, clock, threaded, plan.keep_report)
        self.traffic = Traffic()
        self.hall.listeners.append(self._remember)
        self.feed = OkxFeed(
            f"{plan.okx_ws}{'?clock=1' if plan.follow_clock else ''}",
            instruments,
            clock.now,
            time.monotonic_ns,
            self._roll,
            asyncio.sleep,
            channels=(*CHANNELS, *VENUE, *plan.config.okx.extra_channels),
            # A simulated venue waits for the desk; the real one does not (A15).
            params=FeedParams(overload=None if plan.follow_clock else OverloadParams()),
        )
        self._translator = Translator({made.name: made for made in instruments.values()})
        self.drop = FileDrop(plan.drop, asyncio.sleep)
        self.providers = _providers(plan, instruments, clock.now, self._roll)
        self.beside = beside(self)
        self.hall.witnesses += [consumer.take for consumer in self.beside.values()]

    # What the hall asks of the doors.

    async def answer(self, answer: Answer) -> None:
        if self.bot is None:
            return
        with contextlib.suppress(DeliveryError):
            await self.bot.answer(answer.callback_id, answer.text)

    def wake_outbox(self) -> None:
        if self.outbox is not None:
            self.outbox.wake()

    def health(self) -> dict[str, str]:
        """Provider -> state, for /status, /health and the API."""
        held = {} if self.outbox is None or not self.outbox.held else {"outbox": self.outbox.held}
        asked = {provider.name: provider.breaker.state for provider in self.providers}
        return {"okx rest": self.rest.breaker.state, **asked, **self.states, **held}

    def refused(self) -> dict[str, Counter[str]]:
        """Rows of dropped files and providers that nothing was taken from, by source and name."""
        counts = {provider.name: provider.refused for provider in self.providers}
        return {"drop": self.drop.refused, **counts}

    @property
    def speed_reached(self) -> float:
        """Desk seconds per wall second since the first tick of a followed clock."""
        if self._reached is None:
            return 1.0
        wall, desk = self._reached
        return (self.clock.now() - desk) / max(1, time.monotonic_ns() - wall)

    # The parts.

    async def stream(self) -> None:
        """The market: fold what comes, let time pass where the stream says so."""
        async for batch in self.feed.events():
            await self._work(batch)
            if self.ended.is_set():
                return

    async def _work(self, batch: Sequence[Any]) -> None:
        run: list[Observation] = []
        for item in batch:
            if isinstance(item, ClockTick | HealthChanged | InstrumentChanged):
                await self._flush(run)
                run = []
                await self._sidestep(item)
            else:
                run.append(item)
        await self._flush(run)

    async def _flush(self, run: list[Observation]) -> None:
        if run:
            newest = run[-1]
            self.stamps[getattr(newest, "instrument", "")] = getattr(newest, "ts_event", 0)
            await self.fold(run)

    async def fold(self, batch: Sequence[Observation]) -> None:
        """The one place where a batch of the market's present comes by."""
        await self.hall.observe(batch, self.clock.now())

    def _remember(self, event: Event, effects: tuple[Effect, ...]) -> None:
        """Whoever says it, a door or the market itself: the newest state is shown."""
        if isinstance(event.body, HealthChanged):
            self.states[event.body.provider] = event.body.state

    async def _sidestep(self, item: ClockTick | HealthChanged | InstrumentChanged) -> None:
        if isinstance(item, HealthChanged):
            await self.hall.report_health(item, self.clock.now())
            return
        if isinstance(item, InstrumentChanged):
            await self.hall.relist(item.listing, self.clock.now())
            return
        self.clock.tick(item.now)
        self.speed = item.speed
        if self._reached is None:
            self._reached = (time.monotonic_ns(), item.now)
        await self.hall.pass_time(item.now)
        if item.ended and not self.ended.is_set():
            # A sweep may have begun in the last tenth of a second: nothing more will come.
            await self.hall.finish(item.now)
            self.ended.set()

    async def keep_time(self) -> None:
        """Slots and minutes by the wall; a followed clock needs none of this."""
        while not self.plan.follow_clock:
            now = self.clock.now()
            await self.hall.pass_time(now)
            wait_ns = max(0, self.hall.next_due() - self.clock.now())
            await asyncio.sleep(min(wait_ns / SECOND, BATCH_PAUSE_S))

    async def refresh(self) -> None:
        """What is not streamed: long/short ratios, every five minutes of desk time."""
        while True:
            now = self.clock.now()
            for made in self.world.instruments.values():
                try:
                    batch = await newest_ratio(self.rest, self._translator, made.name, now)
                except OkxError as failed:
                    log.warning("ratio not read", coin=made.coin, why=str(failed))
                    continue
                await self.fold(batch)
            await self.clock.wait_until(now + RATIO_EVERY_NS)

    async def compare(self) -> None:
        """Our books against REST's, each once a minute."""
        names = [made.name for made in self.world.instruments.values()]
        await compare_books(self.feed, self.rest, names, self.clock.now, asyncio.sleep)

    async def count_traffic(self) -> None:
        """What the API served, into the journal once a minute."""
        while True:
            await self.clock.wait_until((self.clock.now() // MINUTE + 1) * MINUTE)
            served, now = self.traffic.take(), self.clock.now()
            if served is not None:
                await self.hall.apply(served, ts_event=now, ts_recv=now)

    async def learn(self, feed: Feed) -> None:
        """Dropped files, or a provider that is asked now and then.

        ETF flows go into the ledger first, and only what is news there goes on: a part that dies
        between the two is told them again.
        """
        async for batch in feed.events():
            flows = [item for item in batch if isinstance(item, EtfFlow)]
            news = await threaded(partial(self.ledger.put_flows, flows)) if flows else []
            others = [item for item in batch if not isinstance(item, EtfFlow)]
            await self._work([*news, *others])

    async def recall(self) -> None:
        """What the ledger knows of ETF flows, before anybody is asked."""
        now = self.clock.now()
        known = self.ledger.flows(f"{utc(now - FLOWS_BACK_NS):%Y-%m-%d}")
        await self.hall.observe(known, now)

    async def listen(self) -> None:
        """The chat's inputs, one after the other."""
        assert self.bot is not None
        inbox = Inbox(self.bot, asyncio.sleep, self._roll, self._told)
        async for heard in inbox.inputs():
            await self.hear(heard)

    async def take_push(self, headers: Mapping[str, str], body: bytes) -> int:
        """A pushed update; the HTTP status that acknowledges or refuses it (B11)."""
        secret = self.plan.webhook_secret
        if secret is None:
            return 404
        found = receive(headers, body, secret)
        if isinstance(found, WebhookRefused):
            log.warning("webhook refused", status=found.status, why=found.reason)
            return found.status
        if found.input is not None:
            await self.hear(found.input)
        return 200

    async def be_pushed_to(self, url: str) -> None:
        """Ask the chat service to push updates to `url` from now on."""
        assert self.bot is not None
        assert self.plan.webhook_secret is not None
        await self.bot.set_webhook(url, self.plan.webhook_secret)
        self.states["telegram"] = "pushed"

    async def hear(self, heard: ChatInput) -> None:
        await self.hall.hear(heard, self.clock.now())

    def _told(self, state: str) -> None:
        self.states["telegram"] = state

    async def past(self) -> None:
        """Back-fill, once; the desk is warm after it."""
        now = self.clock.now()
        async for batch in backfill(
            self.rest, self.world.instruments, now, lambda what, why: log.warning(what, why=why)
        ):
            await self.hall.observe(batch, now)
        self.warm.set()

    def tell_transition(self, transition: Transition) -> None:
        log.warning("breaker", provider="okx", state=transition.state, cause=transition.cause)

    def listen_to_deliveries(self, told: Callable[[OutboxRow, str, int | None], None]) -> None:
        if self.outbox is not None:
            self.outbox.listeners.append(told)


async def kept_alive(name: str, part: Callable[[], Awaitable[None]]) -> None:
    """Run a part for ever: one that dies is told and started again, with growing patience."""
    wait_s, most_s = RESTART_S
    while True:
        begun = time.monotonic()
        try:
            await part()
            return
        except asyncio.CancelledError:
            raise
        except Exception:  # a door of the house: no part may take the others down (D06)
            log.exception("a part died and starts again", part=name, in_s=wait_s)
        await asyncio.sleep(wait_s)
        lived_long = time.monotonic() - begun > most_s
        wait_s = RESTART_S[0] if lived_long else min(2 * wait_s, most_s)


@contextlib.asynccontextmanager
async def running_desk(plan: Plan) -> AsyncIterator[RunningDesk]:
    """A desk that works while the block runs: recovered, back-filled, streaming, answering."""
    roll = random.SystemRandom().random
    rest = OkxRest(plan.okx_rest, time.monotonic_ns, roll, asyncio.sleep)
    ledger = SqlLedger(plan.ledger, plan.button_key, plan.audit_key)
    try:
        instruments = await _patiently(plan, lambda: listings(rest, plan.config.coins))
        if unlisted := [coin for coin in plan.config.coins if coin not in instruments]:
            raise BadConfig(f"coins: OKX lists no USDT swap of {', '.join(unlisted)}")
        clock: DeskClock = WallClock()
        if plan.follow_clock:
            clock = FollowedClock(await _patiently(plan, lambda: server_time(rest)))
        world = await _world(plan, rest, instruments)
        desk = RunningDesk(plan, ledger, rest, clock, instruments, world)
        async with contextlib.AsyncExitStack() as stack:
            if desk.bot is not None:
                await stack.enter_async_context(desk.bot.session())
            await desk.hall.start(clock.now(), __version__)
            await desk.recall()
            await desk.past()
            tasks = _start(desk)
            try:
                yield desk
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                for consumer in desk.beside.values():
                    await consumer.close()
                for provider in desk.providers:
                    await provider.close()
                desk.studio.close()
    finally:
        await rest.close()
        ledger.close()


def _providers(
    plan: Plan,
    instruments: Mapping[str, Instrument],
    now: Callable[[], int],
    roll: Callable[[], float],
) -> list[Provider]:
    """Those that are switched on: one a source and coin it tells of, and one for the index."""
    asked, wall = plan.config.providers, time.monotonic_ns
    switched = ((source, getattr(asked, name)) for name, source in SOURCES.items())
    found = [
        etf_flows(
            source, coin, plan.provider_keys.get(source.name), now, wall, roll, base_url=config.url
        )
        for source, config in switched
        if config.on
        for coin in instruments
        if coin in source.paths
    ]
    if asked.fear_greed.on:
        found.append(fear_greed(now, wall, roll, base_url=asked.fear_greed.url))
    return found


def beside(desk: RunningDesk) -> dict[str, Beside]:
    """Who is told the market beside the engine, by the name of its part."""
    asked, directory = desk.plan.config.tape, desk.plan.tape
    if directory is None or not asked.enabled:
        return {}
    params = TapeParams(
        cap_gb=asked.cap_gb,
        days=asked.days,
        keep_free_gb=asked.keep_free_gb,
        segment_minutes=asked.segment_minutes,
    )

    async def tell(health: HealthChanged) -> None:
        await desk.hall.report_health(health, desk.clock.now())

    tape = DiskTape(directory, params)
    return {"tape": Recorder(tape, desk.market.books, tell, asyncio.sleep, asyncio.to_thread)}


def _start(desk: RunningDesk) -> list[asyncio.Task[None]]:
    parts: dict[str, Callable[[], Awaitable[None]]] = {
        "stream": desk.stream,
        "time": desk.keep_time,
        "refresh": desk.refresh,
        "compare": desk.compare,
        "drop": partial(desk.learn, desk.drop),
        **{provider.name: partial(desk.learn, provider) for provider in desk.providers},
        "traffic": desk.count_traffic,
        "nightly": desk.research.nightly,
        "research": desk.research.answer,
        **{name: consumer.run for name, consumer in desk.beside.items()},
    }
    if desk.bot is not None and desk.outbox is not None:
        parts["outbox"] = desk.outbox.run
        if desk.plan.webhook_secret is None:
            parts["inbox"] = desk.listen
    return [asyncio.create_task(kept_alive(name, part), name=name) for name, part in parts.items()]


async def _patiently(plan: Plan, ask: Callable[[], Awaitable[T]]) -> T:
    """What the desk cannot start without; asked for until it is there, or patience ends."""
    why = "no answer in time"
    try:
        async with asyncio.timeout(plan.patience_s):
            while True:
                try:
                    return await ask()
                except OkxError as failed:
                    why = str(failed)
                    log.warning("waiting for OKX", why=why)
                await asyncio.sleep(ASK_AGAIN_S)
    except TimeoutError:
        raise VenueSilent(
            f"OKX gives no answer at {plan.okx_rest} ({why}). Is okx.rest_url in config.toml "
            "right, and the network up? Nothing was started."
        ) from None


async def _world(plan: Plan, rest: OkxRest, instruments: dict[str, Instrument]) -> engine.World:
    found = {}
    for coin, made in instruments.items():
        try:
            found[coin] = (await tiers(rest, made.family))[:3]
        except OkxError as failed:
            log.warning("position tiers not read", coin=coin, why=str(failed))
    config = plan.config
    pairing = sha256(plan.pairing_code.encode()).hexdigest() if plan.pairing_code else ""
    return engine.World(
        coins=tuple(instruments),
        instruments=instruments,
        rules=engine.Rules(signals=config.signals, sizing=config.sizing, tiers=found),
        alerts=config.alerts,
        actions=config.actions(plan.code_key, pairing),
        equity_usd=Decimal(str(config.ghost.equity_usd)),
        risk_pct=config.risk.base_pct,
    )
