"""nautilus_trader's OrderBook, fed from Python: msgspec decodes, deltas are built and applied.

The quickest way found: prices from floats with the listing's decimals (from text they take ten
times longer), and one bulk of deltas a message.
"""

from importlib.metadata import version
from typing import Any

import msgspec
from nautilus_trader.model.book import OrderBook
from nautilus_trader.model.data import BookOrder, OrderBookDelta, OrderBookDeltas
from nautilus_trader.model.enums import BookAction, BookType, OrderSide
from nautilus_trader.model.identifiers import InstrumentId
from nautilus_trader.model.objects import Price, Quantity
from serve import Peer, serve


class Row(msgspec.Struct, rename="camel"):
    asks: list[tuple[str, str, str, str]]
    bids: list[tuple[str, str, str, str]]
    ts: str
    seq_id: int
    prev_seq_id: int


class Push(msgspec.Struct):
    action: str
    data: list[Row]


PRICE_DECIMALS, SIZE_DECIMALS = 1, 8  # enough for BTC, swap or spot


def make() -> Peer:
    name = InstrumentId.from_str("BTC-USDT-SWAP.OKX")
    book = OrderBook(name, BookType.L2_MBP)
    decode = msgspec.json.Decoder(Push).decode
    last = -1

    def deltas(row: Row, ts: int) -> list[Any]:
        made = []
        for side, levels in ((OrderSide.SELL, row.asks), (OrderSide.BUY, row.bids)):
            for price, size, _, _ in levels:
                action = BookAction.DELETE if size == "0" else BookAction.UPDATE
                order = BookOrder(
                    side,
                    Price(float(price), PRICE_DECIMALS),
                    Quantity(float(size), SIZE_DECIMALS),
                    0,
                )
                made.append(OrderBookDelta(name, action, order, 0, row.seq_id, ts, ts))
        return made

    def fold(frame: bytes) -> None:
        nonlocal last
        push = decode(frame)
        (row,) = push.data
        ts = int(row.ts) * 1_000_000
        if push.action == "snapshot":
            book.clear(ts, row.seq_id)
        elif row.prev_seq_id != last:
            raise RuntimeError("gap")
        last = row.seq_id
        book.apply_deltas(OrderBookDeltas(name, deltas(row, ts)))

    def touch() -> tuple[float, float]:
        return float(book.best_bid_price()), float(book.best_ask_price())

    return fold, touch


if __name__ == "__main__":
    serve(make, f"nautilus_trader {version('nautilus_trader')}")
