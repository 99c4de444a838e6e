"""The tables of a tape, column by column: what polars, DuckDB and pandas find in its files.

Every table begins with `order` (rises with every record, over all tables and days: segment * 2^32
+ place) and `ts_folded` (desk time when the desk folded it); facts of an instrument go on with
`instrument`, `ts_event` (when the venue says it happened) and `ts_recv` (when it came). All times
are int64 nanoseconds UTC. Sizes are coins. `side` is 1 for a bid, a buying taker, a long; -1 for
an ask, a selling taker, a short.

books           a row a level: `seq, prev_seq, is_snapshot, is_checkpoint, side, price, size`; the
                size is absolute, 0 deletes; bids stand before asks. `prev_seq` is null in a
                snapshot. Side 0 is a message without a level. A checkpoint is no message of the
                venue: the whole book as the desk knew it, once a segment and after a loss.
trades          `price, size, side, trade_id, trade_id_text, count`; an id that is not a plain
                number is in `trade_id_text`.
quotes          `bid, bid_size, ask, ask_size`
candles         `bar` (ns), `open, high, low, close, volume, volume_usd, closed`
mark_prices, index_prices                       `price`
open_interest   `coins, usd`
funding         `rate, ts_funding, ts_next, settled`
liquidations    `side` (of the position that died), `price, size`
long_short      `ratio`
price_limits    `buy_max, sell_min`, null where no limit is on
feed_losses     `channel, reason`
instruments     a listing: `coin, family, … tick_size, lot_size, …`, decimals as text
tiers           a row a tier: `tier, size_min, …`, decimals as text
etf_flows       `asset, trade_date, flow_usd, funds_reported, funds_total, ts_asof, source`
fear_greed      `value, ts_asof, source`
notes           no market record: `what, coin, ts, count, text` (`model/tape.py`)
"""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Protocol

import pyarrow as pa

from pawang.journal.tape.books import BookTable
from pawang.journal.tape.columns import (
    Column,
    decimals,
    flags,
    floats,
    ints,
    maybe,
    names,
    numbered,
    signs,
    texts,
    unnumbered,
)
from pawang.journal.tape.placed import HEAD, Placed, batch_of, head_of
from pawang.journal.tape.tiers import TierTable
from pawang.model.instrument import Instrument
from pawang.model.market import (
    Aggressor,
    BestQuote,
    Candle,
    EtfFlow,
    FearGreed,
    FeedLost,
    FundingRate,
    IndexPrice,
    InstrumentChanged,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    OpenInterest,
    PriceLimit,
    Side,
    Trade,
)
from pawang.model.tape import TapeNote

OF_INSTRUMENT = (names("instrument"), ints("ts_event"), ints("ts_recv"))
TAKERS = {1: Aggressor.BUY, -1: Aggressor.SELL}
POSITIONS = {1: Side.LONG, -1: Side.SHORT, 0: Side.NEUTRAL}

Make = Callable[[Iterable[tuple[Any, ...]]], list[Any]]


class Table(Protocol):
    """Records of its kinds to columns and back, in order."""

    name: str
    kinds: tuple[type, ...]
    schema: pa.Schema

    def encode(self, records: Sequence[Any], orders: Any, stamps: Any) -> pa.RecordBatch: ...

    def decode(self, found: pa.Table) -> Placed: ...


class Plain:
    """A row a record."""

    def __init__(self, name: str, kind: type, columns: Sequence[Column], make: Make) -> None:
        self.name = name
        self.kinds: tuple[type, ...] = (kind,)
        self.schema = pa.schema([*HEAD, *(pa.field(made.name, made.type) for made in columns)])
        self._columns = tuple(columns)
        self._make = make

    def encode(self, records: Sequence[Any], orders: Any, stamps: Any) -> pa.RecordBatch:
        arrays = [column.write(records) for column in self._columns]
        return batch_of(self.schema, [orders, stamps, *arrays])

    def decode(self, found: pa.Table) -> Placed:
        columns = (column.read(found[column.name].combine_chunks()) for column in self._columns)
        return Placed(*head_of(found), self._make(zip(*columns, strict=True)))


