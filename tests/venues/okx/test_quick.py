"""The quick way and the strict way say the same, or the quick one says nothing (rows A04-A10, A19).

A blank before the first brace makes any frame strange to the kernels and changes nothing else, so
every frame can be heard both ways.
"""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.venues.okx.conftest import TS_MS, Wire, swap

from pawang.model.instrument import Instrument
from pawang.venues.okx import quick
from pawang.venues.okx.connection import Connection
from pawang.venues.okx.reading import Batch, Reader
from pawang.venues.okx.subscriptions import CHANNELS
from pawang.venues.okx.translate import Translator

WIRE = Wire()
FOLLOWED = CHANNELS
INVERSE = Instrument(
    **{
        **{name: getattr(swap("BTC"), name) for name in Instrument.__struct_fields__},
        "name": "BTC-USD-SWAP",
        "family": "BTC-USD",
        "linear": False,
        "contract_value": swap("BTC").contract_value * 10_000,
    }
)
LISTED = (swap("BTC"), swap("SOL", "1"), INVERSE)
NAMES = [made.name for made in LISTED]


def opened() -> Connection:
    connection = Connection(LISTED, FOLLOWED)
    connection.open(0)
    return connection


def heard(connection: Connection, frame: bytes) -> tuple:
    """What one frame did, all of it."""
    items = connection.hear(frame, 1, TS_MS * 10**6)
    books = [connection.chains[name] for name in NAMES]
    return (
        items,
        dict(connection.verdicts),
        [(chain.intact, chain.seq, chain.touch) for chain in books],
        [chain.top(1000) for chain in books if chain.intact],
        {key: (one.place, one.ts_newest) for key, one in connection.subscriptions.items()},
        dict(connection.stamps.counts),
    )


def is_quick(frame: bytes) -> bool:
    translator = Translator({made.name: made for made in LISTED})
    reader = Reader(LISTED, FOLLOWED, translator)
    if b'"update"' in frame:
        assert reader.read(Batch([WIRE.book(-1, 10, [("90", "1")], [("110", "1")])]), 0, 1) == 1
    return reader.read(Batch([frame]), 0, 1) == 1


PRICES = st.integers(950, 1050).map(lambda ticks: f"{ticks / 10:g}")
SIZES = st.sampled_from(["0", "1", "12.5", "0.00000001", "999999999999", "3"])
LEVELS = st.lists(st.tuples(PRICES, SIZES), max_size=6)
SEQS = st.integers(9, 14)
BOOKS = st.builds(
    WIRE.book,
    st.one_of(st.just(-1), SEQS),
    SEQS,
    LEVELS,
    LEVELS,
    inst=st.sampled_from(NAMES),
    ts=st.integers(TS_MS - 50, TS_MS + 50),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(BOOKS, max_size=14))
def test_A04_A05_A06_A07_A10_A19_any_run_of_books_is_judged_alike_both_ways(frames):
    fast, slow = opened(), opened()
    for frame in frames:
        assert heard(fast, frame) == heard(slow, b" " + frame)


def usual() -> dict[str, bytes]:
    """One usual frame a channel."""
    quote = {"asks": [["100.2", "3", "0", "1"]], "bids": [["100.1", "4", "0", "2"]]}
    index = {"instId": "BTC-USDT", "idxPx": "100.1", "high24h": "110", "sodUtc0": "", "ts": TS_MS}
    mark = {"instType": "SWAP", "instId": NAMES[0], "markPx": "100.15", "ts": str(TS_MS)}
    return {
        "snapshot": WIRE.snapshot(10),
        "update": WIRE.book(10, 12, [("99.8", "1"), ("99", "0")], [("100.4", "2.25")]),
        "keep-alive": WIRE.book(10, 10),
        "trades": WIRE.trade(),
        "trades inverse": WIRE.trade(NAMES[2]),
        "mark-price": WIRE.push("mark-price", mark),
        "index-tickers": WIRE.push("index-tickers", {**index, "ts": str(TS_MS)}, inst="BTC-USDT"),
        "bbo-tbt": WIRE.push("bbo-tbt", {**quote, "ts": str(TS_MS), "seqId": 5}),
    }


@pytest.mark.parametrize("name", usual())
def test_the_usual_frame_of_a_channel_is_read_quickly(name):
    assert is_quick(usual()[name])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"99.8"', '"9.98e1"'),
        ('"99.8"', '"99.80000000000000"'),
        ('"99.8"', '"-99.8"'),
        ('"99.8"', '"0"'),
        ('"checksum":0', '"checksum":7'),
        ('"seqId":12', '"seqId":012'),
        ('"seqId":12', '"seqId":"12"'),
        ('"seqId":12', '"seqId":12,"new":1'),
        ('"prevSeqId":10', '"prevSeqId":11'),
        (f'"{TS_MS}"', '"0"'),
        ("BTC-USDT-SWAP", "XRP-USDT-SWAP"),
        ("}]}", "}]}}"),
        ("}]}", "}]"),
        (":", ": "),
    ],
)
def test_a_frame_out_of_the_usual_is_left_to_the_strict_parser(old, new):
    frame = usual()["update"].replace(old.encode(), new.encode())
    assert not is_quick(frame)


