"""Wire rows to the desk's records: contracts to coin, ms to ns, Decimals to floats.

What `parse` checked is trusted here. Only swaps of crypto are listings of ours: OKX lists equity
perpetuals too, `instCategory` tells (okx-v5.md 5). What has no record in `model` (tickers) is
translated to nothing, rows of instruments we do not follow too. Maintenance is `maintenance`'s.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec.structs import replace

from pawang.model.instrument import Instrument, PositionTier
from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    Candle,
    FundingRate,
    IndexPrice,
    InstrumentChanged,
    Level,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    Observation,
    OpenInterest,
    PriceLimit,
    Side,
    Trade,
)
from pawang.model.refs import MILLISECOND
from pawang.venues.okx.fields import Levels
from pawang.venues.okx.parse import Parsed
from pawang.venues.okx.subscriptions import bar_ns
from pawang.venues.okx.wire import (
    BboRow,
    BookRow,
    CandleRow,
    FundingRow,
    IndexRow,
    InstrumentRow,
    InterestHistoryRow,
    LiquidationRow,
    MarkRow,
    OpenInterestRow,
    PriceLimitRow,
    RatioRow,
    TierRow,
    TradeRow,
)

QUOTES = ("USDT", "USDC", "USD")
"""Quote currencies of a crypto swap; an index is named by its family, "BTC-USDT"."""


def instrument(row: InstrumentRow) -> Instrument | None:
    """A crypto swap's listing; None for everything the desk does not trade."""
    if row.inst_type != "SWAP" or row.inst_category not in ("1", ""):
        return None
    if row.ct_val is None or not row.ct_type or row.min_sz <= 0:
        return None
    family = row.inst_family or row.uly
    coin, _, quote = family.partition("-")
    if not coin or quote.split("_")[0] not in QUOTES:
        return None
    return Instrument(
        name=row.inst_id,
        coin=coin,
        family=family,
        linear=row.ct_type == "linear",
        contract_value=row.ct_val,
        multiplier=row.ct_mult if row.ct_mult is not None else Decimal(1),
        settle_currency=row.settle_ccy,
        tick_size=row.tick_sz,
        lot_size=row.lot_sz,
        size_min=row.min_sz,
        leverage_max=row.lever if row.lever is not None else Decimal(1),
        state=row.state,
        code=row.inst_id_code,
    )


def tier(row: TierRow) -> PositionTier:
    """A row of the position tiers; sizes stay contracts."""
    return PositionTier(
        tier=row.tier,
        size_min=row.min_sz,
        size_max=row.max_sz,
        maintenance_rate=row.mmr,
        initial_rate=row.imr,
        leverage_max=row.max_lever,
    )


