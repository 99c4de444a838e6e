"""A row's playing field: a feed over real sockets, and what stands behind it."""

import random
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from pawang.guards.bucket import TokenBucket
from pawang.market import Market
from pawang.market.book import Book
from pawang.model.event import HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.market import (
    BookDelta,
    BookSnapshot,
    FeedLost,
    InstrumentChanged,
    MarketRecord,
    Trade,
)
from pawang.operations.soak.timing import until
from pawang.venues.okx.feed import OkxFeed

CHANNELS = ("books", "trades", "mark-price", "open-interest", "funding-rate", "instruments")
FRESH_S = 3.0  # a live book is never older


@dataclass
class Watcher:
    """What stands behind one feed: its books, its tape, and what it was told."""

    names: tuple[str, ...]
    books: dict[str, Book] = field(default_factory=dict)
    heard: dict[str, float] = field(default_factory=dict)  # when a book last spoke
    snapshots: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)  # by channel and instrument
    trades: dict[str, deque[int]] = field(default_factory=dict)
    health: list[str] = field(default_factory=list)
    relisted: Counter[str] = field(default_factory=Counter)
    market: Market | None = None

    def __post_init__(self) -> None:
        self.books = {name: Book() for name in self.names}
        self.trades = {name: deque(maxlen=10_000) for name in self.names}

    async def follow(self, feed: OkxFeed) -> None:
        async for batch in feed.events():
            for item in batch:
                self.take(item)
                if self.market is not None and isinstance(item, MarketRecord):
                    self.fold(self.market, item)

    def fold(self, market: Market, item: Any) -> None:
        """What the market room says of it: a coin that is halted."""
        edge = market.fold([item]).edge
        if edge is not None and isinstance(edge.body, HealthChanged):
            self.health.append(f"{edge.body.provider} {edge.body.state}")

    def take(self, item: object) -> None:
        """One record."""
        match item:
            case BookSnapshot():
                self.books[item.instrument].replace(item)
                self.snapshots[item.instrument] += 1
                self.heard[item.instrument] = time.monotonic()
            case BookDelta():
                self.books[item.instrument].change(item)
                self.heard[item.instrument] = time.monotonic()
            case FeedLost():
                self.lost[f"{item.channel} {item.instrument}"] += 1
                if item.channel in ("books", "all"):
                    self.books[item.instrument].lose("gap")
            case Trade():
                self.trades[item.instrument].append(int(item.trade_id))
            case HealthChanged():
                self.health.append(f"{item.provider} {item.state}")
            case InstrumentChanged():
                self.relisted[item.listing.name] += 1

    def whole(self) -> bool:
        """Every book intact and fresh."""
        now = time.monotonic()
        return all(
            book.problem is None and now - self.heard.get(name, 0.0) < FRESH_S
            for name, book in self.books.items()
        )

    def losses(self) -> int:
        return self.lost.total()


@dataclass
class Ground:
    """One row's playing field: the venue's address, the listings, and a client that is whole."""

    url: str
    instruments: dict[str, Instrument]
    watcher: Watcher
    feed: OkxFeed
    control: httpx.AsyncClient

    async def strike(self, kind: str, **more: object) -> None:
        """Tell the venue what to do wrong."""
        answer = await self.control.post("/sandbox/fault", json={"kind": kind, **more})
        answer.raise_for_status()

    async def lost(self, within_s: float) -> float:
        """Until the desk was told that some book is unknown."""
        before = self.watcher.losses()
        return await until(lambda: self.watcher.losses() > before, within_s, "nothing was lost")

    async def whole(self, within_s: float) -> float:
        return await until(self.watcher.whole, within_s, "the books are not whole again")

    async def hit(self, within_s: float, kind: str, **more: object) -> None:
        """Strike, see it noticed, see it healed, all within the bound."""
        began, before = time.monotonic(), self.watcher.losses()
        await self.strike(kind, **more)
        await until(lambda: self.watcher.losses() > before, within_s, "nobody noticed")
        await self.whole(within_s - (time.monotonic() - began))


def make_feed(
    url: str,
    instruments: dict[str, Instrument],
    connects: TokenBucket | None = None,
    channels: Sequence[str] = CHANNELS,
) -> OkxFeed:
    """The product's feed, with the process's own clock and chance."""
    return OkxFeed(
        f"{url.replace('http', 'ws', 1)}/ws/v5/public",
        instruments,
        time.time_ns,
        time.monotonic_ns,
        random.random,
        channels=channels,
        connects=connects,
    )
