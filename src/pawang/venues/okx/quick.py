"""The texts that OKX sends nearly always, read and judged without making one Python object.

Five channels in their usual shape (okx-v5.md 9.1), byte for byte JSON without a blank: `books`,
`trades`, `mark-price`, `index-tickers`, `bbo-tbt`, one row each, of an instrument we know. For
everything else (an event, two rows, a new field, an exponent, a number of more than 15 digits, a
checksum, a gap) the answer is STRANGE and nothing has changed: the strict parser reads that frame
and `sequence` judges it. So these kernels may be narrow, but never more lenient than those.

What is accepted gives the same floats: a mantissa of at most 15 digits is exact in a float, a
power of ten up to 22 too, so one division rounds correctly (Clinger, PLDI 1990), as `float` does.

Texts come joined; after each stands one byte that belongs to none ("\\n"), which ends every loop
here. `states[k]` is instrument k's memory, `books[k]` its book (see `ladder`), in coin.
"""

import numpy as np
from numpy.typing import NDArray

from pawang.kernels.compiled import kernel
from pawang.kernels.ladder import ASKS, BIDS, BOUNDS, ONE, ZERO, change, crossed, replace

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.uint8]

# What a frame was; a row of `found` begins with it.
STRANGE, SNAPSHOT, UPDATE, KEEPALIVE, CROSSED, TRADE, MARK, INDEX, QUOTE = range(9)
CHANNELS = {
    "books": UPDATE,
    "trades": TRADE,
    "mark-price": MARK,
    "index-tickers": INDEX,
    "bbo-tbt": QUOTE,
}

# A row of `found`.
KIND, WHO, STAMP, FIRST, MIDDLE, LAST, SEQ, PREV, COUNT, BUYS = range(10)
FOUND = 10
"""`rows[FIRST:MIDDLE]` are asks, `rows[MIDDLE:LAST]` bids; SEQ of a trade is its id."""
# A row of `values`.
PRICE, SIZE = 0, 1

# A row of `states`. The first four are the bounds that `ladder` wants.
MODE, LAST_SEQ, SEEN, LINEAR, FOLLOWS, NAME_LENGTH, FAMILY_LENGTH = range(BOUNDS, BOUNDS + 7)
NAME, FAMILY, RING = 16, 80, 144
NAME_MAX = 64
REMEMBERED = 64
"""Messages; a duplicate comes at once or not at all (A07)."""
STATE = RING + 2 * REMEMBERED

LOST, STANDS, TEXTUAL = 0, 1, 2
"""Modes: no snapshot yet, a book by numbers, a book whose texts are kept for their checksum."""

DIGITS_MAX = 15  # of a mantissa; 2^53 has 16, not all of them
WHOLE_MAX = 12  # digits before the point: below the strict parser's bound of 10^12
INT_DIGITS_MAX = 18
EARLIEST_MS, LATEST_MS = 1_262_304_000_000, 4_102_444_800_000  # 2010 .. 2100, as in `fields`
COUNT_MAX = 10**9
POWERS = 10.0 ** np.arange(16)
NOWHERE = np.uint64(0)
"""A place in the text that says: not understood."""


def _literal(text: str) -> Texts:
    return np.frombuffer(text.encode(), np.uint8)


