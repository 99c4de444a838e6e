"""An algo order: what waits for a price, and what became of it (okx-v5.md 8.5)."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.attached import Attached
from pawang.sandbox.okx.private.legs import Leg

Kind = Literal["conditional", "oco", "trigger", "move_order_stop"]
State = Literal["live", "pause", "effective", "canceled", "order_failed", "partially_effective"]


@dataclass(eq=False, slots=True, kw_only=True)
class Algo:
    """`lots` is None for closeFraction 1: the whole position of that moment."""

    owner: str
    algo_id: int
    made: Instrument
    kind: Kind
    buy: bool
    pos_side: str
    lots: int | None
    created_ms: int
    cl_ord_id: str = ""
    tag: str = ""
    reduce_only: bool = False
    cancel_on_close: bool = False
    tp: Leg | None = None
    sl: Leg | None = None
    entry: Leg | None = None  # of kind trigger
    rising: bool = True  # the entry's trigger is waited for from below
    ratio: Decimal | None = None
    spread: Decimal | None = None
    active: Decimal | None = None
    activated: bool = False
    extreme: Decimal | None = None  # since activation
    attached: tuple[Attached, ...] = ()
    parent: str = ""  # ordId of the order it was attached to
    to_cost: bool = False
    cost: Decimal | None = None  # the parent's average price, where `to_cost` moves the SL
    lever: str = ""
    state: State = "live"
    updated_ms: int = 0
    triggered_ms: int = 0
    actual_side: str = ""
    actual_lots: int = 0
    actual_price: Decimal | None = None
    last: str = ""
    fail_code: str = ""
    children: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.updated_ms = self.updated_ms or self.created_ms

    @property
    def open(self) -> bool:
        return self.state in ("live", "pause")

    @property
    def advanced(self) -> bool:
        """Told on algo-advance, not on orders-algo."""
        return self.kind == "move_order_stop"
