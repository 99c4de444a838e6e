"""A tape folded again gives the very views that were decided on, byte for byte."""

from collections import Counter

import pytest

from pawang.journal import SqlLedger
from pawang.journal.tape import DiskTape, TapeParams, TapeReader
from pawang.model.market import Trade
from pawang.model.tape import TapeNote
from pawang.operations.refold import refold
from pawang.simulate.loop import VirtualLoop
from pawang.simulate.run import KEY, SimulateOptions, World

SEED = 3
DAYS = 17 / 1440


@pytest.fixture(scope="module")
def lived(tmp_path_factory):
    """A quarter of an hour of a desk that is killed and comes back, with its tape."""
    home = tmp_path_factory.mktemp("home")
    tape = DiskTape(home / "tape", TapeParams(keep_free_gb=0.0))
    options = SimulateOptions(SEED, DAYS, ("BTC",), kills_per_day=200.0, tape=tape)
    loop = VirtualLoop(SEED)
    loop.set_exception_handler(lambda *_: None)  # what a killed desk leaves behind is no news
    world = World(options, loop, home, lambda _: None)
    try:
        loop.run_until_complete(world.run())
    finally:
        loop.close()
        tape.close()
    assert world.story.kills > 0
    assert tape.lost == 0
    ledger = SqlLedger(home / "ledger.sqlite3", KEY, KEY)
    yield home, ledger
    ledger.close()


def test_every_view_of_the_ledger_comes_out_of_the_tape_again(lived):
    """Over kills and starts: stream replay is ledger and tape, nothing else."""
    home, ledger = lived
    found = list(refold(TapeReader(home).entries(), ledger))
    assert [made for made in found if made.verdict not in ("equal", "unknown")] == []
    counted = Counter(made.verdict for made in found)
    assert counted["equal"] >= 6
    # A desk that was killed between its reading and its commit: at most one a life.
    assert counted["unknown"] <= 4


def test_a_print_less_on_the_tape_is_a_view_that_differs(lived):
    """The comparison would see it: planted."""
    home, ledger = lived
    entries = list(TapeReader(home).entries())
    prints = [place for place, entry in enumerate(entries) if isinstance(entry.record, Trade)]
    biggest = max(
        prints, key=lambda place: entries[place].record.price * entries[place].record.size
    )
    del entries[biggest]
    verdicts = Counter(made.verdict for made in refold(entries, ledger))
    assert verdicts["different"] > 0


def test_after_a_hole_nobody_claims_to_know(lived):
    home, ledger = lived
    entries = list(TapeReader(home).entries())
    half = len(entries) // 2
    hole = entries[half]._replace(record=TapeNote(what="lost", count=5, text="too fast"))
    began = [n for n, entry in enumerate(entries) if entry.record == TapeNote(what="began")]
    again = next((n for n in began if n > half), len(entries))
    part = [*entries[:half], hole, *entries[half:again]]
    verdicts = [made.verdict for made in refold(part, ledger)]
    whole = [made.verdict for made in refold(entries[:half], ledger)]
    assert verdicts[: len(whole)] == whole
    assert set(verdicts[len(whole) :]) == {"unsure"}


def test_a_desk_that_began_before_the_tape_cannot_be_refolded(lived):
    home, ledger = lived
    entries = list(TapeReader(home).entries())[1000:]
    assert next(refold(entries, ledger)).verdict == "unsure"