Q, COMMA, DOT, MINUS, COLON = (ord(sign) for sign in '",.-:')
OPEN, CLOSE, BRACE, END = (ord(sign) for sign in "[]{}")
DIGIT_0, DIGIT_9 = ord("0"), ord("9")
BEGIN = _literal('{"arg":{"channel":"')
BOOKS = _literal('books","instId":"')
TRADES = _literal('trades","instId":"')
MARKS = _literal('mark-price","instId":"')
INDICES = _literal('index-tickers","instId":"')
QUOTES = _literal('bbo-tbt","instId":"')
ACTION = _literal('"},"action":"')
OF_SNAPSHOT = _literal('snapshot","data":[{')
OF_UPDATE = _literal('update","data":[{')
DATA = _literal('"},"data":[{')
DONE = _literal("}]}")
ASKS_KEY, BIDS_KEY = _literal('"asks":['), _literal('"bids":[')
TS_KEY, CHECKSUM_KEY = _literal('"ts":"'), _literal('"checksum":0')
PREV_KEY, SEQ_KEY = _literal('"prevSeqId":'), _literal('"seqId":')
INST_KEY, TRADE_ID_KEY = _literal('"instId":"'), _literal('"tradeId":"')
PX_KEY, SZ_KEY, COUNT_KEY = _literal('"px":'), _literal('"sz":'), _literal('"count":"')
BUY, SELL = _literal('"side":"buy"'), _literal('"side":"sell"')
SOURCE_KEY, SWAP = _literal('"source":'), _literal('"instType":"SWAP"')
MARK_KEY, INDEX_KEY = _literal('"markPx":'), _literal('"idxPx":')
OPEN_KEY, HIGH_KEY, LOW_KEY = (_literal(f'"{key}24h":') for key in ("open", "high", "low"))
SOD0_KEY, SOD8_KEY = _literal('"sodUtc0":'), _literal('"sodUtc8":')


# Letters and numbers. Each takes the place where it should begin and gives the place after it.


@kernel()
def said(text: bytes, at: int, words: Texts) -> int:
    """Exactly these bytes."""
    for place in range(np.uint64(len(words))):
        if text[at + place] != words[place]:
            return NOWHERE
    return at + np.uint64(len(words))


@kernel()
def named(text: bytes, at: int, state: Ints, start: int, length: int) -> int:
    """A name kept in `state`, and its closing quote to come."""
    for place in range(np.uint64(length)):
        if text[at + place] != state[np.uint64(start) + place]:
            return NOWHERE
    return at + np.uint64(length)


@kernel()
def number(text: bytes, at: int) -> tuple[float, int]:
    """A quoted decimal without sign or exponent."""
    if text[at] != Q:
        return 0.0, NOWHERE
    at += ONE
    start, mantissa = at, np.int64(0)
    sign = text[at]
    while DIGIT_0 <= sign <= DIGIT_9:
        mantissa = mantissa * 10 + np.int64(sign - DIGIT_0)
        at += ONE
        sign = text[at]
    whole = at - start
    if whole == ZERO or whole > np.uint64(WHOLE_MAX):
        return 0.0, NOWHERE
    decimals = ZERO
    if sign == DOT:
        at += ONE
        start = at
        sign = text[at]
        while DIGIT_0 <= sign <= DIGIT_9:
            mantissa = mantissa * 10 + np.int64(sign - DIGIT_0)
            at += ONE
            sign = text[at]
        decimals = at - start
        if decimals == ZERO or whole + decimals > np.uint64(DIGITS_MAX):
            return 0.0, NOWHERE
    if sign != Q:
        return 0.0, NOWHERE
    return np.float64(mantissa) / POWERS[decimals], at + ONE


@kernel()
def integer(text: bytes, at: int) -> tuple[int, int]:
    """Digits, bare; no leading zero."""
    start, value = at, np.int64(0)
    sign = text[at]
    first = sign
    while DIGIT_0 <= sign <= DIGIT_9:
        value = value * 10 + np.int64(sign - DIGIT_0)
        at += ONE
        sign = text[at]
    length = at - start
    if length == ZERO or length > np.uint64(INT_DIGITS_MAX):
        return np.int64(0), NOWHERE
    if first == DIGIT_0 and length > ONE:
        return np.int64(0), NOWHERE
    return value, at


@kernel()
def stamp(text: bytes, at: int) -> tuple[int, int]:
    """Milliseconds of this century and the closing quote."""
    value, at = integer(text, at)
    if at == NOWHERE or text[at] != Q or value < EARLIEST_MS or value > LATEST_MS:
        return np.int64(0), NOWHERE
    return value, at + ONE


@kernel()
def digits(text: bytes, at: int) -> int:
    """A quoted run of digits, perhaps none: a cell that says nothing to us."""
    if text[at] != Q:
        return NOWHERE
    at += ONE
    while DIGIT_0 <= text[at] <= DIGIT_9:
        at += ONE
    return at + ONE if text[at] == Q else NOWHERE


