"""Walls: buckets of resting size far above their neighbours (signals.md 5.4).

Once a second of book time the buckets within reach are counted. For each side and distance band
the median and MAD of the bucket sizes are smoothed (half-life 10 min, learned every 5 s). A bucket
far above its band is a candidate and is tracked: age, peak, what traded at it, what came back
within 2 s of a trade. In one picture a wall that stays and one that lives a second look alike, so
a candidate qualifies by age.

An iceberg has traded more than 1.5 times the most that was ever seen of it, and stands. A wall
flees when it leaves as the price comes and one of its size appears two buckets or more farther off
in the same second; the new one carries the count.

The pull score asks: when the price comes, is the wall cancelled or eaten? Of the last 20 walls of
a band (an EWMA), which share of what they lost was not traded away, shrunk with Beta(2, 2). Only
walls that reached the qualifying age and that the price came within 5 bp of are counted, for the
band in which they had ripened. (Prints happen at the touch: counting every wall that is cancelled
from afar gives 0.85 in all bands of the recorded BTC sessions, and nothing would ever qualify.)

Simple here: sizes are seen once a second, so a dip between two looks is not. The counting is
`kernel`'s; what it keeps is drawn there. Cost: 12 us a look at 400 levels a side.
"""

from typing import NamedTuple

import numpy as np

from pawang.kernels.ladder import ASKS, BIDS
from pawang.market import kernel
from pawang.market.book import Book
from pawang.market.grid import Grid
from pawang.market.kernel import Floats
from pawang.market.kernels.layout import TRACKS
from pawang.market.params import MarketParams
from pawang.market.state import State
from pawang.model.market import Aggressor
from pawang.model.refs import SECOND
from pawang.model.view import Wall

WALLS_MAX = 10
"""A side, in a view."""
STRENGTH_Z = 12.0
STRENGTH_AGE_S = 120.0
ICEBERG = 1.5
"""Of the most that was seen: more than that cannot have traded unless some was hidden."""
LEARN = 5 * SECOND
"""Against a half-life of ten minutes, more often teaches nothing new."""


def no_bands() -> Floats:
    """Bands of both sides that know nothing yet."""
    bands = np.zeros((2, kernel.BANDS, 5))
    bands[:, :, kernel.MEDIAN] = np.nan
    return bands


def pull_score(band: Floats) -> float:
    """EWMA share of lost size that was cancelled, as 20 ends at most, shrunk with Beta(2, 2)."""
    ends = float(band[kernel.ENDS])
    pulled = float(band[kernel.PULLS] / band[kernel.WEIGHT]) if ends else 0.0
    return (2.0 + ends * pulled) / (4.0 + ends)


class Story(NamedTuple):
    """What is known of one wall's past."""

    born: int
    peak: float
    traded: float
    refilled: float
    flees: int

    @property
    def refill_ratio(self) -> float:
        return self.refilled / self.traded if self.traded > 0.0 else 0.0


