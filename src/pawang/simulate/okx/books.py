"""The first law of the feed: a book that claims to be intact equals the venue's, level by level.

`Witness` sits in the venue's own book and writes down, change by change, what it has published
under which sequence number, before any fault spoils it. `Reader` is what stands behind the feed in
the desk: the market room's book, taken through the feed's records in their order. After every
record the two are compared whole, all 400 levels a side, at the record's sequence number.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterator, Sequence

from pawang.market.book import Book
from pawang.model.instrument import Instrument
from pawang.model.market import BookDelta, BookSnapshot, FeedLost, Trade
from pawang.sandbox.okx.books import Book as VenueBook
from pawang.sandbox.okx.books import Levels
from pawang.sandbox.okx.instrument import Instrument as Listed

VIEW = 400  # levels a side (okx-v5.md 9.1)
BEHIND_MAX_S = 35.0  # A03's 30 s of silence for a minor coin, and the slowest line on top
PAST = 100  # published states, some ten seconds
DARK_MAX_S = 1.0  # A01: "at once"; the judge looks twice a second
AUDITED = 64  # every so many changes the witness is itself compared with the venue's view


Sides = tuple[list[float], list[float]]  # prices, sizes


class Entry:
    """One published state. `seq` of the newest may still move: a fault resets it after all.
    Of some the whole `view` is kept, to hold the changes themselves against it."""

    __slots__ = ("asks", "bids", "seq", "ts_ms", "view")

    def __init__(self, seq: int, ts_ms: int, bids: Levels, asks: Levels) -> None:
        self.seq = seq
        self.ts_ms = ts_ms
        self.bids = bids
        self.asks = asks
        self.view: tuple[Levels, Levels] | None = None


class Witness(VenueBook):
    """Stands where the venue's book stood, and remembers."""

    def __init__(self, listed: Listed) -> None:
        book = listed.book
        self.bids, self.asks = book.bids, book.asks
        self.seq, self.prev_seq = book.seq, book.prev_seq
        self.listed = listed
        self.entries: deque[Entry] = deque([Entry(self.seq, listed.ts_ms, [], [])])
        self._count = 0
        listed.book = self

    def apply(self, bids: dict[int, int], asks: dict[int, int]) -> tuple[Levels, Levels]:
        self.entries[-1].seq = self.seq
        told = super().apply(bids, asks)
        if told[0] or told[1]:
            entry = Entry(self.seq, self.listed.ts_ms, *told)
            self.entries.append(entry)
            self._count += 1
            if self._count % AUDITED == 0:
                entry.view = self.view()
        return told

    def view(self) -> tuple[Levels, Levels]:
        """What the venue shows now."""
        return self.bids.best(VIEW), self.asks.best(VIEW)


class Shadow:
    """One side as floats, sorted, the way the desk holds it."""

    def __init__(self, prices: Sequence[float] = (), sizes: Sequence[float] = ()) -> None:
        self.prices = list(prices)
        self.sizes = list(sizes)

    def change(self, price: float, size: float) -> None:
        place = bisect_left(self.prices, price)
        there = place < len(self.prices) and self.prices[place] == price
        if not size:
            if there:
                del self.prices[place], self.sizes[place]
        elif there:
            self.sizes[place] = size
        else:
            insort(self.prices, price)
            self.sizes.insert(place, size)


class Truth:
    """The venue's book as it was at some published state. It goes forward; back only as far as a
    snapshot may, that another socket had sent before (`PAST` states)."""

    def __init__(self, witness: Witness, unit: float) -> None:
        self._witness = witness
        self._unit = unit
        self._prices: dict[int, float] = {}
        self._sizes: dict[int, float] = {}
        self.bids, self.asks = Shadow(), Shadow()
        self.sound = True  # the changes have added up to the view so far
        self._apply(*witness.view())
        self._base = self._copy()
        self._past: list[Entry] = []  # from the base to where we stand

    def at(self, seq: int, ts_ms: int, again: bool = False) -> bool:
        """Go to the state that was published as `seq`; False when there was none.

        Numbers come again after a reset; the stamp tells which of them is meant. A snapshot's is
        of the moment it was asked for, later than the change it shows; and it may be of a state
        that was left already (`again`): another socket had sent it before.
        """
        entries = self._witness.entries
        entries[-1].seq = self._witness.seq
        same = [place for place, entry in enumerate(entries) if entry.seq == seq]
        place = max((one for one in same if entries[one].ts_ms <= ts_ms), default=None)
        if place is None and again and self._back(seq, ts_ms):
            return True
        if place is None and not same:
            return False
        self._forward(same[0] if place is None else place)
        return True

    def _forward(self, place: int) -> None:
        entries = self._witness.entries
        for _ in range(place):
            self._past.append(entries.popleft())
            self._apply(entries[0].bids, entries[0].asks)
            self._audit(entries[0].view)
        if len(self._past) > 2 * PAST:
            self._stand(self._past[: PAST + 1])
            self._base, self._past = self._copy(), self._past[PAST:]
            self._stand([*self._past, entries[0]])

    def _back(self, seq: int, ts_ms: int) -> bool:
        """To a state that was left already; False when it is none of the kept ones."""
        past = [n for n, one in enumerate(self._past) if one.seq == seq and one.ts_ms <= ts_ms]
        if not past:
            return False
        place = past[-1]
        self._witness.entries.extendleft(reversed(self._past[place:]))
        self._past = self._past[:place]
        self._stand([*self._past, self._witness.entries[0]])
        return True

    def _stand(self, way: Sequence[Entry]) -> None:
        """From the base, whose entry is the way's first, to the last of it."""
        self.bids, self.asks = Shadow(*self._base[0]), Shadow(*self._base[1])
        for entry in way[1:]:
            self._apply(entry.bids, entry.asks)

    def _copy(self) -> "tuple[Sides, Sides]":
        bids, asks = self.bids, self.asks
        return (list(bids.prices), list(bids.sizes)), (list(asks.prices), list(asks.sizes))

    def newest(self) -> bool:
        """Whether it stands where the venue stands."""
        return len(self._witness.entries) == 1

    def behind_ms(self, now_ms: int) -> int:
        """For how long the venue has been showing something else."""
        entries = self._witness.entries
        return now_ms - entries[1].ts_ms if len(entries) > 1 else 0

    def _audit(self, view: tuple[Levels, Levels] | None) -> None:
        if view is not None:
            bids, asks = view
            whole = self._equal(self.bids, bids[::-1]) and self._equal(self.asks, asks)
            self.sound = self.sound and whole

    def _equal(self, side: Shadow, view: Levels) -> bool:
        return side.prices == [self._price(ticks) for ticks, _ in view] and side.sizes == [
            self._size(lots) for _, lots in view
        ]

    def _apply(self, bids: Levels, asks: Levels) -> None:
        for side, levels in ((self.bids, bids), (self.asks, asks)):
            for ticks, lots in levels:
                side.change(self._price(ticks), self._size(lots))

    def _price(self, ticks: int) -> float:
        made = self._prices.get(ticks)
        if made is None:
            made = self._prices[ticks] = float(self._witness.listed.price.text(ticks))
        return made

    def _size(self, lots: int) -> float:
        made = self._sizes.get(lots)
        if made is None:
            made = float(self._witness.listed.size.text(lots)) * self._unit
            self._sizes[lots] = made
        return made


