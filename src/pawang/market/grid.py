"""The absolute price grid that walls live on: buckets of max(tick, 1 bp), fixed in place.

A bid bucket ends at its highest price, an ask bucket at its lowest: the edge nearest to the mid,
which belongs to the bucket and names it. The width follows the price only when that has moved by
a tenth: walls must not wander because the mid does (signals.md 5.4).

>>> from decimal import Decimal
>>> grid = Grid(Decimal("0.1"), 60_000.0, 1.0)
>>> grid.ticks, grid.bucket(1, 59_999.9), grid.edge(grid.bucket(1, 59_999.9))
(60, 10000, 60000.0)
>>> grid.bounds(1, 10000), grid.bounds(-1, 10000)
((59994.1, 60000.0), (60000.0, 60005.9))
"""

from decimal import Decimal

REACH = 0.1
"""A grid serves prices within this share of the one it was made for."""


class Grid:
    """Buckets by number; `side` is +1 for bids, -1 for asks."""

    __slots__ = ("_decimals", "_high", "_low", "per_unit", "tick", "ticks")

    def __init__(self, tick_size: Decimal, price: float, bucket_bps: float) -> None:
        self.tick = float(tick_size)
        self.per_unit = float(1 / tick_size)
        self._decimals = max(0, -int(tick_size.normalize().as_tuple().exponent))
        self.ticks = max(1, round(price * bucket_bps * 1e-4 / self.tick))
        self._low, self._high = price * (1.0 - REACH), price * (1.0 + REACH)

    def serves(self, price: float) -> bool:
        return self._low <= price <= self._high

    def bucket(self, side: int, price: float) -> int:
        tick = int(price * self.per_unit + 0.5)
        return -(-tick // self.ticks) if side > 0 else tick // self.ticks

    def edge(self, bucket: int) -> float:
        """The price that names a bucket: its edge nearest to the mid."""
        return self._price(bucket * self.ticks)

    def bounds(self, side: int, bucket: int) -> tuple[float, float]:
        """Lowest and highest price of a bucket, both inside."""
        first = bucket * self.ticks
        if side > 0:
            return self._price(first - self.ticks + 1), self._price(first)
        return self._price(first), self._price(first + self.ticks - 1)

    def around(self, side: int, price: float) -> tuple[float, float]:
        """The bounds of the bucket with that edge, also if the edge is another grid's."""
        width = self._price(self.ticks - 1)
        return (price - width, price) if side > 0 else (price, price + width)

    def _price(self, tick: int) -> float:
        return round(tick * self.tick, self._decimals)
