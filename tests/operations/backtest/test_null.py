"""The random-walk check: what it lets pass, and that it catches one bar of look-ahead."""

import numpy as np
import pytest

from pawang.model.errors import BadInput
from pawang.model.refs import MINUTE
from pawang.operations.backtest import null, on_bars, on_walks, recordings, walks
from pawang.operations.backtest.recordings import Bars
from pawang.operations.backtest.walks import Entered
from pawang.signals.barriers import Exits, Geometry

PLANS = 20_000
SEED = 7
COINS = ("AVAX", "BTC", "ETH", "SOL")
NARROW = Geometry(stop=0.10, target=0.08, target_next=0.17)  # few steps, so that tests are quick


def policy(exits, geometry=NARROW, rule="at once"):
    return on_walks.Policy(name="tried", geometry=geometry, exits=exits, rule=rule)


def peeking(steps):
    """The planted fault: enters with the step that is still to come."""
    walk = np.arange(len(steps))
    return Entered(walk, steps[:, 10].astype(np.int64), np.full(len(walk), 10))


def trusting(steps):
    """The honest rule beside it: enters with the step that was just made."""
    walk = np.arange(len(steps))
    return Entered(walk, steps[:, 9].astype(np.int64), np.full(len(walk), 10))


# Random walks.


@pytest.mark.parametrize("geometry", [NARROW, null.MAIN], ids=["narrow", "the row of 7.4"])
@pytest.mark.parametrize("exits", [Exits(), Exits(to_entry=True)], ids=["fixed", "to entry"])
def test_without_a_clock_the_rates_are_those_of_the_closed_form(geometry, exits):
    found = on_walks.on_walks(policy(exits, geometry), PLANS, SEED)
    assert (found.n, found.undecided) == (PLANS, 0.0)
    assert abs(found.tp1_errors) <= 3
    assert abs(found.tp2_errors) <= 3
    assert found.met


@pytest.mark.parametrize(
    "exits",
    [
        Exits(bars_max=1),
        Exits(bars_max=40),
        Exits(to_entry=True, trail=0.06),
        Exits(trail=0.09, bars_max=120),
        Exits(share=0.9, share_next=0.05, to_entry=True, trail=0.03),
    ],
    ids=["one step", "forty steps", "trail", "trail and clock", "other shares"],
)
@pytest.mark.parametrize("rule", on_walks.RULES)
def test_no_exit_and_no_entry_earns_anything_but_its_costs(exits, rule):
    found = on_walks.on_walks(policy(exits, rule=rule), PLANS, SEED)
    assert found.n == PLANS
    assert found.cost > 0.04
    assert abs(found.net_errors) <= 3
    assert found.net == pytest.approx(-found.cost, abs=0.01)
    assert found.met


def test_one_step_of_look_ahead_is_caught_on_walks():
    found = on_walks.on_walks(policy(Exits()), PLANS, SEED, rule=peeking)
    assert found.tp1_errors > 10
    assert found.net_errors > 5
    assert not found.met


def test_the_same_rule_without_look_ahead_is_not():
    assert on_walks.on_walks(policy(Exits()), PLANS, SEED, rule=trusting).met


def test_the_same_seed_walks_the_same_walks():
    first, again, other = (on_walks.on_walks(policy(Exits()), 1_000, seed) for seed in (1, 1, 2))
    assert first == again
    assert first.tp1 != other.tp1


def test_a_trail_never_changes_the_rates():
    plain = null.chances(NARROW, Exits(to_entry=True))
    found = on_walks.on_walks(policy(Exits(to_entry=True, trail=0.06)), PLANS, SEED)
    assert (found.tp1_null, found.tp2_null) == plain


def test_with_a_clock_there_is_no_closed_form_and_the_undecided_stay_in_the_rates():
    found = on_walks.on_walks(policy(Exits(bars_max=40)), PLANS, SEED)
    assert (found.tp1_null, found.tp2_null) == (None, None)
    assert found.undecided > 0.5
    assert found.tp1 + found.undecided > 0.7


