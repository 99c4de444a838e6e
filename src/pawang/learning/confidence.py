"""What is printed: the measured chance, once there is one (row L1, signals.md 4.2).

Until a calibrator is in force a confidence is the raw score as a prior, and says so; a live
order's multiplier is then capped at 1.0x (the risk room does that). The integer is what is shown
AND what sizing reads. A calibrated bias is mostly 50 to 60 %: that is what such signals are worth.
"""

from msgspec.structs import replace

from pawang.learning import versions
from pawang.model.calibration import Calibration, Calibrator
from pawang.model.decision import BiasSignal, Confidence
from pawang.model.desk import Desk
from pawang.model.event import Calibrated, Drifted

PRIOR = "prior"


def confidence(signal: BiasSignal, calibration: Calibration | None = None) -> Confidence:
    """The integer that is shown AND sized by: half to even, as everywhere."""
    assert 0 <= signal.raw <= 100, f"{signal.ref_id}: raw is a percentage, not {signal.raw}"
    if calibration is None:
        return Confidence(value=round(signal.raw), source=PRIOR)
    chance = calibration.chance(signal.raw / 100)
    return Confidence(value=round(100 * chance), source=calibration.version, n=calibration.n)


def measured(told: Confidence, calibration: Calibration | None) -> bool:
    """Whether a live order may take the table's multiplier: calibrated, and not drifting since."""
    return told.source != PRIOR and calibration is not None and calibration.sound


# The desk's calibrators, one a kind and coin. Fits are made outside and come in as events.


def calibration(desk: Desk, kind: str, coin: str, now: int) -> Calibration | None:
    """What is in force; None is the prior."""
    return versions.in_force(_calibrator(desk, kind, coin), now)


def calibrated(desk: Desk, made: Calibrated, now: int) -> Desk:
    """A candidate that nothing refused goes into its day of shadow; else nothing changes."""
    standing = versions.settled(_calibrator(desk, made.kind, made.coin), now)
    if made.refusals or standing.shadow is not None or versions.quiet(standing, now):
        return desk
    return _with(desk, made.kind, made.coin, versions.accepted(standing, made.candidate, now))


def drifted(desk: Desk, drift: Drifted, now: int) -> Desk:
    """An alarm: towards 50 %, capped, and quiet for a day."""
    standing = _calibrator(desk, drift.kind, drift.coin)
    return _with(desk, drift.kind, drift.coin, versions.alarmed(standing, now, drift.rollback))


def _calibrator(desk: Desk, kind: str, coin: str) -> Calibrator:
    return desk.calibrators.get(f"{kind}:{coin}", Calibrator())


def _with(desk: Desk, kind: str, coin: str, calibrator: Calibrator) -> Desk:
    return replace(desk, calibrators={**desk.calibrators, f"{kind}:{coin}": calibrator})