@kernel()
def maybe_price(text: bytes, at: int) -> int:
    """A price that is not used, or "" for none."""
    if text[at] == Q and text[at + ONE] == Q:
        return at + ONE + ONE
    value, after = number(text, at)
    return after if value > 0.0 else NOWHERE


@kernel()
def levels(
    text: bytes, at: int, rows: Floats, row: int, unit: float, linear: bool
) -> tuple[int, int]:
    """Levels up to the closing bracket, into `rows` from `row` on: (next row, next place)."""
    if text[at] == CLOSE:
        return row, at + ONE
    room = np.uint64(len(rows))
    while True:
        if text[at] != OPEN or row >= room:
            return row, NOWHERE
        price, at = number(text, at + ONE)
        if at == NOWHERE or price <= 0.0 or text[at] != COMMA:
            return row, NOWHERE
        size, at = number(text, at + ONE)
        if at == NOWHERE or text[at] != COMMA:
            return row, NOWHERE
        at = digits(text, at + ONE)
        if at == NOWHERE or text[at] != COMMA:
            return row, NOWHERE
        at = digits(text, at + ONE)
        if at == NOWHERE or text[at] != CLOSE:
            return row, NOWHERE
        rows[row, 0] = price
        rows[row, 1] = size * unit if linear else size * unit / price
        row += ONE
        at += ONE
        if text[at] == CLOSE:
            return row, at + ONE
        if text[at] != COMMA:
            return row, NOWHERE
        at += ONE


# The book.


@kernel()
def book_row(
    text: bytes,
    at: int,
    rows: Floats,
    row: int,
    unit: float,
    linear: bool,
    found: Ints,
) -> int:
    """The six fields of a row of `books`, each once, in any order; behind the closing brace."""
    have = 0
    found[FIRST] = row
    while True:
        sign = text[at + ONE]
        if sign == ord("a"):
            bit, at = 1, said(text, at, ASKS_KEY)
            if at == NOWHERE:
                return NOWHERE
            if have & 2:  # asks come first in `rows`: the usual order, or not for us
                return NOWHERE
            row, at = levels(text, at, rows, row, unit, linear)
            found[MIDDLE] = row
        elif sign == ord("b"):
            bit, at = 2, said(text, at, BIDS_KEY)
            if at == NOWHERE:
                return NOWHERE
            if not have & 1:
                return NOWHERE
            row, at = levels(text, at, rows, row, unit, linear)
            found[LAST] = row
        elif sign == ord("t"):
            bit, at = 4, said(text, at, TS_KEY)
            if at == NOWHERE:
                return NOWHERE
            found[STAMP], at = stamp(text, at)
        elif sign == ord("c"):
            bit, at = 8, said(text, at, CHECKSUM_KEY)
        elif sign == ord("p"):
            bit, at = 16, said(text, at, PREV_KEY)
            if at == NOWHERE:
                return NOWHERE
            if text[at] == MINUS:
                found[PREV] = -1
                at = at + ONE + ONE if text[at + ONE] == ord("1") else NOWHERE
            else:
                found[PREV], at = integer(text, at)
        else:
            bit, at = 32, said(text, at, SEQ_KEY)
            if at == NOWHERE:
                return NOWHERE
            found[SEQ], at = integer(text, at)
        if at == NOWHERE or have & bit:
            return NOWHERE
        have |= bit
        if text[at] == END:
            return at if have == 63 else NOWHERE
        if text[at] != COMMA:
            return NOWHERE
        at += ONE


@kernel()
def fold(state: Ints, book: Floats, rows: Floats, found: Ints, snapshot: bool) -> int:
    """`BookChain.fold` for the rows that need no second thought; the kind, STRANGE for others."""
    prev, seq = found[PREV], found[SEQ]
    first, middle, last = found[FIRST], found[MIDDLE], found[LAST]
    if snapshot:
        replace(book, state, ASKS, rows, first, middle)
        replace(book, state, BIDS, rows, middle, last)
        state[MODE], state[LAST_SEQ], state[SEEN] = STANDS, seq, 0
        return CROSSED if crossed(book, state) else SNAPSHOT
    if state[MODE] != STANDS or prev != state[LAST_SEQ]:
        return STRANGE
    if seq == prev:
        if last == first:
            return KEEPALIVE
    else:
        if seq < prev:
            state[SEEN] = 0  # a legal reset: the old numbers may come again (A05)
        slot = np.uint64(RING) + np.uint64(2) * np.uint64(state[SEEN] % REMEMBERED)
        state[slot], state[slot + ONE] = prev, seq
        state[SEEN] += 1
        state[LAST_SEQ] = seq
    change(book, state, ASKS, rows, first, middle)
    change(book, state, BIDS, rows, middle, last)
    return CROSSED if crossed(book, state) else UPDATE


