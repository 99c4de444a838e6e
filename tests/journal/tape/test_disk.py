"""What a disk may do to a tape, and what the desk notices: nothing but a word."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from taped import NOON, delta, mixed, snapshot, trade

from pawang.journal.tape import DiskTape, TapeParams
from pawang.journal.tape.reading import entries
from pawang.model.refs import DAY, HOUR, MINUTE
from pawang.model.tape import BookCheckpoint

PARAMS = TapeParams(keep_free_gb=0.0)


def everything(folder):
    return [entry.record for entry in entries(folder, 0, 2**62)]


# A full disk.

SCRIPT = """
import json, resource, signal, sys, time
sys.path.insert(0, sys.argv[2])
import taped
from pathlib import Path
from pawang.journal.tape import DiskTape, TapeParams

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
params = TapeParams(keep_free_gb=0.0, flush_s=0.01, retry_s=0.01, retry_max_s=0.02)
tape = DiskTape(Path(sys.argv[1]), params)
told, number = [], 0

def give(count):
    global number
    tape.write(taped.mixed(number, count), taped.NOON + number)
    number += count
    tape.settle()
    told.append([tape.state.state, tape.state.reason, tape.kept, tape.lost])

give(50)
resource.setrlimit(resource.RLIMIT_FSIZE, (10, resource.RLIM_INFINITY))
give(50)
give(50)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
time.sleep(0.1)
give(50)
give(50)
tape.close()
print(json.dumps(told))
"""


def test_a_full_disk_stops_the_tape_and_says_so_and_it_goes_on_by_itself(folder):
    """The disk is full to one process: no file of it may grow. Nothing of the desk waits."""
    words = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(folder), str(Path(__file__).parent)]
    run = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    fine = ["recording", ""]
    full = ["stopped", "File too large"]
    assert json.loads(run.stdout) == [
        [*fine, 50, 0],
        [*full, 50, 50],
        [*full, 50, 100],
        [*fine, 101, 100],  # fifty, and a note of the hundred
        [*fine, 151, 100],
    ]
    found = everything(folder)
    note = found.pop(50)
    assert found == mixed(0, 50) + mixed(150, 100)
    assert (note.what, note.count, note.ts, note.text) == ("lost", 100, NOON + 50, full[1])


def test_the_tape_leaves_room_for_the_ledger(folder):
    """It stops while the disk still has what the rest of the desk needs."""
    tape = DiskTape(folder, TapeParams(keep_free_gb=1e9))
    tape.write(mixed(0, 5), NOON)
    tape.settle()
    assert tape.state == ("stopped", "less than 1e+09 GB free")
    assert (tape.kept, tape.lost) == (0, 5)
    tape.close()


def test_a_folder_that_cannot_be_made_stops_the_tape_and_not_the_desk(home):
    (home / "tape").write_text("a file stands where the folder should")
    tape = DiskTape(home / "tape", PARAMS)
    tape.write(mixed(0, 5), NOON)
    tape.settle()
    assert (tape.state.state, tape.lost) == ("stopped", 5)
    tape.close()


# Too fast for the disk.


def test_what_the_queue_cannot_take_is_counted_and_noted_where_it_is_missing(folder):
    """Nothing is lost in silence, and nobody waits."""
    tape = DiskTape(folder, TapeParams(keep_free_gb=0.0, queue_max=100, flush_s=60.0))
    tape.settle()
    tape.write(mixed(0, 60), NOON)
    tape.write(mixed(60, 60), NOON + 1)
    assert tape.state.state == "losing"
    tape.write(mixed(120, 60), NOON + 2)
    tape.settle()
    tape.write(mixed(180, 60), NOON + 3)
    assert tape.state.state == "recording"
    assert tape.lost == 120
    tape.close()
    found = everything(folder)
    note = found.pop(60)
    assert found == mixed(0, 60) + mixed(180, 60)
    assert (note.what, note.count, note.ts) == ("lost", 120, NOON + 1)


def test_books_are_wanted_at_the_start_of_a_segment_and_after_a_loss(folder):
    tape = DiskTape(folder, TapeParams(keep_free_gb=0.0, queue_max=10, flush_s=60.0))
    assert not tape.books_due()
    tape.write(mixed(0, 5), NOON)
    tape.settle()
    assert [tape.books_due(), tape.books_due()] == [True, False]
    tape.write(mixed(5, 5), NOON + 61 * MINUTE)
    tape.settle()
    assert [tape.books_due(), tape.books_due()] == [True, False]
    tape.write(mixed(10, 11), NOON + 61 * MINUTE)
    assert not tape.books_due(), "not while records are being lost"
    tape.write(mixed(21, 1), NOON + 61 * MINUTE)
    assert [tape.books_due(), tape.books_due()] == [True, False]
    tape.close()


# The cap.


def hours(folder, count, params):
    """So many segments of an hour, oldest first."""
    tape = DiskTape(folder, params)
    for hour in range(count):
        tape.write(mixed(hour * 100, 100), NOON + hour * HOUR)
        tape.settle()
    tape.close()


def first_hour(folder):
    first = everything(folder)[0]
    return (first.ts_event - NOON) // 100


def test_the_oldest_segments_go_when_the_tape_is_bigger_than_its_cap(folder, tmp_path):
    hours(tmp_path / "whole", 10, PARAMS)
    total = sum(path.stat().st_size for path in (tmp_path / "whole").rglob("*.parquet"))
    hours(folder, 10, TapeParams(keep_free_gb=0.0, cap_gb=total / 2 / 1e9))
    left = sum(path.stat().st_size for path in folder.rglob("*.parquet"))
    assert total / 3 < left <= total / 2
    assert 5 <= first_hour(folder) <= 7
    assert everything(folder) == mixed(first_hour(folder) * 100, 1000 - first_hour(folder) * 100)


def test_segments_older_than_the_days_go(folder):
    hours(folder, 10, TapeParams(keep_free_gb=0.0, days=3 / 24))
    assert first_hour(folder) == 5  # ended just three hours ago


def test_the_newest_segment_is_kept_whatever_the_cap(folder):
    hours(folder, 3, TapeParams(keep_free_gb=0.0, cap_gb=0.0))
    assert everything(folder) == mixed(200, 100)


# Reading while it is written.


def test_a_reader_sees_what_is_settled_while_the_desk_goes_on(folder):
    tape = DiskTape(folder, PARAMS)
    tape.write([snapshot(1), delta(2)], NOON)
    tape.settle()
    assert everything(folder) == [snapshot(1), delta(2)]
    tape.write([trade(3)], NOON + DAY)
    tape.settle()
    assert everything(folder) == [snapshot(1), delta(2), trade(3)]
    tape.close()
    assert everything(folder) == [snapshot(1), delta(2), trade(3)]


def test_a_checkpoint_is_no_snapshot_of_the_venue(folder):
    tape = DiskTape(folder, PARAMS)
    kept = [snapshot(1), snapshot(0, BookCheckpoint)]
    tape.write(kept, NOON)
    tape.close()
    assert list(map(type, everything(folder))) == list(map(type, kept))


def test_a_closed_tape_takes_nothing_and_breaks_nothing(folder):
    tape = DiskTape(folder, PARAMS)
    tape.close()
    tape.write([trade(1)], NOON)
    tape.close()
    assert everything(folder) == []
    assert tape.lost == 1


@pytest.mark.parametrize("value", [[object()], [42]])
def test_a_bug_of_ours_stops_the_tape_and_not_the_desk(folder, value):
    tape = DiskTape(folder, PARAMS)
    tape.write(value, NOON)
    tape.settle()
    tape.write([trade(1)], NOON)
    assert tape.state.state == "stopped"
    assert "KeyError" in tape.state.reason
    tape.close()
