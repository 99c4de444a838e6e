"""A tape to write market records by hand: times in ms after a Monday noon, ids counted up."""

import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from pawang.market import Market
from pawang.model.instrument import Instrument
from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    Candle,
    FeedLost,
    FundingRate,
    IndexPrice,
    Liquidation,
    LongShortRatio,
    MarkPrice,
    Observation,
    OpenInterest,
    Side,
    Trade,
)
from pawang.model.refs import HOUR

MS = 1_000_000
NOON = 1_757_937_600_000 * MS  # Monday 2025-09-15 12:00:00 UTC


class Tape:
    """Writes the records of one instrument."""

    NOON = NOON

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.name = instrument.name
        self._ids = 0
        self._seq = 0

    @staticmethod
    def at(ms: float) -> int:
        return NOON + int(ms * MS)

    def _when(self, ms: float) -> dict[str, object]:
        return {"instrument": self.name, "ts_event": self.at(ms), "ts_recv": self.at(ms) + MS}

    def trade(
        self,
        ms: float,
        side: str,
        price: float,
        size: float,
        trade_id: str | None = None,
        recv_ms: float | None = None,
    ) -> Trade:
        self._ids += 1
        return Trade(
            instrument=self.name,
            ts_event=self.at(ms),
            ts_recv=self.at(ms if recv_ms is None else recv_ms),
            price=price,
            size=size,
            side=Aggressor(side),
            trade_id=trade_id or str(self._ids),
        )

    def snapshot(
        self,
        ms: float,
        bids: Sequence[tuple[float, float]],
        asks: Sequence[tuple[float, float]],
    ) -> BookSnapshot:
        return BookSnapshot(**self._when(ms), bids=tuple(bids), asks=tuple(asks), seq=self._seq)

    def delta(
        self,
        ms: float,
        bids: Sequence[tuple[float, float]] = (),
        asks: Sequence[tuple[float, float]] = (),
    ) -> BookDelta:
        self._seq += 1
        return BookDelta(
            **self._when(ms),
            bids=tuple(bids),
            asks=tuple(asks),
            seq=self._seq,
            prev_seq=self._seq - 1,
        )

    def quote(
        self, ms: float, bid: float, bid_size: float, ask: float, ask_size: float
    ) -> BestQuote:
        return BestQuote(**self._when(ms), bid=bid, bid_size=bid_size, ask=ask, ask_size=ask_size)

    def lost(self, ms: float, channel: str = "all") -> FeedLost:
        return FeedLost(**self._when(ms), channel=channel, reason="test")

    def candle(
        self,
        ms: float,
        bar: int,
        high: float,
        low: float,
        close: float,
        volume_usd: float = 1e6,
        closed: bool = True,
    ) -> Candle:
        return Candle(
            **self._when(ms),
            bar=bar,
            open=close,
            high=high,
            low=low,
            close=close,
            volume=volume_usd / close,
            volume_usd=volume_usd,
            closed=closed,
        )

    def mark(self, ms: float, price: float) -> MarkPrice:
        return MarkPrice(**self._when(ms), price=price)

    def index(self, ms: float, price: float) -> IndexPrice:
        when = {**self._when(ms), "instrument": self.instrument.family}
        return IndexPrice(**when, price=price)

    def interest(self, ms: float, coins: float, price: float = 60_000.0) -> OpenInterest:
        return OpenInterest(**self._when(ms), coins=coins, usd=coins * price)

    def funding(self, ms: float, rate: float, settled: bool = False) -> FundingRate:
        ts = self.at(ms)
        funding = ts if settled else (ts // (8 * HOUR) + 1) * 8 * HOUR
        return FundingRate(
            **self._when(ms),
            rate=rate,
            ts_funding=funding,
            ts_next=funding + 8 * HOUR,
            settled=settled,
        )

    def ratio(self, ms: float, ratio: float) -> LongShortRatio:
        return LongShortRatio(**self._when(ms), ratio=ratio)

    def liquidation(self, ms: float, side: Side, price: float, size: float) -> Liquidation:
        return Liquidation(**self._when(ms), side=side, price=price, size=size)

    def plain_book(self, ms: float, mid: float = 60_000.0, size: float = 1.0) -> BookSnapshot:
        """`size` coins at every bucket's edge for 100 bp either side, 0.1 spread at the top."""
        step = 6.0
        bids = [(mid - 0.1, size)] + [(mid - step * k, size) for k in range(1, 101)]
        asks = [(mid + 0.1, size)] + [(mid + step * k, size) for k in range(1, 101)]
        return self.snapshot(ms, bids, asks)


def feed(market: Market, records: Sequence[Observation]) -> list[object]:
    """Fold all of it; the edges on the way."""
    start, edges = 0, []
    while start < len(records):
        folded = market.fold(records, start)
        start += folded.consumed
        if folded.edge is not None:
            edges.append(folded.edge)
    return edges


@pytest.fixture(scope="session")
def btc() -> Instrument:
    return Instrument.swap(
        "BTC",
        contract_value=Decimal("0.01"),
        tick_size=Decimal("0.1"),
        lot_size=Decimal("0.01"),
    )


@pytest.fixture(scope="session")
def sol() -> Instrument:
    return Instrument.swap(
        "SOL", contract_value=Decimal(1), tick_size=Decimal("0.01"), lot_size=Decimal("0.01")
    )


@pytest.fixture
def tape(btc: Instrument) -> Tape:
    return Tape(btc)


@pytest.fixture(scope="session")
def make_tape() -> type[Tape]:
    return Tape


@pytest.fixture
def market(btc: Instrument) -> Market:
    return Market({"BTC": btc})


@pytest.fixture(scope="session", name="feed")
def feed_fixture() -> object:
    return feed


@pytest.fixture(scope="session")
def recorded() -> Path:
    path = Path(os.environ.get("PAWANG_DATA", "../shared/data")) / "market"
    if not path.is_dir():
        pytest.skip("recorded market data is not here (PAWANG_DATA)")
    return path