@kernel()
def books(
    text: bytes,
    at: int,
    stop: int,
    state: Ints,
    book: Floats,
    unit: float,
    rows: Floats,
    row: int,
    found: Ints,
) -> int:
    """A message of `books` behind its instrument; the kind."""
    at = said(text, at, ACTION)
    if at == NOWHERE:
        return STRANGE
    snapshot = text[at] == ord("s")
    at = said(text, at, OF_SNAPSHOT) if snapshot else said(text, at, OF_UPDATE)
    if at == NOWHERE:
        return STRANGE
    at = book_row(text, at, rows, row, unit, state[LINEAR] != 0, found)
    if at == NOWHERE or said(text, at, DONE) != stop:
        return STRANGE
    return fold(state, book, rows, found, snapshot)


# Prints, prices and the touch.


@kernel()
def trades(text: bytes, at: int, state: Ints, unit: float, found: Ints, values: Floats) -> int:
    """A row of `trades`; the place of its closing brace."""
    have = 0
    found[COUNT] = 1
    while True:
        sign = text[at + ONE]
        if sign == ord("i"):
            bit, at = 1, said(text, at, INST_KEY)
            if at == NOWHERE:
                return NOWHERE
            at = named(text, at, state, NAME, state[NAME_LENGTH])
            at = at + ONE if at != NOWHERE and text[at] == Q else NOWHERE
        elif sign == ord("t") and text[at + ONE + ONE] == ord("r"):
            bit, at = 2, said(text, at, TRADE_ID_KEY)
            if at == NOWHERE:
                return NOWHERE
            found[SEQ], at = integer(text, at)
            at = at + ONE if at != NOWHERE and text[at] == Q else NOWHERE
        elif sign == ord("p"):
            bit, at = 4, said(text, at, PX_KEY)
            if at == NOWHERE:
                return NOWHERE
            values[PRICE], at = number(text, at)
        elif sign == ord("s") and text[at + ONE + ONE] == ord("z"):
            bit, at = 8, said(text, at, SZ_KEY)
            if at == NOWHERE:
                return NOWHERE
            values[SIZE], at = number(text, at)
        elif sign == ord("s") and text[at + ONE + ONE] == ord("i"):
            bit, after = 16, said(text, at, BUY)
            found[BUYS] = after != NOWHERE
            at = after if after != NOWHERE else said(text, at, SELL)
        elif sign == ord("t"):
            bit, at = 32, said(text, at, TS_KEY)
            if at == NOWHERE:
                return NOWHERE
            found[STAMP], at = stamp(text, at)
        elif sign == ord("c"):
            bit, at = 64, said(text, at, COUNT_KEY)
            if at == NOWHERE:
                return NOWHERE
            found[COUNT], at = integer(text, at)
            if at == NOWHERE or not 1 <= found[COUNT] <= COUNT_MAX or text[at] != Q:
                return NOWHERE
            at += ONE
        elif sign == ord("s") and text[at + ONE + ONE] == ord("o"):
            bit, at = 128, said(text, at, SOURCE_KEY)
            if at == NOWHERE:
                return NOWHERE
            at = digits(text, at)
        else:
            bit, at = 256, said(text, at, SEQ_KEY)
            if at == NOWHERE:
                return NOWHERE
            _, at = integer(text, at)
        if at == NOWHERE or have & bit:
            return NOWHERE
        have |= bit
        if text[at] == END:
            break
        if text[at] != COMMA:
            return NOWHERE
        at += ONE
    price, size = values[PRICE], values[SIZE]
    if have & 63 != 63 or price <= 0.0 or size <= 0.0:
        return NOWHERE
    values[SIZE] = size * unit if state[LINEAR] != 0 else size * unit / price
    return at


