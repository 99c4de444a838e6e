"""Bars in, trades out: indicators over a row of bars, and plans walked along it one at a time.

A signal is known when its bar has closed; it is filled at the price given for that bar, and the
next bar is the first that can end it. What becomes of a plan is what `signals.barriers` says of
one: the stop first where a bar holds both, the ladder of targets, the stop to the entry, the
trail, the clock. One thing more is known here, a bar's open: where it lies beyond a barrier, that
is where the plan is filled, for better or worse. (So is a runner whose trail, drawn from a bar's
best price, already lies beyond that bar's close.) A bar that ends a plan begins none.

Everything is written into rows that the caller brings; nothing is allocated.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pawang.kernels.compiled import kernel

Floats = NDArray[np.float64]
Sides = NDArray[np.int8]
Int = Any

# Columns of a trade.
ENTRY_BAR, EXIT_BAR, SIDE, LABEL, ENTRY, EXIT, GROSS, COST = range(8)
COLUMNS = 8
# Knobs, in the order of `KNOBS`: distances are in stops, shares and fees fractions.
TARGET, TARGET_NEXT, SHARE, SHARE_NEXT, TO_ENTRY, TRAIL, BARS_MAX = range(7)
FEE_ENTRY, FEE_TARGET, FEE_STOP = 7, 8, 9
KNOBS = 10
# Labels, those of signals.barriers.
TIMEOUT, SL, TP1_THEN_TIMEOUT, TP1_THEN_SL, TP1_THEN_BE, TP2 = range(6)


ONE = np.uint64(1)
ZERO = np.uint64(0)


@kernel("void(float64[::1], int64, int64, int8[::1])")
def simple_crossings(close: Floats, fast: Int, slow: Int, out: Sides) -> None:
    """1 where the mean of `fast` bars comes to stand above that of `slow` bars, -1 below."""
    quick, calm = np.uint64(fast), np.uint64(slow)
    one = other = before = 0.0
    for place in range(np.uint64(len(close))):
        one += close[place]
        other += close[place]
        if place >= quick:
            one -= close[place - quick]
        if place >= calm:
            other -= close[place - calm]
        apart = one / fast - other / slow
        out[place] = 0
        if place >= calm:
            if before <= 0.0 and apart > 0.0:
                out[place] = 1
            elif before >= 0.0 and apart < 0.0:
                out[place] = -1
        before = apart


@kernel("void(float64[::1], int64, int64, int8[::1])")
def exponential_crossings(close: Floats, fast: Int, slow: Int, out: Sides) -> None:
    """The same of exponential means, begun at the first bar and read from the `slow`-th on."""
    quick, calm = 2.0 / (fast + 1), 2.0 / (slow + 1)
    one = other = close[0] if len(close) else 0.0
    before = 0.0
    for place in range(np.uint64(len(close))):
        one += quick * (close[place] - one)
        other += calm * (close[place] - other)
        apart = one - other
        out[place] = 0
        if place >= np.uint64(slow):
            if before <= 0.0 and apart > 0.0:
                out[place] = 1
            elif before >= 0.0 and apart < 0.0:
                out[place] = -1
        before = apart


@kernel("void(float64[::1], float64[::1], float64[::1], int8[::1], int64, float64, float64[::1])")
def atr_stops(
    high: Floats,
    low: Floats,
    close: Floats,
    signal: Sides,
    length: Int,
    multiple: float,
    out: Floats,
) -> None:
    """At each signal so many ATR as a fraction of the close: Wilder's mean of the true range,
    begun at the first bar; 0 where there is no signal, and before there are `length` bars."""
    weight, mean = 1.0 / length, 0.0
    before = close[0] if len(close) else 0.0
    for place in range(np.uint64(len(close))):
        top = high[place] if high[place] > before else before
        bottom = low[place] if low[place] < before else before
        reach = top - bottom
        mean = mean + weight * (reach - mean) if place > ZERO else reach
        before = close[place]
        out[place] = 0.0
        if signal[place] != 0 and place + ONE >= np.uint64(length):
            out[place] = multiple * mean / before


@kernel("void(float64[::1], float64[::1], float64[::1], int64, int8[::1])")
def breakouts(high: Floats, low: Floats, close: Floats, length: Int, out: Sides) -> None:
    """1 where a bar closes above the highest of the `length` bars before it, -1 below the lowest.

    The highest is looked for again only when it has left the window.
    """
    top = bottom = -1
    for place in range(len(close)):
        out[place] = 0
        first = place - length
        if first < 0:
            continue
        if top < first:
            top = first
            for back in range(first, place):
                top = back if high[back] >= high[top] else top
        elif high[place - 1] >= high[top]:
            top = place - 1
        if bottom < first:
            bottom = first
            for back in range(first, place):
                bottom = back if low[back] <= low[bottom] else bottom
        elif low[place - 1] <= low[bottom]:
            bottom = place - 1
        if close[place] > high[top]:
            out[place] = 1
        elif close[place] < low[bottom]:
            out[place] = -1


@kernel(
    "int64(float64[::1], float64[::1], float64[::1], float64[::1], int8[::1], float64[::1],"
    " float64[::1], float64[::1], float64[:,::1])"
)
def trade(
    open_: Floats,
    high: Floats,
    low: Floats,
    close: Floats,
    signal: Sides,
    price: Floats,
    stop: Floats,
    knobs: Floats,
    rows: Floats,
) -> int:
    """How many trades were written. `stop` is the stop's distance as a fraction of the entry, of
    each signal; where it or the price is not above nothing, no plan is begun."""
    if len(close) < 2:
        return 0
    bars_max = np.uint64(knobs[BARS_MAX])
    count, place = ZERO, ZERO
    last, room = np.uint64(len(close)) - ONE, np.uint64(len(rows))
    while place < last and count < room:
        if signal[place] == 0 or not (stop[place] > 0.0 and price[place] > 0.0):
            place += ONE
            continue
        entry, distance, side = price[place], stop[place], float(signal[place])
        held, gross, sold = 1.0, 0.0, 0.0
        cost = knobs[FEE_ENTRY]
        label, line, peak = TIMEOUT, entry * (1.0 - side * distance), entry
        first = entry * (1.0 + side * distance * knobs[TARGET])
        second = entry * (1.0 + side * distance * knobs[TARGET_NEXT])
        bar = place
        while held > 0.0 and bar < last:
            bar += ONE
            begun = open_[bar]
            worst = low[bar] if side > 0.0 else high[bar]
            best = high[bar] if side > 0.0 else low[bar]
            if side * (worst - line) <= 0.0:
                at = begun if side * (begun - line) <= 0.0 else line
                if label == TIMEOUT:
                    label = SL
                elif label == TP1_THEN_TIMEOUT:
                    label = TP1_THEN_BE if knobs[TO_ENTRY] > 0.0 else TP1_THEN_SL
                gross += held * side * (at / entry - 1.0)
                cost += held * knobs[FEE_STOP] * at / entry
                sold += held * at
                held = 0.0
                break
            if label == TIMEOUT and side * (best - first) >= 0.0:
                at = begun if side * (begun - first) >= 0.0 else first
                label = TP1_THEN_TIMEOUT
                share = min(held, knobs[SHARE])
                gross += share * side * (at / entry - 1.0)
                cost += share * knobs[FEE_TARGET] * at / entry
                sold += share * at
                held = held - share if held - share > 1e-12 else 0.0
                if knobs[TO_ENTRY] > 0.0:
                    line = entry
                    # The bar that hit the target may hold the way back: the stop came first.
                    if held > 0.0 and side * (worst - line) <= 0.0:
                        label = TP1_THEN_BE
                        cost += held * knobs[FEE_STOP]
                        sold += held * entry
                        held = 0.0
                        break
            if label == TP1_THEN_TIMEOUT and held > 0.0 and side * (best - second) >= 0.0:
                at = begun if side * (begun - second) >= 0.0 else second
                label = TP2
                share = min(held, knobs[SHARE_NEXT]) if knobs[TRAIL] > 0.0 else held
                gross += share * side * (at / entry - 1.0)
                cost += share * knobs[FEE_TARGET] * at / entry
                sold += share * at
                held = held - share if held - share > 1e-12 else 0.0
            if label == TP2 and held > 0.0:
                # A runner's stop rises with the best price, from the next bar on.
                peak = best if side * (best - peak) > 0.0 else peak
                behind = peak - side * entry * distance * knobs[TRAIL]
                line = behind if side * (behind - line) > 0.0 else line
            if held > 0.0 and bars_max > ZERO and bar - place >= bars_max:
                break
        if held > 0.0:
            at = close[bar]
            gross += held * side * (at / entry - 1.0)
            cost += held * knobs[FEE_STOP] * at / entry
            sold += held * at
        rows[count, ENTRY_BAR], rows[count, EXIT_BAR] = place, bar
        rows[count, SIDE], rows[count, LABEL] = side, label
        rows[count, ENTRY], rows[count, EXIT] = entry, sold
        rows[count, GROSS], rows[count, COST] = gross, cost
        count += ONE
        place = bar + ONE
    return int(count)
