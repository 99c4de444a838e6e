"""The institutional bias, rule "bias" version 1: whales, ETF and crowd in one signed score.

`L = 1.2 x_whale + 1.0 x_etf + 0.65 u(S)`; side = sign of L, raw = 100 * sigmoid(|L|) (row S1,
signals.md 4.1). An alt hears the ETF through BTC only: `rho * L_BTC` takes that seat. A missing
pillar is dropped and the rest shrinks; it never counts as a quiet zero.

`pillars.py` makes each feature; this file weighs them and refuses.
"""

from math import exp, sqrt

from pawang.model.decision import BiasSignal, Evidence
from pawang.model.market import Side
from pawang.model.refs import ref_id
from pawang.model.view import LastBias, MarketView
from pawang.signals.funding import seconds_to_funding
from pawang.signals.params import BiasParams
from pawang.signals.pillars import Pillar, etf, lead, sentiment, whale

RULE = "bias"
VERSION = 1


def bias(view: MarketView, params: BiasParams) -> BiasSignal:
    """LONG, SHORT or NEUTRAL for `view.coin`, with every pillar as evidence."""
    pillars = _pillars(view, params)
    score = _score(pillars)
    raw = raw_confidence(score)
    lean = _side(score)
    reasons = _doubts(view, pillars, raw, params)
    pending = None
    if not reasons and _held_back(view.memory.bias, lean, raw, params):
        reasons, pending = ("hysteresis",), lean
    return BiasSignal(
        ref_id=ref_id("ib", view.ts, view.coin),
        coin=view.coin,
        side=Side.NEUTRAL if reasons else lean,
        raw=raw,
        score=score,
        evidence=(*(_told(pillar, lean, params) for pillar in pillars), _theta(view)),
        reasons=reasons,
        pending=pending,
    )


def raw_confidence(score: float) -> float:
    """100 * sigmoid(|L|): 50 for no opinion at all.

    >>> round(raw_confidence(1.90038), 3)
    86.993
    """
    return 100.0 / (1.0 + exp(-abs(score)))


def _pillars(view: MarketView, params: BiasParams) -> tuple[Pillar, ...]:
    if view.coin == params.lead_coin:
        return whale(view, params), etf(view, params), sentiment(view, params)
    return lead(view, params), whale(view, params), sentiment(view, params)


def _score(pillars: tuple[Pillar, ...]) -> float:
    """L: what is there, shrunk by the square root of the weight that is there."""
    present = [pillar for pillar in pillars if pillar.x is not None]
    share = sum(p.weight for p in present) / sum(p.weight for p in pillars)
    return sqrt(share) * sum(p.term for p in present)


def _side(score: float) -> Side:
    if score == 0:
        return Side.NEUTRAL
    return Side.LONG if score > 0 else Side.SHORT


# Why it may be NEUTRAL


def _doubts(
    view: MarketView, pillars: tuple[Pillar, ...], raw: float, params: BiasParams
) -> tuple[str, ...]:
    """Every code that holds, in the order of signals.md 4.1, then the pillars that are missing;
    () when the side stands."""
    checks = (
        ("raw_below_55", raw < params.raw_min),
        ("fewer_than_two_pillars", sum(p.x is not None for p in pillars) < params.pillars_min),
        ("pillars_disagree", raw < params.raw_disagree and _disagree(pillars, params)),
        *_market_doubts(view, params),
    )
    codes = tuple(code for code, holds in checks if holds)
    missing = tuple(f"{pillar.name}_missing" for pillar in pillars if pillar.x is None)
    return (*codes, *missing) if codes else ()


def _market_doubts(view: MarketView, params: BiasParams) -> tuple[tuple[str, bool], ...]:
    book, funding = view.book, view.funding
    median = None if book is None else book.spread_median_bps
    stale = view.book_problem == "stale" or (book is not None and book.age_s > params.age_max_s)
    wide = (
        book is not None
        and median is not None
        and book.spread_bps > params.spread_medians_max * median
    )
    settling = (
        funding is not None
        and funding.z is not None
        and abs(funding.z) > params.funding_z_max
        and seconds_to_funding(funding, view.ts) <= params.funding_window_s
    )
    return (
        ("market_stale", stale),
        ("book_unknown", book is None and not stale),
        ("spread_wide", wide),
        ("funding_window", settling),
    )


def _disagree(pillars: tuple[Pillar, ...], params: BiasParams) -> bool:
    """The whales say one thing, all the others together (weighted mean) the opposite."""
    flow = next(p.x for p in pillars if p.name == "whale")
    others = [p for p in pillars if p.name != "whale" and p.x is not None]
    if flow is None or not others:
        return False
    mean = sum(p.weight * p.x for p in others if p.x is not None) / sum(p.weight for p in others)
    return flow * mean < 0 and min(abs(flow), abs(mean)) >= params.x_disagree


def _held_back(standing: LastBias | None, lean: Side, raw: float, params: BiasParams) -> bool:
    """A weak flip must be proposed twice in a row before it is believed."""
    if standing is None or standing.side is not lean.opposite or raw >= params.raw_flip:
        return False
    return standing.pending is not lean


# What is told


def _told(pillar: Pillar, lean: Side, params: BiasParams) -> Evidence:
    """The pillar as evidence; under NEUTRAL it is judged against the side the score leans to."""
    return Evidence(
        name=pillar.name,
        value=pillar.value,
        age_s=pillar.age_s,
        weight=pillar.weight if pillar.x is not None else 0.0,
        verdict=_verdict(pillar, lean, params),
        reason=pillar.reason,
        x=pillar.x,
    )


def _verdict(pillar: Pillar, lean: Side, params: BiasParams) -> str:
    if pillar.x is None:
        return "missing"
    if pillar.x * lean.sign < 0:
        return "against"
    if pillar.below_gate or lean is Side.NEUTRAL or abs(pillar.x) < params.x_mark:
        return "weak"
    return "agrees"


def _theta(view: MarketView) -> Evidence:
    """The whale threshold in force, for the message; it takes no part in the score."""
    return Evidence(
        name="whale_theta",
        value=view.theta_usd,
        age_s=None,
        weight=0.0,
        verdict="info",
        reason="a parent this large counts as a whale",
    )
