"""What the venue knows of one listed swap, without I/O: book, tape, prices, the last 24 hours."""

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from pawang.sandbox.okx.books import Book, Levels
from pawang.sandbox.okx.figures import Figure, number
from pawang.sandbox.source import Forced, Listing, MarketSource, Print, Step

TAPE = 5_000  # trades kept for REST (OKX keeps three months)
DAY_MS = 86_400_000
QUARTER_MS = 900_000
REFRESH_MS = 300_000  # the 24 h window moves on in so large strides


@dataclass(frozen=True, slots=True)
class Tape:
    """One trade as told: the prints of one taker order at one price. The id is the last's."""

    trade_id: int
    ts_ms: int
    ticks: int
    lots: int
    buy: bool
    count: int


@dataclass(slots=True)
class Change:
    """What one step did to an instrument, ready to be told. `prints` are the single matches, the
    first of them numbered `first_id`; `trades` are the same, merged as the tape tells them."""

    instrument: "Instrument"
    step: Step
    prints: list[Print] = field(default_factory=list)
    first_id: int = 0
    trades: list[Tape] = field(default_factory=list)
    bids: Levels = field(default_factory=list)
    asks: Levels = field(default_factory=list)
    touch_changed: bool = False


@dataclass(slots=True)
class Day:
    """The last 24 hours, in ticks and lots. `sod` = start of day."""

    made_ms: int
    open: int
    high: int
    low: int
    lots: int
    sod_utc0: int
    sod_utc8: int


class Floor(Protocol):
    """Where clients trade: it takes the source's step and says what the public sees of both."""

    @property
    def busy(self) -> bool:
        """Whether any client's order or trade shows; while not, it need not be asked."""
        ...

    def play(self, step: Step) -> tuple[list[Print], dict[int, int], dict[int, int]]:
        """Match; all prints since last time, and the levels that are still to be written to the
        book. Each print has taken its number from the instrument's `trade_id`."""
        ...


class Instrument:
    """One listed swap on a source that moves forward."""

    def __init__(self, listing: Listing, source: MarketSource) -> None:
        self.listing = listing
        self.name = listing.inst_id
        self.price = Figure(listing.tick_size)
        self.size = Figure(listing.lot_size)
        self.tick = float(listing.tick_size)
        self._source = source
        self.ts_ms = source.now_ms()
        self.book = Book(*source.levels(listing.inst_id), seq=10_000_000 + listing.code)
        self.tape: deque[Tape] = deque(maxlen=TAPE)
        self.trade_id = 100_000_000 + listing.code
        self.mark_ticks: int | None = None
        self._index: float | None = None
        interest = source.open_interest_history(self.name, QUARTER_MS // 3, self.ts_ms + 1, 1)
        self.open_interest = interest[0][1] if interest else 0
        self.funding = self.settled_funding or 0.0
        self._day: Day | None = None
        self._told_id = self.trade_id
        self.forced: list[Forced] = []  # clients' positions taken over, not told yet
        self.floor: Floor | None = None
        self.listed: dict[str, Any] = {}  # fields of the listing that have changed (A23)

    # The market moves.

    def apply(self, step: Step) -> Change:
        """Take one step of the source."""
        self.ts_ms = step.ts_ms
        touch = self.book.touch
        if self.floor is not None and self.floor.busy:
            prints, *levels = self.floor.play(step)
        else:
            prints, *levels = step.prints, step.bids, step.asks
            self.trade_id += len(prints)
        bids, asks = self.book.apply(*levels)
        if self.forced:
            step.forced += self.forced
            self.forced = []
        first = self._told_id + 1
        self._told_id = self.trade_id
        change = Change(self, step, prints, first, self._merge(prints, first), bids, asks)
        change.touch_changed = self.book.touch != touch
        self._remember(step, prints)
        return change

    def _remember(self, step: Step, prints: list[Print]) -> None:
        if step.mark_ticks is not None:
            self.mark_ticks = step.mark_ticks
        if step.index is not None:
            self._index = step.index
        if step.open_interest_lots is not None:
            self.open_interest = step.open_interest_lots
        if step.funding_rate is not None:
            self.funding = step.funding_rate
        if self._day is not None:
            for made in prints:
                self._day.high = max(self._day.high, made.ticks)
                self._day.low = min(self._day.low, made.ticks)
                self._day.lots += made.lots

    def _merge(self, prints: list[Print], first_id: int) -> list[Tape]:
        """Prints of one time, side and price in a row are one taker order's: one trade."""
        made: list[Tape] = []
        for trade_id, one in enumerate(prints, first_id):
            last = made[-1] if made else None
            if (
                last is not None
                and last.ts_ms == one.ts_ms
                and last.ticks == one.ticks
                and last.buy is one.buy
            ):
                lots, count = last.lots + one.lots, last.count + 1
                made[-1] = Tape(trade_id, one.ts_ms, one.ticks, lots, one.buy, count)
            else:
                made.append(Tape(trade_id, one.ts_ms, one.ticks, one.lots, one.buy, 1))
        self.tape.extend(made)
        return made

    # What can be asked.

    @property
    def last_ticks(self) -> int:
        """The last trade's price; before the first, the last candle's, or the touch."""
        if self.tape:
            return self.tape[-1].ticks
        bars = self._source.candles(self.name, 60_000, self.ts_ms + 1, 1)
        if bars:
            return bars[0].close
        bid, ask = self.book.touch
        return bid[0] if bid else ask[0] if ask else 0

    @property
    def mark(self) -> int:
        """The mark price in ticks; the last price until the source has said one."""
        return self.last_ticks if self.mark_ticks is None else self.mark_ticks

    @property
    def index(self) -> float:
        return self.mark * self.tick if self._index is None else self._index

    @property
    def tick_size(self) -> Decimal:
        """Of the source's numbers. What orders must keep to is in `listed` when it has changed."""
        return Decimal(self.listing.tick_size)

    @property
    def lot_size(self) -> Decimal:
        return Decimal(self.listing.lot_size)

    def funding_settled_at(self, ts_ms: int) -> Decimal | None:
        """The rate settled at that moment, as the rows write it; None when none was."""
        rows = self._source.funding_history(self.name, ts_ms + 1, 1)
        return Decimal(number(rows[0][1], 16)) if rows and rows[0][0] == ts_ms else None

    @property
    def settled_funding(self) -> float | None:
        """The rate of the last settlement."""
        rows = self._source.funding_history(self.name, self.ts_ms + 1, 1)
        return rows[0][1] if rows else None

    @property
    def day(self) -> Day:
        """The last 24 hours, from quarter-hour candles and the prints since they were read."""
        if self._day is None or self.ts_ms - self._day.made_ms >= REFRESH_MS:
            self._day = self._read_day()
        return self._day

    def _read_day(self) -> Day:
        now, last = self.ts_ms, self.last_ticks
        bars = self._source.candles(self.name, QUARTER_MS, now + 1, DAY_MS // QUARTER_MS)
        opens = {bar.ts_ms: bar.open for bar in bars}
        utc0 = now // DAY_MS * DAY_MS
        utc8 = (now + DAY_MS // 3) // DAY_MS * DAY_MS - DAY_MS // 3
        first = bars[-1].open if bars else last
        return Day(
            made_ms=now,
            open=first,
            high=max([bar.high for bar in bars] + [last]),
            low=min([bar.low for bar in bars] + [last]),
            lots=sum(bar.lots for bar in bars),
            sod_utc0=opens.get(utc0, first),
            sod_utc8=opens.get(utc8, first),
        )
