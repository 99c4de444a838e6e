"""A plan that might have been: one for every sniper slot, sent or refused (signals.md 7.5).

What the gates saved or cost is known only if what they refused is judged like what they let pass.
Prices are statistics here, no money follows from them, so they are floats.
"""

from pawang.model.codec import Record
from pawang.model.market import Side

PASSED = "plan"
"""The code of a hypothesis that every gate let pass."""


class Hypothesis(Record):
    """Geometry and no-skill chances of one slot's plan, as they stood before its outcome."""

    ref_id: str  # its decision's
    coin: str
    ts: int  # the slot
    code: str  # of the gate that refused it; "plan" = none did
    sent: bool  # somebody was told of it
    standard: bool  # the market showed no anchor or no targets: a usual geometry from ATR
    side: Side  # the bias's; without one its lean, and without a lean the toss of the clock
    entry: float
    stop: float
    tp1_price: float
    tp2_price: float
    tick: float
    stop_pct: float  # a, percent of entry; tp1_pct and tp2_pct are b1 and b2
    tp1_pct: float
    tp2_pct: float
    share_tp1: float  # of the position that leaves at TP1; the rest aims at TP2
    cost_win_pct: float  # maker in, maker out
    cost_loss_pct: float  # maker in, taker out, with slippage
    p0_tp1: float
    p0_tp2: float
    p0_source: str  # "minutes" = the coin's own days, "closed form" = too few were known
    ts_expiry: int  # the entry's
    time_stop_ns: int  # after the fill


class Ending(Record):
    """What became of it, by triple barriers on the coin's own minutes, the stop first on ties.

    `label`: unfilled, tp2, tp1_then_sl, tp1_then_be, tp1_then_timeout, sl, timeout, cut, flipped
    (tp1_then_cut, tp1_then_flipped), or unknown: minutes that it needed were not seen.
    """

    ref_id: str
    label: str
    filled: bool
    tp1: bool
    tp2: bool
    net_r: float  # after fees and slippage; 1 R is the loss at the stop; 0 where nothing filled
    ts_filled: int | None
    ts_ended: int


class Supposed(Record):
    """A row of the ledger: a hypothesis, and its ending once that is known."""

    hypothesis: Hypothesis
    ending: Ending | None = None
