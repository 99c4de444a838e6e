"""Wall collapse: the wall a live plan leans on falls (signals.md 5.4, test 13).

A guarded bucket is sampled at most once per 100 ms of book time. It has fallen when three
consecutive samples (or 300 ms of book time) hold at most 40 % of its trailing 10-s median, near
the mid, and it had qualified by age within those 10 s. "eaten" if prints took at least half of
what was lost, else "pulled".
"""

from collections import deque
from statistics import median

from pawang.kernels.ladder import ASKS, BIDS
from pawang.market.params import MarketParams
from pawang.model.market import Aggressor
from pawang.model.refs import MILLISECOND, SECOND

SAMPLE = 80 * MILLISECOND
"""Books come every 100 ms; less than this apart they are one sample (jitter)."""
LASTING = 300 * MILLISECOND
TRAILING = 10 * SECOND
SAMPLES_MAX = 160
PRINTS_MAX = 4_096
EATEN_SHARE = 0.5
WHOLE = 0.9
"""Of the median: from the last sample this big, the loss is counted."""


class Guard:
    """One wall under watch. `price` is the edge as the plan knows it."""

    def __init__(
        self, price: float, side: Aggressor, low: float, high: float, born: int | None
    ) -> None:
        self.price = price
        self.side = side
        self.low = low
        self.high = high
        self.levels = BIDS if side is Aggressor.BUY else ASKS
        self._born = born
        self._peak = 0.0
        self._ripe: int | None = None  # when it last was a qualified wall
        self._samples: deque[tuple[int, float]] = deque(maxlen=SAMPLES_MAX)
        self._prints: deque[tuple[int, float]] = deque(maxlen=PRINTS_MAX)
        self._usual = 0.0
        self._low_count = 0
        self._low_since = 0

    def trade(self, ts: int, price: float, size: float) -> None:
        """A print against this wall's side."""
        if self.low <= price <= self.high:
            self._prints.append((ts, size))

    def lose(self) -> None:
        """The book is unknown: consecutive samples end here."""
        self._low_count = 0

    @property
    def samples_from(self) -> int:
        """From when on a book is another sample."""
        return self._samples[-1][0] + SAMPLE if self._samples else 0

    def samples_at(self, ts: int) -> bool:
        """Whether a book of `ts` is another sample."""
        return ts >= self.samples_from

    def sample(self, ts: int, size: float, mid: float, params: MarketParams) -> str | None:
        """Look at the bucket; how it fell, if this look completes the fall."""
        samples = self._samples
        if samples and ts - samples[-1][0] < SAMPLE:
            return None
        while samples and samples[0][0] < ts - TRAILING:
            samples.popleft()
        self._ripen(ts, size, params)
        if self._low_count == 0 and size > params.collapse_share * self._peak:
            samples.append((ts, size))  # no median is above the peak: nothing is falling
            return None
        if self._low_count == 0:
            # Frozen while it falls: the fall must not drag down what it is measured against.
            self._usual = median([held for _, held in samples]) if samples else size
        samples.append((ts, size))
        self._count(ts, size <= params.collapse_share * self._usual)
        lasting = self._low_count > 0 and ts - self._low_since >= LASTING
        if self._low_count < params.collapse_samples and not lasting:
            return None
        near = abs(self.price - mid) / mid * 1e4 <= params.collapse_reach_bps
        if not near or self._ripe is None:
            return None
        return self._how(size)

    def _count(self, ts: int, low: bool) -> None:
        if not low or (self._low_count and ts - self._low_since > TRAILING):
            self._low_count = 0
            return
        self._low_count += 1
        if self._low_count == 1:
            self._low_since = ts

    def _ripen(self, ts: int, size: float, params: MarketParams) -> None:
        """Age counts while at least 60 % of the peak stands; a fall may take up to 10 s."""
        if self._born is None:
            self._born = ts
        self._peak = max(self._peak, size)
        if size >= params.wall_hold * self._peak:
            if ts - self._born >= params.wall_age_s * SECOND:
                self._ripe = ts
        elif self._ripe is None or ts - self._ripe > TRAILING:
            self._born, self._peak, self._ripe = ts, size, None

    def _how(self, size: float) -> str:
        usual = self._usual
        whole = max((ts for ts, held in self._samples if held >= WHOLE * usual), default=0)
        # The print comes before the book that shows it: count from one book earlier.
        traded = sum(coins for ts, coins in self._prints if ts >= whole - 100 * MILLISECOND)
        return "eaten" if traded >= EATEN_SHARE * (usual - size) else "pulled"