def test_an_entry_rule_reads_no_step_after_its_entry():
    """Later steps may be anything: the rule decides the same."""
    steps = walks.lead(2_000, 3)
    for rule in on_walks.RULES.values():
        entered = rule(steps)
        changed = steps.copy()
        later = np.arange(walks.LEAD) >= np.full(len(steps), walks.LEAD)[:, np.newaxis]
        later[entered.walk] = np.arange(walks.LEAD) >= entered.at[:, np.newaxis]
        changed[later] *= -1
        again = rule(changed)
        place = np.searchsorted(again.walk, entered.walk)
        assert (again.walk[place] == entered.walk).all()
        assert (again.side[place] == entered.side).all()
        assert (again.at[place] == entered.at).all()


# Recorded minutes.


@pytest.fixture(scope="session")
def minutes(recorded):
    found = {}
    for name, path in recordings.minutes(recorded).items():
        found.setdefault(recordings.asset(name), []).append(recordings.bars(path))
    return found


def with_the_bar_itself(bars, entries):
    """The planted fault: the side of the very bar at whose open one enters."""
    return np.where(bars.close[entries] >= bars.open[entries], 1, -1)[np.newaxis]


def with_the_bar_before(bars, entries):
    before = np.maximum(entries - 1, 0)
    return np.where(bars.close[before] >= bars.open[before], 1, -1)[np.newaxis]


@pytest.mark.parametrize("coin", COINS)
@pytest.mark.parametrize("exits", ["fixed stop", "stop to entry"])
def test_on_real_minutes_the_rates_are_near_the_closed_form(minutes, coin, exits):
    found = on_bars.on_bars(coin, minutes[coin], exits, SEED)
    assert found.n >= 15_000
    assert found.tp1 == pytest.approx(found.tp1_null, abs=0.03)
    assert found.tp2 == pytest.approx(found.tp2_null, abs=0.03)
    assert found.tp1_95.low < found.tp1 < found.tp1_95.high
    assert (found.judged, found.met) == (True, True)


@pytest.mark.parametrize("coin", COINS)
def test_with_the_hour_s_time_stop_the_undecided_stay_in_the_denominator(minutes, coin):
    found = on_bars.on_bars(coin, minutes[coin], "60 min time stop", SEED)
    assert found.undecided > 0.03
    assert not found.judged
    # Decided plans alone would look like the closed form: all plans together fall short of it.
    assert found.tp1 < found.tp1_null


@pytest.mark.parametrize("coin", COINS)
def test_one_bar_of_look_ahead_is_caught_on_real_minutes(minutes, coin):
    peeked = on_bars.on_bars(coin, minutes[coin], "fixed stop", SEED, with_the_bar_itself)
    honest = on_bars.on_bars(coin, minutes[coin], "fixed stop", SEED, with_the_bar_before)
    assert (peeked.met, honest.met) == (False, True)


# Made minutes: what is entered, and over what no plan walks.


def made(steps, hole=None):
    """Bars from closes in percent; from `hole` on an hour later."""
    close = 100.0 * (1.0 + np.cumsum(steps) / 100.0)
    open_ = np.concatenate(([100.0], close[:-1]))
    count = np.arange(len(close))
    run = np.zeros_like(count) if hole is None else (count >= hole).astype(np.int64)
    ts = (count + 60 * run) * MINUTE
    return Bars(ts, open_, np.maximum(open_, close), np.minimum(open_, close), close, run)


def test_plans_are_entered_every_five_bars_on_both_sides_and_only_with_two_days_ahead():
    still = made(np.zeros(2 * on_bars.BARS_END))
    found = on_bars.on_bars("BTC", [still], "fixed stop", SEED)
    assert found.n == 2 * on_bars.BARS_END // on_bars.EVERY_BARS
    assert (found.tp1, found.undecided, found.met) == (0.0, 1.0, False)


def test_no_plan_walks_over_a_hole():
    steps = np.zeros(4 * on_bars.BARS_END)
    hole = 2 * on_bars.BARS_END
    steps[hole:] = 0.001  # rises for ever, behind the hole only
    found = on_bars.on_bars("BTC", [made(steps, hole)], "fixed stop", SEED)
    # Half of the plans stand before the hole: for them nothing ever happens.
    assert (found.undecided, found.tp1, found.sl_first) == (0.5, 0.25, 0.25)


def test_bars_of_less_than_four_days_are_too_few():
    with pytest.raises(BadInput, match="BTC: too few"):
        on_bars.on_bars("BTC", [made(np.zeros(100))], "fixed stop", SEED)
