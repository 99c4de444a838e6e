"""OKX as an `OrderVenue`: the desk's orders become OKX's, and what OKX tells becomes reports.

The judgement is the `blotter`'s; here are the calls, the clock and the order of things:

start: the key's rights, the clock, then the private sockets; entries are taken once the account
has been read. Every (re)connect reads again what was missed: resting orders, algos, positions,
fills since the last one seen, funding since the last bill (C08). Between a cut and that reading
no new entry leaves; cancels and closes do. `hold` keeps entries back for another reason, such as
maintenance (C21); letting go reads first.

Everything of one order is answered in its own task, so a call that hangs holds up no other.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from decimal import Decimal

from pawang.model.codec import Record
from pawang.model.event import HealthChanged
from pawang.model.instrument import Instrument
from pawang.model.order import Order, Rejected, VenueReport
from pawang.model.refs import DAY, MILLISECOND, MINUTE, SECOND
from pawang.venues.okx import maintenance
from pawang.venues.okx.blotter import FUNDING, Blotter
from pawang.venues.okx.codes import Halted, OkxError
from pawang.venues.okx.errands import Errands
from pawang.venues.okx.life import LifeParams
from pawang.venues.okx.private import Pushed
from pawang.venues.okx.rights import Rights, judge, wrong_world
from pawang.venues.okx.trade import OkxTrade
from pawang.venues.okx.wire_account import (
    BalancePositionRow,
    BalanceRow,
    PositionRow,
)
from pawang.venues.okx.wire_private import (
    AlgoRow,
    FillRow,
    OrderRow,
)

OVERLAP_MS = 1_000  # asked again before the last fill: two fills may share a stamp
USUAL = ("normal", "twap", "")
"""Categories of orders that somebody placed; the others are the venue's own (okx-v5.md 8.4)."""
READING = ("starting", "reading")  # reasons that end when the account has been read
HISTORY_NS = 3 * DAY  # as far as /trade/fills goes


class VenueParams(Record):
    leverage: Decimal = Decimal(20)  # the most sizing reckons with (risk/caps.py)
    again_ns: int = SECOND  # after a reading that failed
    tick_ns: int = MINUTE  # the longest sleep: clocks are looked after
    life: LifeParams = LifeParams()


