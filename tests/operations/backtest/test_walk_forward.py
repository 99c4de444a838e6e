"""The walk-forward finds skill where there is some, none where there is none, and never peeks."""

import json
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.operations.backtest.test_hourly import START, columns

from pawang.config import Config
from pawang.learning.folds import FoldParams
from pawang.model.errors import BadInput
from pawang.model.market import FearGreed
from pawang.model.refs import DAY, HOUR
from pawang.operations.backtest import hourly, walk_forward
from pawang.operations.backtest.show_bias import Asked, backtest_bias, lines
from pawang.operations.backtest.walk_forward import COST, followed

WEEKS = FoldParams(train_ns=30 * DAY, test_ns=7 * DAY)
N = 24 * 60
CONFIG = Config()


def stretch(write, leak):
    """Sixty days; with `leak` the delta tells, for that share of its size, the hour to come."""
    table = columns(N)
    coming = np.append(np.diff(np.log(table["price_close"])), 0.0)
    noise = np.random.default_rng(11).normal(0, coming.std(), N)
    table["cvd"] = np.cumsum(1e9 * (leak * coming + (1 - leak) * noise))
    return hourly.read(write(f"regime_btc_1h_{leak}.parquet", **table))


CALM = [FearGreed(value=50.0, ts_asof=START + day * DAY, source="made up") for day in range(60)]
"""A crowd without an opinion: a second pillar, so that a side may be told, that says nothing."""


def judged(hours):
    return walk_forward.judged(hours, CALM, hourly.cvd, CONFIG.signals)


def walked(hours, horizon=HOUR):
    return walk_forward.walk("cvd", hours, judged(hours), horizon, WEEKS)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    def write(name, **columns):
        path = tmp_path_factory.mktemp("hours") / name
        pq.write_table(pa.table(columns), path)
        return path

    return write


@pytest.fixture(scope="module")
def hours(files):
    return stretch(files, 0.0)


@pytest.fixture(scope="module")
def blind(hours):
    return walked(hours)


@pytest.fixture(scope="module")
def foretold(files):
    return walked(stretch(files, 0.5))


def test_where_nothing_foretells_the_price_nothing_is_claimed(blind):
    found = blind.pooled
    assert abs(found.hit - 0.5) < 0.06
    assert found.e_value < 20
    assert found.skill_base < 0.01


def test_where_the_flow_foretells_the_hour_it_is_found_in_every_week_and_in_all(foretold):
    assert len(foretold.folds) == 4
    assert all(fold.score.hit > 0.6 for fold in foretold.folds)
    found = foretold.pooled
    assert found.e_value > 1e4
    assert found.z > 5
    assert found.skill_base > 0.05
    assert found.skill_momentum > 0.05
    assert found.net_bps > 0


def test_the_rules_of_refusal_are_the_desk_s(blind, foretold):
    """A score much too shy for what it knows is refused; one without skill too, or fitted flat."""
    assert [fold.refusals for fold in foretold.folds] == [("b_implausible",)] * 4
    assert all(fold.b > 1.5 for fold in foretold.folds)
    for fold in blind.folds:
        assert fold.refusals or fold.b < 0.5
        assert (fold.calibrator == "prior") == bool(fold.refusals)


def test_the_weeks_of_test_lie_behind_their_training_and_none_is_judged_twice(blind):
    first = START + HOUR  # the first close: with the crowd alone there is no score yet
    assert blind.folds[0].ts_from > first + 30 * DAY
    assert all(fold.ts_to == fold.ts_from + 7 * DAY for fold in blind.folds)
    assert all(one.ts_to == other.ts_from for one, other in pairwise(blind.folds))
    assert blind.pooled.n == sum(fold.score.n for fold in blind.folds)


def test_no_training_label_ends_within_two_hours_of_its_week(hours):
    """Hours by four-hour labels: the last that may be learned from opened six hours before."""
    found = walked(hours, 4 * HOUR)
    assert found.folds[1].trained == 30 * 24 - (4 + 2) + 1
    assert found.pooled.n_eff == pytest.approx(found.pooled.n / 4, rel=0.1)


def test_what_happens_in_a_week_of_test_changes_nothing_that_was_learned_for_it(
    files, hours, blind
):
    """In the last weeks the price is another one: earlier weeks, and all fits, stand."""
    cut = int(np.searchsorted(hours.ts, blind.folds[2].ts_from)) + 30
    table = columns(N)
    table["cvd"] = hours.cvd.copy()
    table["price_close"][cut:] *= np.exp(np.linspace(0, 0.5, N - cut))
    for name in ("price_open", "price_high", "price_low"):
        table[name][cut:] = table["price_close"][cut:]
    other = walked(hourly.read(files("regime_btc_1h_other.parquet", **table)))
    assert other.folds[:2] == blind.folds[:2]
    learned = [(fold.a, fold.b, fold.trained) for fold in other.folds[:3]]
    assert learned == [(fold.a, fold.b, fold.trained) for fold in blind.folds[:3]]
    assert other.folds[2].score != blind.folds[2].score


def test_following_a_side_pays_the_costs_both_ways(hours):
    row = walk_forward.pairs(judged(hours).forecasts, hours, HOUR)[300]
    opened, ended = np.searchsorted(hours.ts, (row.sample.opened, row.sample.ended))
    moved = hours.close[ended] / hours.close[opened] - 1
    assert row.moved == pytest.approx(moved)
    assert followed([row]) == [row.lean.sign * row.moved - COST]


# The verb.


def test_the_recorded_hours_run_whole_and_are_told_as_they_are(recorded, capsys, tmp_path):
    report = tmp_path / "bias.html"
    assert backtest_bias(Asked(data=recorded, as_json=True, report=report)) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    pooled = {(row["flow"], row["horizon_h"]): row for row in told if row["kind"] == "pooled"}
    assert sorted(pooled) == [("cvd", 1), ("cvd", 4), ("liquidations", 1), ("liquidations", 4)]
    for key, row in pooled.items():
        folds = [r for r in told if r["kind"] == "fold" and (r["flow"], r["horizon_h"]) == key]
        assert row["score"]["n"] == sum(fold["score"]["n"] for fold in folds) > 900
        assert row["etf_hours"] == row["hours"]
    assert sum(row["kind"] == "trial" for row in told) == 4
    assert "http" not in report.read_text()


def test_a_recording_too_short_for_a_week_of_test_says_so(files, tmp_path, capsys):
    path = files("regime_btc_1h.parquet", **columns(24 * 20))
    assert backtest_bias(Asked(data=path.parent)) == 0
    assert "too short for a week of test after its training" in capsys.readouterr().out


def test_without_hours_there_is_nothing_to_walk(tmp_path):
    with pytest.raises(BadInput, match="no regime_btc_1h"):
        backtest_bias(Asked(data=tmp_path))


def test_every_week_is_told_with_its_calibrator(blind):
    told = "\n".join(lines(blind))
    assert told.count("Brier") == len(blind.folds) + 1
    assert "hours: a " in told
    assert "all weeks" in told