class Translator:
    """Knows the followed listings, as they are now: one translator serves all connections of a
    feed. `skipped` counts rows of others: `liquidation-orders` brings those of the whole venue."""

    def __init__(self, instruments: Mapping[str, Instrument]) -> None:
        """`instruments` by their venue name."""
        self.instruments = dict(instruments)
        # As floats: the tape is statistics, and a multiplication of floats is 10 x faster.
        self._units = {name: float(made.unit) for name, made in instruments.items()}
        self._linear = {name: made.linear for name, made in instruments.items()}
        # Linear before inverse: two swaps may share one index, the desk follows the linear one.
        self._index = {
            made.family: made.name
            for made in sorted(instruments.values(), key=lambda made: made.linear)
        }
        self.skipped = 0
        self.relisted = 0  # listings that came to be others

    def unit(self, name: str) -> float:
        """Coin (linear) or USD in a contract, as it is listed now."""
        return self._units[name]

    def of_index(self, family: str) -> str | None:
        """The swap that an index of this name is told of."""
        return self._index.get(family)

    def records(self, parsed: Parsed, ts_recv: int) -> list[Observation]:
        """The message's records in its order."""
        made: list[Observation] = []
        for row in parsed.records:
            match row:
                case TradeRow() if row.inst_id in self._units:
                    made.append(self._trade(row, ts_recv))
                case BookRow():
                    name = parsed.arg.get("instId", "")
                    book = self.book(name, parsed.action, row, ts_recv)
                    made.extend(() if book is None else (book,))
                case MarkRow() if row.inst_id in self._units:
                    made.append(self._mark(row, ts_recv))
                case IndexRow() if row.inst_id in self._index:
                    made.append(self._index_price(row, ts_recv))
                case BboRow():
                    made.extend(self._quote(row, parsed, ts_recv))
                case OpenInterestRow() if row.inst_id in self._units:
                    made.extend(self._open_interest(row, ts_recv))
                case FundingRow() if row.inst_id in self._units:
                    made.append(self.funding(row, ts_recv))
                case LiquidationRow() if row.inst_id in self._units:
                    made.extend(self._liquidations(row, ts_recv))
                case CandleRow():
                    made.extend(self._bar(row, parsed, ts_recv))
                case PriceLimitRow() if row.inst_id in self._units:
                    made.append(self._limit(row, ts_recv))
                case InstrumentRow() if row.inst_id in self._units:
                    made.extend(self._relisted(row, ts_recv))
                case _:
                    self.skipped += 1
        return made

    def delist(self, name: str, ts_recv: int) -> InstrumentChanged:
        """The venue's full list has it no more: nobody trades it."""
        return self._list(replace(self.instruments[name], state="delisted"), ts_recv)

    def _relisted(self, row: InstrumentRow, ts_recv: int) -> Iterator[InstrumentChanged]:
        """A listing that is another than the one we knew (A23)."""
        listing = instrument(row)
        if listing is None:
            self.skipped += 1  # what we follow is a crypto swap; a row that says otherwise is none
        elif listing != self.instruments[row.inst_id]:
            yield self._list(listing, ts_recv)

    def _list(self, listing: Instrument, ts_recv: int) -> InstrumentChanged:
        self.instruments[listing.name] = listing
        self._units[listing.name] = float(listing.unit)
        self.relisted += 1
        return InstrumentChanged(
            instrument=listing.name, ts_event=ts_recv, ts_recv=ts_recv, listing=listing
        )

    def _size(self, name: str, contracts: float, price: float) -> float:
        """Contracts in coin."""
        size = contracts * self._units[name]
        return size if self._linear[name] else size / price

    def levels(self, name: str, levels: Levels) -> tuple[Level, ...]:
        """Prices and sizes in coin."""
        unit = self._units[name]
        if self._linear[name]:
            return tuple([(float(level[0]), float(level[1]) * unit) for level in levels])
        return tuple(
            [(float(level[0]), float(level[1]) * unit / float(level[0])) for level in levels]
        )

    def book(
        self, name: str, action: str, row: BookRow, ts_recv: int
    ) -> BookSnapshot | BookDelta | None:
        """One row of a book's channel; None for an instrument we do not follow."""
        if name not in self._units:
            self.skipped += 1
            return None
        if action != "update":
            return self.snapshot(name, row, ts_recv)
        return BookDelta(
            instrument=name,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            bids=self.levels(name, row.bids),
            asks=self.levels(name, row.asks),
            # 2022's rows have no numbers; the checksum spoke for them, and 0 follows 0.
            seq=row.seq_id or 0,
            prev_seq=row.prev_seq_id or 0,
        )

    def snapshot(self, name: str, row: BookRow, ts_recv: int) -> BookSnapshot:
        """A whole book, from the stream or from REST."""
        return BookSnapshot(
            instrument=name,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            bids=self.levels(name, row.bids),
            asks=self.levels(name, row.asks),
            seq=row.seq_id or 0,
        )

    def _quote(self, row: BboRow, parsed: Parsed, ts_recv: int) -> Iterator[BestQuote]:
        name = parsed.arg.get("instId", "")
        if name not in self._units or not row.bids or not row.asks:
            self.skipped += 1
            return
        [(bid, bid_size)] = self.levels(name, row.bids[:1])
        [(ask, ask_size)] = self.levels(name, row.asks[:1])
        yield BestQuote(
            instrument=name,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            bid=bid,
            bid_size=bid_size,
            ask=ask,
            ask_size=ask_size,
        )

    def _trade(self, row: TradeRow, ts_recv: int) -> Trade:
        price = float(row.px)
        return Trade(
            instrument=row.inst_id,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            price=price,
            size=self._size(row.inst_id, float(row.sz), price),
            side=Aggressor.BUY if row.side == "buy" else Aggressor.SELL,
            trade_id=row.trade_id,
            count=row.count,
        )

    def _mark(self, row: MarkRow, ts_recv: int) -> MarkPrice:
        return MarkPrice(
            instrument=row.inst_id,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            price=float(row.mark_px),
        )

    def _index_price(self, row: IndexRow, ts_recv: int) -> IndexPrice:
        return IndexPrice(
            instrument=self._index[row.inst_id],
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            price=float(row.idx_px),
        )

    def _limit(self, row: PriceLimitRow, ts_recv: int) -> PriceLimit:
        on = row.enabled
        return PriceLimit(
            instrument=row.inst_id,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            buy_max=float(row.buy_lmt) if on and row.buy_lmt is not None else None,
            sell_min=float(row.sell_lmt) if on and row.sell_lmt is not None else None,
        )

    def _bar(self, row: CandleRow, parsed: Parsed, ts_recv: int) -> Iterator[Candle]:
        """A streamed bar; those of months have no length of their own and make no record."""
        name, bar = parsed.arg.get("instId", ""), bar_ns(parsed.channel)
        if name in self._units and bar is not None:
            yield self.candle(name, bar, row, ts_recv)
        else:
            self.skipped += 1

    def _open_interest(self, row: OpenInterestRow, ts_recv: int) -> Iterator[OpenInterest]:
        """Payloads before 2025 lack `oiUsd`: unknown is not 0, so they make no record."""
        if row.oi_usd is None:
            self.skipped += 1
            return
        yield OpenInterest(
            instrument=row.inst_id,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            coins=float(row.oi_ccy),
            usd=float(row.oi_usd),
        )

    def funding(self, row: FundingRow, ts_recv: int) -> FundingRate:
        """The forecast, or (with a realized rate) what was paid at `ts_funding`."""
        settled = row.realized_rate is not None
        rate = row.funding_rate if row.realized_rate is None else row.realized_rate
        due = row.funding_time * MILLISECOND
        following = row.next_funding_time
        return FundingRate(
            instrument=row.inst_id,
            ts_event=row.ts * MILLISECOND if row.ts is not None else due,
            ts_recv=ts_recv,
            rate=float(rate),
            ts_funding=due,
            ts_next=following * MILLISECOND if following is not None else due,
            settled=settled,
        )

    def _liquidations(self, row: LiquidationRow, ts_recv: int) -> Iterator[Liquidation]:
        for detail in row.details:
            price = float(detail.bk_px)
            yield Liquidation(
                instrument=row.inst_id,
                ts_event=detail.ts * MILLISECOND,
                ts_recv=ts_recv,
                # A sell closes a long; posSide is "net" in net-mode accounts.
                side=Side.LONG if detail.side == "sell" else Side.SHORT,
                price=price,
                size=self._size(row.inst_id, float(detail.sz), price),
            )

    # Histories: rows that do not say of what they are.

    def candle(self, name: str, bar: int, row: CandleRow, ts_recv: int) -> Candle:
        """`bar` in ns. Old rows lack the quote volume: then volume times close."""
        volume, close = float(row.vol_ccy), float(row.close)
        return Candle(
            instrument=name,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            bar=bar,
            open=float(row.open),
            high=float(row.high),
            low=float(row.low),
            close=close,
            volume=volume,
            volume_usd=float(row.vol_ccy_quote) if row.vol_ccy_quote else volume * close,
            closed=row.confirm == "1",
        )

    def ratio(self, name: str, row: RatioRow, ts_recv: int) -> LongShortRatio:
        return LongShortRatio(
            instrument=name,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            ratio=float(row.ratio),
        )

    def past_interest(self, name: str, row: InterestHistoryRow, ts_recv: int) -> OpenInterest:
        """A row of open-interest-history: contracts, coin, USD."""
        return OpenInterest(
            instrument=name,
            ts_event=row.ts * MILLISECOND,
            ts_recv=ts_recv,
            coins=float(row.oi_ccy),
            usd=float(row.oi_usd),
        )
