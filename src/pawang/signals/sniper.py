"""The sniper, rule "sniper" version 2: a plan at a pullback, or a refusal with its reason.

The geometry is `aim.py`, the chances are `odds.py`; here stand the gates of signals.md 7.2, in
their order, each a reason code and a line of evidence. The first that fails ends it: `NoTrade`,
recorded and scored like a plan (rows S2, S3). The side is the coin's standing bias, never the
sniper's own opinion; only where a plan's wall was eaten is the opposite side asked for (7.3), and
then a bias that is sure of the old side forbids it.
"""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from pawang.model.codec import Record
from pawang.model.decision import Edge, Evidence, NoTrade, SniperPlan, Target
from pawang.model.market import Side
from pawang.model.refs import SECOND, ref_id
from pawang.model.view import MarketView
from pawang.signals.aim import (
    Aim,
    Anchor,
    Zone,
    distance_pct,
    draw_zone,
    find_anchor,
    magnets_ahead,
    pick_targets,
)
from pawang.signals.funding import seconds_to_funding
from pawang.signals.odds import Luck, edge, luck
from pawang.signals.params import SniperParams

RULE = "sniper"
VERSION = 2


def snipe(view: MarketView, params: SniperParams) -> SniperPlan | NoTrade:
    """A plan that passed every gate, or the first gate's refusal."""
    draft = Draft()
    evidence: list[Evidence] = []
    for gate in _gates(view, params, draft):
        evidence.append(gate)
        if gate.verdict == "failed":
            return _refusal(view, gate, tuple(evidence), params)
    return _plan(view, draft, tuple(evidence), params)


class Draft:
    """What the gates have found so far; lives for one call and never leaves this file."""

    anchor: Anchor
    zone: Zone
    targets: tuple[Target, ...]
    economy: "Economy"
    luck: Luck
    edge: Edge | None


class Economy(Record):
    """A plan's distances and what is left of them after fees, percent of entry."""

    stop_pct: float
    target_pcts: tuple[float, ...]
    cost_win_pct: float  # maker in, maker out
    cost_loss_pct: float  # maker in, taker out; slippage is the risk room's
    reward_risk: tuple[float, float]

    @property
    def fee_share(self) -> float:
        return self.cost_loss_pct / self.stop_pct


def _gates(view: MarketView, params: SniperParams, draft: Draft) -> Iterator[Evidence]:
    """Every gate in order; each may rely on those before it having passed."""
    yield _fresh(view, params)
    yield _spread(view, params)
    yield _biased(view, params)
    aim = Aim(side=_side(view, params), instrument=view.instrument)
    yield _wall(view, aim, params, draft)
    yield _magnets(view, aim, params)
    yield _stop(draft.zone, params)
    yield _targets(view, aim, params, draft)
    draft.economy = economy(draft.zone, draft.targets, params)
    yield _fees(draft.economy, params)
    yield from _reward(draft.economy, params)
    yield _opposite(view, aim, params)
    yield _funding(view, params)
    yield _gate("live_plan", view.memory.live_plan is None, None, _live(view))
    yield _gate("day_loss", not view.memory.day_loss_hit, None, "the day's loss limit")
    yield _chances(view, draft)
    yield _expectation(view, params, draft)


def economy(zone: Zone, targets: tuple[Target, ...], params: SniperParams) -> Economy:
    """Net reward to risk of TP1 and TP2: (b - c_win) / (a + c_loss)."""
    entry = zone.entry
    target_pcts = tuple(float(distance_pct(entry, target.price)) for target in targets)
    return _economy(float(zone.stop_pct), target_pcts, params)


def _economy(stop_pct: float, target_pcts: tuple[float, ...], params: SniperParams) -> Economy:
    cost_win = round(2 * params.fee_maker_pct, 9)
    cost_loss = round(params.fee_maker_pct + params.fee_taker_pct, 9)
    first, second = (
        (target_pct - cost_win) / (stop_pct + cost_loss) for target_pct in target_pcts[:2]
    )
    return Economy(
        stop_pct=stop_pct,
        target_pcts=target_pcts,
        cost_win_pct=cost_win,
        cost_loss_pct=cost_loss,
        reward_risk=(first, second),
    )


# The gates


def _fresh(view: MarketView, params: SniperParams) -> Evidence:
    if view.book is None:
        return _gate("data_stale", False, None, f"book unknown: {view.book_problem}")
    age = view.book.age_s
    limit = params.age_max_s
    return _gate("data_stale", age <= limit, age, f"book {age:.1f} s old, limit {limit:g} s", age)


def _spread(view: MarketView, params: SniperParams) -> Evidence:
    assert view.book is not None
    limit = params.spread_max_bps
    if view.book.spread_median_bps is not None:
        limit = min(limit, params.spread_medians_max * view.book.spread_median_bps)
    spread = view.book.spread_bps
    return _gate("spread_wide", spread <= limit, spread, f"{spread:.2f} bp, limit {limit:.2f} bp")


