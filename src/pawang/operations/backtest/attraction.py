"""Do magnets draw the price? A claim of its own (signals.md 6.5), and not the gate's.

Every four hours, on each side, the strongest magnet at least 0.3 % away: does the price first
touch its level, at distance d, or the one as far away on the other side? Beside it the same
question of a level on the same side at nearly the same distance that is no magnet (20 bp from any).
Without attraction both shares are a half. A bar that touches both counts half; who touches neither
within seven days is left out of both and counted.
"""

from pathlib import Path

import numpy as np

from pawang.learning.bootstrap import interval
from pawang.market import MarketParams
from pawang.market.magnets import LiquidationMap
from pawang.model.codec import Record
from pawang.model.kpi import Interval
from pawang.model.market import Side
from pawang.model.refs import DAY, HOUR, MINUTE
from pawang.model.view import Magnet
from pawang.operations.backtest import past
from pawang.operations.backtest.past import Past

EVERY = 4 * HOUR
NEAR_PCT, APART_PCT = 0.3, 0.2
HORIZON = 7 * DAY
N_MIN = 400  # for an effect of seven points (6.5)
BLOCK = 24  # answers: two days
TRIES = 50


class Attraction(Record):
    n: int
    undecided: int
    distance_pct: float  # the mean
    touched: float  # share of magnets touched before their mirror
    touched_95: Interval
    plain: float  # of matched levels without a magnet
    difference_95: Interval  # magnets less plain ones, paired
    enough: bool


def attraction(data: Path, seed: int) -> Attraction:
    """On 15-minute bars of BTC, with the map on hourly open interest."""
    read = past.read(data, 15 * MINUTE)
    field_map = LiquidationMap(MarketParams())
    chance = np.random.default_rng([seed, 5])
    pairs: list[tuple[float, float]] = []
    distances: list[float] = []
    undecided = 0
    for row, step in enumerate(past.steps(read)):
        field_map.apply(step)
        if step.ts % EVERY or step.ts - int(read.ts[0]) < 2 * DAY:
            continue
        magnets = field_map.magnets(step.ts, step.close, None)
        for side in (Side.LONG, Side.SHORT):
            chosen = _strongest(magnets, side)
            other = None if chosen is None else _plain(chosen, magnets, chance)
            if chosen is None or other is None:
                continue
            answers = [_first(read, row, step.close, pct) for pct in (chosen.distance_pct, other)]
            if answers[0] is None or answers[1] is None:
                undecided += 1
                continue
            pairs.append((answers[0], answers[1]))
            distances.append(abs(chosen.distance_pct))
    mine = [magnet for magnet, _ in pairs]
    return Attraction(
        n=len(pairs),
        undecided=undecided,
        distance_pct=float(np.mean(distances)),
        touched=float(np.mean(mine)),
        touched_95=interval(mine, BLOCK, seed),
        plain=float(np.mean([plain for _, plain in pairs])),
        difference_95=interval([magnet - plain for magnet, plain in pairs], BLOCK, seed),
        enough=len(pairs) >= N_MIN,
    )


def _strongest(magnets: tuple[Magnet, ...], side: Side) -> Magnet | None:
    far = (one for one in magnets if one.side is side and abs(one.distance_pct) >= NEAR_PCT)
    return next(far, None)


def _plain(
    chosen: Magnet, magnets: tuple[Magnet, ...], chance: np.random.Generator
) -> float | None:
    """Percent away, on the same side: a quarter nearer or farther, and no magnet."""
    for stretch in chance.uniform(0.75, 1.25, TRIES).tolist():
        pct = chosen.distance_pct * stretch
        if all(abs(pct - one.distance_pct) >= APART_PCT for one in magnets):
            return float(pct)
    return None


def _first(read: Past, row: int, price: float, pct: float) -> float | None:
    """1 where the level is touched before its mirror, 0 after it, a half in one bar."""
    until = int(np.searchsorted(read.ts, read.ts[row] + HORIZON))
    up, down = price * (1.0 + abs(pct) / 100.0), price * (1.0 - abs(pct) / 100.0)
    above, below = read.high[row + 1 : until] >= up, read.low[row + 1 : until] <= down
    if not above.any() and not below.any():
        return None
    rose = int(np.argmax(above)) if above.any() else until
    fell = int(np.argmax(below)) if below.any() else until
    if rose == fell:
        return 0.5
    return float((rose < fell) is (pct > 0.0))
