"""Both sides of one seed, each alone in the same market, on virtual time and lines."""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import cast

import httpx
from msgspec.structs import replace

from pawang.model.instrument import Instrument
from pawang.model.market import MarketRecord
from pawang.model.order import Bracketed, Order, VenueReport
from pawang.model.refs import MILLISECOND, SECOND
from pawang.orders import advance, client_order_id, resolve
from pawang.sandbox.okx import OkxVenue as SandboxVenue
from pawang.sandbox.okx import VenueParams as SandboxParams
from pawang.sandbox.seeded import SeededMarket
from pawang.simulate.loop import VirtualLoop
from pawang.simulate.net import Network, Weather
from pawang.simulate.okx.run import leave
from pawang.simulate.okx.world import KEY, PORT, STREAM_PORT
from pawang.simulate.parity.gap import Parity, Played
from pawang.simulate.parity.plans import EXPIRY_S, TIME_STOP_S, draw
from pawang.simulate.world import SimClock
from pawang.venues.ghost import GhostParams, GhostVenue
from pawang.venues.okx import public
from pawang.venues.okx.feed import Item, OkxFeed
from pawang.venues.okx.life import LifeParams
from pawang.venues.okx.private_feed import PrivateFeed
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.trade import OkxTrade
from pawang.venues.okx.venue import OkxVenue, VenueParams

COIN = "SOL"
WAIT_S = 15.05  # the market runs so long before the plan; between two of its steps
LONGEST_S = EXPIRY_S + TIME_STOP_S + 30.0
LOOK_S = 0.5
CHANNELS = ("books", "trades", "mark-price", "funding-rate")
ONE_WAY_S = (0.020, 0.060)
WIRE = GhostParams(latency_ms=(103.0, 136.0, 158.0, 168.0, 190.0))
"""The ghost on this wire: a connection there and back, then the request, as seeds 1 to 40 took."""
WARM_S = 4.0  # before the plan a desk has had an order, so that its leverage is set


def play(seed: int, ghost: GhostParams | None = None) -> Parity:
    """Both sides of a seed; equal arguments give equal answers."""
    ghosts = GhostSide(seed, ghost or WIRE)
    _run(ghosts)
    lives = LiveSide(seed)
    _run(lives)
    low, high = ghosts.bounds()
    return Parity(
        seed=seed, live=lives.played(), pessimistic=low, base=ghosts.played(), optimistic=high
    )


def _run(side: "ParitySide") -> None:
    loop = side.loop
    try:
        loop.run_until_complete(side.run())
        loop.run_until_complete(leave(loop))
    finally:
        loop.close()


class ParitySide:
    """A market, its venue, and one plan."""

    order: Order
    made: Instrument

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.story: list[VenueReport] = []
        self.loop = VirtualLoop(seed)
        chance = random.Random(f"{seed}:lines")  # noqa: S311 - reproducible
        self.chance = chance
        self.loop.net = Network(self.loop, chance, Weather(ONE_WAY_S, torn=0.0))
        market = SeededMarket(seed, (COIN,))
        self.clock = SimClock(self.loop, market.start_ms * MILLISECOND)
        now = self.clock.now
        self.venue = SandboxVenue(market, wall=now, params=SandboxParams(), epoch=now)

    async def run(self) -> None:
        """Wait, place the plan, and let it live until it is over."""
        await self.venue.start(PORT)
        self.loop.net.alias(STREAM_PORT, of=PORT)  # type: ignore[union-attr]
        limits = httpx.Limits(keepalive_expiry=None, max_keepalive_connections=0)
        transport = httpx.AsyncHTTPTransport(verify=False, limits=limits, trust_env=False)
        self.rest = OkxRest(
            f"http://127.0.0.1:{PORT}",
            self.clock.now,
            self.chance.random,
            asyncio.sleep,
            transport=transport,
            credentials=KEY,
        )
        self.made = (await public.listings(self.rest, (COIN,)))[COIN]
        working = await self.begin()
        self.floor = self.venue.core.instruments[self.made.name]
        await asyncio.sleep(max(0.0, WAIT_S - 2 * WARM_S - self.loop.time()))
        await self.warm()
        await asyncio.sleep(max(0.0, WAIT_S - self.loop.time()))
        self.order = draw(self.seed, self.made, self.floor, self.clock.now())
        self.place()
        while not self.over() and self.loop.time() < WAIT_S + LONGEST_S:
            await asyncio.sleep(LOOK_S)
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await self.rest.close()
        await self.venue.close()

    # What a side is.

    async def begin(self) -> list["asyncio.Task[None]"]:
        raise NotImplementedError

    async def warm(self) -> None:
        """What a side does before its plan; nothing, where nothing is to be done."""

    def place(self) -> None:
        raise NotImplementedError

    def over(self) -> bool:
        raise NotImplementedError

    # How it went.

    def moved(self) -> Order:
        """The order after all that was said of it."""
        order = self.order
        for report in self.story:
            order = advance(order, report, self.made)
        return order

    def played(self) -> Played:
        moved = self.moved()
        outcome = resolve(moved, self.clock.now())
        assert outcome is not None, f"seed {self.seed}: {moved.state} after {LONGEST_S} s"
        return Played.of(moved, outcome)


