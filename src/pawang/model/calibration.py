"""What the desk remembers of its calibrators (signals.md 4.3 to 4.5)."""

from math import exp, log

from pawang.model.codec import Record

CLIP = 0.02  # beyond it a raw score is boasting, and its logit would outweigh everything


class Calibration(Record):
    """One fitted map from raw chance to measured chance: p = sig(a + b * logit(q))."""

    version: str  # "ib-BTC-20250915", and one "h" for each time an alarm halved it
    a: float
    b: float
    n: int  # effective samples behind it, rounded down
    ts_fit: int
    sound: bool = True  # False once drift halved b: a live order's multiplier is capped again

    def chance(self, raw: float) -> float:
        """The measured chance of a raw one, both in [0, 1]."""
        assert 0 <= raw <= 1, f"not a chance: {raw}"
        kept = min(max(raw, CLIP), 1 - CLIP)
        x = self.a + self.b * log(kept / (1 - kept))
        return 1 / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


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
