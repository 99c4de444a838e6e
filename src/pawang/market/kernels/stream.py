"""A run of one coin's messages, folded up to the first that needs more than numbers.

What is rare or costs more than a message may is left to the caller: the run stops and says why, by
bits. Equal for any cut, because where it stops depends on the messages alone.
"""

import numpy as np

from pawang.kernels.compiled import kernel
from pawang.kernels.ladder import ASKS, BIDS, Int, change, replace
from pawang.market.kernel import (
    TRADED,
    TRADED_AT,
    TRADED_NOW,
    WHOLE,
    bucket_of,
    health,
    tracked,
)
from pawang.market.kernels import layout as at
from pawang.market.kernels import prints, ranks, touch
from pawang.market.kernels.cells import Floats, Ints
from pawang.market.kernels.layout import BOUGHT, NEVER, SECOND

DAY, MINUTE = 86_400 * SECOND, 60 * SECOND
SPELL_SPAN = 60 * SECOND  # see `market.trust`


@kernel()
def booked(ints: Ints, floats: Floats, ts: Int, book: Floats, bounds: Ints) -> Int:
    """The book was changed or replaced; what that asks for."""
    if health(book, bounds) != WHOLE:
        return at.FELL
    ranks.ranks(ints, floats, ts, book, bounds)
    asked = at.SAMPLE if ts >= ints[at.SAMPLE_AT] else 0
    if not 0 <= ts - ints[at.LOOKED] < SECOND:
        asked |= at.LOOK
    return asked


@kernel()
def is_plain(ints: Ints, floats: Floats, ts: Int, price: float) -> bool:
    """Whether nothing need be asked before this print is believed and counted."""
    return bool(
        floats[at.BAND_LOW] <= price <= floats[at.BAND_HIGH]
        and ints[at.SPELL_HALTED] == 0
        and ints[at.FLOW_LOST] == 0
        and ts // DAY == ints[at.FLOW_DAY]
        and ts // MINUTE == ints[at.HEAT_MINUTE]
    )


@kernel()
def believed(ints: Ints, ts: Int) -> None:
    """A sane print while nothing is halted: the spell of sane ones goes on."""
    since = ints[at.SPELL_SINCE]
    if since == NEVER or ints[at.SPELL_ABSURD] or ts - ints[at.SPELL_LAST] > SPELL_SPAN:
        ints[at.SPELL_SINCE], ints[at.SPELL_ABSURD] = ts, 0
    ints[at.SPELL_LAST] = ts


@kernel()
def froze(ints: Ints, floats: Floats, ts: Int, size: float) -> bool:
    """Whether with this print more has traded than a touch that moves could stand (A22)."""
    floats[at.TOUCH_PRINTED] += size
    ints[at.TOUCH_PRINTS] += 1
    return bool(
        ints[at.TOUCH_KNOWN]
        and not ints[at.TOUCH_FROZEN]
        and ints[at.TOUCH_PRINTS] >= ints[at.FROZEN_PRINTS]
        and ts - ints[at.TOUCH_SINCE] >= ints[at.FROZEN_NS]
        and floats[at.TOUCH_PRINTED] > floats[at.TOUCH_ENOUGH]
    )


@kernel()
def taken(
    ints: Ints,
    ts: Int,
    sign: Int,
    price: float,
    size: float,
    marks: Ints,
    sizes: Floats,
    scale: Floats,
) -> None:
    """A print takes from the wall it hits."""
    if ints[at.TRACKS] == 0:
        return
    side = ASKS if sign > 0 else BIDS
    track = tracked(side, bucket_of(side, price, scale), marks, ints[at.TRACKS])
    if track >= 0:
        sizes[track, TRADED] += size
        sizes[track, TRADED_NOW] += size
        marks[track, TRADED_AT] = ts


