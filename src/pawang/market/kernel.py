"""The market's kernels: the book of one coin, and its walls once a second. Layout of a book: see
`kernels.ladder`; of tracks and bands: here."""

import numpy as np
from numpy.typing import NDArray

from pawang.kernels.compiled import kernel
from pawang.kernels.ladder import ASKS, BIDS, ONE, ZERO, Int, change, crossed, find

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WHOLE, EMPTY, CROSSED = range(3)
"""What a book is after its changes. A side without any level is a book we did not get whole."""


@kernel("int64(float64[:,:,::1], int64[::1])")
def health(book: Floats, bounds: Ints) -> Int:
    """WHOLE, EMPTY or CROSSED."""
    if bounds[0] == bounds[1] or bounds[2] == bounds[3]:
        return EMPTY
    return CROSSED if crossed(book, bounds) else WHOLE


@kernel("UniTuple(int64, 2)(float64[:,:,::1], int64[::1], float64[:,::1], int64[::1])")
def fold(book: Floats, bounds: Ints, rows: Floats, places: Ints) -> tuple[Int, Int]:
    """Apply changes one after the other: `places` holds, for each, where in `rows` its bids begin
    and end and its asks begin and end. Stops at the first after which the book is not WHOLE:
    (how many were applied, what the book is)."""
    for at in range(ZERO, np.uint64(len(places)), np.uint64(4)):
        change(book, bounds, BIDS, rows, places[at], places[at + ONE])
        two = at + np.uint64(2)
        change(book, bounds, ASKS, rows, places[two], places[two + ONE])
        state = health(book, bounds)
        if state != WHOLE:
            return np.int64(at) // 4 + 1, state
    return len(places) // 4, WHOLE


@kernel()
def within(book: Floats, bounds: Ints, side: Int, low: float, high: float) -> tuple[Int, Int]:
    """The places of a side's prices in `[low, high]`: from the first to before the second."""
    start, stop = np.uint64(bounds[2 * side]), np.uint64(bounds[2 * side + 1])
    if side == BIDS:
        return find(book, side, start, stop, low), find(
            book, side, start, stop, np.nextafter(high, np.inf)
        )
    return find(book, side, start, stop, -high), find(
        book, side, start, stop, np.nextafter(-low, np.inf)
    )


@kernel("UniTuple(float64, 2)(float64[:,:,::1], int64[::1], int64, float64, float64)")
def depth(book: Floats, bounds: Ints, side: Int, low: float, high: float) -> tuple[float, float]:
    """Coins and USD resting in `[low, high]`."""
    first, last = within(book, bounds, side, low, high)
    coins, usd = 0.0, 0.0
    for place in range(first, last):
        size = book[side, 1, place]
        coins += size
        usd += size * abs(book[side, 0, place])
    return coins, usd


@kernel("UniTuple(float64, 6)(float64[:,:,::1], int64[::1], float64)")
def survey(
    book: Floats, bounds: Ints, reach: float
) -> tuple[float, float, float, float, float, float]:
    """Of a book that is WHOLE: bid and its size, ask and its size, and the coins of either side
    within `reach` (a fraction) of the mid."""
    top_bid, top_ask = np.uint64(bounds[1]) - ONE, np.uint64(bounds[3]) - ONE
    bid, ask = book[BIDS, 0, top_bid], -book[ASKS, 0, top_ask]
    mid = (bid + ask) / 2.0
    bids, _ = depth(book, bounds, BIDS, mid * (1.0 - reach), mid)
    asks, _ = depth(book, bounds, ASKS, mid, mid * (1.0 + reach))
    return bid, book[BIDS, 1, top_bid], ask, book[ASKS, 1, top_ask], bids, asks


@kernel("UniTuple(float64, 2)(float64[:,:,::1], int64[::1], int64, float64, float64)")
def guarded(book: Floats, bounds: Ints, side: Int, low: float, high: float) -> tuple[float, float]:
    """Of a book that is WHOLE: coins in `[low, high]`, and the mid."""
    coins, _ = depth(book, bounds, side, low, high)
    bid = book[BIDS, 0, np.uint64(bounds[1]) - ONE]
    return coins, (bid - book[ASKS, 0, np.uint64(bounds[3]) - ONE]) / 2.0


