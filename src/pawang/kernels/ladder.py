"""One side of an order book: prices and sizes in two rows, the best at the end.

A book is `float64[2, 2, ROOM]` (side, price or size, place) and an `int64` row that begins with
the two sides' bounds: bids from `bounds[0]` to before `bounds[1]`, asks from `bounds[2]` on. Keys
rise along a row: a bid's key is its price, an ask's is minus its price, so both are one code.

A level that comes or goes moves the shorter part of its row, towards the nearer end. In a view of
400 levels nearly all of that happens at its two ends (a level that leaves at the touch brings a
new one into view far away): 6 places are moved on average, with one end fixed it were 173.

Prices are floats: correctly rounded from the venue's text they name a price as surely as an
integer would (15 digits), whatever the tick size will be tomorrow.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from pawang.kernels.compiled import kernel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Int = Any
"""An int to who reads, an int64 or uint64 to numba, which the types of Python cannot tell."""

LEVELS_MAX = 10_000
"""A side never holds more, the farthest goes; the venue sends 400, a recording some thousands."""
ROOM = 2 * LEVELS_MAX
"""Places in a row. Memory that was never touched costs nothing, and 400 levels wander slowly."""
BIDS, ASKS = 0, 1
BOUNDS = 4
ONE = np.uint64(1)
ZERO = np.uint64(0)


def empty_book() -> tuple[Floats, Ints]:
    """A book without a level."""
    return np.empty((2, 2, ROOM)), np.zeros(BOUNDS, np.int64)


# Parts of kernels take the whole book and not a row of it: a view costs two counts of references.


@kernel()
def find(book: Floats, side: Int, start: Int, stop: Int, key: float) -> Int:
    """The first place in `[start, stop)` whose key is not below `key`, else `stop`.

    Places are unsigned everywhere: numba then leaves out what Python's negative indexes need,
    which is 2.5 times faster. Halving without an `if` leaves the processor nothing to guess.
    """
    if start == stop:
        return start
    low, size = start, stop - start
    while size > ONE:
        half = size >> ONE
        low = low + half if book[side, 0, low + half - ONE] < key else low
        size -= half
    return low + ONE if book[side, 0, low] < key else low


@kernel()
def shift_down(book: Floats, side: Int, start: Int, stop: Int) -> None:
    """What stands in `[start, stop)` moves one place towards 0."""
    for place in range(start, stop):
        book[side, 0, place - ONE] = book[side, 0, place]
    for place in range(start, stop):
        book[side, 1, place - ONE] = book[side, 1, place]


@kernel()
def shift_up(book: Floats, side: Int, start: Int, stop: Int) -> None:
    """What stands in `[start, stop)` moves one place up."""
    for back in range(stop - start):
        place = stop - back
        book[side, 0, place] = book[side, 0, place - ONE]
    for back in range(stop - start):
        place = stop - back
        book[side, 1, place] = book[side, 1, place - ONE]


@kernel()
def settle(book: Floats, bounds: Ints, side: Int, start: Int) -> None:
    """Move a whole side to begin at `start`."""
    old, stop = np.uint64(bounds[2 * side]), np.uint64(bounds[2 * side + 1])
    for step in range(stop - old):
        place = step if start < old else stop - old - ONE - step
        book[side, 0, start + place] = book[side, 0, old + place]
        book[side, 1, start + place] = book[side, 1, old + place]
    bounds[2 * side], bounds[2 * side + 1] = start, start + stop - old


@kernel()
def insert(book: Floats, bounds: Ints, side: Int, place: Int, key: float, size: float) -> None:
    """A new level at `place`; the shorter part makes room. A full side loses its farthest."""
    start, stop = np.uint64(bounds[2 * side]), np.uint64(bounds[2 * side + 1])
    if stop - start >= np.uint64(LEVELS_MAX):
        if place == start:
            return
        shift_down(book, side, start + ONE, place)
        place -= ONE
    elif place - start < stop - place:
        if start == ZERO:
            start = (np.uint64(ROOM) - stop) >> ONE
            settle(book, bounds, side, start)
            place += start
        shift_down(book, side, start, place)
        place -= ONE
        bounds[2 * side] -= 1
    else:
        if stop == np.uint64(ROOM):
            settle(book, bounds, side, start >> ONE)
            place -= start - (start >> ONE)
            stop -= start - (start >> ONE)
        shift_up(book, side, place, stop)
        bounds[2 * side + 1] += 1
    book[side, 0, place] = key
    book[side, 1, place] = size


@kernel()
def remove(book: Floats, bounds: Ints, side: Int, place: Int) -> None:
    """The level at `place` goes; the shorter part closes the gap."""
    start, stop = np.uint64(bounds[2 * side]), np.uint64(bounds[2 * side + 1])
    if place - start < stop - place:
        shift_up(book, side, start, place)
        bounds[2 * side] += 1
    else:
        shift_down(book, side, place + ONE, stop)
        bounds[2 * side + 1] -= 1


@kernel()
def find_near(book: Floats, side: Int, start: Int, stop: Int, near: Int, key: float) -> Int:
    """As `find`; `near` is a place in `[start, stop]` where the key is guessed to lie. Levels come
    sorted, so each lies near the one before: a few steps that double, and a small `find`."""
    step = np.uint64(4)
    if near < stop and book[side, 0, near] < key:
        low = near + ONE
        while low + step < stop and book[side, 0, low + step] < key:
            low += step + ONE
            step <<= ONE
        return find(book, side, low, min(low + step, stop), key)
    high = near
    while start + step < high and book[side, 0, high - step] >= key:
        high -= step
        step <<= ONE
    low = high - step if start + step < high else start
    return find(book, side, low, high, key)


@kernel()
def put(book: Floats, bounds: Ints, side: Int, near: Int, price: float, size: float) -> Int:
    """Set one level's absolute size; 0 deletes, also where nothing stood. Where it was found."""
    key = price if side == BIDS else -price
    start, stop = np.uint64(bounds[2 * side]), np.uint64(bounds[2 * side + 1])
    place = find_near(book, side, start, stop, min(max(near, start), stop), key)
    if place < stop and book[side, 0, place] == key:
        if size > 0.0:
            book[side, 1, place] = size
        else:
            remove(book, bounds, side, place)
    elif size > 0.0:
        insert(book, bounds, side, place, key, size)
    return place


