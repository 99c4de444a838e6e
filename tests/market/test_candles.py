"""ATR, volume and volatility from closed bars (signals.md 1.4, 8.1)."""

import itertools

import pytest

from pawang.market import Market, MarketParams
from pawang.market.candles import wilder_atr
from pawang.market.threshold import equal_impact
from pawang.model.refs import HOUR, MINUTE
from pawang.model.view import Memory, Reading

HOUR_MS = 3_600_000


def atr(market, tape, ms):
    return market.freeze("BTC", tape.at(ms), Memory()).atr_1h_pct


def bars(tape, first, last, length=HOUR):
    step = length // 1_000_000
    return [tape.candle(step * k, length, 101.0 + k % 3, 99.0, 100.0) for k in range(first, last)]


def plain_wilder(rows, length):
    ranges = []
    for before, (high, low, _) in itertools.pairwise(rows):
        ranges.append(max(high, before[2]) - min(low, before[2]))
    value = sum(ranges[:length]) / length
    for one in ranges[length:]:
        value = (value * (length - 1) + one) / length
    return value


def test_wilders_average_is_the_textbooks():
    rows = [(100.0 + k % 7, 95.0 - k % 4, 97.0 + k % 5) for k in range(60)]
    assert wilder_atr(rows, 14) == pytest.approx(plain_wilder(rows, 14))


def test_fourteen_bars_are_one_too_few():
    rows = [(101.0, 99.0, 100.0)] * 15
    assert wilder_atr(rows[:14], 14) is None
    assert wilder_atr(rows, 14) == 2.0


def test_the_view_has_the_atr_of_closed_bars_with_the_age_of_the_last_close(market, tape, feed):
    open_bar = tape.candle(20 * HOUR_MS, HOUR, 900.0, 1.0, 100.0, closed=False)
    feed(market, [*bars(tape, 0, 20), open_bar])
    rows = [(101.0 + k % 3, 99.0, 100.0) for k in range(20)]
    assert atr(market, tape, 20 * HOUR_MS + 90_000) == Reading(
        value=pytest.approx(plain_wilder(rows, 14)), age_s=90.0
    )


def test_back_fill_in_any_order_gives_the_same_atr(market, btc, tape, feed):
    other = Market({"BTC": btc})
    history = bars(tape, 0, 40)
    feed(market, history)
    feed(other, [*history[20:], *history[:20], *history[5:9]])
    assert atr(market, tape, 40 * HOUR_MS) == atr(other, tape, 40 * HOUR_MS)


def test_a_hole_ends_the_run(market, tape, feed):
    feed(market, [*bars(tape, 0, 20), *bars(tape, 21, 35)])
    assert atr(market, tape, 35 * HOUR_MS) is None
    feed(market, bars(tape, 20, 21))
    assert atr(market, tape, 35 * HOUR_MS) is not None


def test_five_minute_bars_have_their_own_atr(market, tape, feed):
    feed(market, bars(tape, 0, 15, 5 * MINUTE))
    view = market.freeze("BTC", tape.at(15 * 300_000), Memory())
    assert view.atr_1h_pct is None
    assert view.atr_5m_pct is not None


def test_example_03_equal_impact_thresholds():
    params = MarketParams()
    lead = (8e9, 2.0)
    given = {"BTC": (8e9, 2.0), "ETH": (6e9, 2.8), "SOL": (2.4e9, 3.5), "AVAX": (0.3e9, 4.0)}
    thetas = {
        coin: round(equal_impact(adv, lead[0], sigma, lead[1], params))
        for coin, (adv, sigma) in given.items()
    }
    assert thetas == {"BTC": 1_000_000, "ETH": 382_653, "SOL": 100_000, "AVAX": 100_000}
    raw = MarketParams(theta_usd_min=1.0)
    assert round(equal_impact(2.4e9, 8e9, 3.5, 2.0, raw)) == 97_959
    assert round(equal_impact(0.3e9, 8e9, 4.0, 2.0, raw)) == 9_375


def week(tape, swing, volume_usd):
    """Seven days of hours before noon's midnight; the price swings by `swing` each hour."""
    first = -12 - 7 * 24
    closes = {hour: 100.0 * (1.0 + swing * (hour % 2)) for hour in range(first, -12)}
    return [
        tape.candle(hour * HOUR_MS, HOUR, close, close, close, volume_usd)
        for hour, close in closes.items()
    ]


@pytest.fixture
def two(btc, sol, make_tape):
    return Market({"BTC": btc, "SOL": sol}), make_tape(btc), make_tape(sol)


def test_example_03_from_candles_half_the_volume_and_the_same_swing(two, feed):
    market, btc, sol = two
    feed(market, [*week(btc, 0.01, 2e8), *week(sol, 0.01, 1e8)])
    assert market.freeze("SOL", sol.at(0), Memory()).theta_usd == pytest.approx(500_000.0)
    assert market.freeze("BTC", btc.at(0), Memory()).theta_usd == 1_000_000.0


def test_theta_is_frozen_intraday_and_fixed_while_unknown(two, feed):
    market, btc, sol = two
    feed(market, week(btc, 0.01, 2e8))
    assert market.freeze("SOL", sol.at(0), Memory()).theta_usd == 1_000_000.0
    assert "theta" in market.warming("SOL", sol.at(0))
    feed(market, week(sol, 0.01, 1e8))
    before = market.freeze("SOL", sol.at(0), Memory()).theta_usd
    feed(market, [sol.candle(-HOUR_MS, HOUR, 900.0, 90.0, 100.0, 9e9)])  # today's: not yet
    assert market.freeze("SOL", sol.at(0), Memory()).theta_usd == before
    assert "theta" not in market.warming("SOL", sol.at(0))


def test_correlation_with_the_lead_needs_two_hundred_common_hours(two, feed):
    market, btc, sol = two
    path = {hour: 100.0 + (hour * 7 % 11) for hour in range(-230, 0)}

    def candles(tape, hours, sign):
        return [
            tape.candle(hour * HOUR_MS, HOUR, *(3 * [100.0 * (path[hour] / 100.0) ** sign]))
            for hour in hours
        ]

    feed(market, [*candles(btc, path, 1), *candles(sol, range(-200, 0), -1)])
    assert market.freeze("SOL", sol.at(0), Memory()).correlation_btc is None
    feed(market, candles(sol, range(-201, -200), -1))
    assert market.freeze("SOL", sol.at(0), Memory()).correlation_btc == pytest.approx(-1.0)
    assert market.freeze("BTC", btc.at(0), Memory()).correlation_btc is None
