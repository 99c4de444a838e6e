"""One coin's recorded files, checked to belong together and ready to play."""

from collections.abc import Sequence
from decimal import Decimal

from pawang.sandbox import bars, listings
from pawang.sandbox.recorded import files, tables
from pawang.sandbox.recorded.books import DeltaBook, Deltas, SnapshotBook
from pawang.sandbox.recorded.errors import RecordingError
from pawang.sandbox.recorded.files import Named
from pawang.sandbox.recorded.tables import MS_NS, Rows
from pawang.sandbox.recorded.tape import Tape
from pawang.sandbox.source import Listing, Step


class Reel:
    """Book and prints of one coin. Tick and lot are the finest decimal steps found in them."""

    def __init__(self, coin: str, named: Sequence[Named]) -> None:
        check(coin, named)
        trades = tables.read_trades(_of(named, "trades"))
        snapshots = _of(named, "l2snap")
        read: tables.Snapshots | Rows
        if snapshots:
            read = tables.read_snapshots(snapshots[0])
        else:
            read = tables.read_deltas(_of(named, "l2"))
        self._price_digits = max(read.price_digits, trades.price_digits)
        self._size_digits = max(read.size_digits, trades.size_digits)
        self.listing = _listing(coin, self._price_digits, self._size_digits)
        self.book = self._book(read)
        self._trades = trades
        self._candles = _of(named, "candles")
        self._mark: int | None = None
        self.span_ns = _span(self.book, trades)

    def begin(self, start_ms: int) -> None:
        """Thread the tape: recorded candles that closed by the start are its history."""
        history, bar_ms = bars.no_rows(), bars.MINUTE_MS
        if self._candles:
            file = min(self._candles, key=_bar_ms)
            bar_ms = _bar_ms(file)
            history = tables.read_candles(file, self._price_digits, self._size_digits)
            history = history[history[:, 0] + bar_ms <= start_ms]
        trades = self._trades
        ticks = files.scaled(trades.price, self._price_digits)
        lots = files.scaled(trades.size, self._size_digits)
        self.tape = Tape(trades.ts_ns, ticks, lots, trades.up, history, bar_ms)

    def step(self, now_ms: int) -> Step:
        """What happened in the 100 ms that end at `now_ms`. The mark is the shown mid."""
        until_ns = now_ms * MS_NS
        bids, asks = self.book.advance(until_ns)
        step = Step(self.listing.inst_id, now_ms, self.tape.advance(until_ns), bids, asks)
        middle = self.book.middle() if bids or asks else None
        if middle != self._mark and middle is not None:
            step.mark_ticks = self._mark = middle
        return step

    def _book(self, read: tables.Snapshots | Rows) -> DeltaBook | SnapshotBook:
        if isinstance(read, tables.Snapshots):
            return SnapshotBook(read.ts_ns, read.lists, self._price_digits, self._size_digits)
        ticks = files.scaled(read.price, self._price_digits)
        lots = files.scaled(read.size, self._size_digits)
        return DeltaBook(Deltas(read.ts_ns, read.up, ticks, lots, read.snapshot))


def check(coin: str, named: Sequence[Named]) -> None:
    """Refuse files that are not one market with one book."""
    markets = list(dict.fromkeys(file.market for file in named if file.kind in ("l2", "l2snap")))
    if not markets:
        names = ", ".join(file.path.name for file in named)
        raise RecordingError(f"{coin}: {names} come without a book; add its l2_* or l2snap_* file")
    if len(markets) > 1 or (_of(named, "l2") and _of(named, "l2snap")):
        raise RecordingError(f"{coin}: two books ({', '.join(markets)}); play one at a time")
    for file in _of(named, "trades"):
        if file.market != markets[0]:
            raise RecordingError(f"{file.path.name}: the book given for {coin} is of {markets[0]}")
    if len(_of(named, "l2snap")) > 1:
        raise RecordingError(f"{coin}: several l2snap files; play one at a time")


def _of(named: Sequence[Named], kind: str) -> list[Named]:
    return [file for file in named if file.kind == kind]


def _bar_ms(file: Named) -> int:
    if file.bar_ms is None:
        raise RecordingError(f"{file.path.name}: no bar at the end of the name, such as _1m or _1h")
    return file.bar_ms


def _listing(coin: str, price_digits: int, size_digits: int) -> Listing:
    tick = Decimal(1).scaleb(-price_digits)
    lot = Decimal(1).scaleb(-size_digits) / listings.contract_value(coin)
    return listings.recorded(coin, tick, Decimal(f"{lot.normalize():f}"))


def _span(book: DeltaBook | SnapshotBook, trades: Rows) -> tuple[int, int]:
    first, last = book.span_ns
    if len(trades.ts_ns) == 0:
        return first, last
    return min(first, int(trades.ts_ns[0])), max(last, int(trades.ts_ns[-1]))
