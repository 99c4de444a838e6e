"""Every factor of a size in words and as JSON (row R3, `pawang size`)."""

from typing import Any

from pawang.model.sizing import Sizing


def explain(sizing: Sizing) -> list[tuple[str, str]]:
    """(factor, value) lines in the order they multiply."""
    atr = "ATR unknown" if sizing.atr_pct is None else f"ATR {sizing.atr_pct:g}%"
    shadow = ", ".join(f"{name} {size_pct:.4g}%" for name, size_pct in sizing.shadow.items())
    return [
        ("base risk", f"{sizing.base_risk_pct:g}%"),
        ("multiplier", f"{sizing.multiplier:g}× (confidence {sizing.confidence}%)"),
        ("vol adj", f"{sizing.vol_adj:.4g}× ({atr})"),
        ("flow adj", f"{sizing.flow_adj:g}×"),
        *((("flip", f"{sizing.flip_share:g}×"),) if sizing.flip_share != 1 else ()),
        ("size", f"{sizing.size_pct:.4f}% of equity at risk ({sizing.rule} rule)"),
        ("loss per coin", f"{sizing.loss_per_coin_usd:.6f} USD at the stop, costs included"),
        ("before caps", f"{sizing.contracts_before_caps} contracts"),
        ("contracts", f"{sizing.contracts}"),
        ("notional", f"{sizing.notional_usd:,.2f} USD"),
        ("loss at the stop", f"{sizing.loss_usd:,.2f} USD ({sizing.size_pct_final:.4f}%)"),
        ("leverage", f"{sizing.leverage}×"),
        ("caps", ", ".join(sizing.caps) or "none"),
        ("no trade", sizing.no_trade or "—"),
        ("other rules would say", shadow.replace("_", " ") or "—"),
    ]


def size_report(sizing: Sizing) -> dict[str, Any]:
    """The keys of `pawang size --json` (product.md 8); money as numbers for programs."""
    return {
        "size_pct": round(sizing.size_pct, 6),
        "size_pct_final": round(sizing.size_pct_final, 6),
        "base_risk_pct": sizing.base_risk_pct,
        "confidence": sizing.confidence,
        "multiplier": sizing.multiplier,
        "vol_adj": sizing.vol_adj,
        "flow_adj": sizing.flow_adj,
        "contracts_before_caps": float(sizing.contracts_before_caps),
        "contracts": float(sizing.contracts),
        "notional_usd": float(sizing.notional_usd),
        "loss_usd": float(sizing.loss_usd),
        "loss_per_coin_usd": float(sizing.loss_per_coin_usd),
        "leverage": sizing.leverage,
        "caps": list(sizing.caps),
        "no_trade": sizing.no_trade,
        "shadow": dict(sizing.shadow),
        "rule": sizing.rule,
    }
