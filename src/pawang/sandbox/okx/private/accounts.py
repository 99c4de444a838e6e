"""A client's account: keys, settings, money, orders, positions, and what it has done.

Money is one number, the USDT cash; it changes through `book` only, and every change is a bill.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.algos import Algo
from pawang.sandbox.okx.private.orders import Fill, Order
from pawang.sandbox.okx.private.positions import Closed, Position

KEPT = 10_000  # ended orders, fills, bills and closed positions kept for REST, of each
LEVER = Decimal(3)  # OKX's for a new account


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountParams:
    """What a key opens. `environment`: "demo" and "live" want the x-simulated-trading header to
    say so, "any" takes both."""

    key: str = "k"
    secret: str = "s"  # noqa: S105 - opens nothing real
    passphrase: str = "p"  # noqa: S105
    uid: str = "44705892343619584"
    balance: Decimal = Decimal(100_000)  # USDT
    permissions: tuple[str, ...] = ("read_only", "trade")
    addresses: tuple[str, ...] = ()  # the IPs the key is bound to; () = any
    environment: str = "any"
    maker: Decimal = Decimal("-0.0002")  # negative = paid (okx-v5.md 7, trade-fee)
    taker: Decimal = Decimal("-0.0005")
    vip: bool = False  # whether the fills channel and the tick-by-tick books are open to it
    position_mode: str = "net_mode"
    label: str = "sandbox"


@dataclass(frozen=True, slots=True)
class Bill:
    """One change of the cash, and why."""

    bill_id: int
    ts_ms: int
    kind: str  # 1 transfer, 2 trade, 5 liquidation, 8 funding fee
    sub_type: str
    change: Decimal
    balance: Decimal
    made: Instrument | None = None
    fill: Fill | None = None
    pnl: Decimal = Decimal(0)
    fee: Decimal = Decimal(0)
    lots: int = 0
    price: Decimal | None = None


@dataclass(eq=False, slots=True)
class Account:
    """Everything of one sub-account. `orders` are open ones by ordId, oldest first."""

    params: AccountParams
    cash: Decimal = Decimal(0)
    mode: str = "net_mode"
    stp: str = "cancel_maker"
    orders: dict[int, Order] = field(default_factory=dict)
    algos: dict[int, Algo] = field(default_factory=dict)
    positions: dict[tuple[str, str], Position] = field(default_factory=dict)
    levers: dict[str, Decimal] = field(default_factory=dict)
    ended: deque[Order] = field(default_factory=lambda: deque(maxlen=KEPT))
    ended_algos: deque[Algo] = field(default_factory=lambda: deque(maxlen=KEPT))
    fills: deque[Fill] = field(default_factory=lambda: deque(maxlen=KEPT))
    bills: deque[Bill] = field(default_factory=lambda: deque(maxlen=KEPT))
    closed: deque[Closed] = field(default_factory=lambda: deque(maxlen=KEPT))
    updated_ms: int = 0
    warned: bool = False  # whether the liquidation warning was sent

    def __post_init__(self) -> None:
        self.cash = self.params.balance
        self.mode = self.params.position_mode

    @property
    def uid(self) -> str:
        return self.params.uid

    @property
    def net(self) -> bool:
        return self.mode == "net_mode"

    def book(self, bill: Bill) -> None:
        """The one way money comes and goes."""
        assert bill.balance == self.cash + bill.change, "a bill says what is left"
        self.cash = bill.balance
        self.updated_ms = bill.ts_ms
        self.bills.append(bill)

    def lever(self, made: Instrument) -> Decimal:
        return self.levers.get(made.name, min(LEVER, Decimal(made.listing.leverage_max)))

    def held(self, name: str) -> int:
        """Signed lots of the instrument, all sides together."""
        return sum(one.lots for one in self.positions.values() if one.made.name == name)

    @property
    def open_positions(self) -> Iterator[Position]:
        return (one for one in self.positions.values() if one.lots)

    def resting(self, name: str) -> list[Order]:
        """Open orders of one instrument, oldest first."""
        return [order for order in self.orders.values() if order.made.name == name]

    def find(self, ord_id: int | None, cl_ord_id: str) -> Order | None:
        """Open or ended; ordId wins. A clOrdId may be used again: the newest has it."""
        if ord_id is not None:
            open_one = self.orders.get(ord_id)
            return open_one or next((one for one in self.ended if one.ord_id == ord_id), None)
        named = [one for one in self.orders.values() if one.wish.cl_ord_id == cl_ord_id]
        if named:
            return named[-1]
        return next((one for one in reversed(self.ended) if one.wish.cl_ord_id == cl_ord_id), None)

    def closing_algos(self, position: Position) -> list[Algo]:
        """Those that close the whole of it (closeFraction 1)."""
        made, side = position.made, position.side
        found = (one for one in self.algos.values() if one.made is made and one.pos_side == side)
        return [one for one in found if one.lots is None]

    def find_algo(self, algo_id: int | None, cl_ord_id: str) -> Algo | None:
        if algo_id is not None:
            open_one = self.algos.get(algo_id)
            ended = (one for one in self.ended_algos if one.algo_id == algo_id)
            return open_one or next(ended, None)
        named = [*self.ended_algos, *self.algos.values()]
        return next((one for one in reversed(named) if one.cl_ord_id == cl_ord_id), None)
