"""Recorded hours as views: what the bias sees, as late as it was known."""

from datetime import date

import numpy as np
import pytest

from pawang.model.errors import BadInput
from pawang.model.refs import DAY, HOUR, SECOND
from pawang.model.view import Memory
from pawang.operations.backtest import daily, hourly

START = 1_764_806_400 * SECOND  # 2025-12-04 00:00 UTC
N = 400


def columns(n=N, seed=3):
    """A made-up stretch of hours."""
    chance = np.random.default_rng(seed)
    close = 90_000 * np.exp(np.cumsum(chance.normal(0, 0.004, n)))
    open_ = np.concatenate(([90_000.0], close[:-1]))
    return {
        "ts_ns": START + np.arange(n) * HOUR,
        "price_open": open_,
        "price_high": np.maximum(open_, close) * 1.001,
        "price_low": np.minimum(open_, close) * 0.999,
        "price_close": close,
        "liq_long_usd": chance.exponential(1e5, n),
        "liq_short_usd": chance.exponential(1e5, n),
        "oi_usd": 8e9 * np.exp(np.cumsum(chance.normal(0, 0.003, n))),
        "funding": chance.normal(5e-5, 3e-5, n),
        "cvd": np.cumsum(chance.normal(0, 2e7, n)),
    }


@pytest.fixture
def made(write):
    def make(**changes):
        return hourly.read(write("regime_btc_1h.parquet", **{**columns(), **changes}))

    return make


def views(hours, days=(), flow=hourly.cvd):
    return list(hourly.views(hours, days, flow, lambda _: Memory()))


def test_an_hour_is_known_at_its_close_and_its_close_stands_for_the_mid(made):
    seen = views(made())
    assert len(seen) == N
    assert seen[0].ts == START + HOUR
    assert [view.book.mid for view in seen] == columns()["price_close"].tolist()


def test_the_flow_is_the_difference_of_the_delta_against_a_week_and_a_month_of_them(made):
    table = columns()
    moved = np.diff(table["cvd"])
    flow = views(made())[300].window(3600)
    before = moved[:299][-168:]
    median = np.median(moved[:299])
    mad = np.median(np.abs(moved[:299] - median))
    assert flow.net_usd == pytest.approx(moved[299])
    assert flow.theta_usd == pytest.approx(np.median(np.abs(before)))
    assert flow.z == pytest.approx((moved[299] - median) / (1.4826 * mad))
    assert (flow.ts_from, flow.ts_to) == (START + 300 * HOUR, START + 301 * HOUR)


def test_before_two_hundred_hours_there_is_no_flow_pillar(made):
    seen = views(made())
    assert not any(view.flow for view in seen[:200])
    assert all(view.flow for view in seen[210:])


def test_a_delta_that_never_moves_is_dead_and_no_calm_market(made):
    assert not any(view.flow for view in views(made(cvd=np.zeros(N))))


def test_no_difference_is_taken_over_a_hole(write):
    kept = {name: np.delete(column, 250) for name, column in columns().items()}
    seen = views(hourly.read(write("regime_btc_1h.parquet", **kept)))
    gone = [view.ts for view in seen[220:] if not view.flow]
    assert gone == [START + 252 * HOUR]


def test_liquidations_stand_in_as_forced_buying_less_forced_selling(made):
    table = columns()
    flow = views(made(), flow=hourly.liquidations)[300].window(3600)
    assert flow.net_usd == table["liq_short_usd"][300] - table["liq_long_usd"][300]


def test_sentiment_is_the_market_room_s_own_with_ages_and_scores(made):
    inputs = {each.name: each for each in views(made())[300].sentiment}
    assert sorted(inputs) == ["fund", "oi", "return_1h"]
    assert (inputs["fund"].value, inputs["fund"].age_s) == (columns()["funding"][300], 0.0)
    assert inputs["fund"].z is not None
    assert inputs["oi"].z is not None


def test_a_day_s_flow_is_in_the_view_from_noon_of_the_next_day_on(made, write):
    path = write(
        "etf_flow_daily.parquet",
        date=[date(2025, 12, 4), date(2025, 12, 5)],
        asset=["BTC"] * 2,
        fund=["Total"] * 2,
        net_flow_usd=[1e8, -2e8],
    )
    seen = views(made(), daily.read([path]))
    first = {}
    for view in seen:
        if view.etf is not None:
            first.setdefault(view.etf.trade_date, view.ts)
    assert first == {
        "2025-12-04": START + DAY + 12 * HOUR,
        "2025-12-05": START + 2 * DAY + 12 * HOUR,
    }


def test_a_view_hangs_on_nothing_that_came_later(made):
    table = columns()
    later = {name: column.copy() for name, column in table.items()}
    for name in later:
        if name != "ts_ns":
            later[name][300:] *= 1.5
    assert views(made(**later))[:300] == views(made())[:300]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ts_ns": START + np.arange(N) * HOUR + 1}, "hours must be whole"),
        ({"price_close": np.full(N, 0.0)}, "not above nothing"),
        ({"cvd": np.full(N, np.nan)}, "holds a value that is no number"),
    ],
)
def test_a_file_that_cannot_be_true_is_refused(made, changes, words):
    with pytest.raises(BadInput, match=words):
        made(**changes)
