"""cryptofeed's own handler of OKX's books: `message_handler`, under the channel name it knows."""

import asyncio
from importlib.metadata import version
from typing import Any

from cryptofeed.defines import ASK, BID, L2_BOOK, OKEX
from cryptofeed.exchanges import OKEx
from cryptofeed.symbols import Symbols
from serve import Peer, serve

NAME, SYMBOL = "BTC-USDT-SWAP", "BTC-USDT-PERP"


async def seen(*_: Any, **__: Any) -> None:
    """The callback every user of it has."""


def make() -> Peer:
    Symbols.set(OKEX, {SYMBOL: NAME}, {"instrument_type": {SYMBOL: "perpetual"}})
    feed = OKEx(
        symbols=[SYMBOL], channels=[L2_BOOK], callbacks={L2_BOOK: seen}, checksum_validation=False
    )
    handler = feed.message_handler

    def fold(frame: bytes) -> None:
        going = handler(frame.decode(), None, 0.0)
        try:
            going.send(None)  # it never really waits: cheaper than a task, to its favour
        except StopIteration:
            return
        raise RuntimeError("the handler waited")

    def touch() -> tuple[float, float]:
        book = feed._l2_book[SYMBOL]
        return float(book[BID].keys()[-1]), float(book[ASK].keys()[0])

    return fold, touch


async def main() -> None:
    serve(make, f"cryptofeed {version('cryptofeed')}")


if __name__ == "__main__":
    asyncio.run(main())
