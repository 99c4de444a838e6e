"""The KPIs and the calibration's answers as a phone shows them, in both languages."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from pawang.alerts import consulted
from pawang.alerts.answers import SAID, kpis, shown
from pawang.alerts.words import LANGUAGES
from pawang.model.calibration import Calibration, Refusal
from pawang.model.chat import Category
from pawang.model.desk import Chat, Desk
from pawang.model.event import Calibrated, Consulted, Drifted
from pawang.model.kpi import Kpi, Measured
from pawang.model.refs import SECOND

NOW = int(datetime(2025, 9, 15, 7, 36, tzinfo=UTC).timestamp()) * SECOND
TP1 = Kpi(name="tp1_30d", value=0.615, unit="share", n=26, target=0.6, verdict="MET(unproven)")
NET = Kpi(name="net_per_100", value=-12.34, unit="R per 100", n=26, target=0.0, verdict="MISSED")
LAG = Kpi(name="delivery_lag_p95", value=1.25, unit="s", n=80, target=5.0, verdict="MET(proven)")
API = Kpi(name="api_p95", value=None, unit="s", n=0, target=0.4, verdict="UNKNOWN")
ECE = Kpi(name="ece", value=0.1, unit="share", n=80)
NOTHING = (replace(TP1, value=None, n=0, verdict="UNKNOWN"),)
MEASURED = Measured(
    as_of=NOW, books={"shadow": (TP1, NET), "ghost": NOTHING, "live": NOTHING}, desk=(LAG, API, ECE)
)
DESK = Desk(chats={7: Chat(chat_id=7, kind="private", language="id", timezone="Asia/Jakarta")})
MADE = Calibration(version="ib-BTC-20250915", a=0.0, b=0.5, n=43, ts_fit=NOW)


def test_L3_every_promise_has_its_value_target_and_count_under_its_verdict():
    assert kpis(MEASURED, "en", "UTC").splitlines() == [
        "📊 KPIs · 15.09. 07:36",
        "",
        "Every plan sent (shadow)",
        "MET (unproven)",
        "· TP1 30d 61.5% (>60%) n=26",
        "MISSED",
        "· Net/100 −12.3R (>0) n=26",
        "",
        "The desk, 30 days",
        "MET (proven)",
        "· Delivery p95 1.25 s (<5 s) n=80",
        "not measured: API p95",
    ]


def test_the_answer_goes_to_the_chat_that_asked_in_its_language_and_time():
    found = Consulted(chat_id=7, ref_id="re_9", thread_id=3, measured=MEASURED)
    (send,) = consulted(DESK, found, NOW).effects
    assert (send.chat_id, send.ref_id, send.thread_id) == (7, "re_9", 3)
    assert send.category is Category.REPLY
    assert send.text.splitlines()[0] == "📊 KPI · 15.09. 14:36"
    assert "TERCAPAI (belum terbukti)\n· TP1 30h 61.5% (>60%) n=26" in send.text


def test_a_book_that_played_something_is_shown_and_never_summed():
    played = replace(MEASURED, books={**MEASURED.books, "ghost": (replace(TP1, n=3),)})
    text = kpis(played, "en", "UTC")
    assert "Taken (ghost)\nMET (unproven)\n· TP1 30d 61.5% (>60%) n=3" in text
    assert "Live" not in text


def test_a_percentile_that_never_came_is_infinite_and_missed():
    assert shown(replace(LAG, value=None, verdict="MISSED")) == "∞"
    assert shown(replace(LAG, value=None, verdict="UNKNOWN")) == "–"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_a_phone(language: str):
    wide = [line for line in kpis(MEASURED, language, "UTC").splitlines() if len(line) > 38]
    assert wide == []


def test_L1_every_refusal_is_told_in_words_and_coins_with_the_same_answer_share_it():
    few = (Refusal(code="too_few", have="12.0", need="30"), Refusal(code="drift"))
    answers = (
        Calibrated(kind="ib", coin="BTC", candidate=MADE),
        Calibrated(kind="ib", coin="ETH", candidate=MADE, refusals=few),
        Calibrated(kind="ib", coin="SOL", candidate=MADE, refusals=few),
        Drifted(kind="snp", coin="SOL", alarms=("cusum 5.20 beyond 5",), rollback=True),
    )
    (send,) = consulted(Desk(), Consulted(chat_id=7, ref_id="re_9", answers=answers), NOW).effects
    assert send.text.splitlines() == [
        "🎓 Calibration",
        "",
        "Bias BTC: ib-BTC-20250915 accepted (n=43), in force after a day of shadow",
        "",
        "Bias ETH, SOL: nothing changes",
        "· 12.0 effective samples in 60 days, 30 needed",
        "· a drift alarm was raised in the last 24 hours",
        "",
        "Plan SOL: drift, pulled towards 50%",
        "· cusum 5.20 beyond 5",
    ]


def test_T10_refusals_are_told_in_indonesian_too():
    few = (Refusal(code="too_few", have="12.0", need="30"),)
    answer = Calibrated(kind="ib", coin="BTC", candidate=MADE, refusals=few)
    (send,) = consulted(DESK, Consulted(chat_id=7, ref_id="re_9", answers=(answer,)), NOW).effects
    assert "· 12.0 sampel efektif dalam 60 hari, perlu 30" in send.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_has_its_words(language: str):
    assert [key for key in SAID.values() if key not in LANGUAGES[language]] == []
