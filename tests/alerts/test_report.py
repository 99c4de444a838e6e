"""The report in words: within Telegram's limits, and what nobody measured is said to be so."""

import random
from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from pawang.alerts.report import CAPTION_MAX, TEXT_MAX, Teller, day_text
from pawang.alerts.report_page import page
from pawang.alerts.text import fitted, units
from pawang.alerts.words import LANGUAGES
from pawang.learning.figures import Facts
from pawang.learning.hit_rates import Played
from pawang.learning.report import Span, day, report
from pawang.learning.samples import Sample
from pawang.model.chat import Delivery, Rating
from pawang.model.order import Book
from pawang.model.refs import DAY, HOUR, MINUTE, ref_id
from pawang.model.report import Refused

NOW = 20_353 * DAY - 1
SPAN = Span(name="2025-W38", timezone="UTC", ts_from=NOW + 1 - 7 * DAY, ts_to=NOW + 1, as_of=NOW)


def play(number, book, dice):
    ts = NOW - number * 4 * HOUR - 40 * MINUTE
    coin = dice.choice(("BTC", "ETH", "SOL", "AVAX"))
    tp1 = dice.random() < 0.6
    return Played(
        ref_id=ref_id("snp", ts, coin),
        coin=coin,
        setup=dice.choice(("wall", "no wall")),
        regime=dice.choice(("calm", "usual", "wild")),
        book=book,
        ts=ts,
        ts_resolved=ts + 35 * MINUTE,
        filled=number % 5 > 0,
        tp1=tp1,
        tp2=tp1 and dice.random() < 0.5,
        null_tp1=0.55,
        null_tp2=0.36,
        net_r=1.1 if tp1 else -1.0,
        size_pct=1.43,
        size_pct_table=1.43,
        sizings={"power": 1.2, "vol_off": 1.3, "vol_inverse": 1.1},
        label="tp2" if tp1 else "sl",
        net_usd=D("110.5") if tp1 else D("-100"),
    )


@pytest.fixture(scope="module")
def facts():
    """A month in which everything happened."""
    dice = random.Random(3)
    played = [play(n, book, dice) for book in Book for n in range(170)]
    sent = [
        Delivery(
            ref_id=row.ref_id,
            chat_id=7,
            ts_created=row.ts,
            ts_acked=None if number % 9 == 0 else row.ts + 10**9,
            state=("snoozed", "budget", "failed")[number % 3] if number % 9 == 0 else "sent",
            category="sniper",
        )
        for number, row in enumerate(played[:170])
    ]
    thumbs = [
        Rating(
            ref_id=row.ref_id,
            user_id=7,
            chat_id=7,
            rating=1,
            ts_clicked=row.ts + 10**11,
            latency_s=99.0,
            resolved=False,
            side="LONG",
            confidence=70,
        )
        for row in played[:60]
    ]
    told = [
        Sample(
            ref_id=ref_id("ib", NOW - n * 10 * MINUTE, "BTC"),
            kind="ib",
            coin="BTC",
            raw=0.5 + n % 40 / 100,
            told=0.5 + n % 40 / 100,
            hit=dice.random() < 0.55,
            opened=NOW - n * 10 * MINUTE - HOUR,
            ended=NOW - n * 10 * MINUTE,
        )
        for n in range(900)
    ]
    codes = "no_wall no_bias no_magnet live_plan rr_too_small sl_too_wide spread_wide data_stale"
    refused = [
        Refused(ref_id=f"r{n}", ts=NOW - n * HOUR, code=code, filled=n % 3 == 0, net_r=-0.3)
        for n in range(200)
        for code in codes.split()
    ]
    return Facts(played=played, deliveries=sent, ratings=thumbs, biases=told, refused=refused)


@pytest.fixture(scope="module")
def full(facts):
    return report(facts, SPAN)


@pytest.fixture(scope="module")
def empty():
    return report(Facts(), SPAN)


