"""The benchmarks measure what they say: whole books, one after the other, and later stretches."""

import json
from statistics import mean

from pawang.operations.bench import frames
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
