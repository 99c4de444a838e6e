"""The pillars of the bias: each turns one part of a view into a feature x in [-1, 1] or None.

`x` None = missing: too old, void, not a number, or never seen. Sources: whale signals.md 1.3,
ETF 2.3, sentiment 3, lead 4.1.
"""

from math import copysign, isfinite, tanh

from pawang.model.codec import Record
from pawang.model.market import Side
from pawang.model.refs import SECOND
from pawang.model.view import EtfPartial, MarketView
from pawang.signals.params import BiasParams
from pawang.signals.sentiment import composite, crowding

DAY_S = 86_400.0


class Pillar(Record):
    """One pillar before it is judged: `term` is what it adds to L, `value` what people read."""

    name: str
    x: float | None
    weight: float
    term: float
    value: float | None
    age_s: float | None
    reason: str
    below_gate: bool = False


def whale(view: MarketView, params: BiasParams) -> Pillar:
    """Net flow of large parents against its threshold and against sign-chance."""
    flow = view.window(params.whale_window_s)
    weight = params.weight_whale
    if flow is None:
        return _missing("whale", weight, "no flow window")
    if flow.gap:
        return _missing("whale", weight, "gap in the trade feed")
    if flow.taker_gross_usd == 0:
        # Nobody traded for five minutes: on a perpetual that is a deaf feed, not a calm one.
        return _missing("whale", weight, "no trades seen in the window")
    if not (isfinite(flow.net_usd) and isfinite(flow.z)):
        return _missing("whale", weight, "flow is not a number")
    assert flow.theta_usd > 0, "a whale threshold is a positive sum"
    size = min(1.0, abs(flow.net_usd) / flow.theta_usd)
    x = _clipped(copysign(size * tanh(abs(flow.z) / 2) / tanh(1.0), flow.net_usd))
    return Pillar(
        name="whale",
        x=x,
        weight=weight,
        term=weight * x,
        value=flow.net_usd,
        age_s=max(0, view.ts - flow.ts_to) / SECOND,
        reason=f"net {_millions(flow.net_usd)} in {flow.parents} parents of "
        f"{_millions(flow.theta_usd)} or more, {flow.window_s} s, z {flow.z:+.2f}",
        below_gate=abs(flow.net_usd) < flow.theta_usd,  # "≥ $1M" is inclusive
    )


def etf(view: MarketView, params: BiasParams) -> Pillar:
    """The newest complete trading day's net flow, fading by half each further business day."""
    weight, seen = params.weight_etf, view.etf
    if seen is None:
        return _missing("etf", weight, "no figure yet")
    age_s = seen.business_days * DAY_S
    if not isfinite(seen.flow_usd):
        return _missing("etf", weight, "flow is not a number", age_s=age_s)
    if seen.business_days > params.etf_age_max_days:
        reason = f"stale {seen.business_days}d"
        return _missing("etf", weight, reason, age_s=age_s)
    if not seen.complete:
        return _missing("etf", weight, "partial day", age_s=age_s)
    partial = "" if seen.partial is None else f"; {_so_far(seen.partial)}"
    faded = 0.5 ** max(0, seen.business_days - 1)
    x = faded * tanh(seen.flow_usd / params.etf_scale_usd)
    return Pillar(
        name="etf",
        x=x,
        weight=weight,
        term=weight * x,
        value=seen.flow_usd,
        age_s=age_s,
        reason=f"{_millions(seen.flow_usd)} on {seen.trade_date}, age weight {faded:g}{partial}",
    )


def _so_far(partial: EtfPartial) -> str:
    """To be shown only: a day some funds have not reported yet (2.3)."""
    total = partial.funds_total
    counted = f", {partial.funds_reported} of {total} funds" if total else ""
    return f"{partial.trade_date} so far {_millions(partial.flow_usd)}{counted}"


def sentiment(view: MarketView, params: BiasParams) -> Pillar:
    """The crowd: followed up to a point, faded at the extremes."""
    weight = params.weight_sentiment
    crowd = composite(view.sentiment, params.sentiment)
    if crowd is None:
        return _missing("sentiment", weight, "too few fresh inputs")
    x = crowding(crowd.score)
    parts = ", ".join(f"{part.name} {part.points:+.1f}" for part in crowd.contributions)
    return Pillar(
        name="sentiment",
        x=x,
        weight=weight,
        term=weight * x,
        value=crowd.score,
        age_s=crowd.age_s,
        reason=f"{crowd.shown}/100: {parts}",
    )


def lead(view: MarketView, params: BiasParams) -> Pillar:
    """What an alt inherits: rho * L_BTC. x is BTC's signed confidence, tanh(L/2)."""
    weight, standing = params.weight_lead, view.memory.lead
    if standing is None:
        return _missing("lead", weight, f"no {params.lead_coin} bias yet")
    age_s = (view.ts - standing.ts) / SECOND
    if not 0 <= age_s <= params.lead_age_max_s:
        return _missing(
            "lead", weight, f"{params.lead_coin} bias is {age_s:.0f} s old", age_s=age_s
        )
    if not isfinite(standing.score):
        return _missing("lead", weight, f"{params.lead_coin} score is not a number", age_s=age_s)
    if standing.side is Side.NEUTRAL:
        # What BTC itself would not say is no pillar for others.
        return _missing("lead", weight, f"{params.lead_coin} is NEUTRAL", age_s=age_s)
    rho = follow(view.correlation_btc, params)
    return Pillar(
        name="lead",
        x=tanh(standing.score / 2),
        weight=weight,
        term=rho * standing.score,
        value=standing.score,
        age_s=age_s,
        reason=f"{standing.side} {standing.confidence}% × {rho:.2f}",
    )


def follow(correlation: float | None, params: BiasParams) -> float:
    """rho: the 30-day correlation, half way to the prior, never negative; unknown = the prior.

    >>> [round(follow(c, BiasParams()), 2) for c in (0.8, -1.0, None)]
    [0.7, 0.0, 0.6]
    """
    measured = correlation is not None and isfinite(correlation)
    shrink = params.rho_shrink if measured else 1.0
    own = correlation if measured and correlation is not None else 0.0
    return min(params.rho_max, max(0.0, (1 - shrink) * own + shrink * params.rho_prior))


def _missing(name: str, weight: float, reason: str, age_s: float | None = None) -> Pillar:
    """No feature and no value: a message shows "n/a" and the reason."""
    return Pillar(
        name=name, x=None, weight=weight, term=0.0, value=None, age_s=age_s, reason=reason
    )


def _clipped(x: float) -> float:
    return min(1.0, max(-1.0, x))


def _millions(usd: float) -> str:
    sign = "-" if usd < 0 else ""
    return f"{sign}${abs(usd) / 1e6:.2f}M"
