"""The messages of product.md 3, to the byte."""

from typing import Any

import pytest
from msgspec.structs import replace

from pawang.alerts import AlertParams, announce
from pawang.alerts.cards import (
    ages_line,
    bias_buttons,
    bias_card,
    plan_buttons,
    plan_card,
    resting_buttons,
)
from pawang.model.chat import Send
from pawang.model.decision import Evidence
from pawang.model.desk import Chat
from pawang.model.market import Side

SAMPLE_BIAS = """\
🟢 INSTITUTIONAL LONG — BTC
Whale: BUY ≥ $1M ✅
ETF Flow: +$35M ✅
Sentiment: 78/100 ✅
Confidence: 87% (size mult 1.6×)

Next: check SOL (5m)
ref: ib_20250915_0733_BTC"""

SAMPLE_PLAN = """\
🎯 Sniper — SOL (bias LONG)
Entry: 221.30–221.45
SL: 220.60 (−0.35%)
TP1/TP2: 222.0 / 222.7
Size: base 1.0% × mult 1.3 × vol 1.1 = 1.43%
ref: snp_20250915_0736_SOL"""

SLOT_BIAS, SLOT_PLAN = "2025-09-15 07:33", "2025-09-15 07:36"


def bias_text(decision: Any, language: str = "en") -> str:
    return bias_card(
        decision, Chat(chat_id=7, kind="private", language=language), AlertParams()
    ).text


def plan_text(decision: Any, language: str = "en") -> str:
    """The card down to its ref; details may follow below an empty line."""
    chat = Chat(chat_id=7, kind="private", language=language)
    return plan_card(decision.signal, decision.sizing, chat).text.split("\n\n")[0]


def test_the_institutional_sample_to_the_byte(made: Any) -> None:
    assert bias_text(made.bias(made.at(SLOT_BIAS))) == SAMPLE_BIAS


def test_the_institutional_sample_in_indonesian_changes_one_line(made: Any) -> None:
    expected = SAMPLE_BIAS.replace("Next: check SOL (5m)", "Next: cek SOL (5m)")
    assert bias_text(made.bias(made.at(SLOT_BIAS)), "id") == expected


def test_the_short_institutional_message_to_the_byte(made: Any) -> None:
    assert bias_text(made.bias(made.at(SLOT_BIAS), side=Side.SHORT)) == (
        "🔴 INSTITUTIONAL SHORT — BTC\nWhale: SELL ≥ $1M ✅\nETF Flow: −$35M ✅\n"
        "Sentiment: 78/100 ✅\nConfidence: 87% (size mult 1.6×)\n\n"
        "Next: check SOL (5m)\nref: ib_20250915_0733_BTC"
    )


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_sniper_sample_to_the_byte(made: Any, language: str) -> None:
    assert plan_text(made.plan(made.at(SLOT_PLAN)), language) == SAMPLE_PLAN


def test_the_short_sniper_message_to_the_byte(made: Any) -> None:
    assert plan_text(made.plan(made.at(SLOT_PLAN), side=Side.SHORT)) == (
        "🎯 Sniper — SOL (bias SHORT)\nEntry: 221.30–221.45\nSL: 222.15 (+0.35%)\n"
        "TP1/TP2: 220.7 / 220.0\nSize: base 1.0% × mult 1.3 × vol 1.1 = 1.43%\n"
        "ref: snp_20250915_0736_SOL"
    )


@pytest.mark.parametrize(
    ("source", "n", "confidence", "multiplier", "line"),
    [
        ("prior", 0, 87, 1.6, "Confidence: 87% (prior, size mult 1.6×)"),
        ("cal-1", 43, 62, 1.0, "Confidence: 62% (n=43, size mult 1.0×)"),
        ("cal-1", 100, 62, 1.0, "Confidence: 62% (size mult 1.0×)"),
        ("cal-1", 500, 55, 0.5, "Confidence: 55% (size mult 0.5×)"),
    ],
)
def test_the_confidence_says_where_it_comes_from(
    made: Any, source: str, n: int, confidence: int, multiplier: float, line: str
) -> None:
    decision = made.bias(
        made.at(SLOT_BIAS), source=source, n=n, confidence=confidence, multiplier=multiplier
    )
    assert bias_text(decision).split("\n")[4] == line


@pytest.mark.parametrize(
    ("name", "value", "verdict", "reason", "line"),
    [
        ("etf", 35e6, "missing", "stale 4d", "ETF Flow: n/a (stale 4d)"),
        ("etf", None, "missing", "no figure yet", "ETF Flow: n/a (no figure yet)"),
        ("etf", -35e6, "against", "", "ETF Flow: −$35M ❌"),
        ("etf", 9e6, "weak", "", "ETF Flow: +$9M ❌"),
        ("etf", 1.2e9, "agrees", "", "ETF Flow: +$1200M ✅"),
        ("whale", 0.4e6, "weak", "", "Whale: mixed $0.4M ❌"),
        ("whale", -0.4e6, "weak", "", "Whale: mixed $0.4M ❌"),
        ("whale", -2e6, "against", "", "Whale: SELL ≥ $1M ❌"),
        ("whale", None, "missing", "gap in the trade feed", "Whale: n/a (gap in the trade feed)"),
        (
            "sentiment",
            None,
            "missing",
            "too few fresh inputs",
            "Sentiment: n/a (too few fresh inputs)",
        ),
        ("sentiment", 22.0, "against", "", "Sentiment: 22/100 ❌"),
    ],
)
def test_a_pillar_is_marked_by_its_verdict_and_missing_has_no_mark(
    made: Any, name: str, value: float | None, verdict: str, reason: str, line: str
) -> None:
    pillar = made.evidence(name, value, verdict, reason)
    text = bias_text(made.bias(made.at(SLOT_BIAS), **{name: pillar}))
    assert line in text.split("\n")