class Reader:
    """One instrument of the desk, and the law over it."""

    def __init__(self, instrument: Instrument, listed: Listed, book: Book) -> None:
        self.name = instrument.name
        self.book = book
        self.witness = Witness(listed)
        self.truth = Truth(self.witness, float(instrument.unit))
        self.compared = 0
        self.losses = 0
        self.trades: list[int] = []
        self.ts_book = self.ts_trade = 0  # the newest record's, desk time

    def take(self, item: object) -> Iterator[str]:
        """One record of the feed; what it breaks."""
        if isinstance(item, BookSnapshot):
            self.book.replace(item)
            yield from self._compare(item)
        elif isinstance(item, BookDelta):
            self.book.change(item)
            yield from self._compare(item)
        elif isinstance(item, FeedLost):
            if item.channel in ("books", "all"):
                self.book.lose("gap")
                self.losses += 1
        elif isinstance(item, Trade):
            yield from self._trade(item)

    def lies(self, now_ms: int, dark_s: float) -> Iterator[str]:
        """What a reader would see at this moment; `dark_s` = for how long no line is open."""
        if self.book.problem is not None:
            return
        if dark_s > DARK_MAX_S:
            yield f"A01 {self.name}: claims to be intact {dark_s:.1f} s after the line was cut"
        behind_s = self.truth.behind_ms(now_ms) / 1e3
        if behind_s > BEHIND_MAX_S:
            yield f"A03 {self.name}: claims to be intact, but is {behind_s:.1f} s behind"

    def _trade(self, trade: Trade) -> Iterator[str]:
        self.ts_trade = trade.ts_recv
        number = int(trade.trade_id)
        if self.trades and number <= self.trades[-1]:
            yield f"{self.name}: trade {number} came after {self.trades[-1]}"
        self.trades.append(number)

    def missed(self) -> set[int]:
        """Trades of the venue's tape between our first and our last that never came."""
        if not self.trades:
            return set()
        first, last = self.trades[0], self.trades[-1]
        told = {one.trade_id for one in self.witness.listed.tape}
        return {number for number in told if first < number < last} - set(self.trades)

    def _compare(self, record: BookSnapshot | BookDelta) -> Iterator[str]:
        self.ts_book = record.ts_recv
        if self.book.problem is not None:
            if self.book.problem != "gap":
                yield f"{self.name}: the feed let a {self.book.problem} book through"
            return
        self.compared += 1
        stamp_ms, again = record.ts_event // 1_000_000, isinstance(record, BookSnapshot)
        if not self.truth.at(record.seq, stamp_ms, again):
            yield f"{self.name}: the venue never published {record.seq}"
            return
        truth, book = self.truth, self.book
        for word, ours, theirs in (
            ("bids", book.bids, truth.bids),
            ("asks", book.asks, truth.asks),
        ):
            if ours.prices != theirs.prices or ours.sizes != theirs.sizes:
                yield f"{self.name}: {word} at {record.seq} {_differ(ours, theirs)}"
        if not truth.sound:
            yield f"{self.name}: the venue's changes up to {record.seq} do not add up to its view"
            truth.sound = True


def _differ(ours: object, theirs: Shadow) -> str:
    """The first levels that differ."""
    mine = dict(zip(ours.prices, ours.sizes, strict=True))  # type: ignore[attr-defined]
    true = dict(zip(theirs.prices, theirs.sizes, strict=True))
    wrong = sorted(price for price in {*mine, *true} if mine.get(price) != true.get(price))
    shown = ", ".join(f"{price:g}: {mine.get(price)} not {true.get(price)}" for price in wrong[:3])
    return f"differ at {len(wrong)} levels ({shown})"