@kernel(
    "Tuple((int64, int64, float64, float64))(float64[:,:,::1], int64[::1], float64[:,::1], "
    "int64[::1], int64, float64, float64)"
)
def fold_and_guard(
    book: Floats, bounds: Ints, rows: Floats, places: Ints, side: Int, low: float, high: float
) -> tuple[Int, Int, float, float]:
    """`fold`, and of a book that is WHOLE then `guarded`: a call from Python costs 0.6 us."""
    done, state = fold(book, bounds, rows, places)
    if state != WHOLE:
        return done, state, 0.0, 0.0
    size, mid = guarded(book, bounds, side, low, high)
    return done, state, size, mid


# Walls. See `walls` for what they are; the laws are there, the counting is here.

BANDS = 5
BANDS_BPS = np.array([5.0, 10.0, 25.0, 50.0, 100.0])
MAD_TO_SIGMA = 1.4826
MAD_FLOOR = 0.05
"""Of the median: buckets of exactly equal size must not turn dust into a wall."""
BUCKETS_MAX = 512
"""A side has about a hundred within reach; a width rounded to whole ticks may double that."""
TRACKS_MAX = 256
ENDS_MAX = 20
ENDS_ALPHA = 2.0 / (ENDS_MAX + 1.0)
"""EWMA over the last 20 wall ends: its weights know as much as 20 equal ones would."""
TESTED_BPS = 5.0
"""A wall the price came this near to was put to the test."""
REFILL_NS = 2_000_000_000
"""What comes back later than this after a trade is a new order, not a refill."""
FLIGHT_BUCKETS = 2
"""A wall that re-appears nearer than this was shifted, it did not flee."""
FLEEING_MAX = 32

# A row of `bands[side, band]`: what is usual there (median NaN: nothing yet), how walls ended:
# the weighted shares that were pulled, the sum of the weights, and how many ends up to 20.
MEDIAN, MAD, PULLS, WEIGHT, ENDS = range(5)
# A row of `marks`: who a track is. `home` is the band where it ripened, -1 for none yet; when it
# was last traded with, when what it owes was, and how often it fled.
SIDE, BUCKET, BORN, HOME, TRADED_AT, OWED_AT, FLEES = range(7)
# A row of `sizes`: what became of it, in coin; what trades took before the last look and has not
# come back; the nearest the mid came and how far it was at the last look, in bps.
PEAK, SIZE, TRADED, TRADED_NOW, REFILLED, OWED, NEAREST, DISTANCE = range(8)
# A row of `fleeing`: a wall that left in this look as the price came.
FLED_BUCKET, FLED_SIZE, FLED_FLEES = range(3)
# The numbers of `scale`: the grid's, and the params'.
PER_UNIT, TICKS, TICK, REACH, WALL_Z, RIPE, HOLD, LEAST_USD = range(8)


