"""Bars in, trades out: the kernel says of every plan what `signals.barriers` says of it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from pawang.kernels import candles as kernel
from pawang.signals.barriers import Exits, Fees, Geometry, Label, Moves, walk

GEOMETRY = Geometry(stop=0.35, target=0.28, target_next=0.60)
WAYS = {
    "fixed stop": Exits(),
    "stop to entry": Exits(to_entry=True),
    "time stop": Exits(bars_max=7),
    "trailing runner": Exits(trail=0.2),
    "trail, clock, to entry": Exits(to_entry=True, trail=0.35, bars_max=30),
    "other shares": Exits(share=0.2, share_next=0.7, trail=0.1),
}


def bars(n=6_000, seed=3):
    """Without gaps: each bar opens where the last one closed."""
    chance = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(chance.normal(0.0, 0.001, n)))
    open_ = np.concatenate(([100.0], close[:-1]))
    above, below = np.exp(np.abs(chance.normal(0.0, 0.0006, (2, n))))
    return open_, np.maximum(open_, close) * above, np.minimum(open_, close) / below, close


def knobs(exits, geometry=GEOMETRY, fees=(0.0, 0.0, 0.0)):
    row = np.zeros(kernel.KNOBS)
    row[kernel.TARGET] = geometry.target / geometry.stop
    row[kernel.TARGET_NEXT] = geometry.target_next / geometry.stop
    row[kernel.SHARE], row[kernel.SHARE_NEXT] = exits.share, exits.share_next
    row[kernel.TO_ENTRY] = float(exits.to_entry)
    row[kernel.TRAIL] = (exits.trail or 0.0) / geometry.stop
    row[kernel.BARS_MAX] = exits.bars_max or 0
    row[kernel.FEE_ENTRY : kernel.FEE_STOP + 1] = fees
    return row


def traded(prices, signal, row, price=None, stop_pct=GEOMETRY.stop):
    """The kernel's rows; filled at the next open unless prices are given."""
    open_, high, low, close = prices
    price = np.append(open_[1:], 0.0) if price is None else price
    stop = np.full(len(close), stop_pct / 100.0)
    rows = np.empty((len(close), kernel.COLUMNS))
    count = kernel.trade(open_, high, low, close, signal, price, stop, row, rows)
    return rows[:count]


def by_turns(n, every=1):
    signal = np.zeros(n, np.int8)
    places = np.arange(0, n, every)
    signal[places] = 1 - np.arange(len(places)) % 2 * 2
    return signal


def judged(prices, rows, exits):
    """The same plans, walked by the rules of the signals room."""
    _, high, low, close = prices
    entry, side = rows[:, kernel.ENTRY], rows[:, kernel.SIDE]
    begun = rows[:, kernel.ENTRY_BAR].astype(int) + 1

    def path(number, plans):
        at = np.minimum(begun[plans] + number, len(close) - 1)

        def move(for_long, for_short):
            chosen = np.where(side[plans] > 0, for_long[at], for_short[at])
            return side[plans] * (chosen / entry[plans] - 1.0) * 100.0

        return Moves(move(low, high), move(high, low), move(close, close))

    return walk(path, len(rows), GEOMETRY, exits, Fees(), len(close))


@pytest.mark.parametrize("way", WAYS)
def test_every_plan_becomes_what_the_barriers_say(way):
    prices, exits = bars(), WAYS[way]
    rows = traded(prices, by_turns(len(prices[0])), knobs(exits))
    found = judged(prices, rows, exits)
    ended = rows[:, kernel.EXIT_BAR] < len(prices[0]) - 1  # the last may be cut off by the file
    assert ended.sum() > 150
    assert len({*rows[ended, kernel.LABEL]}) > 2
    assert rows[ended, kernel.LABEL].tolist() == found.label[ended].tolist()
    lived = rows[:, kernel.EXIT_BAR] - rows[:, kernel.ENTRY_BAR]
    assert lived[ended].tolist() == found.bars[ended].tolist()
    gross = rows[ended, kernel.GROSS] * 100
    if exits.trail is None:
        assert gross == pytest.approx(found.gross[ended], abs=1e-9)
    else:
        # A trail drawn beyond a bar's own close is filled at the next open: worse, never better.
        assert (gross <= found.gross[ended] + 1e-9).all()
        same = np.isclose(gross, found.gross[ended], atol=1e-9)
        assert (rows[ended, kernel.LABEL][~same] == kernel.TP2).all()
        assert 0.5 < same.mean() < 1.0


