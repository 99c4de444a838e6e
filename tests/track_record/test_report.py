"""The weekly report: every number of it against plain SQL over the same ledger file (row L2).

`report.sql` shares no code with the product: SQLite reads the ledger's tables and finds the numbers
itself. What SQLite cannot do is draw lots: the luck of a calibrated forecaster is drawn here.
"""

import json
import os
import sqlite3
import subprocess
import sys
from math import isclose
from pathlib import Path
from shutil import copy

import msgspec
import numpy as np
import pytest
from msgspec.structs import replace

from pawang import track_record
from pawang.journal import SqlLedger
from pawang.model.codec import decode
from pawang.model.event import Close, Served
from pawang.model.order import Book
from pawang.model.report import Report
from pawang.operations.kpis import measured
from pawang.operations.report import read_report
from pawang.simulate.month import MonthOptions, simulate_month
from pawang.simulate.month.run import KEY

SQL = (Path(__file__).parent / "report.sql").read_text()
HOUR, DAY = 3_600 * 10**9, 86_400 * 10**9
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


@pytest.fixture(scope="session")
def month(tmp_path_factory, past):
    """Some hours of a lively desk on the coarse market; somebody has traded live beside his ghosts."""
    path = tmp_path_factory.mktemp("month") / "ledger.sqlite3"
    simulate_month(MonthOptions(seed=7, days=0.35, coins=("BTC",), lively=12.0), path)
    ledger = SqlLedger(path, KEY, KEY)
    desk, _ = ledger.load()
    trader = past(ledger, desk)
    ghosts = [made for _, made in ledger.outcomes(0) if made.book is Book.GHOST]
    lives = [
        Close(outcome=replace(made, book=Book.LIVE, net_r=made.net_r - 0.01 * number))
        for number, made in enumerate(ghosts)
    ]
    trader.happen(ledger.last_stamp() + 1, *lives)
    served = Served(requests=40, server_errors=1, durations_ms={30: 38, 700: 1})
    trader.happen(ledger.last_stamp() + 1, body=served)
    ledger.close()
    return path


@pytest.fixture(params=["drawn", "simulated", "given"])
def ledger_file(request):
    """Months that were drawn, hours that were simulated, and any ledger that PAWANG_MONTH names,
    such as the one of `pawang simulate --month`."""
    if request.param == "drawn":
        return request.getfixturevalue("home") / "ledger.sqlite3"
    if request.param == "simulated":
        return request.getfixturevalue("month")
    if "PAWANG_MONTH" not in os.environ:
        pytest.skip("PAWANG_MONTH names no ledger")
    return Path(os.environ["PAWANG_MONTH"])


@pytest.mark.parametrize("week", ["", "2025-W37", "2025-W38"])
def test_L2_every_number_of_the_report_is_what_plain_sql_gives(ledger_file, week):
    report = read_report(ledger_file, week, "UTC")
    assert differences(ledger_file, report) == {}


def test_L2_the_drawn_months_leave_no_section_of_the_report_empty(home):
    report = read_report(home / "ledger.sqlite3", "", "UTC")
    assert [book for book, one in report.week.items() if one.filled] == ["shadow", "ghost", "live"]
    assert [book for book, one in report.curves.items() if one.n] == ["shadow", "ghost", "live"]
    assert report.setups["shadow"].hidden > 0
    assert {one.setup for one in report.setups["shadow"].shown} == {"wall", "no wall"}
    assert len(report.calibration.bins) == 10
    assert min(side.n for one in report.rated for side in (one.rated, one.unrated)) > 0
    assert min(gate.filled for gate in report.gates) > 0
    assert max(gate.n - gate.judged for gate in report.gates) > 0
    assert min(one.n for one in report.choices) > 0
    assert len(report.sizings) == 4
    assert {one.why for one in report.held} == {"snoozed", "budget"}
    assert {"sent", "snoozed", "budget"} < set(report.deliveries)
    assert report.kpi("ghost_live_gap").n > 0


def test_L2_the_simulated_hours_have_plans_refusals_thumbs_and_withheld_alerts(month):
    report = read_report(month, "", "UTC")
    assert [book for book, one in report.week.items() if one.filled] == ["shadow", "ghost", "live"]
    assert report.kpi("ghost_live_gap").n > 0
    assert sum(gate.filled for gate in report.gates) > 0
    assert report.calibration.n > 20
    assert report.kpi("feedback_coverage").value > 0
    assert report.kpi("delivery_lag_p95").n > 20


