"""What venues and providers tell us, one frozen record a fact.

Times are int nanoseconds UTC: `ts_event` when the world says it happened, `ts_recv` when we got
it. Sizes are in coin, never contracts; money is USD(T). Statistics are float: these records
never become an order without passing `Instrument`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, overload

from pawang.model.codec import Tagged
from pawang.model.instrument import Instrument, PositionTier
from pawang.model.refs import DAY, HOUR

Level = tuple[float, float]  # price, size in coin


class Levels(Sequence[Level]):
    """Levels as a piece of an array: `rows[first:last]`, each row a price and a size.

    To a reader they are a tuple of levels; a kernel takes the array itself. Nobody writes to the
    rows once they are here. (Two objects a message and no float: 1 us less a book update.)
    """

    __slots__ = ("first", "last", "rows")

    def __init__(self, rows: Any, first: int, last: int) -> None:
        """`rows` is a `float64[n, 2]`; this room knows no arrays."""
        self.rows = rows
        self.first = first
        self.last = last

    def plain(self) -> tuple[Level, ...]:
        return tuple(map(tuple, self.rows[self.first : self.last].tolist()))

    def __len__(self) -> int:
        return self.last - self.first

    def __iter__(self) -> Iterator[Level]:
        return iter(self.plain())

    @overload
    def __getitem__(self, place: int) -> Level: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Level, ...]: ...

    def __getitem__(self, place: int | slice) -> Level | tuple[Level, ...]:
        return self.plain()[place]

    def __eq__(self, other: object) -> bool:
        return self.plain() == (other.plain() if isinstance(other, Levels) else other)

    def __hash__(self) -> int:
        return hash(self.plain())

    def __repr__(self) -> str:
        return repr(self.plain())


class Side(StrEnum):
    """The side of a signal or a position."""

    LONG = "LONG"
    SHORT = "SHORT"
    NEUTRAL = "NEUTRAL"

    @property
    def sign(self) -> int:
        return {"LONG": 1, "SHORT": -1}.get(self.value, 0)

    @property
    def opposite(self) -> "Side":
        return {"LONG": Side.SHORT, "SHORT": Side.LONG}.get(self.value, Side.NEUTRAL)


class Aggressor(StrEnum):
    """Who crossed the spread; also the side of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        return 1 if self is Aggressor.BUY else -1


class MarketRecord(Tagged, gc=False):
    """What all market records share. `instrument` is the venue's name, e.g. "BTC-USDT-SWAP".

    The garbage collector passes them over: nothing that they hold can point back at them.
    """

    instrument: str
    ts_event: int
    ts_recv: int


class Trade(MarketRecord):
    """One print; `side` is the taker's. `count` = matches the venue merged into it."""

    price: float
    size: float
    side: Aggressor
    trade_id: str
    count: int = 1


class BookSnapshot(MarketRecord):
    """A whole book, best first. It replaces what stood before, it is never merged (A10)."""

    bids: Sequence[Level]
    asks: Sequence[Level]
    seq: int


class BookDelta(MarketRecord):
    """Changed levels with their new absolute size; size 0 deletes.

    The door has checked `prev_seq` against the last `seq`; a gap comes as `FeedLost`.
    """

    bids: Sequence[Level]
    asks: Sequence[Level]
    seq: int
    prev_seq: int


class BestQuote(MarketRecord):
    """Best bid and offer (bbo-tbt)."""

    bid: float
    bid_size: float
    ask: float
    ask_size: float


class FeedLost(MarketRecord):
    """From now on the book (or all) of this instrument is unknown: a gap, a cut, a freeze."""

    channel: str
    reason: str


class Candle(MarketRecord):
    """`ts_event` is the OPEN time; `bar` its length in ns; volume in coin."""

    bar: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    volume_usd: float
    closed: bool


class MarkPrice(MarketRecord):
    price: float


class IndexPrice(MarketRecord):
    price: float


class OpenInterest(MarketRecord):
    coins: float
    usd: float


class FundingRate(MarketRecord):
    """`rate` is the forecast for `ts_funding`, a fraction per interval; positive = longs pay."""

    rate: float
    ts_funding: int
    ts_next: int
    settled: bool = False  # a row of history: the rate that was paid at ts_funding


class Liquidation(MarketRecord):
    """A forced close. `side` is the side of the position that died; thinned by the venue."""

    side: Side
    price: float
    size: float


class LongShortRatio(MarketRecord):
    """Long accounts / short accounts."""

    ratio: float


class PriceLimit(MarketRecord):
    """What the venue takes at most for a buy and at least for a sell; None = no limit is on."""

    buy_max: float | None
    sell_min: float | None


class InstrumentChanged(MarketRecord):
    """From now on the venue lists it so: sizes, ticks or state are not what they were (A23)."""

    listing: Instrument


class TiersListed(MarketRecord):
    """The venue's position tiers as listed now, smallest first."""

    tiers: tuple[PositionTier, ...]


COMPLETE_SHARE = 0.9
COMPLETE_AFTER = DAY + 21 * HOUR
"""From the trade date's 00:00 UTC: by then every fund has published (signals.md 2.3)."""


class EtfFlow(Tagged):
    """Net flow of one US trading day; append-only and bitemporal (signals.md 2.2)."""

    asset: str
    trade_date: str  # YYYY-MM-DD, US trading day
    flow_usd: float
    funds_reported: int
    funds_total: int  # 0 = the source does not say
    ts_asof: int
    source: str

    @property
    def complete(self) -> bool:
        """Nine funds in ten have reported, or the row was read after all do."""
        reported, total = self.funds_reported, self.funds_total
        if total > 0 and reported / total >= COMPLETE_SHARE:
            return True
        return self.ts_asof >= self.midnight + COMPLETE_AFTER

    @property
    def midnight(self) -> int:
        """00:00 UTC of the trade date."""
        return (date.fromisoformat(self.trade_date) - date(1970, 1, 1)).days * DAY

    def repeats(self, earlier: "EtfFlow") -> bool:
        """The same figure read again: whoever has `earlier` learns nothing. A figure that is
        unchanged once all must have reported is news: only now is it the whole day's."""
        return self._said == earlier._said

    @property
    def _said(self) -> tuple[object, ...]:
        counts = (self.funds_reported, self.funds_total)
        day = (self.asset, self.trade_date, self.source)
        return (*day, self.flow_usd, *counts, self.complete)


class FearGreed(Tagged):
    """The Fear & Greed index, 0-100."""

    value: float
    ts_asof: int
    source: str


Observation = (
    Trade
    | BookSnapshot
    | BookDelta
    | BestQuote
    | FeedLost
    | Candle
    | MarkPrice
    | IndexPrice
    | OpenInterest
    | FundingRate
    | Liquidation
    | LongShortRatio
    | PriceLimit
    | InstrumentChanged
    | TiersListed
    | EtfFlow
    | FearGreed
)
"""Everything a `Feed` may yield and `market` may fold."""
