"""Walls: buckets of resting size far above their neighbours (signals.md 5.4).

Once a second of book time the buckets within reach are counted. For each side and distance band
the median and MAD of the bucket sizes are smoothed (half-life 10 min, learned every 5 s). A bucket
far above its band is a candidate and is tracked: age, peak, what traded at it, what came back. In
one picture a wall that stays and one that lives a second look alike, so a candidate qualifies by
age.

The pull score asks: when the price comes, is the wall cancelled or eaten? Only walls that reached
the qualifying age and that the price came within 5 bp of are counted, for the band in which they
had ripened. (Prints happen at the touch: counting every wall that is cancelled from afar gives
0.85 in all bands of the recorded BTC sessions, and nothing would ever qualify.)

Simple here: sizes are seen once a second (a dip between two looks is not), "fleeing" walls and
icebergs are not told apart yet. Cost: 0.1 ms a look at 400 levels a side.
"""

from bisect import bisect_left
from dataclasses import dataclass
from statistics import median

import numpy as np

from pawang.market.book import Book
from pawang.market.grid import Grid
from pawang.market.params import MarketParams
from pawang.market.robust import MAD_TO_SIGMA
from pawang.model.market import Aggressor
from pawang.model.refs import SECOND
from pawang.model.view import Wall

BANDS_BPS = (5.0, 10.0, 25.0, 50.0, 100.0)
MAD_FLOOR = 0.05
"""Of the median: buckets of exactly equal size must not turn dust into a wall."""
TRACKS_MAX = 128
"""A side has about a hundred buckets within reach."""
WALLS_MAX = 10
"""A side, in a view."""
ENDS_ALPHA = 2.0 / (20.0 + 1.0)
"""EWMA over about the last 20 wall ends."""
STRENGTH_Z = 12.0
STRENGTH_AGE_S = 120.0

TESTED_BPS = 5.0
"""A wall the price came this near to was put to the test."""
LEARN = 5 * SECOND
"""Against a half-life of ten minutes, more often teaches nothing new."""


@dataclass(slots=True)
class Buckets:
    """One side's bucket sizes within reach, by number from `first` on; `mid` as they were seen."""

    first: int
    sizes: list[float]
    mid: float

    def size(self, bucket: int) -> float:
        place = bucket - self.first
        return self.sizes[place] if 0 <= place < len(self.sizes) else 0.0


@dataclass(slots=True)
class Band:
    """What is usual at that distance, and how walls there ended."""

    median: float | None = None
    mad: float = 0.0
    pulls: float = 0.0  # EWMA sums over ended walls
    ends: float = 0.0

    def learn(self, sizes: list[float], keep: float) -> None:
        """Blend in one look; `keep` is the weight of what was known."""
        middle = median(sizes)
        spread = median([abs(size - middle) for size in sizes])
        if self.median is None:
            self.median, self.mad = middle, spread
        else:
            self.median += (1.0 - keep) * (middle - self.median)
            self.mad += (1.0 - keep) * (spread - self.mad)

    def z(self, size: float) -> float:
        if self.median is None:
            return 0.0
        sigma = MAD_TO_SIGMA * max(self.mad, MAD_FLOOR * self.median)
        return (size - self.median) / sigma if sigma > 0.0 else 0.0

    def end(self, pulled: float) -> None:
        self.pulls = self.pulls * (1.0 - ENDS_ALPHA) + pulled
        self.ends = self.ends * (1.0 - ENDS_ALPHA) + 1.0

    @property
    def pull_score(self) -> float:
        """Mean share of lost size that was cancelled, shrunk with Beta(2, 2)."""
        return (2.0 + self.pulls) / (4.0 + self.ends)


