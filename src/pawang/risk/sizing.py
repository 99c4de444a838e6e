"""size% = base_risk% * multiplier * vol_adj * flow_adj: RISK at the stop, costs included.
A plan that reverses another takes 0.3 of it.

Rows R1-R3, signals.md 8. The factors are float statistics; they become Decimal once, at the
units, and from there on everything is money. Floor to whole lots, never round up. What may bite
afterwards is `caps.py`.
"""

from decimal import Decimal
from math import isfinite

from msgspec.structs import replace

from pawang.model.codec import Record
from pawang.model.decision import Edge
from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument, PositionTier
from pawang.model.market import Side
from pawang.model.sizing import AccountView, Sizing
from pawang.model.view import EtfView
from pawang.risk.caps import CapParams, Draft, apply_caps, quarter_kelly_pct

RULES = ("table", "power")
VOL_MODES = ("table", "off", "inverse")
UNCALIBRATED_MAX = 1.0  # honesty rule: a prior earns no boost with real money (row L1)


class SizingParams(Record):
    rule: str = "table"  # "table" or "power" (row R2)
    vol_mode: str = "table"  # "table", "off" or "inverse" (signals.md 8.3)
    multipliers: tuple[float, float, float, float] = (0.5, 1.0, 1.3, 1.6)  # <60, -70, -80, >80
    band_70: str = "low"  # the one true ambiguity resolves to the smaller size
    atr_pivot_pct: float = 0.8  # ATR 1h that leaves the size alone
    vol_clamp: tuple[float, float] = (0.8, 1.25)
    power_pivot: float = 70.0
    power_exponent: float = 1.2
    flow_boost: float = 1.1
    flow_min_usd: float = 50_000_000.0  # strictly more than this
    flow_age_max_days: int = 3  # US business days; an older figure is stale (signals.md 2.3)
    flow_coin: str = "BTC"
    flow_direction_aware: bool = False  # True keeps the boost for LONG
    cap_until_calibrated: bool = True  # a live order's multiplier stays at 1.0 on a prior (L1)
    maker_fee: Decimal = Decimal("0.0002")  # entry
    taker_fee: Decimal = Decimal("0.0005")  # stop
    slippage: Decimal = Decimal("0.0002")  # of the stop
    flip_share: float = 0.3  # of the usual size, for a plan that reverses another (7.3)
    caps: CapParams = CapParams()

    def __post_init__(self) -> None:
        # A ValueError here is what the config reader turns into words with the key's path.
        if self.rule not in RULES:
            raise ValueError(f"rule must be one of {', '.join(RULES)}")
        if self.vol_mode not in VOL_MODES:
            raise ValueError(f"vol_mode must be one of {', '.join(VOL_MODES)}")
        if self.band_70 not in ("low", "high"):
            raise ValueError("band_70 must be low or high")


class SizingRequest(Record):
    """What is asked. `entry` is the zone's worst edge; `etf_net_usd` None = not fresh."""

    coin: str
    side: Side
    entry: Decimal
    stop: Decimal
    confidence: int
    calibrated: bool
    atr_pct: float | None
    etf_net_usd: float | None
    instrument: Instrument
    tiers: tuple[PositionTier, ...]
    account: AccountView
    depth_10bp_usd: float | None
    edge: Edge | None = None  # measured; None until calibrated
    flip: bool = False


