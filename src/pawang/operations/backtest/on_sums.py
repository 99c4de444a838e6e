"""The map of BTC against what three venues say was liquidated in each bar, long and short.

Nobody recorded where: only sums of 30 minutes or an hour, all venues together, and thinned. So one
sample is a bar and a side on which the price reached bins that had been left alone for four hours:
x is what the map had foretold for them all at the bar's beginning, y what was liquidated of that
side in the bar. A longer way liquidates more whatever the map says, so the number of bins is a
rival, and the same is asked again a bin, with the length of the way divided out.
"""

from pathlib import Path

import numpy as np

from pawang.learning import field
from pawang.market import MarketParams
from pawang.market.magnets import BEYOND_BINS, LiquidationMap, Reached
from pawang.model.codec import Record
from pawang.model.market import Side
from pawang.model.refs import DAY, HOUR
from pawang.operations.backtest import past, recordings

FILES = {HOUR: "liqagg_btc_3venues_1h.parquet", HOUR // 2: "liqagg_btc_3venues_30m.parquet"}


class OnSums(Record):
    """One length of bar. The gate of 6.5 asks for single bins, so this cannot pass it."""

    minutes: int
    first: int
    last: int
    score: field.FieldScore  # of the bars' sums
    a_bin: field.FieldScore  # the same, divided by how many bins were reached


def on_sums(data: Path, span: int, seed: int) -> OnSums:
    """BadInput where a recording is missing."""
    path = data / FILES[span]
    longs, shorts = recordings.columns(path, ("long_usd", "short_usd"))
    ts = recordings.stamps(path).tolist()
    forced = {
        at + span: {Side.LONG: long, Side.SHORT: short}
        for at, long, short in zip(ts, longs.tolist(), shorts.tolist(), strict=True)
    }
    field_map = LiquidationMap(MarketParams())
    rows: list[tuple[list[Reached], float]] = []
    begun = 0
    for step in past.steps(past.read(data, span)):
        begun = begun or step.ts
        reached = field_map.apply(step)
        if step.ts - begun < DAY or step.ts not in forced:
            continue
        for side in (Side.LONG, Side.SHORT):
            mine = [one for one in reached if one.side is side]
            if mine:
                rows.append((mine, forced[step.ts][side]))
    whole = samples(rows)
    block = 2 * DAY // span
    return OnSums(
        minutes=span // (HOUR // 60),
        first=rows[0][0][0].ts,
        last=rows[-1][0][0].ts,
        score=field.score(whole, seed, block),
        a_bin=field.score(a_bin(whole), seed, block),
    )


def samples(rows: list[tuple[list[Reached], float]]) -> field.Samples:
    """Sums over the bins of each bar and side."""
    beyond = np.array(
        [np.sum([one.beyond for one in reached], axis=0) for reached, _ in rows]
    ).reshape(-1, BEYOND_BINS)
    return field.Samples(
        foretold=beyond[:, 0],
        came=np.array([usd for _, usd in rows]),
        rivals={
            "bins": np.array([float(len(reached)) for reached, _ in rows]),
            "age": np.array(
                [np.mean([one.ts - one.since for one in reached]) for reached, _ in rows]
            ),
            "volume": np.array([sum(one.volume_usd for one in reached) for reached, _ in rows]),
        },
        shifted=field.shifted(beyond),
    )


def a_bin(whole: field.Samples) -> field.Samples:
    """The length of the way divided out: is it denser where the map says so?"""
    bins = whole.rivals["bins"]
    return field.Samples(
        foretold=whole.foretold / bins,
        came=whole.came / bins,
        rivals={**whole.rivals, "volume": whole.rivals["volume"] / bins},
        shifted=whole.shifted / bins,
    )
