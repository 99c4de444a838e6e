"""Recordings are found by name, and a bad one is refused in words."""

import numpy as np
import pytest

from pawang.model.errors import BadInput
from pawang.operations.backtest import recordings

QUOTES = {
    "ts_ns": [1, 2],
    "bid": [10.0, 10.0],
    "bid_size": [1.0, 1.0],
    "ask": [11.0, 11.0],
    "ask_size": [1.0, 1.0],
}


def test_recordings_are_named_by_what_stands_between_kind_and_ending(write):
    path = write("bbo_venue_spot_btcusdt_20240101.parquet", **QUOTES)
    write("candles_venue_spot_btcusdt_1m.parquet", ts_ns=[0])
    write("candles_venue_spot_btcusdt_5m.parquet", ts_ns=[0])
    assert recordings.sessions(path.parent) == {"venue_spot_btcusdt_20240101": path}
    assert list(recordings.minutes(path.parent)) == ["venue_spot_btcusdt"]


def test_a_folder_with_a_market_folder_in_it_means_that_one(tmp_path):
    (tmp_path / "market").mkdir()
    assert recordings.folder(tmp_path) == tmp_path / "market"
    assert recordings.folder(tmp_path / "market") == tmp_path / "market"


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="give --data DIR"):
        recordings.folder(tmp_path / "nowhere")


def test_an_unknown_name_is_answered_with_what_there_is(tmp_path):
    with pytest.raises(BadInput, match="'sol'; there are a_btcusdt, b_ethusdt"):
        recordings.chosen({"a_btcusdt": tmp_path, "b_ethusdt": tmp_path}, "sol", tmp_path)


def test_nothing_recorded_is_not_success(tmp_path):
    with pytest.raises(BadInput, match="no such recordings"):
        recordings.chosen({}, None, tmp_path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"bid": [10.0, 11.0]}, "a bid is not below its ask"),
        ({"ts_ns": [2, 1]}, "ts_ns runs backwards"),
        ({"bid_size": [0.0, 1.0]}, "column bid_size holds a value"),
        ({"ask": [11.0, float("nan")]}, "column ask holds a value"),
        ({name: values[:0] for name, values in QUOTES.items()}, "it has no rows"),
    ],
)
def test_quotes_that_cannot_be_are_refused_with_the_file_s_name(write, change, words):
    path = write("bbo_a_btcusdt_1.parquet", **{**QUOTES, **change})
    with pytest.raises(BadInput, match=rf"bbo_a_btcusdt_1\.parquet: {words}"):
        recordings.quotes(path)


def test_a_file_without_a_column_is_refused(write):
    rest = {name: values for name, values in QUOTES.items() if name != "ask"}
    path = write("bbo_a_btcusdt_1.parquet", **rest)
    with pytest.raises(BadInput, match="column ask is missing"):
        recordings.quotes(path)


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "bbo_a_btcusdt_1.parquet"
    path.write_text("not at all")
    with pytest.raises(BadInput, match="cannot be read as Parquet"):
        recordings.quotes(path)


def test_a_hole_between_bars_begins_a_new_run(write):
    minute = 60 * 10**9
    prices = {name: [1.0, 1.0, 1.0] for name in ("open", "high", "low", "close")}
    path = write("candles_a_btcusdt_1m.parquet", ts_ns=[0, minute, 3 * minute], **prices)
    assert recordings.bars(path).run.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("prices", "tick"), [([28145.1, 28145.2], 0.1), ([3424.98, 3425.0], 0.01), ([5.0, 7.0], 1.0)]
)
def test_the_tick_is_the_step_that_all_prices_share(prices, tick):
    assert recordings.tick(np.array(prices)) == tick


def test_a_recording_without_a_pair_in_its_name_has_no_asset():
    with pytest.raises(BadInput, match="no pair in the name"):
        recordings.asset("venue_spot_20240101")
