"""Which channel goes where, and how many connections that takes."""

import pytest
from tests.venues.okx.conftest import swap

from pawang.model.errors import BadConfig
from pawang.venues.okx.subscriptions import (
    CHANNELS,
    VENUE,
    ConnectionParams,
    path_of,
    plan,
    shares,
    told_once,
)

PARAMS = ConnectionParams()


@pytest.mark.parametrize(
    ("path", "channels"),
    [
        ("public", (*CHANNELS, *VENUE, "bbo-tbt", "tickers", "price-limit")),
        ("business", ("trades-all", "candle1m", "candle1s", "candle4H", "candle1Dutc")),
    ],
)
def test_each_channel_lives_on_one_path(path, channels):
    assert {path_of(channel) for channel in channels} == {path}


@pytest.mark.parametrize("channel", ["orders", "book", "candle", "candle5x", "candles5m", ""])
def test_a_channel_that_is_none_is_refused_by_its_name(channel):
    with pytest.raises(BadConfig, match="no public channel is called"):
        path_of(channel)


def test_few_coins_take_one_connection_a_path(btc, sol):
    channels = (*CHANNELS, *VENUE, "candle5m", "trades-all")
    dealt = shares([btc, sol], channels, PARAMS)
    assert [(one.path, one.instruments) for one in dealt] == [
        ("public", (btc, sol)),
        ("business", (btc, sol)),
    ]
    assert dealt[0].channels == (*CHANNELS, *VENUE)
    assert dealt[1].channels == ("candle5m", "trades-all")


def test_no_connection_carries_more_than_thirty_books():
    coins = [swap(f"C{number}") for number in range(65)]
    dealt = shares(coins, (*CHANNELS, *VENUE), PARAMS)
    assert [len(one.instruments) for one in dealt] == [30, 30, 5]
    assert [made.name for one in dealt for made in one.instruments] == [one.name for one in coins]


def test_what_is_of_no_single_coin_is_asked_for_once():
    coins = [swap(f"C{number}") for number in range(65)]
    dealt = shares(coins, (*CHANNELS, *VENUE), PARAMS)
    for channel in ("liquidation-orders", "instruments", "status"):
        assert [channel in one.channels for one in dealt] == [True, False, False]


def test_each_subscription_is_asked_for_by_what_it_is_of(btc):
    channels = ("books", "index-tickers", "liquidation-orders", "instruments", "status")
    assert [one.arg for one in plan([btc], channels, PARAMS).values()] == [
        {"channel": "books", "instId": "BTC-USDT-SWAP"},
        {"channel": "index-tickers", "instId": "BTC-USDT"},
        {"channel": "liquidation-orders", "instType": "SWAP"},
        {"channel": "instruments", "instType": "SWAP"},
        {"channel": "status"},
    ]


def test_one_tape_alone_is_told_and_of_both_the_merged_one():
    assert told_once(("books", "trades")) == frozenset()
    assert told_once(("trades-all",)) == frozenset()
    assert told_once(("trades-all", "trades")) == {"trades-all"}
