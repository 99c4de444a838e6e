"""kill -9 while the tape is written: at most the last seconds are lost, and nothing else."""

import os
import random
import signal
import struct
import time

import pyarrow.parquet as pq
import pytest
from taped import NOON, mixed

from pawang.journal.tape import DiskTape, TapeParams
from pawang.journal.tape.reading import entries
from pawang.model.refs import MINUTE, SECOND

ROUNDS = int(os.environ.get("PAWANG_KILLS", "6"))
EAGER = TapeParams(flush_s=0.02, segment_minutes=1 / 60, keep_free_gb=0.0, group_rows=500)
"""A second of desk time a segment: most kills fall into a sealing or a turn of segments."""
STEP = 25
BOUND_S = 5.0
"""Flushed every 0.02 s on a machine with other work; the promise of a desk is flush_s more."""


def write_until_killed(folder, first, told):
    """The child: number after number, and tell what was given when, and what is on the disk."""
    tape = DiskTape(folder, EAGER)
    number = first
    while True:
        tape.write(mixed(number, STEP), NOON + number * SECOND // 1000)
        number += STEP
        # "began" notes and losses count as records, too: there are none here.
        os.write(told, struct.pack("<qqd", number - first, tape.kept, time.monotonic()))
        time.sleep(0.001)


def killed_after(folder, first, reports):
    """Run a child, SIGKILL it in the middle of its work; what it told, and when it died."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(heard)
            write_until_killed(folder, first, told)
        finally:
            os._exit(1)
    os.close(told)
    with os.fdopen(heard, "rb") as pipe:
        said = [pipe.read(24) for _ in range(reports)]
        os.kill(child, signal.SIGKILL)
        died = time.monotonic()
        _, status = os.waitpid(child, 0)
        data = b"".join(said) + pipe.read()
    assert os.WIFSIGNALED(status), "the child died by itself"
    return list(struct.iter_unpack("<qqd", data[: len(data) // 24 * 24])), died


def numbers_of(folder):
    return [number_of(entry.record) for entry in entries(folder, 0, 2**62)]


def number_of(record):
    stamp = getattr(record, "ts_event", None)
    return record.ts_asof if stamp is None else stamp - NOON


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_kill_costs_the_last_moments_and_no_row_is_torn_or_doubled(folder):
    draw = random.Random(4)
    before = 0
    for _ in range(ROUNDS):
        reports, died = killed_after(folder, before, draw.randrange(1, 400))
        numbers = numbers_of(folder)
        # A beginning of the stream: no hole, nothing twice, nothing in another place.
        assert numbers == list(range(len(numbers)))
        durable = max(kept for _, kept, _ in reports)
        assert len(numbers) - before >= durable
        old = [given for given, _, at in reports if died - at > BOUND_S]
        assert len(numbers) - before >= max(old, default=0)
        before = len(numbers)

    tape = DiskTape(folder, EAGER)
    tape.write(mixed(before, STEP), NOON + MINUTE)
    tape.close()
    assert numbers_of(folder) == list(range(before + STEP))
    assert not list((folder / "open").iterdir()), "what a killed desk left is sealed by the next"
    for file in folder.glob("*/*.parquet"):
        pq.read_table(file).validate(full=True)


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 9, 20, 40, 100, 300])
def test_a_torn_tail_is_cut_off_wherever_it_is_torn(folder, cut):
    """A power cut may leave any piece of the last frame, or zeros in its place."""
    tape = DiskTape(folder, TapeParams(keep_free_gb=0.0))
    tape.write(mixed(0, 50), NOON)
    tape.settle()
    (journal,) = (folder / "open").glob("*.journal")
    whole = journal.read_bytes()
    tape.write(mixed(50, 50), NOON)
    tape.settle()
    longer = journal.read_bytes()
    tape.close()
    for path in folder.glob("*/*.parquet"):
        path.unlink()
    for torn in (
        longer[: len(whole) + cut],
        whole + bytes(cut),
        longer[: len(whole) + cut] + bytes(64),
    ):
        journal.write_bytes(torn)
        assert numbers_of(folder) == list(range(50))


def test_a_crash_in_the_middle_of_sealing_doubles_nothing(folder):
    """Parquet is named, the journal is still there: it counts once, and is sealed again."""
    params = TapeParams(keep_free_gb=0.0)
    tape = DiskTape(folder, params)
    tape.write(mixed(0, 50), NOON)
    tape.settle()
    (journal,) = (folder / "open").glob("*.journal")
    kept = journal.read_bytes()
    tape.close()
    assert numbers_of(folder) == list(range(50))
    journal.write_bytes(kept)
    (folder / "open" / f"{journal.stem}.books.tmp").write_bytes(b"half a file")
    assert numbers_of(folder) == list(range(50))
    again = DiskTape(folder, params)
    again.write(mixed(50, 5), NOON)
    again.close()
    assert numbers_of(folder) == list(range(55))
    assert not list((folder / "open").iterdir())