class GhostSide(ParitySide):
    """The public feed, and the ghost with its models."""

    def __init__(self, seed: int, params: GhostParams) -> None:
        super().__init__(seed)
        self._params = params
        self._bracketed: Bracketed | None = None

    async def begin(self) -> list["asyncio.Task[None]"]:
        self._ghost = GhostVenue([self.made], self._params)
        return [asyncio.create_task(self._follow())]

    async def _follow(self) -> None:
        feed = OkxFeed(
            f"ws://127.0.0.1:{STREAM_PORT}/ws/v5/public",
            {COIN: self.made},
            self.clock.now,
            self.clock.now,
            self.chance.random,
            channels=CHANNELS,
        )
        async with aclosing(cast("AsyncGenerator[list[Item], None]", feed.events())) as events:
            async for batch in events:
                self._ghost.observe([item for item in batch if isinstance(item, MarketRecord)])
                for report in self._ghost.drain():
                    if isinstance(report, Bracketed):
                        self._bracketed = report
                    else:
                        self.story.append(report)

    def place(self) -> None:
        self._ghost.submit(self.order)

    def over(self) -> bool:
        return self._bracketed is not None

    def bounds(self) -> list[Played]:
        """The pessimist and the optimist."""
        assert self._bracketed is not None, f"seed {self.seed}: not over"
        return [Played.under(self.order, bound) for bound in self._bracketed.bounds]


class LiveSide(ParitySide):
    """The account, the private feed, and the very door that a desk sends its orders through."""

    async def begin(self) -> list["asyncio.Task[None]"]:
        trade = OkxTrade(self.rest)
        life = LifeParams(limit_targets=True)
        self._ours = OkxVenue(
            [self.made], trade, False, asyncio.sleep, params=VenueParams(life=life)
        )
        feed = PrivateFeed(
            f"ws://127.0.0.1:{STREAM_PORT}/ws/v5",
            KEY,
            self.rest,
            self._ours,
            self.clock.now,
            self.chance.random,
        )
        await self._ours.check()
        return [
            asyncio.create_task(self._ours.run()),
            asyncio.create_task(feed.run()),
            asyncio.create_task(self._listen()),
        ]

    async def _listen(self) -> None:
        async for report in self._ours.reports():
            self.story.append(report)

    async def warm(self) -> None:
        """An order that nobody fills, and its end."""
        away = draw(self.seed, self.made, self.floor, self.clock.now())
        name = client_order_id(away.ref_id, away.book, "entry", 2)
        entry = self.made.price_floor(float(away.entry) * (1.0 - 0.02 * away.side.sign))
        self._ours.submit(
            replace(away, client_order_id=name, entry=entry, ts_expiry=away.ts_placed + SECOND)
        )
        await asyncio.sleep(WARM_S)
        life = self._ours.blotter.lives.get(name)
        assert life is None or life.over, "the wire is slower than it should be"
        self.story.clear()

    def place(self) -> None:
        self._ours.submit(self.order)

    def over(self) -> bool:
        return self.moved().state.over
