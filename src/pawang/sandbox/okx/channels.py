"""The text of every public push (okx-v5.md 9.1), made once however many listen.

The many are written by hand with f-strings: every value is a number or a name of the venue's own,
so nothing needs escaping. The few go through the JSON encoder.
"""

from typing import Any

import msgspec

from pawang.sandbox.okx.books import Levels
from pawang.sandbox.okx.instrument import Change, Instrument
from pawang.sandbox.okx.rows import ROWS, level_rows, orders

Arg = dict[str, str]

INDEX = "index-tickers"


def encode(body: object) -> str:
    return msgspec.json.encode(body).decode()


def data(arg: Arg, rows: list[Any]) -> str:
    return encode({"arg": arg, "data": rows})


def single(made: Instrument, channel: str) -> str:
    """A channel whose data is one REST-like row."""
    name = made.listing.family if channel == INDEX else made.name
    return data({"channel": channel, "instId": name}, [ROWS[channel](made)])


def mark(made: Instrument) -> str:
    """The mark price, by hand: five of these come in every second of every instrument."""
    return (
        f'{{"arg":{{"channel":"mark-price","instId":"{made.name}"}},"data":[{{"instType":"SWAP",'
        f'"instId":"{made.name}","markPx":"{made.price.text(made.mark)}","ts":"{made.ts_ms}"}}]}}'
    )


# Books.


def levels(made: Instrument, side: Levels) -> str:
    price, size = made.price.text, made.size.text
    return ",".join(
        [f'["{price(ticks)}","{size(lots)}","0","{orders(lots)}"]' for ticks, lots in side]
    )


def books(
    made: Instrument, action: str, bids: Levels, asks: Levels, prev_seq: int, seq: int
) -> str:
    return (
        f'{{"arg":{{"channel":"books","instId":"{made.name}"}},"action":"{action}",'
        f'"data":[{{"asks":[{levels(made, asks)}],"bids":[{levels(made, bids)}],'
        f'"ts":"{made.ts_ms}","checksum":0,"prevSeqId":{prev_seq},"seqId":{seq}}}]}}'
    )


def books_snapshot(made: Instrument) -> str:
    book = made.book
    return books(made, "snapshot", book.bids.best(400), book.asks.best(400), -1, book.seq)


def books_update(made: Instrument, change: Change) -> str | None:
    """None when nothing that is shown has changed."""
    if not (change.bids or change.asks):
        return None
    book = made.book
    return books(made, "update", change.bids, change.asks, book.prev_seq, book.seq)


def empty_books(made: Instrument, channel: str) -> str:
    """books-elp and books-rpi: nobody offers price improvement here."""
    row = {"asks": [], "bids": [], "ts": str(made.ts_ms), "checksum": 0, "prevSeqId": -1}
    arg = {"channel": channel, "instId": made.name}
    return encode({"arg": arg, "action": "snapshot", "data": [{**row, "seqId": made.book.seq}]})


def keep_alive(made: Instrument) -> str:
    """Nothing has changed for a minute: empty, and seqId == prevSeqId."""
    return books(made, "update", [], [], made.book.seq, made.book.seq)


def best(made: Instrument) -> str:
    """bbo-tbt: whole every time."""
    return (
        f'{{"arg":{{"channel":"bbo-tbt","instId":"{made.name}"}},'
        f'"data":[{{"asks":[{levels(made, made.book.asks.best(1))}],'
        f'"bids":[{levels(made, made.book.bids.best(1))}],'
        f'"ts":"{made.ts_ms}","seqId":{made.book.seq}}}]}}'
    )


def books5(made: Instrument) -> str:
    row = {
        "asks": level_rows(made, made.book.asks.best(5)),
        "bids": level_rows(made, made.book.bids.best(5)),
        "instId": made.name,
        "ts": str(made.ts_ms),
        "seqId": made.book.seq,
    }
    return data({"channel": "books5", "instId": made.name}, [row])


# Trades and liquidations.


def trades(made: Instrument, change: Change) -> list[str]:
    """One message a taker order and price; `tradeId` is that of the last match in it."""
    seq = made.book.seq
    return [
        f'{{"arg":{{"channel":"trades","instId":"{made.name}"}},"data":[{{'
        f'"instId":"{made.name}","tradeId":"{one.trade_id}","px":"{made.price.text(one.ticks)}",'
        f'"sz":"{made.size.text(one.lots)}","side":"{"buy" if one.buy else "sell"}",'
        f'"ts":"{one.ts_ms}","count":"{one.count}","source":"0","seqId":{seq}}}]}}'
        for one in change.trades
    ]


def single_trades(made: Instrument, change: Change) -> list[str]:
    """trades-all: every match by itself."""
    return [
        f'{{"arg":{{"channel":"trades-all","instId":"{made.name}"}},"data":[{{'
        f'"instId":"{made.name}","tradeId":"{number}","px":"{made.price.text(one.ticks)}",'
        f'"sz":"{made.size.text(one.lots)}","side":"{"buy" if one.buy else "sell"}",'
        f'"ts":"{one.ts_ms}","source":"0"}}]}}'
        for number, one in enumerate(change.prints, change.first_id)
    ]


def liquidations(made: Instrument, change: Change) -> str | None:
    """`side` is the closing order's, `posSide` the position that died. None when nobody did."""
    if not change.step.forced:
        return None
    details = [
        {
            "bkLoss": "0",
            "bkPx": made.price.text(forced.ticks),
            "ccy": "",
            "posSide": "long" if forced.long else "short",
            "side": "sell" if forced.long else "buy",
            "sz": made.size.text(forced.lots),
            "ts": str(forced.ts_ms),
        }
        for forced in change.step.forced
    ]
    family = made.listing.family
    row = {
        "details": details,
        "instFamily": family,
        "instId": made.name,
        "instType": "SWAP",
        "uly": family,
    }
    return data({"channel": "liquidation-orders", "instType": "SWAP"}, [row])
