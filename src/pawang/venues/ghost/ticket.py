"""One order's life at the ghost venue: entry in the queue, then exits that guard the position.

Times come from the records; nothing here knows a clock. What is simple yet: no liquidation by
tier (sizing keeps liquidation three stops away), one distribution of latency for every leg, each
order is judged as if it were alone, prices that went unseen in a gap are not guessed.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple, TypedDict

from pawang.model.instrument import Instrument
from pawang.model.market import Aggressor, Level, Trade
from pawang.model.order import (
    Accepted,
    Book,
    Ended,
    Exit,
    Filled,
    Funded,
    Order,
    OrderState,
    VenueReport,
)
from pawang.venues.ghost.depth import Depth, Eaten
from pawang.venues.ghost.params import GhostParams
from pawang.venues.ghost.resting import Resting
from pawang.venues.ghost.shares import closed_by, shares, taker_exit_under_way

WHOLE_WITHIN = 1e-9
"""Coin. Less than this is binary dust, not a rest: the smallest lots are above 1e-6 coin."""


class Stamp(TypedDict):
    """What every report of one order says first."""

    client_order_id: str
    ref_id: str
    book: Book
    ts_event: int


class Leaving(NamedTuple):
    """The entry is to end: why, from when on, and whether what has filled goes with it."""

    reason: str
    ts: int
    close: bool


class Ticket:
    """Sizes inside are coin (float, as the tape prints them); what is reported is whole lots."""

    def __init__(self, order: Order, instrument: Instrument, params: GhostParams) -> None:
        self.order = order
        self.instrument = instrument
        self.params = params
        self.buys = Aggressor.BUY if order.side.sign > 0 else Aggressor.SELL
        self.sells = Aggressor.SELL if order.side.sign > 0 else Aggressor.BUY
        self.entry: Resting | None = None  # None until it rests, and when it is over
        self.entry_over = order.entry_over
        self.ts_rested = 0
        self.filled = order.filled
        self.closed = order.closed
        self.dust: dict[str, float] = {}  # leg -> coin filled that is not yet a whole lot
        self.targets: dict[str, Resting] = {}
        self.left: dict[str, Decimal] = {}  # leg -> contracts its target still holds
        self.leg_closed = closed_by(order, instrument)
        # A taker exit under way: "sl", "close", "time"; what it took of the displayed levels.
        self.market_leg = taker_exit_under_way(order)
        self.ts_market = 0
        self.eaten = Eaten()
        self.met = Eaten()  # what our limits took of levels that came to cross them
        self.leaving: Leaving | None = None
        self.ts_filled = order.ts_filled
        self.ts_active = order.ts_placed + self._latency("entry")
        self.fills = 0
        self.requeued = False  # a gap cost us our place while something of ours stood

    @property
    def over(self) -> bool:
        return self.entry_over and self.closed >= self.filled

    @property
    def open(self) -> Decimal:
        return self.filled - self.closed

    def _latency(self, leg: str) -> int:
        return self.params.latency_ns(f"{self.order.client_order_id}:{leg}")

    # Placement and the end of the entry.

    def settle_in(self, now: int, depth: Depth) -> Iterator[VenueReport]:
        """Come to rest once the latency has passed; behind everything displayed there."""
        if self.entry is not None or self.entry_over or now < self.ts_active or not depth.known:
            return
        price = float(self.order.entry)
        # An entry that rested before a restart is crossed by now, not refused: it will fill.
        fresh = self.order.state is OrderState.PENDING
        if fresh and depth.would_take(self.buys, price):
            # Post-only: OKX accepts and then cancels with cancelSource 31 (okx-v5.md 10.1).
            yield from self._end_entry(now, "post_only_would_take")
            return
        size = float(self.instrument.coins(self.order.contracts - self.filled, self.order.entry))
        ahead = depth.displayed(self.buys, price)
        self.entry = Resting(self.buys, price, size, ahead, self.params.queue)
        self.ts_rested = now
        yield Accepted(**self._stamp(now), queue_ahead=ahead)

    def elapse(self, now: int) -> Iterator[VenueReport]:
        """What time alone brings: expiry of the entry, time stop of the position."""
        if now >= self.order.ts_expiry:
            self.withdraw("expired", self.order.ts_expiry)
        leaving = self.leaving
        if leaving is not None and now >= leaving.ts:
            yield from self._end_entry(now, leaving.reason)
            if leaving.close:
                yield from self.leave("close", now)
        if self.ts_filled is not None and now >= self.ts_filled + self.order.time_stop_ns:
            yield from self.leave("time", now)

    def withdraw(self, reason: str, now: int, close: bool = False) -> None:
        """The entry is to end, and does so when the venue has heard of it: until then it may
        fill. What has filled keeps its exits, unless it is to `close`. The first reason stands."""
        if self.entry_over:
            return
        if self.leaving is None:
            self.leaving = Leaving(reason, now + self._latency("cancel"), close)
        elif close:
            self.leaving = self.leaving._replace(close=True)

    def leave(self, leg: str, now: int) -> Iterator[VenueReport]:
        """Start a taker exit of all that is open; it fills on the prints that follow.

        The targets are withdrawn with it: a position leaves by one door.
        """
        if self.open <= 0 or self.market_leg is not None:
            return
        if not self.entry_over:
            reason = f"exit_{leg}" if self.leaving is None else self.leaving.reason
            yield from self._end_entry(now, reason)
        self.targets.clear()
        self.market_leg = leg
        own = leg == "sl"  # the venue's own trigger; all else is a request of ours
        self.ts_market = now + (self.params.trigger_ns if own else self._latency(leg))

    def _end_entry(self, now: int, reason: str) -> Iterator[VenueReport]:
        self.entry = None
        self.entry_over = True
        self.leaving = None
        yield Ended(**self._stamp(now), reason=reason)

    def requeue(self, depth: Depth) -> None:
        """Around a gap we cannot know our place: to the back of what is displayed (C27)."""
        for resting in (self.entry, *self.targets.values()):
            if resting is not None:
                self.requeued = True
                resting.requeue(depth.displayed(resting.side, resting.price))

    # The book.

    def look(
        self, now: int, depth: Depth, bids: Sequence[Level], asks: Sequence[Level]
    ) -> Iterator[VenueReport]:
        """The levels in `bids` and `asks` have changed: our queues shrink, a level that came to
        cross one of our limits would have traded with it first, and who leaves takes what is shown.
        """
        if self.market_leg is not None and now >= self.ts_market:
            yield from self._walk(depth.offers(self.sells), depth, now)
        if self.entry is not None:
            part = self._looked(self.entry, now, depth, bids, asks)
            if part > 0:
                yield from self._fill_entry(self.entry, part, now, depth)
        for leg in list(self.targets):
            part = self._looked(self.targets[leg], now, depth, bids, asks)
            if part > 0:
                yield from self._fill_target(leg, part, now)

    def _looked(
        self,
        resting: Resting,
        now: int,
        depth: Depth,
        bids: Sequence[Level],
        asks: Sequence[Level],
    ) -> float:
        """Coin of ours that levels which cross our price fill."""
        buys = resting.side is Aggressor.BUY
        came = [
            (price, size)
            for price, size in (asks if buys else bids)
            if size and (price <= resting.price if buys else price >= resting.price)
        ]
        if not came:
            resting.look(depth.displayed(resting.side, resting.price), now)
            return 0.0
        resting.ahead = 0.0  # whoever was there before us is gone, or nobody could stand there
        filled = 0.0
        for price, size in self.met.left(came, depth.met_by(resting.side)):
            part = resting.fill(size)
            self.met.take(price, part)
            filled += part
        return filled

    # The tape.

    def meet(self, trade: Trade, depth: Depth) -> Iterator[VenueReport]:
        """Everything one print does to this order, stop before targets (pessimistic).

        A print that is told late does nothing to what was not there yet at its time.
        """
        yield from self._meet_market_exit(trade, depth)
        if self.entry is not None and trade.ts_event >= self.ts_rested:
            part = self.entry.meets(trade, trade.size)
            if part > 0:
                yield from self._fill_entry(self.entry, part, trade.ts_event, depth)
        if self.ts_filled is None or trade.ts_event < self.ts_filled:
            return
        if self.params.trigger == "last":
            yield from self.trigger(trade.price, trade.ts_event)
        yield from self._meet_targets(trade)

    def trigger(self, price: float, now: int) -> Iterator[VenueReport]:
        """Fire the stop when `price` (last or mark, as set) is at or beyond it."""
        stop = self._stop()
        if stop is not None and (price - float(stop.price)) * self.order.side.sign <= 0:
            yield from self.leave("sl", now)

    def _stop(self) -> Exit | None:
        return next((leg for leg in self.order.exits if leg.kind == "stop"), None)

    def _fill_entry(
        self, entry: Resting, part: float, now: int, depth: Depth
    ) -> Iterator[VenueReport]:
        whole = entry.remaining <= WHOLE_WITHIN
        contracts = self._lots("entry", part, self.order.contracts - self.filled, whole)
        if contracts <= 0:
            return
        self.filled += contracts
        if self.ts_filled is None:
            self.ts_filled = now
        yield self._fill("entry", self.buys, self.order.entry, contracts, now, True)
        if self.filled >= self.order.contracts:
            self.entry = None
            self.entry_over = True
            self.leaving = None
        self.arm(depth)

    def _lots(self, leg: str, coins: float, at_most: Decimal, whole: bool) -> Decimal:
        """Coin as whole lots; what is too small for a lot waits for the next print."""
        if whole:
            return at_most
        total = self.dust.get(leg, 0.0) + coins
        # Nine decimals: the tape's sizes are whole lots, binary dust must not cost one.
        lots = self.instrument.contracts_floor(Decimal(f"{total:.9f}"), self.order.entry)
        lots = min(lots, at_most)
        self.dust[leg] = total - float(self.instrument.coins(lots, self.order.entry))
        return lots

    # Exits.

    def arm(self, depth: Depth) -> None:
        """Rest every target for its share of what is filled by now (C05: in the same print).

        A target that grows goes to the back: OKX takes the priority of an order amended up.
        """
        if self.market_leg is not None:
            return
        for leg, share in shares(self.order, self.filled, self.instrument).items():
            left = share - self.leg_closed.get(leg, Decimal(0))
            if left <= 0 or left == self.left.get(leg):
                continue
            price = self._price(leg)
            size = float(self.instrument.coins(left, price))
            ahead = depth.displayed(self.sells, float(price))
            queue = self.params.queue
            self.targets[leg] = Resting(self.sells, float(price), size, ahead, queue)
            self.left[leg] = left

    def _price(self, leg: str) -> Decimal:
        return next(exit.price for exit in self.order.exits if exit.leg == leg)

    def _meet_targets(self, trade: Trade) -> Iterator[VenueReport]:
        """The nearest target first; what it took of the print is gone for the next."""
        available = trade.size
        for leg in [exit.leg for exit in self.order.exits if exit.leg in self.targets]:
            part = self.targets[leg].meets(trade, available)
            if part > 0:
                available -= part
                yield from self._fill_target(leg, part, trade.ts_event)

    def _fill_target(self, leg: str, part: float, now: int) -> Iterator[VenueReport]:
        whole = self.targets[leg].remaining <= WHOLE_WITHIN
        contracts = self._lots(leg, part, self.left[leg], whole)
        if whole:
            del self.targets[leg]
        if contracts <= 0:
            return
        self.left[leg] -= contracts
        self.leg_closed[leg] = self.leg_closed.get(leg, Decimal(0)) + contracts
        yield self._close(leg, self._price(leg), contracts, now, True)

    def _meet_market_exit(self, trade: Trade, depth: Depth) -> Iterator[VenueReport]:
        """A taker exit at a print takes down the displayed levels, none better than the print."""
        if self.market_leg is None or trade.ts_event < self.ts_market:
            return
        levels = depth.offers(self.sells, trade.price)
        if levels:
            yield from self._walk(levels, depth, trade.ts_event)
        elif trade.side is self.sells:
            # The book does not tell: only what printed, and only to takers of our own side. A
            # print on the other side of the spread would flatter us by the spread.
            yield from self._take([(trade.price, trade.size)], trade.ts_event)

    def _walk(
        self, levels: list[tuple[float, float]], depth: Depth, now: int
    ) -> Iterator[VenueReport]:
        """Down the displayed levels, less what we have taken of them already."""
        yield from self._take(self.eaten.left(levels, depth.met_by(self.sells)), now)

    def _take(self, levels: list[tuple[float, float]], now: int) -> Iterator[VenueReport]:
        leg = self.market_leg
        assert leg is not None, "nothing is leaving"
        for price, shown in levels:
            want = float(self.instrument.coins(self.open, self.order.entry))
            exact = self._taker_price(price)
            coins = Decimal(f"{min(shown, want):.9f}")
            contracts = min(self.instrument.contracts_floor(coins, exact), self.open)
            if contracts <= 0:
                continue
            self.eaten.take(price, float(self.instrument.coins(contracts, exact)))
            yield self._close(leg, exact, contracts, now, False)
        if self.open <= 0:
            self.market_leg = None

    def _taker_price(self, price: float) -> Decimal:
        """On the tick grid, and never better than what was traded."""
        if self.sells is Aggressor.SELL:
            return self.instrument.price_floor(price)
        return self.instrument.price_ceiling(price)

    def fund(self, rate: float, mark: float, now: int) -> Iterator[VenueReport]:
        """Pay or receive funding on what is open at a settlement: longs pay a positive rate."""
        if self.open <= 0:
            return
        worth = self.instrument.notional_usd(self.open, Decimal(repr(mark)))
        paid = worth * Decimal(repr(rate)) * self.order.side.sign
        yield Funded(**self._stamp(now), funding_usd=paid)

    # Reports.

    def _stamp(self, now: int) -> Stamp:
        order = self.order
        return Stamp(
            client_order_id=order.client_order_id,
            ref_id=order.ref_id,
            book=order.book,
            ts_event=now,
        )

    def _close(self, leg: str, price: Decimal, contracts: Decimal, now: int, maker: bool) -> Filled:
        self.closed += contracts
        assert self.closed <= self.filled, f"{self.order.client_order_id}: closed too much"
        return self._fill(leg, self.sells, price, contracts, now, maker)

    def _fill(
        self, leg: str, side: Aggressor, price: Decimal, contracts: Decimal, now: int, maker: bool
    ) -> Filled:
        self.fills += 1
        rate = self.params.maker_fee if maker else self.params.taker_fee
        return Filled(
            **self._stamp(now),
            fill_id=f"{self.order.client_order_id}-{now}-{self.fills}",
            leg=leg,
            side=side,
            price=price,
            contracts=contracts,
            fee_usd=self.instrument.notional_usd(contracts, price) * rate,
            maker=maker,
        )
