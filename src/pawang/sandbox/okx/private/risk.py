"""What the venue does to accounts by itself: funding, warnings, liquidation (okx-v5.md 10.4).

    payment = -direction * notional at the mark * settled rate, kept to PAYMENT_STEP

An account whose mgnRatio is at 1 or below loses its orders, then its largest position tier by
tier: in a higher tier what is above the tier below goes (partial_liquidation), in the first tier
all of it. The venue takes it over at the mark, as a fill with a negative tradeId; what is missing
then comes from the insurance fund, so that cash never stays below zero. There is no ADL.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from pawang.sandbox.okx.core import Change
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.asked import plain
from pawang.sandbox.okx.private.clearing import Ledger
from pawang.sandbox.okx.private.margin import Margin, maintenance, tier_of
from pawang.sandbox.okx.private.news import WARNING, News
from pawang.sandbox.okx.private.orders import RISK, Match, Order, Wish
from pawang.sandbox.okx.private.positions import Position
from pawang.sandbox.okx.private.rows_account import position_row
from pawang.sandbox.okx.rows import FUNDING_MS, Row
from pawang.sandbox.source import Forced

PAYMENT_STEP = Decimal("1e-12")
WARN_BELOW = Decimal(3)  # mgnRatio 300 % [mem]
FUNDING, LIQUIDATION = "8", "5"  # types of bills
PAID, RECEIVED, INSURED = "173", "174", "110"  # sub-types; the last [mem]
FULL, PARTIAL = "full_liquidation", "partial_liquidation"


class Risk:
    """Over all accounts; asked once a step."""

    def __init__(
        self, ledger: Ledger, accounts: Mapping[str, Account], new_id: Callable[[], int]
    ) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._new_id = new_id

    def step(self, changes: Sequence[Change]) -> None:
        marked = False
        for change in changes:
            made = change.instrument
            if made.ts_ms % FUNDING_MS == 0:
                self._settle_funding(made)
            marked = marked or change.step.mark_ticks is not None
        if marked:
            for account in self._accounts.values():
                if any(account.open_positions):
                    self._judge(account)

    # Funding.

    def _settle_funding(self, made: Instrument) -> None:
        rate = made.funding_settled_at(made.ts_ms)
        if rate is None:
            return
        for account in self._accounts.values():
            for position in account.open_positions:
                if position.made is made:
                    self._pay_funding(account, position, rate)

    def _pay_funding(self, account: Account, position: Position, rate: Decimal) -> None:
        payment = (-position.sign * position.notional * rate).quantize(PAYMENT_STEP)
        position.funding += payment
        position.updated_ms = position.made.ts_ms
        kind = RECEIVED if payment > 0 else PAID
        self._ledger.pay(account, position, payment, FUNDING, kind)
        key = account.uid, position.made.name, position.side
        self._ledger.moved[key] = "funding_fee"

    # Liquidation.

    def _judge(self, account: Account) -> None:
        ratio = Margin(account).ratio
        if ratio is None:
            return
        if ratio <= 1:
            self._liquidate(account)
        if ratio > WARN_BELOW:
            account.warned = False
        elif not account.warned:
            account.warned = True
            self._warn(account)

    def _liquidate(self, account: Account) -> None:
        for order in list(account.orders.values()):
            self._ledger.ended(order, RISK)
        while True:
            margin = Margin(account)
            if margin.ratio is None or margin.ratio > 1:
                break
            largest = max(margin.positions, key=maintenance)
            floor = int(Decimal(tier_of(largest.made, largest.lots)["minSz"]) / largest.lot)
            self.take_over(account, largest, abs(largest.lots) - floor)
        self._insure(account)

    def take_over(self, account: Account, position: Position, lots: int) -> None:
        """The venue buys or sells so many lots of it at the mark."""
        made, long = position.made, position.lots > 0
        full = lots == abs(position.lots)
        wish = Wish(
            made=made,
            buy=not long,
            kind="market",
            lots=lots,
            pos_side=position.side,
            reduce_only=True,
        )
        order = Order(
            owner=account.uid,
            ord_id=self._new_id(),
            wish=wish,
            created_ms=made.ts_ms,
            lever=plain(account.lever(made)),
            category=FULL if full else PARTIAL,
        )
        account.orders[order.ord_id] = order
        match = Match(-order.ord_id, made.ts_ms, made.mark, lots, maker=False)
        self._ledger.filled(order, match)
        self._ledger.moved[account.uid, made.name, position.side] = "liquidation"
        made.forced.append(Forced(made.ts_ms, made.mark, lots, long))

    def _insure(self, account: Account) -> None:
        if account.cash < 0 and not any(account.open_positions):
            self._ledger.pay(account, None, -account.cash, LIQUIDATION, INSURED)

    def _warn(self, account: Account) -> None:
        for position in account.open_positions:
            row = warning_row(account, position)
            news = News(account.uid, WARNING, (row,), position.made.name)
            self._ledger.news.append(news)


_WARNING = "cTime ccy instId instType lever markPx mgnMode mgnRatio pos posCcy posId posSide uTime"


def warning_row(account: Account, position: Position) -> Row:
    """A row of liquidation-warning."""
    row = position_row(account, position)
    return {name: row[name] for name in _WARNING.split()} | {"pTime": str(position.made.ts_ms)}