@kernel()
def eats_guarded(ints: Ints, floats: Floats, sign: Int, price: float) -> bool:
    for guard in range(ints[at.GUARDS]):
        low, high = floats[at.GUARD_LOW + guard], floats[at.GUARD_HIGH + guard]
        if floats[at.GUARD_SIDE + guard] == sign and low <= price <= high:
            return True
    return False


@kernel()
def traded(
    head: Ints,
    number: Floats,
    verdict: Int,
    ints: Ints,
    floats: Floats,
    marks: Ints,
    sizes: Floats,
    scale: Floats,
) -> Int:
    """One print; what it asks for."""
    ts, price, size = head[at.TS], number[0], number[1]
    if verdict == at.NONE:
        if prints.again(ints, head[at.ID]):
            return 0
        if not is_plain(ints, floats, ts, price):
            return at.JUDGE
        believed(ints, ts)
    elif verdict == at.ABSURD:
        return 0
    asked = at.FROZE if froze(ints, floats, ts, size) else 0
    sign = np.int64(1) if head[at.KIND] == BOUGHT else np.int64(-1)
    if prints.flow(ints, floats, ts, head[at.RECV], head[at.ID], sign, price, size):
        asked |= at.ENDED
    taken(ints, ts, sign, price, size, marks, sizes, scale)
    if eats_guarded(ints, floats, sign, price):
        asked |= at.GUARDED
    if ts >= ints[at.LAST_TS]:
        ints[at.LAST_TS], floats[at.LAST_PRICE] = ts, price
    if not floats[at.LINE_BELOW] < price < floats[at.LINE_ABOVE]:
        asked |= at.CROSSED_LINE
    return asked


@kernel(
    "UniTuple(int64, 2)(int64[:,::1], float64[:,::1], float64[:,::1], int64, int64, int64, int64, "
    "int64[::1], float64[::1], float64[:,:,::1], int64[::1], int64[:,::1], float64[:,::1], "
    "float64[::1])"
)
def run(
    heads: Ints,
    numbers: Floats,
    rows: Floats,
    start: Int,
    stop: Int,
    until: Int,
    verdict: Int,
    ints: Ints,
    floats: Floats,
    book: Floats,
    bounds: Ints,
    marks: Ints,
    sizes: Floats,
    scale: Floats,
) -> tuple[Int, Int]:
    """Fold `heads[start:stop]`: (the place to go on from, what the caller must do first; 0: all
    was folded)."""
    for place in range(np.uint64(start), np.uint64(stop)):
        head = heads[place]
        kind, ts = head[at.KIND], head[at.TS]
        if ts >= until:
            return np.int64(place), np.int64(at.UNTIL)
        if kind == at.CHANGE:
            if not ints[at.BOOK_KNOWN]:
                continue
            change(book, bounds, BIDS, rows, head[at.BIDS_FIRST], head[at.BIDS_LAST])
            change(book, bounds, ASKS, rows, head[at.ASKS_FIRST], head[at.ASKS_LAST])
            ints[at.BOOK_TS] = max(ints[at.BOOK_TS], ts)
            asked = booked(ints, floats, ts, book, bounds)
        elif kind == at.QUOTE:
            told = numbers[place]
            asked = touch.quote(ints, floats, ts, told[0], told[1], told[2], told[3])
        elif kind == at.WHOLE:
            replace(book, bounds, BIDS, rows, head[at.BIDS_FIRST], head[at.BIDS_LAST])
            replace(book, bounds, ASKS, rows, head[at.ASKS_FIRST], head[at.ASKS_LAST])
            ints[at.BOOK_KNOWN], ints[at.BOOK_TS] = 1, ts
            asked = booked(ints, floats, ts, book, bounds)
        else:
            asked = traded(head, numbers[place], verdict, ints, floats, marks, sizes, scale)
            verdict = at.NONE
            if asked == at.JUDGE:
                return np.int64(place), np.int64(at.JUDGE)
        if asked:
            return np.int64(place) + 1, np.int64(asked)
    return np.int64(stop), np.int64(0)
