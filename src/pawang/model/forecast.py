"""What was forecast and what was tried: the rows from which the desk learns, kept for ever."""

from pawang.model.codec import Record
from pawang.model.market import Side


class Forecast(Record):
    """What one bias slot says about itself, and about the slots of an hour before it.

    Its label is a later row of the same coin: 15, 60 or 240 minutes on stands the other price.
    """

    ref_id: str
    coin: str
    ts: int  # the slot
    side: Side  # as it was told; the lean of a NEUTRAL is the sign of its score
    score: float
    raw: float  # the chance before any calibration, in [0, 1]
    told: float  # the chance that was shown and sized by
    mid: float | None  # None = the book was unknown
    clean: bool  # no data-quality flag stood
    whale: float | None = None  # x of the pillar that is new in every slot, for the drift watch


class Trial(Record):
    """One configuration scored once on one stretch of data."""

    params_hash: str  # of everything that can change the result
    what: str  # in words, for people
    ts: int  # when it was scored
    ts_from: int  # the data it was scored on
    ts_to: int
    trades: int
    sharpe: float  # per trade, net of costs
    skew: float
    kurt: float  # raw: 3 for a normal
