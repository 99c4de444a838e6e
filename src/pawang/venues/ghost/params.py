"""The ghost's knobs: costs, delays and queues as a small account meets them at the venue."""

from decimal import Decimal
from hashlib import sha256

from msgspec.structs import replace

from pawang.model.codec import Record

MS = 1_000_000


class GhostParams(Record):
    maker_fee: Decimal = Decimal("0.0002")  # VIP0, paid on a resting fill
    taker_fee: Decimal = Decimal("0.0005")  # VIP0, paid by stops, closes and time stops
    # From a request to its effect, quantiles at equal steps: fastest, …, slowest. Measured to a
    # nearby host; a desk may put its own here.
    latency_ms: tuple[float, ...] = (40.0, 60.0, 80.0, 100.0, 120.0)
    trigger_ns: int = 5 * MS  # the venue's own, from the price that fires a stop to its order
    queue: str = "proportional"  # whose the cancels at our price were: see `resting`
    trigger: str = "last"  # "last" or "mark": what the attached stop listens to (OKX default)

    def latency_ns(self, name: str) -> int:
        """Drawn by a name: the same order always waits the same, in every world (row O1)."""
        seed = sha256(name.encode()).digest()
        place = int.from_bytes(seed[:4], "big") / 2**32 * (len(self.latency_ms) - 1)
        below = int(place)
        low, *rest = self.latency_ms[below : below + 2]
        high = rest[0] if rest else low
        return int((low + (high - low) * (place - below)) * MS)


def pessimistic(base: GhostParams) -> GhostParams:
    """Always the slowest request, and no cancel was ever ahead of us."""
    return replace(base, queue="trades", latency_ms=(max(base.latency_ms),))


def optimistic(base: GhostParams) -> GhostParams:
    """Always the fastest request, and every cancel was ahead of us."""
    return replace(base, queue="front", latency_ms=(min(base.latency_ms),))
