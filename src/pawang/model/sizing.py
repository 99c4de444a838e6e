"""How big, with every factor kept apart so that the message can show each (row R3)."""

from decimal import Decimal

from pawang.model.codec import Record


class AccountView(Record):
    """What the risk room sees of a book when it sizes; frozen with the decision."""

    equity_usd: Decimal
    base_risk_pct: float
    open_risk_pct: float = 0.0  # sum over open plans, correlated majors counted as one
    open_notional_usd: Decimal = Decimal(0)
    open_margin_usd: Decimal = Decimal(0)
    day_loss_pct: float = 0.0  # positive = lost today
    drawdown_pct: float = 0.0  # from the peak, positive
    live: bool = False


class Sizing(Record):
    """size% = base * multiplier * vol_adj * flow_adj, then contracts, then caps.

    `size_pct` is before caps, `size_pct_final` after. `caps` names each cap that bit.
    `no_trade` is a reason code ("below_min", ...) or None. Money in USD, sizes in contracts.
    """

    rule: str  # "table" or "power"
    base_risk_pct: float
    confidence: int
    multiplier: float
    vol_adj: float
    flow_adj: float
    size_pct: float
    size_pct_final: float
    atr_pct: float | None
    loss_per_coin_usd: Decimal
    contracts_before_caps: Decimal
    contracts: Decimal
    notional_usd: Decimal
    loss_usd: Decimal
    leverage: int
    caps: tuple[str, ...]
    no_trade: str | None
    shadow: dict[str, float]  # size% under the rules that are only logged (row R2)
    flip_share: float = 1.0  # below 1 the plan reverses another and is small (signals.md 7.3)
