"""Where clients and the source's market meet: price first, then time.

The source knows nothing of clients: it says its prints and the absolute sizes of its levels. At
the few prices where a client's order rests, or a client has taken something, a `Level` stands
between the source and the published book:

    shown = what the source says - what clients have eaten + what clients offer

- A client's order queues behind the lots shown at its price when it arrived (`Resting.ahead`).
- A print of the source first fills clients at better prices, each at its own; at its own price
  it works off what is ahead of a client before the client. The tape's volume stays the source's.
- What the source cancels, it cancels evenly over its queue: `ahead` shrinks in proportion,
  rounded up, and never exceeds what is left.
- What a client has eaten stays hidden until the source writes that level anew.
- A source level that comes to cross a client's order takes it, at the client's price.

So the published book is never crossed, and where no client is, it is the source's to the byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from heapq import merge
from typing import Protocol

from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.orders import CROWD, FOK, MATCHES, SELF_TRADE, Match, Order, Wish
from pawang.sandbox.okx.rows import orders
from pawang.sandbox.source import Print, Step

MAKERS_MAX = 1_000  # a taker meets so many makers at most, the rest is cancelled (okx-v5.md 4)


class Clearing(Protocol):
    """Who keeps the accounts. It may end any order at any call: the matcher looks again."""

    def filled(self, order: Order, match: Match) -> None: ...
    def ended(self, order: Order, source: str) -> None: ...


@dataclass(slots=True)
class Resting:
    order: Order
    ahead: int  # lots of the source that go before it


@dataclass(slots=True)
class Level:
    raw: int  # as the source says
    eaten: int = 0
    printed: int = 0  # of the source's own, in the step being played
    queue: list[Resting] = field(default_factory=list)

    @property
    def anonymous(self) -> int:
        return max(0, self.raw - self.eaten)

    @property
    def shown(self) -> int:
        return self.anonymous + sum(one.order.left for one in self.queue)

    def pass_by(self, lots: int) -> None:
        """So many lots that were ahead of the clients are gone."""
        for one in self.queue:
            one.ahead = max(0, one.ahead - lots)

    def rewrite(self, lots: int) -> None:
        """The source's new size: what is missing beyond its prints was cancelled."""
        before = self.anonymous - self.printed
        for one in self.queue:
            if 0 < lots < before:
                one.ahead = -(-one.ahead * lots // before)
            one.ahead = min(one.ahead, lots)
        self.raw, self.eaten, self.printed = lots, 0, 0


class Matcher:
    """One instrument's floor; `Instrument.floor` is set to it."""

    def __init__(self, made: Instrument, clearing: Clearing) -> None:
        self.made = made
        self._clearing = clearing
        self._levels: dict[bool, dict[int, Level]] = {True: {}, False: {}}  # True: bids
        self._dirty: dict[bool, dict[int, None]] = {True: {}, False: {}}
        self._prints: list[Print] = []
        made.floor = self

    # What can be asked.

    @property
    def busy(self) -> bool:
        return bool(self._prints or self._levels[True] or self._levels[False])

    @property
    def told(self) -> bool:
        """Whether the published book shows all that has happened here."""
        return not (self._dirty[True] or self._dirty[False] or self._prints)

    @property
    def fresh(self) -> list[Print]:
        """Prints that the public has not been told yet."""
        return self._prints

    def best(self, *, buy: bool) -> int | None:
        """The best price on that side, everybody's."""
        return next((ticks for ticks in self._ticks(buy) if self._shown(buy, ticks)), None)

    def crosses(self, *, buy: bool, ticks: int) -> bool:
        """Whether such an order would take something at once."""
        rival = self.best(buy=not buy)
        return rival is not None and (rival <= ticks if buy else rival >= ticks)

    def lacks(self, order: Order, limit: int) -> str:
        """Why the order cannot be filled whole within its limit, as cancelSource; "" when it can.
        Its owner's own orders are left out."""
        lots = makers = 0
        for ticks in self._reach(order.buy, limit):
            level = self._levels[not order.buy].get(ticks)
            anonymous = self._anonymous(not order.buy, ticks)
            others = (
                [one.order.left for one in level.queue if one.order.owner != order.owner]
                if level
                else []
            )
            lots += anonymous + sum(others)
            makers += orders(anonymous) + len(others)
            if makers >= MAKERS_MAX:
                return MATCHES
            if lots >= order.left:
                return ""
        return FOK

    def ahead(self, order: Order) -> int | None:
        """The source's lots that go before it; None when it does not rest here."""
        level = self._levels[order.buy].get(order.ticks or 0)
        queue = level.queue if level else []
        return next((one.ahead for one in queue if one.order is order), None)

    def eaten(self, *, buy: bool) -> dict[int, int]:
        """What clients have taken of the source's levels and the public does not see."""
        levels = self._levels[buy].items()
        return {at: min(one.eaten, one.raw) for at, one in levels if one.eaten}

    # Clients.

    def take(self, order: Order, limit: int) -> None:
        """Match a taker against whatever is shown, best first, up to its limit."""
        makers = 0
        for ticks in self._reach(order.buy, limit):
            level = self._level(not order.buy, ticks)
            while order.open and order.left and level.shown:
                if makers >= MAKERS_MAX:
                    self._clearing.ended(order, MATCHES)
                    return
                makers += self._meet(order, level, ticks)
            if not (order.open and order.left):
                return

    def rest(self, order: Order) -> None:
        """Queue up behind everything that is shown at its price."""
        assert order.ticks is not None, "only what has a price can rest"
        level = self._level(order.buy, order.ticks)
        level.queue.append(Resting(order, level.anonymous))
        self._dirty[order.buy][order.ticks] = None

    def remove(self, order: Order) -> None:
        """Take it out of the queue, if it rests here."""
        level = self._levels[order.buy].get(order.ticks or 0)
        if level is not None:
            level.queue = [one for one in level.queue if one.order is not order]
            self._dirty[order.buy][order.ticks or 0] = None

    def touch(self, order: Order) -> None:
        """Its size has changed where it rests; its place has not."""
        self._dirty[order.buy][order.ticks or 0] = None

    def _meet(self, taker: Order, level: Level, ticks: int) -> int:
        """One match at this level; how many makers that were."""
        self._dirty[not taker.buy][ticks] = None
        head = level.queue[0] if level.queue else None
        ahead = level.anonymous if head is None else min(head.ahead, level.anonymous)
        if ahead:
            lots = min(ahead, taker.left)
            level.eaten += lots
            level.pass_by(lots)
            self._matched(taker, None, ticks, lots)
            return max(1, orders(lots))
        assert head is not None, "what is shown is somebody's"
        if head.order.owner == taker.owner:
            self._prevent(taker, head.order)
            return 0
        lots = min(head.order.left, taker.left)
        if lots == head.order.left:
            level.queue.pop(0)
        self._matched(taker, head.order, ticks, lots)
        return 1

    def _prevent(self, taker: Order, maker: Order) -> None:
        """Nobody trades with himself (okx-v5.md 8.1, stpMode)."""
        if taker.wish.stp != "cancel_taker":
            self._clearing.ended(maker, SELF_TRADE)
        if taker.wish.stp != "cancel_maker":
            self._clearing.ended(taker, SELF_TRADE)

    def _matched(self, taker: Order | None, maker: Order | None, ticks: int, lots: int) -> None:
        """A client's match between two steps."""
        assert taker is not None or maker is not None, "somebody of ours"
        buy = taker.buy if taker is not None else not maker.buy  # type: ignore[union-attr]
        self._print(Print(self.made.ts_ms, ticks, lots, buy), taker, maker)

    def _print(self, one: Print, taker: Order | None, maker: Order | None) -> None:
        self.made.trade_id += 1
        self._prints.append(one)
        match = Match(self.made.trade_id, one.ts_ms, one.ticks, one.lots, maker=False)
        if taker is not None:
            self._clearing.filled(taker, match)
        if maker is not None:
            self._clearing.filled(maker, replace(match, maker=True))

    # The source.

    def play(self, step: Step) -> tuple[list[Print], dict[int, int], dict[int, int]]:
        """Its prints, then its levels, then who is crossed; all that the public must be told."""
        for one in step.prints:
            self._source_print(one)
        for buy, changes in ((True, step.bids), (False, step.asks)):
            self._rewrite(buy, changes)
        for buy in (True, False):
            self._cross(buy)
        told, self._prints = self._prints, []
        return told, self._published(True), self._published(False)

    def _source_print(self, one: Print) -> None:
        """The source's taker meets clients on its way; what is left printed with the source."""
        left, makers_buy = one.lots, not one.buy
        for ticks in self._client_ticks(makers_buy):
            if (ticks > one.ticks) if one.buy else (ticks < one.ticks):
                break
            left = self._work_off(self._levels[makers_buy][ticks], ticks, one, left)
        if left:
            level = self._levels[makers_buy].get(one.ticks)
            if level is not None:
                level.printed += left
                level.pass_by(left)
            self._print(replace(one, lots=left), None, None)

    def _work_off(self, level: Level, ticks: int, one: Print, left: int) -> int:
        """What is left of the print after that level's clients."""
        self._dirty[not one.buy][ticks] = None
        while left and level.queue:
            head = level.queue[0]
            # At a better price nobody of the source can be ahead: it has printed past it.
            if ticks == one.ticks and head.ahead:
                lots = min(left, head.ahead)
                level.printed += lots
                level.pass_by(lots)
                self._print(replace(one, lots=lots), None, None)
            else:
                lots = min(left, head.order.left)
                if lots == head.order.left:
                    level.queue.pop(0)
                self._print(replace(one, ticks=ticks, lots=lots), None, head.order)
            left -= lots
        return left

    def _rewrite(self, buy: bool, changes: dict[int, int]) -> None:
        levels, plain = self._levels[buy], {}
        for ticks, lots in changes.items():
            level = levels.get(ticks)
            if level is None:
                plain[ticks] = lots
            else:
                level.rewrite(lots)
                self._dirty[buy][ticks] = None
        self.made.book.side(buy=buy).write(plain)

    def _cross(self, buy: bool) -> None:
        """Clients' orders of that side against the source's levels on the other."""
        for ticks in self._client_ticks(buy):
            level = self._levels[buy][ticks]
            while level.queue:
                rival = self._crossing(buy, ticks)
                if rival is None:
                    return
                self._dirty[buy][ticks] = self._dirty[not buy][rival] = None
                order, other = level.queue[0].order, self._level(not buy, rival)
                lots = min(order.left, other.anonymous)
                other.eaten += lots
                other.pass_by(lots)
                if lots == order.left:
                    level.queue.pop(0)
                self._matched(None, order, ticks, lots)

    def _crossing(self, buy: bool, ticks: int) -> int | None:
        """The best level of the source that a client's order at `ticks` stands in the way of."""
        for rival in self._reach(buy, ticks):
            if self._anonymous(not buy, rival):
                return rival
        return None

    def _published(self, buy: bool) -> dict[int, int]:
        """What is shown where anything has happened; quiet levels are the source's again."""
        levels, dirty = self._levels[buy], self._dirty[buy]
        known = {ticks: levels[ticks] for ticks in dirty if ticks in levels}
        shown = {ticks: level.shown for ticks, level in known.items()}
        for ticks, level in known.items():
            if not level.queue and not level.eaten:
                del levels[ticks]
        dirty.clear()
        return shown

    # Prices.

    def _level(self, buy: bool, ticks: int) -> Level:
        level = self._levels[buy].get(ticks)
        if level is None:
            level = self._levels[buy][ticks] = Level(self.made.book.side(buy=buy).lots(ticks))
        return level

    def _anonymous(self, buy: bool, ticks: int) -> int:
        level = self._levels[buy].get(ticks)
        return level.anonymous if level else self.made.book.side(buy=buy).lots(ticks)

    def _shown(self, buy: bool, ticks: int) -> int:
        level = self._levels[buy].get(ticks)
        return level.shown if level else self.made.book.side(buy=buy).lots(ticks)

    def _client_ticks(self, buy: bool) -> list[int]:
        """Prices at which clients rest on that side, best first."""
        return sorted((at for at, one in self._levels[buy].items() if one.queue), reverse=buy)

    def _ticks(self, buy: bool) -> Iterator[int]:
        """Every price of that side that may hold something, best first."""
        side = self.made.book.side(buy=buy)
        hidden = sorted((at for at in self._levels[buy] if not side.lots(at)), reverse=buy)
        return merge(side.ticks, hidden, reverse=buy)

    def _reach(self, buy: bool, limit: int) -> Iterator[int]:
        """The other side's prices that an order of that limit can take, best first."""
        for ticks in self._ticks(not buy):
            if (ticks > limit) if buy else (ticks < limit):
                return
            yield ticks


def crowd(made: Instrument, *, buy: bool, lots: int) -> Order:
    """A taker order that stands for everybody else."""
    wish = Wish(made=made, buy=buy, kind="market", lots=lots)
    return Order(owner=CROWD, ord_id=0, wish=wish, created_ms=made.ts_ms)
