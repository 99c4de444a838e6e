"""Moving from one connection to the next without losing a message or telling one twice (A12).

On notice 64008 both connections live side by side for a while. Every channel is followed on the
old one until both have said the same thing; from there on it is followed on the new one:

    old   … 103 104 105 | 106 107            books: by seqId, a trade by its tradeId
    new       [104] 105 | 106 107            (what stands before the bar was told by the old one)

A book that does not meet within `overlap_s` is replaced by the new one's snapshot and all that
followed it; of trades what is newer than the last one told is let through; of all else the newest
wins. Pure: what comes in is what either connection made, what comes out is for the desk.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pawang.model.event import HealthChanged
from pawang.model.market import BookDelta, BookSnapshot, FeedLost, Trade
from pawang.model.refs import SECOND
from pawang.venues.okx.connection import Connection, Item
from pawang.venues.okx.subscriptions import TAPES, Key, Subscription

OVERLAP_NS = 2 * SECOND
"""How long a channel may look for the place where both agree; OKX leaves us 60 s for all."""


@dataclass(slots=True)
class _Lane:
    """One channel of one instrument. `said` is the newest place the desk was told."""

    channel: str
    said: int | None
    moved: bool = False  # followed on the new connection
    caught_up: bool = False  # and that one has gone past what the old one told
    rejected: bool = False
    since: int | None = None  # the new connection knows it from then on (listening time)
    held: list[Item] = field(default_factory=list)

    def meets(self) -> bool:
        """Whether the new connection can be followed from here without a seam."""
        if not self.held:
            return False
        if self.said is None or self.channel not in ("books", *TAPES):
            return True
        if self.channel == "books":
            return self.said in [_place(item) for item in self.held]
        return _place(self.held[0]) <= self.said

    def release(self) -> list[Item]:
        """From now on the new connection is followed: what it said and the desk does not know."""
        held, self.held, self.moved = self.held, [], True
        self.caught_up = self.channel == "books" or self.said is None
        return self.news(held)

    def news(self, items: list[Item]) -> list[Item]:
        """What the old connection did not tell yet."""
        if self.said is None:
            return items
        if self.channel == "books":
            places = [_place(item) for item in items]
            return items[places.index(self.said) + 1 :] if self.said in places else items
        self.caught_up = self.caught_up or any(_place(item) > self.said for item in items)
        fresh = [item for item in items if _place(item) > self.said]
        if self.channel not in TAPES:
            fresh = [item for item in items if _place(item) >= self.said]
        return fresh


class Move:
    """From `old` to `new`. Ask `finished` after everything; then the old one may be closed."""

    def __init__(self, old: Connection, new: Connection, overlap_ns: int = OVERLAP_NS) -> None:
        self._old, self._new = old, new
        self._overlap_ns = overlap_ns
        self._lanes: dict[Key, _Lane] = {}
        for key, known in old.subscriptions.items():
            if known.channel in old.mute:
                continue
            lost = known.channel == "books" and not old.chains[known.target].intact
            self._lanes[key] = _Lane(known.channel, None if lost else known.place)

    @property
    def finished(self) -> bool:
        return all(lane.caught_up or lane.rejected for lane in self._lanes.values())

    @property
    def torn(self) -> bool:
        """Whether the old connection cannot go on where the desk has got to: a book or a tape was
        followed on the new one already, and is elsewhere there."""
        return any(
            self._new.subscriptions[key].place != self._old.subscriptions[key].place
            for key, lane in self._lanes.items()
            if lane.moved and lane.channel in ("books", *TAPES)
        )

    def old(self, items: Iterable[Item], about: Subscription | None) -> list[Item]:
        """What the old connection made, as far as it is still followed."""
        told: list[Item] = []
        for item in items:
            lane = self._lane(item, about)
            if lane is None:
                told.append(item)
            elif not lane.moved:
                told.append(item)
                lane.said = None if isinstance(item, FeedLost) else _place(item)
                if lane.meets():
                    told += lane.release()
                elif lane.channel in TAPES:
                    # The other one has yet to say it: its time begins anew, or this print would
                    # be told again by the first that no longer knows of a move.
                    lane.since = None
        return told

    def new(self, items: Iterable[Item], about: Subscription | None, now: int) -> list[Item]:
        """What the new connection made, as far as the desk does not know it."""
        told: list[Item] = []
        for item in items:
            lane = self._lane(item, about)
            if lane is None:
                told += [item] if isinstance(item, HealthChanged) else []
            elif lane.moved:
                told += lane.news([item]) if lane.channel != "books" else [item]
            elif isinstance(item, FeedLost):
                lane.held = []  # it lost what it had; its next snapshot begins anew
            else:
                lane.held.append(item)
                lane.since = now if lane.since is None else lane.since
                told += lane.release() if lane.meets() else []
        return told

    def tick(self, now: int) -> list[Item]:
        """Channels that looked for a meeting long enough, or have nothing to say."""
        told: list[Item] = []
        for key, lane in self._lanes.items():
            asked = self._new.subscriptions[key]
            lane.rejected = bool(asked.rejected)
            if lane.since is None and asked.acked and lane.channel != "books":
                lane.since = now
            if lane.since is not None and now >= lane.since + self._overlap_ns:
                told += [] if lane.moved else lane.release()
                lane.caught_up = True
        return told

    def due(self) -> int | None:
        waiting = [
            lane.since + self._overlap_ns
            for lane in self._lanes.values()
            if not lane.caught_up and lane.since is not None
        ]
        return min(waiting, default=None)

    def behind(self) -> dict[str, int]:
        """By instrument the newest print that was told, where the new connection has not said it
        yet: a line that lags may say prints that are old to the desk."""
        return {
            target: lane.said
            for (channel, target), lane in self._lanes.items()
            if channel in TAPES and lane.said is not None and not lane.caught_up
        }

    def end(self, reason: str, ts_recv: int) -> list[Item]:
        """The old connection is gone before its time: what is left is followed on the new one,
        and what that one does not know yet is lost."""
        told: list[Item] = []
        for (channel, target), lane in self._lanes.items():
            if lane.moved:
                continue
            told += lane.release() or _lost(channel, target, reason, ts_recv)
        return told

    def _lane(self, item: Item, about: Subscription | None) -> _Lane | None:
        if isinstance(item, FeedLost):
            return self._lanes.get((item.channel, item.instrument))
        if about is None or isinstance(item, HealthChanged):
            return None
        return self._lanes.get(about.key)


def not_again(items: list[Item], behind: dict[str, int]) -> list[Item]:
    """Without the prints that an ended move had told; `behind` forgets a tape that went past."""
    fresh: list[Item] = []
    for item in items:
        if isinstance(item, Trade) and item.instrument in behind:
            if _place(item) <= behind[item.instrument]:
                continue
            del behind[item.instrument]
        fresh.append(item)
    return fresh


def _place(item: Item) -> int:
    """Where an item stands in its channel: sequence number, trade id, or stamp."""
    if isinstance(item, BookDelta | BookSnapshot):
        return item.seq
    if isinstance(item, Trade) and item.trade_id.isdecimal():
        return int(item.trade_id)
    return getattr(item, "ts_event", 0)


def _lost(channel: str, target: str, reason: str, ts_recv: int) -> list[Item]:
    if channel not in ("books", *TAPES):
        return []
    lost = FeedLost(
        instrument=target, ts_event=ts_recv, ts_recv=ts_recv, channel=channel, reason=reason
    )
    return [lost]
