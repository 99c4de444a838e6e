"""The table of luck in the view, signals.md 7.4."""

import numpy as np
import pytest

from pawang.market.luck import PATHS, Bars, chances
from pawang.market.minute_bars import MinuteBars
from pawang.market.null_table import EVERY, MINUTES_MIN, Luck, draw
from pawang.model.market import Candle
from pawang.model.refs import DAY, MINUTE
from pawang.model.view import NullTable

NOON = 1_757_937_600 * 10**9
STEPS = 60


def walk(minutes: int, sigma_pct: float = 0.065, seed: int = 3) -> np.ndarray:
    """(minutes, 3): high, low, close of a driftless walk."""
    steps = np.random.default_rng(seed).normal(0, sigma_pct / 100 / np.sqrt(STEPS), minutes * STEPS)
    prices = 60_000 * np.exp(np.cumsum(steps)).reshape(minutes, STEPS)
    opened = np.concatenate(([60_000.0], prices[:-1, -1]))[:, None]
    seen = np.hstack((opened, prices))
    return np.column_stack((seen.max(axis=1), seen.min(axis=1), seen[:, -1]))


def kept(rows: np.ndarray, end: int = NOON, skip: tuple[int, ...] = ()) -> MinuteBars:
    """The rows as the minutes up to `end`."""
    minutes = MinuteBars()
    for place, (high, low, close) in enumerate(rows.tolist()):
        if place in skip:
            continue
        ts = end - (len(rows) - place) * MINUTE
        minutes.candle(
            Candle(
                instrument="BTC-USDT-SWAP", ts_event=ts, ts_recv=ts, bar=MINUTE, open=close,
                high=high, low=low, close=close, volume=1.0, volume_usd=1.0, closed=True,
            )
        )  # fmt: skip
    return minutes


@pytest.fixture(scope="module")
def week() -> np.ndarray:
    return walk(7 * 1440)


@pytest.fixture(scope="module")
def table(week) -> NullTable:
    drawn = draw("BTC", kept(week), NOON)
    assert drawn is not None
    return drawn


def test_each_cell_is_what_the_bootstrap_says_of_that_plan(week, table):
    bars = Bars.of(*week.T)
    present = bars.range_pct(60)
    for i, stop in enumerate(table.stops_pct):
        for j, target in enumerate(table.targets_pct):
            plain = chances(bars, stop, (target,), 60, present, seed=99).targets[0]
            error = 4 * (0.5 / PATHS) ** 0.5 + 0.0005
            assert table.chances[i][j] / 1000 == pytest.approx(plain, abs=error), (stop, target)


def test_a_farther_target_is_hit_less_often_and_a_farther_stop_helps(table):
    for row in table.chances:
        assert list(row) == sorted(row, reverse=True)
    for column in zip(*table.chances, strict=True):
        assert list(column) == sorted(column)


def test_the_clock_takes_from_luck_what_the_closed_form_promises(table):
    place = table.stops_pct.index(0.6), table.targets_pct.index(1.1)
    assert table.chances[place[0]][place[1]] / 1000 < 0.6 / 1.7 / 2


def test_the_same_minutes_give_the_same_table_and_another_coin_another(week, table):
    assert draw("BTC", kept(week), NOON) == table
    other = draw("ETH", kept(week), NOON)
    assert other is not None
    assert other.chances != table.chances


def test_it_is_drawn_once_a_half_hour_from_the_minutes_before_it(week):
    minutes = kept(week)
    luck = Luck("BTC", minutes)
    first = luck.table(NOON + MINUTE)
    assert first is not None
    assert first.ts == NOON
    minutes.trade(NOON + 2 * MINUTE, 1.0)  # a crash after the half hour is not in its table
    assert luck.table(NOON + EVERY - 1) is first
    assert Luck("BTC", minutes).table(NOON + EVERY - 1) == first
    later = luck.table(NOON + EVERY)
    assert later is None or later.ts == NOON + EVERY


def test_half_a_day_of_minutes_is_the_least(week):
    assert draw("BTC", kept(week[-MINUTES_MIN:]), NOON) is not None
    assert draw("BTC", kept(week[-MINUTES_MIN + 1 :]), NOON) is None
    assert draw("BTC", MinuteBars(), NOON) is None


def test_too_few_known_minutes_are_asked_for_again_at_once(week):
    minutes = MinuteBars()
    luck = Luck("BTC", minutes)
    assert luck.table(NOON) is None
    for bar in range(MINUTES_MIN):
        high, low, close = week[bar].tolist()
        ts = NOON - (MINUTES_MIN - bar) * MINUTE
        minutes.candle(
            Candle(
                instrument="BTC-USDT-SWAP", ts_event=ts, ts_recv=ts, bar=MINUTE, open=close,
                high=high, low=low, close=close, volume=1.0, volume_usd=1.0, closed=True,
            )
        )  # fmt: skip
    assert luck.table(NOON + 1) is not None


def test_no_block_is_drawn_over_a_hole(week):
    """Between two calm weeks that stand ten per cent apart lies an unseen minute, not a jump."""
    broken = week.copy()
    broken[5_000:] *= 1.1
    seen = draw("BTC", kept(broken), NOON)
    hidden = draw("BTC", kept(broken, skip=(5_000,)), NOON)
    assert seen is not None
    assert hidden is not None
    assert hidden.minutes == seen.minutes - 2
    assert hidden.chances[0][-1] == 0


def test_an_hour_that_went_unseen_leaves_the_present_unknown(week):
    gone = tuple(range(len(week) - 40, len(week)))
    assert draw("BTC", kept(week, skip=gone), NOON) is None


def test_an_older_week_is_forgotten(week):
    minutes = kept(week, end=NOON - 8 * DAY)
    assert draw("BTC", minutes, NOON) is None
