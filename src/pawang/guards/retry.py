"""When to try again, and when to stop: full jitter and a budget (rows A13, G1).

Full jitter draws the delay evenly from [0, ceiling): of all the usual schemes it spreads a
herd best (AWS architecture blog, "Exponential backoff and jitter"). One retry layer a door:
two stacked layers multiply (reliability.md 8).
"""

from pawang.model.codec import Record
from pawang.model.refs import SECOND


class RetryParams(Record):
    first_s: float = 1.0  # ceiling of the first delay (A13)
    ceiling_s: float = 60.0  # no delay is drawn from above this (A13)
    attempts_max: int | None = None  # calls in all, the first included; None = for ever


class RetryPlan:
    """Pure: the same attempt and roll give the same delay."""

    def __init__(self, params: RetryParams | None = None) -> None:
        self.params = params or RetryParams()

    def delay(self, attempt: int, roll: float, at_least: int = 0) -> int | None:
        """ns to wait after the `attempt`-th call (1 = the first) failed; None = give up.

        `at_least` is what the far side asked for (`retry_after`, ns): the jitter comes on top.
        """
        assert attempt >= 1
        assert 0 <= roll < 1
        assert at_least >= 0
        params = self.params
        if params.attempts_max is not None and attempt >= params.attempts_max:
            return None
        # 2**32 is far past any ceiling; an attempt number from a week of failures is not.
        ceiling_s = min(params.ceiling_s, params.first_s * 2.0 ** min(attempt - 1, 32))
        return at_least + int(roll * ceiling_s * SECOND)


class RetryBudget:
    """Retries may be a share of calls, never a multiple: a sick provider is not kicked.

    Every call earns `share` of a retry, up to `burst` saved; a retry costs one.
    """

    def __init__(self, share: float = 0.1, burst: int = 10) -> None:
        assert 0 < share <= 1
        assert burst >= 1
        self.share = share
        self.burst = burst
        self.saved = float(burst)

    def called(self) -> None:
        """A first try went out."""
        self.saved = min(float(self.burst), self.saved + self.share)

    def spend(self) -> bool:
        """May one retry go out? If so it is paid for."""
        if self.saved < 1:
            return False
        self.saved -= 1
        return True