def test_the_labels_are_those_of_the_signals_room():
    names = ("TIMEOUT", "SL", "TP1_THEN_TIMEOUT", "TP1_THEN_SL", "TP1_THEN_BE", "TP2")
    assert [getattr(kernel, name) for name in names] == [Label[name] for name in names]


def flat(*rows):
    """Bars by hand: (open, high, low, close)."""
    return tuple(np.ascontiguousarray(column, dtype=float) for column in zip(*rows, strict=True))


CALM = (100.0, 100.0, 100.0, 100.0)


def one(*rows, side=1, exits=WAYS["fixed stop"], fees=(0.0, 0.0, 0.0)):
    """The single plan entered behind the first bar: stop 99.65, targets 100.28 and 100.60."""
    prices = flat(CALM, *rows)
    signal = np.zeros(len(prices[0]), np.int8)
    signal[0] = side
    return traded(prices, signal, knobs(exits, fees=fees))[0]


def test_a_bar_that_holds_both_is_a_loss():
    row = one((100.0, 101.0, 99.0, 100.0))
    assert (row[kernel.LABEL], row[kernel.EXIT]) == (kernel.SL, pytest.approx(99.65))


def test_behind_a_gap_the_plan_is_filled_at_the_open_for_worse_and_for_better():
    lost = one(CALM, (99.0, 99.2, 98.9, 99.1))
    won = one(CALM, (101.0, 101.5, 100.9, 101.2))
    assert (lost[kernel.LABEL], lost[kernel.EXIT]) == (kernel.SL, 99.0)
    assert (won[kernel.LABEL], won[kernel.EXIT]) == (kernel.TP2, 101.0)


def test_a_short_mirrors_a_long():
    row = one(CALM, (99.0, 99.2, 98.9, 99.1), side=-1)
    assert (row[kernel.LABEL], row[kernel.GROSS]) == (kernel.TP2, pytest.approx(0.01))


def test_each_leg_pays_its_own_fee_on_what_it_really_moves():
    row = one((100.0, 100.3, 100.0, 100.0), (100.0, 100.0, 99.0, 99.0), fees=(0.01, 0.02, 0.03))
    cost = 0.01 + 0.5 * 0.02 * 1.0028 + 0.5 * 0.03 * 0.9965
    assert (row[kernel.LABEL], row[kernel.COST]) == (kernel.TP1_THEN_SL, pytest.approx(cost))


def test_one_plan_at_a_time_and_a_bar_that_ends_one_begins_none():
    prices = bars()
    rows = traded(prices, by_turns(len(prices[0])), knobs(Exits(bars_max=3)))
    assert (rows[1:, kernel.ENTRY_BAR] == rows[:-1, kernel.EXIT_BAR] + 1).all()


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_bars_make_no_trade(count):
    empty = tuple(np.full(count, 100.0) for _ in range(4))
    assert len(traded(empty, np.ones(count, np.int8), knobs(Exits()))) == 0


def test_a_stop_or_a_price_that_is_not_above_nothing_begins_no_plan():
    prices, signal = bars(50), np.ones(50, np.int8)
    assert len(traded(prices, signal, knobs(Exits()), stop_pct=0.0)) == 0
    assert len(traded(prices, signal, knobs(Exits()), stop_pct=np.nan)) == 0
    assert len(traded(prices, signal, knobs(Exits()), price=np.zeros(50))) == 0


# Signals.


def crossed(fast, slow, first):
    """Where one row comes to stand above the other, in plain numpy, from `first` on."""
    above = np.sign(fast - slow)
    out = np.zeros(len(fast), np.int8)
    out[1:][(above[:-1] <= 0) & (above[1:] > 0)] = 1
    out[1:][(above[:-1] >= 0) & (above[1:] < 0)] = -1
    out[:first] = 0
    return out.tolist()


