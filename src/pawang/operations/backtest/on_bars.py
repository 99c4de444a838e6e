"""Plans on recorded one-minute bars, entered by the clock: what the coin's own path does."""

from collections.abc import Callable, Sequence
from math import ceil

import numpy as np
from numpy.typing import NDArray

from pawang.learning.bootstrap import interval
from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.model.kpi import Interval
from pawang.operations.backtest.null import MAIN, chances
from pawang.operations.backtest.recordings import Bars
from pawang.signals.barriers import Exits, Fees, Floats, Ints, Label, Moves, Path, walk

APART_MAX = 0.03  # from the closed form
EVERY_BARS = 5  # an entry each cycle of the desk
BARS_END = 2 * 24 * 60  # "no time stop": nearly everything is decided within two days
TIME_STOP = 60

Sides = Callable[[Bars, Ints], NDArray[np.int64]]
"""Rows of +1 and -1 for the entries at the open of the named bars; may read bars before them."""


class OnBars(Record):
    """What entries without a signal met in one coin's recorded minutes."""

    coin: str
    exits: str
    n: int
    tp1: float
    tp1_95: Interval
    tp1_null: float
    tp2: float
    tp2_95: Interval
    tp2_null: float
    sl_first: float
    undecided: float  # part of the denominator of every rate
    judged: bool  # the closed form knows no clock: with a time stop the rates are only printed
    met: bool


EXITS = {
    "fixed stop": Exits(),
    "stop to entry": Exits(to_entry=True),
    "60 min time stop": Exits(bars_max=TIME_STOP),
}


def both_sides(_: Bars, entries: Ints) -> NDArray[np.int64]:
    """Long and short at every entry: whatever the drift of the stretch, it cancels."""
    return np.array([[1], [-1]]).repeat(len(entries), axis=1)


def on_bars(
    coin: str, markets: Sequence[Bars], exits: str, seed: int, sides: Sides = both_sides
) -> OnBars:
    """All of a coin's recordings, one after the other. BadInput where they are too short."""
    rule, parts = EXITS[exits], [_entered(bars, EXITS[exits], sides) for bars in markets]
    label = np.concatenate(parts, axis=1)
    if label.shape[1] < BARS_END // EVERY_BARS:
        raise BadInput(f"{coin}: too few one-minute bars without a hole")
    tp1, tp2 = (label >= Label.TP1_THEN_TIMEOUT).mean(axis=0), (label == Label.TP2).mean(axis=0)
    undecided = (label == Label.TIMEOUT) | (label == Label.TP1_THEN_TIMEOUT)
    null1, null2 = chances(MAIN, rule)
    # Plans live for hours and overlap: a block is as long as the longest life.
    block = ceil(BARS_END / EVERY_BARS)
    apart = max(abs(tp1.mean() - null1), abs(tp2.mean() - null2))
    return OnBars(
        coin=coin,
        exits=exits,
        n=label.size,
        tp1=float(tp1.mean()),
        tp1_95=interval(tp1.tolist(), block, seed),
        tp1_null=null1,
        tp2=float(tp2.mean()),
        tp2_95=interval(tp2.tolist(), block, seed),
        tp2_null=null2,
        sl_first=float((label == Label.SL).mean()),
        undecided=float(undecided.mean()),
        judged=rule.bars_max is None,
        met=rule.bars_max is not None or bool(apart <= APART_MAX),
    )


def _entered(bars: Bars, exits: Exits, sides: Sides) -> NDArray[np.int8]:
    """(rows of sides, entries): what became of each. No plan walks over a hole."""
    count = np.arange(len(bars.ts))
    ends = np.append(np.flatnonzero(np.diff(bars.run)), len(bars.ts) - 1)[bars.run]
    entries = np.flatnonzero((ends - count >= BARS_END) & (count % EVERY_BARS == 0))
    chosen = sides(bars, entries)
    path = _along(bars, np.tile(entries, len(chosen)), chosen.ravel())
    return walk(path, chosen.size, MAIN, exits, Fees(), BARS_END).label.reshape(chosen.shape)


def _along(bars: Bars, entries: Ints, side: Ints) -> Path:
    """Moves in percent of the entry, which is the open of its bar: that bar is walked, too."""
    entry = bars.open[entries]

    def bar(number: int, plans: Ints) -> Moves:
        at, long_, price = entries[plans] + number, side[plans] > 0, entry[plans]

        def move(for_long: Floats, for_short: Floats) -> Floats:
            up = (for_long[at] / price - 1.0) * 100.0
            down = (1.0 - for_short[at] / price) * 100.0
            return np.where(long_, up, down)

        return Moves(
            worst=move(bars.low, bars.high),
            best=move(bars.high, bars.low),
            last=move(bars.close, bars.close),
        )

    return bar
