"""The plain way in Python: msgspec decodes, two sorted lists a side, `bisect`, the same checks."""

from bisect import bisect_left
from importlib.metadata import version

import msgspec
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


def change(
    prices: list[float], sizes: list[float], levels: list[tuple[str, str, str, str]]
) -> None:
    for text, size_text, _, _ in levels:
        price, size = float(text), float(size_text)
        place = bisect_left(prices, price)
        if place < len(prices) and prices[place] == price:
            if size > 0.0:
                sizes[place] = size
            else:
                del prices[place]
                del sizes[place]
        elif size > 0.0:
            prices.insert(place, price)
            sizes.insert(place, size)


def make() -> Peer:
    decode = msgspec.json.Decoder(Push).decode
    bids: tuple[list[float], list[float]] = [], []
    asks: tuple[list[float], list[float]] = [], []
    last = -1

    def fold(frame: bytes) -> None:
        nonlocal last
        push = decode(frame)
        (row,) = push.data
        if push.action == "snapshot":
            for side in (*bids, *asks):
                side.clear()
        elif row.prev_seq_id != last:
            raise RuntimeError("gap")
        last = row.seq_id
        change(*bids, row.bids)
        change(*asks, row.asks)
        if bids[0] and asks[0] and bids[0][-1] >= asks[0][0]:
            raise RuntimeError("crossed")

    return fold, lambda: (bids[0][-1], asks[0][0])


if __name__ == "__main__":
    serve(make, f"msgspec {version('msgspec')} + bisect")
