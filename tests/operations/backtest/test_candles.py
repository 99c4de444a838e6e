"""`pawang backtest candles`: rules on bars, holes, costs, and what is printed of them."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from pawang.kernels import candles as kernel
from pawang.model.errors import BadInput
from pawang.model.refs import MINUTE
from pawang.operations.backtest import candles, recordings
from pawang.operations.backtest.candles import Costs, Plan, Rule, read_rule
from pawang.operations.backtest.recordings import Candles
from pawang.operations.backtest.show_candles import Asked, backtest_candles

START = 1_700_000_100 * 10**9 // (5 * MINUTE) * (5 * MINUTE)
FREE = Costs(maker_pct=0.0, taker_pct=0.0, slippage_pct=0.0)
PLAIN = Plan()


def walked(n=20_000, seed=5, wide=0.0005):
    """A walk without skill: every bar opens where the last one closed."""
    chance = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(chance.normal(0.0, wide, n)))
    open_ = np.concatenate(([100.0], close[:-1]))
    high, low = np.maximum(open_, close), np.minimum(open_, close)
    return Candles(START + np.arange(n) * 5 * MINUTE, open_, high, low, close, np.ones(n))


@pytest.fixture
def file(write):
    made = walked(4_000)
    names = ("ts_ns", "open", "high", "low", "close", "volume")
    return write("candles_made_up_btcusdt_5m.parquet", **dict(zip(names, made, strict=True)))


# Luck and costs.


@pytest.mark.parametrize("to_entry", [False, True])
def test_without_a_signal_the_rates_are_near_the_closed_form(to_entry):
    """Steps far below the barriers; what is left is the overshoot of a bar."""
    plan = Plan(stop_pct=3.5, target_pct=2.8, target_next_pct=6.0, to_entry=to_entry)
    bars = walked(400_000, wide=0.002)
    made = candles.backtest(bars, Rule(name="every", length=1), plan, FREE)
    found = candles.summed("walk", len(bars.ts), made, plan)
    assert found.trades > 600
    assert found.tp1 == pytest.approx(found.tp1_null, abs=0.05)
    assert found.tp2 == pytest.approx(found.tp2_null, abs=0.05)


@pytest.mark.parametrize("rule", ["cross:5,20", "ema:5,20", "breakout:12", "every:3"])
def test_on_a_walk_no_rule_earns_anything_but_its_costs(rule):
    bars = walked(200_000)
    made = candles.backtest(bars, read_rule(rule), Plan(bars_max=40), Costs())
    gross = made.rows[:, kernel.GROSS]
    assert len(gross) > 2_000
    assert abs(gross.mean()) < 3 * gross.std() / np.sqrt(len(gross))
    assert made.net.mean() < -0.0006


def test_one_bar_of_look_ahead_is_caught_and_the_same_rule_without_it_is_not():
    """The planted fault: the side of the very bar that is about to be walked."""
    bars = walked(100_000, wide=0.0015)
    stop, price = np.full(len(bars.ts), 0.0035), np.append(bars.open[1:], 0.0)
    row = candles.knobs(PLAIN, FREE)

    def errors(side):
        gross = candles.walk(bars, side.astype(np.int8), price, stop, row)[:, kernel.GROSS]
        return gross.mean() / (gross.std() / np.sqrt(len(gross)))

    rose = np.sign(bars.close - bars.open)
    assert errors(np.append(rose[1:], 0)) > 10
    assert errors(rose) < 3


def test_targets_pay_the_maker_s_fee_and_all_else_the_taker_s_and_slippage():
    row = candles.knobs(PLAIN, Costs(maker_pct=0.02, taker_pct=0.05, slippage_pct=0.01))
    fees = (row[kernel.FEE_ENTRY], row[kernel.FEE_TARGET], row[kernel.FEE_STOP])
    assert fees == pytest.approx((0.0006, 0.0002, 0.0006))


# Entries and holes.


def test_a_signal_is_filled_at_the_next_open():
    bars = walked(500)
    made = candles.backtest(bars, Rule(name="every", length=7), PLAIN, FREE).rows
    places = made[:, kernel.ENTRY_BAR].astype(int)
    assert (places % 7 == 0).all()
    assert made[:, kernel.ENTRY].tolist() == bars.open[places + 1].tolist()


def test_no_plan_walks_over_a_hole_and_means_begin_anew_behind_it():
    bars, hole = walked(3_000), 1_500
    ts = bars.ts + (np.arange(3_000) >= hole) * 60 * MINUTE
    whole = bars._replace(ts=ts)
    rows = candles.backtest(whole, read_rule("cross:5,20"), PLAIN, FREE).rows
    before, behind = (rows[:, column] < hole for column in (kernel.ENTRY_BAR, kernel.EXIT_BAR))
    assert (before == behind).all()
    assert not ((rows[:, kernel.ENTRY_BAR] >= hole) & (rows[:, kernel.ENTRY_BAR] < hole + 20)).any()
    assert candles.runs(whole) == [(0, hole), (hole, 3_000)]


@pytest.mark.parametrize("side", ["long", "short"])
def test_one_side_alone_can_be_taken(side):
    rule = read_rule("cross:5,20", side)
    rows = candles.backtest(walked(), rule, PLAIN, FREE).rows
    assert {*rows[:, kernel.SIDE]} == {1.0 if side == "long" else -1.0}


def test_with_atr_the_targets_keep_their_proportion_to_the_stop():
    bars = walked()
    made = candles.backtest(bars, read_rule("cross:5,20"), Plan(stop_atr=2.0), FREE)
    lost = made.label == kernel.SL
    assert made.net_r[lost] == pytest.approx(-1.0)
    first = (made.label == kernel.TP2) & (made.rows[:, kernel.EXIT_BAR] > 0)
    assert made.net_r[first] == pytest.approx(0.5 * 0.28 / 0.35 + 0.5 * 0.60 / 0.35)


@pytest.mark.parametrize(
    "text", ["cross:20", "every:5,6", "cross:50,20", "every:0", "macd:1,2", "", "breakout:x"]
)
def test_a_rule_that_is_none_is_refused(text):
    with pytest.raises(BadInput, match="--rule"):
        read_rule(text)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(stop_pct=0.0), "--stop"),
        (Plan(target_pct=0.7), "--targets"),
        (Plan(bars_max=-1), "never below 0"),
    ],
)
def test_a_plan_that_cannot_be_walked_is_refused(plan, words):
    with pytest.raises(BadInput, match=words):
        candles.check(plan, FREE)


# The verb.


def asked(file, **words):
    plain = {"rule": read_rule("cross:5,20"), "plan": PLAIN, "costs": Costs()}
    return Asked(files=(file,), **{**plain, **words})


def test_json_is_a_line_a_market_and_the_trial(file, capsys):
    assert backtest_candles(asked(file, as_json=True)) == 0
    market, trial = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (market["kind"], market["market"], market["bars"]) == (
        "candles",
        "made_up_btcusdt_5m",
        4_000,
    )
    assert sum(market["labels"].values()) == market["trades"] == trial["trades"] > 20
    assert market["tp1_null"] == pytest.approx(0.5556, abs=1e-4)


def test_two_files_have_a_row_for_both_together(file, capsys):
    both = Asked(files=(file, file), rule=read_rule("every:9"), plan=PLAIN, costs=Costs())
    assert backtest_candles(both) == 0
    told = capsys.readouterr().out
    assert "all: 8,000 bars" in told
    assert "trial, kept nowhere without --home" in told


def test_every_trade_can_be_kept_as_a_row(file, tmp_path, capsys):
    backtest_candles(asked(file, trades=tmp_path / "kept"))
    table = pq.read_table(tmp_path / "kept" / "trades_of_made_up_btcusdt_5m.parquet")
    bars = recordings.candles(file)
    entered = np.searchsorted(bars.ts, table["entry_ts_ns"].to_numpy())
    assert table["entry"].to_pylist() == bars.open[entered].tolist()
    net = table["gross_pct"].to_numpy() - table["cost_pct"].to_numpy()
    assert table["net_r"].to_numpy() == pytest.approx(net / 0.35)


def test_a_rule_that_never_speaks_makes_no_trade(file, capsys):
    assert backtest_candles(asked(file, rule=read_rule("cross:3000,3999"))) == 0
    assert "0 trades: none" in capsys.readouterr().out


def test_without_files_nothing_is_asked():
    with pytest.raises(BadInput, match="at least one candles_"):
        backtest_candles(Asked(files=(), rule=read_rule("every:5"), plan=PLAIN, costs=FREE))
