"""The band around recent prices, outside which a tick is quarantined (A20).

A print or mid more than 5 % from the median of the last 60 seconds' mids is absurd, unless the
fresh mark and index prices say the same: then the market really jumped. Mids enter the median only
if they are sane themselves, so 60 s of nonsense are all kept out. After 60 s without any sane mid
there is no memory to judge by: then the fresh mark and index alone decide, and where there is none
the next price is believed.
"""

from collections import deque
from statistics import median

from pawang.market.kernels.layout import BAND_HIGH, BAND_LOW
from pawang.market.state import Floats
from pawang.model.refs import SECOND

SPAN = 60 * SECOND
MIDS_MAX = 61


class PriceBand:
    """Bounds for prices, from mids sampled once a second."""

    __slots__ = ("_floats", "_index", "_mark", "_mids", "_share")

    def __init__(self, share: float, floats: Floats) -> None:
        """`floats` are the fold's: it judges alone what lies within the bounds."""
        self._share = share
        self._floats = floats
        self._mids: deque[tuple[int, float]] = deque(maxlen=MIDS_MAX)
        self._mark = self._index = (0, 0.0)  # when, price

    def mark(self, ts: int, price: float) -> None:
        self._mark = (ts, price)

    def index(self, ts: int, price: float) -> None:
        self._index = (ts, price)

    def mid(self, ts: int, price: float) -> None:
        """A new second's mid; absurd ones are left out."""
        if not self.sane(ts, price):
            return
        mids = self._mids
        mids.append((ts, price))
        while mids[0][0] <= ts - SPAN:
            mids.popleft()
        middle = median([mid for _, mid in mids])
        self._floats[BAND_LOW] = middle * (1.0 - self._share)
        self._floats[BAND_HIGH] = middle * (1.0 + self._share)

    def sane(self, ts: int, price: float) -> bool:
        """Whether a price at `ts` may be believed."""
        if self._floats[BAND_LOW] <= price <= self._floats[BAND_HIGH]:
            return True
        others = [other for when, other in (self._mark, self._index) if _fresh(ts, when, other)]
        if others:
            return all(abs(price / other - 1.0) <= self._share for other in others)
        return not self._mids or ts - self._mids[-1][0] > SPAN


def _fresh(ts: int, when: int, price: float) -> bool:
    return price > 0.0 and abs(ts - when) <= SPAN
