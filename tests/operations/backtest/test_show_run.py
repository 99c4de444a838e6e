"""`pawang backtest run`: what it prints, keeps and writes, and what it refuses."""

import json
import re
import shutil

import pytest
from tests.operations.backtest.conftest import START

from pawang.journal import SqlLedger
from pawang.model.errors import BadInput
from pawang.model.forecast import Trial
from pawang.model.kpi import Interval, Kpi
from pawang.model.refs import DAY, HOUR, SECOND
from pawang.operations.backtest import registry, report, scored
from pawang.operations.backtest.scored import Scored, Trade
from pawang.operations.backtest.show_run import Asked, backtest_run, lines

CHROMIUM = shutil.which("chromium")


def trade(number, net_r):
    return Trade(
        ref_id=f"snp_20240719_{number:04}_BTC",
        ts=START + number * HOUR,
        ts_resolved=START + number * HOUR + HOUR // 2,
        label="tp2" if net_r > 0 else "sl",
        tp1=net_r > 0,
        tp2=net_r > 0,
        null_tp1=0.5556,
        null_tp2=0.3684,
        net_r=net_r,
    )


TRADES = tuple(trade(number, net) for number, net in enumerate([1.0, -1.0, 1.5, -1.0, 0.8]))


def found(trades=TRADES):
    """A run as it is scored, with a script's words where a file's name could bring them."""
    span = (START, START + DAY)
    rate = Kpi(
        name="tp1",
        value=0.6,
        unit="share",
        n=5,
        interval=Interval(low=0.23, high=0.88),
        null=0.5556,
        e_value=1.1,
    )
    bias = Kpi(name="bias_60min", value=None, unit="share", n=0, null=0.5)
    return Scored(
        coins=("BTC", "<script>alert(1)</script>"),
        ts_from=span[0],
        ts_to=span[1],
        records=10,
        verdicts={"ib LONG": 3, "snp plan": 5},
        plans=5,
        labels={"sl": 2, "tp2": 3},
        fills=12,
        fees_usd=1.5,
        funding_usd=0.0,
        net_usd=13.0,
        net_r=1.3,
        kpis=(rate,),
        bias=bias,
        calibration=(),
        told=None,
        trades=trades,
        stretches=scored.stretches(trades, *span),
        trial=scored.scored_trial([each.net_r for each in trades], "a" * 64, "tried", span, 1),
    )


# The verb.


def test_json_is_one_object_with_every_figure(market, tmp_path, capsys):
    assert backtest_run(Asked(files=market, as_json=True)) == 0
    [line] = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert (told["kind"], told["coins"], told["ts_from"]) == ("backtest", ["BTC"], START)
    assert sum(told["verdicts"].values()) == 4
    assert [kpi["name"] for kpi in told["kpis"]][2:5] == ["tp1", "tp2", "filled"]
    assert (told["bias"]["null"], told["trial"]) == (0.5, None)


def test_the_span_is_cut_to_what_was_asked_for(market, capsys):
    asked = Asked(files=market, ts_from=START + 60 * SECOND, ts_to=START + 240 * SECOND)
    assert backtest_run(asked) == 0
    told = capsys.readouterr().out
    assert "2024-07-18 23:58:02 to 2024-07-19 00:01:02 UTC" in told
    assert "no trial" in told


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"files": ()}, "at least one l2_"),
        ({"ts_to": START - 1}, "nothing was recorded in that time"),
        ({"coins": ("ETH",)}, "ETH"),
        ({"report": "run.pdf"}, "ends in .html or .png"),
        ({"report": "nowhere/run.html"}, "there is no folder"),
        ({"home": "nowhere"}, "there is no ledger"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(market, tmp_path, asked, words):
    paths = {name: tmp_path / asked[name] for name in ("report", "home") if name in asked}
    with pytest.raises(BadInput, match=words):
        backtest_run(Asked(**{"files": market, **asked, **paths}))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"l2_none\.parquet"):
        backtest_run(Asked(files=(tmp_path / "l2_none.parquet",)))


# The registry.


