"""Parents: prints of one sweep put together again (signals.md 1.2).

No order id is public, so a parent is inferred: same side, close in time, prices moving one way.

>>> sweep = ParentAggregator(gap_ms=5, cap_ms=100)
>>> for print_ in [(1000, 1, 60000.0, 9.0), (1000, 1, 60000.1, 8.0), (1003, 1, 60000.3, 2.0)]:
...     assert sweep.add(print_[0] * 1_000_000, *print_[1:]) is None
>>> first = sweep.add(1003 * 1_000_000, -1, 60000.2, 1.0)
>>> first.sign, first.size, round(first.notional_usd, 1), first.prints
(1, 19.0, 1140001.4, 3)
"""

from pawang.model.codec import Record
from pawang.model.refs import MILLISECOND


class Parent(Record):
    """A sweep: first and last print's time, size in coin, notional in USD."""

    sign: int  # +1 bought, -1 sold
    t0: int
    t1: int
    size: float
    notional_usd: float
    prints: int

    @property
    def vwap(self) -> float:
        return self.notional_usd / self.size


class ParentAggregator:
    """One open parent; O(1) a print and O(1) memory."""

    __slots__ = ("_cap", "_gap", "_price", "_prints", "_sign", "_size", "_t0", "_t1", "_usd")

    def __init__(self, gap_ms: int, cap_ms: int) -> None:
        self._gap = gap_ms * MILLISECOND
        self._cap = cap_ms * MILLISECOND
        self._sign = 0  # 0 = none open
        self._t0 = self._t1 = self._prints = 0
        self._price = self._size = self._usd = 0.0

    def add(self, ts: int, sign: int, price: float, size: float) -> Parent | None:
        """Take a print; the parent that it ended, if it ended one."""
        if (
            sign == self._sign
            and self._t0 <= ts <= self._t1 + self._gap
            and ts - self._t0 <= self._cap
            and (price - self._price) * sign >= 0.0
        ):
            self._t1 = max(self._t1, ts)
            self._price = price
            self._size += size
            self._usd += price * size
            self._prints += 1
            return None
        ended = self.open
        self._sign, self._t0, self._t1 = sign, ts, ts
        self._price, self._size, self._usd, self._prints = price, size, price * size, 1
        return ended

    def resume(self, parent: Parent, price: float) -> None:
        """Go on with an open parent, whose last print was at `price`."""
        self._sign, self._t0, self._t1 = parent.sign, parent.t0, parent.t1
        self._price, self._size, self._usd = price, parent.size, parent.notional_usd
        self._prints = parent.prints

    def end(self) -> Parent | None:
        """Close what is open: nothing may join across a gap in the feed."""
        ended = self.open
        self._sign = 0
        return ended

    def flush(self, now: int) -> Parent | None:
        """Close what is open once nothing can join it any more."""
        return self.end() if now - self._t1 > self._gap else None

    @property
    def open(self) -> Parent | None:
        """The parent so far, None if there is none."""
        if self._sign == 0:
            return None
        return Parent(
            sign=self._sign,
            t0=self._t0,
            t1=self._t1,
            size=self._size,
            notional_usd=self._usd,
            prints=self._prints,
        )

    def fork(self) -> "ParentAggregator":
        """A copy to look ahead with."""
        twin = ParentAggregator(0, 0)
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        return twin


class Seen:
    """Ids met lately: the newest `limit` at least, twice that at most."""

    __slots__ = ("_limit", "_old", "_young")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._young: set[str] = set()
        self._old: set[str] = set()

    def again(self, name: str) -> bool:
        """True if `name` came before; it is remembered either way."""
        if name in self._young or name in self._old:
            return True
        self._young.add(name)
        if len(self._young) >= self._limit:
            self._old, self._young = self._young, set()
        return False
