"""Plans on random walks: the rates of the closed form, and nothing earned by any rule."""

from math import sqrt

from msgspec.structs import astuple, replace

from pawang.model.codec import Record
from pawang.operations.backtest import walks
from pawang.operations.backtest.null import GEOMETRIES, MAIN, chances
from pawang.signals.barriers import Exits, Fees, Geometry, Path, Walked, walk

ERRORS_MAX = 3.0  # standard errors from the closed form, and from minus the costs
WALKS_A_PLAN = 3  # an entry rule leaves some walks alone
STEPS_MAX = 100_000  # e^-50 of the plans of the widest geometry would live as long
TICK_PCT = 0.01  # of entry: percent to the ticks of a walk
FEES_PCT = Fees(entry=0.02, target=0.02, stop=0.05)  # maker in, maker or taker out (7.2)


class Policy(Record):
    """One way in and out; distances in percent of entry."""

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
        "trailing runner": Exits(to_entry=True, trail=0.20),
        "trail and time stop": Exits(to_entry=True, trail=0.35, bars_max=1500),
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
    found = _walked(policy, walks.follow(steps, entered, seed), len(entered.walk))
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
        met=all(abs(each) <= ERRORS_MAX for each in (*errors, net_errors) if each is not None),
    )


def _walked(policy: Policy, path: Path, plans: int) -> Walked:
    geometry, exits = _geometry_in_ticks(policy.geometry), _exits_in_ticks(policy.exits)
    return walk(path, plans, geometry, exits, _fees_in_ticks(FEES_PCT), STEPS_MAX)


def _errors(rate: float, null: float | None, n: int) -> float | None:
    """How many standard errors a rate of `n` independent plans is from its chance."""
    return None if null is None else (rate - null) / sqrt(null * (1 - null) / n)


def _closed_form(policy: Policy) -> tuple[float, float] | tuple[None, None]:
    """Chances of TP1 and TP2; none where a clock ends plans. (A trail only ends runners.)"""
    if policy.exits.bars_max is not None:
        return None, None
    return chances(policy.geometry, policy.exits)


def _ticks(percent: float) -> float:
    return float(round(percent / TICK_PCT))


def _geometry_in_ticks(geometry: Geometry) -> Geometry:
    stop, target, target_next = map(_ticks, astuple(geometry))
    return Geometry(stop=stop, target=target, target_next=target_next)


def _exits_in_ticks(exits: Exits) -> Exits:
    return exits if exits.trail is None else replace(exits, trail=_ticks(exits.trail))


def _fees_in_ticks(fees: Fees) -> Fees:
    entry, target, stop = map(_ticks, astuple(fees))
    return Fees(entry=entry, target=target, stop=stop)