@dataclass(slots=True)
class Track:
    """A bucket that is or was a candidate; `traded` = coins printed at it since `born`."""

    side: int
    bucket: int
    born: int
    peak: float
    size: float
    traded: float = 0.0
    traded_now: float = 0.0  # since the last look
    refilled: float = 0.0
    nearest_bps: float = float("inf")
    home: Band | None = None  # where it ripened

    def look(self, size: float, distance_bps: float) -> None:
        """One second later: what trades took and came back is a refill."""
        self.nearest_bps = min(self.nearest_bps, distance_bps)
        expected = self.size - self.traded_now
        self.refilled += min(self.traded_now, max(0.0, size - expected))
        self.traded_now = 0.0
        self.size = size
        self.peak = max(self.peak, size)

    @property
    def pulled(self) -> float:
        """Share of what it lost since its peak that was not traded away."""
        cancelled = max(0.0, self.peak - self.size - self.traded)
        return cancelled / (cancelled + self.traded)

    @property
    def refill_ratio(self) -> float:
        return self.refilled / self.traded if self.traded > 0.0 else 0.0


class Walls:
    """All walls of one coin."""

    def __init__(self, params: MarketParams) -> None:
        self._params = params
        self._bands = {side: [Band() for _ in BANDS_BPS] for side in (1, -1)}
        self._tracks: dict[tuple[int, int], Track] = {}
        self.grid: Grid | None = None
        self._learned = 0

    # Folding.

    def regrid(self, grid: Grid) -> None:
        """A new grid knows none of the old walls."""
        self.grid = grid
        self._tracks.clear()

    def trade(self, sign: int, price: float, size: float) -> None:
        """A print takes from the other side's bucket."""
        if self.grid is None or not self._tracks:
            return
        track = self._tracks.get((-sign, self.grid.bucket(-sign, price)))
        if track is not None:
            track.traded += size
            track.traded_now += size

    def look(self, ts: int, book: Book, theta_usd: float) -> None:
        """Count the buckets and move every track on; called once a second of book time."""
        assert self.grid is not None, "the caller lays the grid before the first look"
        learns = not 0 <= ts - self._learned < LEARN
        for side in (1, -1):
            buckets = self._buckets(side, book)
            if learns:
                self._learn(side, ts, buckets)
            self._move(side, ts, buckets)
            for bucket, distance, _ in self._candidates(side, buckets, theta_usd):
                key = (side, bucket)
                if key not in self._tracks and len(self._tracks) < 2 * TRACKS_MAX:
                    size = buckets.size(bucket)
                    track = Track(side, bucket, ts, peak=size, size=size, nearest_bps=distance)
                    self._tracks[key] = track
        if learns:
            self._learned = ts

    def forget(self) -> None:
        """The book was lost: nobody saw what the walls did meanwhile, so ages start anew."""
        self._tracks.clear()

    def _buckets(self, side: int, book: Book) -> Buckets:
        assert self.grid is not None
        levels, mid = book.bids if side > 0 else book.asks, book.mid
        reach = side * mid * self._params.wall_reach_bps * 1e-4
        places = levels.between(min(mid, mid - reach), max(mid, mid - reach))
        prices = np.array(levels.prices[places])
        if not prices.size:
            return Buckets(0, [], mid)
        numbers = self.grid.buckets(side, prices)
        first = int(numbers[0])
        sizes = np.bincount(numbers - first, np.array(levels.sizes[places]))
        return Buckets(first, sizes.tolist(), mid)

    def _distance_bps(self, bucket: int, mid: float) -> float:
        return abs(self._edge(bucket) - mid) / mid * 1e4

    def _band(self, side: int, distance_bps: float) -> Band:
        place = bisect_left(BANDS_BPS, distance_bps)
        return self._bands[side][min(place, len(BANDS_BPS) - 1)]

    def _learn(self, side: int, ts: int, buckets: Buckets) -> None:
        """Empty buckets say nothing: on a coarse tick most are empty."""
        elapsed_s = max(0.0, (ts - self._learned) / SECOND)
        keep = 0.5 ** (elapsed_s / self._params.wall_half_life_s)
        grouped: list[list[float]] = [[] for _ in BANDS_BPS]
        for place, size in enumerate(buckets.sizes):
            if size > 0.0:
                distance = self._distance_bps(buckets.first + place, buckets.mid)
                grouped[min(bisect_left(BANDS_BPS, distance), len(BANDS_BPS) - 1)].append(size)
        for band, sizes in zip(self._bands[side], grouped, strict=True):
            if sizes:
                band.learn(sizes, keep)

    def _move(self, side: int, ts: int, buckets: Buckets) -> None:
        """Every known track sees its bucket again; those that lost their size end."""
        ripe = self._params.wall_age_s * SECOND
        for key, track in list(self._tracks.items()):
            if track.side != side:
                continue
            distance = self._distance_bps(track.bucket, buckets.mid)
            if distance > self._params.wall_reach_bps:
                del self._tracks[key]  # out of sight is not an end
                continue
            track.look(buckets.size(track.bucket), distance)
            if track.size >= self._params.wall_hold * track.peak:
                if track.home is None and ts - track.born >= ripe:
                    track.home = self._band(side, distance)
                continue
            if track.home is not None and track.nearest_bps <= TESTED_BPS:
                track.home.end(track.pulled)
            del self._tracks[key]

    def _candidates(
        self, side: int, buckets: Buckets, theta_usd: float
    ) -> list[tuple[int, float, float]]:
        """Buckets far above their band: (bucket, distance in bps, z)."""
        least_usd = max(self._params.wall_usd_min, 0.5 * theta_usd)
        least_coins = least_usd / buckets.mid * 0.95  # a cheap sieve; the real bound follows
        found = []
        for place, size in enumerate(buckets.sizes):
            if size < least_coins:
                continue
            bucket = buckets.first + place
            distance = self._distance_bps(bucket, buckets.mid)
            z = self._band(side, distance).z(size)
            big = size * self._edge(bucket) >= least_usd
            if big and z >= self._params.wall_z and distance <= self._params.wall_reach_bps:
                found.append((bucket, distance, z))
        return found

    def _edge(self, bucket: int) -> float:
        assert self.grid is not None
        return self.grid.edge(bucket)

    # Reading.

    def born(self, side: int, bucket: int) -> int | None:
        """Since when that bucket has been a wall, None if it is none."""
        track = self._tracks.get((side, bucket))
        return None if track is None else track.born

    def view(self, ts: int, book: Book, theta_usd: float) -> tuple[Wall, ...]:
        """The candidates of the book as it stands, bids first, strongest first. Pure."""
        if self.grid is None or not self.grid.serves(book.mid):
            return ()
        walls: list[Wall] = []
        for side in (1, -1):
            buckets = self._buckets(side, book)
            found = self._candidates(side, buckets, theta_usd)
            seen = [self._wall(side, ts, buckets.size(one[0]), *one) for one in found]
            seen.sort(key=lambda wall: (-wall.strength, wall.distance_bps))
            walls.extend(seen[:WALLS_MAX])
        return tuple(walls)

    def _wall(
        self, side: int, ts: int, size: float, bucket: int, distance_bps: float, z: float
    ) -> Wall:
        params = self._params
        track = self._tracks.get((side, bucket)) or Track(side, bucket, ts, peak=size, size=size)
        held = size >= params.wall_hold * track.peak
        age_s = max(0.0, (ts - track.born) / SECOND) if held else 0.0
        pull = self._band(side, distance_bps).pull_score
        price = self._edge(bucket)
        strength = (
            min(1.0, z / STRENGTH_Z)
            * min(1.0, age_s / STRENGTH_AGE_S)
            * (1.0 - pull)
            * (1.0 + 0.5 * min(1.0, track.refill_ratio))
        )
        return Wall(
            side=Aggressor.BUY if side > 0 else Aggressor.SELL,
            price=price,
            size=size,
            notional_usd=size * price,
            distance_bps=distance_bps,
            z=z,
            age_s=age_s,
            peak=max(track.peak, size),
            pull_score=pull,
            strength=min(1.0, strength),
            qualified=age_s >= params.wall_age_s and pull <= params.wall_pull_max,
        )
