"""Taker flow: parents and prints of the last hour, and the windows `[ts - W, ts)` over them.

signals.md 1.3. What happened at or after `ts` may be folded already when a window is asked for:
it is left out. kappa is the spec's default until seven days of windows are kept; the wash
defences of 1.5 belong to the signal, and matched liquidations are not yet taken out of the flow.
Plain Python: about 2 us a print, well inside the budget; a kernel can come later.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from math import sqrt

import numpy as np

from pawang.market.params import MarketParams
from pawang.market.parents import Parent, ParentAggregator
from pawang.model.refs import DAY, SECOND
from pawang.model.view import FlowWindow

PRINTS_MAX = 400_000
"""An hour of a very busy coin; 6.4 MB. Beyond it the oldest go and their windows are void."""
PRINTS_TRIM = 8_192
"""Old prints leave this many at a time: deleting from the front costs a copy."""
PARENTS_MAX = 20_000
"""Parents above the smallest theta; 2,300 an hour were measured on BTC in a busy hour."""
PUSH_MAX = 512
"""Prints that may share one receive time before they are taken as they come."""
GAPS_MAX = 256
LATE = 120 * SECOND
"""A window may be asked for this long after its end."""

Push = tuple[str, int, int, float, float]
"""A print that waits for the rest of its push: trade id, time, sign, price, size."""


class Prints:
    """All prints of the last hour in time order: time and signed USD, 16 bytes each."""

    __slots__ = ("_horizon", "complete_from", "times", "usd")

    def __init__(self, horizon: int) -> None:
        self._horizon = horizon
        self.times = array("q")
        self.usd = array("d")
        self.complete_from = 0

    def add(self, ts: int, usd: float) -> None:
        times = self.times
        if times and ts < times[-1]:  # late by another road: rare, so a copy is cheap enough
            place = bisect_right(times, ts)
            times.insert(place, ts)
            self.usd.insert(place, usd)
        else:
            times.append(ts)
            self.usd.append(usd)
        if len(times) > PRINTS_TRIM and times[PRINTS_TRIM] < ts - self._horizon:
            self._drop(PRINTS_TRIM)
        elif len(times) > PRINTS_MAX:
            self.complete_from = times[PRINTS_TRIM]
            self._drop(PRINTS_TRIM)

    def _drop(self, count: int) -> None:
        del self.times[:count]
        del self.usd[:count]

    def sums(self, ts_from: int, ts_to: int) -> tuple[float, float]:
        """Net and gross USD of the prints in `[ts_from, ts_to)`."""
        first = bisect_left(self.times, ts_from)
        last = bisect_left(self.times, ts_to)
        if first >= last:
            return 0.0, 0.0
        usd = np.frombuffer(self.usd[first:last])
        return float(usd.sum()), float(np.abs(usd).sum())


class Flow:
    """One coin's flow. Prints come one by one; those of one push are put in trade-id order."""

    def __init__(self, params: MarketParams) -> None:
        self._params = params
        self._horizon = max(params.windows_s) * SECOND + LATE
        self.prints = Prints(self._horizon)
        self._parents: deque[Parent] = deque()
        self._parents_from = 0
        self._sweep = ParentAggregator(params.parent_gap_ms, params.parent_cap_ms)
        self._push: list[Push] = []
        self._push_recv = 0
        self._gaps: deque[tuple[int, int]] = deque(maxlen=GAPS_MAX)
        self._lost_at: int | None = None
        self._cvd: dict[int, float] = {}  # UTC day -> sum, today's and the day's before
        self.ts_first: int | None = None

    # Folding.

    def trade(
        self, ts: int, recv: int, trade_id: str, sign: int, price: float, size: float
    ) -> None:
        """Take one print, which the caller has not seen before."""
        usd = sign * price * size
        if self.ts_first is None:
            self.ts_first = ts
        if self._lost_at is not None:
            self._gaps.append((self._lost_at, max(ts, self._lost_at + 1)))
            self._lost_at = None
        self.prints.add(ts, usd)
        day = ts // DAY
        if day in self._cvd:
            self._cvd[day] += usd
        else:
            self._turn(day, usd)
        if recv != self._push_recv or len(self._push) >= PUSH_MAX:
            for parent in _sweeps(self._sweep, self._push):
                self._keep(parent)
            self._push = []
            self._push_recv = recv
        self._push.append((trade_id, ts, sign, price, size))

    def lose(self, ts: int) -> None:
        """From now on prints may be missing, until the next one comes."""
        for parent in (*_sweeps(self._sweep, self._push), self._sweep.end()):
            if parent is not None:
                self._keep(parent)
        self._push = []
        if self._lost_at is None:
            self._lost_at = ts

    def _turn(self, day: int, usd: float) -> None:
        """CVD starts anew at 00:00 UTC; yesterday's stays for a slot that is still open."""
        self._cvd[day] = usd
        for old in sorted(self._cvd)[:-2]:
            del self._cvd[old]

    def _keep(self, parent: Parent) -> None:
        if parent.notional_usd < self._params.theta_usd_min:
            return
        parents = self._parents
        parents.append(parent)
        while parents[0].t1 < parent.t1 - self._horizon:
            parents.popleft()
        if len(parents) > PARENTS_MAX:
            self._parents_from = parents.popleft().t1 + 1

    # Reading.

    def windows(self, ts: int, theta_usd: float) -> tuple[FlowWindow, ...]:
        """The flow windows that end just before `ts`. Changes nothing."""
        ahead = self._sweep.fork()
        parents = [*self._parents, *_sweeps(ahead, self._push)]
        last = ahead.open
        if last is not None:
            parents.append(last)
        whales = [parent for parent in parents if parent.notional_usd >= theta_usd]
        return tuple(self._window(ts, span, theta_usd, whales) for span in self._params.windows_s)

    def _window(self, ts: int, span_s: int, theta: float, whales: list[Parent]) -> FlowWindow:
        since = ts - span_s * SECOND
        usd = [
            parent.sign * parent.notional_usd
            for parent in whales
            if parent.t1 >= since and parent.t0 < ts
        ]
        net, gross, z = significance(usd, self._params.kappa)
        taker_net, taker_gross = self.prints.sums(since, ts)
        return FlowWindow(
            window_s=span_s,
            ts_from=since,
            ts_to=ts,
            theta_usd=theta,
            parents=len(usd),
            net_usd=net,
            gross_usd=gross,
            imbalance=net / gross if gross else 0.0,
            z=z,
            taker_net_usd=taker_net,
            taker_gross_usd=taker_gross,
            gap=self._void(since, ts),
        )

    def _void(self, ts_from: int, ts_to: int) -> bool:
        if ts_from < max(self.prints.complete_from, self._parents_from):
            return True
        if self._lost_at is not None and self._lost_at < ts_to:
            return True
        return any(lost < ts_to and back > ts_from for lost, back in self._gaps)

    def cvd_usd(self, ts: int) -> float:
        """Net USD of all prints since 00:00 UTC of the day of `ts`, up to `ts`."""
        day = ts // DAY
        after, _ = self.prints.sums(ts, (day + 1) * DAY)
        return self._cvd.get(day, 0.0) - after


def significance(signed_usd: list[float], kappa: float) -> tuple[float, float, float]:
    """Net, gross and z of signed notionals under random signs (1.3); zeros when there are none.

    >>> net, gross, z = significance([400e3, -150e3, 1200e3, 300e3, -250e3, 800e3], kappa=1.0)
    >>> net, gross, round(z, 6)
    (2300000.0, 3100000.0, 1.480026)
    """
    if not signed_usd:
        return 0.0, 0.0, 0.0
    net = sum(signed_usd)
    gross = sum(abs(usd) for usd in signed_usd)
    return net, gross, net / (kappa * sqrt(sum(usd * usd for usd in signed_usd)))


def _sweeps(
    sweep: ParentAggregator, push: list[tuple[str, int, int, float, float]]
) -> list[Parent]:
    """Put one push through `sweep` in trade-id order; the parents that ended."""
    if len(push) > 1 and all(print_[0].isdecimal() for print_ in push):
        push = sorted(push, key=lambda print_: int(print_[0]))
    ended = (sweep.add(ts, sign, price, size) for _, ts, sign, price, size in push)
    return [parent for parent in ended if parent is not None]
