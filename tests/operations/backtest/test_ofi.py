"""The figures of `pawang backtest ofi` by a second way that shares no code with the first."""

from bisect import bisect_left, bisect_right
from decimal import Decimal
from itertools import pairwise

import msgspec
import numpy as np
import pyarrow.parquet as pq
import pytest

from pawang.model.errors import BadInput
from pawang.operations.backtest.ofi import measure

SEED = 7
NAMES = [
    "binance_spot_btcusdt_20230405",
    "binance_usdm_btcusdt_20230404",
    "binance_usdm_btcusdt_20240718",
    "binance_usdm_ethusdt_20240718",
]
SECOND = 10**9


# The second way: plain Python over rows; numpy only draws the blocks and sums.


def read(path):
    table = pq.read_table(path, columns=["ts_ns", "bid", "bid_size", "ask", "ask_size"])
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def tick_of(rows):
    places = [
        -Decimal(repr(price)).normalize().as_tuple().exponent for r in rows for price in r[1::2]
    ]
    return 10.0 ** -max(0, *places)


def event(before, now):
    _, bid0, bid_size0, ask0, ask_size0 = before
    _, bid1, bid_size1, ask1, ask_size1 = now
    bid_part = bid_size1 if bid1 > bid0 else -bid_size0 if bid1 < bid0 else bid_size1 - bid_size0
    ask_part = ask_size1 if ask1 < ask0 else -ask_size0 if ask1 > ask0 else ask_size1 - ask_size0
    return bid_part - ask_part


def window_table(rows, tick, seconds, begin):
    """Flow and mid move of each whole window, walking the rows once."""
    span = seconds * SECOND
    count = (rows[-1][0] - begin) // span
    flow, mid_before, mid_after = [0.0] * count, [None] * count, [None] * count
    mid = (rows[0][1] + rows[0][3]) / 2
    place = -1
    for before, now in pairwise([rows[0], *rows]):
        window = (now[0] - begin) // span
        while place < min(window, count):
            if place >= 0:
                mid_after[place] = mid
            place += 1
            if place < count:
                mid_before[place] = mid
        if 0 <= window < count and before is not now:
            flow[window] += event(before, now)
        mid = (now[1] + now[3]) / 2
    moves = [(after - before) / tick for before, after in zip(mid_before, mid_after, strict=True)]
    return flow, moves


def r2(flow, moves, weights=None):
    weights = np.ones(len(flow)) if weights is None else weights
    flow, moves = np.asarray(flow), np.asarray(moves)
    x = flow - np.average(flow, weights=weights)
    y = moves - np.average(moves, weights=weights)
    return float((weights @ (x * y)) ** 2 / ((weights @ (x * x)) * (weights @ (y * y))))


