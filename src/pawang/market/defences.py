"""Whale parents as a signal may count them: without liquidations, washes and one big hand.

Taker prints cannot be spoofed, but they can be washed, and a liquidation is nobody's opinion
(signals.md 1.1, 1.5). In this order:

forced   a liquidation of the same side within 2 s of a parent and not larger than what is left of
         it is taken out of it; the nearest parent in time is meant
pair     two opposite parents within a second, sizes within 1 %, prices within a tick: neither
         counts. Each parent is in one pair at most, the earliest that fits
impact   the mid went against the parent from 0.1 s before to 1 s after it: half of it counts
cap      of one parent at most half of the window's gross counts

Nothing at or after `ts`, the windows' end, is looked at: an impact that is not over by then, or
whose mid is unknown, takes nothing away. The order in which records came does not matter.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from math import sqrt
from typing import NamedTuple

from pawang.market.mids import Mids
from pawang.market.params import MarketParams
from pawang.market.parents import Parent
from pawang.model.refs import MILLISECOND, SECOND

FORCED_MAX = 4_096
"""Liquidations kept; a venue tells at most one a second, so an hour has 3,600."""
EXACT = 1e-9
"""Of a size or a tick: what adding floats up may be off by."""


class Kept:
    """A parent, and whether the mid went against it (None: it may still)."""

    __slots__ = ("against", "parent")

    def __init__(self, parent: Parent) -> None:
        self.parent = parent
        self.against: bool | None = None


class Forced(NamedTuple):
    """A liquidation, by its taker's side."""

    ts: int
    sign: int
    size: float  # coin


class Weighed(NamedTuple):
    """A parent as windows count it: what is its own, what of that counts, what was forced."""

    t0: int
    t1: int
    sign: int
    own_usd: float
    weight: float
    forced_usd: float


class Sums(NamedTuple):
    """What a window makes of its parents. `z` is not divided by kappa."""

    parents: int
    net_usd: float
    gross_usd: float
    z: float
    washed_usd: float
    forced_net_usd: float


class Liquidations:
    """The last hour's, in time order whatever the order they came in."""

    __slots__ = ("_horizon", "_kept")

    def __init__(self, horizon: int) -> None:
        self._horizon = horizon
        self._kept: list[Forced] = []

    def add(self, ts: int, sign: int, size: float) -> None:
        kept = self._kept
        insort(kept, Forced(ts, sign, size))
        while kept[0].ts < kept[-1].ts - self._horizon or len(kept) > FORCED_MAX:
            kept.pop(0)

    def before(self, ts: int) -> list[Forced]:
        return self._kept[: bisect_left(self._kept, (ts,))]


def weigh(
    kept: Sequence[Kept],
    liquidations: Sequence[Forced],
    ts: int,
    theta_usd: float,
    tick: float,
    mids: Mids,
    params: MarketParams,
) -> list[Weighed]:
    """The parents that began before `ts` and are whales, or would be with what was forced."""
    begun = sorted(
        (one for one in kept if one.parent.t0 < ts), key=lambda one: (one.parent.t0, one.parent.t1)
    )
    forced = taken([one.parent for one in begun], liquidations, params)
    least = theta_usd * (1.0 - params.pair_share)  # a whale's twin may be a little smaller
    large = [place for place, one in enumerate(begun) if one.parent.notional_usd >= least]
    washed = paired([begun[place].parent for place in large], tick, params)
    weighed = []
    for place, twin in zip(large, washed, strict=True):
        parent = begun[place].parent
        if parent.notional_usd < theta_usd:
            continue
        forced_usd = forced[place] * parent.vwap
        own = parent.notional_usd - forced_usd
        if twin or own < theta_usd:
            weight = 0.0
        else:
            weight = params.impact_weight if suffered(begun[place], ts, mids, params) else 1.0
        # What is left of a liquidated parent and no whale's is no wash either: it is not ours.
        own = own if own >= theta_usd else 0.0
        weighed.append(Weighed(parent.t0, parent.t1, parent.sign, own, weight, forced_usd))
    return weighed


