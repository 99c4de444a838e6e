"""The private side as a whole: what clients may do, and what a step of the market does to them.

Every entry point raises `Refused` with the venue's own code, or does all of what it says. What
it makes known goes to `ledger.news`; whoever serves drains it with `take_news`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from pawang.sandbox.okx.core import Change, Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.accounts import Account, AccountParams
from pawang.sandbox.okx.private.admission import Admission
from pawang.sandbox.okx.private.algo_wishes import (
    amend_algo,
    amend_attached,
    check_sides,
    price_of,
    read_algo,
)
from pawang.sandbox.okx.private.algos import Algo
from pawang.sandbox.okx.private.asked import Asked, plain
from pawang.sandbox.okx.private.clearing import Ledger
from pawang.sandbox.okx.private.matching import Matcher, crowd
from pawang.sandbox.okx.private.news import News
from pawang.sandbox.okx.private.orders import (
    CLOSED,
    IOC,
    POST_ONLY,
    RESTING,
    TIMER,
    USER,
    Order,
    Parent,
    Wish,
)
from pawang.sandbox.okx.private.reports import tell_moved
from pawang.sandbox.okx.private.risk import Risk
from pawang.sandbox.okx.private.timers import Timers
from pawang.sandbox.okx.private.triggers import Seen, Triggers
from pawang.sandbox.okx.private.wishes import Rules, band_edge, closing_wish, in_band, read_wish

ID_STEP = 1_000_000  # ids of one desk millisecond
NOBODY = Parent()


class Exchange:
    """Accounts on a core. `now` of everything here is the core's desk time."""

    def __init__(self, core: Core, accounts: Iterable[AccountParams] = ()) -> None:
        self.core = core
        self._last_id = core.now_ms * ID_STEP
        self.timers = Timers()
        self._looked: dict[str, int] = {}
        self.heard: Callable[[str], bool] = self.heard_by_all
        self.accounts: dict[str, Account] = {}  # by uid
        self.ledger = Ledger(self.accounts, self.new_id)
        for made in core.instruments.values():
            self.ledger.matchers[made.name] = Matcher(made, self.ledger)
            self._looked[made.name] = made.trade_id
        self.admission = Admission(self.ledger)
        self.triggers = Triggers(self)
        self._risk = Risk(self.ledger, self.accounts, self.new_id)
        for params in accounts:
            self.open_account(params)

    def open_account(self, params: AccountParams) -> Account:
        assert params.uid not in self.accounts, f"{params.uid} has an account"
        account = self.accounts[params.uid] = Account(params)
        account.updated_ms = self.core.now_ms
        return account

    def heard_by_all(self, uid: str) -> bool:
        """Until a session says who is there, everybody is."""
        return uid in self.accounts

    def new_id(self) -> int:
        """Rising, the same in every run: orders, algos, bills and positions share the numbers."""
        self._last_id += 1
        return self._last_id

    def take_news(self) -> list[News]:
        news, self.ledger.news = self.ledger.news, []
        return news

    # Orders.

    def place(self, account: Account, asked: Asked) -> Order:
        """A new order. What becomes of it at once has happened when this returns."""
        wish = read_wish(self.core, account, asked, self.new_id)
        self.admission.admit(account, wish)
        order = self.enter(account, wish)
        self.settle()
        return order

    def enter(self, account: Account, wish: Wish, parent: Parent = NOBODY) -> Order:
        """Match an admitted wish; the rest rests or is cancelled."""
        order = Order(
            owner=account.uid,
            ord_id=self.new_id(),
            wish=wish,
            created_ms=self.core.now_ms,
            lever=plain(account.lever(wish.made)),
            parent=parent,
        )
        account.orders[order.ord_id] = order
        if wish.kind in RESTING:
            self.ledger.tell_order(order)
        self.ledger.moved.setdefault((account.uid, "", ""), "")
        self._match(order)
        return order

    def _match(self, order: Order) -> None:
        """From the order's arrival, or its new price, to where it comes to rest."""
        wish, matcher = order.wish, self.ledger.matchers[order.made.name]
        limit = order.ticks if order.ticks is not None else band_edge(order.made, buy=order.buy)
        if wish.kind == "post_only" and matcher.crosses(buy=order.buy, ticks=limit):
            self.ledger.ended(order, POST_ONLY)
            return
        if wish.kind == "fok" and (lack := matcher.lacks(order, limit)):
            self.ledger.ended(order, lack)
            return
        matcher.take(order, limit)
        if not order.open:
            return
        if wish.kind in RESTING:
            matcher.rest(order)
        else:
            self.ledger.ended(order, IOC)

    # Changing and ending them.

    def find(self, account: Account, made: Instrument, asked: Asked, code: str) -> Order:
        """The order meant, or `code`. It need not be open."""
        ord_id, named = asked.number("ordId"), asked.text("clOrdId")
        if ord_id is None and not named:
            raise Refused("51407" if code == "51400" else "51003")
        order = account.find(ord_id, named)
        if order is None or order.made is not made:
            raise Refused(code)
        return order

    def cancel(self, account: Account, made: Instrument, asked: Asked) -> Order:
        order = self.find(account, made, asked, "51400")
        if not order.open:
            raise Refused("51400")
        self.end(order, USER)
        self.settle()
        return order

    def end(self, order: Order, source: str) -> None:
        self.ledger.ended(order, source)

    def amend(self, account: Account, made: Instrument, asked: Asked) -> Order:
        """A new size (the total, what is filled included) or a new price."""
        order = self.find(account, made, asked, "51503")
        if not order.open:
            raise Refused("51503")
        size, price = asked.decimal("newSz"), asked.decimal("newPx")
        if size is None and price is None and "attachAlgoOrds" not in asked:
            raise Refused("51500")
        try:
            self._amend(account, order, asked, size, price)
        except Refused:
            if asked.flag("cxlOnFail"):
                self.end(order, USER)
                self.settle()
            raise
        self.settle()
        return order

    def _amend(
        self,
        account: Account,
        order: Order,
        asked: Asked,
        size: Decimal | None,
        price: Decimal | None,
    ) -> None:
        rules = Rules.of(order.made)
        rules.must_trade(order.wish.kind)
        lots = order.lots if size is None else rules.lots(size)
        ticks = order.ticks
        if price is not None:
            clamp = asked.text("pxAmendType") == "1"
            ticks = in_band(order.made, rules.ticks(price, "newPx"), buy=order.buy, clamp=clamp)
        assert ticks is not None, "what is open has a price"
        self._check_amend(account, order, lots, ticks)
        if "attachAlgoOrds" in asked:
            order.attached = amend_attached(order, asked.items("attachAlgoOrds"))
        self._carry_out(order, lots, ticks, asked.text("reqId"))

    def _check_amend(self, account: Account, order: Order, lots: int, ticks: int) -> None:
        matcher = self.ledger.matchers[order.made.name]
        post_only = order.wish.kind == "post_only" and ticks != order.ticks
        if post_only and matcher.crosses(buy=order.buy, ticks=ticks):
            raise Refused("51511")
        if lots <= order.filled:
            return
        wish = replace(order.wish, lots=lots - order.filled, ticks=ticks, attached=())
        if order.wish.reduce_only:
            self.admission.check_reducing(account, wish)
        elif lots > order.lots or ticks != order.ticks:
            del account.orders[order.ord_id]  # it must not count twice
            try:
                self.admission.check_position(account, wish)
            except Refused as refused:
                raise (Refused("51502", "USDT") if refused.code == "51008" else refused) from None
            finally:
                # Back in its place: orders are kept oldest first.
                account.orders[order.ord_id] = order
                account.orders = dict(sorted(account.orders.items()))

    def _carry_out(self, order: Order, lots: int, ticks: int, request: str) -> None:
        """Less size keeps its place in the queue; more, or another price, loses it."""
        matcher = self.ledger.matchers[order.made.name]
        keeps = ticks == order.ticks and order.filled < lots <= order.lots
        if not keeps:
            matcher.remove(order)
        order.lots, order.ticks = max(lots, order.filled), ticks
        order.updated_ms = self.core.now_ms
        told = {"amendResult": "0", "amendSource": "1", "reqId": request}
        if not order.left:
            self.ledger.complete(order, told)
            return
        self.ledger.tell_order(order, amend=told)
        self.ledger.moved.setdefault((order.owner, "", ""), "")
        if keeps:
            matcher.touch(order)
        else:
            self._match(order)

    def close(
        self, account: Account, made: Instrument, side: str, *, auto: bool, name: str, tag: str
    ) -> Order:
        """The whole position, at market. Orders that would reduce it must be gone first, or go
        with it when `auto`."""
        held = account.positions.get((made.name, side))
        if held is None or not held.lots:
            raise Refused("51023")
        closing = [one for one in account.resting(made.name) if one.wish.reduce_only]
        if closing and not auto:
            raise Refused("51115")
        rules = Rules.of(made)
        rules.must_trade("market")
        if abs(held.contracts) > Decimal(rules.row["maxMktSz"]):
            raise Refused("51108")
        for order in closing:
            self.end(order, CLOSED)
        order = self.enter(account, closing_wish(held, name=name, tag=tag))
        self.settle()
        return order

    def cancel_tagged(self, uid: str, tag: str) -> None:
        """cancel-all-after has run out: every order of the account, or of the tag; no algo."""
        account = self.accounts[uid]
        for order in list(account.orders.values()):
            if not tag or order.wish.tag == tag:
                self.end(order, TIMER)

    def run_timers(self, wall_ns: int) -> None:
        if self.timers:
            for uid, tag in self.timers.take_due(wall_ns):
                self.cancel_tagged(uid, tag)
            self.settle()

    # Algos.

    def place_algo(self, account: Account, asked: Asked) -> Algo:
        algo = read_algo(self.core, account, asked, self.new_id)
        last = self.last(algo.made)
        check_sides(algo, last)
        if algo.entry is not None:
            algo.rising = algo.entry.trigger > price_of(algo.made, algo.entry.kind, last)
        self.triggers.add(account, algo)
        self.settle()
        return algo

    def cancel_algo(self, account: Account, algo: Algo) -> Algo:
        self.triggers.end(account, algo, "canceled", self.core.now_ms)
        return algo

    def amend_algo(self, account: Account, algo: Algo, asked: Asked) -> Algo:
        try:
            amend_algo(algo, asked)
        except Refused:
            if asked.flag("cxlOnFail"):
                self.cancel_algo(account, algo)
            raise
        algo.updated_ms = self.core.now_ms
        self.triggers.tell(algo, asked.text("reqId"), "0")
        return algo

    def last(self, made: Instrument) -> int:
        """The last trade's ticks, told or not."""
        fresh = self.ledger.matchers[made.name].fresh
        return fresh[-1].ticks if fresh else made.last_ticks

    # The market.

    def step(self, changes: list[Change]) -> None:
        """After the core's step: its matches are booked already."""
        if not self.busy:
            return
        self._risk.step(changes)
        self.settle([seen for change in changes for seen in self._seen_in(change)])

    @property
    def busy(self) -> bool:
        """Whether the market can do anything to anybody."""
        return bool(self.ledger.moved) or any(
            account.orders or account.algos or account.positions
            for account in self.accounts.values()
        )

    def settle(self, seen: Sequence[Seen] = ()) -> None:
        """Whatever follows from what has happened, until nothing does; then what has moved.

        It ends: every round ends an order, an algo or a position, and there are only so many.
        """
        while self._follow(seen):
            seen = ()
        if self.ledger.moved:
            tell_moved(self.ledger, self.accounts, self.heard, self.core.now_ms)

    def _follow(self, seen: Sequence[Seen]) -> bool:
        """One round: ended orders, closed positions, new prices."""
        ledger, accounts = self.ledger, self.accounts
        finished, ledger.finished = ledger.finished, []
        emptied, ledger.emptied = ledger.emptied, []
        for order in finished:
            self.triggers.order_ended(accounts[order.owner], order)
        for account, position in emptied:
            if not position.lots:
                self.triggers.position_closed(account, position)
        fired = self.triggers.watch(accounts.values(), [*seen, *self._fresh()])
        return bool(finished or emptied or fired)

    def _fresh(self) -> Iterator[Seen]:
        """Trades since the last look that no step has told yet."""
        for name, matcher in self.ledger.matchers.items():
            made = matcher.made
            new = made.trade_id - self._looked[name]
            self._looked[name] = made.trade_id
            for one in matcher.fresh[-new:] if new else ():
                yield Seen(made, "last", one.ticks * made.tick_size)

    def _seen_in(self, change: Change) -> Iterator[Seen]:
        """A step's new prices: its trades, then mark and index."""
        made = change.instrument
        known = self._looked[made.name] - change.first_id + 1
        self._looked[made.name] = made.trade_id
        if not any(account.algos for account in self.accounts.values()):
            return
        for one in change.prints[max(0, known) :]:
            yield Seen(made, "last", one.ticks * made.tick_size)
        last = made.last_ticks
        if change.step.mark_ticks is not None:
            yield Seen(made, "mark", price_of(made, "mark", last))
        if change.step.index is not None:
            yield Seen(made, "index", price_of(made, "index", last))

    def liquidate_all(self, made: Instrument) -> None:
        """By script: the venue closes every account's position of it (C22)."""
        for account in self.accounts.values():
            for position in list(account.open_positions):
                if position.made is made:
                    self._risk.take_over(account, position, abs(position.lots))
        self.settle()

    def press(self, made: Instrument, *, buy: bool, lots: int) -> Order:
        """The crowd takes so much of what is shown, clients' orders included."""
        order = crowd(made, buy=buy, lots=lots)
        self.ledger.matchers[made.name].take(order, band_edge(made, buy=buy))
        self.settle()
        return order
