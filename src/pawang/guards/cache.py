"""A small cache: one asker at a time, and an old answer rather than none (row G1).

A value is Fresh for `ttl` ns, then Stale for another `stale` ns: usable while somebody fetches
a new one or the provider is down. Who uses a stale value shows its age.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

from pawang.model.codec import Record

V = TypeVar("V")


class Fresh(Record, Generic[V]):
    value: V
    age_ns: int


class Stale(Record, Generic[V]):
    value: V
    age_ns: int


class Missing(Record):
    """Never fetched, or too old to be shown."""


class Cache(Generic[V]):
    """Whoever gets True from `lead` fetches, and must end with `put` or `fail`."""

    def __init__(self, ttl: int, stale: int, capacity: int = 256) -> None:
        assert ttl > 0
        assert stale >= 0
        assert capacity >= 1
        self.ttl = ttl
        self.stale = stale
        self.capacity = capacity
        self._kept: OrderedDict[str, tuple[V, int]] = OrderedDict()  # oldest put first
        self._led: dict[str, None] = {}

    def look(self, key: str, now: int) -> Fresh[V] | Stale[V] | Missing:
        """What is known of `key`."""
        if key not in self._kept:
            return Missing()
        value, ts = self._kept[key]
        age = max(0, now - ts)
        if age < self.ttl:
            return Fresh(value=value, age_ns=age)
        if age < self.ttl + self.stale:
            return Stale(value=value, age_ns=age)
        return Missing()

    def lead(self, key: str) -> bool:
        """True for one caller until its `put` or `fail`: only he asks the provider."""
        if key in self._led:
            return False
        self._led[key] = None
        return True

    def put(self, key: str, value: V, now: int) -> None:
        """The leader's answer, as of `now`."""
        self._led.pop(key, None)
        self._kept[key] = (value, now)
        self._kept.move_to_end(key)
        while len(self._kept) > self.capacity:
            self._kept.popitem(last=False)

    def fail(self, key: str) -> None:
        """The leader came back with nothing: the old value stands, the next caller may lead."""
        self._led.pop(key, None)
