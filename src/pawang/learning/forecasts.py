"""How well the printed confidence kept its word: the calibration figures of the report (4.4, 9)."""

from collections.abc import Sequence

from pawang.learning.platt import IDENTITY, fit
from pawang.learning.reliability import Calibratedness, calibratedness, curve
from pawang.learning.samples import Sample
from pawang.learning.scores import (
    Murphy,
    base_rate,
    brier,
    log_loss,
    murphy,
    skill,
    spiegelhalter,
)
from pawang.learning.uniqueness import uniqueness
from pawang.model.codec import Record
from pawang.model.kpi import Kpi
from pawang.model.report import Bin

LOOSE = 10.0  # a prior so wide that slope and intercept are what the data say


class Forecasts(Record):
    """Everything told about a set of forecasts; skill above 0 beats its rival."""

    n: int
    n_eff: float
    base_rate: float
    brier: float
    log_loss: float
    skill_base_rate: float | None  # Brier skill against who only knows the base rate
    skill_null: float | None  # and against each forecast's own no-skill chance
    murphy: Murphy
    ece: Calibratedness
    z: float | None  # Spiegelhalter's, on n_eff
    slope: float  # 1 and 0 are calibrated; below 1 the forecasts boast
    intercept: float
    curve: tuple[Bin, ...]


def forecasts(samples: Sequence[Sample], nulls: Sequence[float], seed: int) -> Forecasts | None:
    """The figures of one kind, None before its first outcome.

    `nulls` are the no-skill chances: a plan's own p0, one half for a bias.
    """
    if not samples:
        return None
    told, hits = [sample.told for sample in samples], [float(sample.hit) for sample in samples]
    unique = uniqueness([sample.life for sample in samples])
    line = fit(told, hits, [1.0] * len(told), IDENTITY, LOOSE)
    return Forecasts(
        n=len(samples),
        n_eff=sum(unique),
        base_rate=sum(hits) / len(hits),
        brier=brier(told, hits),
        log_loss=log_loss(told, hits),
        skill_base_rate=skill(brier, told, base_rate(hits), hits),
        skill_null=skill(brier, told, nulls, hits),
        murphy=murphy(told, hits),
        ece=calibratedness(told, hits, seed),
        z=spiegelhalter(told, hits, unique),
        slope=line.b,
        intercept=line.a,
        curve=curve(told, hits),
    )


def kpis(found: Forecasts) -> tuple[Kpi, ...]:
    """The same as KPIs: numbers without a target, so without a verdict."""
    rows = (
        ("brier_skill", found.skill_base_rate, ""),
        ("brier_skill_null", found.skill_null, ""),
        ("log_loss", found.log_loss, "nats"),
        ("slope", found.slope, ""),
        ("intercept", found.intercept, ""),
    )
    plain = tuple(Kpi(name=name, value=value, unit=unit, n=found.n) for name, value, unit in rows)
    crooked = Kpi(
        name="ece",
        value=found.ece.ece,
        unit="share",
        n=found.n,
        null=found.ece.null_95,
        excess=found.ece.ece - found.ece.null_95,
    )
    return (*plain, crooked)
