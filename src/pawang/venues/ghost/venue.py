"""The door of the ghost: an `OrderVenue` fed by the market batches the desk reads anyway.

Live, demo and backtest hand it the same batches. After a restart it takes the open orders from
the desk's state: entries go to the back of the queue, positions keep their exits.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence

from pawang.model.instrument import Instrument
from pawang.model.market import (
    BookDelta,
    BookSnapshot,
    EtfFlow,
    FearGreed,
    FeedLost,
    FundingRate,
    MarketRecord,
    MarkPrice,
    Observation,
    Trade,
)
from pawang.model.order import Bracketed, Order, Rejected, VenueReport
from pawang.venues.ghost.depth import Depth
from pawang.venues.ghost.funding import Funding
from pawang.venues.ghost.models import Played
from pawang.venues.ghost.params import GhostParams
from pawang.venues.ghost.tape import Tape
from pawang.venues.ghost.ticket import Ticket

TAKEN_MAX = 10_000
"""Client order ids that are remembered after their order is over: weeks of plans."""


class GhostVenue:
    """Every order of every instrument, judged by what the tape and the book really did."""

    def __init__(
        self, instruments: Iterable[Instrument], params: GhostParams | None = None
    ) -> None:
        self._instruments: Mapping[str, Instrument] = {made.name: made for made in instruments}
        self._params = params or GhostParams()
        self._depths = {name: Depth() for name in self._instruments}
        self._tapes = {name: Tape() for name in self._instruments}
        self._fundings = {name: Funding() for name in self._instruments}
        self._marks: dict[str, float] = {}
        self._played: dict[str, Played] = {}
        self._taken: deque[str] = deque(maxlen=TAKEN_MAX)
        self._reports: deque[VenueReport | Bracketed] = deque()
        self._news = asyncio.Event()

    # The port.

    def submit(self, order: Order) -> None:
        """Take an order; a second submit of the same client order id changes nothing (C03)."""
        if order.client_order_id in self._taken:
            return
        self._taken.append(order.client_order_id)
        instrument = self._instruments.get(order.instrument)
        reason = _refusal(order, instrument)
        if reason is not None or instrument is None:
            self._say(
                Rejected(
                    client_order_id=order.client_order_id,
                    ref_id=order.ref_id,
                    book=order.book,
                    ts_event=order.ts_placed,
                    reason=reason or "",
                )
            )
            return
        played = Played(order, instrument, self._params)
        self._played[order.client_order_id] = played
        for ticket in played.tickets:
            ticket.arm(self._depths[order.instrument])

    def relist(self, listing: Instrument) -> None:
        """The listing by which new orders are judged; those taken before keep theirs."""
        self._instruments = {**self._instruments, listing.name: listing}

    def cancel(self, client_order_id: str, reason: str, close: bool, now: int) -> None:
        """Withdraw the entry; with `close` the position leaves at market. Unknown: nothing."""
        played = self._played.get(client_order_id)
        if played is None:
            return
        for ticket in played.tickets:
            ticket.withdraw(reason, now, close)
        if close:
            self._hear(played, lambda ticket: ticket.leave("close", now))
        self._bury(now)

    async def reports(self) -> AsyncIterator[VenueReport | Bracketed]:
        """What happened to the orders, in the order it happened."""
        while True:
            await self._news.wait()
            for report in self.drain():
                yield report

    def drain(self) -> list[VenueReport | Bracketed]:
        """Reports not yet taken, without waiting."""
        taken = list(self._reports)
        self._reports.clear()
        self._news.clear()
        return taken

    # The market.

    def restore(self, orders: Iterable[Order]) -> None:
        """Take over orders from before a restart, each at the back of its queue."""
        for order in orders:
            if not order.state.over:
                self.submit(order)

    def observe(self, batch: Sequence[Observation]) -> None:
        """Fold market records in order; what they do to the orders waits in `drain`."""
        for record in batch:
            if isinstance(record, EtfFlow | FearGreed):
                continue
            depth = self._depths.get(record.instrument)
            if depth is not None:
                self._fold(record, depth)
                self._bury(record.ts_event)

    def elapse(self, now: int) -> None:
        """Let time pass where no record came: settlements, expiries and time stops."""
        for instrument in self._instruments:
            self._pass(instrument, now)
        self._bury(now)

    def _pass(self, instrument: str, now: int) -> None:
        """What was due by `now`; funding first: what leaves now was held till now."""
        due = self._fundings[instrument].due(now)
        # The last print stands in for a mark that never came: they differ by basis points.
        mark = self._marks.get(instrument, self._tapes[instrument].last_price)
        if due is not None and mark is not None:
            self._settle(instrument, due, mark)
        for played in self._of(instrument):
            self._hear(played, lambda ticket: ticket.elapse(now))

    def _settle(self, instrument: str, due: FundingRate, mark: float) -> None:
        for played in self._of(instrument):
            self._hear(played, lambda ticket: ticket.fund(due.rate, mark, due.ts_funding))

    def _fold(self, record: MarketRecord, depth: Depth) -> None:
        instrument = record.instrument
        self._pass(instrument, record.ts_event)
        match record:
            case BookDelta():
                depth.change(record)
                self._look(record, depth)
                self._settle_in(instrument, record.ts_event)
            case Trade():
                self._print(record, depth)
            case BookSnapshot():
                fresh_start = not depth.known
                depth.replace(record)
                if fresh_start:
                    self._requeue(instrument)
                self._look(record, depth)
                self._settle_in(instrument, record.ts_event)
            case MarkPrice():
                self._mark(record)
            case FundingRate(settled=False):
                self._fundings[instrument].forecast(record)
            case FeedLost():
                self._lose(record, depth)
            case _:
                pass

    def _look(self, book: BookDelta | BookSnapshot, depth: Depth) -> None:
        """Every order sees what has changed, but for a book that is unknown still."""
        if not depth.known:
            return
        waiting = self._of(book.instrument)
        if waiting:
            now, bids, asks = book.ts_event, tuple(book.bids), tuple(book.asks)
            for played in waiting:
                self._hear(played, lambda ticket: ticket.look(now, depth, bids, asks))

    def _lose(self, lost: FeedLost, depth: Depth) -> None:
        """Prints that went unseen cost us our place; a lost book even more (C27)."""
        book = lost.channel == "all" or lost.channel.startswith("book")
        if book:
            depth.lose()
        if book or lost.channel.startswith("trade"):
            self._requeue(lost.instrument)

    def _print(self, trade: Trade, depth: Depth) -> None:
        if self._tapes[trade.instrument].again(trade):
            return
        for played in self._of(trade.instrument):
            self._hear(played, lambda ticket: ticket.settle_in(trade.ts_event, depth))
            self._hear(played, lambda ticket: ticket.meet(trade, depth))

    def _mark(self, mark: MarkPrice) -> None:
        self._marks[mark.instrument] = mark.price
        if self._params.trigger == "mark":
            for played in self._of(mark.instrument):
                self._hear(played, lambda ticket: ticket.trigger(mark.price, mark.ts_event))

    def _settle_in(self, instrument: str, now: int) -> None:
        for played in self._of(instrument):
            self._hear(played, lambda ticket: ticket.settle_in(now, self._depths[instrument]))

    def _requeue(self, instrument: str) -> None:
        for played in self._of(instrument):
            for ticket in played.tickets:
                ticket.requeue(self._depths[instrument])

    def _of(self, instrument: str) -> list[Played]:
        return [
            played for played in self._played.values() if played.base.order.instrument == instrument
        ]

    def _hear(self, played: Played, what: Callable[[Ticket], Iterator[VenueReport]]) -> None:
        """The same happens to all three tickets; the base's word is the venue's."""
        self._say(*what(played.base))
        for tally in played.others:
            tally.hear(what(tally.ticket))

    def _say(self, *reports: VenueReport | Bracketed) -> None:
        self._reports.extend(reports)
        if reports:
            self._news.set()

    def _bury(self, now: int) -> None:
        over = [made for made, played in self._played.items() if played.over]
        for made in over:
            self._say(self._played.pop(made).bracketed(now))


def _refusal(order: Order, instrument: Instrument | None) -> str | None:
    """Why the venue would not take the order at all, or None."""
    if instrument is None:
        return "unknown_instrument"
    if not instrument.tradeable:
        return "suspended"
    if order.contracts < instrument.size_min:
        return "below_min"
    if order.contracts % instrument.lot_size:
        return "off_lot"
    return None
