"""Recorded files as what a desk would have heard: listings, and records by when they were known.

    l2_* or l2snap_*      the book of one market           needed, one a coin
    trades_*, bbo_*       its prints and best quotes
    candles_*_BAR         history; a bar is known when it has closed
    funding_*             settled rates; each is also the forecast of the next settlement
    oi_*                  open interest of many swaps, in coins; in USD by the coin's last known bar

Nothing is made up: no mark or index price, no long/short ratio, and what was not recorded is
missing. The desk's own tape comes in beside this reader, as a `Session` too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import numpy as np

from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument
from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    Candle,
    FundingRate,
    Level,
    Observation,
    OpenInterest,
    Trade,
)
from pawang.model.refs import HOUR, MINUTE
from pawang.operations.backtest import recordings
from pawang.sandbox import listings
from pawang.sandbox.recorded import files, tables
from pawang.sandbox.recorded.books import DeltaBook, Deltas, SnapshotBook
from pawang.sandbox.recorded.errors import RecordingError
from pawang.sandbox.recorded.files import Named
from pawang.sandbox.recorded.reel import check

BARS = (MINUTE, 5 * MINUTE, HOUR)  # what the market room keeps; coarser ones are made of finer
EIGHT_HOURS = 8 * HOUR
MILLISECOND = 1_000_000


@dataclass(frozen=True)
class Session:
    """What there is to play. `ts_from` is when the desk opens: what is known before is its past."""

    listings: dict[str, Instrument]  # by coin
    sources: Sequence[Iterable[Observation]]  # each in the order in which it became known
    ts_from: int
    ts_to: int


def read(paths: Sequence[Path], coins: Sequence[str] = ()) -> Session:
    """The session of these files; BadInput says which of them cannot be played, and why."""
    try:
        return _read(paths, coins)
    except RecordingError as refused:
        raise BadInput(str(refused)) from None


def _read(paths: Sequence[Path], coins: Sequence[str]) -> Session:
    whole = [path for path in paths if path.name.startswith("oi_")]
    funding = [path for path in paths if path.name.startswith("funding_")]
    named = [files.read_name(path) for path in paths if path not in (*whole, *funding)]
    wanted = tuple(coins) or tuple(dict.fromkeys(made.coin for made in named if _is_book(made)))
    if not wanted:
        raise BadInput("a recording needs at least one l2_* or l2snap_* file")
    played = {coin: Played(coin, [made for made in named if made.coin == coin]) for coin in wanted}
    sources: list[Iterable[Observation]] = []
    for coin, made in played.items():
        sources += [made.prints(), made.books(), made.quotes(), *made.history]
        rates = [path for path in funding if recordings.asset(path.stem) == coin]
        sources += [_rates(path, made.instrument.name) for path in rates]
        sources += [_interest(path, made) for path in whole]
    return Session(
        listings={coin: made.instrument for coin, made in played.items()},
        sources=sources,
        ts_from=min(made.span[0] for made in played.values()),
        ts_to=max(made.span[1] for made in played.values()) + 1,
    )


def _is_book(named: Named) -> bool:
    return named.kind in ("l2", "l2snap")


class Played:
    """One coin's files, and each of them as a source."""

    def __init__(self, coin: str, named: Sequence[Named]) -> None:
        check(coin, named)
        self._of: dict[str, list[Named]] = {}
        for made in named:
            self._of.setdefault(made.kind, []).append(made)
        self._trades = tables.read_trades(self._of.get("trades", []))
        self._rows, digits = self._read_book()
        self._price_digits = max(digits[0], self._trades.price_digits)
        self._size_digits = max(digits[1], self._trades.size_digits)
        self.instrument = _instrument(coin, self._price_digits, self._size_digits)
        stamps = [self._stamps, self._trades.ts_ns]
        self.span = (
            min(int(each[0]) for each in stamps if len(each)),
            max(int(each[-1]) for each in stamps if len(each)),
        )
        self.history = [bars for file in self._of.get("candles", ()) for bars in _bars(file, self)]

    def _read_book(self) -> tuple[tables.Rows | tables.Snapshots, tuple[int, int]]:
        snapshots = self._of.get("l2snap")
        read: tables.Rows | tables.Snapshots
        read = (
            tables.read_snapshots(snapshots[0]) if snapshots else tables.read_deltas(self._of["l2"])
        )
        self._stamps = np.unique(read.ts_ns)
        return read, (read.price_digits, read.size_digits)

    def prints(self) -> Iterator[Trade]:
        rows, name = self._trades, self.instrument.name
        columns = (rows.ts_ns.tolist(), rows.price.tolist(), rows.size.tolist(), rows.up.tolist())
        for number, (ts, price, size, up) in enumerate(zip(*columns, strict=True), 1):
            if size > 0.0:
                yield Trade(
                    instrument=name,
                    ts_event=ts,
                    ts_recv=ts,
                    price=price,
                    size=size,
                    side=Aggressor.BUY if up else Aggressor.SELL,
                    trade_id=str(number),
                )

    def books(self) -> Iterator[BookSnapshot | BookDelta]:
        """A snapshot once both sides are there, then what changed at each recorded stamp.

        A recorded book that is crossed for a moment is shown uncrossed, as a venue would.
        """
        book, name, seq = self._book(), self.instrument.name, 0
        for ts in self._stamps.tolist():
            bids, asks = book.advance(ts + 1)
            if not seq:
                whole = book.levels()
                if not all(whole):
                    continue
                seq = 1
                sides = self._levels(whole[0])[::-1], self._levels(whole[1])
                yield BookSnapshot(
                    instrument=name, ts_event=ts, ts_recv=ts, bids=sides[0], asks=sides[1], seq=seq
                )
            elif bids or asks:
                seq += 1
                yield BookDelta(
                    instrument=name,
                    ts_event=ts,
                    ts_recv=ts,
                    bids=self._levels(bids),
                    asks=self._levels(asks),
                    seq=seq,
                    prev_seq=seq - 1,
                )

    def _book(self) -> DeltaBook | SnapshotBook:
        rows, digits = self._rows, (self._price_digits, self._size_digits)
        if isinstance(rows, tables.Snapshots):
            return SnapshotBook(rows.ts_ns, rows.lists, *digits)
        ticks, lots = files.scaled(rows.price, digits[0]), files.scaled(rows.size, digits[1])
        return DeltaBook(Deltas(rows.ts_ns, rows.up, ticks, lots, rows.snapshot))

    def _levels(self, side: Mapping[int, int]) -> tuple[Level, ...]:
        """Ticks and lots as the floats nearest to their decimals."""
        tick, lot = 10**self._price_digits, 10**self._size_digits
        return tuple((price / tick, size / lot) for price, size in sorted(side.items()))

    def quotes(self) -> Iterator[BestQuote]:
        for file in self._of.get("bbo", ()):
            read = recordings.quotes(file.path)
            for ts, bid, bid_size, ask, ask_size in zip(
                *(column.tolist() for column in read), strict=True
            ):
                yield BestQuote(
                    instrument=self.instrument.name,
                    ts_event=ts,
                    ts_recv=ts,
                    bid=bid,
                    bid_size=bid_size,
                    ask=ask,
                    ask_size=ask_size,
                )

    def last_close(self, ts: int) -> float | None:
        """The close of the newest bar that was known at `ts`."""
        known = [bars[place - 1] for bars in self.history if (place := _known_by(bars, ts))]
        newest = max(known, key=lambda bar: bar.ts_recv, default=None)
        return None if newest is None else newest.close


