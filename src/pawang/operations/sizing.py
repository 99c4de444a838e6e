"""`pawang size`: the desk's own sizing for numbers given on the command line (row R3)."""

from decimal import Decimal, InvalidOperation
from math import isfinite
from pathlib import Path
from typing import Any

from pawang import risk
from pawang.model.codec import Record
from pawang.model.errors import BadInput
from pawang.model.market import Side
from pawang.model.sizing import AccountView
from pawang.operations.shipped import find


class Asked(Record):
    """As typed. `flow` is ETF net flow in USD, None = not fresh."""

    equity: str
    risk: float
    confidence: float
    atr: float | None
    coin: str
    entry: str
    stop: str
    flow: float | None
    rule: str
    book: str
    prior: bool


def size_up(asked: Asked, listed: Path) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """(JSON report, lines to print). BadInput names the value that was refused."""
    if asked.rule not in ("table", "power"):
        raise BadInput(f"--rule is table or power, not {asked.rule[:20]!r}")
    if asked.book not in ("ghost", "live"):
        raise BadInput(f"--book is ghost or live, not {asked.book[:20]!r}")
    if not isfinite(asked.confidence) or not 0 <= asked.confidence <= 100:
        raise BadInput(f"--confidence is 0 to 100, not {asked.confidence:g}")
    if asked.flow is not None and not isfinite(asked.flow):
        raise BadInput("--flow is a number of USD")
    entry, stop = _number(asked.entry, "--entry"), _number(asked.stop, "--stop")
    found = find(listed, asked.coin)
    request = risk.SizingRequest(
        coin=found.instrument.coin,
        side=Side.SHORT if stop > entry else Side.LONG,
        entry=entry,
        stop=stop,
        confidence=round(asked.confidence),  # half to even, as everywhere
        calibrated=not asked.prior,
        atr_pct=asked.atr,
        etf_net_usd=asked.flow,
        instrument=found.instrument,
        tiers=(),
        account=AccountView(
            equity_usd=_number(asked.equity, "--equity"),
            base_risk_pct=asked.risk,
            live=asked.book == "live",
        ),
        depth_10bp_usd=None,
    )
    sizing = risk.size(request, risk.SizingParams(rule=asked.rule))
    report = {**risk.size_report(sizing), "instruments": found.source}
    return report, [*risk.explain(sizing), ("instruments", found.source)]


def _number(text: str, name: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadInput(f"{name} is a number, not {text[:20]!r}") from None
    if not value.is_finite() or value <= 0:
        raise BadInput(f"{name} is above 0, not {text[:20]!r}")
    return value