@pytest.fixture
def ledger(tmp_path):
    path = tmp_path / "ledger.sqlite3"
    SqlLedger(path, b"button", b"audit").close()
    return path


def test_a_trial_is_kept_beside_those_before_it(ledger):
    first = found().trial
    registry.keep(ledger, first)
    registry.keep(ledger, first)
    assert registry.trials(ledger) == [first, first]


def test_a_trial_is_kept_while_a_desk_has_the_ledger_open(ledger):
    desk = SqlLedger(ledger, b"button", b"audit")
    registry.keep(ledger, found().trial)
    assert len(desk.trials()) == 1
    desk.close()


def test_a_trial_holds_the_moments_of_what_was_earned():
    made = scored.scored_trial([1.0, -1.0, 1.0, -1.0, 3.0], "hash", "tried", (5, 6), 7)
    assert made == Trial(
        params_hash="hash",
        what="tried",
        ts=7,
        ts_from=5,
        ts_to=6,
        trades=5,
        sharpe=pytest.approx(0.6 / 1.6733200530681511),
        skew=pytest.approx(0.3436216),
        kurt=pytest.approx(1.8469387),
    )


@pytest.mark.parametrize("net", [[], [1.0], [1.0, 1.0]])
def test_what_has_no_spread_is_no_trial(net):
    assert scored.scored_trial(net, "hash", "tried", (5, 6), 7) is None


def test_more_that_was_tried_makes_the_same_result_less_likely_to_be_skill():
    alone = scored.with_registry(found(), [])
    others = [
        Trial(**{**fields(found().trial), "params_hash": str(n), "sharpe": n / 10, "ts": 0})
        for n in range(10)
    ]
    assert scored.with_registry(found(), others).deflated < alone.deflated


def fields(trial):
    return {name: getattr(trial, name) for name in trial.__struct_fields__}


# Words and the report.


def test_trades_stand_in_the_hours_in_which_they_ended():
    told = "\n".join(lines(scored.with_registry(found(), [])))
    assert "plans: 5; sl 2, tp2 3" in told
    assert "fills: 12, fees 1.50 USD, funding 0.00 USD, net +13.00 USD = +1.30 R" in told
    assert told.count("luck  55.6%") == 5
    assert "Sharpe +0.2" in told


def test_a_long_run_is_told_by_weeks_and_a_short_one_by_hours():
    hours = scored.stretches(TRADES, START, START + 20 * HOUR)
    weeks = scored.stretches(TRADES, START, START + 90 * DAY)
    assert [(each.n, each.net_r) for each in hours] == [
        (1, 1.0),
        (1, -1.0),
        (1, 1.5),
        (1, -1.0),
        (1, 0.8),
    ]
    [week] = weeks
    assert (week.n, week.ts_to - week.ts_from) == (5, 7 * DAY)
    assert week.net_r == pytest.approx(1.3)


def test_the_page_holds_everything_and_asks_nobody_for_anything(tmp_path):
    path = tmp_path / "run.html"
    report.write(path, found())
    text = path.read_text()
    assert re.findall(r"https?:|src=|href=|url\(|@import|<script", text) == []
    for heading in ("Equity in R", "Hit rates", "Calibration of the bias", "Stretch by stretch"):
        assert f"<h2>{heading}</h2>" in text
    assert all(each.ref_id in text for each in TRADES)


def test_a_run_without_a_trade_has_a_page_too(tmp_path):
    path = tmp_path / "run.html"
    report.write(path, found(trades=()))
    assert "Too few forecasts" in path.read_text()


def test_the_picture_is_a_png(tmp_path):
    path = tmp_path / "run.png"
    report.write(path, found())
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this host")
def test_on_a_telephone_nothing_of_the_page_lies_beside_the_screen(tmp_path):
    from playwright.sync_api import sync_playwright

    path = tmp_path / "run.html"
    report.write(path, found())
    with sync_playwright() as driver:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            page = browser.new_page(viewport={"width": 390, "height": 844})
            asked = []
            page.on("request", lambda request: asked.append(request.url))
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
            assert page.locator("svg").count() == 3
            assert asked == [path.as_uri()]
        finally:
            browser.close()
