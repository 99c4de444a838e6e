"""What luck alone would have done with a plan in this very market (signals.md 7.4).

The closed form knows one volatility; markets cluster theirs, so with a time stop it promises too
much. Here the coin's own last days of one-minute bars are cut into blocks, the blocks whose range
is nearest to today's are drawn in random order, and the plan is walked along them: from both
sides, so that the week's trend is nobody's skill. The stop goes first where one bar touches both.
Chance comes in as a seed.
"""

from math import ceil
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pawang.model.codec import Record

PATHS = 2_000
BLOCK_MIN = 30  # minutes: long enough to keep a cluster, short enough to have many
NEAREST = 0.25  # the share of blocks whose range is most like today's

Floats = npt.NDArray[np.float64]


class Chances(Record):
    """Of touching each target before the stop within the horizon; the rest is undecided."""

    targets: tuple[float, ...]  # TP1, TP2: with the stop where it was
    stop: float  # before the first target
    undecided: float  # neither the stop nor the first target


class Bars(NamedTuple):
    """One-minute bars, oldest first, without gaps; as logarithms against the close before."""

    high: Floats
    low: Floats
    close: Floats

    @classmethod
    def of(cls, high: Floats, low: Floats, close: Floats) -> "Bars":
        assert len(high) == len(low) == len(close) > BLOCK_MIN, "at least one block of bars"
        assert bool((low <= high).all()), "a bar's low is not above its high"
        before = np.log(close[:-1])
        return cls(
            high=np.log(high[1:]) - before,
            low=np.log(low[1:]) - before,
            close=np.log(close[1:]) - before,
        )


def chances(
    bars: Bars,
    stop_pct: float,
    target_pcts: tuple[float, ...],
    horizon_min: int,
    range_pct: float,
    seed: int,
) -> Chances:
    """No-skill chances of a plan; `range_pct` is today's mean range of a one-minute bar."""
    assert stop_pct > 0, f"not a distance: {stop_pct}"
    assert min(target_pcts) > 0, f"not distances: {target_pcts}"
    high, low = _paths(bars, horizon_min, range_pct, seed)
    stopped = _first(low <= np.log1p(-stop_pct / 100))
    hits = [_first(high >= np.log1p(pct / 100)) for pct in target_pcts]
    never = high.shape[1]
    return Chances(
        targets=tuple(float((hit < stopped).mean()) for hit in hits),
        stop=float(((stopped < never) & (stopped <= hits[0])).mean()),
        undecided=float(((stopped == never) & (hits[0] == never)).mean()),
    )


def _paths(bars: Bars, horizon_min: int, range_pct: float, seed: int) -> tuple[Floats, Floats]:
    """(highs, lows) of PATHS walks from 0, each a row of `horizon_min` bars."""
    chance = np.random.default_rng(seed)
    starts = _like_today(bars, range_pct)
    count = ceil(horizon_min / BLOCK_MIN)
    drawn = starts[chance.integers(0, len(starts), size=(PATHS, count))]
    minutes = (drawn[:, :, None] + np.arange(BLOCK_MIN)).reshape(PATHS, -1)[:, :horizon_min]
    mirrored = (np.arange(PATHS) % 2 == 1)[:, None]
    close, high, low = bars.close[minutes], bars.high[minutes], bars.low[minutes]
    close = np.where(mirrored, -close, close)
    high, low = np.where(mirrored, -low, high), np.where(mirrored, -high, low)
    before = np.cumsum(close, axis=1) - close
    return before + high, before + low


def _like_today(bars: Bars, range_pct: float) -> npt.NDArray[np.intp]:
    """Where the blocks begin whose mean bar range is nearest to today's."""
    ranges = np.convolve(bars.high - bars.low, np.full(BLOCK_MIN, 1 / BLOCK_MIN), "valid")
    away = np.abs(np.log(np.maximum(ranges, 1e-12) / (range_pct / 100)))
    nearest: npt.NDArray[np.intp] = np.argsort(away, kind="stable")
    return np.sort(nearest[: ceil(NEAREST * len(ranges))])


def _first(touched: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """The first bar of each path that touches; the horizon itself where none does."""
    first: npt.NDArray[np.intp] = np.where(
        touched.any(axis=1), touched.argmax(axis=1), touched.shape[1]
    )
    return first
