"""Order flow against what is usual, and plans it turns against (signals.md 5.2, 7.3).

A window's flow is told in units of the mean depth. Those of the last hours, one a window length
and none overlapping, say what is usual: z is robust against them, and there is none while they are
few. For a guarded plan the longest window is judged at every new second: flow that sells harder
than the limit is told against a long, flow that buys so hard against a short, once a plan.
"""

from math import gcd

from pawang.market.kernels.layout import TURN_GUARDED, TURN_SECOND, TURN_STEP
from pawang.market.ofi import OrderFlow
from pawang.market.params import MarketParams
from pawang.market.robust import Series
from pawang.market.state import State
from pawang.model.market import Side
from pawang.model.refs import HOUR, SECOND
from pawang.model.view import OrderFlow as OrderFlowView

GUARDS_MAX = 256
"""Plans guarded, those told of included; one is live a coin, and some shadows."""
MAD_FLOOR = 1e-3
"""Of a mean depth: in a market that stands still, nothing is unusual by a thousandth."""


class Turning:
    """One coin's flow windows; `flow` is folded by others, `turn` is told of each new second."""

    def __init__(self, flow: OrderFlow, params: MarketParams, state: State) -> None:
        """The fold's kernels stop for a second that ends a window, or that a plan waits for."""
        self._flow = flow
        self._ints = state.ints
        self._ints[TURN_STEP] = gcd(*params.flow_windows_s)
        self._params = params
        span = params.flow_span_h * HOUR
        self._usual = {width: Series(width * SECOND, span) for width in params.flow_windows_s}
        self._guards: dict[str, Side] = {}
        self._told: dict[str, Side] = {}
        self._second = -1

    # Guards.

    def guard(self, ref_id: str, side: Side) -> None:
        """Guarding a plan again changes nothing, also after it was told."""
        if ref_id not in self._told and side.sign:
            self._guards[ref_id] = side
        for kept in (self._guards, self._told):
            while len(kept) > GUARDS_MAX:
                del kept[next(iter(kept))]
        self._ints[TURN_GUARDED] = bool(self._guards)

    def release(self, ref_id: str) -> None:
        self._guards.pop(ref_id, None)
        self._told.pop(ref_id, None)
        self._ints[TURN_GUARDED] = bool(self._guards)

    # Folding.

    def turn(self, ts: int) -> list[tuple[Side, float]]:
        """A quote of `ts` was folded: the sides it now turns against, and how hard."""
        second = ts // SECOND
        if second <= self._second:
            return []
        begun, self._second = self._second, second
        self._ints[TURN_SECOND] = second
        for width, usual in self._usual.items():
            end = second // width * width
            if end > begun:
                value = self._flow.normalised(end * SECOND, width)
                if value is not None:
                    usual.put(end * SECOND - 1, value)
        return self._against(second * SECOND) if self._guards else []

    def _against(self, ts: int) -> list[tuple[Side, float]]:
        z = self._z(ts, self._params.flow_windows_s[-1])
        if z is None or abs(z) <= self._params.flow_turn_z:
            return []
        side = Side.LONG if z < 0.0 else Side.SHORT
        turned = [ref for ref, guarded in self._guards.items() if guarded is side]
        for ref in turned:
            self._told[ref] = self._guards.pop(ref)
        self._ints[TURN_GUARDED] = bool(self._guards)
        return [(side, z)] if turned else []

    def _z(self, ts: int, width: int) -> float | None:
        value = self._flow.normalised(ts, width)
        if value is None:
            return None
        params = self._params
        usual = self._usual[width].spread(ts)
        return usual.z(value, MAD_FLOOR, params.z_clip, params.flow_points_min)

    # Reading.

    def views(self, ts: int) -> tuple[OrderFlowView, ...]:
        """Of the whole seconds before `ts`; windows that are not wholly known are left out."""
        found = []
        for width in self._params.flow_windows_s:
            flow = self._flow.ofi(ts, width)
            if flow is None or self._flow.newest is None:
                continue
            found.append(
                OrderFlowView(
                    window_s=width,
                    ofi=flow,
                    normal=self._flow.normalised(ts, width),
                    z=self._z(ts, width),
                    age_s=max(0.0, (ts - self._flow.newest) / SECOND),
                )
            )
        return tuple(found)
