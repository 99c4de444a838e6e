"""The bias on recorded hours, walked forward: learn on 60 days, judge the week after (7.5).

Every hour goes through the engine as a slot would; its label is the price one hour on (and, as a
second horizon, four hours). Each fold is asked whether its training days give a calibrator, by the
desk's own rules of refusal; where they refuse, the prior stays, as it would on the desk. Beside it
the fit that was refused, for whoever wants to know what it would have been worth.

Rivals give the same event a chance and know as much as the training days told:

    base rate   how often the price rose in training
    momentum    how often in training the next move went on in the last hour's direction
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace

from pawang import engine
from pawang.learning.evidence import e_value, excess_z
from pawang.learning.folds import FoldParams, walk_forward
from pawang.learning.forecasts import Forecasts, forecasts
from pawang.learning.intervals import wilson
from pawang.learning.platt import IDENTITY, Platt
from pawang.learning.samples import Known, Sample, bias_samples
from pawang.learning.scores import brier, skill
from pawang.learning.uniqueness import uniqueness
from pawang.learning.update import Question, propose
from pawang.model.calibration import Calibrator
from pawang.model.codec import Record
from pawang.model.decision import Evidence
from pawang.model.desk import Desk
from pawang.model.event import Event, Foretell, Keep, SlotDue
from pawang.model.forecast import Forecast
from pawang.model.kpi import Interval
from pawang.model.market import EtfFlow, FearGreed, Side
from pawang.model.refs import DAY, HOUR, ref_id
from pawang.model.view import Memory
from pawang.operations.backtest import hourly
from pawang.operations.backtest.hourly import Hours
from pawang.signals import SignalParams

HORIZONS_NS = (HOUR, 4 * HOUR)
COST = 0.001  # a taker in and out, as a fraction: what following the bias would pay each time


class Pair(Record):
    """One labelled hour: the desk's sample, and what its rivals would need to know."""

    sample: Sample
    lean: Side
    said: bool  # a side was told, not NEUTRAL
    moved: float  # of the price over the horizon, as a fraction
    trend: float  # of the price over the hour before, as a fraction


class Score(Record):
    """What a set of labelled hours shows."""

    n: int
    n_eff: float
    hit: float
    hit_95: Interval  # Wilson, on n_eff
    base: float  # mean chance that the base rate gave the same events
    z: float | None  # of the hits beyond the base rate, on n_eff
    e_value: float  # against the base rate
    said: int
    said_hit: float | None
    brier: float
    skill_base: float | None  # Brier skill: above 0 beats that rival
    skill_momentum: float | None
    skill_half: float | None
    skill_refused: float | None  # of the fit as it is, against the base rate
    told: Forecasts  # calibration: slope, intercept, ECE with its null
    net_bps: float | None  # a side that was told, followed for the horizon, after costs


class FoldScore(Record):
    """One week, and what was learned for it."""

    ts_from: int
    ts_to: int
    trained: int
    calibrator: str  # the version that was accepted, or "prior"
    refusals: tuple[str, ...]
    a: float
    b: float
    score: Score


class Walked(Record):
    """One way of making the views, over one horizon; `net` as `followed`, of the test weeks."""

    flow: str
    horizon_h: int
    hours: int
    whale_hours: int  # in which the flow pillar had something to say
    etf_hours: int
    sentiment_hours: int
    folds: tuple[FoldScore, ...]
    pooled: Score | None  # None: too short for a single fold
    net: tuple[float, ...]


class Judged(NamedTuple):
    """Every hour through the engine."""

    forecasts: list[Forecast]
    present: dict[str, int]  # pillar -> hours it was there


# Through the engine.


def judged(
    hours: Hours, days: Sequence[EtfFlow | FearGreed], flow: hourly.Flow, signals: SignalParams
) -> Judged:
    """Each hour as a slot of BTC's bias, with the memory that the hours before left."""
    bias = replace(signals.bias, whale_window_s=hourly.WINDOW_S)
    rules = engine.Rules(signals=replace(signals, bias=bias))
    world = engine.World(coins=("BTC",), instruments={"BTC": hourly.BTC}, rules=rules)
    desk, found = Desk(), list[Forecast]()
    present = {"whale": 0, "etf": 0, "sentiment": 0}

    def memory(ts: int) -> Memory:
        return engine.memory(desk, "BTC", "BTC", ts)

    for number, view in enumerate(hourly.views(hours, days, flow, memory), 1):
        due = SlotDue(kind="ib", coin="BTC", ts_slot=view.ts, view=view)
        event = Event(
            seq=number,
            ts_event=view.ts,
            ts_recv=view.ts,
            kind="SlotDue",
            ref_id=ref_id("ib", view.ts, "BTC"),
            cause=0,
            body=due,
        )
        step = engine.step(desk, event, world)
        desk = step.desk
        found += [each.forecast for each in step.effects if isinstance(each, Foretell)]
        for one in _evidence(step):
            if one.name in present:
                present[one.name] += one.x is not None
    return Judged(found, present)


def _evidence(step: engine.Step) -> tuple[Evidence, ...]:
    kept = next(each for each in step.effects if isinstance(each, Keep))
    return kept.decision.signal.evidence


