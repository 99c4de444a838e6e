"""What is printed: the measured chance, once there is one (row L1, signals.md 4.2).

There is no calibrator yet: every confidence is the raw score as a prior, and says so. A live
order's multiplier is capped at 1.0x as long as the source is "prior" (the risk room does that).
"""

from pawang.model.decision import BiasSignal, Confidence

PRIOR = "prior"


def confidence(signal: BiasSignal) -> Confidence:
    """The integer that is shown AND sized by: half to even, as everywhere."""
    assert 0 <= signal.raw <= 100, f"{signal.ref_id}: raw is a percentage, not {signal.raw}"
    return Confidence(value=round(signal.raw), source=PRIOR)