def test_a_channel_that_is_not_followed_is_nobodys():
    translator = Translator({made.name: made for made in LISTED})
    reader = Reader(LISTED, ("trades",), translator)
    assert reader.read(Batch([WIRE.snapshot(10)]), 0, 1) == 0


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(usual())), st.data())
def test_A17_A18_a_frame_with_letters_changed_is_never_read_more_kindly(name, data):
    frame = bytearray(usual()[name])
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(frame) - 1))
        letter = data.draw(st.sampled_from(b'0123456789.-"[]{},:eE+ aNn\\\n\xff'))
        match data.draw(st.sampled_from(("change", "add", "drop"))):
            case "change":
                frame[place] = letter
            case "add":
                frame.insert(place, letter)
            case "drop":
                del frame[place]
    fast, slow = opened(), opened()
    for connection in (fast, slow):
        connection.hear(WIRE.snapshot(10), 0, TS_MS * 10**6)
    assert heard(fast, bytes(frame)) == heard(slow, b" " + bytes(frame))
    assert fast.malformed == slow.malformed


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.one_of(BOOKS, st.sampled_from(sorted(usual().values()))), max_size=20), st.data()
)
def test_how_the_stream_is_cut_into_batches_changes_nothing(frames, data):
    whole, cut = opened(), opened()
    expected = [item for frame in frames for item in whole.hear(frame, 1, TS_MS * 10**6)]
    items, start = [], 0
    while start < len(frames):
        batch = Batch(frames[start : start + data.draw(st.integers(1, 8))])
        place = 0
        while place < len(batch):
            found, place = cut.hear_some(batch, place, 1, TS_MS * 10**6)
            items += found
        start += len(batch)
    assert items == expected
    assert cut.verdicts == whole.verdicts


def test_A23_a_contract_that_changes_its_size_changes_the_coins_of_the_next_message():
    translator = Translator({made.name: made for made in LISTED})
    reader = Reader(LISTED, FOLLOWED, translator)
    reader.read(Batch([WIRE.snapshot(10)]), 0, 1)
    before = reader.rows[0, 1]
    row = {
        "instType": "SWAP", "instId": NAMES[0], "instFamily": "BTC-USDT", "uly": "BTC-USDT",
        "ctType": "linear", "ctVal": "0.1", "ctMult": "1", "ctValCcy": "BTC", "tickSz": "0.1",
        "lotSz": "0.01", "minSz": "0.01", "settleCcy": "USDT", "lever": "100", "state": "live",
    }  # fmt: skip
    connection = Connection(LISTED, (*FOLLOWED, "instruments"), translator=translator)
    connection.open(0)
    arg = {"channel": "instruments", "instType": "SWAP"}
    connection.hear(json.dumps({"arg": arg, "data": [row]}).encode(), 1, TS_MS * 10**6)
    reader.read(Batch([WIRE.snapshot(11)]), 0, 1)
    assert (before, reader.rows[2, 1]) == (3 * 0.01, 3 * 0.1)


# What a kernel is compiled to and what it is written as.

SAME = """
import hashlib
from tests.venues.okx.test_quick import heard, opened, usual, WIRE
from pawang.market import Market
from pawang.model.market import Observation
from tests.venues.okx.conftest import swap

told = hashlib.sha256()
connection, market = opened(), Market({"BTC": swap("BTC")})
frames = [frame for name, frame in usual().items() if name != "keep-alive"]
for k in range(60):
    level = [(f"{99 - k % 7}.{k % 10}", str(k % 5)), ("90", "500")]
    frames.append(WIRE.book(12 + k, 13 + k, level, level[:0], ts=1743041250440 + 1000 * k))
for frame in frames:
    seen = heard(connection, frame)
    told.update(repr(seen).encode())
    market.fold([item for item in seen[0] if hasattr(item, "instrument")])
coin = market._coins["BTC"]
told.update(repr((coin.book.survey(100.0), coin.walls._bands.tolist(), coin.walls._sizes.tolist(),
                  coin.walls._tracks)).encode())
print(told.hexdigest())
"""


def test_compiled_and_interpreted_kernels_give_equal_results():
    def run(disabled: str) -> str:
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disabled, "PYTHONWARNINGS": "error"}
        done = subprocess.run(
            [sys.executable, "-c", SAME],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("1") == run("0")


def test_the_kinds_are_numbered_without_a_hole():
    assert sorted(
        {quick.STRANGE, quick.SNAPSHOT, quick.KEEPALIVE, quick.CROSSED}
        | set(quick.CHANNELS.values())
    ) == list(range(quick.KINDS))
