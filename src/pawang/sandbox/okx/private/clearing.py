"""What a fill or an end means for its account: money, position, records, and what is told.

Nothing is decided here. A fill moves the cash by its PnL and fee, exactly; the position by its
lots; and whatever only reduces that position is cut to what is left of it (amendSource 2,
cancelSource 22 or 23), before the next match of the same sweep can happen.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from pawang.sandbox.okx.figures import number
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.accounts import Account, Bill
from pawang.sandbox.okx.private.matching import Matcher
from pawang.sandbox.okx.private.news import FILLS, ORDERS, News
from pawang.sandbox.okx.private.orders import CROWD, FLIPPED, REDUCED, Fill, Match, Order
from pawang.sandbox.okx.private.positions import NOTHING, Closed, Part, Position
from pawang.sandbox.okx.private.rows_orders import NO_AMEND, fill_push, order_push

LIQUIDATIONS = {"full_liquidation": "3", "partial_liquidation": "4", "adl": "5"}
TRADE, LIQUIDATION = "2", "5"  # types of bills


class Ledger:
    """Implements `matching.Clearing` for all accounts. `new_id` numbers bills and positions.

    `news` is what happened, `moved` whose balance or position changed, `finished` the orders that
    ended and `emptied` the positions that closed, until the exchange has taken them.
    """

    def __init__(self, accounts: Mapping[str, Account], new_id: Callable[[], int]) -> None:
        self._accounts = accounts
        self._new_id = new_id
        self.matchers: dict[str, Matcher] = {}
        self.news: list[News] = []
        self.moved: dict[tuple[str, str, str], str] = {}  # uid, instId, side -> why
        self.finished: list[Order] = []
        self.emptied: list[tuple[Account, Position]] = []

    # What the matcher says.

    def filled(self, order: Order, match: Match) -> None:
        if order.owner == CROWD:
            order.take(match, NOTHING, NOTHING)
            return
        account = self._accounts[order.owner]
        rate = account.params.maker if match.maker else account.params.taker
        position = self.position(account, order.made, order.wish.pos_side)
        fee, pnl = self._move(position, order, match, rate)
        order.take(match, fee, pnl)
        self._record(account, order, match, rate, fee, pnl)
        self.tell_order(order, filled=True)
        if not order.open:
            self._put_away(account, order)
        if not position.lots:
            self.emptied.append((account, position))
        self._cut_reducing(account, position)
        self.moved[account.uid, order.made.name, position.side] = "filled"

    def ended(self, order: Order, source: str) -> None:
        """The rest of an order is cancelled, wherever it is."""
        self.matchers[order.made.name].remove(order)
        order.end(source, order.made.ts_ms)
        if order.owner != CROWD:
            account = self._accounts[order.owner]
            self._put_away(account, order)
            self.tell_order(order)
            self.moved.setdefault((account.uid, "", ""), "")

    def complete(self, order: Order, amend: Mapping[str, str]) -> None:
        """Amended to no more than what was filled: it is filled now (okx-v5.md 8.2)."""
        order.state = "filled"
        self._put_away(self._accounts[order.owner], order)
        self.tell_order(order, amend=amend)

    # Others ask for these too.

    def position(self, account: Account, made: Instrument, side: str) -> Position:
        """The account's, made when it has none there yet."""
        key = made.name, side
        held = account.positions.get(key)
        if held is None:
            held = account.positions[key] = Position(made, side, self._new_id())
        held.lever = f"{account.lever(made):f}"
        return held

    def tell_order(
        self, order: Order, *, filled: bool = False, amend: Mapping[str, str] = NO_AMEND
    ) -> None:
        row = order_push(order, filled=filled, amend=amend)
        self.news.append(News(order.owner, ORDERS, (row,), order.made.name))

    def pay(
        self,
        account: Account,
        position: Position | None,
        change: Decimal,
        kind: str,
        sub_type: str,
    ) -> None:
        """Money that is no trade: funding, the insurance fund."""
        made = position.made if position is not None else None
        now = made.ts_ms if made is not None else account.updated_ms
        lots = abs(position.lots) if position is not None else 0
        left = account.cash + change
        bill = Bill(self._new_id(), now, kind, sub_type, change, left, made, lots=lots)
        account.book(bill)

    # A fill, step by step.

    def _move(
        self, position: Position, order: Order, match: Match, rate: Decimal
    ) -> tuple[Decimal, Decimal]:
        """The position takes it, the closing part first; (fee, pnl) of both."""
        price = match.ticks * order.made.tick_size
        signed = match.lots if order.buy else -match.lots
        fee, pnl = NOTHING, NOTHING
        position.trade_id = match.trade_id
        for part in position.parts(signed, price):
            cost = rate * part.lots * position.contract * price
            position.take(part, order.buy, price, cost, match.ts_ms)
            self._note_closing(position, part, order)
            fee += cost
            pnl += part.pnl
        return fee, pnl

    def _note_closing(self, position: Position, part: Part, order: Order) -> None:
        if part.closing and not position.lots:
            kind = LIQUIDATIONS.get(order.category, "2")
            self._accounts[order.owner].closed.append(Closed.of(position, kind))
        elif part.closing and order.category in LIQUIDATIONS:
            kind = LIQUIDATIONS[order.category]
            self._accounts[order.owner].closed.append(Closed.of(position, kind))

    def _record(
        self,
        account: Account,
        order: Order,
        match: Match,
        rate: Decimal,
        fee: Decimal,
        pnl: Decimal,
    ) -> None:
        made = order.made
        index = number(made.index, made.price.decimals + 1)
        bill_id, sub_type = self._new_id(), _sub_type(order)
        fill = Fill(order, match, bill_id, fee, rate, pnl, made.mark, index, sub_type)
        account.fills.append(fill)
        kind = LIQUIDATION if order.category in LIQUIDATIONS else TRADE
        change = pnl + fee
        account.book(
            Bill(
                bill_id,
                match.ts_ms,
                kind,
                sub_type,
                change,
                account.cash + change,
                made,
                fill,
                pnl,
                fee,
                match.lots,
                match.ticks * made.tick_size,
            )
        )
        if account.params.vip and match.trade_id > 0:
            self.news.append(News(account.uid, FILLS, (fill_push(fill),), made.name))

    def _put_away(self, account: Account, order: Order) -> None:
        if account.orders.pop(order.ord_id, None) is not None:
            account.ended.append(order)
        self.finished.append(order)

    def _cut_reducing(self, account: Account, position: Position) -> None:
        """Orders that may only reduce this position, cut to what is left of it."""
        for order in account.resting(position.made.name):
            if not order.wish.reduce_only or order.wish.pos_side != position.side:
                continue
            if position.lots == 0 or order.buy is (position.lots > 0):
                self.ended(order, REDUCED if position.lots == 0 else FLIPPED)
            elif order.left > abs(position.lots):
                order.lots = order.filled + abs(position.lots)
                self.matchers[order.made.name].touch(order)
                self.tell_order(order, amend={"amendResult": "0", "amendSource": "2"})


def _sub_type(order: Order) -> str:
    """1 buy, 2 sell; 3 and 4 open, 5 and 6 close long and short; 100.. of liquidations [mem]."""
    long = order.wish.pos_side == "long"
    if order.category == "partial_liquidation":
        return "101" if order.buy else "100"
    if order.category == "full_liquidation":
        return "105" if order.buy else "104"
    if order.wish.pos_side == "net":
        return "1" if order.buy else "2"
    if order.buy is long:
        return "3" if long else "4"
    return "5" if long else "6"
