"""Every fault of the list once over real sockets, with a stopwatch: `make soak`.

The simulated OKX runs as a process of its own; our client meets it over loopback, one row of
reliability.md after the other, each on a fresh connection, and each has to be whole again within
its bound in real seconds. The bounds are the rows' own. It takes some six minutes, most of them
waiting for what the rows allow to be slow (a half-open line, a refused subscription).

    python -m pawang.operations.soak --json --only A04,A12
"""

import asyncio
import json
import os
import random
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import httpx
from cyclopts import App, Parameter

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
from pawang.operations.soak_orders import order_rows
from pawang.operations.soak_time import Outcome, Row, TookTooLong, until
from pawang.venues.okx import public
from pawang.venues.okx.feed import OkxFeed
from pawang.venues.okx.rest import OkxError, OkxRest
from pawang.venues.okx.wire import TradeRow

COINS = ("BTC", "SOL")
MAJOR, MINOR = "BTC-USDT-SWAP", "SOL-USDT-SWAP"
CHANNELS = ("books", "trades", "mark-price", "open-interest", "funding-rate", "instruments")
WHOLE_S = 20.0  # a fresh client is whole by then, or the row has not begun
FRESH_S = 3.0  # a live book is never older
SETTLED_S = 6.0  # then a book may be asked for again at once: at most one in 5 s (A09)
STARTS_S = 30.0  # the simulated venue listens by then
HERD = 20
NOTICE_S = 10.0  # from the notice to the close, here; OKX gives a minute


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


# The rows.


async def a01(ground: Ground, bound_s: float) -> None:
    await ground.hit(bound_s, "mid_frame")


async def a02(ground: Ground, bound_s: float) -> None:
    await ground.hit(bound_s, "half_open", seconds=60)


async def a03(ground: Ground, bound_s: float) -> None:
    """The channel is asked for again, and its snapshot stands, while the freeze goes on."""
    before = ground.watcher.snapshots[MAJOR]
    await ground.strike("freeze", channel="books", inst_id=MAJOR, seconds=40)
    again = lambda: ground.watcher.snapshots[MAJOR] > before  # noqa: E731
    await until(again, bound_s, "the frozen channel was not asked for again")


async def a04(ground: Ground, bound_s: float) -> None:
    await ground.hit(bound_s, "gap", inst_id=MAJOR)


async def a05(ground: Ground, bound_s: float) -> float:
    """A legal reset costs nothing: no time at all."""
    before = ground.watcher.losses()
    await ground.strike("seq_reset", inst_id=MAJOR)
    await asyncio.sleep(bound_s)
    if ground.watcher.losses() > before or not ground.watcher.whole():
        raise TookTooLong("a legal reset was taken for a gap")
    return 0.0


async def a07(ground: Ground, bound_s: float) -> float:
    """A duplicate costs nothing: no time at all."""
    before = ground.watcher.losses()
    await ground.strike("duplicate", inst_id=MAJOR, count=5)
    await asyncio.sleep(bound_s)
    if ground.watcher.losses() > before or not ground.watcher.whole():
        raise TookTooLong("a duplicate was taken for a gap")
    return 0.0


async def a08(ground: Ground, bound_s: float) -> None:
    await ground.strike("no_snapshot", inst_id=MAJOR)
    await ground.hit(bound_s, "gap", inst_id=MAJOR)


async def a11(ground: Ground, bound_s: float) -> None:
    """The refused coin is named and tried again in a minute; the others stay live."""
    await ground.strike("reject", channel="books", inst_id=MINOR)
    await ground.strike("cut")
    rejected = lambda: any("SOL" in said for said in ground.watcher.health)  # noqa: E731
    await until(rejected, bound_s, "the refused coin was not named")
    major = lambda: ground.watcher.books[MAJOR].problem is None  # noqa: E731
    await until(major, 10.0, "the other coin suffers with it")
    await ground.whole(bound_s)


async def a16(ground: Ground, bound_s: float) -> None:
    """A frame above the limit closes the connection; it is never held in memory."""
    before = _rss_mb()
    await ground.hit(bound_s, "huge", count=50)
    if _rss_mb() - before > 32:
        raise TookTooLong(f"memory rose by {_rss_mb() - before} MB")


async def a17(ground: Ground, bound_s: float) -> None:
    """Broken JSON, bad UTF-8, deep nesting: counted, and nothing else happens."""
    before = ground.watcher.losses()
    await ground.strike("garbage")
    counted = lambda: sum(ground.feed.malformed.values()) > 0  # noqa: E731
    await until(counted, bound_s, "nothing was counted")
    await ground.whole(bound_s)
    if ground.watcher.losses() > before + len(ground.instruments):
        raise TookTooLong("garbage cost more than one connection")


def _rss_mb() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


async def a19(ground: Ground, bound_s: float) -> None:
    await ground.hit(bound_s, "crossed", inst_id=MAJOR)


