"""One print: whether it was seen before, the sums by time, and the sweep it belongs to.

The laws are told in `market.flow` and `market.parents`. Ids are whole numbers; a negative one is
the digest of an id that is none, and its push is taken as it came.
"""

import numpy as np

from pawang.kernels.compiled import kernel
from pawang.kernels.ladder import Int
from pawang.market.kernels import layout as at
from pawang.market.kernels.cells import Floats, Ints
from pawang.market.kernels.layout import NEVER, PUSH_MAX, RING_TRIM, SLOTS

MIX = np.uint64(0x9E3779B9)
"""The golden ratio in 32 bits: neighbouring ids lie far apart, and no product overflows."""
LOW = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(18)  # leaves 14 bits, as many as slots


@kernel("int64(int64[::1], int64, int64)")
def slot(ints: Ints, first: Int, number: Int) -> Int:
    """Where an id lies in a generation that begins at `first`, or where it would."""
    place = np.int64((((np.uint64(number) & LOW) * MIX) & LOW) >> SHIFT)
    while ints[first + place] != NEVER and ints[first + place] != number:
        place = (place + 1) % SLOTS
    return first + place


@kernel("boolean(int64[::1], int64)")
def again(ints: Ints, number: Int) -> bool:
    """True if this id came before; it is remembered either way: the newest `IDS_MAX` at least,
    twice that at most."""
    young = at.IDS + ints[at.YOUNG] * SLOTS
    old = at.IDS + (1 - ints[at.YOUNG]) * SLOTS
    place = slot(ints, young, number)
    if ints[place] == number or ints[slot(ints, old, number)] == number:
        return True
    ints[place] = number
    ints[at.YOUNG_COUNT] += 1
    if ints[at.YOUNG_COUNT] >= at.IDS_MAX:
        for place in range(old, old + SLOTS):
            ints[place] = NEVER
        ints[at.YOUNG], ints[at.YOUNG_COUNT] = 1 - ints[at.YOUNG], 0
    return False


@kernel("void(int64[::1], float64[::1], int64, float64)")
def put_in_ring(ints: Ints, floats: Floats, ts: Int, usd: float) -> None:
    """Prints in time order; one that comes late is put where it belongs."""
    first, last = ints[at.RING_FIRST], ints[at.RING_LAST]
    if first >= 2 * RING_TRIM:
        for place in range(last - first):
            ints[at.RING_TIMES + place] = ints[at.RING_TIMES + first + place]
            floats[at.RING_USD + place] = floats[at.RING_USD + first + place]
        first, last = 0, last - first
    place = last
    while place > first and ints[at.RING_TIMES + place - 1] > ts:
        ints[at.RING_TIMES + place] = ints[at.RING_TIMES + place - 1]
        floats[at.RING_USD + place] = floats[at.RING_USD + place - 1]
        place -= 1
    ints[at.RING_TIMES + place] = ts
    floats[at.RING_USD + place] = usd
    last += 1
    many = last - first
    if many > RING_TRIM and ints[at.RING_TIMES + first + RING_TRIM] < ts - ints[at.HORIZON]:
        first += RING_TRIM
    elif many > at.RING_MAX:
        ints[at.RING_COMPLETE] = ints[at.RING_TIMES + first + RING_TRIM]
        first += RING_TRIM
    ints[at.RING_FIRST], ints[at.RING_LAST] = first, last


@kernel("void(int64[::1], float64[::1])")
def end_sweep(ints: Ints, floats: Floats) -> None:
    """What is open is over: it is handed out, and nothing joins it any more."""
    if ints[at.SWEEP_SIGN] == 0:
        return
    out = ints[at.SWEPT]
    ints[at.SWEPT_SIGN + out] = ints[at.SWEEP_SIGN]
    ints[at.SWEPT_T0 + out] = ints[at.SWEEP_T0]
    ints[at.SWEPT_T1 + out] = ints[at.SWEEP_T1]
    ints[at.SWEPT_PRINTS + out] = ints[at.SWEEP_PRINTS]
    floats[at.SWEPT_SIZE + out] = floats[at.SWEEP_SIZE]
    floats[at.SWEPT_USD + out] = floats[at.SWEEP_USD]
    ints[at.SWEPT] = out + 1
    ints[at.SWEEP_SIGN] = 0


