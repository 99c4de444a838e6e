"""ccxt.pro's own handler of OKX's books: `handle_order_book` and what it calls."""

import asyncio
import json
from typing import Any

import ccxt
import ccxt.pro
from serve import Peer, serve

SWAP = "-SWAP"


class Listener:
    """What the handler asks of a client: who waits for what."""

    def __init__(self, watched: str) -> None:
        self.subscriptions = {watched: True}

    def resolve(self, result: Any, message_hash: str) -> None:
        pass

    def reject(self, error: Exception, message_hash: str) -> None:
        raise error


def make() -> Peer:
    exchange = ccxt.pro.okx()
    symbol, name = "BTC/USDT:USDT", "BTC-USDT-SWAP"
    market = exchange.safe_market_structure(
        {"id": name, "symbol": symbol, "base": "BTC", "quote": "USDT", "type": "swap"}
    )
    exchange.markets = {symbol: market}
    exchange.markets_by_id = {name: [market]}
    client = Listener(f"books:{symbol}")

    def fold(frame: bytes) -> None:
        exchange.handle_order_book(client, json.loads(frame))

    def touch() -> tuple[float, float]:
        book = exchange.orderbooks[symbol]
        return book["bids"][0][0], book["asks"][0][0]

    return fold, touch


async def main() -> None:
    serve(make, f"ccxt.pro {ccxt.__version__}")


if __name__ == "__main__":
    asyncio.run(main())  # its futures want a running loop
