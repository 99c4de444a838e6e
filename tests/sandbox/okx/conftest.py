"""A market so small that one can say what it will do, and what the tests share around it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from pawang.sandbox.faults import FaultScript
from pawang.sandbox.okx import OkxVenue, VenueParams
from pawang.sandbox.okx.connection import Connection
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.hub import Hub
from pawang.sandbox.source import STEP_MS, Bar, Forced, Listing, Print, Step

START_MS = 1_757_894_400_000  # 2025-09-15 00:00 UTC, a Monday
MIDS = {"BTC": 1_000_000, "ETH": 400_000}  # best bid in ticks
HISTORY_MS = 400 * 86_400_000
FUNDING_MS = 8 * 3_600_000


def listing(coin: str, code: int, tick: str, decimals: int, value: str) -> Listing:
    return Listing(
        inst_id=f"{coin}-USDT-SWAP",
        coin=coin,
        code=code,
        tick_size=tick,
        price_decimals=decimals,
        lot_size="0.01",
        lot_decimals=2,
        contract_value=value,
    )


LISTINGS = [listing("BTC", 10459, "0.1", 1, "0.01"), listing("ETH", 10461, "0.01", 2, "0.1")]


class FixedSource:
    """Implements `source.MarketSource`. Every step touches one bid and prints a sweep of three
    prints at two prices; `script` (step number, instId -> fields of Step) replaces a step."""

    def __init__(
        self,
        script: dict[tuple[int, str], dict] | None = None,
        *,
        depth: int = 450,
        end_ms: int | None = None,
        quiet: bool = False,
        history_ms: int = HISTORY_MS,
    ) -> None:
        self.listings = LISTINGS
        self.start_ms = START_MS
        self.end_ms = end_ms
        self._now = START_MS
        self._script = script or {}
        self._quiet = quiet
        self._first = START_MS - history_ms
        self._books = {
            made.inst_id: (
                {MIDS[made.coin] - n: 100 + n for n in range(depth)},
                {MIDS[made.coin] + 1 + n: 200 + n for n in range(depth)},
            )
            for made in LISTINGS
        }

    def now_ms(self) -> int:
        return self._now

    def step(self) -> list[Step]:
        self._now += STEP_MS
        number = (self._now - self.start_ms) // STEP_MS
        return [self._one(made, number) for made in self.listings]

    def _one(self, made: Listing, number: int) -> Step:
        fields = self._script.get((number, made.inst_id))
        if fields is None:
            fields = {} if self._quiet else self._usual(made, number)
        step = Step(inst_id=made.inst_id, ts_ms=self._now, **fields)
        for side, changes in zip(self._books[made.inst_id], (step.bids, step.asks), strict=True):
            for ticks, lots in changes.items():
                if lots:
                    side[ticks] = lots
                else:
                    side.pop(ticks, None)
        return step

    def _usual(self, made: Listing, number: int) -> dict:
        mid, begin = MIDS[made.coin], self._now - STEP_MS
        first = LISTINGS.index(made)
        fields: dict = {
            "bids": {mid - number % 3: 1_000 + number},
            "prints": [
                Print(begin + 10 + first, mid + 1, 5, True),
                Print(begin + 10 + first, mid + 1, 7, True),
                Print(begin + 10 + first, mid + 2, 1, True),
            ],
        }
        if number % 2 == 0:
            fields |= {"mark_ticks": mid + number, "index": mid * float(made.tick_size) + number}
        if number % 30 == 0:
            fields["open_interest_lots"] = 1_000_000 + number
            fields["forced"] = [Forced(begin + 50, mid, 9, True)]
        if number % 600 == 0:
            fields["funding_rate"] = 0.0002
        return fields

    def levels(self, inst_id: str) -> tuple[dict[int, int], dict[int, int]]:
        bids, asks = self._books[inst_id]
        return dict(bids), dict(asks)

    def _times(self, period_ms: int, end_ms: int, limit: int) -> list[int]:
        last = min(end_ms - 1, self._now) // period_ms * period_ms
        return [at for n in range(limit) if (at := last - n * period_ms) >= self._first]

    def candles(self, inst_id: str, bar_ms: int, end_ms: int, limit: int) -> list[Bar]:
        """A bar opens at its minute's number: what is folded from many can be foretold."""
        mid = MIDS[inst_id.split("-")[0]]

        def at(ts: int) -> int:
            return mid + (ts - self.start_ms) // 60_000

        return [
            Bar(ts, at(ts), at(ts + bar_ms) + 5, at(ts) - 5, at(ts + bar_ms), bar_ms // 60_000)
            for ts in self._times(bar_ms, end_ms, limit)
        ]

    def open_interest_history(self, inst_id: str, period_ms: int, end_ms: int, limit: int) -> list:
        return [(ts, 1_000_000) for ts in self._times(period_ms, end_ms, limit)]

    def funding_history(self, inst_id: str, end_ms: int, limit: int) -> list:
        return [(ts, 0.0001) for ts in self._times(FUNDING_MS, end_ms, limit)]

    def ratio_history(self, inst_id: str, period_ms: int, end_ms: int, limit: int) -> list:
        return [(ts, 1.25) for ts in self._times(period_ms, end_ms, limit)]

    def taker_history(self, inst_id: str, period_ms: int, end_ms: int, limit: int) -> list:
        return [(ts, 300, 500) for ts in self._times(period_ms, end_ms, limit)]


class Bench:
    """Core, hub and connections on a wall clock that only moves when it is told to."""

    def __init__(self, source: FixedSource | None = None) -> None:
        self.source = source or FixedSource()
        self.core = Core(self.source)
        self.wall = 1_000_000_000
        self.faults = FaultScript()
        self.hub = Hub(self.core, self.faults, lambda: self.wall)
        self.joined = 0

    def join(self, path: str = "public", *, follows: bool = False):
        self.joined += 1
        connection = Connection(
            self.core, path, f"{self.joined:08x}", follows=follows, scripted=self.hub.rejects
        )
        return self.hub.join(connection)

    def say(self, listener, message: object) -> list:
        """What the client hears for what it says."""
        self.hub.hear(listener, message if isinstance(message, str) else json.dumps(message))
        return self.heard(listener)

    def subscribe(self, listener, *args: dict) -> list:
        return self.say(listener, {"op": "subscribe", "args": list(args)})

    def steps(self, listener, count: int = 1) -> list:
        for _ in range(count):
            self.hub.step()
        return self.heard(listener)

    def heard(self, listener) -> list:
        frames, listener.outbox = listener.outbox, []
        texts = [unframed(data) for data in frames]
        return [text if text == "pong" else json.loads(text) for text in texts]


def unframed(data: bytes) -> str:
    """The text of one server frame."""
    size = data[1]
    start = {126: 4, 127: 10}.get(size, 2)
    return data[start:].decode()


@pytest.fixture(scope="session")
def fixed_source() -> type[FixedSource]:
    return FixedSource


@pytest.fixture(scope="session")
def make_bench() -> type[Bench]:
    return Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def serving():
    """A venue on a free port, for the length of a story."""

    @asynccontextmanager
    async def serve(source: FixedSource | None = None, speed: float = 1.0, **options):
        params = {"connections_per_s": 100, "check_s": 0.02, **options.pop("params", {})}
        venue = OkxVenue(source or FixedSource(), speed, params=VenueParams(**params), **options)
        await venue.start()
        try:
            yield venue
        finally:
            await venue.close()

    return serve


@pytest.fixture
def run() -> Callable[[Callable[[], Awaitable[None]]], None]:
    """Play a story on a loop of its own, not for ever."""

    def play(story: Callable[[], Awaitable[None]]) -> None:
        asyncio.run(asyncio.wait_for(story(), 20))

    return play
