"""The inputs of the composite, each with its z and age (signals.md 3)."""

from math import log

import pytest

from pawang.market.robust import Series, Spread
from pawang.model.market import FearGreed
from pawang.model.refs import DAY, HOUR
from pawang.model.view import FundingView, Memory, SentimentInput

HOUR_MS = 3_600_000
POINTS = [0.8, 1.0, 1.2, 1.0] * 50  # median 1.0, MAD 0.1


def inputs(market, tape, ms):
    view = market.freeze("BTC", tape.at(ms), Memory())
    return {given.name: given for given in view.sentiment}


def test_robust_z_by_hand():
    spread = Spread(POINTS)
    assert (spread.median, spread.mad) == (1.0, pytest.approx(0.1))
    assert spread.z(1.4, 1e-9, 5.0, 200) == pytest.approx(0.4 / 0.14826)
    assert spread.z(-9.0, 1e-9, 5.0, 200) == -5.0


def test_199_points_make_no_z():
    assert Spread(POINTS[:199]).z(1.0, 1e-9, 5.0, 200) is None


def test_a_constant_series_is_judged_by_the_floor():
    assert Spread([1e-4] * 200).z(1e-4 + 1e-6, 1e-6, 5.0, 200) == pytest.approx(1 / 1.4826)


def test_a_series_keeps_one_value_a_bucket_and_forgets_what_is_too_old():
    series = Series(HOUR, DAY)
    for hour in range(100):
        series.put(hour * HOUR, float(hour))
        series.put(hour * HOUR + 5, hour + 0.5)
    series.put(3 * HOUR, 7.0)  # long forgotten
    series.put(98 * HOUR + 1, 0.0)  # older than what is known of that hour
    spread = series.spread(99 * HOUR + 10)
    assert (spread.count, spread.median) == (24, 86.5 + 0.5)


def test_the_unfinished_bucket_is_not_part_of_its_own_yardstick():
    series = Series(HOUR, DAY)
    series.put(0, 1.0)
    series.put(HOUR, 100.0)
    assert series.spread(HOUR + 1).median == 1.0
    series.put(1, 3.0)  # the past may still be corrected
    assert series.spread(HOUR + 1).median == 3.0


def test_funding_is_judged_against_settled_rates_until_there_are_enough_forecasts(
    market, tape, feed
):
    settled = [
        tape.funding(-8 * HOUR_MS * k, 1e-4 * point, settled=True)
        for k, point in enumerate(POINTS, 1)
    ]
    feed(market, [*settled, tape.funding(-60_000, 1.4e-4)])
    view = market.freeze("BTC", tape.at(0), Memory())
    z = pytest.approx(0.4 / 0.14826)
    assert view.funding == FundingView(
        rate=1.4e-4, z=z, ts_funding=tape.at(4 * HOUR_MS), age_s=60.0
    )
    assert view.sentiment == (SentimentInput(name="fund", value=1.4e-4, z=z, age_s=60.0),)


def test_a_funding_rate_without_history_has_a_value_and_no_z(market, tape, feed):
    feed(market, [tape.funding(0, 1e-4)])
    assert inputs(market, tape, 1000)["fund"] == SentimentInput(
        name="fund", value=1e-4, z=None, age_s=1.0
    )
    assert market.warming("BTC", tape.at(1000))["funding"] == "funding rates 0 of 200"


def test_long_short_ratio_is_its_logarithm(market, tape, feed):
    feed(market, [tape.ratio(-HOUR_MS * k, 2.0**point) for k, point in enumerate(POINTS, 1)])
    feed(market, [tape.ratio(0, 2.0**1.4)])
    lsr = inputs(market, tape, 5000)["lsr"]
    assert lsr == SentimentInput(
        name="lsr", value=pytest.approx(1.4 * log(2)), z=pytest.approx(0.4 / 0.14826), age_s=5.0
    )


def test_basis_is_the_mean_of_five_minutes(market, tape, feed):
    prices = [tape.index(0, 60_000.0)]
    for second in range(400):
        prices += [tape.index(1000 * second, 60_000.0), tape.mark(1000 * second, 60_060.0)]
    prices[1] = tape.mark(0, 90_000.0)  # more than five minutes ago
    feed(market, prices)
    basis = inputs(market, tape, 400_000)["basis"]
    assert basis == SentimentInput(name="basis", value=pytest.approx(0.001), z=None, age_s=1.0)


def test_a_mark_without_a_fresh_index_makes_no_basis(market, tape, feed):
    feed(market, [tape.mark(0, 60_000.0), tape.index(1, 60_000.0), tape.mark(70_000, 60_000.0)])
    assert "basis" not in inputs(market, tape, 71_000)


def test_open_interest_changes_over_an_hour_with_the_hours_return(market, tape, feed):
    feed(market, [tape.interest(-HOUR_MS, 1000.0), tape.interest(-2000, 1030.0)])
    bar = tape.candle(-HOUR_MS - 300_000, 300 * 10**9, 50_000.0, 50_000.0, 50_000.0)
    feed(market, [bar, tape.trade(-1000, "sell", 49_500.0, 1.0)])
    seen = inputs(market, tape, 0)
    assert seen["oi"] == SentimentInput(name="oi", value=pytest.approx(3.0), z=None, age_s=2.0)
    assert seen["return_1h"] == SentimentInput(
        name="return_1h", value=pytest.approx(-1.0), z=None, age_s=1.0
    )


def test_open_interest_has_a_z_after_two_hundred_hourly_changes(market, tape, feed):
    coins, rows = 1000.0, []
    for k, point in enumerate(POINTS * 2):
        coins *= 1.0 + point / 100.0
        rows.append(tape.interest((k - len(POINTS) * 2 + 1) * HOUR_MS, coins))
    feed(market, rows)
    oi = inputs(market, tape, 1000)["oi"]
    assert oi.value == pytest.approx(1.0)
    assert oi.z == pytest.approx(0.0, abs=1e-6)


def test_fear_and_greed_is_the_newest_that_was_published(market, tape, feed):
    feed(market, [FearGreed(value=70.0, ts_asof=tape.at(0), source="x")])
    feed(market, [FearGreed(value=20.0, ts_asof=tape.at(90_000), source="x")])
    feed(market, [FearGreed(value=99.0, ts_asof=tape.at(-90_000), source="x")])
    fng = SentimentInput(name="fng", value=70.0, z=None, age_s=60.0)
    assert inputs(market, tape, 60_000) == {"fng": fng}