@kernel("void(float64[:,:,::1], int64[::1], int64, float64[:,::1], int64, int64)")
def change(book: Floats, bounds: Ints, side: Int, rows: Floats, first: Int, last: Int) -> None:
    """Put the levels `rows[first:last]` (price, size)."""
    near = np.uint64(bounds[2 * side + 1])
    for row in range(np.uint64(first), np.uint64(last)):
        near = put(book, bounds, side, near, rows[row, 0], rows[row, 1])


@kernel("void(float64[:,:,::1], int64[::1], int64, float64[:,::1], int64, int64)")
def replace(book: Floats, bounds: Ints, side: Int, rows: Floats, first: Int, last: Int) -> None:
    """Forget the side and take these levels; best first is the fast way, any order will do."""
    sign = 1.0 if side == BIDS else -1.0
    before = np.inf
    ordered = last - first <= LEVELS_MAX
    for row in range(np.uint64(first), np.uint64(last)):
        key = sign * rows[row, 0]
        ordered = ordered and key < before and rows[row, 1] > 0.0
        before = key
    count = last - first if ordered else 0
    start = (ROOM - count) // 2
    bounds[2 * side], bounds[2 * side + 1] = start, start + count
    if not ordered:
        change(book, bounds, side, rows, first, last)
        return
    place = np.uint64(start + count)
    for row in range(np.uint64(first), np.uint64(last)):
        place -= ONE
        book[side, 0, place] = sign * rows[row, 0]
        book[side, 1, place] = rows[row, 1]


@kernel("boolean(float64[:,:,::1], int64[::1])")
def crossed(book: Floats, bounds: Ints) -> bool:
    """Whether the best bid stands at or above the best ask. An empty side crosses nothing."""
    if bounds[0] == bounds[1] or bounds[2] == bounds[3]:
        return False
    bid = book[BIDS, 0, np.uint64(bounds[1]) - ONE]
    return bool(bid >= -book[ASKS, 0, np.uint64(bounds[3]) - ONE])
