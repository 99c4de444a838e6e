"""The public half of a seed: the real feed under a fault script, its books read all the while."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any, cast

from pawang.market.book import Book
from pawang.model.instrument import Instrument
from pawang.model.market import MarketRecord
from pawang.simulate.loop import VirtualLoop
from pawang.simulate.net import Network
from pawang.simulate.okx.books import Reader
from pawang.simulate.okx.market import START_MS
from pawang.simulate.okx.verdict import ChaosOptions
from pawang.simulate.okx.world import LOOK_S, MS, STREAM_PORT, ChaosWorld
from pawang.venues.okx import public
from pawang.venues.okx.comparison import Verdict as Comparison
from pawang.venues.okx.feed import Item, OkxFeed
from pawang.venues.okx.rest import OkxError, OkxRest
from pawang.venues.okx.translate import Translator

CHANNELS = ("books", "trades", "mark-price", "open-interest", "funding-rate")
CONNECTS_PER_S = 3  # okx-v5.md 4, row A13
STEADY_S = 4.0  # whole again for so long is healed
FRESH_S = 3.0  # a live book is never older
ASK_S = 5.0
LOSSLESS = ("duplicate", "seq_reset", "torn", "http", "notice")
"""Kinds that cost neither a book nor a trade: a duplicate (A07), a legal reset (A05), segments,
another door, and a notice in time (A12)."""


@dataclass(frozen=True)
class StreamParts:
    """What is on trial. A test puts a part with a planted bug in its place."""

    feed: type[OkxFeed] = OkxFeed
    book: type[Book] = Book


class StreamWorld(ChaosWorld):
    """`readers` by instrument: what stands behind the feed, and the laws over it."""

    def __init__(
        self, options: ChaosOptions, loop: VirtualLoop, net: Network, parts: StreamParts
    ) -> None:
        super().__init__(options, loop, net)
        self.parts = parts
        self.readers: dict[str, Reader] = {}
        self._feed: OkxFeed | None = None
        self._whole_since: float | None = None
        self._losses = -1
        # Every third world is one of two sockets: the business path has the single prints.
        self._business = ("trades-all", "candle1m") if options.seed % 3 == 0 else ()

    async def work(self) -> list["asyncio.Task[None]"]:
        listed = await public.listings(self.rest, self.options.coins)
        for made in listed.values():
            reader = Reader(made, self.venue.core.instruments[made.name], self.parts.book())
            self.readers[made.name] = reader
        return [
            asyncio.create_task(self._follow(listed), name="feed"),
            asyncio.create_task(self._ask(listed), name="rest"),
            asyncio.create_task(self._watch(), name="watch"),
        ]

    async def _follow(self, listed: dict[str, Instrument]) -> None:
        feed = self.parts.feed(
            f"ws://127.0.0.1:{STREAM_PORT}/ws/v5/public",
            listed,
            self.clock.now,
            self.clock.now,
            self.chance.random,
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

    async def _ask(self, listed: dict[str, Instrument]) -> None:
        """The REST client meets the same venue; what it says is right or an error of its tree."""
        translator = Translator({made.name: made for made in listed.values()})
        while True:
            for made in listed.values():
                with suppress(OkxError):
                    await public.server_time(self.rest)
                    await self._hold_against(self.rest, translator, made.name)
                await asyncio.sleep(ASK_S)

    async def _hold_against(self, rest: OkxRest, translator: Translator, name: str) -> None:
        """The feed's own comparison with REST: two books that are both right never differ."""
        assert self._feed is not None, "the feed began before"
        self._feed.watch_book(name)
        await asyncio.sleep(LOOK_S)
        told = await public.book(rest, translator, name, self.clock.now())
        found = self._feed.compare(name, told)
        self.verdict.counts[found.value] += 1
        if found is Comparison.DIFFERENT:
            self.broke(f"{name}: REST {told.seq} differs from the stream")

    def _note(self, item: Any) -> None:
        name = type(item).__name__
        self.verdict.counts[name] += 1
        number = getattr(item, "seq", None) or getattr(item, "trade_id", "")
        said = item.reason if hasattr(item, "reason") else ""
        where = item.instrument if isinstance(item, MarketRecord) else ""
        self.note(f"{name} {where} {number} {said}")

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

    def healed(self, since_s: float) -> bool:
        """For a while now every book was intact and fresh, and every tape heard again."""
        now, lost = self.loop.time(), sum(reader.losses for reader in self.readers.values())
        if lost != self._losses or not self._whole(since_s):
            self._whole_since, self._losses = None, lost
        elif self._whole_since is None:
            self._whole_since = now
        elif now >= self._whole_since + STEADY_S:
            self.verdict.healed_s = round(self._whole_since - since_s, 3)
            return True
        return False

    def _whole(self, since_s: float) -> bool:
        since = START_MS * MS + round(since_s * 1e9)
        return all(
            reader.book.problem is None
            and self.age(reader.ts_book) < FRESH_S
            and reader.ts_trade > since
            for reader in self.readers.values()
        )

    def unhealed(self) -> list[str]:
        return [
            f"{one.name}: book {one.book.problem or 'intact'}, {self.age(one.ts_book):.1f} s old,"
            f" the last trade {self.age(one.ts_trade):.1f} s"
            for one in self.readers.values()
        ]

    def judge(self) -> None:
        verdict, readers = self.verdict, self.readers.values()
        times = self.net.dialled.get(STREAM_PORT, [])
        verdict.connects = len(times)
        for first, fourth in zip(times, times[CONNECTS_PER_S:], strict=False):
            if fourth - first < 1.0:
                self.broke(f"A13: four connects from {first:.2f} s on in a second")
        if set(verdict.kinds) <= set(LOSSLESS):
            for reader in readers:
                if reader.losses or (missed := reader.missed()):
                    words = "a book" if reader.losses else f"{len(missed)} trades"
                    self.broke(f"{reader.name}: {words} lost to what loses nothing")
        verdict.compared = sum(reader.compared for reader in readers)
        verdict.losses = sum(reader.losses for reader in readers)