@kernel()
def bucket_of(side: Int, price: float, scale: Floats) -> Int:
    """The grid's bucket; `side` is BIDS or ASKS."""
    tick = np.int64(price * scale[PER_UNIT] + 0.5)
    ticks = np.int64(scale[TICKS])
    return -(-tick // ticks) if side == BIDS else tick // ticks


@kernel()
def distance_bps(bucket: Int, mid: float, scale: Floats) -> float:
    return float(abs(bucket * scale[TICKS] * scale[TICK] - mid) / mid * 1e4)


@kernel()
def band_of(distance: float) -> Int:
    for band in range(BANDS - 1):
        if distance <= BANDS_BPS[band]:
            return band
    return BANDS - 1


@kernel()
def buckets(
    book: Floats, bounds: Ints, side: Int, mid: float, scale: Floats, counted: Floats
) -> tuple[Int, Int]:
    """Sizes of the buckets within reach, by number from the first on: (first, how many).

    `counted` is zero outside of what was returned.
    """
    reach = mid * scale[REACH] * 1e-4
    low = mid - reach if side == BIDS else mid
    high = mid if side == BIDS else mid + reach
    start, stop = within(book, bounds, side, low, high)
    if start >= stop:
        return np.int64(0), np.int64(0)
    # Keys rise, so for asks the first place holds the highest price.
    one = bucket_of(side, abs(book[side, 0, start]), scale)
    other = bucket_of(side, abs(book[side, 0, stop - ONE]), scale)
    first = min(one, other)
    many = min(max(one, other) - first + 1, BUCKETS_MAX)
    for place in range(many):
        counted[np.uint64(place)] = 0.0
    # Prices rise, so a bucket is computed once and left when its last tick is passed.
    ticks, per_unit = np.int64(scale[TICKS]), scale[PER_UNIT]
    at, last_tick = np.int64(0), np.int64(-1)
    for step in range(stop - start):
        place = start + step if side == BIDS else stop - ONE - step
        tick = np.int64(abs(book[side, 0, place]) * per_unit + 0.5)
        if tick > last_tick:
            number = -(-tick // ticks) if side == BIDS else tick // ticks
            last_tick = number * ticks if side == BIDS else number * ticks + ticks - 1
            at = number - first
        if at < BUCKETS_MAX:
            counted[np.uint64(at)] += book[side, 1, place]
    return first, many


@kernel()
def size_in(counted: Floats, first: Int, many: Int, bucket: Int) -> float:
    place = bucket - first
    return counted[np.uint64(place)] if 0 <= place < many else 0.0


@kernel()
def median_of(values: Floats, many: Int) -> float:
    """The median of the first `many`; sorts them (a few dozen: insertion is the fastest)."""
    for place in range(1, many):
        value, to = values[np.uint64(place)], place
        while to > 0 and values[np.uint64(to - 1)] > value:
            values[np.uint64(to)] = values[np.uint64(to - 1)]
            to -= 1
        values[np.uint64(to)] = value
    middle = many // 2
    if many % 2:
        return float(values[np.uint64(middle)])
    return float((values[np.uint64(middle - 1)] + values[np.uint64(middle)]) / 2.0)


@kernel()
def learn(
    side: Int,
    first: Int,
    many: Int,
    mid: float,
    keep: float,
    scale: Floats,
    counted: Floats,
    spare: Floats,
    bands: Floats,
) -> None:
    """Blend what is usual in each band with this look; `keep` is the weight of what was known.
    Empty buckets say nothing: on a coarse tick most are empty."""
    for band in range(BANDS):
        found = 0
        for place in range(many):
            size = counted[np.uint64(place)]
            if size > 0.0 and band_of(distance_bps(first + place, mid, scale)) == band:
                spare[np.uint64(found)] = size
                found += 1
        if found == 0:
            continue
        middle = median_of(spare, found)
        for place in range(found):
            spare[np.uint64(place)] = abs(spare[np.uint64(place)] - middle)
        spread = median_of(spare, found)
        if np.isnan(bands[side, band, MEDIAN]):
            bands[side, band, MEDIAN], bands[side, band, MAD] = middle, spread
        else:
            bands[side, band, MEDIAN] += (1.0 - keep) * (middle - bands[side, band, MEDIAN])
            bands[side, band, MAD] += (1.0 - keep) * (spread - bands[side, band, MAD])


@kernel()
def z_of(side: Int, band: Int, size: float, bands: Floats) -> float:
    usual = bands[side, band, MEDIAN]
    if np.isnan(usual):
        return 0.0
    sigma = MAD_TO_SIGMA * max(bands[side, band, MAD], MAD_FLOOR * usual)
    return (size - usual) / sigma if sigma > 0.0 else 0.0


@kernel("void(float64[:,:,::1], int64, int64, float64)")
def end(bands: Floats, side: Int, band: Int, pulled: float) -> None:
    """A wall ended; `pulled` is the share of what it lost that was not traded away."""
    bands[side, band, PULLS] = bands[side, band, PULLS] * (1.0 - ENDS_ALPHA) + pulled
    bands[side, band, WEIGHT] = bands[side, band, WEIGHT] * (1.0 - ENDS_ALPHA) + 1.0
    bands[side, band, ENDS] = min(float(ENDS_MAX), bands[side, band, ENDS] + 1.0)


@kernel("void(int64, float64, int64[:,::1], float64[:,::1], int64)")
def refill(ts: Int, size: float, marks: Ints, sizes: Floats, track: Int) -> None:
    """What trades took within 2 s and is back pays the older debt first."""
    taken = sizes[track, TRADED_NOW]
    back = max(0.0, size - (sizes[track, SIZE] - taken))
    old = sizes[track, OWED] if ts - marks[track, OWED_AT] <= REFILL_NS else 0.0
    new = taken if ts - marks[track, TRADED_AT] <= REFILL_NS else 0.0
    paid = min(back, old + new)
    sizes[track, REFILLED] += paid
    if taken > 0.0:
        sizes[track, OWED] = new - max(0.0, paid - old)
        marks[track, OWED_AT] = marks[track, TRADED_AT]
    else:
        sizes[track, OWED] = old - paid
    sizes[track, TRADED_NOW] = 0.0


@kernel()
def pulled_share(size: float, sizes: Floats, track: Int) -> float:
    """Of all that a track lost, what came back included, the share that was not traded away."""
    traded = sizes[track, TRADED]
    cancelled = max(0.0, sizes[track, PEAK] - size + sizes[track, REFILLED] - traded)
    return float(cancelled / (cancelled + traded))


@kernel(
    "boolean(int64, int64, float64, float64, float64[::1], float64[:,:,::1], int64[:,::1], "
    "float64[:,::1], int64)"
)
def see(
    ts: Int,
    side: Int,
    distance: float,
    size: float,
    scale: Floats,
    bands: Floats,
    marks: Ints,
    sizes: Floats,
    track: Int,
) -> bool:
    """One track, one second later. True: it ended, and `SIZE` is what it was before."""
    sizes[track, NEAREST] = min(sizes[track, NEAREST], distance)
    refill(ts, size, marks, sizes, track)
    sizes[track, PEAK] = max(sizes[track, PEAK], size)
    if size >= scale[HOLD] * sizes[track, PEAK]:
        if marks[track, HOME] < 0 and ts - marks[track, BORN] >= np.int64(scale[RIPE]):
            marks[track, HOME] = band_of(distance)
        sizes[track, SIZE] = size
        sizes[track, DISTANCE] = distance
        return False
    home = marks[track, HOME]
    if home >= 0 and sizes[track, NEAREST] <= TESTED_BPS:
        end(bands, side, home, pulled_share(size, sizes, track))
    return True


@kernel()
def move(
    side: Int,
    ts: Int,
    first: Int,
    many: Int,
    mid: float,
    scale: Floats,
    counted: Floats,
    bands: Floats,
    marks: Ints,
    sizes: Floats,
    tracks: Int,
    fleeing: Floats,
) -> tuple[Int, Int]:
    """Every track of a side sees its bucket again; how many tracks are left, and how many of
    those that ended may be fleeing. Those that lost their size end, those out of sight are
    dropped, which is not an end."""
    kept, fled = 0, 0
    for track in range(tracks):
        gone = False
        if marks[track, SIDE] == side:
            distance = distance_bps(marks[track, BUCKET], mid, scale)
            gone = distance > scale[REACH]
            if not gone:
                size = size_in(counted, first, many, marks[track, BUCKET])
                came = distance < sizes[track, DISTANCE]
                gone = see(ts, side, distance, size, scale, bands, marks, sizes, track)
                if gone and came and fled < FLEEING_MAX:
                    fleeing[fled, FLED_BUCKET] = marks[track, BUCKET]
                    fleeing[fled, FLED_SIZE] = sizes[track, SIZE]
                    fleeing[fled, FLED_FLEES] = marks[track, FLEES]
                    fled += 1
        if gone:
            continue
        if kept != track:
            marks[kept, :] = marks[track, :]
            sizes[kept, :] = sizes[track, :]
        kept += 1
    return kept, fled


@kernel()
def flees_of(side: Int, bucket: Int, size: float, hold: float, fleeing: Floats, fled: Int) -> Int:
    """How often a new wall has fled: once more than the one of about its size that just left
    nearer to the price; 0 if none did. Nobody flees twice."""
    for place in range(fled):
        away = bucket - np.int64(fleeing[place, FLED_BUCKET])
        before = fleeing[place, FLED_SIZE]
        far = -away if side == BIDS else away
        if far >= FLIGHT_BUCKETS and hold * before <= size <= before / hold:
            fleeing[place, FLED_SIZE] = 0.0
            return np.int64(fleeing[place, FLED_FLEES]) + 1
    return np.int64(0)


@kernel()
def tracked(side: Int, bucket: Int, marks: Ints, tracks: Int) -> Int:
    """The track of a bucket, -1 for none."""
    for track in range(tracks):
        if marks[track, BUCKET] == bucket and marks[track, SIDE] == side:
            return track
    return -1


@kernel()
def is_candidate(
    side: Int, bucket: Int, size: float, mid: float, scale: Floats, bands: Floats
) -> bool:
    """Far above its band, big enough, and within reach."""
    edge = bucket * scale[TICKS] * scale[TICK]
    if size * edge < scale[LEAST_USD]:
        return False
    distance = distance_bps(bucket, mid, scale)
    z = z_of(side, band_of(distance), size, bands)
    return bool(z >= scale[WALL_Z] and distance <= scale[REACH])


@kernel(
    "int64(int64, float64[:,:,::1], int64[::1], float64, float64, float64[::1], float64[:,:,::1], "
    "int64[:,::1], float64[:,::1], int64, float64[:,::1], float64[:,::1])"
)
def look(
    ts: Int,
    book: Floats,
    bounds: Ints,
    mid: float,
    keep: float,
    scale: Floats,
    bands: Floats,
    marks: Ints,
    sizes: Floats,
    tracks: Int,
    scratch: Floats,
    fleeing: Floats,
) -> Int:
    """Count the buckets of both sides, learn (`keep` below 0: not now), move every track on, and
    begin new ones; how many there are."""
    counted, spare = scratch[0], scratch[1]
    for side in range(2):
        first, many = buckets(book, bounds, side, mid, scale, counted)
        if keep >= 0.0:
            learn(side, first, many, mid, keep, scale, counted, spare, bands)
        tracks, fled = move(
            side, ts, first, many, mid, scale, counted, bands, marks, sizes, tracks, fleeing
        )
        for place in range(many):
            size, bucket = counted[np.uint64(place)], first + place
            if tracks >= TRACKS_MAX or not is_candidate(side, bucket, size, mid, scale, bands):
                continue
            if tracked(side, bucket, marks, tracks) >= 0:
                continue
            marks[tracks, :], sizes[tracks, :] = 0, 0.0
            marks[tracks, SIDE], marks[tracks, BUCKET] = side, bucket
            marks[tracks, BORN], marks[tracks, HOME] = ts, -1
            marks[tracks, FLEES] = flees_of(side, bucket, size, scale[HOLD], fleeing, fled)
            sizes[tracks, PEAK], sizes[tracks, SIZE] = size, size
            distance = distance_bps(bucket, mid, scale)
            sizes[tracks, NEAREST] = sizes[tracks, DISTANCE] = distance
            tracks += 1
    return tracks


@kernel(
    "int64(float64[:,:,::1], int64[::1], int64, float64, float64[::1], float64[:,:,::1], "
    "float64[:,::1], int64[::1], float64[:,::1])"
)
def candidates(
    book: Floats,
    bounds: Ints,
    side: Int,
    mid: float,
    scale: Floats,
    bands: Floats,
    scratch: Floats,
    found: Ints,
    figures: Floats,
) -> Int:
    """The candidates of a side as it stands: buckets in `found`, (size, distance, z, band) in
    `figures`; how many."""
    counted = scratch[0]
    first, many = buckets(book, bounds, side, mid, scale, counted)
    count = 0
    for place in range(many):
        size, bucket = counted[np.uint64(place)], first + place
        if count >= len(found) or not is_candidate(side, bucket, size, mid, scale, bands):
            continue
        distance = distance_bps(bucket, mid, scale)
        band = band_of(distance)
        found[count] = bucket
        figures[count, 0], figures[count, 1] = size, distance
        figures[count, 2], figures[count, 3] = z_of(side, band, size, bands), band
        count += 1
    return count


# Sizes of parents. See `census`.

SIZE_BINS = 640
BINS_AN_OCTAVE = 16
"""Sizes are told apart to 4.4 %, from a dollar to 2 ** 40."""
LOTS_MIN = 100
"""Smaller parents have too few digits to be round or not."""
ROUND, COUNTED = 0, 10
"""Columns of `digits` beside those of the first digits 1 to 9."""


@kernel("void(int64[::1], int64[:,::1], int64[:,::1], int64, float64, float64)")
def count_parent(days: Ints, bins: Ints, digits: Ints, day: Int, usd: float, lots: float) -> None:
    """One parent of `day`: its size in USD, and if it is worth it its digits in lots."""
    row = day % len(days)
    if days[row] > day:
        return
    if days[row] != day:
        days[row] = day
        bins[row, :] = 0
        digits[row, :] = 0
    place = np.int64(np.log2(max(1.0, usd)) * BINS_AN_OCTAVE)
    if place >= SIZE_BINS:
        place = np.int64(SIZE_BINS - 1)
    bins[row, place] += 1
    if lots + 0.5 < LOTS_MIN:
        return
    first, power = np.int64(lots + 0.5), 1
    whole = first
    while first >= 10:
        first //= 10
        power *= 10
    digits[row, first] += 1
    digits[row, COUNTED] += 1
    if whole == first * power:
        digits[row, ROUND] += 1


@kernel("void(int64[::1], int64[:,::1], int64[:,::1], int64[::1], float64[::1], float64[::1])")
def count_parents(
    days: Ints, bins: Ints, digits: Ints, day: Ints, usd: Floats, lots: Floats
) -> None:
    """As `count_parent`, one after the other."""
    for place in range(len(day)):
        count_parent(days, bins, digits, day[place], usd[place], lots[place])