def size(request: SizingRequest, params: SizingParams) -> Sizing:
    """The whole reckoning. Raises BadInput for what is not a trade at all."""
    _check(request)
    earned = multiplier(request.confidence, params)
    factor = _capped(earned, request, params)
    size_pct = _size_pct(request, params)
    loss = loss_per_coin(request.instrument, request.entry, request.stop, params)
    draft = apply_caps(
        Draft(
            size_pct=size_pct,
            loss_per_coin=loss,
            entry=request.entry,
            stop=request.stop,
            instrument=request.instrument,
            account=request.account,
            tiers=request.tiers,
            depth_10bp_usd=request.depth_10bp_usd,
            kelly_pct=None if request.edge is None else quarter_kelly_pct(request.edge),
        ),
        params.caps,
    )
    named = (f"uncalibrated {UNCALIBRATED_MAX}×",) if factor < earned else ()
    return Sizing(
        rule=params.rule,
        base_risk_pct=request.account.base_risk_pct,
        confidence=request.confidence,
        multiplier=factor,
        vol_adj=vol_adj(request.atr_pct, params),
        flow_adj=flow_adj(request.coin, request.side, request.etf_net_usd, params),
        size_pct=size_pct,
        size_pct_final=draft.size_pct,
        atr_pct=request.atr_pct,
        loss_per_coin_usd=loss,
        contracts_before_caps=draft.contracts_before_caps,
        contracts=draft.contracts,
        notional_usd=draft.notional_usd(draft.contracts),
        loss_usd=draft.loss_usd(draft.contracts),
        leverage=draft.leverage,
        caps=(*named, *draft.caps),
        no_trade=draft.no_trade,
        shadow=_shadow(request, params),
        flip_share=params.flip_share if request.flip else 1.0,
    )


def loss_per_coin(
    instrument: Instrument, entry: Decimal, stop: Decimal, params: SizingParams
) -> Decimal:
    """|E - SL| + E * maker + SL * (taker + slippage): what one coin loses at the stop (8.2).

    An inverse contract of V dollars loses coins: V/SL - V/E, and pays V/E * maker and
    V/SL * (taker + slippage) of them (okx-v5.md 10.4). At the stop a coin is worth SL, and V/E of
    them were bought, which makes |E - SL| + SL * maker + E * (taker + slippage) each.

    >>> sol = Instrument.swap("SOL", contract_value=Decimal(1), tick_size=Decimal("0.01"),
    ...                       lot_size=Decimal("0.01"))
    >>> loss_per_coin(sol, Decimal("221.375"), Decimal("220.6001875"), SizingParams())
    Decimal('0.97350763125')
    """
    way_out = params.taker_fee + params.slippage
    paid_at = (entry, stop) if instrument.linear else (stop, entry)
    return abs(entry - stop) + paid_at[0] * params.maker_fee + paid_at[1] * way_out


# The factors.


def multiplier(confidence: float, params: SizingParams) -> float:
    """What the confidence as shown earns: 60 and 70 give 1.0, 80 gives 1.3 (8.1).

    Under the power rule (conf/70)^1.2. Raises BadInput outside 0-100.
    """
    if not 0 <= confidence <= 100:  # NaN compares false and is refused here too
        raise BadInput(f"confidence must be from 0 to 100, not {confidence}")
    if params.rule == "power":
        return _clean((confidence / params.power_pivot) ** params.power_exponent)
    low, middle, high, top = params.multipliers
    if confidence < 60:
        return low
    if confidence < 70 or (confidence == 70 and params.band_70 == "low"):
        return middle
    return high if confidence <= 80 else top


def vol_adj(atr_pct: float | None, params: SizingParams) -> float:
    """clamp(ATR% / 0.8, 0.8, 1.25); unknown ATR leaves the size alone.

    The power rule has no floor: it follows a dying market down to no size at all (8.1).

    >>> [vol_adj(atr, SizingParams()) for atr in (0.4, 0.64, 0.72, 0.8, 0.88, 1.0, 1.2, None)]
    [0.8, 0.8, 0.9, 1.0, 1.1, 1.25, 1.25, 1.0]
    """
    if atr_pct is None or params.vol_mode == "off":
        return 1.0
    low, high = params.vol_clamp
    if params.vol_mode == "inverse":
        return high if atr_pct == 0 else _clean(min(high, max(low, params.atr_pivot_pct / atr_pct)))
    floor = 0.0 if params.rule == "power" else low
    return _clean(min(high, max(floor, atr_pct / params.atr_pivot_pct)))