class OkxVenue:
    """`utc` is our clock of day, `sleep` the loop's; `tell` hears words for a person."""

    table = Blotter  # what keeps the orders

    def __init__(
        self,
        instruments: Iterable[Instrument],
        trade: OkxTrade,
        demo: bool,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        tell: Callable[[str], None] = lambda _: None,
        params: VenueParams | None = None,
    ) -> None:
        listed = list(instruments)
        self.params = params or VenueParams()
        self.blotter = self.table(listed, self.params.life)
        self._errands = Errands(
            trade, self.blotter, self.params.leverage, lambda: not self._closed, tell
        )
        self.balance: BalanceRow | None = None
        self.skipped: Counter[str] = Counter()
        self._trade = trade
        self._rest = trade.rest
        self._demo = demo
        self._sleep = sleep
        self._tell = tell
        self._closed = ["starting"]  # why no entry is taken, oldest first
        self._reports: deque[VenueReport] = deque()
        self._news = asyncio.Event()
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._reading: asyncio.Task[None] | None = None
        self._broken: BaseException | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._funded_ms = 0

    # The port.

    def submit(self, order: Order) -> None:
        """Take an order; the answer comes as a report. A second submit changes nothing."""
        now = self._rest.now()
        if self._closed and not self.blotter.knows(order.client_order_id):
            self._say(
                Rejected(
                    client_order_id=order.client_order_id,
                    ref_id=order.ref_id,
                    book=order.book,
                    ts_event=now,
                    reason=f"venue_{self.closed}",
                )
            )
            return
        self.blotter.submit(order, now)
        self._wake.set()

    def cancel(self, client_order_id: str, reason: str, close: bool, now: int) -> None:
        """Withdraw the entry; with `close` the position leaves at market. `now` is the desk's:
        the venue's own time counts here."""
        self.blotter.cancel(client_order_id, reason, close, self._rest.now())
        self._wake.set()

    def amend(
        self, client_order_id: str, contracts: Decimal | None = None, price: Decimal | None = None
    ) -> None:
        """A new total or price of a resting entry; what comes of it is in the ticket."""
        life = self.blotter.lives.get(client_order_id)
        if life is not None:
            life.entry.amend(contracts, price)
            self._wake.set()

    async def reports(self) -> AsyncIterator[VenueReport]:
        """What happened to the orders, in the order we heard of it."""
        while True:
            await self._news.wait()
            for report in self.drain():
                yield report

    def drain(self) -> list[VenueReport]:
        """Reports not yet taken, without waiting."""
        taken = list(self._reports)
        self._reports.clear()
        self._news.clear()
        return taken

    def _say(self, *reports: VenueReport) -> None:
        self._reports.extend(reports)
        if reports:
            self._news.set()

    # Opening and closing the door for entries.

    @property
    def closed(self) -> str:
        """Why entries are not taken; "" = they are."""
        return self._closed[0] if self._closed else ""

    async def check(self) -> Rights:
        """The key's rights and the clock, before anything else (C18, C20). Raises OkxError."""
        await self._rest.sync()
        self._look_at_clock()
        try:
            config = await self._trade.config()
        except Halted as halted:
            words = wrong_world(halted, self._demo)
            if not words:
                raise
            return Rights(refusals=(words,), warnings=())
        return judge(config)

    def restore(self, orders: Iterable[Order]) -> None:
        """Orders from before a restart; call it before the sockets come up."""
        self.blotter.restore(orders, self._rest.now())

    def hold(self, reason: str) -> None:
        """No new entries, for this reason; what rests and what is open goes on (C21)."""
        self._shut(reason)

    def release(self, reason: str) -> None:
        """That reason is over: read the account, then take entries again."""
        if reason in self._closed:
            self._closed.remove(reason)
            self._shut("reading")
            self.connected()

    def _shut(self, reason: str) -> None:
        if reason not in self._closed:
            self._closed.append(reason)

    def health(self, news: HealthChanged) -> None:
        """What OKX says of its maintenance: no entry from five minutes before it (C21)."""
        if news.provider != maintenance.PROVIDER:
            return
        if news.state == "maintenance":
            self.hold("maintenance")
        elif news.state == "normal":
            self.release("maintenance")

    # The private sockets' words.

    def pushed(self, item: Pushed) -> None:
        """Rows of one channel."""
        now = self._rest.now()
        for row in item.rows:
            match row:
                case OrderRow():
                    if not self.blotter.order(row, now) and row.category not in USUAL:
                        # Booked as such by nobody yet (C22): a person must look.
                        self._tell(f"{row.inst_id}: OKX closed {row.acc_fill_sz}: {row.category}")
                case AlgoRow():
                    self.blotter.algo(row, now)
                case FillRow():
                    self.blotter.fill(row, now)
                case PositionRow():
                    self.blotter.position(row)
                case BalanceRow():
                    self.balance = row
                case BalancePositionRow(event_type="funding_fee"):
                    self._start(self._read_funding())
                case _:
                    self.skipped[item.channel] += 1
        self._wake.set()

    def connected(self) -> None:
        """Both sockets stand: read what was missed, then open."""
        if self._reading is not None:
            self._reading.cancel()
        self._reading = self._start(self._catch_up())

    def lost(self, reason: str) -> None:
        """Blind until the sockets are back; leverage may be changed meanwhile, so read it anew."""
        self._shut("reading")
        self._errands.forget_leverage()
        if self._reading is not None:
            self._reading.cancel()

    # Reading the account.

    async def _catch_up(self) -> None:
        """C08; again until it is whole. What is in the way is told once."""
        told = False
        while True:
            try:
                await self._read()
                self._closed = [one for one in self._closed if one not in READING]
                self._wake.set()
                return
            except OkxError as failed:
                if not told:
                    self._tell(f"the account is not read yet: {failed}")
                told = True
                if isinstance(failed, Halted):
                    return
                await self._sleep(self.params.again_ns / SECOND)

    async def _read(self) -> None:
        """Everything at once; the buckets keep the pace."""
        trade, since, asked = self._trade, self._since_ms(), self._rest.now()
        pending, algos, positions, fills, self.balance = await asyncio.gather(
            trade.pending(),
            trade.pending_algos(),
            trade.positions(),
            trade.fills(since),
            trade.balance(),
        )
        await self._read_funding()
        now = self._rest.now()
        for order in pending:
            self.blotter.order(order, now, pushed=False)
        for algo in algos:
            self.blotter.algo(algo, now)
        for fill in fills:
            self.blotter.fill(fill, now)
        self.blotter.hold_positions(positions, asked)
        self.blotter.look([row.ord_id for row in pending], now)

    def _since_ms(self) -> int:
        last = self.blotter.last_fill.ts
        now = self._rest.now()
        if not last:
            last = min((life.order.ts_placed for life in self.blotter.lives.values()), default=now)
        return max(last, now - HISTORY_NS) // MILLISECOND - OVERLAP_MS

    async def _read_funding(self) -> None:
        """Settlements since the last bill."""
        since = self._funded_ms or self._since_ms()
        for bill in await self._trade.bills(FUNDING, since):
            self._funded_ms = max(self._funded_ms, bill.ts)
            self.blotter.bill(bill)
        self._wake.set()

    # Work.

    async def run(self) -> None:
        """Do what is due, for ever. A mistake of ours in any call ends it: it is not a cut."""
        try:
            while True:
                self._wake.clear()
                if self._broken is not None:
                    raise self._broken
                now = self._rest.now()
                for wanted in self.blotter.todo(now):
                    self._start(self._errands.do(wanted))
                self._say(*self.blotter.reports(now))
                self._keep_clock()
                await self._rested(now)
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Let go of every call under way."""
        for task in [*self._tasks]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._errands.stop()

    async def _rested(self, now: int) -> None:
        """Until something is heard, or due."""
        due = self.blotter.due()
        wait = self.params.tick_ns if due is None else min(due - now, self.params.tick_ns)
        waker = asyncio.ensure_future(self._wake.wait())
        sleeper = asyncio.ensure_future(self._sleep(max(wait, MILLISECOND) / SECOND))
        try:
            await asyncio.wait({waker, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waker.cancel()
            sleeper.cancel()

    def _keep_clock(self) -> None:
        """Every five minutes (C18), one reading at a time."""
        ours = self._rest.now() - self._rest.clock.offset
        if self._rest.clock.due(ours) and (self._syncing is None or self._syncing.done()):
            self._syncing = self._start(self._sync())

    async def _sync(self) -> None:
        try:
            await self._rest.sync()
            self._look_at_clock()
        except OkxError as failed:
            self._tell(f"OKX's clock was not read: {failed}")

    def _look_at_clock(self) -> None:
        if self._rest.clock.off:
            seconds = self._rest.clock.offset / SECOND
            self._tell(f"our clock is {-seconds:+.1f} s off OKX's: set it (C18)")

    def _start(self, work: Awaitable[None]) -> asyncio.Task[None]:
        async def whole() -> None:
            try:
                await work
            except OkxError as failed:
                self._tell(str(failed))
            self._wake.set()

        task = asyncio.create_task(whole())
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()
            self._wake.set()
