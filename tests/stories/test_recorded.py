"""A recorded market over the wire gives the figures that the files themselves give."""

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("PAWANG_DATA", "../shared/data")) / "market"
DAY = "20240718"
FILES = [
    DATA / f"{kind}_binance_usdm_{coin}usdt_{DAY}.parquet"
    for coin in ("btc", "eth")
    for kind in ("l2", "trades")
]
GAP_NS, CAP_NS = 5_000_000, 100_000_000

pytestmark = pytest.mark.skipif(
    not all(path.exists() for path in FILES), reason=f"no recordings under {DATA}: set PAWANG_DATA"
)


def tape(coin):
    import pyarrow.parquet as parquet

    table = parquet.read_table(DATA / f"trades_binance_usdm_{coin}usdt_{DAY}.parquet")
    columns = [table[name].to_pylist() for name in ("ts_ns", "price", "size", "side")]
    return list(zip(*columns, strict=True))


def parents(prints):
    """[first, last, side, notional] of every sweep, by the letter of the specification."""
    made = []
    last_price = None
    for ts, price, size, side in prints:
        current = made[-1] if made else None
        joins = (
            current is not None
            and current[2] == side
            and ts - current[1] <= GAP_NS
            and ts - current[0] <= CAP_NS
            and (price - last_price) * side >= 0
        )
        if joins:
            current[1] = ts
            current[3] += price * size
        else:
            made.append([ts, ts, side, price * size])
        last_price = price
    return made


def mids(coin, moments):
    """The mid of the book of all rows before each moment."""
    import pyarrow.parquet as parquet

    table = parquet.read_table(DATA / f"l2_binance_usdm_{coin}usdt_{DAY}.parquet")
    rows = zip(*(table[n].to_pylist() for n in ("ts_ns", "side", "price", "size")), strict=True)
    bids, asks, found, waiting = {}, {}, {}, sorted(moments)
    for ts, side, price, size in rows:
        while waiting and ts >= waiting[0]:
            found[waiting.pop(0)] = (max(bids) + min(asks)) / 2 if bids and asks else None
        book = bids if side > 0 else asks
        if size:
            book[price] = size
        else:
            book.pop(price, None)
    for moment in waiting:
        found[moment] = (max(bids) + min(asks)) / 2
    return found


def test_every_slot_of_a_recorded_session_equals_an_independent_reading(demo):
    words = [word for path in FILES for word in ("--recording", str(path))]
    run = demo("--headless", "--speed", "60", *words)
    assert run.finish(150) == 0
    slots = run.kind("slot")
    for coin in ("BTC", "ETH"):
        mine = [line for line in slots if line["coin"] == coin]
        assert [line["final"] for line in mine].count(True) == 1
        prints = tape(coin.lower())
        sweeps = parents(prints)
        expected_mids = mids(coin.lower(), [line["ts_to"] for line in mine])
        for line in mine:
            inside = [
                (side, worth)
                for first, last, side, worth in sweeps
                if worth >= 1e6 and last >= line["ts_from"] and first < line["ts_to"]
            ]
            taken = [
                side * price * size
                for ts, price, size, side in prints
                if line["ts_from"] <= ts < line["ts_to"]
            ]
            assert line["theta_usd"] == 1_000_000
            assert line["parents"] == len(inside)
            close = pytest.approx
            assert line["net_usd"] == close(sum(s * w for s, w in inside), rel=1e-9, abs=1e-6)
            assert line["gross_usd"] == close(sum(w for _, w in inside), rel=1e-9, abs=1e-6)
            assert line["taker_net_usd"] == close(sum(taken), rel=1e-9, abs=1e-3)
            assert line["taker_gross_usd"] == close(sum(map(abs, taken)), rel=1e-9, abs=1e-3)
            if line["mid"] is not None:
                assert line["mid"] == close(expected_mids[line["ts_to"]], rel=1e-12)
        assert [line["mid"] for line in mine if line["mid"] is not None], "the book was never seen"
    assert {line["verdict"] for line in slots if line["ref_id"].startswith("ib_")} == {"NEUTRAL"}