def flow_adj(coin: str, side: Side, net_usd: float | None, params: SizingParams) -> float:
    """1.1 for BTC when fresh net inflow is strictly above $50M, else 1 (2.4)."""
    if coin != params.flow_coin or net_usd is None or not net_usd > params.flow_min_usd:
        return 1.0
    if params.flow_direction_aware and side is not Side.LONG:
        return 1.0
    return params.flow_boost


def fresh_flow_usd(etf: EtfView | None, params: SizingParams) -> float | None:
    """The net flow a size may lean on: complete and not stale, else None (2.3)."""
    if etf is None or not etf.complete or etf.business_days > params.flow_age_max_days:
        return None
    return etf.flow_usd


def _size_pct(request: SizingRequest, params: SizingParams) -> float:
    factor = _capped(multiplier(request.confidence, params), request, params)
    vol = vol_adj(request.atr_pct, params)
    flow = flow_adj(request.coin, request.side, request.etf_net_usd, params)
    share = params.flip_share if request.flip else 1.0
    return _clean(request.account.base_risk_pct * factor * vol * flow * share)


def _capped(earned: float, request: SizingRequest, params: SizingParams) -> float:
    on_a_prior = request.account.live and not request.calibrated and params.cap_until_calibrated
    return min(earned, UNCALIBRATED_MAX) if on_a_prior else earned


def _shadow(request: SizingRequest, params: SizingParams) -> dict[str, float]:
    """size% with one thing changed from what is in force; logged, never traded (row R2)."""
    others = {
        **{rule: replace(params, rule=rule) for rule in RULES},
        **{f"vol_{mode}": replace(params, vol_mode=mode) for mode in VOL_MODES},
        "flow_literal": replace(params, flow_direction_aware=False),
        "flow_direction_aware": replace(params, flow_direction_aware=True),
    }
    return {name: _size_pct(request, other) for name, other in others.items() if other != params}


def _clean(value: float) -> float:
    # 0.88 / 0.8 is 1.1 to a person, and ten decimals are far below a lot.
    return round(value, 10)


# The border.


def _check(request: SizingRequest) -> None:
    """Words for whoever gave it; nothing is guessed or mended."""
    _check_prices(request)
    if type(request.confidence) is not int or not 0 <= request.confidence <= 100:
        raise BadInput(f"confidence must be a whole number from 0 to 100, not {request.confidence}")
    account = request.account
    if not (account.equity_usd.is_finite() and account.equity_usd > 0):
        raise BadInput(f"equity must be above 0, not {account.equity_usd}")
    if not (isfinite(account.base_risk_pct) and account.base_risk_pct > 0):
        raise BadInput(f"risk must be a percentage above 0, not {account.base_risk_pct}")
    for name, value in (
        ("ATR", request.atr_pct),
        ("depth", request.depth_10bp_usd),
        ("open risk", account.open_risk_pct),
        ("day loss", account.day_loss_pct),
        ("drawdown", account.drawdown_pct),
    ):
        if value is not None and not (isfinite(value) and value >= 0):
            raise BadInput(f"{name} must be a number of at least 0, not {value}")
    if request.etf_net_usd is not None and not isfinite(request.etf_net_usd):
        raise BadInput(f"ETF flow must be a number, not {request.etf_net_usd}")


def _check_prices(request: SizingRequest) -> None:
    for name, price in (("entry", request.entry), ("stop", request.stop)):
        if not (price.is_finite() and price > 0):
            raise BadInput(f"{name} must be a price above 0, not {price}")
    if request.entry == request.stop:
        raise BadInput("the stop stands at the entry: nothing would be at risk")
    if request.side is Side.NEUTRAL:
        raise BadInput("a size needs a side, LONG or SHORT")
    if (request.stop < request.entry) != (request.side is Side.LONG):
        where = "below" if request.side is Side.LONG else "above"
        raise BadInput(f"the stop of a {request.side} must stand {where} the entry")
