"""A token bucket in whole nanoseconds: how fast we may knock on a door (rows A13, B01, G1).

Kept as one number, the time at which the bucket is full again (the "generic cell rate
algorithm"): no float drifts, and the wait that is told is exact.

>>> bucket = TokenBucket(capacity=2, per_second=1)
>>> [bucket.take(now=0) for _ in range(3)]
[0, 0, 1000000000]
>>> bucket.take(now=1_000_000_000)
0
"""

from pawang.model.refs import SECOND


class TokenBucket:
    """`capacity` tokens at most, refilled at `per_second` (may be a fraction: 20/60)."""

    def __init__(self, capacity: int, per_second: float) -> None:
        assert capacity >= 1, "a bucket that holds nothing never gives"
        assert per_second > 0, "a bucket must refill"
        self.capacity = capacity
        self._token_ns = round(SECOND / per_second)
        self._full_at = 0
        self._held_until = 0

    def take(self, now: int, tokens: int = 1) -> int:
        """0 = the tokens are taken; else nothing was taken and this many ns are to wait."""
        wait = self.wait(now, tokens)
        if wait == 0:
            self._full_at = self._refilled(now) + tokens * self._token_ns
        return wait

    def wait(self, now: int, tokens: int = 1) -> int:
        """What `take` would say, without taking: for a call that needs two buckets at once."""
        assert 1 <= tokens <= self.capacity, "more tokens than the bucket can ever hold"
        full_at = self._refilled(now) + tokens * self._token_ns
        return max(0, full_at - now - self.capacity * self._token_ns, self._held_until - now)

    def hold(self, until: int) -> None:
        """Give nothing before `until`: the far side said `retry_after` (B01). Never shortens."""
        self._held_until = max(self._held_until, until)

    def level(self, now: int) -> float:
        """Tokens in the bucket now, for /metrics."""
        return self.capacity - (self._refilled(now) - now) / self._token_ns

    def _refilled(self, now: int) -> int:
        # Emptier than empty can only mean that the clock went back: count from the new time.
        self._full_at = min(self._full_at, now + self.capacity * self._token_ns)
        return max(self._full_at, now)
