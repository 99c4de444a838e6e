"""Orders, what the venue reports of them, and what became of a plan. Money is Decimal."""

from decimal import Decimal
from enum import StrEnum

from pawang.model.codec import Record, Tagged
from pawang.model.market import Aggressor, Side


class Book(StrEnum):
    """Whose money an order moves; the only field in which ghost and live differ (row O2).

    SHADOW plays every plan that was sent, GHOST those somebody took, LIVE real ones. The
    three are shown apart and never summed.
    """

    SHADOW = "shadow"
    GHOST = "ghost"
    LIVE = "live"


class OrderState(StrEnum):
    """PENDING (committed, not yet acknowledged) -> WORKING -> PART_FILLED -> FILLED (position
    open) -> CLOSED. EXPIRED, CANCELLED and REJECTED end an order that never filled."""

    PENDING = "pending"
    WORKING = "working"
    PART_FILLED = "part_filled"
    FILLED = "filled"
    CLOSED = "closed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REJECTED = "rejected"

    @property
    def over(self) -> bool:
        return self.value in ("closed", "expired", "cancelled", "rejected")


class Exit(Record):
    """One attached exit. `kind`: "stop" (trigger, taker) or "target" (limit, maker)."""

    leg: str  # "sl", "tp1", "tp2", "runner"
    kind: str
    price: Decimal
    share_pct: int  # of the filled size; 100 for the stop


class Order(Record):
    """A plan's order with its attached exits: the very same record for ghost and live."""

    client_order_id: str  # f(ref_id, leg, generation), [A-Za-z0-9]{1,32}
    ref_id: str
    book: Book
    coin: str
    instrument: str
    side: Side
    entry: Decimal  # post-only limit
    contracts: Decimal
    exits: tuple[Exit, ...]
    ts_placed: int
    ts_expiry: int  # the entry's
    time_stop_ns: int
    state: OrderState = OrderState.PENDING
    filled: Decimal = Decimal(0)
    entry_price: Decimal | None = None  # volume-weighted
    closed: Decimal = Decimal(0)
    ts_filled: int | None = None  # first fill
    entry_usd: Decimal = Decimal(0)  # sum of price * coins over entry fills
    exit_usd: Decimal = Decimal(0)  # the same over exit fills
    fees_usd: Decimal = Decimal(0)  # positive = paid
    funding_usd: Decimal = Decimal(0)  # positive = paid
    entry_over: bool = False  # nothing of the entry rests any more
    end_reason: str = ""  # why the entry ended, when it did not fill whole
    legs_hit: tuple[str, ...] = ()
    risk_usd: Decimal = Decimal(0)  # loss at the stop, costs included, when sized: 1 R

    @property
    def open(self) -> Decimal:
        """Contracts still in the position."""
        return self.filled - self.closed


class Report(Tagged):
    """What a venue says of an order. `ts_event` is the venue's time."""

    client_order_id: str
    ref_id: str
    book: Book
    ts_event: int


class Accepted(Report):
    """The entry rests. `queue_ahead` (coin) where the venue knows it, as the ghost does."""

    queue_ahead: float | None = None


class Rejected(Report):
    reason: str


class Filled(Report):
    """One fill of one leg ("entry", "sl", "tp1", "tp2", "runner", "close", "time").

    `fill_id` is unique per venue and instrument: the same fill twice is seen as one (C09).
    """

    fill_id: str
    leg: str
    side: Aggressor
    price: Decimal
    contracts: Decimal
    fee_usd: Decimal
    maker: bool


class Funded(Report):
    """Funding paid (positive) or received at a settlement."""

    funding_usd: Decimal


class Ended(Report):
    """The entry stopped working: "expired", "cancelled", or the reason the venue gives.

    What had filled stays a position with its exits.
    """

    reason: str


class Bound(Record):
    """What a plan made under one model of the ghost."""

    model: str  # "pessimistic" | "optimistic"; the base is the outcome itself
    contracts: Decimal  # filled
    net_usd: Decimal
    net_r: float
    legs_hit: tuple[str, ...]


class Bracketed(Report):
    """The ghost played the order under its other models, too (row O1); told when all are over.

    `certain` is False when a gap or a restart cost the order its place: then the bounds say what
    was assumed, and parity leaves the plan out.
    """

    bounds: tuple[Bound, ...]
    certain: bool


VenueReport = Accepted | Rejected | Filled | Funded | Ended


class Outcome(Record):
    """How a plan ended in one book (signals.md 7.5, 9). R = risk_usd of the filled part."""

    ref_id: str
    coin: str
    book: Book
    side: Side
    label: str  # unfilled, tp2, tp1_then_sl, tp1_then_be, tp1_then_timeout, sl, timeout, cut
    filled: bool
    tp1: bool
    tp2: bool
    sl: bool
    ts_resolved: int
    contracts: Decimal
    gross_usd: Decimal
    fees_usd: Decimal
    funding_usd: Decimal
    net_usd: Decimal
    net_r: float
