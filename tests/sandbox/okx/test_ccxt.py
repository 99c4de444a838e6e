"""ccxt, which thousands trade OKX with, against the venue: REST and the stream (okx-v5.md 11)."""

import ccxt.pro
import pytest

SYMBOL = "BTC/USDT:USDT"


@pytest.fixture(scope="module")
def make_client():
    def make(port: int):
        client = ccxt.pro.okx(
            {"options": {"fetchMarkets": {"types": ["swap"]}}, "enableRateLimit": False}
        )
        client.urls["api"] = {
            "rest": f"http://127.0.0.1:{port}",
            "ws": f"ws://127.0.0.1:{port}/ws/v5",
        }
        return client

    return make


def test_ccxt_reads_markets_prices_books_trades_and_candles(serving, run, make_client):
    async def story():
        async with serving(speed=20.0) as venue:
            client = make_client(venue.port)
            try:
                await _rest(client)
                await _stream(client, venue)
            finally:
                await client.close()

    run(story)


async def _rest(client) -> None:
    markets = await client.load_markets()
    market = markets[SYMBOL]
    assert (
        market["contractSize"],
        market["precision"]["price"],
        market["precision"]["amount"],
    ) == (0.01, 0.1, 0.01)
    ticker = await client.fetch_ticker(SYMBOL)
    assert ticker["bid"] < ticker["ask"]
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    book = await client.fetch_order_book(SYMBOL, 50)
    assert (len(book["bids"]), len(book["asks"])) == (50, 50)
    assert book["bids"][0][0] < book["asks"][0][0]
    for candles, minutes in (
        (await client.fetch_ohlcv(SYMBOL, "1h", limit=10), 60),
        (await client.fetch_ohlcv(SYMBOL, "1m"), 1),
    ):
        assert [row[0] for row in candles] == sorted(row[0] for row in candles)
        assert candles[1][0] - candles[0][0] == minutes * 60_000
        assert all(
            low <= min(opened, closed) and max(opened, closed) <= high
            for _, opened, high, low, closed, _ in candles
        )
    funding = await client.fetch_funding_rate(SYMBOL)
    assert (funding["fundingRate"], funding["interval"]) == (0.0001, "8h")
    history = await client.fetch_funding_rate_history(SYMBOL, limit=3)
    assert len(history) == 3
    interest = await client.fetch_open_interest(SYMBOL)
    assert interest["openInterestAmount"] > 0
    assert await client.fetch_status() == {
        "status": "ok",
        "updated": None,
        "eta": None,
        "url": None,
        "info": {"code": "0", "msg": "", "data": []},
    }
    assert (await client.fetch_time()) > 1_757_894_400_000


async def _stream(client, venue) -> None:
    for _ in range(5):
        book = await client.watch_order_book(SYMBOL)
        assert (len(book["bids"]), len(book["asks"])) == (400, 400)
        assert book["bids"][0][0] < book["asks"][0][0]
    trades = await client.watch_trades(SYMBOL)
    assert {trade["side"] for trade in trades} == {"buy"}
    ticker = await client.watch_ticker(SYMBOL)
    assert ticker["last"] > 0
    candles = await client.watch_ohlcv(SYMBOL, "1m")
    assert candles[-1][4] > 0
    made = venue.core.instruments["BTC-USDT-SWAP"]
    assert made.trade_id >= int(trades[-1]["id"])
