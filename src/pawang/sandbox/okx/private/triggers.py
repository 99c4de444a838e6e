"""Algo orders waiting for their prices, and what follows when one comes (okx-v5.md 8.5).

    attached --parent ends with a fill--> live --its price comes--> effective, with a child order
                                            \\--cancelled, or its position closed--> canceled
                                            \\--the child is refused--> order_failed, failCode

A `last` trigger sees every single trade; `mark` and `index` see each new value of theirs. What
is not documented is decided so: attached TP/SL only reduce; of a parent partly filled and then
cancelled they are made for the filled size [mem]; a child that may only reduce is cut to the
position.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.admission import Admission
from pawang.sandbox.okx.private.algos import Algo
from pawang.sandbox.okx.private.asked import plain
from pawang.sandbox.okx.private.attached import Attached
from pawang.sandbox.okx.private.clearing import Ledger
from pawang.sandbox.okx.private.legs import Leg, PriceKind
from pawang.sandbox.okx.private.news import ADVANCE, ALGOS, News
from pawang.sandbox.okx.private.orders import Kind, Order, Parent, Wish
from pawang.sandbox.okx.private.positions import Position
from pawang.sandbox.okx.private.rows_algos import advance_push, algo_push, trailing_trigger
from pawang.sandbox.okx.private.wishes import Rules, in_band

TRIGGER, TP_SL, TRAILING = "6", "7", "25"  # `source` of a child order
LINKED_SL, LINKED_TP = "36", "37"  # cancelSource of a TP limit order and its SL


@dataclass(frozen=True, slots=True)
class Seen:
    """One new price of an instrument."""

    made: Instrument
    kind: PriceKind
    price: Decimal


class Desk(Protocol):
    """What triggers need of the exchange."""

    ledger: Ledger
    admission: Admission

    def new_id(self) -> int: ...
    def enter(self, account: Account, wish: Wish, parent: Parent) -> Order: ...
    def end(self, order: Order, source: str) -> None: ...


class Triggers:
    """The algos of all accounts; they are kept in `Account.algos`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # Coming and going.

    def add(self, account: Account, algo: Algo) -> None:
        account.algos[algo.algo_id] = algo
        self.tell(algo)

    def end(self, account: Account, algo: Algo, state: str, now_ms: int) -> None:
        algo.state = state  # type: ignore[assignment]
        algo.updated_ms = now_ms
        account.algos.pop(algo.algo_id, None)
        account.ended_algos.append(algo)
        self.tell(algo)

    def tell(self, algo: Algo, request: str = "", result: str = "") -> None:
        channel = ADVANCE if algo.advanced else ALGOS
        now = algo.made.ts_ms
        row = advance_push(algo, now) if algo.advanced else algo_push(algo, request, result)
        self._desk.ledger.news.append(News(algo.owner, channel, (row,), algo.made.name))

    # What has happened to orders and positions.

    def order_ended(self, account: Account, order: Order) -> None:
        """Its attached TP and SL come alive for what was filled; a linked SL goes with its TP."""
        if order.parent.tp_limit and not order.left:
            self._tp_done(account, order.parent.algo_id, order.made.ts_ms)
        if order.attached and order.filled:
            attached, order.attached = order.attached, list(order.attached)
            self._attach(account, order, attached)

    def position_closed(self, account: Account, position: Position) -> None:
        """What was to close it has nothing to do any more."""
        for algo in list(account.algos.values()):
            same = algo.made is position.made and algo.pos_side == position.side
            if same and (algo.cancel_on_close or algo.lots is None):
                self.end(account, algo, "canceled", algo.made.ts_ms)

    def _attach(self, account: Account, order: Order, attached: Sequence[Attached]) -> None:
        left = order.filled
        for one in attached:
            lots = left if one.size is None else min(left, int(one.size / order.made.lot_size))
            if one.size is not None and one.tp is not None:
                left -= lots
            if one.sl is not None and one.tp is None:
                lots = order.filled
            if lots > 0:
                self._make(account, order, one, lots)

    def _make(self, account: Account, order: Order, one: Attached, lots: int) -> None:
        trailing = one.ratio is not None or one.spread is not None
        both = one.tp is not None and one.sl is not None and not one.tp_limit
        algo = Algo(
            owner=account.uid,
            algo_id=self._desk.new_id(),
            made=order.made,
            kind="move_order_stop" if trailing else "oco" if both else "conditional",
            buy=not order.buy,
            pos_side=order.wish.pos_side,
            lots=lots,
            created_ms=order.made.ts_ms,
            cl_ord_id=one.cl_ord_id,
            tag=order.wish.tag,
            reduce_only=True,
            cancel_on_close=True,
            tp=None if one.tp_limit else one.tp,
            sl=one.sl,
            ratio=one.ratio,
            spread=one.spread,
            active=one.active,
            parent=str(order.ord_id),
            to_cost=one.to_cost,
            cost=order.average,
            lever=plain(account.lever(order.made)),
        )
        if one.tp_limit and one.tp is not None:
            self._limit_tp(account, algo, one.tp, lots)
        if algo.tp is not None or algo.sl is not None or trailing:
            self.add(account, algo)

    def _limit_tp(self, account: Account, algo: Algo, leg: Leg, lots: int) -> None:
        """tpOrdKind limit: the TP rests in the book from the start."""
        parent = Parent(str(algo.algo_id), algo.cl_ord_id, TP_SL, tp_limit=True)
        wish = self._wish(algo, leg, lots)
        try:
            self._desk.admission.check_position(account, wish)
            algo.children.append(str(self._desk.enter(account, wish, parent).ord_id))
        except Refused as refused:
            algo.fail_code = refused.code

    def _tp_done(self, account: Account, algo_id: str, now_ms: int) -> None:
        algo = account.algos.get(int(algo_id))
        if algo is not None:
            self.end(account, algo, "canceled", now_ms)

    # Prices.

    def watch(self, accounts: Iterable[Account], seen: Sequence[Seen]) -> bool:
        """Whether any of these prices fired anything, in the order they came."""
        fired = False
        for account in accounts:
            for one in seen if account.algos else ():
                for algo in list(account.algos.values()):
                    if algo.open and algo.made is one.made:
                        fired |= self._look(account, algo, one)
        return fired

    def _look(self, account: Account, algo: Algo, seen: Seen) -> bool:
        if algo.kind == "move_order_stop":
            if seen.kind == "last" and self._trail(algo, seen.price):
                self._fire(account, algo, Leg(seen.price, "last", None), "", TRAILING, seen)
                return True
            return False
        for leg, side, rising in (
            (algo.entry, "", algo.rising),
            (algo.sl, "sl", algo.buy),
            (algo.tp, "tp", not algo.buy),
        ):
            if leg is not None and _reached(leg, seen, rising=rising):
                self._fire(account, algo, leg, side, TP_SL if side else TRIGGER, seen)
                return True
        return False

    @staticmethod
    def _trail(algo: Algo, price: Decimal) -> bool:
        """Follow the price; whether it has come back far enough."""
        if not algo.activated:
            active = algo.active
            if active is not None and ((price > active) if algo.buy else (price < active)):
                return False
            algo.activated = True
        best = algo.extreme
        if best is None or ((price < best) if algo.buy else (price > best)):
            algo.extreme = price
            return False
        at = trailing_trigger(algo)
        assert at is not None, "it has an extreme"
        return price >= at if algo.buy else price <= at

    def _fire(
        self, account: Account, algo: Algo, leg: Leg, side: str, source: str, seen: Seen
    ) -> None:
        """Its child order goes out, or it has failed."""
        now = algo.made.ts_ms
        algo.triggered_ms, algo.last, algo.actual_side = now, plain(seen.price), side
        try:
            lots = self._lots(account, algo)
            wish = self._wish(algo, leg, lots)
            self._desk.admission.check_position(account, wish)
        except Refused as refused:
            algo.fail_code = refused.code
            self.end(account, algo, "order_failed", now)
            return
        parent = Parent(str(algo.algo_id), algo.cl_ord_id, source)
        # It has ended before its child trades: what the child closes must not cancel it again.
        account.algos.pop(algo.algo_id, None)
        order = self._desk.enter(account, wish, parent)
        algo.children.append(str(order.ord_id))
        algo.actual_lots, algo.actual_price = lots, order.average or leg.price
        self.end(account, algo, "effective", now)
        if algo.parent and side:
            self._after(account, algo, side, lots, now)

    def _lots(self, account: Account, algo: Algo) -> int:
        """What the child is for: its size, and no more than the position if it only reduces."""
        held = account.positions.get((algo.made.name, algo.pos_side))
        most = abs(held.lots) if held is not None else 0
        if algo.lots is not None and not algo.reduce_only:
            return algo.lots
        if held is None or not most:
            raise Refused("51169")
        if algo.buy is (held.lots > 0):
            raise Refused("51170")
        return most if algo.lots is None else min(algo.lots, most)

    @staticmethod
    def _wish(algo: Algo, leg: Leg, lots: int) -> Wish:
        """The child order. Raises Refused when its price is not possible now."""
        rules, kind, ticks = Rules.of(algo.made), "market", None
        if leg.price is not None:
            ticks = in_band(algo.made, rules.ticks(leg.price), buy=algo.buy, clamp=False)
            kind = "limit"
        elif lots * algo.made.lot_size > Decimal(rules.row["maxMktSz"]):
            raise Refused("51202")
        made_kind: Kind = kind  # type: ignore[assignment]
        return Wish(
            made=algo.made,
            buy=algo.buy,
            kind=made_kind,
            lots=lots,
            ticks=ticks,
            pos_side=algo.pos_side,
            reduce_only=algo.reduce_only,
            tag=algo.tag,
            attached=algo.attached,
        )

    def _after(self, account: Account, algo: Algo, side: str, lots: int, now_ms: int) -> None:
        """The others of one parent: an SL ends them; a TP makes the SL smaller, or moves it."""
        family = [one for one in account.algos.values() if one.parent == algo.parent]
        if side == "sl":
            for one in family:
                self.end(account, one, "canceled", now_ms)
            for order in account.resting(algo.made.name):
                if order.parent.tp_limit and order.parent.algo_id == str(algo.algo_id):
                    self._desk.end(order, LINKED_SL)
            return
        targets = [one for one in family if one.tp is not None]
        for one in family:
            if one.tp is not None or one.sl is None:
                continue
            if not targets:
                self.end(account, one, "canceled", now_ms)
                continue
            one.lots = max(1, (one.lots or 0) - lots)
            if one.to_cost and one.cost is not None:
                one.sl = replace(one.sl, trigger=_on_tick(one.made, one.cost))
            one.updated_ms = now_ms
            self.tell(one)


def _reached(leg: Leg, seen: Seen, *, rising: bool) -> bool:
    if leg.kind != seen.kind:
        return False
    return seen.price >= leg.trigger if rising else seen.price <= leg.trigger


def _on_tick(made: Instrument, price: Decimal) -> Decimal:
    return (price / made.tick_size).to_integral_value() * made.tick_size
