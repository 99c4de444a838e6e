"""The seeded market's past: 30 days that look like a market and join the live path."""

from itertools import pairwise

import numpy as np
import pytest

from pawang.sandbox.seeded import START_MS, SeededMarket
from pawang.sandbox.source import Bar

BTC = "BTC-USDT-SWAP"
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def market() -> SeededMarket:
    """Seven minutes and a half after the start."""
    made = SeededMarket(7)
    for _ in range(4_500):
        made.step()
    return made


def closes(market: SeededMarket, coin: str) -> np.ndarray:
    bars = market.candles(f"{coin}-USDT-SWAP", MINUTE, START_MS, 50_000)
    return np.array([bar.close for bar in reversed(bars)], dtype=float)


def grouped(bars: list[Bar], bar_ms: int) -> list[Bar]:
    """Coarser bars made by hand from newest-first finer ones."""
    made: dict[int, list[Bar]] = {}
    for bar in reversed(bars):
        made.setdefault(bar.ts_ms // bar_ms * bar_ms, []).append(bar)
    coarse = [
        Bar(
            ts_ms,
            rows[0].open,
            max(row.high for row in rows),
            min(row.low for row in rows),
            rows[-1].close,
            sum(row.lots for row in rows),
        )
        for ts_ms, rows in made.items()
    ]
    return coarse[::-1]


def test_thirty_days_of_minutes_without_a_hole(market: SeededMarket) -> None:
    bars = market.candles(BTC, MINUTE, market.now_ms(), 50_000)
    assert len(bars) == 30 * 1440 + 8
    assert {a.ts_ms - b.ts_ms for a, b in pairwise(bars)} == {MINUTE}
    assert all(bar.low <= min(bar.open, bar.close) for bar in bars)
    assert all(bar.high >= max(bar.open, bar.close) for bar in bars)
    assert all(bar.lots > 0 for bar in bars)


def test_the_past_ends_where_the_live_market_begins() -> None:
    for seed in range(3):
        market = SeededMarket(seed)
        for listing in market.listings:
            last = market.candles(listing.inst_id, MINUTE, START_MS, 1)[0]
            assert last.ts_ms == START_MS - MINUTE
            assert last.close == max(market.levels(listing.inst_id)[0])


def test_the_first_live_bar_goes_on_from_the_last_of_the_past(market: SeededMarket) -> None:
    for listing in market.listings:
        live, past = market.candles(listing.inst_id, MINUTE, START_MS + MINUTE, 2)
        assert (live.ts_ms, past.ts_ms) == (START_MS, START_MS - MINUTE)
        assert abs(live.open / past.close - 1) < 0.001


@pytest.mark.parametrize("bar_ms", [3 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, DAY])
def test_coarser_bars_are_exactly_the_finer_ones(market: SeededMarket, bar_ms: int) -> None:
    minutes = market.candles(BTC, MINUTE, market.now_ms(), 50_000)
    assert market.candles(BTC, bar_ms, market.now_ms(), 50_000) == grouped(minutes, bar_ms)


def test_a_bar_is_asked_for_by_its_open_time(market: SeededMarket) -> None:
    end_ms = START_MS - 7 * HOUR
    bars = market.candles(BTC, HOUR, end_ms, 3)
    assert [bar.ts_ms for bar in bars] == [end_ms - HOUR, end_ms - 2 * HOUR, end_ms - 3 * HOUR]
    # One millisecond later the next hour had opened.
    assert market.candles(BTC, HOUR, end_ms + 1, 1)[0].ts_ms == end_ms
    assert market.candles(BTC, HOUR, START_MS - 31 * DAY, 10) == []


def test_a_first_day_that_is_not_whole_is_left_out() -> None:
    market = SeededMarket(1, ("BTC",), START_MS + 7 * HOUR)
    days = market.candles(BTC, DAY, market.start_ms, 100)
    assert days[-1].ts_ms == START_MS - 29 * DAY


def test_the_open_bar_grows_with_the_prints() -> None:
    market = SeededMarket(3, ("BTC",))
    prints = [one for _ in range(300) for step in market.step() for one in step.prints]
    ticks = [one.ticks for one in prints]
    bar = market.candles(BTC, MINUTE, market.now_ms(), 1)[0]
    lots = sum(one.lots for one in prints)
    assert bar == Bar(START_MS, ticks[0], max(ticks), min(ticks), ticks[-1], lots)


def test_returns_have_fat_tails_and_their_size_clusters(market: SeededMarket) -> None:
    for coin in ("BTC", "AVAX"):
        returns = np.diff(np.log(closes(market, coin)))
        kurtosis = np.mean((returns - returns.mean()) ** 4) / returns.var() ** 2
        assert kurtosis > 4
        size = np.abs(returns)
        for lag in (1, 10, 60):
            assert np.corrcoef(size[:-lag], size[lag:])[0, 1] > 0.05
        assert abs(np.corrcoef(returns[:-1], returns[1:])[0, 1]) < 0.05


def test_volatility_is_that_of_the_coins(market: SeededMarket) -> None:
    bounds = {"BTC": (40, 60), "ETH": (50, 85), "SOL": (65, 110), "AVAX": (65, 115)}
    for coin, (low, high) in bounds.items():
        hourly = np.diff(np.log(closes(market, coin)[::60]))
        assert low < 100 * hourly.std() * np.sqrt(24 * 365) < high, coin


def test_coins_move_together(market: SeededMarket) -> None:
    returns = [np.diff(np.log(closes(market, coin)[::5])) for coin in ("BTC", "ETH", "SOL", "AVAX")]
    correlations = np.corrcoef(returns)
    assert correlations[0, 1:].min() > 0.4


def test_open_interest_covers_thirty_days_and_swings(market: SeededMarket) -> None:
    rows = market.open_interest_history(BTC, 5 * MINUTE, START_MS + 1, 10_000)
    assert len(rows) == 30 * 288
    assert rows[0][0] == START_MS
    assert {a[0] - b[0] for a, b in pairwise(rows)} == {5 * MINUTE}
    lots = np.array([row[1] for row in rows], dtype=float)
    assert 0.05 < np.log(lots).std() + np.ptp(np.log(lots)) < 1.5
    assert (np.diff(lots[::-1]) / lots[1:]).max() > 0.004  # bursts: what clusters of entries need
    hours = market.open_interest_history(BTC, HOUR, START_MS + 1, 1_000)
    assert hours == [row for row in rows if row[0] % HOUR == 0]


def test_open_interest_goes_on_live(market: SeededMarket) -> None:
    live, past = market.open_interest_history(BTC, 5 * MINUTE, market.now_ms(), 2)
    assert (live[0], past[0]) == (START_MS + 5 * MINUTE, START_MS)
    assert abs(live[1] / past[1] - 1) < 0.03


def test_ninety_settlements_every_eight_hours(market: SeededMarket) -> None:
    rows = market.funding_history(BTC, START_MS + 1, 400)
    assert len(rows) == 90
    assert rows[0][0] == START_MS
    assert all(ts_ms % (8 * HOUR) == 0 for ts_ms, _ in rows)
    assert {a[0] - b[0] for a, b in pairwise(rows)} == {8 * HOUR}
    assert all(abs(rate) <= 0.00375 for _, rate in rows)
    assert len({rate for _, rate in rows}) > 50


def test_a_settlement_is_appended_when_it_passes() -> None:
    market = SeededMarket(1, ("BTC",), START_MS + 8 * HOUR - MINUTE)
    before = market.funding_history(BTC, market.start_ms, 400)
    told = [step.funding_rate for _ in range(600) for step in market.step()]
    rows = market.funding_history(BTC, market.now_ms() + 1, 400)
    assert rows[1:] == before
    assert rows[0] == (START_MS + 8 * HOUR, told[-1])


def test_ratios_and_taker_volumes_are_there(market: SeededMarket) -> None:
    ratios = market.ratio_history(BTC, 5 * MINUTE, START_MS + 1, 10_000)
    assert len(ratios) == 30 * 288
    assert all(0.2 < ratio < 10 for _, ratio in ratios)
    taker = market.taker_history(BTC, HOUR, START_MS, 24)
    hours = market.candles(BTC, HOUR, START_MS, 24)
    assert [row[0] for row in taker] == [bar.ts_ms for bar in hours]
    assert [row[1] + row[2] for row in taker] == [bar.lots for bar in hours]


def test_an_unknown_instrument_is_a_key_error(market: SeededMarket) -> None:
    with pytest.raises(KeyError):
        market.candles("PEPE-USDT-SWAP", MINUTE, START_MS, 1)
