"""Whether an account may have an order: names, numbers, reduce-only, size and margin
(okx-v5.md 8.1 and 10). The instrument's own rules are in `wishes`.
"""

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.attached import AGAINST_PRICE, AGAINST_TOUCH, check_sides
from pawang.sandbox.okx.private.clearing import Ledger
from pawang.sandbox.okx.private.margin import Margin, order_margin, order_value, size_max
from pawang.sandbox.okx.private.orders import Order, Wish

PENDING_MAX = 4_000  # an account (okx-v5.md 4)
PENDING_INSTRUMENT_MAX = 500


class Admission:
    """Raises Refused; changes nothing."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def admit(self, account: Account, wish: Wish) -> None:
        """Whether the account may; raises why not."""
        named = wish.cl_ord_id
        if named and any(one.wish.cl_ord_id == named for one in account.orders.values()):
            raise Refused("51016")
        if len(account.orders) >= PENDING_MAX:
            raise Refused("51025")
        if len(account.resting(wish.made.name)) >= PENDING_INSTRUMENT_MAX:
            raise Refused("51102", str(PENDING_INSTRUMENT_MAX))
        self._check_sides(wish)
        self.check_position(account, wish)

    def _check_sides(self, wish: Wish) -> None:
        """TP beyond the order's price, SL behind it; of a market order, of the touch."""
        if not wish.attached:
            return
        if wish.ticks is not None:
            price = wish.ticks * wish.made.tick_size
            check_sides(wish.attached, wish.buy, price, AGAINST_PRICE)
            return
        touch = self._ledger.matchers[wish.made.name].best(buy=not wish.buy)
        if touch is not None:
            price = touch * wish.made.tick_size
            check_sides(wish.attached, wish.buy, price, AGAINST_TOUCH)

    def check_position(self, account: Account, wish: Wish) -> None:
        """Reduce-only, position size and margin; also asked when a trigger fires."""
        if wish.reduce_only:
            if wish.attached:
                raise Refused("51100")
            self.check_reducing(account, wish)
            return
        order = Order(owner=account.uid, ord_id=0, wish=wish, created_ms=wish.made.ts_ms)
        self._check_size(account, order)
        self._check_margin(account, order)

    def check_reducing(self, account: Account, wish: Wish) -> None:
        held = account.positions.get((wish.made.name, wish.pos_side))
        if held is None or not held.lots:
            raise Refused("51169")
        if wish.buy is (held.lots > 0):
            raise Refused("51170")
        if wish.lots > abs(held.lots):
            raise Refused("51112")

    def _check_size(self, account: Account, order: Order) -> None:
        """Position and orders of one direction, against the tier of the leverage."""
        made = order.made
        most = size_max(made, account.lever(made))
        held = account.held(made.name) * (1 if order.buy else -1)
        same = [one.left for one in account.resting(made.name) if one.buy is order.buy]
        if max(0, held) + sum(same) + order.left > most and held + order.left > 0:
            raise Refused("51004", made.name, made.size.text(most))

    def _check_margin(self, account: Account, order: Order) -> None:
        name = order.made.name
        more = order_margin(account, name, order) - order_margin(account, name)
        if more <= 0:
            return
        fee = order.left * order_value(order) * -account.params.taker
        if more + fee > Margin(account).available:
            raise Refused("51008", "USDT")
