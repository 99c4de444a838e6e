"""A calibrator's life: accepted, a day in the shadow, live, and back again when it drifts (4.5).

The desk keeps one `Calibrator` a kind and coin; these functions make the next one. They take the
time as argument, so a desk that slept through the moment still changes at the right time.
"""

from msgspec.structs import replace

from pawang.model.calibration import Calibration, Calibrator
from pawang.model.refs import HOUR, utc

SHADOW_NS = 24 * HOUR  # a new version is watched for a day before anything is sized by it
QUIET_NS = 24 * HOUR  # no new version this long after an alarm


def version(kind: str, coin: str, ts: int) -> str:
    """
    >>> version("ib", "BTC", 0)
    'ib-BTC-19700101'
    """
    return f"{kind}-{coin}-{utc(ts):%Y%m%d}"


def in_force(calibrator: Calibrator, now: int) -> Calibration | None:
    """What confidence is read from at `now`; None is the prior."""
    return settled(calibrator, now).live


def settled(calibrator: Calibrator, now: int) -> Calibrator:
    """The shadow steps into the light once its day is over."""
    shadow = calibrator.shadow
    if shadow is None or now < shadow.ts_fit + SHADOW_NS:
        return calibrator
    return replace(calibrator, live=shadow, shadow=None, previous=calibrator.live)


def accepted(calibrator: Calibrator, candidate: Calibration, now: int) -> Calibrator:
    """A candidate that passed every rule begins its day in the shadow."""
    calibrator = settled(calibrator, now)
    assert not quiet(calibrator, now), f"{candidate.version}: an alarm was raised a day ago or less"
    # A newer one every day would otherwise keep all of them waiting for ever.
    assert calibrator.shadow is None, f"{candidate.version}: another one is in its day of shadow"
    return replace(calibrator, shadow=candidate)


def alarmed(calibrator: Calibrator, now: int, rollback: bool) -> Calibrator:
    """Drift: b is halved towards 50 %, the shadow is dropped, and nothing new comes for a day.

    `rollback` (the live CUSUM alarmed) first goes back to the version before; without one that is
    the prior. A prior has no b to halve: it is capped as it is.
    """
    calibrator = settled(calibrator, now)
    live = calibrator.previous if rollback else calibrator.live
    return Calibrator(
        live=None if live is None else _halved(live),
        previous=None if rollback else calibrator.previous,
        ts_alarm=now,
    )


def quiet(calibrator: Calibrator, now: int) -> bool:
    """Whether a drift alarm was raised within the last day."""
    return calibrator.ts_alarm > 0 and now - calibrator.ts_alarm < QUIET_NS


def _halved(calibration: Calibration) -> Calibration:
    return replace(calibration, version=f"{calibration.version}h", b=calibration.b / 2, sound=False)