async def a20(ground: Ground, bound_s: float) -> float:
    """Prices ten times off: after more than five seconds of them the coin is halted. Timed from
    the strike; before it the market room learns what the price is."""
    watcher = ground.watcher
    watcher.market = Market(ground.instruments)
    await asyncio.sleep(SETTLED_S)
    await ground.strike("price", inst_id=MAJOR, count=1_000_000)
    [coin] = [made.coin for made in ground.instruments.values() if made.name == MAJOR]
    return await until(
        lambda: f"{coin} halted" in watcher.health, bound_s, "the coin was not halted"
    )


async def a23(ground: Ground, bound_s: float) -> None:
    """A contract that changes is told."""
    await ground.strike("instrument", inst_id=MAJOR, body='{"maxLmtSz":"99999","lotSz":"0.1"}')
    changed = ground.watcher.relisted
    await until(lambda: changed[MAJOR] > 0, bound_s, "nobody told of the changed contract")


async def a27(ground: Ground, bound_s: float) -> float:
    """A byte a second is too slow: the deadline is for all of a call, each of its tries."""
    await ground.strike("http", path="/api/v5/public/time", sending="slow", count=9, status=200)
    rest = OkxRest(ground.url, time.time_ns, random.random, sleep=_at_once)
    began = time.monotonic()
    try:
        await rest.get("public/time", {})
    except OkxError:
        took_s = (time.monotonic() - began) / rest.calls
    else:
        raise TookTooLong("a dripping answer was waited for")
    finally:
        await rest.close()
    if took_s > bound_s + 0.5:
        raise TookTooLong(f"a dripping answer held a call for {took_s:.1f} s")
    return took_s


async def _at_once(_: float) -> None:
    """No pause between two tries: only the calls are timed."""


class Counted(TokenBucket):
    """Remembers when it let somebody go."""

    def __init__(self) -> None:
        super().__init__(1, 2.9)
        self.times: list[float] = []

    def take(self, now: int, count: int = 1) -> int:
        wait = super().take(now, count)
        if not wait:
            self.times.append(time.monotonic())
        return wait


async def a12(ground: Ground, bound_s: float) -> float:
    """Moved before the venue closes the old connection, and not a message is missing. What is
    timed is the move; whether anything was missed is asked after the old one is closed."""
    watcher, began = ground.watcher, time.monotonic()
    before = watcher.losses()
    await ground.strike("notice", seconds=NOTICE_S)
    moves = lambda: sum(stream.moves for stream in ground.feed.streams) > 0  # noqa: E731
    await until(moves, bound_s, "nobody moved")
    moved_s = time.monotonic() - began
    await asyncio.sleep(NOTICE_S)
    rest = OkxRest(ground.url, time.time_ns, random.random)
    try:
        for name, ours in watcher.trades.items():
            told = await rest.get("market/trades", {"instId": name, "limit": "500"})
            theirs = [int(row.trade_id) for row in told.records if isinstance(row, TradeRow)]
            missed = {one for one in theirs if ours and ours[0] < one < ours[-1]} - set(ours)
            if missed or watcher.losses() > before:
                raise TookTooLong(f"{len(missed)} trades of {name} missed, or a book lost")
            if list(ours) != sorted(set(ours)):
                raise TookTooLong(f"trades of {name} came twice or out of order")
    finally:
        await rest.close()
    return moved_s


async def a14(ground: Ground, bound_s: float) -> None:
    """Twenty sockets fall together and come back spread out, never four in a second (A13)."""
    connects = Counted()
    herd = [Watcher(tuple(made.name for made in ground.instruments.values())) for _ in range(HERD)]
    tasks = []
    for watcher in herd:
        feed = make_feed(ground.url, ground.instruments, connects, ("books",))
        tasks.append(asyncio.create_task(watcher.follow(feed)))
    try:
        whole = lambda: all(watcher.whole() for watcher in herd)  # noqa: E731
        await until(whole, 40.0, "the herd never stood")
        connects.times.clear()
        losses = [watcher.losses() for watcher in herd]
        await ground.strike("cut")
        noticed = lambda: all(  # noqa: E731
            watcher.losses() > before for watcher, before in zip(herd, losses, strict=True)
        )
        await until(noticed, bound_s, "some did not notice")
        await until(whole, bound_s, "the herd is not back")
        times = sorted(connects.times)
        if times[HERD - 1] - times[0] < 5.0:
            raise TookTooLong(f"the herd came back within {times[HERD - 1] - times[0]:.1f} s")
        if any(late - early < 1.0 for early, late in zip(times, times[3:], strict=False)):
            raise TookTooLong("four connects in one second (A13)")
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


