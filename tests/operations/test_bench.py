"""The benchmarks measure what they say: whole books, one after the other, and later stretches."""

import json
from statistics import mean

import numpy as np
import pytest

from pawang.kernels import candles as kernel
from pawang.operations.bench import candles, frames
from pawang.operations.bench.peers import serve, with_msgspec
from pawang.operations.bench.publisher import later, packed
from pawang.venues.okx.parse import parse
from pawang.venues.okx.sequence import BookChain, Verdict


def test_the_frames_of_okx_books_are_a_snapshot_of_400_levels_and_updates_of_about_18():
    snapshot, *updates = [json.loads(frame) for frame in frames.books(400)]
    [row] = snapshot["data"]
    assert (len(row["bids"]), len(row["asks"])) == (400, 400)
    levels = [len(push["data"][0]["bids"]) + len(push["data"][0]["asks"]) for push in updates]
    assert 14 <= mean(levels) <= 22


def test_every_frame_of_okx_books_is_taken_and_the_plain_way_ends_at_the_same_touch():
    kept = frames.books(400)
    chain = BookChain()
    fold, touch = with_msgspec.make()
    for frame in kept:
        [row] = parse(frame).records
        assert chain.fold(row, b'"snapshot"' in frame[:100]) is Verdict.TAKE
        fold(frame)
    assert touch() == chain.touch


def test_frames_are_read_as_they_were_written(tmp_path):
    kept = [b"", b"one", b"x" * 70_000]
    serve.write(tmp_path / "frames", kept)
    assert serve.frames(str(tmp_path / "frames")) == kept


def test_a_later_stretch_has_later_stamps_and_other_trades():
    frame = b'{"data":[{"tradeId":"7","ts":"1743041250440"}]}'
    assert list(later([frame], 2, 1000)) == [
        packed(b'{"data":[{"tradeId":"2000000007","ts":"1743041252440"}]}')
    ]


# Candles.


def test_the_bars_of_the_race_go_on_where_the_recorded_ones_end_and_have_no_hole():
    made = candles.made("btc", 0, count=50_000)
    assert set(np.diff(made.ts).tolist()) == {candles.BAR_NS}
    assert (made.high >= np.maximum(made.open, made.close)).all()
    assert (made.low <= np.minimum(made.open, made.close)).all()
    assert np.abs(np.diff(np.log(made.close))).max() < 0.2
    again = candles.made("btc", 0, count=50_000)
    assert all((one == other).all() for one, other in zip(made, again, strict=True))


def test_a_trade_that_the_last_bar_cut_off_is_not_counted():
    rows = candles.ours(candles.made("btc", 0, count=50_000))
    rows[-1, kernel.LABEL], rows[-1, kernel.EXIT_BAR] = kernel.TIMEOUT, 49_999
    assert candles.figures(rows, 50_000)["trades"] == len(rows) - 1


@pytest.mark.parametrize(
    "other",
    [
        {"trades": 6, "bars": 70, "pnl": 3.0},
        {"trades": 5, "bars": 71, "pnl": 3.0},
        {"trades": 5, "bars": 70, "pnl": 3.0001},
    ],
)
def test_a_peer_with_other_trades_has_no_ratio(other):
    own = {"seconds": 0.01, "trades": 5, "bars": 70, "pnl": 3.0}
    told = candles._beside("peer", [own], [{"seconds": 1.0, **other}])
    assert (told.ms, told.times) == (None, None)
    assert told.why.startswith("other trades")
    assert candles._beside("peer", [own], [{**own, "seconds": 1.0}]).times == pytest.approx(100)