def _biased(view: MarketView, params: SniperParams) -> Evidence:
    standing = view.memory.bias
    if standing is None:
        return _gate("no_bias", False, None, "no bias decided yet")
    age = (view.ts - standing.ts) / SECOND
    passed = _side(view, params) is not Side.NEUTRAL
    reason = f"bias {standing.side} {standing.confidence}%, {age:.0f} s old"
    reason += f", limit {params.bias_age_max_s:g} s"
    return _gate("no_bias", passed, float(standing.confidence), reason, age)


def _wall(view: MarketView, aim: Aim, params: SniperParams, draft: Draft) -> Evidence:
    assert view.book is not None
    reach = f"{params.wall_near_bps:g}-{params.wall_far_bps:g} bp behind the price"
    anchor = find_anchor(aim, view.book, view, params)
    if anchor is None:
        return _gate("no_wall", False, None, f"no qualified wall {reach}, no one-sided book")
    zone = draw_zone(aim, anchor, view.book, _atr(view), params)
    if zone is None:
        return _gate("no_wall", False, float(anchor.price), "the zone would cross the book")
    draft.anchor, draft.zone = anchor, zone
    if anchor.wall is None:
        held = f"held {view.book.imbalance_held_s:.0f} s"
        imbalance = view.book.imbalance_10bp
        return _gate("no_wall", True, imbalance, f"depth imbalance {imbalance:+.2f} {held}")
    wall = anchor.wall
    reason = f"wall {wall.price:g}, strength {wall.strength:.2f}, {reach}"
    return _gate("no_wall", True, wall.price, reason, wall.age_s)


def _magnets(view: MarketView, aim: Aim, params: SniperParams) -> Evidence:
    assert view.book is not None
    if view.magnets is None:
        return _gate("no_magnet", False, None, view.magnets_problem or "magnets are not warm")
    count = len(magnets_ahead(aim, view.book, view.magnets))
    reason = f"{count} magnets ahead, at least {params.magnets_min}"
    return _gate("no_magnet", count >= params.magnets_min, float(count), reason)


def _stop(zone: Zone, params: SniperParams) -> Evidence:
    limit = Decimal(str(params.stop_max_pct))
    reason = f"stop {zone.stop_pct:.3f} %, limit {limit} %"
    if zone.widened:
        reason += f", widened to {params.stop_min_pct:g} %"
    return _gate("sl_too_wide", zone.stop_pct <= limit, float(zone.stop_pct), reason)


def _targets(view: MarketView, aim: Aim, params: SniperParams, draft: Draft) -> Evidence:
    assert view.book is not None
    assert view.magnets is not None
    ahead = magnets_ahead(aim, view.book, view.magnets)
    targets = pick_targets(aim, draft.zone, ahead, _atr(view), params)
    if targets is None:
        reason = f"no two magnets far enough: TP1 {params.target_min_stops:g} stops, "
        return _gate("no_magnet", False, None, reason + f"TP2 {params.target_step_pct:g} % on")
    draft.targets = targets
    prices = ", ".join(str(target.price) for target in targets)
    return _gate("no_magnet", True, float(len(targets)), f"targets {prices}")


def _fees(found: Economy, params: SniperParams) -> Evidence:
    share = found.fee_share
    reason = f"fees {share:.3f} of the stop, limit {params.fee_share_max:g}"
    return _gate("fees_too_large", share <= params.fee_share_max, share, reason)


def _reward(found: Economy, params: SniperParams) -> Iterator[Evidence]:
    limits = (params.reward_risk1_min, params.reward_risk2_min)
    for number, (ratio, limit) in enumerate(zip(found.reward_risk, limits, strict=True), 1):
        reason = f"net RR{number} {ratio:.3f}, limit {limit:g}"
        yield _gate("rr_too_small", ratio >= limit, ratio, reason)


def _opposite(view: MarketView, aim: Aim, params: SniperParams) -> Evidence:
    """The side is the bias's own, so only a flip that waits for its second look can oppose;
    against a flip of ours stands a bias that is sure of the other side."""
    standing = view.memory.bias
    assert standing is not None
    if view.memory.flip is not None:
        against = standing.side is aim.side.opposite and standing.raw >= params.flip_raw_max
        reason = f"bias {standing.side} {standing.raw:.0f}, limit {params.flip_raw_max:g} against"
        return _gate("bias_opposite", not against, standing.raw, reason)
    passed = standing.pending is not aim.side.opposite
    reason = "no flip pending" if passed else f"a flip to {standing.pending} is pending"
    return _gate("bias_opposite", passed, standing.score, reason)


def _funding(view: MarketView, params: SniperParams) -> Evidence:
    limit = params.funding_window_s
    if view.funding is None:
        # Unknown is not near: funding is stamped hours ahead, so it is missing at start only.
        return _gate("funding_window", True, None, "funding time unknown")
    away = seconds_to_funding(view.funding, view.ts)
    reason = f"{away:.0f} s from funding, limit {limit:g} s"
    return _gate("funding_window", away > limit, away, reason)