ROWS: tuple[Row, ...] = (
    Row("A01", "reset in the middle of a frame", 5.0, a01),
    Row("A02", "half-open: neither data nor end", 25.0, a02),
    Row("A03", "pings answered, a major's book frozen", 12.0, a03),
    Row("A04", "gap in the sequence", 3.0, a04),
    Row("A05", "legal reset of the sequence", 2.0, a05),
    Row("A07", "duplicated updates", 2.0, a07),
    Row("A08", "no snapshot after resubscribing", 12.0, a08),
    Row("A11", "one subscription refused", 62.0, a11),
    Row("A12", "service upgrade: 0 missed", NOTICE_S, a12),
    Row("A14", "twenty sockets drop together (and A13)", 30.0, a14),
    Row("A16", "a frame of 50 MB", 10.0, a16),
    Row("A17", "garbage in frames", 5.0, a17),
    Row("A19", "crossed book", 3.0, a19),
    Row("A20", "ten times the price: the coin is halted", 10.0, a20),
    Row("A23", "a contract changes", 60.0, a23),
    Row("A27", "a REST answer that drips", 5.0, a27),
    *order_rows(),
)


# Running them.


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


@asynccontextmanager
async def venue(*more: str) -> AsyncIterator[str]:
    """A simulated OKX as its own process; its base URL."""
    coins = [word for coin in COINS for word in ("--coin", coin)]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pawang", "sandbox", "okx", "--seed", "7", *coins, *more),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(STARTS_S):
            said = await process.stdout.readline()
        yield str(json.loads(said)["url"])
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def run_row(row: Row, url: str) -> Outcome:
    """On a fresh client; the venue forgets its script afterwards."""
    if row.alone is not None:
        return await _alone(row, url)
    assert row.test is not None, "a row is one or the other"
    async with httpx.AsyncClient(base_url=url, trust_env=False) as control:
        rest = OkxRest(url, time.time_ns, random.random)
        instruments = await public.listings(rest, COINS)
        await rest.close()
        watcher = Watcher(tuple(made.name for made in instruments.values()))
        feed = make_feed(url, instruments)
        following = asyncio.create_task(watcher.follow(feed))
        ground = Ground(url, instruments, watcher, feed, control)
        began = time.monotonic()
        problem = ""
        try:
            await ground.whole(WHOLE_S)
            await asyncio.sleep(SETTLED_S)
            began = time.monotonic()
            timed = await row.test(ground, row.bound_s)
            took_s = time.monotonic() - began if timed is None else timed
        except TookTooLong as late:
            problem, took_s = str(late), time.monotonic() - began
        if following.done():
            problem = f"the feed ended: {following.exception()!r}"
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await control.delete("/sandbox/fault")
    return Outcome(row.name, row.words, row.bound_s, round(took_s, 2), not problem, problem)


async def _alone(row: Row, url: str) -> Outcome:
    assert row.alone is not None
    problem, began = "", time.monotonic()
    try:
        took_s = await row.alone(url, row.bound_s)
    except TookTooLong as late:
        problem, took_s = str(late), time.monotonic() - began
    async with httpx.AsyncClient(base_url=url, trust_env=False) as control:
        await control.delete("/sandbox/fault")
    return Outcome(row.name, row.words, row.bound_s, round(took_s, 2), not problem, problem)


async def soak(rows: Sequence[Row], tell: Callable[[Outcome], None]) -> list[Outcome]:
    """All rows in order against one venue."""
    outcomes: list[Outcome] = []
    async with venue() as url:
        for row in rows:
            outcome = await run_row(row, url)
            outcomes.append(outcome)
            tell(outcome)
    return outcomes


app = App(name="soak", help="Each fault once over real sockets, with a stopwatch.")


@app.default
def main(
    *,
    only: Annotated[str, Parameter(help="Rows, with commas: A04,A12.")] = "",
    json_: Annotated[bool, Parameter(name="--json", negative="")] = False,
    report: Annotated[Path | None, Parameter(help="Write the outcomes there as JSON.")] = None,
) -> int:
    """Exit status 1 when a row missed its bound."""
    wanted = {name.strip() for name in only.split(",") if name.strip()}
    rows = [row for row in ROWS if not wanted or row.name in wanted]

    def tell(one: Outcome) -> None:
        if json_:
            print(json.dumps(vars(one)), flush=True)
            return
        verdict = "ok" if one.ok else f"MISSED: {one.problem}"
        took = f"{one.took_s:7.2f} s of {one.bound_s:5.1f}"
        print(f"{one.row:>4}  {one.words:<42} {took}  {verdict}", flush=True)

    began = time.monotonic()
    outcomes = asyncio.run(soak(rows, tell))
    if report is not None:
        report.write_text(json.dumps([vars(one) for one in outcomes], indent=1))
    missed = [one.row for one in outcomes if not one.ok]
    summary: dict[str, Any] = {"rows": len(outcomes), "missed": missed}
    summary["seconds"] = round(time.monotonic() - began)
    print(json.dumps(summary) if json_ else f"soak: {summary}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(app(result_action="return_value"))
