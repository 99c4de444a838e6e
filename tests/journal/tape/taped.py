"""Any record a tape may hold, drawn by its own type; and records for the plain tests."""

import struct
from collections.abc import Sequence
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import get_args, get_origin

import msgspec
import numpy as np
from hypothesis import strategies as st

from pawang.model.instrument import Instrument
from pawang.model.market import (
    Aggressor,
    BestQuote,
    BookDelta,
    BookSnapshot,
    FearGreed,
    Levels,
    Observation,
    Trade,
)
from pawang.model.tape import BookCheckpoint, TapeNote

NOON = 1_757_937_600 * 10**9
BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
KINDS = (*get_args(Observation), TapeNote, BookCheckpoint)

numbers = st.integers(-(2**63), 2**63 - 1)
positive = st.decimals("0.00000001", "1000000", allow_nan=False, places=8) | st.sampled_from(
    [Decimal("0.10"), Decimal("0.1"), Decimal("1E+3"), Decimal("1E-18")]
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ids = st.integers(0, 10**20).map(str) | st.sampled_from(["", "007", "-5", "a1", "9" * 30]) | words


@st.composite
def levels(draw):
    """Levels as a venue's reader makes them, or as a tuple."""
    rows = draw(st.lists(st.tuples(st.floats(), st.floats()), max_size=5))
    if draw(st.booleans()):
        return tuple(rows)
    around = draw(st.integers(0, 2))
    padded = [(1.0, 1.0)] * around + rows + [(2.0, 2.0)] * around
    array = np.array(padded, np.float64).reshape(-1, 2)
    return Levels(array, around, around + len(rows))


def of_type(kind):
    """A strategy for a field of that type."""
    plain = {int: numbers, float: st.floats(), bool: st.booleans(), str: words, Decimal: positive}
    if kind in plain:
        return plain[kind]
    if isinstance(kind, UnionType) or get_origin(kind) is UnionType:
        return st.one_of([of_type(part) for part in get_args(kind)])
    if kind is NoneType:
        return st.none()
    if get_origin(kind) is Sequence:
        return levels()
    if get_origin(kind) is tuple:
        return st.lists(of_type(get_args(kind)[0]), max_size=3).map(tuple)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return records_of(kind)


def records_of(kind):
    fields = {field.name: of_type(field.type) for field in msgspec.structs.fields(kind)}
    if kind is Trade:
        fields["trade_id"] = ids
    if "instrument" in fields:
        fields["instrument"] = st.sampled_from([BTC, ETH, "", "DOGE-USD-SWAP"])
    return st.builds(kind, **fields)


anything = st.one_of([records_of(kind) for kind in KINDS])


def bits(value):
    """Equal only if every bit is: -0.0 is not 0.0, a NaN is itself, Decimal 0.1 is not 0.10."""
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, msgspec.Struct):
        names = value.__struct_fields__
        return (type(value), *(bits(getattr(value, name)) for name in names))
    if isinstance(value, (tuple, Levels)):
        return tuple(bits(part) for part in value)
    return (type(value), value)


# A small market for the plain tests.


def trade(number, ts=NOON, price=60_000.1, instrument=BTC, **other):
    fields = {"size": 0.5, "side": Aggressor.BUY, "trade_id": str(number), **other}
    return Trade(
        instrument=instrument, ts_event=ts + number, ts_recv=ts + number, price=price, **fields
    )


def delta(seq, bids=((59_999.9, 1.5),), asks=((60_000.2, 0.0),), instrument=BTC):
    stamps = {"ts_event": NOON + seq, "ts_recv": NOON + seq}
    return BookDelta(
        instrument=instrument, **stamps, bids=bids, asks=asks, seq=seq, prev_seq=seq - 1
    )


def snapshot(seq, kind=BookSnapshot, instrument=BTC):
    bids = tuple((60_000.0 - step / 10, 1.0 + step) for step in range(5))
    asks = tuple((60_000.1 + step / 10, 2.0 + step) for step in range(5))
    stamps = {"ts_event": NOON + seq, "ts_recv": NOON + seq}
    return kind(instrument=instrument, **stamps, bids=bids, asks=asks, seq=seq)


def quote(number):
    stamps = {"ts_event": NOON + number, "ts_recv": NOON + number}
    touch = {"bid": 60_000.0, "bid_size": 1.0 + number, "ask": 60_000.1, "ask_size": 2.0}
    return BestQuote(instrument=BTC, **stamps, **touch)


def mixed(first, count):
    """Books, prints, quotes and a reading in between, numbered."""
    makers = (delta, trade, quote, trade, lambda n: FearGreed(value=n, ts_asof=n, source="s"))
    return [makers[number % len(makers)](number) for number in range(first, first + count)]


def btc(lot="0.01"):
    return Instrument.swap(
        "BTC", contract_value=Decimal("0.01"), tick_size=Decimal("0.1"), lot_size=Decimal(lot)
    )