def plain(name: str, kind: Any, *columns: Column, of: tuple[Column, ...] = OF_INSTRUMENT) -> Plain:
    """A table of a record whose fields are its columns."""
    fields = [column.field for column in (*of, *columns)]

    def make(rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        return [kind(**dict(zip(fields, row, strict=True))) for row in rows]

    return Plain(name, kind, (*of, *columns), make)


# The two busy ones are made by name, which is twice as fast.


def quotes(rows: Iterable[tuple[Any, ...]]) -> list[BestQuote]:
    return [
        BestQuote(
            instrument=instrument,
            ts_event=ts_event,
            ts_recv=ts_recv,
            bid=bid,
            bid_size=bid_size,
            ask=ask,
            ask_size=ask_size,
        )
        for instrument, ts_event, ts_recv, bid, bid_size, ask, ask_size in rows
    ]


def trades(rows: Iterable[tuple[Any, ...]]) -> list[Trade]:
    return [
        Trade(
            instrument=instrument,
            ts_event=ts_event,
            ts_recv=ts_recv,
            price=price,
            size=size,
            side=side,
            trade_id=trade_id,
            count=count,
        )
        for instrument, ts_event, ts_recv, price, size, side, count, trade_id in rows
    ]


class Trades(Plain):
    """Prints, whose id stands in two columns."""

    def __init__(self) -> None:
        columns = (floats("price"), floats("size"), signs("side", TAKERS), ints("count"))
        super().__init__("trades", Trade, (*OF_INSTRUMENT, *columns), trades)
        self.schema = self.schema.append(pa.field("trade_id", pa.int64()))
        self.schema = self.schema.append(pa.field("trade_id_text", pa.string()))

    def encode(self, records: Sequence[Any], orders: Any, stamps: Any) -> pa.RecordBatch:
        arrays = [column.write(records) for column in self._columns]
        ids = numbered([record.trade_id for record in records])
        return batch_of(self.schema, [orders, stamps, *arrays, *ids])

    def decode(self, found: pa.Table) -> Placed:
        columns = [column.read(found[column.name].combine_chunks()) for column in self._columns]
        given = [found[name].combine_chunks() for name in ("trade_id", "trade_id_text")]
        rows = zip(*columns, unnumbered(*given), strict=True)
        return Placed(*head_of(found), self._make(rows))


LISTING = (
    texts("coin", "listing.coin"),
    texts("family", "listing.family"),
    texts("listed_as", "listing.name"),
    flags("linear", "listing.linear"),
    decimals("contract_value", "listing.contract_value"),
    decimals("multiplier", "listing.multiplier"),
    texts("settle_currency", "listing.settle_currency"),
    decimals("tick_size", "listing.tick_size"),
    decimals("lot_size", "listing.lot_size"),
    decimals("size_min", "listing.size_min"),
    decimals("leverage_max", "listing.leverage_max"),
    texts("state", "listing.state"),
    maybe(pa.int64(), "code", "listing.code"),
)
DECIMALS = ("contract_value", "multiplier", "tick_size", "lot_size", "size_min", "leverage_max")


def listings(rows: Iterable[tuple[Any, ...]]) -> list[InstrumentChanged]:
    return [
        InstrumentChanged(
            instrument=instrument, ts_event=ts_event, ts_recv=ts_recv, listing=_listing(fields)
        )
        for instrument, ts_event, ts_recv, *fields in rows
    ]


def _listing(values: Sequence[Any]) -> Instrument:
    names_ = [column.field.removeprefix("listing.") for column in LISTING]
    fields: dict[str, Any] = dict(zip(names_, values, strict=True))
    return Instrument(**{**fields, **{name: Decimal(fields[name]) for name in DECIMALS}})


TABLES: tuple[Table, ...] = (
    BookTable(),
    Trades(),
    Plain(
        "quotes",
        BestQuote,
        (*OF_INSTRUMENT, floats("bid"), floats("bid_size"), floats("ask"), floats("ask_size")),
        quotes,
    ),
    plain(
        "candles",
        Candle,
        ints("bar"),
        *map(floats, ("open", "high", "low", "close", "volume", "volume_usd")),
        flags("closed"),
    ),
    plain("mark_prices", MarkPrice, floats("price")),
    plain("index_prices", IndexPrice, floats("price")),
    plain("open_interest", OpenInterest, floats("coins"), floats("usd")),
    plain(
        "funding",
        FundingRate,
        *(floats("rate"), ints("ts_funding"), ints("ts_next"), flags("settled")),
    ),
    plain("liquidations", Liquidation, signs("side", POSITIONS), floats("price"), floats("size")),
    plain("long_short", LongShortRatio, floats("ratio")),
    plain(
        "price_limits",
        PriceLimit,
        maybe(pa.float64(), "buy_max"),
        maybe(pa.float64(), "sell_min"),
    ),
    plain("feed_losses", FeedLost, texts("channel"), texts("reason")),
    Plain("instruments", InstrumentChanged, (*OF_INSTRUMENT, *LISTING), listings),
    TierTable(),
    plain(
        "etf_flows",
        EtfFlow,
        names("asset"),
        texts("trade_date"),
        floats("flow_usd"),
        ints("funds_reported"),
        ints("funds_total"),
        ints("ts_asof"),
        texts("source"),
        of=(),
    ),
    plain("fear_greed", FearGreed, floats("value"), ints("ts_asof"), texts("source"), of=()),
    plain(
        "notes",
        TapeNote,
        *(texts("what"), texts("coin"), ints("ts"), ints("count"), texts("text")),
        of=(),
    ),
)
BY_NAME = {table.name: table for table in TABLES}
BY_KIND = {kind: table for table in TABLES for kind in table.kinds}
