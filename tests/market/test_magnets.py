"""The map of estimated liquidations: what opens is laid, what is crossed is gone (6.3)."""

import itertools
from dataclasses import replace
from math import exp

import numpy as np
import pytest

from pawang.market import MarketParams, liquidation_price
from pawang.market.liquidation import BINS_PER_LOG
from pawang.market.magnets import (
    BINS,
    HALF_BINS,
    RECENTRE_BINS,
    LiquidationMap,
    Step,
    bin_of,
    price_of,
)
from pawang.model.market import Side
from pawang.model.refs import HOUR, MINUTE, SECOND

E = 60_000.0
STILL = MarketParams(churn_tau_h=1e12)  # no turnover: sums stay exact


def step(minute, change=0.0, low=E, high=E, close=E, taker=0.0, oi=1e9, forced=(), span=MINUTE):
    return Step(
        ts=minute * MINUTE,
        span=span,
        coins_before=(oi - change) / close,
        coins=oi / close,
        taker_imbalance=taker,
        low=low,
        high=high,
        close=close,
        vwap=close,
        first_bin=bin_of(close),
        profile=(1.0,),
        forced=forced,
    )


def run(*steps, params=STILL):
    field = LiquidationMap(params)
    for one in steps:
        field.apply(one)
    return field


def totals(field):
    return {side.value: float(mass.sum()) for side, mass in field.mass.items()}


def everything(field):
    return sum(totals(field).values()) + field.outside_usd + field.consumed_usd


def below(field, side, low, high):
    """Mass of a side between two prices."""
    prices = np.array([price_of(field.first + place) for place in range(BINS)])
    return float(field.mass[side][(prices > low) & (prices < high)].sum())


def test_an_opening_is_laid_where_each_leverage_dies():
    params = MarketParams(cross_share=0.0, churn_tau_h=1e12)
    field = run(step(1, change=100.0), params=params)
    for leverage, share in params.leverage_mix[2:]:
        for side in (Side.LONG, Side.SHORT):
            dies = liquidation_price(E, leverage, side, 0.004, 0.0005)
            width = 1.5 / BINS_PER_LOG
            near = below(field, side, dies * (1 - width), dies * (1 + width))
            assert near == pytest.approx(50.0 * share), (leverage, side)


def test_longs_die_below_and_shorts_above():
    field = run(step(1, change=100.0))
    here = bin_of(E) - field.first
    assert field.mass[Side.LONG][here:].sum() == 0.0
    assert field.mass[Side.SHORT][: here + 1].sum() == 0.0


@pytest.mark.parametrize(
    ("taker", "longs"), [(0.0, 0.5), (0.4, 0.6), (1.0, 0.75), (-1.0, 0.25), (-0.2, 0.45)]
)
def test_the_takers_side_is_the_leveraged_one(taker, longs):
    params = MarketParams(leverage_mix=((20.0, 1.0),), cross_share=0.0, churn_tau_h=1e12)
    field = run(step(1, change=100.0, taker=taker), params=params)
    assert totals(field) == {
        "LONG": pytest.approx(100 * longs),
        "SHORT": pytest.approx(100 * (1 - longs)),
    }


def test_every_dollar_is_on_the_map_outside_it_or_consumed():
    rng = np.random.default_rng(7)
    price, opened, steps = E, 0.0, []
    for minute in range(1, 400):
        after = price * exp(0.004 * rng.standard_normal())
        change = float(rng.uniform(0, 1e6))
        opened += change
        low, high = min(price, after) * 0.999, max(price, after) * 1.001
        steps.append(step(minute, change, low, high, after, taker=float(rng.uniform(-1, 1))))
        price = after
    field = run(*steps, params=MarketParams(churn_tau_h=3.0))
    assert everything(field) == pytest.approx(opened, rel=1e-9)
    assert all(float(mass.min()) >= 0.0 for mass in field.mass.values())


def test_bins_the_mark_crossed_are_empty_and_the_others_untouched():
    before = run(step(1, change=1e6))
    after = run(step(1, change=1e6), step(2, low=E * 0.98, close=E * 0.995))
    assert below(after, Side.LONG, E * 0.98, E) == pytest.approx(0.0, abs=1e-6)
    assert below(before, Side.LONG, E * 0.98, E) > 0.0
    deep = (Side.LONG, E * 0.8, E * 0.979)
    assert below(after, *deep) == pytest.approx(below(before, *deep))
    assert totals(after)["SHORT"] == pytest.approx(totals(before)["SHORT"])
    assert everything(after) == pytest.approx(1e6)


def test_a_jump_between_two_minutes_crosses_what_lies_between():
    jumped = step(2, low=E * 1.02, high=E * 1.02, close=E * 1.02)
    assert below(run(step(1, change=1e6), jumped), Side.SHORT, E, E * 1.02) == 0.0


