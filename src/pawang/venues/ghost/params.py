"""The ghost's knobs: costs and delays a small account meets at the venue."""

from decimal import Decimal

from pawang.model.codec import Record

MS = 1_000_000


class GhostParams(Record):
    maker_fee: Decimal = Decimal("0.0002")  # VIP0, paid on a resting fill
    taker_fee: Decimal = Decimal("0.0005")  # VIP0, paid by stops, closes and time stops
    latency_ns_min: int = 40 * MS  # the fastest acknowledgement seen from a nearby host
    latency_ns_spread: int = 80 * MS  # drawn per order by its id: the same order, the same wait
    trigger: str = "last"  # "last" or "mark": what the attached stop listens to (OKX default)
