"""Is the world still the one that was learned? Three watchmen (signals.md 4.5).

    cusum          Page-Hinkley on the surprise of outcomes beyond what the forecasts expected
    population     PSI of a feature's last days against its last 30 days
    spiegelhalter  calibration of the last 50 forecasts

Overlapping labels tell one surprise many times over, so the first and the last count each label by
its uniqueness. An alarm halves b, caps the multiplier and stops updates for a day (`versions`).
"""

from collections.abc import Mapping, Sequence
from math import log

import numpy as np
import numpy.typing as npt

from pawang.learning.samples import Sample
from pawang.learning.scores import CLIP, spiegelhalter, surprise
from pawang.learning.uniqueness import uniqueness
from pawang.model.codec import Record

DELTA = 0.005  # nats a label that are forgiven
LAMBDA = 5.0  # nats of unforgiven surprise that raise the alarm
PSI_MAX = 0.25  # the usual "has shifted" of credit scoring
PSI_BINS = 10
PSI_N_MIN = 100  # by luck alone PSI is about 9 / n: of fewer values it says nothing
Z_MAX = 3.0
LAST = 50  # effective labels that Spiegelhalter's z looks at


class Alarm(Record):
    """`rollback`: the live version itself is at fault, so the one before comes back."""

    watchman: str  # "cusum", "spiegelhalter", "population:NAME"
    value: float
    limit: float
    rollback: bool = False

    def __str__(self) -> str:
        return f"{self.watchman} {self.value:.2f} beyond {self.limit:g}"


class PageHinkley(Record):
    """The running sum of unforgiven surprise and the lowest point it came from."""

    total: float = 0.0
    lowest: float = 0.0

    def with_label(self, chance: float, hit: float, weight: float = 1.0) -> "PageHinkley":
        total = self.total + weight * (surprise(chance, hit) - entropy(chance) - DELTA)
        return PageHinkley(total=total, lowest=min(self.lowest, total))

    @property
    def height(self) -> float:
        return self.total - self.lowest


def entropy(chance: float) -> float:
    """The surprise a calibrated forecaster expects of itself, nats.

    >>> round(entropy(0.5), 4)
    0.6931
    """
    p = min(max(chance, CLIP), 1 - CLIP)
    return -(p * log(p) + (1 - p) * log(1 - p))


def psi(reference: Sequence[float], recent: Sequence[float]) -> float | None:
    """Population stability index over the reference's deciles; None while either is too short."""
    if min(len(reference), len(recent)) < PSI_N_MIN:
        return None
    edges, shares = _edges(reference), []
    for values in (reference, recent):
        counts = np.bincount(np.searchsorted(edges, values, "right"), minlength=len(edges) + 1)
        shares.append((counts + 0.5) / (len(values) + 0.5 * len(counts)))  # no empty bin: no log 0
    before, now = shares
    return float(((now - before) * np.log(now / before)).sum())


def _edges(reference: Sequence[float]) -> npt.NDArray[np.float64]:
    """The deciles. A value that fills more than one (an ETF flow stands all day) is its own bin."""
    deciles = np.quantile(reference, np.linspace(0, 1, PSI_BINS + 1)[1:-1])
    values, times = np.unique(deciles, return_counts=True)
    return np.union1d(values, np.nextafter(values[times > 1], np.inf))


def watch(
    samples: Sequence[Sample],
    features: Mapping[str, tuple[Sequence[float], Sequence[float]]] | None = None,
) -> tuple[Alarm, ...]:
    """Every alarm of one kind and coin. `samples` were told by the version in force, `features`
    are (30 days before, the last days) by name.
    """
    ordered = sorted(samples, key=lambda sample: (sample.ended, sample.ref_id))
    weights = uniqueness([sample.life for sample in ordered])
    alarms = [*_cusum(ordered, weights), *_spiegelhalter(ordered, weights)]
    for name, (reference, recent) in sorted((features or {}).items()):
        moved = psi(reference, recent)
        if moved is not None and moved > PSI_MAX:
            alarms.append(Alarm(watchman=f"population:{name}", value=moved, limit=PSI_MAX))
    return tuple(alarms)


def _cusum(samples: Sequence[Sample], weights: Sequence[float]) -> list[Alarm]:
    sums = PageHinkley()
    for sample, weight in zip(samples, weights, strict=True):
        sums = sums.with_label(sample.told, sample.hit, weight)
        if sums.height > LAMBDA:
            return [Alarm(watchman="cusum", value=sums.height, limit=LAMBDA, rollback=True)]
    return []


def _spiegelhalter(samples: Sequence[Sample], weights: Sequence[float]) -> list[Alarm]:
    start, effective = len(samples), 0.0
    while start > 0 and effective < LAST:
        start -= 1
        effective += weights[start]
    last = samples[start:]
    told, hits = [s.told for s in last], [float(s.hit) for s in last]
    z = spiegelhalter(told, hits, weights[start:]) if last else None
    if z is None or effective < LAST or abs(z) <= Z_MAX:
        return []
    return [Alarm(watchman="spiegelhalter", value=abs(z), limit=Z_MAX)]