@kernel("void(int64[::1], float64[::1], int64, int64, float64, float64)")
def sweep(ints: Ints, floats: Floats, ts: Int, sign: Int, price: float, size: float) -> None:
    """Join the open sweep, or end it and begin another."""
    t0, t1 = ints[at.SWEEP_T0], ints[at.SWEEP_T1]
    if (
        sign == ints[at.SWEEP_SIGN]
        and t0 <= ts <= t1 + ints[at.SWEEP_GAP]
        and ts - t0 <= ints[at.SWEEP_CAP]
        and (price - floats[at.SWEEP_PRICE]) * sign >= 0.0
    ):
        ints[at.SWEEP_T1] = max(t1, ts)
        ints[at.SWEEP_PRINTS] += 1
        floats[at.SWEEP_PRICE] = price
        floats[at.SWEEP_SIZE] += size
        floats[at.SWEEP_USD] += price * size
        return
    end_sweep(ints, floats)
    ints[at.SWEEP_SIGN], ints[at.SWEEP_T0], ints[at.SWEEP_T1] = sign, ts, ts
    ints[at.SWEEP_PRINTS] = 1
    floats[at.SWEEP_PRICE], floats[at.SWEEP_SIZE] = price, size
    floats[at.SWEEP_USD] = price * size


@kernel("void(int64[::1], float64[::1])")
def end_push(ints: Ints, floats: Floats) -> None:
    """The prints of one push go through the sweep, in the order of their ids if they have one."""
    many = ints[at.PUSHED]
    if ints[at.PUSH_PLAIN]:
        for place in range(1, many):
            number, ts = ints[at.PUSH_IDS + place], ints[at.PUSH_TS + place]
            sign, price = floats[at.PUSH_SIGN + place], floats[at.PUSH_PRICE + place]
            size, to = floats[at.PUSH_SIZE + place], place
            while to > 0 and ints[at.PUSH_IDS + to - 1] > number:
                ints[at.PUSH_IDS + to] = ints[at.PUSH_IDS + to - 1]
                ints[at.PUSH_TS + to] = ints[at.PUSH_TS + to - 1]
                floats[at.PUSH_SIGN + to] = floats[at.PUSH_SIGN + to - 1]
                floats[at.PUSH_PRICE + to] = floats[at.PUSH_PRICE + to - 1]
                floats[at.PUSH_SIZE + to] = floats[at.PUSH_SIZE + to - 1]
                to -= 1
            ints[at.PUSH_IDS + to], ints[at.PUSH_TS + to] = number, ts
            floats[at.PUSH_SIGN + to], floats[at.PUSH_PRICE + to] = sign, price
            floats[at.PUSH_SIZE + to] = size
    for place in range(many):
        sweep(
            ints,
            floats,
            ints[at.PUSH_TS + place],
            np.int64(floats[at.PUSH_SIGN + place]),
            floats[at.PUSH_PRICE + place],
            floats[at.PUSH_SIZE + place],
        )
    ints[at.PUSHED], ints[at.PUSH_PLAIN] = 0, 1


@kernel("boolean(int64[::1], float64[::1], int64, int64, int64, int64, float64, float64)")
def flow(
    ints: Ints,
    floats: Floats,
    ts: Int,
    recv: Int,
    number: Int,
    sign: Int,
    price: float,
    size: float,
) -> bool:
    """One print of today that is believed. True: a large sweep ended, or many did."""
    usd = sign * price * size
    put_in_ring(ints, floats, ts, usd)
    floats[at.CVD] += usd
    before = ints[at.SWEPT]
    if recv != ints[at.PUSH_RECV] or ints[at.PUSHED] >= PUSH_MAX:
        end_push(ints, floats)
        ints[at.PUSH_RECV] = recv
    pushed = ints[at.PUSHED]
    ints[at.PUSH_IDS + pushed], ints[at.PUSH_TS + pushed] = number, ts
    floats[at.PUSH_SIGN + pushed], floats[at.PUSH_PRICE + pushed] = float(sign), price
    floats[at.PUSH_SIZE + pushed] = size
    if number < 0:
        ints[at.PUSH_PLAIN] = 0
    ints[at.PUSHED] = pushed + 1
    heated = ints[at.HEATED]
    ints[at.HEAT_TS + heated] = ts
    floats[at.HEAT_PRICE + heated], floats[at.HEAT_USD + heated] = price, usd
    ints[at.HEATED] = heated + 1
    after = ints[at.SWEPT]
    large = after >= at.SWEPT_STOP or heated + 1 >= at.HEATED_MAX
    for out in range(before, after):
        large = large or floats[at.SWEPT_USD + out] >= floats[at.SWEEP_LARGE]
    return bool(large)
