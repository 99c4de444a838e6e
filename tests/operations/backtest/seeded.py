"""A stretch of the seeded market, once through a live desk's own loop, and as records to play.

The loop here is that of a running desk: batches as a socket brings them, time as the venue says
it. It shares the engine with the backtest, and no line of how it is driven.
"""

import asyncio
from decimal import Decimal
from hashlib import sha256

import httpx

from pawang import __version__, engine
from pawang.config import Config
from pawang.guards.schedule import Schedule
from pawang.hall import Hall, inline
from pawang.journal import MemoryLedger
from pawang.market import Market
from pawang.model.chat import ChatInput
from pawang.model.codec import encode
from pawang.model.event import HealthChanged
from pawang.sandbox.faults import FaultScript
from pawang.sandbox.okx.connection import Connection as Socket
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.hub import Hub
from pawang.sandbox.okx.rest import Rest
from pawang.sandbox.seeded import START_MS, SeededMarket
from pawang.simulate.run import pillars
from pawang.simulate.world import unframed
from pawang.venues.ghost import GhostVenue
from pawang.venues.okx.backfill import backfill, listings
from pawang.venues.okx.connection import ClockTick, Connection
from pawang.venues.okx.rest import OkxRest

MS = 1_000_000
START = START_MS * MS
PLAIN = Config()


class Doors:
    async def answer(self, answer): ...

    def wake_outbox(self): ...

    def health(self):
        return {}


class Stretch:
    """Listings, the past, and what came over the wire: (records, time the venue said after them)."""

    def __init__(self, seed, coins, minutes):
        self.core = Core(SeededMarket(seed, coins, START_MS))
        self.listings, self.past = asyncio.run(self._past(coins, seed))
        self.pushes = list(self._stream(minutes))
        self.end = self.pushes[-1][1]

    async def _past(self, coins, seed):
        waited = [START]

        async def wait(seconds):
            waited[0] += int(seconds * 1e9)

        transport = self._transport(waited)
        rest = OkxRest("http://okx.sim", lambda: waited[0], lambda: 0.5, wait, transport=transport)
        listed = await listings(rest, coins)
        past = [row async for batch in backfill(rest, listed, START, print) for row in batch]
        return listed, [*pillars(seed, START), *past]

    def _transport(self, waited):
        rest = Rest(self.core)

        def answer(request):
            query = request.url.query.decode()
            status, body = rest.answer("GET", request.url.path, query, "", waited[0])
            return httpx.Response(status, stream=httpx.ByteStream(encode(body)))

        return httpx.MockTransport(answer)

    def _stream(self, minutes):
        hub = Hub(self.core, FaultScript(), lambda: self.core.now_ms * MS)
        listener = hub.join(Socket(self.core, "public", "test", follows=True))
        connection = Connection(self.listings.values())
        connection.open(START)
        for text in connection.requests():
            hub.hear(listener, text)
        run = []
        for _ in range(minutes * 600):
            hub.step()
            hub.tick(1.0, ended=False)
            now = self.core.now_ms * MS
            frames = [unframed(made) for made in listener.outbox]
            listener.outbox.clear()
            for frame in frames:
                for item in connection.hear(frame, now, now):
                    if isinstance(item, ClockTick):
                        yield run, item.now
                        run = []
                    elif not isinstance(item, HealthChanged):
                        run.append(item)

    def records(self):
        """The past and the stream, in the order in which they became known."""
        flows = sorted(
            (r for r in self.past if not hasattr(r, "instrument")), key=lambda r: r.ts_asof
        )
        rows = [r for r in self.past if hasattr(r, "instrument")]
        return [flows, rows, [row for run, _ in self.pushes for row in run]]

    def lived(self, config=PLAIN):
        """The ledger of a desk that heard it live."""
        return asyncio.run(self._lived(config))

    async def _lived(self, config):
        ledger = MemoryLedger(b"live", b"live")
        world = engine.World(
            coins=tuple(self.listings),
            instruments=self.listings,
            rules=config.rules(),
            alerts=config.alerts,
            actions=config.actions("live", sha256(b"1").hexdigest()),
            equity_usd=Decimal(str(config.ghost.equity_usd)),
            risk_pct=config.risk.base_pct,
        )
        hall = Hall(
            world,
            ledger,
            Market(self.listings),
            GhostVenue(self.listings.values()),
            Schedule(world.coins),
            Doors(),
            inline,
        )
        await hall.start(START, __version__)
        said = {"chat_kind": "private", "user_name": "", "language": "en", "ts_sent": START}
        await hall.hear(
            ChatInput(update_id=1, chat_id=7, user_id=7, text="/start 1", **said), START
        )
        await hall.observe(self.past, START)
        for run, now in self.pushes:
            await hall.observe(run, now)
            await hall.pass_time(now)
        return ledger