class Walls:
    """All walls of one coin."""

    def __init__(self, params: MarketParams, state: State) -> None:
        """What prints took from a track is added in `state`, by the fold's kernels."""
        self._params = params
        self._ints = state.ints
        self.grid: Grid | None = None
        self._learned = 0
        self._bands = no_bands()
        self._marks, self._sizes = state.marks, state.sizes
        self._fleeing = np.zeros((kernel.FLEEING_MAX, 3))
        self._scratch = np.zeros((2, kernel.BUCKETS_MAX))
        self._scale = state.scale

    @property
    def _tracks(self) -> int:
        return int(self._ints[TRACKS])

    # Folding.

    def regrid(self, grid: Grid) -> None:
        """A new grid knows none of the old walls."""
        self.grid = grid
        self.forget()
        params = self._params
        self._scale[:] = (
            grid.per_unit,
            grid.ticks,
            grid.tick,
            params.wall_reach_bps,
            params.wall_z,
            params.wall_age_s * SECOND,
            params.wall_hold,
            0.0,
        )

    def look(self, ts: int, book: Book, mid: float, theta_usd: float) -> None:
        """Count the buckets and move every track on; called once a second of book time."""
        assert self.grid is not None, "the caller lays the grid before the first look"
        learns = not 0 <= ts - self._learned < LEARN
        elapsed_s = max(0.0, (ts - self._learned) / SECOND)
        keep = 0.5 ** (elapsed_s / self._params.wall_half_life_s) if learns else -1.0
        self._scale[kernel.LEAST_USD] = self._least_usd(theta_usd)
        self._ints[TRACKS] = kernel.look(
            ts,
            *book.arrays,
            mid,
            keep,
            self._scale,
            self._bands,
            self._marks,
            self._sizes,
            self._tracks,
            self._scratch,
            self._fleeing,
        )
        if learns:
            self._learned = ts

    def forget(self) -> None:
        """The book was lost: nobody saw what the walls did meanwhile, so ages start anew."""
        self._ints[TRACKS] = 0

    def _least_usd(self, theta_usd: float) -> float:
        return max(self._params.wall_usd_min, 0.5 * theta_usd)

    # Reading.

    def born(self, sign: int, bucket: int) -> int | None:
        """Since when that bucket has been a wall, None if it is none."""
        track = self._track(BIDS if sign > 0 else ASKS, bucket)
        return None if track is None else int(self._marks[track, kernel.BORN])

    def _track(self, side: int, bucket: int) -> int | None:
        marks = self._marks[: self._tracks]
        found = np.flatnonzero(
            (marks[:, kernel.SIDE] == side) & (marks[:, kernel.BUCKET] == bucket)
        )
        return int(found[0]) if len(found) else None

    def view(self, ts: int, book: Book, theta_usd: float) -> tuple[Wall, ...]:
        """The candidates of the book as it stands, bids first, strongest first. Pure."""
        if self.grid is None or not self.grid.serves(book.mid):
            return ()
        scale = self._scale.copy()
        scale[kernel.LEAST_USD] = self._least_usd(theta_usd)
        walls: list[Wall] = []
        for side in (BIDS, ASKS):
            seen = [
                self._wall(side, ts, bucket, *figures)
                for bucket, figures in self._candidates(side, book, scale)
            ]
            seen.sort(key=lambda wall: (-wall.strength, wall.distance_bps))
            walls.extend(seen[:WALLS_MAX])
        return tuple(walls)

    def _candidates(
        self, side: int, book: Book, scale: Floats
    ) -> list[tuple[int, tuple[float, float, float, int]]]:
        """Buckets far above their band: (bucket, (size, distance in bps, z, band))."""
        found = np.zeros(kernel.TRACKS_MAX, np.int64)
        figures = np.zeros((kernel.TRACKS_MAX, 4))
        scratch = np.zeros((2, kernel.BUCKETS_MAX))
        many = kernel.candidates(
            *book.arrays, side, book.mid, scale, self._bands, scratch, found, figures
        )
        rows = zip(found[:many].tolist(), figures[:many].tolist(), strict=True)
        return [(bucket, (size, far, z, int(band))) for bucket, (size, far, z, band) in rows]

    def _wall(
        self, side: int, ts: int, bucket: int, size: float, distance_bps: float, z: float, band: int
    ) -> Wall:
        assert self.grid is not None
        params = self._params
        story = self._story(side, bucket, ts, size)
        peak = max(story.peak, size)
        held = size >= params.wall_hold * peak
        age_s = max(0.0, (ts - story.born) / SECOND) if held else 0.0
        pull = pull_score(self._bands[side, band])
        price = self.grid.edge(bucket)
        strength = (
            min(1.0, z / STRENGTH_Z)
            * min(1.0, age_s / STRENGTH_AGE_S)
            * (1.0 - pull)
            * (1.0 + 0.5 * min(1.0, story.refill_ratio))
        )
        return Wall(
            side=Aggressor.BUY if side == BIDS else Aggressor.SELL,
            price=price,
            size=size,
            notional_usd=size * price,
            distance_bps=distance_bps,
            z=z,
            age_s=age_s,
            peak=peak,
            pull_score=pull,
            strength=min(1.0, strength),
            qualified=age_s >= params.wall_age_s and pull <= params.wall_pull_max,
            refill_ratio=story.refill_ratio,
            iceberg=story.traded > ICEBERG * peak,
            flees=story.flees,
        )

    def _story(self, side: int, bucket: int, ts: int, size: float) -> Story:
        """Of a track; a bucket that is none yet was born now."""
        track = self._track(side, bucket)
        if track is None:
            return Story(born=ts, peak=size, traded=0.0, refilled=0.0, flees=0)
        marks, sizes = self._marks[track].tolist(), self._sizes[track].tolist()
        return Story(
            born=marks[kernel.BORN],
            peak=sizes[kernel.PEAK],
            traded=sizes[kernel.TRADED],
            refilled=sizes[kernel.REFILLED],
            flees=marks[kernel.FLEES],
        )