@kernel()
def marks(text: bytes, at: int, state: Ints, found: Ints, values: Floats) -> int:
    """A row of `mark-price`; the place of its closing brace."""
    have = 0
    while True:
        if text[at + ONE] == ord("m"):
            bit, at = 1, said(text, at, MARK_KEY)
            if at == NOWHERE:
                return NOWHERE
            values[PRICE], at = number(text, at)
        elif text[at + ONE] == ord("t"):
            bit, at = 2, said(text, at, TS_KEY)
            if at == NOWHERE:
                return NOWHERE
            found[STAMP], at = stamp(text, at)
        elif text[at + np.uint64(5)] == ord("T"):
            bit, at = 4, said(text, at, SWAP)
        else:
            bit, at = 8, said(text, at, INST_KEY)
            if at == NOWHERE:
                return NOWHERE
            at = named(text, at, state, NAME, state[NAME_LENGTH])
            at = at + ONE if at != NOWHERE and text[at] == Q else NOWHERE
        if at == NOWHERE or have & bit:
            return NOWHERE
        have |= bit
        if text[at] == END:
            return at if have == 15 and values[PRICE] > 0.0 else NOWHERE
        if text[at] != COMMA:
            return NOWHERE
        at += ONE


@kernel()
def indices(text: bytes, at: int, state: Ints, found: Ints, values: Floats) -> int:
    """A row of `index-tickers`; the place of its closing brace."""
    have = 0
    while True:
        sign = text[at + ONE]
        if sign == ord("i") and text[at + ONE + ONE] == ord("d"):
            bit, at = 1, said(text, at, INDEX_KEY)
            if at == NOWHERE:
                return NOWHERE
            values[PRICE], at = number(text, at)
        elif sign == ord("t"):
            bit, at = 2, said(text, at, TS_KEY)
            if at == NOWHERE:
                return NOWHERE
            found[STAMP], at = stamp(text, at)
        elif sign == ord("i"):
            bit, at = 4, said(text, at, INST_KEY)
            if at == NOWHERE:
                return NOWHERE
            at = named(text, at, state, FAMILY, state[FAMILY_LENGTH])
            at = at + ONE if at != NOWHERE and text[at] == Q else NOWHERE
        else:
            if sign == ord("o"):
                bit, at = 8, said(text, at, OPEN_KEY)
            elif sign == ord("h"):
                bit, at = 16, said(text, at, HIGH_KEY)
            elif sign == ord("l"):
                bit, at = 32, said(text, at, LOW_KEY)
            elif text[at + np.uint64(7)] == DIGIT_0:
                bit, at = 64, said(text, at, SOD0_KEY)
            else:
                bit, at = 128, said(text, at, SOD8_KEY)
            if at == NOWHERE:
                return NOWHERE
            at = maybe_price(text, at)
        if at == NOWHERE or have & bit:
            return NOWHERE
        have |= bit
        if text[at] == END:
            return at if have & 7 == 7 and values[PRICE] > 0.0 else NOWHERE
        if text[at] != COMMA:
            return NOWHERE
        at += ONE


@kernel()
def quotes(
    text: bytes, at: int, rows: Floats, row: int, unit: float, linear: bool, found: Ints
) -> int:
    """A row of `bbo-tbt`: exactly one level a side; the place of its closing brace."""
    at = said(text, at, ASKS_KEY)
    if at == NOWHERE:
        return NOWHERE
    found[FIRST] = row
    row, at = levels(text, at, rows, row, unit, linear)
    if at == NOWHERE or row - np.uint64(found[FIRST]) != ONE or text[at] != COMMA:
        return NOWHERE
    found[MIDDLE] = row
    at = said(text, at + ONE, BIDS_KEY)
    if at == NOWHERE:
        return NOWHERE
    row, at = levels(text, at, rows, row, unit, linear)
    if at == NOWHERE or row - np.uint64(found[MIDDLE]) != ONE or text[at] != COMMA:
        return NOWHERE
    found[LAST] = row
    at = said(text, at + ONE, TS_KEY)
    if at == NOWHERE:
        return NOWHERE
    found[STAMP], at = stamp(text, at)
    if at == NOWHERE or text[at] != COMMA:
        return NOWHERE
    at = said(text, at + ONE, SEQ_KEY)
    if at == NOWHERE:
        return NOWHERE
    found[SEQ], at = integer(text, at)
    return at


