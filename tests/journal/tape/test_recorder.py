"""What stands between a desk and its tape: hands over, asks for books, tells of the disk."""

import asyncio

from taped import NOON, mixed, snapshot

from pawang.journal.tape import DiskTape, Recorder, TapeParams
from pawang.journal.tape.reading import entries
from pawang.model.event import HealthChanged
from pawang.model.tape import BookCheckpoint


class Desk:
    """Keeps what it is told."""

    def __init__(self, folder, params):
        self.told = []
        self.asked = 0
        self.tape = DiskTape(folder, params)
        self.recorder = Recorder(self.tape, self.books, self.hear, asyncio.sleep, asyncio.to_thread)

    def books(self):
        self.asked += 1
        return [snapshot(0, BookCheckpoint)]

    async def hear(self, health):
        self.told.append(health)

    def look(self):
        asyncio.run(self.recorder.look())

    def close(self):
        asyncio.run(self.recorder.close())


def test_each_segment_holds_a_checkpoint_of_the_books(folder):
    desk = Desk(folder, TapeParams(keep_free_gb=0.0, segment_minutes=1.0))
    for minute in range(3):
        for _ in range(3):
            desk.recorder.take(mixed(0, 5), NOON + minute * 60 * 10**9)
            desk.tape.settle()
    desk.close()
    found = list(entries(folder, 0, 2**62))
    checkpoints = [entry.order >> 32 for entry in found if type(entry.record) is BookCheckpoint]
    assert checkpoints == [1, 2, 3]
    assert desk.asked == 3


def test_a_tape_that_stops_is_told_once_and_so_is_its_return(home):
    folder = home / "tape"
    folder.write_text("a file where the folder should be")
    desk = Desk(folder, TapeParams(keep_free_gb=0.0, retry_s=0.0, retry_max_s=0.0))
    desk.look()
    desk.recorder.take(mixed(0, 5), NOON)
    desk.tape.settle()
    desk.look()
    desk.look()
    folder.unlink()
    desk.recorder.take(mixed(5, 5), NOON)
    desk.tape.settle()
    desk.look()
    desk.close()
    lost = "5 records are not on the tape"
    assert desk.told == [
        HealthChanged(provider="tape", state="stopped", reason=f"Not a directory; {lost}"),
        HealthChanged(provider="tape", state="restored", reason=lost),
    ]
