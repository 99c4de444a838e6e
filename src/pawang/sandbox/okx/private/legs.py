"""A trigger and what it sends: one leg of a conditional order (okx-v5.md 8.5)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private.asked import Asked, plain

PriceKind = Literal["last", "index", "mark"]
PRICE_KINDS = ("last", "index", "mark")
MARKET = Decimal(-1)


@dataclass(frozen=True, slots=True)
class Leg:
    """At `trigger` of that price, an order at `price` (None = market)."""

    trigger: Decimal
    kind: PriceKind
    price: Decimal | None

    @property
    def price_text(self) -> str:
        return "-1" if self.price is None else plain(self.price)


def read_leg(asked: Asked, prefix: str, entry: Decimal | None = None) -> Leg | None:
    """`tpTriggerPx`, `tpOrdPx`, `tpTriggerPxType` of prefix "tp"; None when there is none.

    `tpTriggerRatio` counts from the parent's price `entry`.
    """
    trigger = asked.positive(f"{prefix}TriggerPx")
    ratio = asked.decimal(f"{prefix}TriggerRatio")
    price = asked.decimal(f"{prefix}OrdPx")
    if trigger is not None and ratio is not None:
        raise Refused("50024", f"{prefix}TriggerPx", f"{prefix}TriggerRatio")
    if ratio is not None:
        if entry is None:
            raise Refused("51000", f"{prefix}TriggerRatio")
        trigger = entry * (1 + ratio)
    if trigger is None:
        if price is not None:
            raise Refused("50014", f"{prefix}TriggerPx")
        return None
    if price is None:
        raise Refused("50014", f"{prefix}OrdPx")
    if price != MARKET and price <= 0:
        raise Refused("51000", f"{prefix}OrdPx")
    kind = asked.one_of(f"{prefix}TriggerPxType", PRICE_KINDS, "last")
    return Leg(trigger, kind, None if price == MARKET else price)  # type: ignore[arg-type]
