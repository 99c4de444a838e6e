"""The map on a made market whose liquidations are known: it sees what a venue would show.

The real `Heatmap`, minute by minute as live: marks, prints of trades and of liquidations (thinned),
open interest. What is scored: what it foretold for untouched bins against the printed
liquidations (6.5), and the same forecasts shuffled among the bins of the same map.
"""

from math import comb
from statistics import fmean, median

import numpy as np
from msgspec.structs import replace

from pawang.learning import field
from pawang.market import MarketParams
from pawang.market.candles import Bars
from pawang.market.heatmap import Heatmap
from pawang.market.open_interest import OpenInterestHistory
from pawang.model.codec import Record
from pawang.model.field import Crossing
from pawang.model.market import Liquidation, OpenInterest, Side
from pawang.model.refs import HOUR, MINUTE, SECOND
from pawang.operations.backtest import truth

DAYS = 14
AUC_MIN = 0.65
SHUFFLED_MAX = 0.55
SIGN_MAX = 0.05
DEALS = 20


class OnTruth(Record):
    """One seed."""

    seed: int
    habits: truth.Habits
    liquidated: int
    printed: int
    score: field.FieldScore
    shuffled_auc: float
    neighbour_auc: float

    def null(self, name: str) -> float:
        """The AUC of a rival, read in whichever direction serves it."""
        if name == "shifted":
            return field.turned(self.score.shifted_auc)
        return next(field.turned(one.auc) for one in self.score.rivals if one.name == name)


class OverSeeds(Record):
    """All seeds: medians, and whether the targets are met."""

    seeds: int
    auc: float
    lift: float
    nulls: dict[str, float]  # median AUC by name
    beaten: dict[str, int]  # in how many seeds the map was better
    significant: int  # seeds with a permutation p of the shifted maps below 0.01
    shuffled: float  # the largest
    neighbour: float
    gates: int  # seeds that pass the whole gate of 6.5
    lacking: tuple[str, ...]

    @property
    def met(self) -> bool:
        return not self.lacking


def on_truth(seed: int, days: int = DAYS) -> OnTruth:
    """Let one crowd live, and the map watch it."""
    interest = OpenInterestHistory(31)
    heatmap = Heatmap("BTC", MarketParams(), interest, Bars(5 * MINUTE, 10), Bars(HOUR, 10))
    found: list[Crossing] = []
    liquidated = printed = 0
    for minute in truth.watch(seed, days):
        show(heatmap, interest, minute)
        found += heatmap.crossings()
        liquidated += len(minute.died)
        printed += len(minute.prints)
    samples = field.of_crossings(found)
    return OnTruth(
        seed=seed,
        habits=truth.habits(seed),
        liquidated=liquidated,
        printed=printed,
        score=field.score(samples, seed),
        shuffled_auc=shuffled_auc(samples, seed),
        neighbour_auc=neighbour_auc(found, samples, seed),
    )


def show(heatmap: Heatmap, interest: OpenInterestHistory, minute: truth.Minute) -> None:
    """What the venue tells of a minute, in order of time."""
    start = (minute.minute + 1) * MINUTE
    heatmap.mark(start, float(minute.prices[0]))
    prints = list(minute.prints)
    for part in range(truth.PARTS):
        ts = start + (part + 1) * truth.PART_NS - 1
        before, after = float(minute.prices[part]), float(minute.prices[part + 1])
        while prints and start + prints[0][0] <= ts:
            heatmap.forced(_print(start, prints.pop(0)))
        heatmap.trade(ts, max(before, after), float(minute.buys[part]))
        heatmap.trade(ts, min(before, after), -float(minute.sells[part]))
        heatmap.mark(ts, after)
    for late in prints:
        heatmap.forced(_print(start, late))
    price = float(minute.prices[-1])
    told = OpenInterest(
        instrument="BTC-USDT-SWAP",
        ts_event=start + 59 * SECOND,
        ts_recv=start + 59 * SECOND,
        coins=minute.coins,
        usd=minute.coins * price,
    )
    interest.add(told)
    heatmap.past(told.ts_event)


def _print(start: int, row: tuple[int, int, float, float]) -> Liquidation:
    ns, sign, price, coins = row
    side = Side.LONG if sign > 0 else Side.SHORT
    return Liquidation(
        instrument="BTC-USDT-SWAP",
        ts_event=start + ns,
        ts_recv=start + ns,
        side=side,
        price=price,
        size=coins,
    )


def shuffled_auc(samples: field.Samples, seed: int) -> float:
    """The same forecasts dealt out at random among the bins that were reached: mean of DEALS."""
    chance = np.random.default_rng([seed, 3])
    top = field.top_quintile(samples.came)
    return fmean(field.auc(chance.permutation(samples.foretold), top) for _ in range(DEALS))


def neighbour_auc(found: list[Crossing], samples: field.Samples, seed: int) -> float:
    """Each bin foretold by any other one of the same map within 200 bp: it knows how heavy the
    map is at that hour, and not where."""
    chance = np.random.default_rng([seed, 4])
    beyond = np.array([one.beyond for one in found])
    other = chance.integers(1, beyond.shape[1], len(beyond))
    return field.auc(beyond[np.arange(len(beyond)), other], field.top_quintile(samples.came))


def over_seeds(found: list[OnTruth]) -> OverSeeds:
    """The medians, and the targets."""
    auc = median(one.score.map.auc for one in found)
    nulls = {
        name: [one.null(name) for one in found] for name in ("age", "volume", "round", "shifted")
    }
    beaten = {
        name: sum(one.score.map.auc > null for one, null in zip(found, aucs, strict=True))
        for name, aucs in nulls.items()
    }
    made = OverSeeds(
        seeds=len(found),
        auc=auc,
        lift=median(one.score.map.lift for one in found),
        nulls={name: median(aucs) for name, aucs in nulls.items()},
        beaten=beaten,
        significant=sum(one.score.shifted_p < field.P_MAX for one in found),
        shuffled=max(one.shuffled_auc for one in found),
        neighbour=median(one.neighbour_auc for one in found),
        gates=sum(one.score.passed for one in found),
        lacking=(),
    )
    return replace(made, lacking=lacking(made))


def lacking(made: OverSeeds) -> tuple[str, ...]:
    """The targets that are missed."""
    checks = {
        f"median AUC {made.auc:.3f}, at least {AUC_MIN}": made.auc >= AUC_MIN,
        f"shuffled {made.shuffled:.3f}, at most {SHUFFLED_MAX}": made.shuffled <= SHUFFLED_MAX,
    }
    for name, wins in made.beaten.items():
        told = f"{name} beaten in {wins} of {made.seeds} seeds, more often than luck"
        checks[told] = made.auc > made.nulls[name] and luck(wins, made.seeds) < SIGN_MAX
    return tuple(words for words, met in checks.items() if not met)


def luck(wins: int, n: int) -> float:
    """The sign test: the chance of so many heads or more."""
    return sum(comb(n, k) for k in range(wins, n + 1)) / 2.0**n