# All of them.


@kernel()
def channel(text: bytes, at: int) -> tuple[int, int]:
    """(the kind a push of this channel makes, place of its instrument's name)."""
    sign = text[at]
    if sign == ord("b") and text[at + ONE] == ord("o"):
        return UPDATE, said(text, at, BOOKS)
    if sign == ord("t"):
        return TRADE, said(text, at, TRADES)
    if sign == ord("m"):
        return MARK, said(text, at, MARKS)
    if sign == ord("i"):
        return INDEX, said(text, at, INDICES)
    return QUOTE, said(text, at, QUOTES)


@kernel()
def whose(text: bytes, at: int, kind: int, states: Ints) -> tuple[int, int]:
    """(number of the instrument, place behind its name). Of a channel it does not follow: none."""
    for who in range(np.uint64(len(states))):
        state = states[who]
        if not state[FOLLOWS] >> kind & 1:
            continue
        if kind == INDEX:
            after = named(text, at, state, FAMILY, state[FAMILY_LENGTH])
        else:
            after = named(text, at, state, NAME, state[NAME_LENGTH])
        if after != NOWHERE and text[after] == Q:
            return np.int64(who), after
    return np.int64(0), NOWHERE


@kernel()
def frame(
    text: bytes,
    at: int,
    stop: int,
    states: Ints,
    books_: Floats,
    units: Floats,
    rows: Floats,
    row: int,
    found: Ints,
    values: Floats,
) -> int:
    """Read one frame; the kind. Its levels stand in `rows` from `row` on."""
    found[FIRST] = found[MIDDLE] = found[LAST] = row
    at = said(text, at, BEGIN)
    if at == NOWHERE:
        return STRANGE
    kind, at = channel(text, at)
    if at == NOWHERE:
        return STRANGE
    who, at = whose(text, at, kind, states)
    if at == NOWHERE:
        return STRANGE
    found[WHO] = who
    place = np.uint64(who)
    state, unit = states[place], units[place]
    if kind == UPDATE:
        return books(text, at, stop, state, books_[place], unit, rows, row, found)
    at = said(text, at, DATA)
    if at == NOWHERE:
        return STRANGE
    if kind == TRADE:
        at = trades(text, at, state, unit, found, values)
    elif kind == MARK:
        at = marks(text, at, state, found, values)
    elif kind == INDEX:
        at = indices(text, at, state, found, values)
    else:
        at = quotes(text, at, rows, row, unit, state[LINEAR] != 0, found)
    if at == NOWHERE or said(text, at, DONE) != stop:
        return STRANGE
    return kind


@kernel(
    "int64(Bytes(uint8, 1, 'C', readonly=True), int64[::1], int64, int64, int64[:,::1], "
    "float64[:,:,:,::1], float64[::1], float64[:,::1], int64, int64[:,::1], float64[:,::1])"
)
def read(
    text: bytes,
    stops: Ints,
    first: int,
    last: int,
    states: Ints,
    books_: Floats,
    units: Floats,
    rows: Floats,
    row: int,
    found: Ints,
    values: Floats,
) -> int:
    """Read the frames `[first, last)`, up to one that is STRANGE or a book that was crossed; the
    number of the frame that comes next then (a strange one is not done). `stops[i]` is where
    frame i ends in `text`; the next one begins a byte later."""
    at = ZERO if first == 0 else np.uint64(stops[np.uint64(first) - ONE]) + ONE
    for number_ in range(np.uint64(first), np.uint64(last)):
        stop = np.uint64(stops[number_])
        one = found[number_]
        kind = frame(
            text, at, stop, states, books_, units, rows, np.uint64(row), one, values[number_]
        )
        one[KIND] = kind
        if kind == STRANGE:
            return np.int64(number_)
        row = one[LAST]
        if kind == CROSSED:
            return np.int64(number_) + 1
        at = stop + ONE
    return last