def simple(values, length):
    out = np.full(len(values), np.nan)
    out[length - 1 :] = np.convolve(values, np.ones(length) / length, "valid")
    return out


def exponential(values, weight):
    out, mean = [], values[0]
    for value in values:
        mean = mean + weight * (value - mean)
        out.append(mean)
    return np.array(out)


def test_simple_means_cross_where_plain_means_do():
    close, out = bars()[3], np.empty(6_000, np.int8)
    kernel.simple_crossings(close, 20, 50, out)
    assert np.count_nonzero(out) > 50
    assert out.tolist() == crossed(simple(close, 20), simple(close, 50), 50)


def test_exponential_means_cross_where_plain_ones_do():
    close, out = bars()[3], np.empty(6_000, np.int8)
    kernel.exponential_crossings(close, 12, 26, out)
    assert np.count_nonzero(out) > 50
    assert out.tolist() == crossed(exponential(close, 2 / 13), exponential(close, 2 / 27), 26)


def test_a_breakout_closes_beyond_everything_in_the_window_before_it():
    _, high, low, close = bars()
    out = np.empty(6_000, np.int8)
    kernel.breakouts(high, low, close, 24, out)
    plain = [0] * 24 + [
        int(close[i] > high[i - 24 : i].max()) - int(close[i] < low[i - 24 : i].min())
        for i in range(24, 6_000)
    ]
    assert set(plain) == {-1, 0, 1}
    assert out.tolist() == plain


def test_atr_is_wilder_s_mean_of_the_true_range_at_each_signal():
    _, high, low, close = bars(500)
    signal, out = by_turns(500, every=5), np.empty(500)
    kernel.atr_stops(high, low, close, signal, 14, 1.5, out)
    before = np.concatenate((close[:1], close[:-1]))
    reach = np.maximum(high, before) - np.minimum(low, before)
    whole = 1.5 * exponential(reach, 1 / 14) / close
    wanted = np.where((signal != 0) & (np.arange(500) >= 13), whole, 0.0)
    assert out == pytest.approx(wanted, rel=1e-12)


def test_nothing_a_signal_reads_lies_behind_it():
    open_, high, low, close = bars(400)
    cut = 250
    later = [column.copy() for column in (open_, high, low, close)]
    for column in later:
        column[cut:] *= 1.3
    for made in (
        lambda h, lo, c, out: kernel.simple_crossings(c, 5, 20, out),
        lambda h, lo, c, out: kernel.exponential_crossings(c, 5, 20, out),
        lambda h, lo, c, out: kernel.breakouts(h, lo, c, 10, out),
    ):
        one, other = np.empty(400, np.int8), np.empty(400, np.int8)
        made(high, low, close, one)
        made(*later[1:], other)
        assert one[:cut].tolist() == other[:cut].tolist()


SCRIPT = """
import numpy as np
from tests.kernels.test_candles import WAYS, bars, by_turns, knobs, traded
from pawang.kernels import candles as kernel
prices = bars(800)
out, stops = np.empty(800, np.int8), np.empty(800)
for made in (kernel.simple_crossings, kernel.exponential_crossings):
    made(prices[3], 8, 30, out)
    print(out.tolist())
kernel.breakouts(*prices[1:], 12, out)
kernel.atr_stops(*prices[1:], out, 14, 1.5, stops)
print(out.tolist(), stops.tolist())
for exits in WAYS.values():
    print(traded(prices, by_turns(800), knobs(exits, fees=(1e-4, 2e-4, 5e-4))).tolist())
"""


def test_interpreted_and_compiled_say_the_same_to_the_last_bit():
    told = []
    for disabled in ("0", "1"):
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONWARNINGS": "error"}
        environment["PYTHONPATH"] = os.pathsep.join((os.getcwd(), *sys.path))
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )
        assert run.returncode == 0, run.stderr
        told.append(run.stdout)
    assert len(told[0]) > 10_000
    assert told[0] == told[1]
