"""Every KPI from the ledger, each against plain SQL over the same file (rows L2, L3)."""

import pytest
from msgspec.structs import replace

from pawang import track_record
from pawang.journal import SqlLedger
from pawang.learning.evidence import MET_PROVEN, MET_UNPROVEN, MISSED, UNKNOWN
from pawang.model.chat import Category, Lane, Send
from pawang.model.refs import DAY
from pawang.operations.kpis import as_lines, measured

BY_ITS_SLOPE = {"slope", "intercept"}


@pytest.mark.parametrize("book", ["shadow", "ghost", "live"])
def test_L2_every_number_of_the_trades_is_what_plain_sql_gives(home, plain, book, differs):
    path = home / "ledger.sqlite3"
    rows = plain(path).trades(book)
    found = measured(path).books[book]
    assert [kpi.name for kpi in found] == list(rows)
    assert differs(found, rows) == []
    assert 0 < rows["tp1_30d"][0] < rows["tp1"][0] < rows["filled"][0]


def test_L3_every_number_of_the_desk_is_what_plain_sql_gives(home, plain, differs):
    path = home / "ledger.sqlite3"
    rows, found = plain(path).desk(), measured(path).desk
    assert {kpi.name for kpi in found} == {*rows, *BY_ITS_SLOPE}
    assert differs(found, rows) == []
    assert min(row[0] for row in rows.values()) > 20, "every one of them has something to count"


def test_the_slope_and_the_intercept_lie_where_the_log_loss_of_the_ledger_is_least(home, plain):
    path = home / "ledger.sqlite3"
    found = {kpi.name: kpi.value for kpi in measured(path).desk}
    pulls = plain(path).pull(found["intercept"], found["slope"])
    assert max(map(abs, pulls)) < 1e-6
    assert max(map(abs, plain(path).pull(found["intercept"], found["slope"] + 0.1))) > 1


def test_both_ledgers_tell_the_same(home, remembered):
    ledger = SqlLedger.reader(home / "ledger.sqlite3")
    assert track_record.measure(ledger) == track_record.measure(remembered)
    ledger.close()


def test_measured_as_of_the_newest_event_and_asked_twice_it_says_the_same(home, names):
    path = home / "ledger.sqlite3"
    assert measured(path).as_of == names.now
    assert measured(path) == measured(path)


def test_a_desk_that_did_nothing_measured_nothing(memory):
    found = track_record.measure(memory)
    every = [*found.desk, *(kpi for kpis in found.books.values() for kpi in kpis)]
    assert {kpi.verdict for kpi in every if kpi.target is not None} == {UNKNOWN}
    assert {kpi.value for kpi in every} == {None}


def test_a_message_that_never_came_makes_the_lag_infinite_and_null_in_json(memory, past, names):
    story = past(memory)
    send = _send(names.now - DAY, names.admin)
    story.happen(names.now - DAY, send)
    story.happen(names.now)
    (lag,) = [kpi for kpi in track_record.measure(memory).desk if kpi.name == "delivery_lag_p95"]
    assert (lag.value, lag.n, lag.verdict) == (None, 1, MISSED)


def _send(ts, chat):
    return Send(
        chat_id=chat,
        ref_id="ib_20250915_1000_BTC",
        category=Category.INSTITUTIONAL,
        lane=Lane.SIGNAL,
        text="text",
        ts_created=ts,
    )


def test_the_table_of_the_command_line_says_every_number_with_its_verdict(home):
    found = measured(home / "ledger.sqlite3")
    text = "\n".join(as_lines(found))
    for kpi in (*found.desk, *found.books["shadow"]):
        assert f"{kpi.name} " in text
    said = {kpi.verdict for kpis in found.books.values() for kpi in kpis if kpi.target is not None}
    assert said <= {MET_PROVEN, MET_UNPROVEN, MISSED}
    assert "MET (unproven)" in text
    assert "not measured" not in text


# What the nightly question is asked about.


def test_samples_are_every_slot_of_sixty_days_and_every_plan_as_its_shadow_played_it(
    remembered, names
):
    known = track_record.known(remembered, names.now)
    kinds = [sample.kind for sample in known.samples]
    shadows = [
        pair for pair in remembered.outcomes(0) if pair[1].book == "shadow" and pair[1].filled
    ]
    assert kinds.count("snp") == len(shadows) > 50
    assert kinds.count("ib") > 1000
    assert known.ratings == remembered.ratings(0)
    assert all(sample.ended <= names.now for sample in known.samples)


def test_older_samples_are_of_another_market(remembered, names):
    later = track_record.known(remembered, names.now + 61 * DAY)
    assert later.samples == []


def test_the_watched_feature_is_cut_into_a_month_before_and_the_last_week(memory, past, names):
    past(memory).foretell(names.forecasts(10))
    (before, recent) = track_record.known(memory, names.now).features["BTC"]["whale"]
    slots = [one for one in memory.forecasts(0) if one.coin == "BTC"]
    assert len(before) == sum(one.ts < names.now - 7 * DAY for one in slots)
    assert before + recent == [one.whale for one in slots]


def test_a_slot_without_a_whale_is_no_value_of_the_watch(memory, past, names):
    one = names.forecasts(1)[0]
    past(memory).foretell([replace(one, whale=None)])
    assert track_record.known(memory, names.now).features == {"BTC": {"whale": ([], [])}}
