"""Recorded files as records: each with the moment from which a desk may know it."""

from decimal import Decimal as D

import numpy as np
import pytest
from tests.operations.backtest.conftest import START

from pawang.model.errors import BadInput
from pawang.model.market import (
    BestQuote,
    BookDelta,
    BookSnapshot,
    Candle,
    FundingRate,
    OpenInterest,
    Trade,
)
from pawang.model.refs import HOUR, MINUTE, SECOND
from pawang.operations.backtest import session
from pawang.operations.backtest.known import in_order


def records(made, kind):
    return [record for _, record in in_order(*made.sources) if isinstance(record, kind)]


def test_the_listing_has_the_finest_steps_that_were_recorded(market):
    btc = session.read(market).listings["BTC"]
    assert (btc.name, btc.tick_size, btc.lot_size) == ("BTC-USDT-SWAP", D("0.1"), D("0.1"))
    assert btc.contract_value == D("0.01")


def test_the_book_comes_whole_once_and_then_as_what_changed(market):
    made = session.read(market)
    [whole], changes = records(made, BookSnapshot), records(made, BookDelta)
    assert (len(whole.bids), len(whole.asks), whole.ts_recv) == (20, 20, START)
    assert whole.bids[0][0] > whole.bids[-1][0]
    assert whole.asks[0][0] < whole.asks[-1][0]
    assert [change.prev_seq for change in changes] == [change.seq - 1 for change in changes]
    book = {**dict(whole.bids), **dict(whole.asks)}
    for change in changes:
        book.update({**dict(change.bids), **dict(change.asks)})
    assert sum(size > 0 for size in book.values()) == 40


def test_prints_keep_their_stamps_to_the_nanosecond(market):
    prints = records(session.read(market), Trade)
    assert len(prints) == 480
    assert prints[0].ts_event == prints[0].ts_recv == START + SECOND // 2
    assert [made.trade_id for made in prints[:2]] == ["1", "2"]


def test_the_session_spans_its_books_and_prints(market):
    made = session.read(market)
    assert (made.ts_from, made.ts_to) == (START, START + 479 * SECOND + SECOND // 2 + 1)


def test_bars_are_known_when_they_have_closed_and_coarser_ones_are_made_whole(market, write):
    opens = START // HOUR * HOUR - 2 * HOUR + np.arange(120) * MINUTE
    kept = np.delete(np.arange(120), 7)  # a hole in the first hour
    price = 100.0 + np.arange(120.0)
    path = write(
        "candles_made_up_btcusdt_1m.parquet",
        ts_ns=opens[kept],
        open=price[kept],
        high=price[kept] + 5,
        low=price[kept] - 5,
        close=price[kept] + 1,
        volume=np.ones(119),
    )
    bars = records(session.read([*market, path]), Candle)
    assert {bar.bar: sum(b.bar == bar.bar for b in bars) for bar in bars} == {
        MINUTE: 119,
        5 * MINUTE: 23,
        HOUR: 1,
    }
    assert all(bar.ts_recv == bar.ts_event + bar.bar for bar in bars)
    [hour] = [bar for bar in bars if bar.bar == HOUR]
    told = (hour.ts_event, hour.open, hour.high, hour.low, hour.close, hour.volume)
    assert told == (opens[60], 160.0, 224.0, 155.0, 220.0, 60.0)


def test_a_settled_rate_is_what_is_expected_of_the_next_settlement(market, write):
    at = START - START % (8 * HOUR)
    path = write("funding_made_up_btcusdt.parquet", ts_ns=[at], rate=[1e-4])
    settled, forecast = records(session.read([*market, path]), FundingRate)
    assert (settled.settled, settled.ts_funding, settled.ts_recv) == (True, at, at)
    assert (forecast.settled, forecast.ts_funding, forecast.ts_recv) == (False, at + 8 * HOUR, at)


def test_open_interest_is_priced_by_the_newest_bar_that_was_known(market, write):
    hour = START // HOUR * HOUR
    candles = write(
        "candles_made_up_btcusdt_1h.parquet",
        ts_ns=[hour - 2 * HOUR, hour - HOUR],
        open=[100.0, 200.0],
        high=[100.0, 200.0],
        low=[100.0, 200.0],
        close=[100.0, 200.0],
        volume=[1.0, 1.0],
    )
    interest = write(
        "oi_okx_swaps_20240718.parquet",
        ts_ns=[hour - HOUR - 1, hour - 1, hour, hour],
        symbol=["BTC-USDT-SWAP", "BTC-USDT-SWAP", "BTC-USDT-SWAP", "ETH-USDT-SWAP"],
        oi=[1.0, 2.0, 3.0, 4.0],
    )
    found = records(session.read([*market, candles, interest]), OpenInterest)
    # Before the first bar has closed nobody knows a price, and nothing is made up.
    assert [(each.coins, each.usd) for each in found] == [(2.0, 200.0), (3.0, 600.0)]


def test_best_quotes_come_as_they_are(market, write):
    path = write(
        "bbo_made_up_btcusdt_20240718.parquet",
        ts_ns=[START + 1],
        bid=[59_999.5],
        bid_size=[1.0],
        ask=[60_000.5],
        ask_size=[2.0],
    )
    [quote] = records(session.read([*market, path]), BestQuote)
    assert (quote.ts_recv, quote.bid, quote.ask_size) == (START + 1, 59_999.5, 2.0)


def test_without_a_book_there_is_nothing_to_play(market):
    with pytest.raises(BadInput, match="at least one l2_"):
        session.read(market[1:])


def test_a_coin_that_was_not_recorded_is_refused(market):
    with pytest.raises(BadInput, match="ETH"):
        session.read(market, ("ETH",))
