"""One best quote: order-flow imbalance, the micro-price's steps, and the mid's ring.

The laws are told in `market.ofi`, `market.microprice` and `market.mids`.
"""

import numpy as np

from pawang.kernels.compiled import kernel
from pawang.kernels.ladder import Int
from pawang.market.kernels import layout as at
from pawang.market.kernels.cells import Floats, Ints, cell
from pawang.market.kernels.layout import SECOND


@kernel("float64(float64, float64, float64, float64)")
def pressure(before: float, size_before: float, now: float, size: float) -> float:
    """One side's part of an event; an ask's price comes in negated."""
    added = size if now >= before else 0.0
    taken = size_before if now <= before else 0.0
    return added - taken


@kernel("int64(float64, float64, float64, float64, float64)")
def state_of(bid: float, bid_size: float, ask: float, ask_size: float, tick: float) -> Int:
    """Bin of the queue imbalance and spread in ticks, as one number."""
    share = ((bid_size - ask_size) / (bid_size + ask_size) + 1.0) / 2.0
    bin_: Int = min(np.int64(share * at.BINS), at.BINS - 1)
    spread: Int = np.int64(np.rint((ask - bid) / tick)) - 1
    widest: Int = min(max(spread, 0), at.SPREADS - 1)
    return widest * at.BINS + bin_


@kernel("void(int64[::1], float64[::1], float64, float64, float64, float64)")
def step(
    ints: Ints, floats: Floats, bid: float, bid_size: float, ask: float, ask_size: float
) -> None:
    """Count the step from the quote before to this one."""
    tick = floats[at.TICK]
    state = state_of(bid, bid_size, ask, ask_size, tick)
    half = np.int64(np.rint((bid + ask) / tick))
    if ints[at.STEP_KNOWN]:
        source, moved = ints[at.STEP_STATE], half - ints[at.STEP_HALF]
        if moved == 0:
            floats[at.STEPS + source * at.STATES + state] += 1.0
        else:
            # -2, -1, 1, 2 half ticks are the four moves.
            column = max(moved, -2) + 2 if moved < 0 else min(moved, 2) + 1
            floats[at.STEPS_MOVED + source * at.MOVES + column] += 1.0
            floats[at.STEPS_LANDED + source * at.STATES + state] += 1.0
    ints[at.STEP_KNOWN], ints[at.STEP_STATE], ints[at.STEP_HALF] = 1, state, half


@kernel("void(int64[::1], float64[::1], int64, float64)")
def mid(ints: Ints, floats: Floats, ts: Int, value: float) -> None:
    """The mid is this from `ts` on; not a number: unknown."""
    seen = max(ts, ints[at.MID_SEEN])
    ints[at.MID_SEEN] = seen
    count = ints[at.MIDS]
    if count and floats[at.MID_VALUES + (count - 1) % at.MIDS_MAX] == value:
        return
    place = count % at.MIDS_MAX
    ints[at.MID_TIMES + place] = seen
    floats[at.MID_VALUES + place] = value
    ints[at.MIDS] = count + 1


@kernel("int64(int64[::1], float64[::1], int64, float64, float64, float64, float64)")
def quote(
    ints: Ints, floats: Floats, ts: Int, bid: float, bid_size: float, ask: float, ask_size: float
) -> Int:
    """One quote; what it asks for, as bits. One that is crossed, locked or empty is left out."""
    if not (bid < ask and bid_size > 0.0 and ask_size > 0.0):
        ints[at.REFUSED] += 1
        return 0
    made = 0.0
    if ints[at.QUOTE_KNOWN]:
        bought = pressure(floats[at.BID], floats[at.BID_SIZE], bid, bid_size)
        made = bought - pressure(-floats[at.ASK], floats[at.ASK_SIZE], -ask, ask_size)
    else:
        # The second in which quotes (re)start is not whole.
        begun = max(ts // SECOND, ints[at.QUOTE_SECOND])
        ints[at.QUOTE_COMPLETE] = (begun + 1) * SECOND
    place = cell(ints, floats, at.QUOTE_SECOND, at.QUOTE_CELLS, at.SPAN, at.QUOTE_WIDTH, ts)
    floats[place] += made
    floats[place + 1] += (bid_size + ask_size) / 2.0
    floats[place + 2] += 1.0
    floats[at.BID], floats[at.BID_SIZE] = bid, bid_size
    floats[at.ASK], floats[at.ASK_SIZE] = ask, ask_size
    ints[at.QUOTE_KNOWN], ints[at.QUOTE_TS] = 1, ts
    if ints[at.TICKED]:
        step(ints, floats, bid, bid_size, ask, ask_size)
    ints[at.MID_QUOTED] = ts
    mid(ints, floats, ts, (bid + ask) / 2.0)
    asked = at.FIT if ts >= ints[at.FIT_AT] else 0
    second, turned = ts // SECOND, ints[at.TURN_SECOND]
    if second > turned:
        width = ints[at.TURN_STEP]
        if ints[at.TURN_GUARDED] or second // width > turned // width:
            return asked | at.TURNED
        ints[at.TURN_SECOND] = second
    return asked


@kernel("void(int64[::1], float64[::1], int64[::1], float64[:,::1])")
def quotes(ints: Ints, floats: Floats, ts: Ints, rows: Floats) -> None:
    """Any number of quotes where nobody waits for anything."""
    for row in range(len(ts)):
        quote(ints, floats, ts[row], rows[row, 0], rows[row, 1], rows[row, 2], rows[row, 3])
