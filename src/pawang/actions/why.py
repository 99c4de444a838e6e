"""/why REF: every input with its age, weight and verdict; every factor of the size (row L4)."""

from pawang.actions.base import Acted, Call, refused
from pawang.alerts.text import Text, age
from pawang.model.decision import BiasSignal, Decision, Evidence
from pawang.model.refs import SECOND, utc
from pawang.risk import explain

MARKS = {
    "agrees": "✅",
    "passed": "✅",
    "against": "❌",
    "failed": "❌",
    "weak": "▫️",
    "missing": "—",
}


def run(call: Call) -> Acted:
    wanted = call.ref_id or (call.words[0] if call.words else "")
    decision = call.recalled.decision
    if decision is None:
        shown = wanted[:40] if wanted.replace("_", "").isalnum() else "?"
        said = call.reply(call.say("unknown_ref", ref=shown))
        return refused(call.desk, "unknown_ref", *call.answer(""), said)
    return call.tell(explanation(call, decision))


def explanation(call: Call, decision: Decision) -> Text:
    """The whole story of one decision at phone width."""
    confidence = decision.confidence
    how_sure = "—" if confidence is None else f"{confidence.value}% ({confidence.source})"
    text = Text().add("❔ ").line(call.say("why_title", ref=decision.ref_id))
    made = {"rule": decision.rule, "version": decision.rule_version, "confidence": how_sure}
    text.line(call.say("why_made", **made, time=f"{utc(decision.ts):%Y-%m-%d %H:%M:%S}"))
    signal = decision.signal
    if isinstance(signal, BiasSignal):
        text.line(f"{signal.side} · raw {signal.raw:.1f} · L {signal.score:+.3f}")
        for reason in signal.reasons:
            text.line(f"• {reason.replace('_', ' ')}")
    for evidence in signal.evidence:
        text.line(_line(call, evidence))
    if decision.sizing is not None:
        text.line(call.say("why_size"))
        for name, value in explain(decision.sizing):
            text.line(f"• {name}: {value}")
    return text


def _line(call: Call, evidence: Evidence) -> str:
    value = "n/a" if evidence.value is None else f"{evidence.value:,.4g}"
    old = "" if evidence.age_s is None else f", {age(int(evidence.age_s * SECOND))}"
    return call.say(
        "why_line",
        mark=MARKS.get(evidence.verdict, "·"),
        name=evidence.name.replace("_", " "),
        value=value,
        verdict=evidence.verdict,
        age=old,
        reason=evidence.reason,
    )
