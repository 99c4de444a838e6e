"""Cross margin of an account in Futures mode: what is needed, what is left, when it is over.

    equity = cash + upl at the mark
    imr = notional at the mark / leverage;  mmr = notional * mmr of the position's tier
    mgnRatio = equity / (mmr + what closing at the taker's rate would cost); <= 1 is liquidated

OKX gives no formula for the frozen margin of orders in net mode: here each side's orders, less
what only reduces the position, are valued at their prices, and the dearer side counts. Attached
and algo orders freeze nothing.
"""

from decimal import Decimal

from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.orders import Order
from pawang.sandbox.okx.private.positions import NOTHING, Position
from pawang.sandbox.okx.rows import Row, tier_rows

EXTRA = Decimal("1.05")  # a market order freezes 5 % more (okx-v5.md 10.3)


def tiers(made: Instrument) -> list[Row]:
    return tier_rows(made)


def tier_of(made: Instrument, lots: int) -> Row:
    """The tier that a position of that size is in."""
    contracts = abs(lots) * made.lot_size
    rows = tiers(made)
    return next((row for row in rows if contracts <= Decimal(row["maxSz"])), rows[-1])


def size_max(made: Instrument, lever: Decimal) -> int:
    """Lots that may be held at that leverage."""
    fitting = [row for row in tiers(made) if Decimal(row["maxLever"]) >= lever]
    return int(Decimal((fitting or tiers(made)[:1])[-1]["maxSz"]) / made.lot_size)


def initial(position: Position, lever: Decimal) -> Decimal:
    return position.notional / lever


def maintenance(position: Position) -> Decimal:
    return position.notional * Decimal(tier_of(position.made, position.lots)["mmr"])


class Margin:
    """One account's margin at this moment; made anew whenever it is asked."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.positions = list(account.open_positions)
        self.upl = sum((one.upl for one in self.positions), NOTHING)
        self.equity = account.cash + self.upl
        self.imr = sum((initial(one, account.lever(one.made)) for one in self.positions), NOTHING)
        self.mmr = sum((maintenance(one) for one in self.positions), NOTHING)
        self.notional = sum((one.notional for one in self.positions), NOTHING)

    @property
    def frozen(self) -> Decimal:
        """Of open orders."""
        names = dict.fromkeys(order.made.name for order in self.account.orders.values())
        return sum((order_margin(self.account, name) for name in names), NOTHING)

    @property
    def available(self) -> Decimal:
        """What a new order may use; never below 0."""
        return max(NOTHING, self.equity - self.imr - self.frozen)

    @property
    def needed(self) -> Decimal:
        return self.mmr - self.notional * self.account.params.taker

    @property
    def ratio(self) -> Decimal | None:
        """None without a position."""
        return self.equity / self.needed if self.needed else None

    def liquidation_price(self, position: Position) -> Decimal | None:
        """The mark at which the ratio comes to 1 while the others stand still."""
        rate = Decimal(tier_of(position.made, position.lots)["mmr"]) - self.account.params.taker
        coins = abs(position.lots) * position.contract
        others = self.needed - position.notional * rate
        spare = self.equity - others
        if position.lots > 0:
            price = (position.mark * coins - spare) / (coins * (1 - rate))
        else:
            price = (position.mark * coins + spare) / (coins * (1 + rate))
        return price if price > 0 else None


def order_margin(account: Account, name: str, more: Order | None = None) -> Decimal:
    """Frozen by the open orders of one instrument, and by one `more`."""
    orders = account.resting(name) + ([more] if more is not None else [])
    return max(_side_margin(account, name, orders, buy=buy) for buy in (True, False))


def _side_margin(account: Account, name: str, orders: list[Order], *, buy: bool) -> Decimal:
    held = account.held(name) if account.net else 0
    free = max(0, -held if buy else held)  # lots that only reduce
    frozen = NOTHING
    for order in orders:
        if order.buy is not buy or order.wish.reduce_only or reduces(account, order):
            continue
        lots = max(0, order.left - free)
        free = max(0, free - order.left)
        frozen += lots * order_value(order) / account.lever(order.made)
    return frozen


def reduces(account: Account, order: Order) -> bool:
    """Closing in long_short_mode: it can open nothing."""
    return not account.net and order.buy is not (order.wish.pos_side == "long")


def order_value(order: Order) -> Decimal:
    """USD of one lot at the price it may come to."""
    made = order.made
    coins = Decimal(made.listing.contract_value) * made.lot_size
    if order.ticks is not None:
        return coins * order.ticks * made.tick_size
    return coins * made.last_ticks * made.tick_size * EXTRA