@pytest.mark.parametrize("language", LANGUAGES)
def test_T8_the_fullest_report_fits_under_a_picture_and_into_a_message(full, language):
    teller, ref = Teller(full, language), "rpt_20250922_0800_2025W38"
    assert units(f"{teller.caption()}\nref: {ref}") <= CAPTION_MAX
    assert units(f"{teller.pages()}\nref: {ref}P") <= TEXT_MAX


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_nobody_measured_is_said_and_is_never_zero(empty, language):
    teller, unknown = Teller(empty, language), LANGUAGES[language]["kpi_unknown"]
    text = teller.caption()
    assert text.count(unknown) == 8
    assert "0%" not in text
    assert "0.0%" not in text
    scene = teller.scene()
    assert (scene.bins, scene.bars, scene.curves, scene.gap_mean) == ((), (), {}, None)
    assert scene.nothing == unknown


def test_every_promise_of_the_caption_has_its_interval_its_n_and_its_verdict(full):
    lines = Teller(full, "en").caption().splitlines()
    tp1, net = lines[2], lines[4]
    kpi = full.kpi("tp1_30d", "shadow")
    assert tp1.startswith(f"TP1 30d {kpi.value:.1%} (")
    assert f"n={kpi.n} · luck 55%, e " in tp1
    assert tp1.rsplit(" · ", 1)[1] in ("MET (proven)", "MET (unproven)", "MISSED")
    assert net.startswith("Net/100 (shadow) +")
    assert [line for line in lines if line.startswith("Net/100")] == lines[4:7]  # one a book


def test_a_setup_of_fewer_than_five_plans_is_counted_and_not_shown(full):
    table = full.setups["shadow"]
    assert min(one.n for one in table.shown) >= 5
    hidden = Teller(full, "en").pages()
    assert (f"{table.hidden} setups with fewer than 5 plans" in hidden) == (table.hidden > 0)


def test_a_gate_that_saved_and_one_nobody_can_judge_yet_are_told_apart(full):
    unknown = replace(full.gates[0], code="no_one_knows", saved_r=None)
    costly = replace(full.gates[0], code="too_strict", saved_r=-4.25, filled=9)
    text = Teller(replace(full, gates=(unknown, costly, *full.gates)), "en").pages()
    assert "· too_strict 168/200 · cost 4.2R (n=9)" in text
    assert "· no_one_knows 168/200\n" in text


def test_T10_the_days_of_the_title_are_those_of_the_chat(full):
    east = replace(full, timezone="Asia/Jakarta", ts_to=NOW - 17 * HOUR)
    assert Teller(east, "id").title() == "📊 Minggu 38 · 15.09.–21.09."


def test_the_page_holds_every_kpi_and_loads_nothing(full):
    html = page(full, "en", b"png")
    for kpi in (*full.measured.desk, *full.measured.books["live"]):
        assert f"<td>{kpi.name} " in html
    assert "data:image/png;base64," in html
    assert "http" not in html
    assert "<script" not in html


def test_the_page_says_words_and_not_markup(full):
    evil = replace(full.gates[0], code="<script>alert(1)</script>")
    assert "<script>" not in page(replace(full, gates=(evil,)), "en")


def test_the_day_tells_book_by_book_what_ended_today(facts):
    told = day(facts.played, "UTC", NOW - 2 * DAY, NOW)
    text = day_text(told, 2, "en").splitlines()
    assert text[0] == "📅 21.09. until 23:59"
    assert [line.split(":")[0] for line in text[1:4]] == ["shadow", "ghost", "live"]
    assert text[4] == "Open positions: 2"
    assert len(text) == 6 + 12 + 1
    assert text[-1] == f"+{len(told.ended) - 12}"


def test_a_day_without_a_plan_says_none():
    told = day([], "UTC", NOW - DAY + 1, NOW)
    assert day_text(told, 0, "en").splitlines()[1:] == [
        "shadow: none",
        "ghost: none",
        "live: none",
        "Open positions: 0",
    ]


def test_a_text_that_is_too_long_loses_its_last_lines_and_keeps_its_ref():
    text = "\n".join(f"line {n} 📊" for n in range(50))
    cut = fitted(text, "rpt_1", 120)
    assert units(cut) <= 120
    assert cut.startswith("line 0 📊\nline 1 📊\n")
    assert cut.endswith("\n…\nref: rpt_1")
    assert fitted("short", "rpt_1", 120) == "short\nref: rpt_1"