@pytest.mark.parametrize(("taker", "longs"), [(-0.5, 0.12), (0.5, 0.08), (0.0, 0.10)])
def test_closing_takes_off_more_of_the_side_the_takers_close(taker, longs):
    """A tenth of open interest is closed."""
    before = run(step(1, change=1e6))
    after = run(step(1, change=1e6), step(2, change=-1e8, oi=9e8, taker=taker))
    left = {side: totals(after)[side] / totals(before)[side] for side in ("LONG", "SHORT")}
    assert left == {"LONG": pytest.approx(1 - longs), "SHORT": pytest.approx(0.8 + longs)}


def test_turnover_moves_half_in_a_day_to_the_price_of_now():
    far = E * 1.1
    steps = [step(1, change=1e6), step(2, low=E, high=far, close=far)]
    field = run(
        *steps,
        step(2 + 24 * 60, close=far, low=far, high=far, span=24 * HOUR),
        params=MarketParams(),
    )
    before = run(*steps)
    old = below(before, Side.LONG, E * 0.90, E * 0.98)
    assert below(field, Side.LONG, E * 0.90, E * 0.98) / old == pytest.approx(0.5, abs=0.06)
    assert below(field, Side.LONG, far * 0.99, far) > below(before, Side.LONG, far * 0.99, far)


def quiet(minute, forced=(), **more):
    """A minute of unknown open interest: nothing opens, nothing closes."""
    return replace(step(minute, forced=forced, **more), coins=None)


def test_an_observed_liquidation_comes_off_the_nearest_bins():
    at = liquidation_price(E, 25.0, Side.LONG, 0.004, 0.0005)
    before = run(step(1, change=1e6), quiet(2))
    after = run(step(1, change=1e6), quiet(2, forced=((Side.LONG, at, 20_000.0),)))
    assert totals(before)["LONG"] - totals(after)["LONG"] == pytest.approx(20_000.0)
    assert totals(before)["SHORT"] == totals(after)["SHORT"]
    near = (Side.LONG, at * 0.998, at * 1.002)
    assert below(before, *near) - below(after, *near) == pytest.approx(20_000.0)


def test_a_liquidation_where_the_mark_crossed_takes_nothing_from_the_bins_beyond():
    """It is the consumption itself that was observed."""
    down = {"low": E * 0.99, "close": E * 0.99, "high": E * 0.99}
    seen = ((Side.LONG, E * 0.9945, 1e9),)
    silent = run(step(1, change=1e6), quiet(2, **down))
    printed = run(step(1, change=1e6), quiet(2, forced=((Side.LONG, E * 0.9945, 1_000.0),), **down))
    assert totals(printed) == totals(silent)
    assert (
        totals(run(step(1, change=1e6), quiet(2, forced=seen, **down)))["LONG"]
        <= totals(silent)["LONG"]
    )


def test_where_a_liquidation_left_open_interest_as_it_was_somebody_else_opened():
    forced = ((Side.LONG, E, 6_000.0),)
    still, replaced = step(1), step(1, forced=forced)
    assert (still.opened_coins, replaced.opened_coins) == (0.0, pytest.approx(0.1))
    assert everything(run(replaced)) == pytest.approx(6_000.0)


def test_more_liquidated_than_was_there_never_goes_below_zero():
    field = run(step(1, change=1e3), quiet(2, forced=((Side.LONG, E * 0.965, 1e9),)))
    assert float(field.mass[Side.LONG].min()) == 0.0


def test_the_grid_follows_the_price():
    rise = [step(k, low=E * 1.01**k, high=E * 1.01**k, close=E * 1.01**k) for k in range(2, 40)]
    field = run(step(1, change=1e6), *rise)
    assert field.first > bin_of(E) - HALF_BINS
    assert abs(bin_of(E * 1.01**39) - field.first - HALF_BINS) <= RECENTRE_BINS
    assert everything(field) == pytest.approx(1e6)


def test_magnets_are_the_strong_local_maxima_strongest_first():
    params = MarketParams(leverage_mix=((50.0, 0.6), (100.0, 0.4)), cross_share=0.0)
    field = run(step(1, change=1e6, taker=1.0), params=params)
    ts = 11 * MINUTE
    magnets = field.magnets(ts, E, None)
    strongest = magnets[0]
    dies = liquidation_price(E, 50.0, Side.LONG, 0.004, 0.0005)
    assert abs(strongest.price / dies - 1.0) < 6e-4
    assert strongest.side is Side.LONG
    assert strongest.strength == 1.0
    assert strongest.distance_pct == pytest.approx((strongest.price / E - 1) * 100)
    assert strongest.age_s == 11 * MINUTE / SECOND
    assert [m.mass_usd for m in magnets] == sorted((m.mass_usd for m in magnets), reverse=True)
    assert all(abs(magnet.distance_pct) <= 3.05 for magnet in magnets)


