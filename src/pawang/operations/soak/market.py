"""The public rows of the soak: one fault of the market's stream each (reliability.md, A)."""

import asyncio
import os
import random
import time
from pathlib import Path

from pawang.guards.bucket import TokenBucket
from pawang.market import Market
from pawang.operations.soak.ground import Ground, Watcher, make_feed
from pawang.operations.soak.timing import Row, TookTooLong, until
from pawang.venues.okx.rest import OkxError, OkxRest
from pawang.venues.okx.wire import TradeRow

MAJOR, MINOR = "BTC-USDT-SWAP", "SOL-USDT-SWAP"
SETTLED_S = 6.0  # then a book may be asked for again at once: at most one in 5 s (A09)
HERD = 20
NOTICE_S = 10.0  # from the notice to the close, here; OKX gives a minute
TOLD_S = 0.1  # from a deadline to our hearing of it


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
    if took_s > bound_s + TOLD_S:
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


MARKET_ROWS: tuple[Row, ...] = (
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
)
