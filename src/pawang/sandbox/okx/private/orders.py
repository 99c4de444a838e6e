"""A client's order from its acceptance to its end, and its fills (okx-v5.md 8.1 and 10.1).

    live --fill--> partially_filled --fill--> filled
      \\_________________\\________cancel-----> canceled

Prices are whole ticks and sizes whole lots of the source; text and Decimal come at the border.
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.attached import Attached

Kind = Literal["limit", "market", "post_only", "fok", "ioc", "optimal_limit_ioc"]
KINDS = ("limit", "market", "post_only", "fok", "ioc", "optimal_limit_ioc")
RESTING = ("limit", "post_only")
PRICED = ("limit", "post_only", "fok", "ioc")
State = Literal["live", "partially_filled", "filled", "canceled"]
Mode = Literal["cancel_maker", "cancel_taker", "cancel_both"]
CROWD = ""  # the owner of orders that stand for everybody else

USER, RISK, FOK, IOC, CLOSED, TIMER = "1", "3", "13", "14", "17", "20"
REDUCED, FLIPPED, POST_ONLY, SELF_TRADE, MATCHES = "22", "23", "31", "32", "33"
"""Values of cancelSource (okx-v5.md 9.2)."""


@dataclass(frozen=True, slots=True)
class Match:
    """One meeting of two orders, seen from one of them. Of liquidations `trade_id` < 0."""

    trade_id: int
    ts_ms: int
    ticks: int
    lots: int
    maker: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An order as its client asked for it, read and checked for form."""

    made: Instrument
    buy: bool
    kind: Kind
    lots: int
    ticks: int | None = None  # market and optimal_limit_ioc have none
    pos_side: str = "net"
    reduce_only: bool = False
    cl_ord_id: str = ""
    tag: str = ""
    stp: Mode = "cancel_maker"
    clamped: bool = False  # pxAmendType 1: into the price band instead of 51006
    attached: tuple[Attached, ...] = ()
    split: bool = True  # attachAlgoOrds was used, not the old flat fields


@dataclass(frozen=True, slots=True)
class Parent:
    """The algo order that an order was made by."""

    algo_id: str = ""
    algo_cl_ord_id: str = ""
    source: str = ""  # 6 trigger, 7 TP or SL, 25 trailing
    tp_limit: bool = False


@dataclass(eq=False, slots=True, kw_only=True)
class Order:
    """`wish` is what was asked last; `ticks` is None for what never had a price."""

    owner: str  # uid
    ord_id: int
    wish: Wish
    created_ms: int
    lever: str = ""
    parent: Parent = Parent()
    category: str = "normal"
    ticks: int | None = None
    lots: int = 0
    state: State = "live"
    updated_ms: int = 0
    filled: int = 0
    cost: int = 0  # sum of ticks * lots
    fee: Decimal = Decimal(0)
    pnl: Decimal = Decimal(0)
    last: Match | None = None
    last_fee: Decimal = Decimal(0)
    last_pnl: Decimal = Decimal(0)
    cancel_source: str = ""
    attached: list[Attached] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ticks = self.wish.ticks
        self.lots = self.wish.lots
        self.attached = list(self.wish.attached)
        self.updated_ms = self.created_ms

    @property
    def made(self) -> Instrument:
        return self.wish.made

    @property
    def buy(self) -> bool:
        return self.wish.buy

    @property
    def left(self) -> int:
        return self.lots - self.filled

    @property
    def open(self) -> bool:
        return self.state in ("live", "partially_filled")

    @property
    def average(self) -> Decimal | None:
        """The mean price of its fills; None while there are none."""
        if not self.filled:
            return None
        return Decimal(self.cost) / self.filled * self.made.tick_size

    def take(self, match: Match, fee: Decimal, pnl: Decimal) -> None:
        """A fill, with what it cost and earned."""
        assert self.open, "an ended order is filled no more"
        assert 0 < match.lots <= self.left, "fills never exceed the order"
        self.filled += match.lots
        self.cost += match.ticks * match.lots
        self.fee += fee
        self.pnl += pnl
        self.last, self.last_fee, self.last_pnl = match, fee, pnl
        self.updated_ms = match.ts_ms
        self.state = "partially_filled" if self.left else "filled"

    def end(self, source: str, now_ms: int) -> None:
        """The rest is cancelled."""
        assert self.open, "an order ends once"
        self.state, self.cancel_source, self.updated_ms = "canceled", source, now_ms


@dataclass(frozen=True, slots=True)
class Fill:
    """A line of the account's fills; `bill_id` is what they are paged by."""

    order: Order
    match: Match
    bill_id: int
    fee: Decimal
    rate: Decimal  # negative = paid
    pnl: Decimal
    mark_ticks: int
    index: str
    sub_type: str
