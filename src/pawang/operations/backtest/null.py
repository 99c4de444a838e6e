"""Does the yardstick read zero where there is nothing to measure?

On random walks the hit rates must be those of the closed form (`signals/null.py`), and no exit or
entry rule may earn anything: the mean net PnL is minus the costs (optional stopping). On recorded
one-minute bars, entered every five minutes on both sides without any signal, the rates must come
out near the closed form too. Whatever looks one bar ahead is thrown far out of these bounds.
"""

from collections.abc import Callable, Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from pawang.learning.bootstrap import interval
from pawang.learning.intervals import Interval
from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.operations.backtest import walks
from pawang.operations.backtest.recordings import Bars
from pawang.signals.barriers import Exits, Fees, Floats, Geometry, Ints, Label, Moves, Path, walk
from pawang.signals.null import hit_chance, hit_chance_breakeven

ERRORS_MAX = 3.0  # standard errors on random walks
APART_MAX = 0.03  # from the closed form on bars
PLANS = 20_000
WALKS_A_PLAN = 3  # an entry rule leaves some walks alone
STEPS_MAX = 100_000  # e^-50 of the plans of the widest geometry would live as long
TICK_PCT = 0.01  # of entry: percent to the ticks of a walk

GEOMETRIES = (
    Geometry(stop=0.35, target=0.28, target_next=0.60),
    Geometry(stop=0.19, target=0.28, target_next=0.60),
    Geometry(stop=0.12, target=0.18, target_next=0.36),
    Geometry(stop=0.20, target=0.20, target_next=0.40),
)
"""The rows of signals.md 7.4, in whole ticks. Only ratios count: smaller ones walk less."""
MAIN = GEOMETRIES[0]
FEES_PCT = Fees(entry=0.02, target=0.02, stop=0.05)  # maker in, maker or taker out (7.2)

EVERY_BARS = 5  # an entry each cycle of the desk
BARS_END = 2 * 24 * 60  # "no time stop": nearly everything is decided within two days
TIME_STOP = 60


# Random walks.


class Policy(Record):
    """One way in and out."""

    name: str
    geometry: Geometry
    exits: Exits
    rule: str = "at once"


class OnWalks(Record):
    """What a policy did. Rates are judged where no clock ends plans."""

    name: str
    geometry: Geometry  # percent of entry
    n: int
    tp1: float
    tp1_null: float | None
    tp1_errors: float | None  # how many standard errors from the closed form
    tp2: float
    tp2_null: float | None
    tp2_errors: float | None
    undecided: float
    net: float  # mean PnL after costs, percent of entry
    cost: float
    net_errors: float  # of net from minus the costs
    met: bool


RULES: dict[str, walks.Rule] = {
    "at once": walks.at_once,
    "with the last 20 ticks": walks.momentum,
    "on a dip of 5 ticks": walks.dip,
}


def policies() -> list[Policy]:
    plain = [
        Policy(name=name, geometry=geometry, exits=Exits(to_entry=moves))
        for geometry in GEOMETRIES
        for name, moves in (("fixed stop", False), ("stop to entry", True))
    ]
    ways = {
        "time stop": Exits(bars_max=500),
        "trailing runner": Exits(to_entry=True, trail=20.0),
        "trail and time stop": Exits(to_entry=True, trail=35.0, bars_max=1500),
    }
    timed = [Policy(name=name, geometry=MAIN, exits=exits) for name, exits in ways.items()]
    entered = [
        Policy(name=f"enters {name}", geometry=MAIN, exits=Exits(bars_max=1500), rule=name)
        for name in RULES
        if name != "at once"
    ]
    return plain + timed + entered


def on_walks(policy: Policy, plans: int, seed: int, rule: walks.Rule | None = None) -> OnWalks:
    """`plans` plans under one policy; `rule` stands in for the policy's own entry rule."""
    steps = walks.lead(plans * WALKS_A_PLAN, seed)
    entered = (rule or RULES[policy.rule])(steps).first(plans)
    geometry, fees = _in_ticks(policy.geometry), _fees_in_ticks()
    path = walks.follow(steps, entered, seed)
    found = walk(path, len(entered.walk), geometry, policy.exits, fees, STEPS_MAX)
    n = len(entered.walk)
    rates = float(found.tp1.mean()), float(found.tp2.mean())
    nulls = _closed_form(policy)
    errors = tuple(_errors(rate, null, n) for rate, null in zip(rates, nulls, strict=True))
    # Net PnL less minus the costs is the gross: one and the same distance from zero.
    net_errors = float(found.gross.mean() / (found.gross.std(ddof=1) / sqrt(n)))
    return OnWalks(
        name=policy.name,
        geometry=policy.geometry,
        n=n,
        tp1=rates[0],
        tp1_null=nulls[0],
        tp1_errors=errors[0],
        tp2=rates[1],
        tp2_null=nulls[1],
        tp2_errors=errors[1],
        undecided=float(found.undecided.mean()),
        net=float((found.gross - found.cost).mean()) * TICK_PCT,
        cost=float(found.cost.mean()) * TICK_PCT,
        net_errors=net_errors,
        met=all(abs(each or 0.0) <= ERRORS_MAX for each in (*errors, net_errors)),
    )