def test_a_millionth_beside_the_truth_is_seen_in_every_number(home):
    """The proof can fail: whatever number is touched, it is that one that differs."""
    path = home / "ledger.sqlite3"
    report = read_report(path, "", "UTC")
    proof = Proof(path, report)
    proof.close()
    floats = {name: value for name, value in numbers(report).items() if type(value) is float}
    assert len(floats) > 350
    for name, value in floats.items():
        assert not _same(value + 1e-6 * max(1.0, abs(value)), proof.found[name]), name


@pytest.mark.parametrize(
    ("mistake", "touched"),
    [
        ("UPDATE outcomes SET net_r = net_r + 1e-6 WHERE book = 'live' AND filled", "gap"),
        ("UPDATE outcomes SET tp1 = NOT tp1 WHERE rowid % 50 = 0", "tp1"),
        ("UPDATE outbox SET ts_acked = ts_acked + 3600000000000 WHERE row_id % 4 = 0", "lag"),
        ("UPDATE forecasts SET told = told + 1e-6", "calibration"),
        ("DELETE FROM feedback WHERE rowid % 9 = 0", "rated"),
        ("UPDATE hypotheses SET net_r = net_r + 1e-6 WHERE filled", "gates"),
    ],
)
def test_a_report_of_another_ledger_is_found_out(home, tmp_path, mistake, touched):
    """The same report over a file in which somebody has changed a row."""
    report = read_report(home / "ledger.sqlite3", "", "UTC")
    copy(home / "ledger.sqlite3", tmp_path)
    with sqlite3.connect(tmp_path / "ledger.sqlite3") as connection:
        connection.execute(mistake)
    connection.close()
    found = differences(tmp_path / "ledger.sqlite3", report)
    assert any(touched in name for name in found)


def test_a_week_is_told_as_it_stood_at_its_end_whatever_came_later(home):
    path = home / "ledger.sqlite3"
    early = read_report(path, "2025-W36", "UTC")
    assert early.as_of == early.ts_to - 1
    assert early.kpi("tp1", "shadow").n < read_report(path, "", "UTC").kpi("tp1", "shadow").n


def test_the_kpis_of_the_report_are_those_of_the_command(home):
    path = home / "ledger.sqlite3"
    assert read_report(path, "", "UTC").measured == measured(path)


def test_both_ledgers_make_the_same_report(home, remembered):
    ours = read_report(home / "ledger.sqlite3", "", "UTC")
    assert track_record.report(remembered) == ours


def test_L2_a_desk_that_did_nothing_has_a_report_that_says_so(memory):
    report = track_record.report(memory)
    assert (report.calibration, report.gates, report.held, report.deliveries) == (None, (), (), {})
    every = [*report.measured.desk, *report.measured.books["shadow"]]
    assert {kpi.value for kpi in every} == {None}


def test_L2_today_is_what_ended_since_midnight_where_the_chat_is(home, names):
    ledger = SqlLedger.reader(home / "ledger.sqlite3")
    found = track_record.day_report(ledger, "Asia/Jakarta")
    ledger.close()
    assert found.ts_from == names.now // DAY * DAY - 7 * HOUR
    connection = sqlite3.connect(f"file:{home / 'ledger.sqlite3'}?mode=ro", uri=True)
    for book, one in found.books.items():
        row = connection.execute(
            "SELECT COUNT(*), TOTAL(filled), TOTAL(net_r * filled) FROM outcomes"
            " WHERE book = ? AND ts_resolved BETWEEN ? AND ?",
            (book, found.ts_from, found.as_of),
        ).fetchone()
        assert (one.sent, one.filled, one.net_r) == pytest.approx(row, abs=1e-9)
    connection.close()


def test_the_command_prints_the_record_and_writes_picture_and_page(home, tmp_path):
    words = [sys.executable, "-m", "pawang", "report", "--home", str(home), "--json"]
    files = ["--picture", str(tmp_path / "r.png"), "--html", str(tmp_path / "r.html")]
    done = subprocess.run([*words, *files], capture_output=True, timeout=120, check=True)
    assert decode(done.stdout, Report) == read_report(home / "ledger.sqlite3", "", "UTC")
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
    assert "data:image/png" in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize("words", [["--week", "soon"], ["--tz", "Mars/Base"]])
def test_a_week_or_a_zone_that_is_none_is_refused_in_one_line(home, words):
    command = [sys.executable, "-m", "pawang", "report", "--home", str(home), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


# The month itself.


def test_I16_the_same_seed_writes_the_same_ledger(tmp_path):
    options = MonthOptions(seed=3, days=0.03, coins=("SOL",), lively=12.0)
    told = []
    for number in range(2):
        path = tmp_path / f"{number}.sqlite3"
        simulate_month(options, path)
        with sqlite3.connect(path) as connection:
            told.append(connection.execute("SELECT kind, ref_id, body FROM events").fetchall())
    assert told[0] == told[1]
    assert len(told[0]) > 60
