"""From what the ledger keeps to what can be learned: forecasts with their outcomes.

Pure functions of decisions, their views and outcomes, so every label can be recomputed, like the
decisions themselves. Two kinds, never mixed (signals.md 4.2):

    "ib"   was the price on the bias's side an hour later? A label for every slot of every cycle,
           sent or not; the lean of a NEUTRAL is labelled too, by the sign of its score
    "snp"  TP1 before the stop, given a fill; the raw chance is the plan's own no-skill chance. A
           plan that every market gate let pass is labelled whether or not it was sent
"""

from collections.abc import Iterable, Mapping, Sequence

from pawang.learning.uniqueness import Life
from pawang.model.chat import Rating
from pawang.model.codec import Record
from pawang.model.decision import BiasSignal, Decision, SniperPlan
from pawang.model.forecast import Forecast
from pawang.model.hypothesis import PASSED, Supposed
from pawang.model.order import Outcome
from pawang.model.refs import HOUR
from pawang.model.view import MarketView

HORIZON_NS = HOUR  # the primary one; 15 and 240 min are asked for by argument
DIRTY = frozenset({"market_stale", "book_unknown", "spread_wide"})  # a bias's codes about its data


class Sample(Record):
    """One forecast whose outcome is known."""

    ref_id: str
    kind: str  # "ib" | "snp"
    coin: str
    raw: float  # the chance before any calibration, in [0, 1]
    told: float  # the chance that was shown and sized by
    hit: bool
    opened: int
    ended: int  # when the outcome was known
    cluster: str = "majors"
    clean: bool = True  # no data-quality flag stood when it was made

    @property
    def life(self) -> Life:
        return Life(opened=self.opened, ended=self.ended, cluster=self.cluster)


class Known(Record):
    """All that there is to learn from, of every coin; read from the ledger by the caller."""

    samples: Sequence[Sample]
    ratings: Sequence[Rating] = ()
    # coin -> feature -> (the values of 30 days before, those of the last days)
    features: Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]] = {}


def forecast(decision: Decision, view: MarketView) -> Forecast:
    """The few numbers of a kept bias that its label needs."""
    signal = decision.signal
    assert isinstance(signal, BiasSignal), f"{decision.ref_id} is no bias"
    assert decision.confidence is not None, f"{decision.ref_id} was made without a confidence"
    return Forecast(
        ref_id=decision.ref_id,
        coin=decision.coin,
        ts=decision.ts,
        side=signal.side,
        score=signal.score,
        raw=signal.raw / 100,
        told=decision.confidence.value / 100,
        mid=None if view.book is None else view.book.mid,
        clean=not DIRTY.intersection(signal.reasons),
        whale=next((one.x for one in signal.evidence if one.name == "whale"), None),
    )


def bias_samples(slots: Sequence[Forecast], horizon_ns: int = HORIZON_NS) -> list[Sample]:
    """Every slot that leaned to a side and has a slot of its coin exactly `horizon_ns` later.

    Slots come every five minutes, so the price an hour on is in the view of the twelfth: nothing
    has to be stored twice. Where the desk was down there is no label, and none is guessed.
    """
    mids = {(slot.coin, slot.ts): slot.mid for slot in slots}
    samples: list[Sample] = []
    for slot in slots:
        later = mids.get((slot.coin, slot.ts + horizon_ns))
        if slot.mid is None or later is None or slot.score == 0:
            continue
        moved = later - slot.mid
        samples.append(
            Sample(
                ref_id=slot.ref_id,
                kind="ib",
                coin=slot.coin,
                raw=slot.raw,
                told=slot.told,
                hit=moved > 0 if slot.score > 0 else moved < 0,
                opened=slot.ts,
                ended=slot.ts + horizon_ns,
                clean=slot.clean,
            )
        )
    return samples


MARKET_SAID_YES = frozenset(
    {PASSED, "live_plan", "day_loss", "below_min", "open_risk", "ev_too_small"}
)
"""Codes of hypothetical plans that were held back for the desk's own sake, not the market's; the
gate of the calibrator itself among them, or it would only ever see what it likes."""


def supposed_samples(rows: Iterable[Supposed]) -> list[Sample]:
    """Plans that would have been sent but for the desk itself; those sent are judged by their
    shadow, and those the market refused are of another kind."""
    return [
        Sample(
            ref_id=row.hypothesis.ref_id,
            kind="snp",
            coin=row.hypothesis.coin,
            raw=row.hypothesis.p0_tp1,
            told=row.hypothesis.p0_tp1,
            hit=row.ending.tp1,
            opened=row.hypothesis.ts,
            ended=row.ending.ts_ended,
        )
        for row in rows
        if row.ending is not None
        and row.ending.filled
        and row.hypothesis.code in MARKET_SAID_YES
        and not (row.hypothesis.sent or row.hypothesis.standard)
    ]


def plan_samples(plans: Iterable[tuple[int, SniperPlan, Outcome]]) -> list[Sample]:
    """(slot, plan, its outcome in one book) of those that filled; the caller chooses the book."""
    return [
        Sample(
            ref_id=plan.ref_id,
            kind="snp",
            coin=plan.coin,
            raw=plan.null_tp1,
            told=plan.null_tp1,
            hit=outcome.tp1,
            opened=ts,
            ended=outcome.ts_resolved,
        )
        for ts, plan, outcome in plans
        if outcome.filled
    ]