def test_magnets_within_10_bp_are_one():
    params = MarketParams(leverage_mix=((50.0, 1.0),), cross_share=0.0)
    near = [
        step(k, change=1e6, low=E, high=E + 36.0, close=E + 18.0 * (k % 3)) for k in range(1, 9)
    ]
    prices = sorted(magnet.price for magnet in run(*near, params=params).magnets(9, E, None))
    gaps = [(after / before - 1) * 1e4 for before, after in itertools.pairwise(prices)]
    assert all(gap >= 9.9 for gap in gaps)


def test_a_traversed_bin_counts_its_age_from_then():
    later = [step(2, low=E * 0.99, close=E), step(3, change=1e8)]
    magnets = run(step(1, change=1e6), *later, params=MarketParams()).magnets(7 * MINUTE, E, None)
    near = [magnet for magnet in magnets if -0.9 < magnet.distance_pct < 0]
    assert near
    assert {magnet.age_s for magnet in near} == {5 * 60.0}


def test_crowded_longs_weigh_more():
    field = run(step(1, change=1e6))

    def mass(z, side):
        return sum(m.mass_usd for m in field.magnets(2, E, z) if m.side is side)

    assert mass(2.0, Side.LONG) > mass(0.0, Side.LONG)
    assert mass(2.0, Side.SHORT) < mass(0.0, Side.SHORT)


def test_an_empty_map_has_no_magnets():
    assert LiquidationMap(MarketParams()).magnets(0, E, None) == ()
    assert run(step(1)).magnets(MINUTE, E, None) == ()


def test_reading_magnets_changes_nothing():
    field = run(step(1, change=1e6))
    before = totals(field)
    assert field.magnets(1, E, 5.0) == field.magnets(1, E, 5.0)
    assert totals(field) == before


def test_funding_beyond_its_clip_skews_no_further():
    field = run(step(1, change=1e6))
    assert field.magnets(2, E, 50.0) == field.magnets(2, E, 5.0)


def test_what_is_shown_is_smooth_and_as_much():
    field = run(step(1, change=1e6))
    whole, shown = field.field.sum(axis=0), field.shown()
    assert shown.sum() == pytest.approx(whole.sum(), rel=1e-5)
    assert np.abs(np.diff(shown)).max() < 0.3 * np.abs(np.diff(whole)).max()


# What it foretold.

VIRGIN = 4 * 60


def test_a_bin_left_alone_for_four_hours_tells_what_the_map_foretold_before_it_is_emptied():
    field = run(step(1, change=1e6))
    foretold = field.mass[Side.LONG].copy()
    low = price_of(bin_of(E) - 12)
    reached = field.apply(
        quiet(VIRGIN, low=low, close=low, high=low, forced=((Side.LONG, low, 5e3),))
    )
    assert [(one.bin_, one.side, one.since, one.beyond[0]) for one in reached] == [
        (bin_, Side.LONG, 0, pytest.approx(foretold[bin_ - field.first]))
        for bin_ in range(bin_of(E) - 12, bin_of(E))
    ]
    assert field.mass[Side.LONG][bin_of(low) - field.first] == 0.0


def test_beyond_is_the_map_away_from_the_price():
    field = run(step(1, change=1e6))
    high = price_of(bin_of(E) + 3)
    shorts = field.mass[Side.SHORT].copy()
    last = field.apply(quiet(VIRGIN, low=high, close=high, high=high))[-1]
    place = bin_of(high) - field.first
    assert last.side is Side.SHORT
    assert last.beyond == pytest.approx(shorts[place : place + 41])


@pytest.mark.parametrize(("minute", "count"), [(VIRGIN - 1, 0), (VIRGIN, 12)])
def test_a_bin_is_untouched_after_four_hours_and_not_before(minute, count):
    low = price_of(bin_of(E) - 12)
    assert len(run(step(1, change=1e6)).apply(step(minute, low=low))) == count


def test_a_bin_the_mark_has_been_in_is_no_longer_untouched():
    low = price_of(bin_of(E) - 12)
    field = run(step(1, change=1e6), step(VIRGIN, low=low))
    assert field.apply(step(VIRGIN + 60, low=low)) == []


def test_the_age_of_a_bin_ends_when_the_mark_comes_there_not_with_the_minute():
    bin_ = bin_of(E) - 1
    early = replace(step(VIRGIN, low=price_of(bin_)), reached=((bin_, VIRGIN * MINUTE - 1),))
    assert run(step(1)).apply(early) == []


def test_what_was_traded_at_a_bin_fades_like_the_map():
    bin_ = bin_of(E) - 1
    traded = replace(step(1, low=price_of(bin_)), first_bin=bin_, profile=(800.0,))
    later = step(1 + 24 * 60, span=24 * HOUR)
    field = run(traded, later, params=MarketParams())
    [one] = field.apply(step(2 + 24 * 60, low=price_of(bin_)))
    assert one.volume_usd == pytest.approx(800.0 * 0.5)
