"""Where the fold of one coin keeps its numbers: two flat arrays: a call has few to hand over.

Names in capitals are places in `ints` or in `floats`; sections lie behind the single numbers.
"""

SECOND = 1_000_000_000
NEVER = -(1 << 62)
"""Before any time: nothing of that kind was seen yet."""
ALWAYS = 1 << 62

# Messages. A row of `heads`: what, when, when received, and either a trade's number or where in
# `rows` the bids begin and end and the asks begin and end. A row of `numbers`: price and size of a
# print, or bid, its size, ask, its size.
KIND, TS, RECV, ID = range(4)
BIDS_FIRST, BIDS_LAST, ASKS_FIRST, ASKS_LAST = range(3, 7)
HEAD = 7
NUMBERS = 4
CHANGE, WHOLE, QUOTE, BOUGHT, SOLD = range(5)

# What a run stops for, after the message it stops behind: bits.
LOOK = 1  # the book's second is over
SAMPLE = 2  # a guarded wall is due
FELL = 4  # the book is unknown from here on
TURNED = 8  # a second of quotes is over that somebody waits for
FIT = 16  # the micro-price's table is due
FROZE = 32  # the touch stands still while trades print
CROSSED_LINE = 64
GUARDED = 128  # a print took from a guarded wall
ENDED = 256  # a sweep ended that is large, or many
# Before the message: not consumed.
JUDGE = 512  # a print that is not plain: out of the band, or the first of a minute
UNTIL = 1024

# Verdicts on the first print of a run.
NONE, ABSURD, SANE = -1, 0, 1

# Single whole numbers.
(
    BOOK_KNOWN,
    BOOK_TS,
    LOOKED,
    SAMPLE_AT,
    GUARDS,
    QUOTE_KNOWN,
    QUOTE_SECOND,
    QUOTE_COMPLETE,
    QUOTE_TS,
    REFUSED,
    TURN_SECOND,
    TURN_STEP,
    TURN_GUARDED,
    STEP_KNOWN,
    STEP_STATE,
    STEP_HALF,
    FIT_AT,
    MIDS,
    MID_QUOTED,
    MID_SEEN,
    RANK_KNOWN,
    RANK_SECOND,
    RANK_COMPLETE,
    SPELL_SINCE,
    SPELL_ABSURD,
    SPELL_LAST,
    SPELL_HALTED,
    TOUCH_KNOWN,
    TOUCH_SINCE,
    TOUCH_PRINTS,
    TOUCH_FROZEN,
    FROZEN_NS,
    FROZEN_PRINTS,
    FLOW_LOST,
    FLOW_DAY,
    HEAT_MINUTE,
    HEATED,
    RING_FIRST,
    RING_LAST,
    RING_COMPLETE,
    HORIZON,
    PUSHED,
    PUSH_RECV,
    PUSH_PLAIN,
    SWEEP_SIGN,
    SWEEP_T0,
    SWEEP_T1,
    SWEEP_PRINTS,
    SWEEP_GAP,
    SWEEP_CAP,
    SWEPT,
    YOUNG,
    YOUNG_COUNT,
    TRACKS,
    LAST_TS,
    TICKED,
) = range(56)
# Their sections.
IDS_MAX = 5_000
"""Trade ids kept against duplicates, at least; a venue replays some hundreds after a reconnect."""
SLOTS = 16_384
IDS = 64  # two generations of slots
PUSH_MAX = 512
"""Prints that may share one receive time before they are taken as they come."""
PUSH_IDS = IDS + 2 * SLOTS
PUSH_TS = PUSH_IDS + PUSH_MAX
SWEPT_MAX = PUSH_MAX + 64
SWEPT_STOP = 64
SWEPT_SIGN = PUSH_TS + PUSH_MAX
SWEPT_T0 = SWEPT_SIGN + SWEPT_MAX
SWEPT_T1 = SWEPT_T0 + SWEPT_MAX
SWEPT_PRINTS = SWEPT_T1 + SWEPT_MAX
HEATED_MAX = 512
HEAT_TS = SWEPT_PRINTS + SWEPT_MAX
MIDS_MAX = 4_096
MID_TIMES = HEAT_TS + HEATED_MAX
RING_MAX = 400_000
"""Prints of an hour of a very busy coin. Beyond it the oldest go and their windows are void."""
RING_TRIM = 8_192
"""Old prints leave this many at a time."""
RING_ROOM = RING_MAX + 4 * RING_TRIM
RING_TIMES = MID_TIMES + MIDS_MAX
INTS = RING_TIMES + RING_ROOM

# Single floats.
(
    BID,
    BID_SIZE,
    ASK,
    ASK_SIZE,
    TICK,
    BAND_LOW,
    BAND_HIGH,
    TOUCH_PRINTED,
    TOUCH_ENOUGH,
    LINE_BELOW,
    LINE_ABOVE,
    LAST_PRICE,
    SWEEP_PRICE,
    SWEEP_SIZE,
    SWEEP_USD,
    SWEEP_LARGE,
    CVD,
) = range(17)
# Their sections.
GUARDS_MAX = 8
GUARD_SIDE = 32  # of takers that eat it: 1 bought, -1 sold
GUARD_LOW = GUARD_SIDE + GUARDS_MAX
GUARD_HIGH = GUARD_LOW + GUARDS_MAX
SPAN = 310
"""Cells of a second: five minutes, and ten seconds in which a window may still be asked for."""
QUOTE_CELLS = GUARD_HIGH + GUARDS_MAX
QUOTE_WIDTH = 3  # sums of: event, depth, states
LEVELS = 10
RANKS = QUOTE_CELLS + SPAN * QUOTE_WIDTH
"""What stood before: keys and sizes, two sides, ten levels."""
RANK_CELLS = RANKS + 4 * LEVELS
RANK_WIDTH = 2 * LEVELS + 1  # sums of: each level's event, each level's mean size, states
BINS, SPREADS, MOVES = 10, 6, 4
STATES = BINS * SPREADS
STEPS = RANK_CELLS + SPAN * RANK_WIDTH
STEPS_MOVED = STEPS + STATES * STATES
STEPS_LANDED = STEPS_MOVED + STATES * MOVES
PUSH_SIGN = STEPS_LANDED + STATES * STATES
PUSH_PRICE = PUSH_SIGN + PUSH_MAX
PUSH_SIZE = PUSH_PRICE + PUSH_MAX
SWEPT_SIZE = PUSH_SIZE + PUSH_MAX
SWEPT_USD = SWEPT_SIZE + SWEPT_MAX
HEAT_PRICE = SWEPT_USD + SWEPT_MAX
HEAT_USD = HEAT_PRICE + HEATED_MAX
MID_VALUES = HEAT_USD + HEATED_MAX
RING_USD = MID_VALUES + MIDS_MAX
FLOATS = RING_USD + RING_ROOM
