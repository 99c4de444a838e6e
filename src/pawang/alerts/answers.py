"""What was worked out for somebody, in words: the KPIs, and what /calibrate found.

Made for a phone: short lines, and only the numbers that promise something; all of them are in
`pawang kpi` and the API.
"""

from collections.abc import Sequence

from pawang.alerts.text import MINUS, local
from pawang.alerts.words import FALLBACK, say
from pawang.model.calibration import Refusal
from pawang.model.chat import Category, Lane, Send
from pawang.model.desk import Desk
from pawang.model.event import Calibrated, Consulted, Drifted
from pawang.model.kpi import Kpi, Measured

BELOW = frozenset({"delivery_lag_p95", "api_p95", "server_errors"})  # the others shall be above
SAID = {
    "MET(proven)": "kpi_met_proven",
    "MET(unproven)": "kpi_met_unproven",
    "MISSED": "kpi_missed",
    "UNKNOWN": "kpi_unknown",
}


def answered(desk: Desk, found: Consulted, now: int) -> tuple[Send, ...]:
    """The KPIs or the calibration, in the chat that asked and in its language."""
    chat = desk.chats.get(found.chat_id)
    language = FALLBACK if chat is None else chat.language
    if found.measured is not None:
        text = kpis(found.measured, language, "UTC" if chat is None else chat.timezone)
    else:
        text = calibrations(found.answers, language)
    send = Send(
        chat_id=found.chat_id,
        ref_id=found.ref_id,
        category=Category.REPLY,
        lane=Lane.ORDER,
        text=text,
        ts_created=now,
        thread_id=found.thread_id,
    )
    return (send,)


# KPIs.


def kpis(measured: Measured, language: str, timezone: str) -> str:
    """Every promise with its verdict, book by book; a book that played nothing is left out."""
    when = f"{local(measured.as_of, timezone):%d.%m. %H:%M}"
    lines = [say(language, "kpi_title", time=when)]
    for book, found in measured.books.items():
        promises = _promises(found, language)
        if book == "shadow" or any(kpi.n for kpi in found):
            lines += ["", say(language, f"kpi_book_{book}"), *promises]
    lines += ["", say(language, "kpi_desk"), *_promises(measured.desk, language)]
    return "\n".join(lines)


def _promises(found: Sequence[Kpi], language: str) -> list[str]:
    """Verdict by verdict: so each line holds only a name, its value, its target and n."""
    lines: list[str] = []
    for verdict, key in SAID.items():
        ours = [kpi for kpi in found if kpi.verdict == verdict]
        if ours and verdict == "UNKNOWN":
            names = ", ".join(say(language, f"kpi_{kpi.name}") for kpi in ours)
            lines.append(f"{say(language, key)}: {names}")
        elif ours:
            lines += [say(language, key), *(f"· {_line(kpi, language)}" for kpi in ours)]
    return lines


def _line(kpi: Kpi, language: str) -> str:
    return f"{say(language, f'kpi_{kpi.name}')} {shown(kpi)} ({goal(kpi)}) n={kpi.n}"


def shown(kpi: Kpi) -> str:
    """The value as people read it; a percentile that never came is ∞.

    >>> shown(Kpi(name="tp1", value=0.615, unit="share", n=26))
    '61.5%'
    """
    if kpi.value is None:
        return "∞" if kpi.verdict == "MISSED" else "–"
    return _amount(kpi.value, kpi.unit)


def goal(kpi: Kpi) -> str:
    """
    >>> goal(Kpi(name="api_p95", value=0.1, unit="s", n=9, target=0.4))
    '<0.4 s'
    """
    if kpi.target is None:
        return ""
    sign = "<" if kpi.name in BELOW else ">"
    return sign + {"share": f"{kpi.target:.0%}", "s": f"{kpi.target:g} s"}.get(
        kpi.unit, f"{kpi.target:g}"
    )


def _amount(value: float, unit: str) -> str:
    said = {
        "share": f"{value:.1%}",
        "s": f"{value:.2f} s",
        "R": f"{value:+.2f}R",
        "R per 100": f"{value:+.1f}R",
        "R per 100 a week": f"{value:+.1f}R",
        "USD per 100": f"{value:+,.0f} USD",
    }
    return said.get(unit, f"{value:.3f}").replace("-", MINUS)


# Calibration.


def calibrations(answers: Sequence[Calibrated | Drifted], language: str) -> str:
    """What was found, kind by kind; coins with the same answer share it."""
    lines = [say(language, "calibrated_title")]
    told: dict[tuple[str, ...], list[str]] = {}
    for answer in answers:
        told.setdefault((answer.kind, *_found(answer, language)), []).append(answer.coin)
    for (kind, verdict, *reasons), coins in told.items():
        what = say(language, f"kind_{kind}")
        lines += ["", f"{what} {', '.join(coins)}: {verdict}", *(f"· {why}" for why in reasons)]
    return "\n".join(lines)


def _found(answer: Calibrated | Drifted, language: str) -> tuple[str, ...]:
    if isinstance(answer, Drifted):
        return say(language, "calibrated_drift"), *answer.alarms
    made = answer.candidate
    if answer.refusals:
        return say(language, "calibrated_refused"), *_reasons(answer.refusals, language)
    return (say(language, "calibrated_accepted", version=made.version, n=made.n),)


def _reasons(refusals: Sequence[Refusal], language: str) -> list[str]:
    return [say(language, f"refused_{why.code}", have=why.have, need=why.need) for why in refusals]
