"""One minute of one coin as the map of liquidations needs it: from prints, marks and OI to a step.

Prints and marks turn the minute; what comes late counts into the minute that is open.
"""

import numpy as np

from pawang.market.liquidation import BINS_PER_LOG
from pawang.market.magnets import Step, bin_of
from pawang.market.state import Floats, Ints
from pawang.model.market import Liquidation, OpenInterest, Side
from pawang.model.refs import MINUTE

FORCED_MAX = 200
"""Liquidations kept for one minute; the venue publishes at most one a second."""
REACHED_MAX = 2_000
"""Bins of one minute: as many as a map has."""
MARK_KEEPS = 3
"""Minutes without a mark price before prints stand for it."""


class MinuteTally:
    """Gathers the open minute; `turn` closes it."""

    __slots__ = (
        "_bins", "_coins", "_forced", "_high", "_highest", "_low", "_lowest", "_mark_minute",
        "_net", "_reached", "_usd", "close", "minute",
    )  # fmt: skip

    def __init__(self) -> None:
        self.minute: int | None = None
        self.close = 0.0
        self._mark_minute = -MARK_KEEPS
        self._start(0.0)

    def _start(self, price: float) -> None:
        self._low = self._high = price
        self._net = self._usd = self._coins = 0.0
        self._bins: dict[int, float] = {}
        self._forced: list[tuple[Side, float, float]] = []
        self._reached: list[tuple[int, int]] = []
        self._lowest = self._highest = bin_of(price) if price > 0.0 else 0

    def trades(self, stamps: Ints, prices: Floats, signed_usd: Floats) -> None:
        """Any number of prints, at least one. Sums go on one by one, however they were cut."""
        usd = np.abs(signed_usd)
        self._net = added(self._net, signed_usd)
        self._usd = added(self._usd, usd)
        self._coins = added(self._coins, usd / prices)
        bins, places = np.unique(np.floor(np.log(prices) * BINS_PER_LOG), return_inverse=True)
        known = [int(bin_) for bin_ in bins.tolist()]
        sums = np.array([self._bins.get(bin_, 0.0) for bin_ in known])
        np.add.at(sums, places, usd)
        self._bins.update(zip(known, sums.tolist(), strict=True))
        assert self.minute is not None
        if self.minute - self._mark_minute >= MARK_KEEPS:
            for ts, price in zip(stamps.tolist(), prices.tolist(), strict=True):
                if not self._low <= price <= self._high or self._low <= 0.0:
                    self._reach(ts, price)
            self.close = float(prices[-1])

    def mark(self, ts: int, price: float) -> None:
        """Liquidations trigger on the mark: while there is one, prints do not count as it."""
        assert self.minute is not None
        self._mark_minute = self.minute
        self._reach(ts, price)

    def _reach(self, ts: int, price: float) -> None:
        if self._low <= 0.0:
            self._low = self._high = price
            self._lowest = self._highest = bin_of(price)
        elif price < self._low:
            self._low = price
            self._newly(ts, range(self._lowest - 1, bin_of(price) - 1, -1))
        elif price > self._high:
            self._high = price
            self._newly(ts, range(self._highest + 1, bin_of(price) + 1))
        self.close = price

    def _newly(self, ts: int, bins: range) -> None:
        """Bins where the mark was not in this minute yet, nor at the end of the last one."""
        for bin_ in bins[: REACHED_MAX - len(self._reached)]:
            self._reached.append((bin_, ts))
            self._lowest = min(self._lowest, bin_)
            self._highest = max(self._highest, bin_)

    def forced(self, record: Liquidation) -> None:
        if len(self._forced) < FORCED_MAX:
            usd = record.price * record.size
            self._forced.append((record.side, record.price, usd))

    def turn(self, ts: int, newest: OpenInterest | None) -> Step | None:
        """At `ts`: the step of the minute that ended, None if the minute is still the same."""
        minute = ts // MINUTE
        if self.minute is None:
            self.minute = minute
        if minute <= self.minute:
            return None
        step = self._step(minute, newest) if self.close > 0.0 else None
        self.minute = minute
        self._start(self.close)
        return step

    def _step(self, minute: int, newest: OpenInterest | None) -> Step:
        assert self.minute is not None
        vwap = self._usd / self._coins if self._coins > 0.0 else self.close
        first, last = (min(self._bins), max(self._bins)) if self._bins else (bin_of(vwap),) * 2
        profile = tuple(self._bins.get(bin_, 0.0) for bin_ in range(first, last + 1))
        return Step(
            ts=minute * MINUTE,
            span=(minute - self.minute) * MINUTE,
            coins_before=None,  # the heatmap knows
            coins=None if newest is None else newest.coins,
            taker_imbalance=self._net / self._usd if self._usd > 0.0 else 0.0,
            low=min(self._low, self.close),
            high=max(self._high, self.close),
            close=self.close,
            vwap=vwap,
            first_bin=first,
            profile=profile if self._bins else (1.0,),
            forced=tuple(self._forced),
            reached=tuple(self._reached),
        )


def added(start: float, values: Floats) -> float:
    """`start` and the values, added one after the other (a pairwise sum would round otherwise).

    >>> added(1.0, np.array([2.0, 3.0]))
    6.0
    """
    return float(np.cumsum(np.concatenate(((start,), values)))[-1])
