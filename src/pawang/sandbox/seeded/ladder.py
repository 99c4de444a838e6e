"""One side of a book: sizes by tick, the best level at hand, what changed in this step."""

from bisect import bisect_left, insort

LEVELS_MIN = 50  # takers leave this many: a book is never emptied


class Ladder:
    """`sign` is +1 for bids and -1 for asks; key = sign * ticks, so the best key is the last."""

    __slots__ = ("changed", "keys", "sign", "sizes")

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.sizes: dict[int, int] = {}
        self.keys: list[int] = []
        self.changed: dict[int, int] = {}

    @property
    def best(self) -> int:
        return self.keys[-1] * self.sign

    def put(self, ticks: int, lots: int) -> None:
        """Set a level's absolute size; `lots` > 0."""
        if ticks not in self.sizes:
            insort(self.keys, ticks * self.sign)
        self.sizes[ticks] = lots
        self.changed[ticks] = lots

    def drop(self, ticks: int) -> None:
        del self.sizes[ticks]
        del self.keys[bisect_left(self.keys, ticks * self.sign)]
        self.changed[ticks] = 0

    def stack(self, keys: list[int], lots: list[int]) -> None:
        """Levels better than the best, best first."""
        sign, sizes, changed = self.sign, self.sizes, self.changed
        for key, size in zip(keys, lots, strict=True):
            sizes[key * sign] = changed[key * sign] = size
        self.keys.extend(reversed(keys))

    def cut(self, key: int) -> None:
        """Cancel every level better than `key`."""
        keys, sign = self.keys, self.sign
        while keys[-1] > key:
            ticks = keys.pop() * sign
            del self.sizes[ticks]
            self.changed[ticks] = 0

    def prune(self, key: int) -> None:
        """Cancel every level worse than `key`."""
        far = bisect_left(self.keys, key)
        for worse in self.keys[:far]:
            del self.sizes[worse * self.sign]
            self.changed[worse * self.sign] = 0
        del self.keys[:far]

    def take(self, lots: int, limit: int | None = None) -> list[tuple[int, int]]:
        """Fills (ticks, lots) of a taker from the best level on, not past the tick `limit`."""
        keys, sizes, changed, sign = self.keys, self.sizes, self.changed, self.sign
        last = keys[0] if limit is None else limit * sign
        fills: list[tuple[int, int]] = []
        while lots > 0 and keys[-1] >= last and len(keys) > LEVELS_MIN:
            ticks = keys[-1] * sign
            shown = sizes[ticks]
            if shown > lots:
                sizes[ticks] = changed[ticks] = shown - lots
                fills.append((ticks, lots))
                break
            keys.pop()
            del sizes[ticks]
            changed[ticks] = 0
            fills.append((ticks, shown))
            lots -= shown
        return fills

    def between(self, low: int, high: int) -> tuple[int, int]:
        """Index range of the keys in [low, high)."""
        return bisect_left(self.keys, low), bisect_left(self.keys, high)
