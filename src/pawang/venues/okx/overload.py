"""What waits for a desk that is slower than the venue, kept small without lying (A15). Pure.

    what waits              becomes
    book updates            one an instrument, each level with its newest size
    anything before a       nothing: the snapshot, or the loss, says it all
      snapshot or a loss
    prices, quotes, …       the newest
    trades                  the newest `trades_max`; what was dropped is counted, and said as a
                            loss of the tape at that place

Off unless it is asked for: a simulation or a backtest waits instead, and sees every message.
"""

from collections.abc import Iterable

from pawang.model.codec import Record
from pawang.model.event import HealthChanged
from pawang.model.market import (
    BestQuote,
    BookDelta,
    BookSnapshot,
    FeedLost,
    IndexPrice,
    Level,
    MarkPrice,
    OpenInterest,
    PriceLimit,
    Trade,
)
from pawang.model.refs import SECOND
from pawang.venues.okx.connection import Item

PROVIDER = "okx-feed"
REASON = "overload"
NEWEST_WINS = (MarkPrice, IndexPrice, BestQuote, OpenInterest, PriceLimit)


class OverloadParams(Record):
    items_max: int = 512  # waiting; from here on they are conflated
    trades_max: int = 4096  # waiting; older ones are dropped
    patience_s: float = 5.0  # conflating for so long is told
    calm_s: float = 30.0  # not conflating for so long ends it


class Backlog:
    """Between the sockets and the desk. `now` is wall time."""

    def __init__(self, params: OverloadParams | None) -> None:
        """None: nothing is ever conflated or dropped."""
        self.dropped = 0  # trades
        self.conflated = 0  # times
        self._params = params
        self._items: list[Item] = []
        self._full_at = params.items_max if params is not None else 0
        self._since: int | None = None  # conflating all the while
        self._last = 0
        self._told = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, items: Iterable[Item], now: int) -> None:
        self._items += items
        if self._params is not None and len(self._items) > self._full_at:
            self._conflate(self._params, now)

    def take(self, now: int) -> list[Item]:
        """Everything that waits, in its order."""
        taken, self._items = self._items, []
        if self._params is None:
            return taken
        self._full_at = self._params.items_max
        return taken + self._health(self._params, now)

    def _conflate(self, params: OverloadParams, now: int) -> None:
        self._items, dropped = conflate(self._items, params.trades_max)
        self.dropped += dropped
        self.conflated += 1
        # The next time at twice of what is left: conflating costs a pass over all of it.
        self._full_at = max(params.items_max, 2 * len(self._items))
        self._since = now if self._since is None else self._since
        self._last = now

    def _health(self, params: OverloadParams, now: int) -> list[Item]:
        if self._since is None:
            return []
        if now >= self._last + params.calm_s * SECOND:
            told, self._told, self._since = self._told, False, None
            return [_health("restored", "the desk keeps up again")] if told else []
        if self._told or now < self._since + params.patience_s * SECOND:
            return []
        self._told = True
        return [_health("overload", f"{self.dropped} trades dropped")]


def conflate(items: list[Item], trades_max: int) -> tuple[list[Item], int]:
    """(what is left, in order; how many trades were dropped)."""
    kept: list[Item | _Merged | None] = []
    books: dict[str, list[int]] = {}
    newest: dict[tuple[type, str], int] = {}
    trades: list[int] = []
    for item in items:
        match item:
            case BookDelta():
                _merge(kept, books.setdefault(item.instrument, []), item)
                continue
            case BookSnapshot():
                _clear(kept, books, item.instrument)
                books[item.instrument] = [len(kept)]
            case FeedLost() if not item.channel.startswith("trades"):
                _clear(kept, books, item.instrument)
            case Trade():
                trades.append(len(kept))
            case _ if isinstance(item, NEWEST_WINS):
                key = (type(item), item.instrument)
                if key in newest:
                    kept[newest[key]] = None
                newest[key] = len(kept)
        kept.append(item)
    dropped = trades[: max(0, len(trades) - trades_max)]
    _drop(kept, dropped)
    left = [one.delta() if isinstance(one, _Merged) else one for one in kept if one is not None]
    return left, len(dropped)


class _Merged:
    """Several updates of one book as one."""

    def __init__(self, first: BookDelta) -> None:
        self._first = self._last = first
        self._bids: dict[float, float] = dict(first.bids)
        self._asks: dict[float, float] = dict(first.asks)

    def take(self, delta: BookDelta) -> None:
        self._last = delta
        self._bids.update(delta.bids)
        self._asks.update(delta.asks)

    def delta(self) -> BookDelta:
        last = self._last
        return BookDelta(
            instrument=last.instrument,
            ts_event=last.ts_event,
            ts_recv=last.ts_recv,
            bids=_levels(self._bids),
            asks=_levels(self._asks),
            seq=last.seq,
            prev_seq=self._first.prev_seq,
        )


def _levels(sizes: dict[float, float]) -> tuple[Level, ...]:
    return tuple(sizes.items())


def _merge(kept: list[Item | _Merged | None], places: list[int], delta: BookDelta) -> None:
    """Into the update that waits, which moves to the place of this one."""
    last = kept[places[-1]] if places else None
    if isinstance(last, _Merged):
        last.take(delta)
        kept[places.pop()] = None
    else:
        last = _Merged(delta)
    places.append(len(kept))
    kept.append(last)


def _clear(kept: list[Item | _Merged | None], books: dict[str, list[int]], instrument: str) -> None:
    for place in books.pop(instrument, ()):
        kept[place] = None


def _drop(kept: list[Item | _Merged | None], places: list[int]) -> None:
    """The oldest trades; where an instrument's last one went, its tape is said to be lost. What
    was said so before them is said again by that, and dropped too."""
    last: dict[str, int] = {}
    for place in places:
        trade = kept[place]
        assert isinstance(trade, Trade)
        last[trade.instrument] = place
    for place in range(max(last.values(), default=-1) + 1):
        item = kept[place]
        said = isinstance(item, FeedLost) and item.reason == REASON
        if not said and not isinstance(item, Trade):
            continue
        assert isinstance(item, Trade | FeedLost)
        end = last.get(item.instrument, -1)
        if place < end:
            kept[place] = None
        elif place == end:
            kept[place] = _tape_lost(item)


def _tape_lost(trade: Trade | FeedLost) -> FeedLost:
    return FeedLost(
        instrument=trade.instrument,
        ts_event=trade.ts_event,
        ts_recv=trade.ts_recv,
        channel="trades",
        reason=REASON,
    )


def _health(state: str, reason: str) -> HealthChanged:
    return HealthChanged(provider=PROVIDER, state=state, reason=reason)
