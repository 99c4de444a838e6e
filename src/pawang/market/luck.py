"""What luck alone would have done with a plan in this very market (signals.md 7.4).

The closed form knows one volatility; markets cluster theirs, so with a time stop it promises too
much. Here the coin's own last days of one-minute bars are cut into blocks, the blocks whose range
is nearest to today's are drawn in random order, and the plan is walked along them: from both
sides, so that the week's trend is nobody's skill. The stop goes first where one bar touches both.
Chance comes in as a seed.
"""

from collections.abc import Sequence
from math import ceil
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pawang.model.codec import Record

PATHS = 2_000
BLOCK_MIN = 30  # minutes: long enough to keep a cluster, short enough to have many
NEAREST = 0.25  # the share of blocks whose range is most like today's

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]


class Chances(Record):
    """Of touching each target before the stop within the horizon; the rest is undecided."""

    targets: tuple[float, ...]  # TP1, TP2: with the stop where it was
    stop: float  # before the first target
    undecided: float  # neither the stop nor the first target


class Bars(NamedTuple):
    """One-minute bars, oldest first, as logarithms against the close before; `known` where a bar
    and the close before it are: no block is drawn over a hole."""

    high: Floats
    low: Floats
    close: Floats
    known: Flags

    @classmethod
    def of(cls, high: Floats, low: Floats, close: Floats, known: Flags | None = None) -> "Bars":
        assert len(high) == len(low) == len(close) > BLOCK_MIN, "at least one block of bars"
        known = np.ones(len(high), dtype=np.bool_) if known is None else known
        high, low, close = (np.where(known, prices, 1.0) for prices in (high, low, close))
        assert bool((low <= high).all()), "a bar's low is not above its high"
        before = np.log(close[:-1])
        return cls(
            high=np.log(high[1:]) - before,
            low=np.log(low[1:]) - before,
            close=np.log(close[1:]) - before,
            known=known[1:] & known[:-1],
        )

    @property
    def minutes(self) -> int:
        """How many of them are known."""
        return int(self.known.sum())

    @property
    def begins(self) -> Places:
        """Where a block may begin: all its bars are known."""
        holes = np.concatenate(([0], np.cumsum(~self.known)))
        begins: Places = np.flatnonzero(holes[BLOCK_MIN:] == holes[:-BLOCK_MIN])
        return begins

    def range_pct(self, minutes: int) -> float | None:
        """The mean range of the newest `minutes` bars, percent; None unless half of them are
        known and something moved."""
        known = self.known[-minutes:]
        if known.sum() < minutes / 2:
            return None
        ranges = (self.high - self.low)[-minutes:][known]
        return float(ranges.mean()) * 100 or None


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


def table(
    bars: Bars,
    stops_pct: Sequence[float],
    target_pcts: Sequence[float],
    horizon_min: int,
    range_pct: float,
    seed: int,
) -> Floats:
    """`chances` of many geometries on the same paths: a row a stop, a column a target."""
    high, low = _paths(bars, horizon_min, range_pct, seed)
    stopped = np.stack([_first(low <= np.log1p(-pct / 100)) for pct in stops_pct])
    hits = np.stack([_first(high >= np.log1p(pct / 100)) for pct in target_pcts])
    found: Floats = (hits[None, :, :] < stopped[:, None, :]).mean(axis=2)
    return found


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


def _like_today(bars: Bars, range_pct: float) -> Places:
    """Where the blocks begin whose mean bar range is nearest to today's."""
    begins = bars.begins
    assert len(begins) > 0, "at least one whole block"
    ranges = np.convolve(bars.high - bars.low, np.full(BLOCK_MIN, 1 / BLOCK_MIN), "valid")[begins]
    away = np.abs(np.log(np.maximum(ranges, 1e-12) / (range_pct / 100)))
    nearest: Places = np.argsort(away, kind="stable")
    return begins[np.sort(nearest[: ceil(NEAREST * len(ranges))])]


def _first(touched: Flags) -> Places:
    """The first bar of each path that touches; the horizon itself where none does."""
    first: Places = np.where(touched.any(axis=1), touched.argmax(axis=1), touched.shape[1])
    return first
