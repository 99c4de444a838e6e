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
BEFORE_NS, AFTER_NS, PAIR_NS = 100_000_000, 1_000_000_000, 1_000_000_000
STEP_NS = 100_000_000
TICK = {"BTC": 0.1, "ETH": 0.01}

pytestmark = pytest.mark.skipif(
    not all(path.exists() for path in FILES), reason=f"no recordings under {DATA}: set PAWANG_DATA"
)


def tape(coin):
    import pyarrow.parquet as parquet

    table = parquet.read_table(DATA / f"trades_binance_usdm_{coin}usdt_{DAY}.parquet")
    columns = [table[name].to_pylist() for name in ("ts_ns", "price", "size", "side")]
    return list(zip(*columns, strict=True))


def parents(prints):
    """[first, last, side, notional, size] of every sweep, by the letter of the specification."""
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
            current[4] += size
        else:
            made.append([ts, ts, side, price * size, size])
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


def looked_at(sweep):
    """The moments of a sweep's impact, as the simulated venue tells its touch: every 100 ms."""
    return tuple(at // STEP_NS * STEP_NS for at in (sweep[0] - BEFORE_NS, sweep[1] + AFTER_NS))


def washed(begun, tick):
    """Sweeps that an opposite twin within a second cancels, the earliest twin first."""
    out = set()
    for place, (_, last, side, worth, size) in enumerate(begun):
        for later in range(place + 1, len(begun)):
            first, _, other_side, other_worth, other_size = begun[later]
            twins = (
                not {place, later} & out
                and first - last <= PAIR_NS
                and side != other_side
                and abs(worth - other_worth) <= 0.01 * max(worth, other_worth)
                and abs(worth / size - other_worth / other_size) <= tick * 1.000001
            )
            if twins:
                out |= {place, later}
    return {tuple(begun[place]) for place in out}


def defended(sweeps, since, until, tick, touches):
    """Signed dollars of the whales of a window, after the three defences."""
    begun = [sweep for sweep in sweeps if sweep[3] >= 0.99e6 and sweep[0] < until]
    out = washed(begun, tick)
    usd = []
    for sweep in begun:
        _, last, side, worth, _ = sweep
        if worth < 1e6 or last < since or tuple(sweep) in out:
            continue
        before, after = (touches[at] for at in looked_at(sweep))
        known = last + AFTER_NS <= until and before is not None and after is not None
        against = known and (after - before) * side < 0
        usd.append(side * worth * (0.5 if against else 1.0))
    half = 0.5 * sum(map(abs, usd))
    return [max(-half, min(half, signed)) for signed in usd]


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
        whales = [sweep for sweep in sweeps if sweep[3] >= 1e6]
        moments = {line["ts_to"] for line in mine}
        moments |= {at for sweep in whales for at in looked_at(sweep)}
        expected_mids = mids(coin.lower(), moments)
        for line in mine:
            inside = defended(sweeps, line["ts_from"], line["ts_to"], TICK[coin], expected_mids)
            taken = [
                side * price * size
                for ts, price, size, side in prints
                if line["ts_from"] <= ts < line["ts_to"]
            ]
            assert line["theta_usd"] == 1_000_000
            assert line["parents"] == len(inside)
            close = pytest.approx
            assert line["net_usd"] == close(sum(inside), rel=1e-9, abs=1e-6)
            assert line["gross_usd"] == close(sum(map(abs, inside)), rel=1e-9, abs=1e-6)
            assert line["taker_net_usd"] == close(sum(taken), rel=1e-9, abs=1e-3)
            assert line["taker_gross_usd"] == close(sum(map(abs, taken)), rel=1e-9, abs=1e-3)
            if line["mid"] is not None:
                assert line["mid"] == close(expected_mids[line["ts_to"]], rel=1e-12)
        assert [line["mid"] for line in mine if line["mid"] is not None], "the book was never seen"
    assert {line["verdict"] for line in slots if line["ref_id"].startswith("ib_")} == {"NEUTRAL"}