def _chances(view: MarketView, draft: Draft) -> Evidence:
    """What luck gives this geometry: no gate, but everything is judged against it."""
    found, table = draft.economy, view.null
    draft.luck = luck(table, found.stop_pct, found.target_pcts[:2])
    first, second = draft.luck.targets
    where = "closed form, too few minutes known"
    if table is not None:
        where = f"{table.minutes} of the coin's own minutes"
    return Evidence(
        name="luck",
        value=first,
        age_s=None if table is None else (view.ts - table.ts) / SECOND,
        weight=0.0,
        verdict="info",
        reason=f"by luck TP1 {first:.1%}, TP2 {second:.1%} ({where})",
    )


def _expectation(view: MarketView, params: SniperParams, draft: Draft) -> Evidence:
    """Expected value at the low end of the measured chance; silent until there is one."""
    measured, found = view.memory.plan_calibration, draft.economy
    if measured is None:
        draft.edge = None
        return _gate("ev_too_small", True, None, "not calibrated yet")
    null, target = draft.luck.targets[0], found.target_pcts[0]
    made = edge(measured, null, target, found.cost_loss_pct, params.quantile_sds)
    draft.edge = made
    reason = f"TP1 {made.chance:.1%}, at least {made.chance_low:.1%}: {made.expected_pct:+.3f} %"
    return _gate("ev_too_small", made.expected_pct > 0, made.expected_pct, reason)


def _gate(
    code: str, passed: bool, value: float | None, reason: str, age_s: float | None = None
) -> Evidence:
    verdict = "passed" if passed else "failed"
    return Evidence(name=code, value=value, age_s=age_s, weight=0.0, verdict=verdict, reason=reason)


# The answers


def _side(view: MarketView, params: SniperParams) -> Side:
    """The standing bias while it is fresh, else NEUTRAL; a flip names its own."""
    standing, flip = view.memory.bias, view.memory.flip
    if standing is None or not 0 <= (view.ts - standing.ts) / SECOND <= params.bias_age_max_s:
        return Side.NEUTRAL
    return standing.side if flip is None else flip.side


def _atr(view: MarketView) -> float | None:
    return None if view.atr_5m_pct is None else view.atr_5m_pct.value


def _live(view: MarketView) -> str:
    return f"{view.memory.live_plan} is live" if view.memory.live_plan else "no plan is live"


def _refusal(
    view: MarketView, gate: Evidence, evidence: tuple[Evidence, ...], params: SniperParams
) -> NoTrade:
    return NoTrade(
        ref_id=ref_id("snp", view.ts, view.coin),
        coin=view.coin,
        side=_side(view, params),
        code=gate.name,
        reason=gate.reason,
        evidence=evidence,
    )


def _plan(
    view: MarketView, draft: Draft, evidence: tuple[Evidence, ...], params: SniperParams
) -> SniperPlan:
    zone, found = draft.zone, draft.economy
    plan = SniperPlan(
        ref_id=ref_id("snp", view.ts, view.coin),
        coin=view.coin,
        side=_side(view, params),
        entry_low=min(zone.entry, zone.far),
        entry_high=max(zone.entry, zone.far),
        entry=zone.entry,
        stop=zone.stop,
        targets=draft.targets,
        stop_pct=found.stop_pct,
        target_pcts=found.target_pcts,
        cost_win_pct=found.cost_win_pct,
        cost_loss_pct=found.cost_loss_pct,
        reward_risk=found.reward_risk,
        null_tp1=draft.luck.targets[0],
        null_tp2=draft.luck.targets[1],
        wall=draft.anchor.wall,
        ts_expiry=view.ts + params.expiry_s * SECOND,
        time_stop_ns=params.time_stop_s * SECOND,
        evidence=evidence,
        null_source=draft.luck.source,
        edge=draft.edge,
        flip_of="" if view.memory.flip is None else view.memory.flip.ref_id,
    )
    _assert_sound(plan, draft.anchor)
    return plan


def _assert_sound(plan: SniperPlan, anchor: Anchor) -> None:
    """stop < anchor < zone < TP1 < TP2 < runner for a LONG, mirrored for a SHORT."""
    sign = plan.side.sign
    far = plan.entry_low if sign > 0 else plan.entry_high
    ladder = (plan.stop, anchor.price, far, *(target.price for target in plan.targets))
    steps = [sign * (b - a) for a, b in pairwise(ladder)]
    assert all(step > 0 for step in steps), f"{plan.ref_id}: prices out of order {ladder}"
    assert sign * (plan.entry - far) >= 0, f"{plan.ref_id}: the entry is the worst edge"
    assert sign * (plan.targets[0].price - plan.entry) > 0, f"{plan.ref_id}: TP1 behind entry"
    assert sum(target.share_pct for target in plan.targets) == 100, f"{plan.ref_id}: shares"
