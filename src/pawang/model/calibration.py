"""What the desk remembers of its calibrators (signals.md 4.3 to 4.5)."""

from pawang.model.codec import Record


class Calibration(Record):
    """One fitted map from raw chance to measured chance: p = sig(a + b * logit(q))."""

    version: str  # "ib-BTC-20250915", and one "h" for each time an alarm halved it
    a: float
    b: float
    n: int  # effective samples behind it, rounded down
    ts_fit: int
    sound: bool = True  # False once drift halved b: a live order's multiplier is capped again


class Calibrator(Record):
    """The versions of one kind and coin. Nothing in force means: the prior, and it says so."""

    live: Calibration | None = None
    shadow: Calibration | None = None  # accepted; in force 24 h after it was fitted
    previous: Calibration | None = None  # what `live` replaced: the way back
    ts_alarm: int = 0  # of the last drift alarm, 0 = never


class Refusal(Record):
    """Why a candidate may not replace what is in force; the words for each code are the chat's.

    too_few, too_few_hits, too_few_misses, unclean, a_implausible, b_implausible, no_better, drift,
    waiting. `have` is what there was, `need` what it takes, both as they are shown.
    """

    code: str
    have: str = ""
    need: str = ""