def pairs(made: Sequence[Forecast], hours: Hours, horizon_ns: int) -> list[Pair]:
    """Labels by the desk's own join; rows without a later price are left out."""
    close = dict(zip(hours.ts.tolist(), hours.close.tolist(), strict=True))
    trend = dict(zip(hours.ts.tolist(), (hours.close / hours.open - 1.0).tolist(), strict=True))
    by_ref = {each.ref_id: each for each in made}
    return [
        Pair(
            sample=sample,
            lean=Side.LONG if by_ref[sample.ref_id].score > 0 else Side.SHORT,
            said=by_ref[sample.ref_id].side is not Side.NEUTRAL,
            moved=close[sample.ended] / close[sample.opened] - 1.0,
            trend=trend[sample.opened],
        )
        for sample in bias_samples(made, horizon_ns)
    ]


# Folds.


def walk(
    flow: str,
    hours: Hours,
    made: Judged,
    horizon_ns: int,
    params: FoldParams,
    progress: Callable[[], None] = lambda: None,
) -> Walked:
    rows = pairs(made.forecasts, hours, horizon_ns)
    folds: list[FoldScore] = []
    pooled: list[tuple[Pair, _Chances]] = []
    for fold in walk_forward([row.sample.life for row in rows], params):
        train, test = [rows[i] for i in fold.train], [rows[i] for i in fold.test]
        learned = _learn(train, fold.ts_from)
        told = [(row, _chances(row, train, learned)) for row in test]
        pooled += told
        folds.append(
            FoldScore(
                ts_from=fold.ts_from,
                ts_to=fold.ts_to,
                trained=len(train),
                calibrator=learned.version,
                refusals=learned.refusals,
                a=learned.fit.a,
                b=learned.fit.b,
                score=_score(told, fold.ts_from),
            )
        )
        progress()
    return Walked(
        flow=flow,
        horizon_h=horizon_ns // HOUR,
        hours=len(hours.ts),
        whale_hours=made.present["whale"],
        etf_hours=made.present["etf"],
        sentiment_hours=made.present["sentiment"],
        folds=tuple(folds),
        pooled=_score(pooled, folds[0].ts_from) if folds else None,
        net=tuple(followed([row for row, _ in pooled if row.said])),
    )


class _Learned(NamedTuple):
    fit: Platt  # whatever the rules say of it
    in_force: Platt  # the identity where they refuse
    version: str
    refusals: tuple[str, ...]


def _learn(train: Sequence[Pair], now: int) -> _Learned:
    """The desk's nightly question, asked once, of the training days alone."""
    asked = Question(kind="ib", coin="BTC", now=now, seed=now // DAY)
    found = propose(asked, Known(samples=[row.sample for row in train]), Calibrator())
    fit = Platt(a=found.candidate.a, b=found.candidate.b)
    if found.accepted:
        return _Learned(fit, fit, found.candidate.version, ())
    codes = tuple(refusal.code for refusal in found.refusals)
    return _Learned(fit, IDENTITY, "prior", codes)


class _Chances(NamedTuple):
    """What each forecaster says of the same event: the price goes to the side of the lean."""

    told: float
    refused: float
    base: float
    momentum: float


def _chances(row: Pair, train: Sequence[Pair], learned: _Learned) -> _Chances:
    rose = _share([one.moved > 0 for one in train])
    went_on = _share([one.moved * one.trend > 0 for one in train if one.trend])
    long_ = row.lean is Side.LONG
    with_trend = row.trend * row.lean.sign > 0
    return _Chances(
        told=round(100 * learned.in_force.chance(row.sample.raw)) / 100,  # the integer shown
        refused=learned.fit.chance(row.sample.raw),
        base=rose if long_ else 1.0 - rose,
        momentum=went_on if with_trend else 1.0 - went_on,
    )


def _share(flags: Sequence[bool]) -> float:
    """Of what came true; one half where nothing was seen."""
    return sum(flags) / len(flags) if flags else 0.5


def _score(told: Sequence[tuple[Pair, _Chances]], seed: int) -> Score:
    rows, chances = [row for row, _ in told], [each for _, each in told]
    hits = [float(row.sample.hit) for row in rows]
    unique = uniqueness([row.sample.life for row in rows])
    n_eff, rate = sum(unique), float(np.mean(hits))
    ours, base = [each.told for each in chances], [each.base for each in chances]
    said = [row for row in rows if row.said]
    samples = [replace(row.sample, told=each.told) for row, each in told]
    calibration = forecasts(samples, base, seed=seed // DAY)
    assert calibration is not None, "a fold without a label is left out"
    return Score(
        n=len(rows),
        n_eff=n_eff,
        hit=rate,
        hit_95=wilson(rate * n_eff, n_eff),
        base=float(np.mean(base)),
        z=excess_z(hits, base, unique),
        e_value=e_value(hits, base),
        said=len(said),
        said_hit=_share([row.sample.hit for row in said]) if said else None,
        brier=brier(ours, hits),
        skill_base=skill(brier, ours, base, hits),
        skill_momentum=skill(brier, ours, [each.momentum for each in chances], hits),
        skill_half=skill(brier, ours, [0.5] * len(rows), hits),
        skill_refused=skill(brier, [each.refused for each in chances], base, hits),
        told=calibration,
        net_bps=float(np.mean(followed(said))) * 1e4 if said else None,
    )


def followed(rows: Sequence[Pair]) -> list[float]:
    """What a side earns that is followed for its horizon, after costs, as a fraction."""
    return [row.lean.sign * row.moved - COST for row in rows]
