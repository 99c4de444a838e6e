"""The demo's desk records from its first moment, is killed, and its views come out of the tape."""

import json
from collections import Counter

import pyarrow.parquet as pq

from pawang.journal import SqlLedger
from pawang.journal.tape import TapeReader
from pawang.operations.backtest.show_run import Asked, backtest_run
from pawang.operations.home import Home
from pawang.operations.refold import refold

TABLES = {"books", "trades", "candles", "mark_prices", "open_interest", "funding", "instruments"}


def test_a_killed_desk_leaves_a_tape_that_gives_its_views_again(demo, capsys):
    first = demo("--headless", "--speed", "60", "--seed", "7", "--for", "1d")
    first.wait_for(lambda line: line["kind"] == "started", 90)
    first.wait_for(lambda line: line["kind"] == "slot" and len(first.kind("slot")) > 9, 90)
    first.kill()
    second = demo("--headless", "--speed", "60", "--seed", "7", "--for", "6m")
    second.finish()

    home = Home(first.home)
    assert not list((home.tape / "open").iterdir()), "what the kill left is sealed, too"
    assert {path.name for path in home.tape.iterdir()} >= TABLES
    for path in home.tape.glob("*/*.parquet"):
        pq.read_table(path).validate(full=True)

    ledger = SqlLedger.reader(home.ledger, home.keys().audit.encode())
    try:
        found = list(refold(TapeReader(home.directory).entries(), ledger))
        decided = [line["ref_id"] for line in (*first.kind("slot"), *second.kind("slot"))]
    finally:
        ledger.close()
    verdicts = Counter(made.verdict for made in found)
    assert [made for made in found if made.verdict == "different"] == []
    assert verdicts["unknown"] <= 1  # read, and killed before it was committed
    # Nothing that the second desk decided is missing; of the first, what its last second held.
    refolded = {made.ref_id for made in found if made.verdict == "equal"}
    assert {line["ref_id"] for line in second.kind("slot")} <= refolded
    assert len(set(decided) - refolded) <= 4

    # And a backtest reads it like any recording.
    assert backtest_run(Asked(files=(), tape=home.directory, as_json=True)) == 0
    played = json.loads(capsys.readouterr().out)
    assert played["records"] == sum(1 for _ in TapeReader(home.directory))
    assert sum(played["verdicts"].values()) >= len(second.kind("slot"))
