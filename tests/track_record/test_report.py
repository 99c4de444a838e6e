"""The weekly report: every number of it against plain SQL over the same ledger file (row L2).

`report.sql` shares no code with the product: SQLite reads the ledger's tables and finds the numbers
itself. What SQLite cannot do is draw lots: the luck of a calibrated forecaster is drawn here.
"""

import json
import sqlite3
from math import isclose
from pathlib import Path

import msgspec
import numpy as np

from pawang.operations.report import read_report

SQL = (Path(__file__).parent / "report.sql").read_text()
DAY = 86_400 * 10**9
DRAWN = {"calibration.ece_null", "calibration.ece_null_95", "calibration.crooked"}
NOT_NUMBERS = {"name", "timezone", "ts_from", "ts_to", "measured.as_of"}


def numbers(report):
    """path -> value of everything in it, a row of a list by its own name."""
    found = {}
    _walk(found, "", json.loads(msgspec.json.encode(report)))
    return {path: value for path, value in found.items() if path not in NOT_NUMBERS}


def _walk(found, path, value):
    name = path.rpartition(".")[2]
    if name in ("unit", "name", "kind", "code", "setup", "coin", "regime", "why", "category"):
        return
    if name == "interval" and value is None:
        found[f"{path}.low"] = found[f"{path}.high"] = None
    elif isinstance(value, dict):
        for key, part in value.items():
            _walk(found, f"{path}.{key}".lstrip("."), part)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            _walk(found, f"{path}.{_key(part, place)}", part)
    elif path != "calibration" or value is not None:
        found[path] = float(value) if name == "net_usd" else value


def _key(row, place):
    """What a row of a list is called."""
    if not isinstance(row, dict):
        return place
    for names in (
        ("setup", "coin", "regime"),
        ("category", "why"),
        ("code",),
        ("kind",),
        ("name",),
    ):
        if all(name in row for name in names):
            return "|".join(row[name] for name in names)
    return place


class Proof:
    """The numbers of one ledger file as SQLite finds them."""

    def __init__(self, path, report):
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        run = self._connection.execute
        (newest,) = run("SELECT ts_recv FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        # A week that runs, or none named: up to the newest event. One that is over: to its end.
        as_of = min(newest, report.ts_to - 1)
        run("CREATE TEMP TABLE asked (as_of, ts_from, ts_to)")
        run("INSERT INTO asked VALUES (?, ?, ?)", (as_of, report.ts_from, report.ts_to))
        run("CREATE TEMP TABLE told (path, value)")
        rows = [(path, value) for path, value in numbers(report).items() if value is not None]
        self._connection.executemany("INSERT INTO told VALUES (?, ?)", rows)
        self._connection.executescript(SQL)
        self.found = dict(run("SELECT path, value FROM number").fetchall())
        self.found |= self._luck(as_of)

    def _luck(self, as_of):
        """What a calibrated forecaster's ECE would be: 2,000 months drawn from the forecasts."""
        rows = self._connection.execute(
            "SELECT told, bin FROM scored ORDER BY a, coin, ref_id"
        ).fetchall()
        if not rows:
            return {}
        told, bins = np.array(rows).T
        dice = np.random.default_rng(as_of // DAY)
        drawn = [
            sum(abs(off[bins == b].sum()) for b in range(10)) / len(told)
            for off in ((dice.random(len(told)) < told) - told for _ in range(2_000))
        ]
        top = float(np.quantile(drawn, 0.95))
        return {
            "calibration.ece_null": float(np.mean(drawn)),
            "calibration.ece_null_95": top,
            "calibration.crooked": self.found["calibration.ece"] > top,
        }

    def close(self):
        self._connection.close()


def differences(path, report):
    """Numbers that are not the same, or that only one side has."""
    proof = Proof(path, report)
    proof.close()
    ours, theirs = numbers(report), proof.found
    return {
        name: (ours.get(name, "missing"), theirs.get(name, "missing"))
        for name in sorted({*ours, *theirs})
        if not _same(ours.get(name, "missing"), theirs.get(name, "missing"))
    }


def _same(one, other):
    if isinstance(one, str) or isinstance(other, str) or one is None or other is None:
        return one == other
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def test_L2_every_number_of_the_report_is_what_plain_sql_gives(home):
    path = home / "ledger.sqlite3"
    report = read_report(path, "", "UTC")
    assert differences(path, report) == {}
