"""The field of liquidations: money over bins of log price, laid down and read (signals.md 6.3).

A field is `float64[2, bins]`, what dies below the price and what dies above it. A *comb* says how
far from its entry a position dies: for each side its teeth (`int64[2, teeth]` steps of bins with
their sign, `float64[2, teeth]` shares), and a *veil* for what has no knowable price
(`float64[2, bins]`, from the lowest bin to the highest: the entry is the last below and the first
above). What goes under the veil is gathered first and spread once a step: it has 1,400 bins where
a comb has 16 to 40 teeth.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pawang.kernels.compiled import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Int = Any

BELOW, ABOVE = 0, 1
ZERO = np.uint64(0)
PEAKS_MAX = 20
ROOM = 1_024
"""Bins that a reading looks at, at most: within 3 % there are 120."""


@kernel(
    "float64(float64[:,::1], float64[:,::1], int64[:,::1], float64[:,::1], int64[:,::1], "
    "float64[::1], int64)"
)
def lay(
    field: Floats,
    veiled: Floats,
    steps: Ints,
    shares: Floats,
    units: Ints,
    usd: Floats,
    count: Int,
) -> float:
    """Lay units (side, bin of entry), each with its money: the teeth into `field`, the rest of
    it into `veiled` at the entry. Money that may be less than nothing takes off again. Answers
    how much fell beyond the ends."""
    bins = field.shape[1]
    beyond = 0.0
    for unit in range(count):
        side, entry, money = units[unit, 0], units[unit, 1], usd[unit]
        combed = 0.0
        for tooth in range(steps.shape[1]):
            part = money * shares[side, tooth]
            combed += part
            at = entry + steps[side, tooth]
            if 0 <= at < bins:
                field[np.uint64(side), np.uint64(at)] += part
            else:
                beyond += part
        if 0 <= entry < bins:
            veiled[np.uint64(side), np.uint64(entry)] += money - combed
        else:
            beyond += money - combed
    return beyond


@kernel("float64(float64[:,::1], float64[:,::1], float64[:,::1], int64, int64)")
def spread(field: Floats, veiled: Floats, veil: Floats, first: Int, last: Int) -> float:
    """What was gathered at entries in `[first, last)` goes where the veil says, and is gathered
    no more. Answers how much fell beyond the ends."""
    bins, far = field.shape[1], veil.shape[1]
    beyond = 0.0
    for side in range(2):
        for entry in range(first, last):
            money = veiled[side, entry]
            if money == 0.0:
                continue
            veiled[side, entry] = 0.0
            # A piece of a row with places from 0 on: 4 bins at a time instead of one.
            if side == BELOW:
                reach = min(far, entry + 1)
                row, part = field[BELOW, entry + 1 - reach : entry + 1], veil[BELOW, far - reach :]
                lost = veil[BELOW, : far - reach]
            else:
                reach = min(far, bins - entry)
                row, part = field[ABOVE, entry : entry + reach], veil[ABOVE, :reach]
                lost = veil[ABOVE, reach:]
            for place in range(ZERO, np.uint64(reach)):
                row[place] += money * part[place]
            for place in range(ZERO, np.uint64(far - reach)):
                beyond += money * lost[place]
    return beyond


@kernel()
def seen(field: Floats, at: Int, here: Int, below: float, above: float) -> float:
    """A bin as one reads it: below `here` it counts what dies there below, and so above."""
    if at < here:
        return float(field[np.uint64(BELOW), np.uint64(at)] * below)
    if at > here:
        return float(field[np.uint64(ABOVE), np.uint64(at)] * above)
    return 0.0


@kernel()
def at_share(ordered: Floats, count: Int, share: float) -> float:
    """A quantile of the first `count` values, on the line between its neighbours."""
    place = share * (count - 1)
    low = int(place)
    high = min(low + 1, count - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


@kernel()
def ranked(places: Ints, heights: Floats, found: Int, at: Int, value: float) -> Int:
    """Put a maximum in, the highest first, of equals the lower bin; how many there are now."""
    slot = found
    while slot > 0 and heights[np.uint64(slot - 1)] < value:
        heights[np.uint64(slot)] = heights[np.uint64(slot - 1)]
        places[np.uint64(slot)] = places[np.uint64(slot - 1)]
        slot -= 1
    heights[np.uint64(slot)] = value
    places[np.uint64(slot)] = at
    return found + 1


@kernel()
def merged(places: Ints, heights: Floats, found: Int, apart: Int) -> Int:
    """Leave out each that stands too near to a higher one; how many are left, PEAKS_MAX at most."""
    kept = 0
    for one in range(found):
        near = False
        for other in range(kept):
            if abs(places[np.uint64(one)] - places[np.uint64(other)]) < apart:
                near = True
        if not near and kept < PEAKS_MAX:
            places[np.uint64(kept)] = places[np.uint64(one)]
            heights[np.uint64(kept)] = heights[np.uint64(one)]
            kept += 1
    return kept


@kernel(
    "int64(float64[:,::1], int64, int64, int64, float64, float64, float64, float64, int64, "
    "float64[::1], int64[::1], float64[::1])"
)
def peaks(
    field: Floats,
    here: Int,
    first: Int,
    last: Int,
    below: float,
    above: float,
    share: float,
    factor: float,
    apart: Int,
    ordered: Floats,
    places: Ints,
    heights: Floats,
) -> Int:
    """The strongest local maxima in `[first, last)`, which lies inside the field with a bin to
    spare on both sides: their `places` and `heights`, highest first, how many by return.

    A maximum is at least the `share` quantile of what is not empty and `factor` times its median;
    of those nearer than `apart` bins to each other the higher one counts."""
    count = 0
    for at in range(first, min(last, first + ROOM)):
        value = seen(field, at, here, below, above)
        if value > 0.0:
            # Into its place among those before it: near the price they come nearly in order.
            slot = count
            while slot > 0 and ordered[np.uint64(slot - 1)] > value:
                ordered[np.uint64(slot)] = ordered[np.uint64(slot - 1)]
                slot -= 1
            ordered[np.uint64(slot)] = value
            count += 1
    if count == 0:
        return 0
    bar = max(at_share(ordered, count, share), factor * at_share(ordered, count, 0.5))
    found = 0
    for at in range(first, min(last, first + ROOM)):
        value = seen(field, at, here, below, above)
        if value < bar or value < seen(field, at - 1, here, below, above):
            continue
        if value > seen(field, at + 1, here, below, above):
            found = ranked(places, heights, found, at, value)
    return merged(places, heights, found, apart)