def _errors(rate: float, null: float | None, n: int) -> float | None:
    """How many standard errors a rate of `n` independent plans is from its chance."""
    return None if null is None else (rate - null) / sqrt(null * (1 - null) / n)


def _closed_form(policy: Policy) -> tuple[float, float] | tuple[None, None]:
    """Chances of TP1 and TP2; none where a clock ends plans. (A trail only ends runners.)"""
    if policy.exits.bars_max is not None:
        return None, None
    return chances(policy.geometry, policy.exits)


def chances(geometry: Geometry, exits: Exits) -> tuple[float, float]:
    """The closed form of TP1 and TP2 without a clock."""
    a, b1, b2 = geometry.stop, geometry.target, geometry.target_next
    if exits.to_entry:
        return hit_chance(a, b1), hit_chance_breakeven(a, b1, b2)
    return hit_chance(a, b1), hit_chance(a, b2)


def _in_ticks(geometry: Geometry) -> Geometry:
    ticks = (geometry.stop, geometry.target, geometry.target_next)
    stop, target, target_next = (float(round(each / TICK_PCT)) for each in ticks)
    return Geometry(stop=stop, target=target, target_next=target_next)


def _fees_in_ticks() -> Fees:
    return Fees(
        entry=FEES_PCT.entry / TICK_PCT,
        target=FEES_PCT.target / TICK_PCT,
        stop=FEES_PCT.stop / TICK_PCT,
    )


# Recorded bars.

Sides = Callable[[Bars, Ints], NDArray[np.int64]]
"""Rows of +1 and -1 for the entries at the open of the named bars; may read bars before them."""


class OnBars(Record):
    """What entries without a signal met in one coin's recorded minutes."""

    coin: str
    exits: str
    n: int
    tp1: float
    tp1_95: Interval
    tp1_null: float
    tp2: float
    tp2_95: Interval
    tp2_null: float
    sl_first: float
    undecided: float  # part of the denominator of every rate
    judged: bool  # the closed form knows no clock: with a time stop the rates are only printed
    met: bool


EXITS = {
    "fixed stop": Exits(),
    "stop to entry": Exits(to_entry=True),
    "60-minute time stop": Exits(bars_max=TIME_STOP),
}


def both_sides(_: Bars, entries: Ints) -> NDArray[np.int64]:
    """Long and short at every entry: whatever the drift of the stretch, it cancels."""
    return np.array([[1], [-1]]).repeat(len(entries), axis=1)


def on_bars(
    coin: str, markets: Sequence[Bars], exits: str, seed: int, sides: Sides = both_sides
) -> OnBars:
    """All of a coin's recordings, one after the other. BadInput where they are too short."""
    rule, parts = EXITS[exits], [_entered(bars, EXITS[exits], sides) for bars in markets]
    label = np.concatenate(parts, axis=1)
    if label.shape[1] < BARS_END // EVERY_BARS:
        raise BadInput(f"{coin}: too few one-minute bars without a hole")
    tp1, tp2 = (label >= Label.TP1_THEN_TIMEOUT).mean(axis=0), (label == Label.TP2).mean(axis=0)
    undecided = (label == Label.TIMEOUT) | (label == Label.TP1_THEN_TIMEOUT)
    null1, null2 = chances(MAIN, rule)
    # Plans live for hours and overlap: a block is as long as the longest life.
    block = ceil(BARS_END / EVERY_BARS)
    apart = max(abs(tp1.mean() - null1), abs(tp2.mean() - null2))
    return OnBars(
        coin=coin,
        exits=exits,
        n=label.size,
        tp1=float(tp1.mean()),
        tp1_95=interval(tp1.tolist(), block, seed),
        tp1_null=null1,
        tp2=float(tp2.mean()),
        tp2_95=interval(tp2.tolist(), block, seed),
        tp2_null=null2,
        sl_first=float((label == Label.SL).mean()),
        undecided=float(undecided.mean()),
        judged=rule.bars_max is None,
        met=rule.bars_max is not None or bool(apart <= APART_MAX),
    )


def _entered(bars: Bars, exits: Exits, sides: Sides) -> NDArray[np.int8]:
    """(rows of sides, entries): what became of each. No plan walks over a hole."""
    count = np.arange(len(bars.ts))
    ends = np.append(np.flatnonzero(np.diff(bars.run)), len(bars.ts) - 1)[bars.run]
    entries = np.flatnonzero((ends - count >= BARS_END) & (count % EVERY_BARS == 0))
    chosen = sides(bars, entries)
    path = _along(bars, np.tile(entries, len(chosen)), chosen.ravel())
    return walk(path, chosen.size, MAIN, exits, Fees(), BARS_END).label.reshape(chosen.shape)


def _along(bars: Bars, entries: Ints, side: Ints) -> Path:
    """Moves in percent of the entry, which is the open of its bar: that bar is walked, too."""
    entry = bars.open[entries]

    def bar(number: int, plans: Ints) -> Moves:
        at, long_, price = entries[plans] + number, side[plans] > 0, entry[plans]

        def move(for_long: Floats, for_short: Floats) -> Floats:
            up = (for_long[at] / price - 1.0) * 100.0
            down = (1.0 - for_short[at] / price) * 100.0
            return np.where(long_, up, down)

        return Moves(
            worst=move(bars.low, bars.high),
            best=move(bars.high, bars.low),
            last=move(bars.close, bars.close),
        )

    return bar
