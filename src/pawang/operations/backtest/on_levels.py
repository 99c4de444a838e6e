"""The map of BTC against real positions: liquidation prices of Hyperliquid's leaderboard accounts.

Some eighty snapshots of buckets 1.2 % wide, of at most 200 accounts, large, mostly cross margined,
and of another venue than the open interest the map is built on: a hard question, and the only
recorded one that says where. Within each snapshot the buckets of +-25 % are ranked by the map's
mass and by the real money; the mean rank correlation over snapshots is the figure. Rivals: the
distance from the price (nearer is more), what was traded there, and the map shifted by 20 to 200
bp. A snapshot whose mark is not in that hour's bar is left out: its source made it up.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pawang.learning import field
from pawang.learning.bootstrap import interval
from pawang.market import MarketParams
from pawang.market.liquidation import BINS_PER_LOG
from pawang.market.magnets import BINS, LiquidationMap
from pawang.model.codec import Record
from pawang.model.kpi import Interval
from pawang.model.market import Side
from pawang.model.refs import HOUR
from pawang.operations.backtest import past, recordings
from pawang.operations.backtest.recordings import Floats

FILE = "liqlevels_hyperliquid.parquet"
WIDTH = 0.012
BUCKETS = range(-21, 21)  # of WIDTH, from the mark on: -25 to +25 %
BLOCK = 5  # snapshots: a day
SHIFTS = tuple(range(-40, -3)) + tuple(range(4, 41))


class Snapshot(NamedTuple):
    mark: float
    real: Floats  # USD by bucket
    mass: Floats
    volume: Floats
    shifted: Floats  # (shifts, buckets)


class OnLevels(Record):
    """Mean rank correlations with the real money over the snapshots."""

    snapshots: int
    left_out: int
    buckets: int
    map: float
    map_95: Interval
    distance: float
    distance_95: Interval
    volume: float
    better_than_distance: Interval  # of the difference, paired by snapshot, 95 %
    side: float  # the map, within each side of the mark
    shifted: float
    shifted_p: float


def on_levels(data: Path, seed: int) -> OnLevels:
    found, left_out = [], 0
    for snapshot in snapshots(data):
        if snapshot is None:
            left_out += 1
        else:
            found.append(snapshot)
    nearness = -np.abs(np.array(BUCKETS) + 0.5)
    mine = [field.spearman(one.mass, one.real) for one in found]
    near = [field.spearman(nearness, one.real) for one in found]
    below = len(BUCKETS) // 2
    sides = [
        (
            field.spearman(one.mass[:below], one.real[:below])
            + field.spearman(one.mass[below:], one.real[below:])
        )
        / 2.0
        for one in found
    ]
    shifted = np.array(
        [[field.spearman(mass, one.real) for mass in one.shifted] for one in found]
    ).mean(axis=0)
    value = float(np.mean(mine))
    return OnLevels(
        snapshots=len(found),
        left_out=left_out,
        buckets=len(BUCKETS),
        map=value,
        map_95=interval(mine, BLOCK, seed),
        distance=float(np.mean(near)),
        distance_95=interval(near, BLOCK, seed),
        volume=float(np.mean([field.spearman(one.volume, one.real) for one in found])),
        better_than_distance=interval(
            [a - b for a, b in zip(mine, near, strict=True)], BLOCK, seed
        ),
        side=float(np.mean(sides)),
        shifted=float(shifted.mean()),
        shifted_p=(1 + int((shifted >= value).sum())) / (1 + len(shifted)),
    )


def snapshots(data: Path) -> Iterator[Snapshot | None]:
    """Each snapshot with the map as of the hour before it; None where its mark is nowhere."""
    listed = _listed(data / FILE)
    waiting = sorted(listed)
    read = past.read(data, HOUR)
    field_map = LiquidationMap(MarketParams())
    hours = {int(ts): row for row, ts in enumerate(read.ts.tolist())}
    for step in past.steps(read):
        field_map.apply(step)
        while waiting and waiting[0] < step.ts + HOUR:
            ts = waiting.pop(0)
            row = hours.get(ts // HOUR * HOUR)
            mark = listed[ts][0][2]
            if ts < step.ts or row is None or not read.low[row] <= mark <= read.high[row]:
                yield None
            else:
                yield _snapshot(mark, listed[ts], field_map)


def _listed(path: Path) -> dict[int, list[tuple[int, float, float, float]]]:
    """(side, price, mark, USD) of BTC by time."""
    coins = recordings.words(path, "coin")
    side, price, usd, mark = recordings.columns(path, ("side", "price", "value_usd", "mark"))
    found: dict[int, list[tuple[int, float, float, float]]] = defaultdict(list)
    for row, ts in enumerate(recordings.stamps(path).tolist()):
        if coins[row] == "BTC":
            one = int(side[row]), float(price[row]), float(mark[row]), float(usd[row])
            found[ts].append(one)
    return found


def _snapshot(
    mark: float, rows: list[tuple[int, float, float, float]], field_map: LiquidationMap
) -> Snapshot:
    assert field_map.first is not None
    real = np.zeros(len(BUCKETS))
    for _, price, _, usd in rows:
        place = int(np.floor((price / mark - 1.0) / WIDTH)) - BUCKETS[0]
        if 0 <= place < len(real):
            real[place] += usd
    edges = np.log(mark * (1.0 + WIDTH * np.arange(BUCKETS[0], BUCKETS[-1] + 2)))
    bins = np.floor(edges * BINS_PER_LOG).astype(np.int64) - field_map.first
    whole = field_map.mass[Side.LONG] + field_map.mass[Side.SHORT]
    return Snapshot(
        mark=mark,
        real=real,
        mass=_sums(whole, bins),
        volume=_sums(field_map.traded, bins),
        shifted=np.array([_sums(whole, bins + shift) for shift in SHIFTS]),
    )


def _sums(values: Floats, bins: np.ndarray) -> Floats:
    whole = np.concatenate(([0.0], np.cumsum(values)))
    found: Floats = np.diff(whole[np.clip(bins, 0, BINS)])
    return found
