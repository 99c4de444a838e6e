"""Taker flow: parents and prints of the last hour, and the windows `[ts - W, ts)` over them.

signals.md 1.3. What happened at or after `ts` may be folded already when a window is asked for:
it is left out. Whale sums are those that `defences` leaves, z is divided by the coin's own `kappa`,
and the takers' sums are raw. Beside them: net flow of the medium parents (p90 to p99, by their last
print), whose bounds are drawn anew each full hour from the `census` of seven days.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence

import numpy as np

from pawang.market.census import Census
from pawang.market.defences import (
    Kept,
    Liquidations,
    Weighed,
    count,
    over,
    weigh,
    went_against,
)
from pawang.market.kappa import LongMemory
from pawang.market.kernels import layout, prints
from pawang.market.mids import Mids
from pawang.market.params import MarketParams
from pawang.market.parents import Parent, ParentAggregator
from pawang.market.state import State
from pawang.model.instrument import Instrument
from pawang.model.refs import DAY, HOUR, MILLISECOND, SECOND
from pawang.model.view import FlowWindow

PRINTS_MAX, PRINTS_TRIM = layout.RING_MAX, layout.RING_TRIM
PARENTS_MAX = 20_000
"""Parents above the smallest theta; 2,300 an hour were measured on BTC in a busy hour."""
GAPS_MAX = 256
LATE = 120 * SECOND
"""A window may be asked for this long after its end."""
SETTLED = 2 * SECOND
"""A window for kappa is read so long after its end: its sweeps are whole by then."""


class AllPrints:
    """All prints of the last hour in time order: time and signed USD, 16 bytes each.

    The fold's kernels put them into `state`; beyond `PRINTS_MAX` the oldest go and their windows
    are void.
    """

    __slots__ = ("_ints", "_times", "_usd")

    def __init__(self, state: State, horizon: int) -> None:
        self._ints = state.ints
        self._ints[layout.HORIZON] = horizon
        room = layout.RING_ROOM
        self._times = state.ints[layout.RING_TIMES : layout.RING_TIMES + room]
        self._usd = state.section(layout.RING_USD, room)

    @property
    def complete_from(self) -> int:
        return int(self._ints[layout.RING_COMPLETE])

    def sums(self, ts_from: int, ts_to: int) -> tuple[float, float]:
        """Net and gross USD of the prints in `[ts_from, ts_to)`."""
        begun, ended = self._ints[layout.RING_FIRST], self._ints[layout.RING_LAST]
        first, last = np.searchsorted(self._times[begun:ended], (ts_from, ts_to))
        if first >= last:
            return 0.0, 0.0
        usd = self._usd[begun + first : begun + last]
        return float(usd.sum()), float(np.abs(usd).sum())


class Prints:
    """Some prints, or what counts like one, in time order: time and signed USD, 16 bytes each."""

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
    """One coin's flow. Prints, pushes and sweeps are the kernels' (`kernels.prints`); what they
    end comes here."""

    def __init__(self, instrument: Instrument, params: MarketParams, state: State) -> None:
        self._params = params
        self._state = state
        self._horizon = max(params.windows_s) * SECOND + LATE
        self.prints = AllPrints(state, self._horizon)
        self.mids = Mids(state)
        self.census = Census(_lot(instrument))
        self._tick = float(instrument.tick_size)
        # A whale's twin may be a little smaller than the smallest whale.
        self._least_usd = params.theta_usd_min * (1.0 - params.pair_share)
        self._parents: deque[Kept] = deque()
        self._parents_from = 0
        self._unjudged: deque[Kept] = deque(maxlen=PARENTS_MAX)
        self._liquidations = Liquidations(self._horizon)
        self._memories = {span: LongMemory(params) for span in params.windows_s}
        self._closed: dict[int, int] = {}  # window length -> end of the last one kappa has seen
        self._medium = Prints(self._horizon)
        self._medium_usd: tuple[float, float] | None = None
        self._medium_from = 0  # since when the bounds are known
        self._medium_hour: int | None = None
        state.ints[layout.SWEEP_GAP] = params.parent_gap_ms * MILLISECOND
        state.ints[layout.SWEEP_CAP] = params.parent_cap_ms * MILLISECOND
        state.floats[layout.SWEEP_LARGE] = self._least_usd
        self._gaps: deque[tuple[int, int]] = deque(maxlen=GAPS_MAX)
        self._lost_at: int | None = None
        self._cvd: dict[int, float] = {}  # UTC day -> sum, today's and the day's before
        self.ts_first: int | None = None

    def relist(self, instrument: Instrument) -> None:
        """The venue changed the listing (A23)."""
        self._tick = float(instrument.tick_size)
        self.census.relist(_lot(instrument))

    # Folding.

    def opens(self, ts: int) -> None:
        """A print of `ts` is about to be folded, the first in a while or of its day."""
        ints, floats = self._state.ints, self._state.floats
        if self.ts_first is None:
            self.ts_first = ts
        if self._lost_at is not None:
            self._gaps.append((self._lost_at, max(ts, self._lost_at + 1)))
            self._lost_at = None
        ints[layout.FLOW_LOST] = 0
        day = ts // DAY
        if day != ints[layout.FLOW_DAY]:
            self._close_day()
            ints[layout.FLOW_DAY] = day
            floats[layout.CVD] = self._cvd.get(day, 0.0)

    def _close_day(self) -> None:
        """CVD starts anew at 00:00 UTC; yesterday's stays for a slot that is still open."""
        day = int(self._state.ints[layout.FLOW_DAY])
        if day != layout.NEVER:
            self._cvd[day] = float(self._state.floats[layout.CVD])
        for old in sorted(self._cvd)[:-2]:
            del self._cvd[old]

    def lose(self, ts: int) -> None:
        """From now on prints may be missing, until the next one comes."""
        prints.end_push(self._state.ints, self._state.floats)
        prints.end_sweep(self._state.ints, self._state.floats)
        self.collect()
        self._state.ints[layout.FLOW_LOST] = 1
        if self._lost_at is None:
            self._lost_at = ts

    def collect(self) -> None:
        """Take the sweeps that ended: every parent is counted, a medium one is remembered, a
        large one is kept."""
        ints, floats = self._state.ints, self._state.floats
        many = int(ints[layout.SWEPT])
        if not many:
            return
        ints[layout.SWEPT] = 0
        t1 = ints[layout.SWEPT_T1 : layout.SWEPT_T1 + many]
        usd = floats[layout.SWEPT_USD : layout.SWEPT_USD + many]
        size = floats[layout.SWEPT_SIZE : layout.SWEPT_SIZE + many]
        # The bounds of the medium ones are drawn anew with the first parent of an hour.
        first = 0
        while first < many:
            hour = int(t1[first]) // HOUR
            if hour != self._medium_hour:
                self._draw_medium(int(t1[first]))
            others = np.flatnonzero(t1[first:] // HOUR != hour)
            last = first + int(others[0]) if len(others) else many
            self.census.count_many(t1[first:last], usd[first:last], size[first:last])
            low, high = self._medium_usd or (np.inf, np.inf)
            wanted = (usd[first:last] >= min(low, self._least_usd)).nonzero()[0] + first
            for out in wanted.tolist():
                self._take(self._swept(out), low, high)
            first = last

    def _swept(self, out: int) -> Parent:
        ints, floats = self._state.ints, self._state.floats
        return Parent(
            sign=int(ints[layout.SWEPT_SIGN + out]),
            t0=int(ints[layout.SWEPT_T0 + out]),
            t1=int(ints[layout.SWEPT_T1 + out]),
            size=float(floats[layout.SWEPT_SIZE + out]),
            notional_usd=float(floats[layout.SWEPT_USD + out]),
            prints=int(ints[layout.SWEPT_PRINTS + out]),
        )

    def _take(self, parent: Parent, low: float, high: float) -> None:
        usd = parent.notional_usd
        if low <= usd < high:
            self._medium.add(parent.t1, parent.sign * usd)
        if usd >= self._least_usd:
            self._keep(parent)

    def _keep(self, parent: Parent) -> None:
        kept, parents = Kept(parent), self._parents
        parents.append(kept)
        self._unjudged.append(kept)
        while parents[0].parent.t1 < parent.t1 - self._horizon:
            parents.popleft()
        if len(parents) > PARENTS_MAX:
            self._parents_from = parents.popleft().parent.t1 + 1
        self._judge()

    def _draw_medium(self, ts: int) -> None:
        params, day = self._params, ts // DAY
        shares = (params.medium_from, params.medium_to)
        days = params.theta_days
        drawn = self.census.quantiles(shares, day - days, day + 1, params.medium_parents_min)
        if self._medium_usd is None:
            self._medium_from = ts
        self._medium_usd = None if drawn is None else (drawn[0], drawn[1])
        self._medium_hour = ts // HOUR

    def _is_medium(self, usd: float) -> bool:
        bounds = self._medium_usd
        return bounds is not None and bounds[0] <= usd < bounds[1]

    def liquidation(self, ts: int, sign: int, size: float) -> None:
        """Somebody's position was closed by force, as a taker of this side."""
        self._liquidations.add(ts, sign, size)

    def settle(self, ts: int, theta_usd: float) -> None:
        """Once a second of book time: end the sweep that is over, judge what can be judged, close
        windows for kappa."""
        self._flush(ts - SETTLED)
        self._judge()
        for span_s, memory in self._memories.items():
            span = span_s * SECOND
            end = (ts - SETTLED) // span * span
            if end <= self._closed.get(span_s, 0):
                continue
            self._closed[span_s] = end
            first = self.ts_first
            whole = first is not None and first <= end - span and ts - end <= LATE
            if not whole or self._void(end - span, end):
                continue  # a window that nobody saw whole says nothing about the coin
            sums = count(
                _within(self._weighed(end, theta_usd, self._ahead()), end - span), self._cap
            )
            if sums.parents:
                memory.add(end, sums.z)

    def _flush(self, ts: int) -> None:
        """After a whale that nobody follows the sweep would stay open for minutes."""
        ints, floats = self._state.ints, self._state.floats
        pushed = int(ints[layout.PUSHED])
        if pushed and ints[layout.PUSH_TS + pushed - 1] <= ts:
            prints.end_push(ints, floats)
            pushed = 0
        if not pushed and ts - ints[layout.SWEEP_T1] > ints[layout.SWEEP_GAP]:
            prints.end_sweep(ints, floats)
        self.collect()

    def _judge(self) -> None:
        """The mid's ring forgets within minutes, so what it says of a parent is kept with it."""
        waiting, seen = self._unjudged, self.mids.seen
        while waiting and over(waiting[0].parent, self._params) < seen:
            kept = waiting.popleft()
            kept.against = went_against(kept.parent, self.mids, self._params)

    # Reading.

    @property
    def _cap(self) -> float:
        return self._params.parent_share_max

    def windows(self, ts: int, theta_usd: float) -> tuple[FlowWindow, ...]:
        """The flow windows that end just before `ts`. Changes nothing."""
        ahead = self._ahead()
        weighed = self._weighed(ts, theta_usd, ahead)
        return tuple(
            self._window(ts, span, theta_usd, weighed, ahead) for span in self._params.windows_s
        )

    def _ahead(self) -> list[Parent]:
        """The parents that wait for their push or their last print. Changes nothing."""
        sweep, push = self._waiting()
        ended = [sweep.add(ts, sign, price, size) for ts, sign, price, size in push]
        return [parent for parent in (*ended, sweep.open) if parent is not None]

    def _waiting(self) -> tuple[ParentAggregator, list[tuple[int, int, float, float]]]:
        """The open sweep, and the prints that wait for the rest of their push, in order."""
        ints, floats = self._state.ints, self._state.floats
        sweep = ParentAggregator(self._params.parent_gap_ms, self._params.parent_cap_ms)
        if ints[layout.SWEEP_SIGN]:
            sweep.resume(
                Parent(
                    sign=int(ints[layout.SWEEP_SIGN]),
                    t0=int(ints[layout.SWEEP_T0]),
                    t1=int(ints[layout.SWEEP_T1]),
                    size=float(floats[layout.SWEEP_SIZE]),
                    notional_usd=float(floats[layout.SWEEP_USD]),
                    prints=int(ints[layout.SWEEP_PRINTS]),
                ),
                float(floats[layout.SWEEP_PRICE]),
            )
        many = list(range(int(ints[layout.PUSHED])))
        if ints[layout.PUSH_PLAIN]:
            many.sort(key=lambda place: int(ints[layout.PUSH_IDS + place]))
        push = [
            (
                int(ints[layout.PUSH_TS + place]),
                int(floats[layout.PUSH_SIGN + place]),
                float(floats[layout.PUSH_PRICE + place]),
                float(floats[layout.PUSH_SIZE + place]),
            )
            for place in many
        ]
        return sweep, push

    def _weighed(self, ts: int, theta_usd: float, ahead: Sequence[Parent]) -> list[Weighed]:
        least = self._least_usd
        large = [Kept(parent) for parent in ahead if parent.notional_usd >= least]
        return weigh(
            [*self._parents, *large],
            self._liquidations.before(ts),
            ts,
            theta_usd,
            self._tick,
            self.mids,
            self._params,
        )

    def _window(
        self, ts: int, span_s: int, theta: float, weighed: list[Weighed], ahead: list[Parent]
    ) -> FlowWindow:
        since = ts - span_s * SECOND
        sums = count(_within(weighed, since), self._cap)
        kappa = self._memories[span_s].kappa(ts)
        taker_net, taker_gross = self.prints.sums(since, ts)
        return FlowWindow(
            window_s=span_s,
            ts_from=since,
            ts_to=ts,
            theta_usd=theta,
            parents=sums.parents,
            net_usd=sums.net_usd,
            gross_usd=sums.gross_usd,
            imbalance=sums.net_usd / sums.gross_usd if sums.gross_usd else 0.0,
            z=sums.z / kappa,
            taker_net_usd=taker_net,
            taker_gross_usd=taker_gross,
            gap=self._void(since, ts),
            kappa=kappa,
            washed_usd=sums.washed_usd,
            forced_net_usd=sums.forced_net_usd,
            medium_imbalance=self._medium_imbalance(since, ts, ahead),
        )

    def _medium_imbalance(self, since: int, ts: int, ahead: list[Parent]) -> float | None:
        """None while the bounds are unknown, or were for a part of the window; 0 if none came."""
        if self._medium_usd is None or since < max(self._medium_from, self._medium.complete_from):
            return None
        net, gross = self._medium.sums(since, ts)
        for parent in ahead:
            if since <= parent.t1 < ts and self._is_medium(parent.notional_usd):
                net += parent.sign * parent.notional_usd
                gross += parent.notional_usd
        return net / gross if gross else 0.0

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
        if day == self._state.ints[layout.FLOW_DAY]:
            return float(self._state.floats[layout.CVD]) - after
        return self._cvd.get(day, 0.0) - after

    def net_usd(self, since: int, ts: int) -> float | None:
        """Net USD of all prints in `[since, ts)`; None where not all of them are known."""
        kept_from = max(self.prints.complete_from, ts - (self._horizon - LATE))
        if self.ts_first is None or since < max(self.ts_first, kept_from) or self._void(since, ts):
            return None
        return self.prints.sums(since, ts)[0]


def _within(weighed: list[Weighed], since: int) -> list[Weighed]:
    """Those that were not over before `since`."""
    return [one for one in weighed if one.t1 >= since]


def _lot(instrument: Instrument) -> float:
    """The smallest step of a size, in coin; an inverse contract's is in USD, and serves as well."""
    return float(instrument.lot_size * instrument.contract_value * instrument.multiplier)
