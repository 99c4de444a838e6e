"""The two cards, to the byte as product.md 3 has them, and their buttons (row T2).

A card is made from records alone: the same record gives the same bytes, in every language.
"""

from decimal import Decimal

from pawang.alerts.params import AlertParams
from pawang.alerts.text import MINUS, Text, age, clock, money, plain, signed
from pawang.alerts.words import say
from pawang.model.chat import Button
from pawang.model.decision import BiasSignal, Confidence, Decision, Evidence, SniperPlan
from pawang.model.desk import Chat
from pawang.model.market import Side
from pawang.model.refs import SECOND
from pawang.model.sizing import Sizing

Rows = tuple[tuple[Button, ...], ...]

DOTS = {Side.LONG: "🟢", Side.SHORT: "🔴", Side.NEUTRAL: "⚪️"}
BOUGHT = {Side.LONG: "BUY", Side.SHORT: "SELL", Side.NEUTRAL: "mixed"}
CALIBRATED_N = 100  # below it the count is shown beside the confidence


def mark(evidence: Evidence) -> str:
    """✅ fresh, agrees and |x| >= 0.2; ❌ else; nothing when the input is missing."""
    if evidence.verdict == "missing":
        return ""
    return " ✅" if evidence.verdict == "agrees" else " ❌"


# Institutional.


def bias_card(decision: Decision, chat: Chat, params: AlertParams) -> Text:
    """The institutional card; prices need no span, there are none."""
    signal, confidence = decision.signal, decision.confidence
    assert isinstance(signal, BiasSignal)
    assert confidence is not None
    known = {evidence.name: evidence for evidence in signal.evidence}
    text = Text()
    text.line(f"{DOTS[signal.side]} INSTITUTIONAL {signal.side} — {signal.coin}")
    text.line(_whale_line(signal.side, known))
    if "etf" in known:
        text.line(_etf_line(known["etf"]))
    if "lead" in known:
        text.line(_lead_line(known["lead"]))
    text.line(_sentiment_line(known["sentiment"]))
    text.line(_confidence_line(confidence, decision.multiplier or 1.0))
    text.line()
    text.line(say(chat.language, "next", coin=points_to(signal.coin, params)))
    return text.add("ref: ").line(decision.ref_id)


def _whale_line(side: Side, known: dict[str, Evidence]) -> str:
    whale = known["whale"]
    theta = known["whale_theta"].value if "whale_theta" in known else 1e6
    if whale.verdict == "missing" or whale.value is None:
        return f"Whale: n/a ({whale.reason})"
    if abs(whale.value) < (theta or 1e6):
        return f"Whale: mixed {money(whale.value)} ❌"
    bought = BOUGHT[Side.LONG if whale.value > 0 else Side.SHORT]
    return f"Whale: {bought} ≥ {money(theta or 1e6)}{mark(whale)}"


def _etf_line(etf: Evidence) -> str:
    if etf.verdict == "missing" or etf.value is None:
        return f"ETF Flow: n/a ({etf.reason})"
    return f"ETF Flow: {signed(etf.value)}{mark(etf)}"


def _lead_line(lead: Evidence) -> str:
    if lead.verdict == "missing":
        return f"BTC lead: n/a ({lead.reason})"
    return f"BTC lead: {lead.reason}{mark(lead)}"


def _sentiment_line(sentiment: Evidence) -> str:
    if sentiment.verdict == "missing" or sentiment.value is None:
        return f"Sentiment: n/a ({sentiment.reason})"
    return f"Sentiment: {sentiment.value:.0f}/100{mark(sentiment)}"


def _confidence_line(confidence: Confidence, multiplier: float) -> str:
    where = ""
    if confidence.source == "prior":
        where = "prior, "
    elif confidence.n < CALIBRATED_N:
        where = f"n={confidence.n}, "
    return f"Confidence: {confidence.value}% ({where}size mult {_factor(multiplier)}×)"


def points_to(coin: str, params: AlertParams) -> str:
    """BTC's card leads to the lead alt, another coin's to itself."""
    return params.lead_alt if coin == "BTC" else coin


def bias_buttons(about: str, ref: str, params: AlertParams) -> Rows:
    coin = points_to(about, params)
    return (
        (
            Button(label=f"🔥 Heatmap {coin}", action="heatmap", ref_id=ref, argument=coin),
            Button(label=f"📘 Orderbook {coin}", action="orderbook", ref_id=ref, argument=coin),
            Button(label=f"🎯 Sniper {coin}", action="sniper", ref_id=ref, argument=coin),
        ),
        rating_row(ref, "institutional"),
        (playbook(ref, "institutional"),),
    )


