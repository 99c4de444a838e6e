"""Recorded markets: what is played is what was recorded, and never a crossed book."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pawang.sandbox.recording import RecordedMarket, RecordingError
from pawang.sandbox.source import Bar, MarketSource, Print, Step

DATA = Path(os.environ.get("PAWANG_DATA", "../shared/data")) / "market"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no recorded data (set PAWANG_DATA)")

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
MS = 1_000_000
START = 1_700_000_000_000  # ms, on the 100 ms grid and 20 s into a minute

Row = tuple[int, int, float, float, bool]  # ms after START, side, price, size, is_snapshot


def write(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def book(folder: Path, rows: list[Row], name: str = "l2_x_btcusdt_1.parquet") -> Path:
    ms, side, price, size, snapshot = zip(*rows, strict=True)
    return write(
        folder / name,
        ts_ns=[(START + at) * MS for at in ms],
        side=pa.array(side, pa.int8()),
        price=price,
        size=size,
        is_snapshot=snapshot,
    )


def trades(
    folder: Path,
    rows: list[tuple[float, int, float, float]],
    name: str = "trades_x_btcusdt_1.parquet",
) -> Path:
    ms, side, price, size = zip(*rows, strict=True)
    stamps = [int((START + at) * MS) for at in ms]
    return write(
        folder / name, ts_ns=stamps, side=pa.array(side, pa.int8()), price=price, size=size
    )


def play(market: RecordedMarket) -> list[list[Step]]:
    assert market.end_ms is not None
    steps = []
    while market.now_ms() < market.end_ms:
        steps.append(market.step())
    return steps


OPENING: list[Row] = [
    (30, 1, 100.0, 2.0, True),
    (30, 1, 99.5, 1.0, True),
    (30, -1, 100.5, 3.0, True),
    (30, -1, 101.25, 1.5, True),
]


# What a step carries.


def test_a_step_carries_what_has_a_stamp_in_its_100_ms(tmp_path: Path) -> None:
    rows = [*OPENING, (99, 1, 100.0, 1.0, False), (100, 1, 100.25, 0.125, False)]
    tape = [(99.9, 1, 100.5, 0.5), (99.9, -1, 100.0, 0.125), (200.0, 1, 100.5, 1.0)]
    market: MarketSource = RecordedMarket([book(tmp_path, rows), trades(tmp_path, tape)])
    assert (market.start_ms, market.now_ms(), market.end_ms) == (START, START, START + 300)
    assert market.levels(BTC) == ({}, {})
    first, second, third = (market.step()[0] for _ in range(3))
    assert first == Step(
        BTC,
        START + 100,
        prints=[Print(START + 99, 10050, 500, True), Print(START + 99, 10000, 125, False)],
        bids={10000: 1000, 9950: 1000},
        asks={10050: 3000, 10125: 1500},
        mark_ticks=10025,
    )
    assert second == Step(BTC, START + 200, bids={10025: 125}, mark_ticks=10037)
    assert third == Step(BTC, START + 300, prints=[Print(START + 200, 10050, 1000, True)])
    assert market.levels(BTC) == (
        {10000: 1000, 9950: 1000, 10025: 125},
        {10050: 3000, 10125: 1500},
    )


def test_tick_and_lot_are_the_finest_steps_of_book_and_trades(tmp_path: Path) -> None:
    files = [book(tmp_path, OPENING), trades(tmp_path, [(50, 1, 100.125, 0.0625)])]
    listing = RecordedMarket(files).listings[0]
    assert (listing.tick_size, listing.price_decimals) == ("0.001", 3)
    # 0.0001 coins are 0.01 contracts of 0.01 coins.
    assert (listing.lot_size, listing.contract_value) == ("0.01", "0.01")
    assert listing.price(100_125) == "100.125"
    assert listing.coins(625) == pytest.approx(0.0625)


@pytest.mark.parametrize(
    ("name", "inst_id", "lot_size"),
    [
        ("l2_binance_usdm_ethusdt_20240718.parquet", ETH, "10"),
        ("l2_binance_spot_ethbtc_20201101.parquet", ETH, "10"),
        ("l2_bitstamp_btcusd_20150501.parquet", BTC, "100"),
        ("l2_okx_swap_solusdt_20260101.parquet", "SOL-USDT-SWAP", "1"),
        ("l2_okx_swap_pepeusdt_20260101.parquet", "PEPE-USDT-SWAP", "1"),
    ],
)
def test_the_coin_is_read_from_the_name(
    tmp_path: Path, name: str, inst_id: str, lot_size: str
) -> None:
    whole = [(at, side, price, 1.0, snapshot) for at, side, price, _, snapshot in OPENING]
    listing = RecordedMarket([book(tmp_path, whole, name)]).listings[0]
    assert (listing.inst_id, listing.lot_size) == (inst_id, lot_size)
    assert Decimal(listing.lot_size) * Decimal(listing.contract_value) == 1


def test_coins_run_on_one_time(tmp_path: Path) -> None:
    late = [(at + 370, *rest) for at, *rest in OPENING]
    files = [book(tmp_path, OPENING), book(tmp_path, late, "l2_x_ethusdt_1.parquet")]  # type: ignore[arg-type]
    steps = play(RecordedMarket(files))
    assert [step.ts_ms for step, _ in steps] == [START + 100 * n for n in range(1, 6)]
    assert [bool(step.bids) for step, _ in steps] == [True, False, False, False, False]
    assert [bool(step.bids) for _, step in steps] == [False, False, False, False, True]


def test_a_row_on_the_last_boundary_is_played(tmp_path: Path) -> None:
    market = RecordedMarket([book(tmp_path, [*OPENING, (100, 1, 99.0, 1.0, False)])])
    assert market.end_ms == START + 200
    assert [len(step.bids) for (step,) in play(market)] == [2, 1]


def test_past_the_end_time_goes_on_and_nothing_happens(tmp_path: Path) -> None:
    market = RecordedMarket([book(tmp_path, OPENING)])
    play(market)
    assert market.step() == [Step(BTC, START + 200)]


def test_a_snapshot_inside_replaces_the_book(tmp_path: Path) -> None:
    again: list[Row] = [(150, 1, 99.5, 1.0, True), (150, -1, 100.75, 4.0, True)]
    market = RecordedMarket([book(tmp_path, [*OPENING, *again])])
    _, (step,) = play(market)
    assert step.bids == {10000: 0}
    assert step.asks == {10050: 0, 10125: 0, 10075: 40}
    assert market.levels(BTC) == ({9950: 10}, {10075: 40})


def test_deletes_of_levels_nobody_had_are_not_told(tmp_path: Path) -> None:
    market = RecordedMarket([book(tmp_path, [*OPENING, (120, 1, 90.0, 0.0, False)])])
    assert [step.bids for (step,) in play(market)] == [{10000: 20, 9950: 10}, {}]


# Crossed books.


def test_the_older_side_of_a_crossing_is_held_back_until_it_uncrosses(tmp_path: Path) -> None:
    rows: list[Row] = [
        *OPENING,
        (110, 1, 101.0, 1.0, False),  # newer bid crosses the ask at 100.5
        (210, -1, 100.5, 0.0, False),  # which was filled, as the venue says at last
    ]
    market = RecordedMarket([book(tmp_path, rows)])
    first, second, third = (step for (step,) in play(market))
    assert first.asks == {10050: 30, 10125: 15}
    assert (second.bids, second.asks) == ({10100: 10}, {10050: 0})
    assert (third.bids, third.asks) == ({}, {})
    assert market.held_back(BTC) == (1, 1)
    assert market.levels(BTC) == ({10000: 20, 9950: 10, 10100: 10}, {10125: 15})


def test_a_level_that_was_held_back_comes_back(tmp_path: Path) -> None:
    rows: list[Row] = [
        *OPENING,
        (110, -1, 100.0, 1.0, False),  # locked: the older bid at 100 is held back
        (210, -1, 100.0, 0.0, False),
    ]
    market = RecordedMarket([book(tmp_path, rows)])
    _, second, third = (step for (step,) in play(market))
    assert (second.bids, second.asks) == ({10000: 0}, {10000: 10})
    assert (third.bids, third.asks) == ({10000: 20}, {10000: 0})
    assert second.mark_ticks == (9950 + 10000) // 2
    assert market.held_back(BTC) == (1, 1)


# What may be asked.


def test_candles_are_made_of_the_prints_so_far(tmp_path: Path) -> None:
    tape = [(50, 1, 100.5, 1.0), (39_999, -1, 100.0, 2.0), (130_000, 1, 101.0, 4.0)]
    market = RecordedMarket([book(tmp_path, OPENING), trades(tmp_path, tape)])
    opened = START - 20_000
    for _ in range(400):
        market.step()
    first = Bar(opened, 10050, 10050, 10000, 10000, 30)
    assert market.candles(BTC, 60_000, market.now_ms(), 10) == [first]
    play(market)
    flat = Bar(opened + 60_000, 10000, 10000, 10000, 10000, 0)
    last = Bar(opened + 120_000, 10100, 10100, 10100, 10100, 40)
    assert market.candles(BTC, 60_000, market.now_ms(), 10) == [last, flat, first]
    assert market.candles(BTC, 60_000, opened + 120_000, 1) == [flat]
    five = market.candles(BTC, 300_000, market.now_ms(), 5)
    assert [bar.lots for bar in five] == [40, 30]  # the grid is absolute
    assert market.taker_history(BTC, 60_000, market.now_ms(), 5) == [
        (opened + 120_000, 0, 40),
        (opened, 20, 10),
    ]


def test_what_was_not_recorded_is_empty(tmp_path: Path) -> None:
    market = RecordedMarket([book(tmp_path, OPENING)])
    (step,) = market.step()
    assert (step.index, step.open_interest_lots, step.funding_rate) == (None, None, None)
    assert market.candles(BTC, 60_000, market.now_ms(), 10) == []
    assert market.open_interest_history(BTC, 300_000, market.now_ms(), 10) == []
    assert market.funding_history(BTC, market.now_ms(), 10) == []
    assert market.ratio_history(BTC, 300_000, market.now_ms(), 10) == []
    assert market.taker_history(BTC, 300_000, market.now_ms(), 10) == []


def test_recorded_candles_are_history_but_never_the_future(tmp_path: Path) -> None:
    opens = [START - 20_000 + 60_000 * number for number in range(-3, 3)]
    candles = write(
        tmp_path / "candles_okx_swap_btcusdt_1m.parquet",
        ts_ns=[ts_ms * MS for ts_ms in opens],
        open=[100.0] * 6,
        high=[101.0] * 6,
        low=[99.0] * 6,
        close=[100.5] * 6,
        volume=[7.0] * 6,
    )
    tape = trades(tmp_path, [(50, 1, 100.25, 1.0)])
    market = RecordedMarket([book(tmp_path, OPENING), tape, candles])
    play(market)
    bars = market.candles(BTC, 60_000, START + 10**9, 10)
    assert bars == [
        Bar(opens[3], 10025, 10025, 10025, 10025, 10),
        *(Bar(ts_ms, 10000, 10100, 9900, 10050, 70) for ts_ms in opens[2::-1]),
    ]


# Files that cannot be played.


def test_a_name_of_no_known_kind(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="must begin with one of l2, l2snap, trades, candles"):
        RecordedMarket([tmp_path / "depth_x_btcusdt_1.parquet"])


def test_a_name_without_a_pair(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"l2_monday\.parquet: no pair in the name"):
        RecordedMarket([tmp_path / "l2_monday.parquet"])


def test_another_format(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"not a \.parquet file"):
        RecordedMarket([tmp_path / "l2_x_btcusdt_1.csv"])


def test_a_file_that_is_no_parquet_or_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "l2_x_btcusdt_1.parquet"
    with pytest.raises(RecordingError, match="cannot be read"):
        RecordedMarket([path])
    path.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(RecordingError, match="cannot be read"):
        RecordedMarket([path])


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "l2_x_btcusdt_1.parquet", ts_ns=[START * MS], price=[1.0], size=[1.0])
    with pytest.raises(RecordingError, match="column side, is_snapshot is missing; it has ts_ns"):
        RecordedMarket([path])


@pytest.mark.parametrize(
    ("column", "row"),
    [
        ("price", (30, 1, float("nan"), 1.0, True)),
        ("price", (30, 1, -1.0, 1.0, True)),
        ("size", (30, 1, 100.0, -1.0, True)),
        ("size", (30, 1, 100.0, float("inf"), True)),
        ("side", (30, 0, 100.0, 1.0, True)),
        ("price", (30, 1, 100.0 / 3.0, 1.0, True)),
    ],
)
def test_values_that_cannot_be(tmp_path: Path, column: str, row: Row) -> None:
    with pytest.raises(RecordingError, match=f"column {column} h"):
        RecordedMarket([book(tmp_path, [*OPENING, row])])


def test_an_empty_file(tmp_path: Path) -> None:
    none = write(
        tmp_path / "l2_x_btcusdt_1.parquet", ts_ns=[], side=[], price=[], size=[], is_snapshot=[]
    )
    with pytest.raises(RecordingError, match="no rows"):
        RecordedMarket([none])


def test_no_files_or_trades_alone(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="at least one"):
        RecordedMarket([])
    with pytest.raises(RecordingError, match="without a book"):
        RecordedMarket([trades(tmp_path, [(1, 1, 100.0, 1.0)])])


def test_two_markets_of_one_coin_are_not_mixed(tmp_path: Path) -> None:
    spot = book(tmp_path, OPENING, "l2_x_spot_btcusdt_1.parquet")
    swap = book(tmp_path, OPENING, "l2_x_swap_btcusdt_1.parquet")
    with pytest.raises(RecordingError, match="two books"):
        RecordedMarket([spot, swap])
    tape = trades(tmp_path, [(1, 1, 100.0, 1.0)], "trades_x_spot_btcusdt_1.parquet")
    with pytest.raises(RecordingError, match="the book given for BTC is of x_swap_btcusdt"):
        RecordedMarket([swap, tape])


# The recorded data.


def replayed(path: Path, until_ns: int, listing_places: int, size_places: int) -> Any:
    """The book of all rows with ts < until, by another road: the last row of each level."""
    table = pq.read_table(path, columns=["ts_ns", "side", "price", "size"])
    table = table.filter(pa.compute.less(table["ts_ns"], until_ns))
    last = table.append_column("row", pa.array(range(table.num_rows)))
    newest = last.group_by(["side", "price"]).aggregate([("row", "max")])["row_max"]
    rows = table.take(newest).to_pylist()
    sides: dict[int, dict[int, int]] = {1: {}, -1: {}}
    for row in rows:
        if row["size"] > 0:
            ticks = round(row["price"] * 10**listing_places)
            sides[row["side"]][ticks] = round(row["size"] * 10**size_places)
    return sides[1], sides[-1]


@needs_data
def test_the_recorded_session_is_played_to_the_row() -> None:
    """Eight minutes of BTC and ETH: every print, every level, never crossed."""
    names = [
        f"{kind}_binance_usdm_{pair}_20240718"
        for pair in ("btcusdt", "ethusdt")
        for kind in ("l2", "trades")
    ]
    files = [DATA / f"{name}.parquet" for name in names]
    market = RecordedMarket(files)
    count = dict.fromkeys((BTC, ETH), 0)
    notional = dict.fromkeys((BTC, ETH), 0)
    checked = 0
    number = 0
    assert market.end_ms is not None
    while market.now_ms() < market.end_ms:
        for step in market.step():
            for one in step.prints:
                assert step.ts_ms - 100 <= one.ts_ms < step.ts_ms
                count[step.inst_id] += 1
                notional[step.inst_id] += one.ticks * one.lots
        number += 1
        if number % 100 == 0:
            for listing in market.listings:
                bids, asks = market.levels(listing.inst_id)
                assert max(bids) < min(asks)
        if number in (1, 3_000):
            for path, listing in zip(files[::2], market.listings, strict=True):
                until_ns = market.now_ms() * MS
                wanted = replayed(path, until_ns, listing.price_decimals, 3)
                assert market.levels(listing.inst_id) == wanted
                checked += 1
    assert checked == 4
    for path, listing in zip(files[1::2], market.listings, strict=True):
        tape = pq.read_table(path)
        assert count[listing.inst_id] == tape.num_rows
        exact = float(np.sum(tape["price"].to_numpy() * tape["size"].to_numpy()))
        scale = 10 ** (listing.price_decimals + 3)
        assert notional[listing.inst_id] / scale == pytest.approx(exact, rel=1e-12)
    assert [market.held_back(name) for name in (BTC, ETH)] == [(0, 0), (0, 0)]


@needs_data
def test_recorded_snapshots_are_shown_as_they_were() -> None:
    path = DATA / "l2snap_binance_usdm_btcusdt_20260216.parquet"
    market = RecordedMarket([path])
    for _ in range(200):
        market.step()
    table = pq.read_table(path)
    row = int(np.searchsorted(table["ts_ns"].to_numpy(), market.now_ms() * MS)) - 1
    bids, asks = market.levels(BTC)
    one = table.slice(row, 1).to_pylist()[0]
    assert sorted(bids, reverse=True) == [round(price * 10) for price in one["bids_px"]]
    assert sorted(asks) == [round(price * 10) for price in one["asks_px"]]
    assert [bids[tick] for tick in sorted(bids, reverse=True)] == [
        round(size * 1000) for size in one["bids_qty"]
    ]


@needs_data
def test_a_recording_that_crosses_is_never_shown_crossed() -> None:
    market = RecordedMarket([DATA / "l2_bitstamp_btcusd_20150501.parquet"])
    bids: dict[int, int] = {}
    asks: dict[int, int] = {}
    for _ in range(40_000):
        (step,) = market.step()
        if not (step.bids or step.asks):
            continue
        for side, changes in ((bids, step.bids), (asks, step.asks)):
            side.update(changes)
            for ticks in [ticks for ticks, lots in changes.items() if lots == 0]:
                del side[ticks]
        assert not (bids and asks) or max(bids) < min(asks)
    assert (bids, asks) == market.levels(BTC)
    crossed, held = market.held_back(BTC)
    assert 0 < crossed <= held
