"""The past of the liquidation map: steps made of back-filled candles and open interest.

Each candle (5 min where there are some, else 1 h) is one step. Open interest is read at its two
ends, between points at most two hours apart on the straight line; where it is unknown the candle
only consumes. Without prints the volume is spread evenly from low to high, the takers' side is
unknown and the last price stands for the mark.
"""

from bisect import bisect_left
from collections.abc import Iterator

from pawang.market.candles import Bars
from pawang.market.magnets import Step, bin_of
from pawang.market.open_interest import HOLE, OpenInterestHistory, Point
from pawang.model.market import Candle
from pawang.model.refs import DAY, HOUR

SPAN = 4 * DAY
"""Older openings have lost 94 % of their place to turnover (tau = 24 h)."""


def history_steps(
    interest: OpenInterestHistory, fine: Bars, coarse: Bars, ts_to: int
) -> Iterator[Step]:
    """Steps up to `ts_to`, oldest first; none before the first open interest."""
    points = interest.points(ts_to - SPAN - HOLE, ts_to)
    if not points:
        return
    for bar in _bars(fine, coarse, max(points[0][0], ts_to - SPAN), ts_to):
        yield _step(bar, points)


def _bars(fine: Bars, coarse: Bars, ts_from: int, ts_to: int) -> list[Candle]:
    bars = fine.between(ts_from, ts_to)
    hours = {bar.ts_event // HOUR for bar in bars}
    bars += [bar for bar in coarse.between(ts_from, ts_to) if bar.ts_event // HOUR not in hours]
    return sorted(bars, key=lambda bar: bar.ts_event)


def coins_at(points: list[Point], ts: int) -> float | None:
    """Open interest at `ts` on the line between its neighbours; None in a hole or outside.

    >>> coins_at([(0, 10.0), (60, 16.0)], 20)
    12.0
    """
    place = bisect_left(points, (ts, float("-inf")))
    if place < len(points) and points[place][0] == ts:
        return points[place][1]
    if place in (0, len(points)):
        return None
    (t0, before), (t1, after) = points[place - 1], points[place]
    if t1 - t0 > HOLE:
        return None
    return before + (after - before) * (ts - t0) / (t1 - t0)


def _step(bar: Candle, points: list[Point]) -> Step:
    price = (bar.high + bar.low + bar.close) / 3.0
    first = bin_of(bar.low)
    bins = bin_of(bar.high) - first + 1
    return Step(
        ts=bar.ts_event + bar.bar,
        span=bar.bar,
        coins_before=coins_at(points, bar.ts_event),
        coins=coins_at(points, bar.ts_event + bar.bar),
        taker_imbalance=0.0,
        low=bar.low,
        high=bar.high,
        close=bar.close,
        vwap=price,
        first_bin=first,
        profile=(max(bar.volume_usd, 1.0) / bins,) * bins,
    )