def rating_row(ref: str, category: str) -> tuple[Button, ...]:
    return (
        Button(label="👍", action="rate", ref_id=ref, argument="1"),
        Button(label="👎", action="rate", ref_id=ref, argument="-1"),
        Button(label="⏸ 30m", action="snooze", ref_id=ref, argument=f"{category} 30"),
    )


def playbook(ref: str, category: str) -> Button:
    return Button(label="📖 What now?", action="playbook", ref_id=ref, argument=category)


# Sniper.


def plan_card(
    plan: SniperPlan, sizing: Sizing, chat: Chat, life: tuple[str, ...] = (), over: bool = False
) -> Text:
    """`life` are the lines of what became of it; `over` drops what no longer matters."""
    text = Text()
    text.line(f"🎯 Sniper — {plan.coin} (bias {plan.side})")
    text.add("Entry: ").price(plain(plan.entry_low)).add("–").price(plain(plan.entry_high)).line()
    text.add("SL: ").price(plain(plan.stop)).line(f" ({_stop_pct(plan)})")
    text.add("TP1/TP2: ").price(plain(plan.targets[0].price)).add(" / ")
    text.price(plain(plan.targets[1].price)).line()
    text.line(size_line(sizing))
    text.add("ref: ").line(plan.ref_id)
    text.line()
    if not over:
        details = {
            "contracts": plain(sizing.contracts.normalize()),
            "notional": f"{sizing.notional_usd:,.0f}",
            "loss": f"{sizing.loss_usd:,.0f}",
            "leverage": sizing.leverage,
        }
        text.line(say(chat.language, "plan_details", **details))
        until = clock(plan.ts_expiry, chat.timezone)
        text.line(say(chat.language, "plan_valid", time=until))
        if plan.edge is not None:
            known = {"chance": _percent(plan.edge.chance), "luck": _percent(plan.null_tp1)}
            text.line(say(chat.language, "odds", **known))
        if sizing.caps:
            text.line(say(chat.language, "caps", caps=", ".join(sizing.caps)))
    for line in life:
        text.line(line)
    return text


def _percent(chance: float) -> str:
    return f"{100 * chance:.0f}"


def _stop_pct(plan: SniperPlan) -> str:
    """From the middle of the zone, signed as the price moves."""
    middle = plan.entry_middle
    percent = 100 * (plan.stop - middle) / middle
    sign = MINUS if percent < 0 else "+"
    return f"{sign}{abs(percent):.2f}%"


def size_line(sizing: Sizing) -> str:
    """base × mult × vol, then flow, flip and cap where they are not 1."""
    parts = [
        f"Size: base {_factor(sizing.base_risk_pct)}% × mult {_factor(sizing.multiplier)}",
        f"vol {_factor(sizing.vol_adj)}",
    ]
    if sizing.flow_adj != 1:
        parts.append(f"flow {_factor(sizing.flow_adj)}")
    if sizing.flip_share != 1:
        parts.append(f"flip {_factor(sizing.flip_share)}")
    final = Decimal(str(sizing.size_pct_final))
    if sizing.size_pct_final < sizing.size_pct:
        parts.append(f"cap {sizing.size_pct_final / sizing.size_pct:.2f}")
    return f"{' × '.join(parts)} = {final:.2f}%"


def _factor(value: float) -> str:
    """1.0, 1.3, 1.088: at least one decimal, at most four digits."""
    shown = f"{value:.4g}"
    return shown if "." in shown else f"{shown}.0"


def plan_buttons(ref: str) -> Rows:
    return (
        (
            Button(label="🎯 Set Entry", action="entry", ref_id=ref),
            Button(label="⚠️ Set Alert Lines", action="lines", ref_id=ref),
            Button(label="❌ Cancel", action="cancel", ref_id=ref),
        ),
        rating_row(ref, "sniper"),
        (playbook(ref, "sniper"),),
    )


def resting_buttons(ref: str) -> Rows:
    """The entry is set and rests: it can be withdrawn, not set again."""
    lines, cancel = plan_buttons(ref)[0][1:]
    return (lines, cancel), rating_row(ref, "sniper"), (playbook(ref, "sniper"),)


def held_buttons(ref: str) -> Rows:
    """After a fill: the position can be closed."""
    return (
        (
            Button(label="✖ Close", action="close", ref_id=ref),
            Button(label="⚠️ Set Alert Lines", action="lines", ref_id=ref),
        ),
        rating_row(ref, "sniper"),
    )


# Below the ref.


def ages_line(decision: Decision, language: str) -> str:
    """How old each input was: what /why shows in full."""
    signal = decision.signal
    shown = [
        f"{evidence.name} {age(int(evidence.age_s * SECOND))}"
        for evidence in signal.evidence
        if evidence.age_s is not None and evidence.weight
    ]
    return say(language, "ages", ages=", ".join(shown))