def drawn(n, draws=2000):
    """How often each of n pieces counts in each draw: blocks of the cube root, on a circle."""
    block = next(size for size in range(1, n + 1) if size**3 >= n)
    begins = np.random.default_rng(SEED).integers(0, n, (draws, -(-n // block)))
    for row in begins:
        weights = np.zeros(n)
        for begin in row:
            for step in range(block):
                weights[(begin + step) % n] += 1
        yield weights


def percentiles(values):
    return {"low": float(np.quantile(values, 0.025)), "high": float(np.quantile(values, 0.975))}


def window_figures(rows, tick, depth, seconds):
    flow, moves = window_table(rows, tick, seconds, rows[0][0])
    same, after = r2(flow, moves), r2(flow[:-1], moves[1:])
    slope = float(np.polyfit(flow, moves, 1)[0])
    phases = []
    for tenth in range(10):
        x, y = window_table(rows, tick, seconds, rows[0][0] + tenth * seconds * SECOND // 10)
        phases.append((r2(x, y), r2(x[:-1], y[1:])))
    return {
        "seconds": seconds,
        "n": len(flow),
        "r2": same,
        "r2_95": percentiles([r2(flow, moves, w) for w in drawn(len(flow))]),
        "next_r2": after,
        "next_r2_95": percentiles([r2(flow[:-1], moves[1:], w) for w in drawn(len(flow) - 1)]),
        "slope": slope,
        "slope_depth": slope * depth,
        "phases": {
            "r2_min": min(same for same, _ in phases),
            "r2_max": max(same for same, _ in phases),
            "next_r2_max": max(after for _, after in phases),
            "next_share_max": max(after / same for same, after in phases),
        },
        "r2_met": same >= {1: 0.4, 10: 0.5}[seconds],
        "next_met": after <= same / 4,
    }


def labelled(rows):
    """(imbalance, did the mid rise next, time) of each state that a move follows; and how many moves."""
    found, rose, moves = [], None, 0
    for before, now in reversed(list(pairwise(rows))):
        mid0, mid1 = (before[1] + before[3]) / 2, (now[1] + now[3]) / 2
        if mid0 != mid1:
            rose, moves = mid1 > mid0, moves + 1
        if rose is not None:
            size = before[2] + before[4]
            found.append(((before[2] - before[4]) / size, rose, before[0]))
    return found[::-1], moves


def auc_figures(rows):
    found, moves = labelled(rows)
    cells = 1 + (found[-1][2] - rows[0][0]) // (10 * SECOND)
    rises, falls = ([[] for _ in range(cells)] for _ in range(2))
    for score, rose, ts in found:
        (rises if rose else falls)[(ts - rows[0][0]) // (10 * SECOND)].append(score)
    won = np.zeros((cells, cells))
    for j, beaten in enumerate(map(sorted, falls)):
        for i, scores in enumerate(rises):
            won[i, j] = sum(bisect_left(beaten, s) + bisect_right(beaten, s) for s in scores) / 2
    ups, downs = (np.array([len(cell) for cell in side]) for side in (rises, falls))

    def auc(weights):
        return float(weights @ won @ weights / (weights @ ups) / (weights @ downs))

    value = auc(np.ones(cells))
    return {
        "states": len(found),
        "moves": moves,
        "auc": value,
        "auc_95": percentiles([auc(weights) for weights in drawn(cells)]),
        "met": value >= 0.75,
    }


def second_way(name, path):
    rows = read(path)
    tick = tick_of(rows)
    depth = sum((row[2] + row[4]) / 2 for row in rows) / len(rows)
    return {
        "name": name,
        "asset": "ETH" if "ethusdt" in name else "BTC",
        "quotes": len(rows),
        "seconds": (rows[-1][0] - rows[0][0]) / SECOND,
        "tick": tick,
        "depth": depth,
        "windows": [window_figures(rows, tick, depth, seconds) for seconds in (1, 10)],
        "imbalance": auc_figures(rows),
    }


def same(ours, theirs):
    """Equal shape and words, figures to 1e-9."""
    if isinstance(theirs, dict):
        assert ours.keys() == theirs.keys()
        for key in theirs:
            same(ours[key], theirs[key])
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs)
        for ours_, theirs_ in zip(ours, theirs, strict=True):
            same(ours_, theirs_)
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9)
    else:
        assert ours == theirs


# The laws.


@pytest.mark.parametrize("name", NAMES)
def test_a_second_way_gives_the_same_figures_to_1e_9(recorded, name):
    path = recorded / f"bbo_{name}.parquet"
    same(msgspec.to_builtins(measure(name, path, SEED)), second_way(name, path))


@pytest.mark.parametrize("name", NAMES)
def test_the_papers_hold_on_every_recording(recorded, name):
    found = measure(name, recorded / f"bbo_{name}.parquet", SEED)
    verdicts = [(each.r2_met, each.next_met) for each in found.windows]
    assert (verdicts, found.imbalance.met) == ([(True, True)] * 2, True)


def test_a_made_up_recording_gives_the_same_by_the_second_way(small):
    found = measure("made_up_btcusdt_20240101", small, SEED)
    same(msgspec.to_builtins(found), second_way("made_up_btcusdt_20240101", small))


def test_the_same_seed_gives_the_same_intervals_and_another_one_others(small):
    first, again, other = (measure("made_btcusdt", small, seed) for seed in (7, 7, 8))
    assert first == again
    assert first.windows[0].r2_95 != other.windows[0].r2_95


def test_a_recording_of_seconds_is_too_short(write):
    path = write(
        "bbo_a_btcusdt_1.parquet",
        ts_ns=[0, 10**9],
        bid=[1.0, 2.0],
        bid_size=[1.0, 1.0],
        ask=[1.5, 2.5],
        ask_size=[1.0, 1.0],
    )
    with pytest.raises(BadInput, match="too short"):
        measure("a_btcusdt_1", path, SEED)