def _known_by(bars: Sequence[Candle], ts: int) -> int:
    """How many of them were known at `ts`."""
    low, high = 0, len(bars)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if bars[middle].ts_recv <= ts else (low, middle)
    return low


def _instrument(coin: str, price_digits: int, size_digits: int) -> Instrument:
    """The coin's swap with the finest steps that were recorded."""
    value = listings.contract_value(coin)
    lot = Decimal(1).scaleb(-size_digits) / value
    listing = listings.recorded(coin, Decimal(1).scaleb(-price_digits), lot)
    return Instrument.swap(
        coin,
        contract_value=value,
        tick_size=Decimal(listing.tick_size),
        lot_size=Decimal(listing.lot_size),
        leverage_max=Decimal(listing.leverage_max),
    )


# History.


def _bars(file: Named, played: Played) -> Iterator[list[Candle]]:
    """The file's bars, and the coarser ones of the desk that can be made of them whole."""
    if file.bar_ms is None:
        raise BadInput(f"{file.path.name}: no bar at the end of the name, such as _1m or _1h")
    read = recordings.candles(file.path)
    own = file.bar_ms * MILLISECOND
    for bar in (own, *(bar for bar in BARS if bar > own and bar % own == 0)):
        yield list(_resampled(read, own, bar, played.instrument.name))


def _resampled(read: recordings.Candles, own: int, bar: int, name: str) -> Iterator[Candle]:
    opens = read.ts // bar
    first = np.flatnonzero(np.diff(opens, prepend=opens[0] - 1))
    counts = np.diff(np.append(first, len(opens)))
    last = first + counts - 1
    columns = (
        opens[first] * bar,
        read.open[first],
        np.maximum.reduceat(read.high, first),
        np.minimum.reduceat(read.low, first),
        read.close[last],
        np.add.reduceat(read.volume, first),
        counts == bar // own,  # a bar with a hole in it is no bar
    )
    for ts, open_, high, low, close, volume, whole in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        if whole:
            yield Candle(
                instrument=name,
                ts_event=ts,
                ts_recv=ts + bar,
                bar=bar,
                open=open_,
                high=high,
                low=low,
                close=close,
                volume=volume,
                volume_usd=volume * close,
                closed=True,
            )


def _rates(path: Path, name: str) -> Iterator[FundingRate]:
    """Each settled rate; from then on it is also what is expected of the next settlement."""
    ts, (rate,) = recordings.columns(path, ("rate",))
    for at, value in zip(ts.tolist(), rate.tolist(), strict=True):
        after = at + EIGHT_HOURS
        for settled, ts_funding in ((True, at), (False, after)):
            yield FundingRate(
                instrument=name,
                ts_event=at,
                ts_recv=at,
                rate=value,
                ts_funding=ts_funding,
                ts_next=ts_funding + EIGHT_HOURS,
                settled=settled,
            )


def _interest(path: Path, played: Played) -> Iterator[OpenInterest]:
    name = played.instrument.name
    for ts, coins in recordings.open_interest(path, name):
        price = played.last_close(ts)
        if price is not None:
            yield OpenInterest(
                instrument=name, ts_event=ts, ts_recv=ts, coins=coins, usd=coins * price
            )
