"""The private half of a seed: real orders over real doors under a fault script.

A desk that trades at random: it takes plans, changes its mind, amends and leaves, while the wire,
the venue's answers, the pushes and the clocks go wrong. Then it leaves everything, and the
`orders` law is held against the venue's own books.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal

from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.order import Book, Order
from pawang.model.refs import SECOND
from pawang.simulate.loop import VirtualLoop
from pawang.simulate.net import Network
from pawang.simulate.okx.orders import OrderLaw
from pawang.simulate.okx.verdict import ChaosOptions
from pawang.simulate.okx.world import KEY, STREAM_PORT, ChaosWorld
from pawang.venues.okx import public
from pawang.venues.okx.private_feed import PrivateFeed
from pawang.venues.okx.rest import OkxError, OkxRest
from pawang.venues.okx.trade import OkxTrade
from pawang.venues.okx.venue import OkxVenue

PAUSE_S = 2.0  # the mean time between two plans
MIND_S = 8.0  # the mean time until one is cancelled
AWAY_TICKS = 6  # how far from the touch an entry may rest
CONTRACTS_MAX = 60  # some lots more than one level holds: fills come in parts
AMENDS = 0.2  # of the plans are amended before


@dataclass(frozen=True)
class TradeParts:
    """What is on trial. A test puts a part with a planted bug in its place."""

    venue: type[OkxVenue] = OkxVenue
    trade: type[OkxTrade] = OkxTrade
    rest: type[OkxRest] = OkxRest


class TradeWorld(ChaosWorld):
    """One desk, one account."""

    def __init__(
        self, options: ChaosOptions, loop: VirtualLoop, net: Network, parts: TradeParts
    ) -> None:
        super().__init__(options, loop, net)
        self.parts = parts
        self.trading = True
        self._count = 0

    async def work(self) -> list["asyncio.Task[None]"]:
        listed = await public.listings(self.rest, self.options.coins)
        self.listed = list(listed.values())
        trade = self.parts.trade(self.rest)
        self.ours = self.parts.venue(self.listed, trade, False, asyncio.sleep, self._tell)
        [account] = self.venue.exchange.accounts.values()
        self.law = OrderLaw(account, self.ours.blotter, "drop_push" in self.verdict.kinds)
        feed = PrivateFeed(
            f"ws://127.0.0.1:{STREAM_PORT}/ws/v5",
            KEY,
            self.rest,
            self.ours,
            self.clock.now,
            self.chance.random,
        )
        with suppress(OkxError):
            await self.ours.check()
        return [
            asyncio.create_task(self.ours.run(), name="venue"),
            asyncio.create_task(feed.run(), name="feed"),
            asyncio.create_task(self._listen(), name="reports"),
            asyncio.create_task(self._trade(), name="desk"),
        ]

    def _tell(self, words: str) -> None:
        self.verdict.counts["told"] += 1
        self.note(f"told {words}")

    async def _listen(self) -> None:
        async for report in self.ours.reports():
            self.verdict.counts[type(report).__name__] += 1
            self.note(f"{type(report).__name__} {report.client_order_id}")
            for words in self.law.heard(report):
                self.broke(words)

    # The desk.

    async def _trade(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / PAUSE_S))
            if self.trading:
                order = self._plan(self.chance.choice(self.listed))
                self.ours.submit(order)
                if self.ours.blotter.knows(order.client_order_id):
                    self.law.taken(order.client_order_id)
                    self._change_of_mind(order)

    def _plan(self, made: Instrument) -> Order:
        """Somewhere near the touch, of some size, either way."""
        self._count += 1
        now, chance = self.clock.now(), self.chance
        book = self.venue.core.instruments[made.name].book
        long = self._long(made.name)
        touch = book.bids.touch if long else book.asks.touch
        assert touch is not None, "the book is deep"
        away = chance.randint(0, AWAY_TICKS) * (-1 if long else 1)
        return Order(
            client_order_id=f"sim{self.options.seed}x{self._count}{made.coin}lE1",
            ref_id=f"sim_{self._count}_{made.coin}",
            book=Book.LIVE,
            coin=made.coin,
            instrument=made.name,
            side=Side.LONG if long else Side.SHORT,
            entry=(touch[0] + away) * made.tick_size,
            contracts=chance.randint(1, CONTRACTS_MAX) * made.lot_size,
            exits=(),
            ts_placed=now,
            ts_expiry=now + round(chance.uniform(3.0, 40.0) * SECOND),
            time_stop_ns=round(chance.uniform(5.0, 40.0) * SECOND),
        )

    def _long(self, name: str) -> bool:
        """Net mode: what is open says the side, or a plan would close another's position."""
        for life in self.ours.blotter.lives.values():
            if life.instrument.name == name:
                return life.order.side is Side.LONG
        return self.chance.random() < 0.5

    def _change_of_mind(self, order: Order) -> None:
        """Later: perhaps another size, then away with it, perhaps with what has filled."""
        name, chance = order.client_order_id, self.chance
        at_s = chance.expovariate(1 / MIND_S)
        if chance.random() < AMENDS:
            factor = chance.choice((Decimal("0.5"), Decimal(2)))
            lots = max(1, int(order.contracts * factor / Decimal("0.01")))
            self.loop.call_later(at_s / 2, self._amend, name, lots * Decimal("0.01"))
        if chance.random() < 0.7:
            self.loop.call_later(at_s, self._cancel, name, chance.random() < 0.5)

    def _cancel(self, name: str, close: bool) -> None:
        self.ours.cancel(name, "cancelled", close, self.clock.now())

    def _amend(self, name: str, contracts: Decimal) -> None:
        self.ours.amend(name, contracts, None)

    # The end.

    def healed(self, since_s: float) -> bool:
        """The desk leaves everything; healed is when nothing is left."""
        if self.trading:
            self.trading = False
            for name in [*self.ours.blotter.lives]:
                self._cancel(name, True)
        quiet = not self.ours.closed and self.law.settled() and self.law.known()
        if quiet:
            self.verdict.healed_s = round(self.loop.time() - since_s, 3)
        return quiet

    def unhealed(self) -> list[str]:
        state = (
            f"the venue is closed: {self.ours.closed}" if self.ours.closed else "the venue is open"
        )
        return [state, *self.law.unsettled()]

    def judge(self) -> None:
        self.verdict.compared = len(self.law.lives)
        self.verdict.connects = len(self.net.dialled.get(STREAM_PORT, []))
        self.verdict.violations += self.law.judge()