def test_an_alt_shows_its_own_threshold_and_its_lead_and_points_to_itself(made: Any) -> None:
    decision = made.bias(
        made.at(SLOT_BIAS),
        coin="AVAX",
        whale=made.evidence("whale", 0.5e6),
        whale_theta=made.evidence("whale_theta", 0.38e6, "info"),
    )
    lead = made.evidence("lead", 1.9, "agrees", "LONG 87%")
    kept = tuple(item for item in decision.signal.evidence if item.name != "etf")
    from msgspec.structs import replace

    decision = replace(decision, signal=replace(decision.signal, evidence=(lead, *kept)))
    lines = bias_text(decision).split("\n")
    assert "Whale: BUY ≥ $0.38M ✅" in lines
    assert "BTC lead: LONG 87% ✅" in lines
    assert "Next: check AVAX (5m)" in lines
    assert not any(line.startswith("ETF") for line in lines)


def test_flow_and_cap_join_the_size_line_when_they_are_not_one(made: Any) -> None:
    sizing = made.sizing(flow_adj=1.1, size_pct=1.573, size_pct_final=1.2584, caps=("5× notional",))
    decision = made.plan(made.at(SLOT_PLAN), sizing=sizing)
    assert plan_text(decision).split("\n")[4] == (
        "Size: base 1.0% × mult 1.3 × vol 1.1 × flow 1.1 × cap 0.80 = 1.26%"
    )


def test_factors_of_one_are_written_with_a_decimal(made: Any) -> None:
    sizing = made.sizing(multiplier=1.0, vol_adj=1.0, size_pct=1.0, size_pct_final=1.0)
    decision = made.plan(made.at(SLOT_PLAN), sizing=sizing)
    assert plan_text(decision).split("\n")[4] == "Size: base 1.0% × mult 1.0 × vol 1.0 = 1.00%"


def test_the_caps_are_named_below_the_ref(made: Any) -> None:
    sizing = made.sizing(caps=("5× notional", "10% of depth"), size_pct_final=1.0)
    decision = made.plan(made.at(SLOT_PLAN), sizing=sizing)
    chat = Chat(chat_id=7, kind="private")
    below = plan_card(decision.signal, sizing, chat).text.split("\n\n")[1]
    assert "5× notional, 10% of depth" in below
    assert "146.89 contracts" in below


def test_every_price_of_a_plan_is_a_code_span_in_utf16_units(made: Any) -> None:
    """🎯 counts two units: a span reckoned in characters would miss its price by one."""
    decision = made.plan(made.at(SLOT_PLAN))
    text = plan_card(decision.signal, decision.sizing, Chat(chat_id=7, kind="private"))
    units = text.text.encode("utf-16-le")
    shown = [units[2 * o : 2 * (o + n)].decode("utf-16-le") for o, n in text.spans]
    assert shown == ["221.30", "221.45", "220.60", "222.0", "222.7"]


def test_the_pushed_message_is_the_card_with_details_below(made: Any) -> None:
    told = announce(made.desk(), made.bias(made.at(SLOT_BIAS)), made.at(SLOT_BIAS), AlertParams())
    (send,) = told.effects
    assert isinstance(send, Send)
    head, blank, details = send.text.partition("\n\nages:")
    assert head == SAMPLE_BIAS
    assert blank
    assert "whale 60s" in details


def test_the_ages_are_those_of_the_pillars_and_not_of_every_gauge_behind_one(made: Any) -> None:
    decision = made.bias(made.at(SLOT_BIAS))
    gauge = Evidence(
        name="sentiment.fng", value=70.0, age_s=1.0, weight=0.25, verdict="agrees", reason="", x=0.4
    )
    signal = replace(decision.signal, evidence=(*decision.signal.evidence, gauge))
    assert ages_line(replace(decision, signal=signal), "en") == ages_line(decision, "en")


def labels(rows: Any) -> list[list[str]]:
    return [[button.label for button in row] for row in rows]


def test_T2_the_buttons_of_both_messages() -> None:
    rate = ["👍", "👎", "⏸ 30m"]
    assert labels(bias_buttons("BTC", "ib_x", AlertParams())) == [
        ["🔥 Heatmap SOL", "📘 Orderbook SOL", "🎯 Sniper SOL"],
        rate,
        ["📖 What now?"],
    ]
    assert labels(bias_buttons("ETH", "ib_x", AlertParams()))[0] == [
        "🔥 Heatmap ETH",
        "📘 Orderbook ETH",
        "🎯 Sniper ETH",
    ]
    assert labels(plan_buttons("snp_x")) == [
        ["🎯 Set Entry", "⚠️ Set Alert Lines", "❌ Cancel"],
        rate,
        ["📖 What now?"],
    ]


def test_a_set_entry_cannot_be_set_again_from_the_keyboard() -> None:
    assert labels(resting_buttons("snp_x"))[0] == ["⚠️ Set Alert Lines", "❌ Cancel"]