def taken(
    parents: Sequence[Parent], liquidations: Sequence[Forced], params: MarketParams
) -> list[float]:
    """Coins of each parent that liquidations stand for; `parents` by (t0, t1)."""
    coins = [0.0] * len(parents)
    if not liquidations:
        return coins
    begins = [parent.t0 for parent in parents]
    reach = round(params.forced_s * SECOND)
    lasts = params.parent_cap_ms * MILLISECOND
    for ts, sign, size in liquidations:
        first = bisect_left(begins, ts - reach - lasts)
        nearest: tuple[int, int] | None = None
        for place in range(first, bisect_right(begins, ts + reach)):
            parent = parents[place]
            left = parent.size - coins[place]
            far = max(parent.t0 - ts, ts - parent.t1, 0)
            if parent.sign != sign or far > reach or size > left * (1.0 + EXACT):
                continue
            if nearest is None or far < nearest[0]:
                nearest = (far, place)
        if nearest is not None:
            coins[nearest[1]] += size
    return [min(size, parent.size) for size, parent in zip(coins, parents, strict=True)]


def paired(parents: Sequence[Parent], tick: float, params: MarketParams) -> list[bool]:
    """Which of these (by t0, t1) are washes: each with its twin of the other side."""
    washed = [False] * len(parents)
    reach = round(params.pair_s * SECOND)
    for place, parent in enumerate(parents):
        if washed[place]:
            continue
        for later in range(place + 1, len(parents)):
            other = parents[later]
            if other.t0 - parent.t1 > reach:
                break
            if not washed[later] and twins(parent, other, tick, params.pair_share):
                washed[place] = washed[later] = True
                break
    return washed


def twins(one: Parent, other: Parent, tick: float, share: float) -> bool:
    """Opposite, of nearly one size, at nearly one price."""
    larger = max(one.notional_usd, other.notional_usd)
    return (
        one.sign == -other.sign
        and abs(one.notional_usd - other.notional_usd) <= share * larger
        and abs(one.vwap - other.vwap) <= tick * (1.0 + EXACT)
    )


def suffered(one: Kept, ts: int, mids: Mids, params: MarketParams) -> bool:
    """Whether it is known by `ts` that the mid went against this parent."""
    if over(one.parent, params) > ts:
        return False
    return went_against(one.parent, mids, params) if one.against is None else one.against


def over(parent: Parent, params: MarketParams) -> int:
    """When a parent's impact is looked at."""
    return parent.t1 + params.impact_after_ms * MILLISECOND


def went_against(parent: Parent, mids: Mids, params: MarketParams) -> bool:
    """False, too, where the mid is unknown or absurd (A20)."""
    before = mids.at(parent.t0 - params.impact_before_ms * MILLISECOND)
    after = mids.at(over(parent, params))
    if before is None or after is None:
        return False
    price = parent.vwap
    if max(abs(before - price), abs(after - price)) > params.jump_share * price:
        return False
    return (after - before) * parent.sign < 0.0


def count(weighed: Sequence[Weighed], cap_share: float) -> Sums:
    """The sums of one window over its own parents."""
    usd = [one.sign * one.weight * one.own_usd for one in weighed if one.weight > 0.0]
    cap = cap_share * sum(map(abs, usd))
    capped = [max(-cap, min(cap, signed)) for signed in usd]
    net, gross, z = significance(capped, kappa=1.0)
    return Sums(
        parents=len(capped),
        net_usd=net,
        gross_usd=gross,
        z=z,
        washed_usd=max(0.0, sum(one.own_usd for one in weighed) - gross),
        forced_net_usd=sum((one.sign * one.forced_usd for one in weighed), 0.0),
    )


def significance(signed_usd: Sequence[float], kappa: float) -> tuple[float, float, float]:
    """Net, gross and z of signed notionals under random signs (1.3); zeros when there are none.

    >>> net, gross, z = significance([400e3, -150e3, 1200e3, 300e3, -250e3, 800e3], kappa=1.0)
    >>> net, gross, round(z, 6)
    (2300000.0, 3100000.0, 1.480026)
    """
    if not signed_usd:
        return 0.0, 0.0, 0.0
    net = sum(signed_usd)
    gross = sum(abs(usd) for usd in signed_usd)
    return net, gross, net / (kappa * sqrt(sum(usd * usd for usd in signed_usd)))
