"""What may bite after the rule has spoken; every cap that bites is named (signals.md 8.2).

First the caps in percent of equity, then contracts are floored, then the caps in money, each
again down to whole lots. Nothing here ever makes a size larger.

An inverse instrument's contracts are dollars and its margin is coin: it loses, and is liquidated,
by other formulas than a linear one, and both are here. Simple: without known depth the depth cap
is silent.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from msgspec.structs import replace

from pawang.model.codec import Record
from pawang.model.decision import Edge
from pawang.model.instrument import DOWN, Instrument, PositionTier
from pawang.model.sizing import AccountView

SIX_DECIMALS = Decimal("0.000001")


class CapParams(Record):
    size_pct_max: float = 2.5  # per trade
    open_risk_pct_max: float = 3.0  # over all plans; majors move as one
    notional_times_max: Decimal = Decimal(5)  # of equity, over all positions
    depth_share_max: Decimal = Decimal("0.10")  # of what is visible within 10 bp
    margin_share_max: Decimal = Decimal("0.30")  # of equity, over all positions
    leverage_max: int = 20  # 10 would make the margin cap an unspoken 3x notional cap
    liquidation_stops: Decimal = Decimal(3)  # liquidation at least this many stops away
    day_loss_pct: float = 3.0  # then no new trade until 00:00 UTC
    drawdown_pct: float = 8.0  # from the peak: half size
    maintenance_rate: Decimal = Decimal("0.004")  # tier 1 of the majors when no tier is known
    taker_fee: Decimal = Decimal("0.0005")  # paid by the liquidation


class Draft(Record):
    """A size on its way through the caps. The side shows in where the stop stands."""

    size_pct: float
    loss_per_coin: Decimal
    entry: Decimal
    stop: Decimal
    instrument: Instrument
    account: AccountView
    tiers: tuple[PositionTier, ...]
    depth_10bp_usd: float | None
    kelly_pct: float | None = None  # None until calibrated
    contracts_before_caps: Decimal = Decimal(0)
    contracts: Decimal = Decimal(0)
    leverage: int = 1
    caps: tuple[str, ...] = ()
    no_trade: str | None = None

    def notional_usd(self, contracts: Decimal) -> Decimal:
        return self.instrument.notional_usd(contracts, self.entry)

    def loss_usd(self, contracts: Decimal) -> Decimal:
        """At the stop, costs included."""
        return self.instrument.coins(contracts, self.entry) * self.loss_per_coin

    def contracts_for(self, usd: Decimal) -> Decimal:
        """Whole lots whose notional is at most `usd`; none for nothing or less."""
        return self.instrument.contracts_worth(usd, self.entry)

    def bitten(self, name: str, contracts: Decimal) -> "Draft":
        """At most `contracts` are left; named only if that is less."""
        if contracts >= self.contracts:
            return self
        return replace(self, contracts=contracts, caps=(*self.caps, name))


def apply_caps(draft: Draft, params: CapParams) -> Draft:
    """The draft with its contracts, leverage, final size%, caps and, maybe, its no-trade."""
    draft = replace(draft, contracts_before_caps=_contracts(draft))
    draft = _cap_percent(draft, params)
    wanted = _contracts(draft)
    draft = _cap_leverage(_cap_notional(replace(draft, contracts=wanted), params), params)
    if draft.no_trade is None and draft.contracts < draft.instrument.size_min:
        # Never bumped up to the minimum: that would be more risk than was asked for.
        draft = replace(draft, no_trade="below_min")
    if draft.no_trade is not None:
        return replace(draft, contracts=Decimal(0), size_pct=0.0, leverage=1)
    if draft.contracts < wanted:
        return replace(draft, size_pct=min(draft.size_pct, _loss_pct(draft)))
    return draft


def _contracts(draft: Draft) -> Decimal:
    budget = draft.account.equity_usd * Decimal(str(draft.size_pct)) / 100
    units = DOWN.divide(budget, draft.loss_per_coin)
    return draft.instrument.contracts_floor(units, draft.entry)


def _loss_pct(draft: Draft) -> float:
    """What is really at risk; rounded up, so that the loss never exceeds what is told."""
    share = 100 * draft.loss_usd(draft.contracts) / draft.account.equity_usd
    return float(share.quantize(SIX_DECIMALS, ROUND_CEILING))


def _cap_percent(draft: Draft, params: CapParams) -> Draft:
    account, size_pct = draft.account, draft.size_pct
    names: list[str] = []
    if size_pct > params.size_pct_max:
        size_pct = params.size_pct_max
        names.append(f"{params.size_pct_max:g}% per trade")
    if account.drawdown_pct >= params.drawdown_pct:
        size_pct /= 2  # of what it would have been, so after the cap per trade
        names.append("drawdown")
    if draft.kelly_pct is not None and size_pct > draft.kelly_pct:
        size_pct = draft.kelly_pct
        names.append("¼ Kelly")
    room = max(0.0, params.open_risk_pct_max - account.open_risk_pct)
    if size_pct > room:
        size_pct = room
        names.append(f"{params.open_risk_pct_max:g}% open risk")
    no_trade = "open_risk" if room <= 0 else None
    if account.day_loss_pct >= params.day_loss_pct:
        no_trade = "day_loss"
        names.append(f"{params.day_loss_pct:g}% day loss")
    return replace(draft, size_pct=size_pct, caps=tuple(names), no_trade=no_trade)


def quarter_kelly_pct(edge: Edge) -> float:
    """A quarter of p - (1 - p) / RR at the low end of the measured chance, percent of equity; a
    cap and never a booster (signals.md 8.4). Nothing where there is no edge.

    >>> edge = Edge(chance=0.5, chance_low=0.45, expected_pct=0.0, payoff=0.53 / 0.42, source="")
    >>> round(quarter_kelly_pct(edge), 2)
    0.35
    """
    fraction = edge.chance_low - (1 - edge.chance_low) / edge.payoff
    return 25.0 * max(0.0, fraction)


def _cap_notional(draft: Draft, params: CapParams) -> Draft:
    account = draft.account
    room = params.notional_times_max * account.equity_usd - account.open_notional_usd
    draft = draft.bitten(f"{params.notional_times_max}× notional", draft.contracts_for(room))
    if draft.depth_10bp_usd is None:
        return draft
    share = params.depth_share_max * Decimal(str(draft.depth_10bp_usd))
    return draft.bitten(f"{100 * params.depth_share_max:.0f}% of depth", draft.contracts_for(share))


# Leverage: margin, tiers and the distance to liquidation hang together.


def _cap_leverage(draft: Draft, params: CapParams) -> Draft:
    """The tier that allows most contracts, and the smallest leverage that carries them."""
    account = draft.account
    room = params.margin_share_max * account.equity_usd - account.open_margin_usd
    fitted = [_fit(draft, tier, room, params) for tier in _tiers(draft, params)]
    allowed = [one for one in fitted if one.leverage >= 1]
    if not allowed:
        return replace(draft, contracts=Decimal(0), no_trade=draft.no_trade or "liquidation_near")
    # max keeps the first of equals: the lowest tier.
    return max(allowed, key=lambda one: one.contracts)


def _fit(draft: Draft, tier: PositionTier, room: Decimal, params: CapParams) -> Draft:
    """The draft inside one tier; leverage 0 = this tier cannot keep liquidation far enough."""
    highest = min(
        liquidation_leverage(
            draft.instrument, draft.entry, draft.stop, tier.maintenance_rate, params
        ),
        int(tier.leverage_max),
        int(draft.instrument.leverage_max),
        params.leverage_max,
    )
    if highest < 1:
        return replace(draft, leverage=0)
    # A tier's end need not be a whole number of lots.
    whole = draft.instrument.lot_size * (tier.size_max // draft.instrument.lot_size)
    draft = draft.bitten(f"tier {tier.tier}", whole)
    name = f"{100 * params.margin_share_max:.0f}% margin"
    draft = draft.bitten(name, draft.contracts_for(room * highest))
    if draft.contracts == 0:
        return draft
    needed = int((draft.notional_usd(draft.contracts) / room).to_integral_value(ROUND_CEILING))
    # A quotient's 28th digit may round up past the bound that the contracts were cut to.
    return replace(draft, leverage=min(highest, max(1, needed)))


def _tiers(draft: Draft, params: CapParams) -> tuple[PositionTier, ...]:
    if draft.tiers:
        return tuple(sorted(draft.tiers, key=lambda tier: tier.tier))
    unknown = PositionTier(
        tier=1,
        size_min=Decimal(0),
        size_max=max(draft.contracts, draft.instrument.size_min),
        maintenance_rate=params.maintenance_rate,
        initial_rate=Decimal(1) / draft.instrument.leverage_max,
        leverage_max=draft.instrument.leverage_max,
    )
    return (unknown,)


def liquidation_leverage(
    instrument: Instrument,
    entry: Decimal,
    stop: Decimal,
    maintenance_rate: Decimal,
    params: CapParams,
) -> int:
    """The highest leverage whose liquidation is 3 stops away (signals.md 6.2, 8.2); 0 = none.

    Liquidation stands where what is left of the margin only just maintains the position and pays
    its liquidation. With c = m + f:

    linear,  margin in USD:  LONG E(1-1/L)/(1-c) <= E(1-3a), SHORT E(1+1/L)/(1+c) >= E(1+3a);
    inverse, margin in coin: LONG E(1+c)/(1+1/L) <= E(1-3a), SHORT E(1-c)/(1-1/L) >= E(1+3a).

    An inverse long is nearer to its liquidation: its margin loses worth with its position.

    >>> from pawang.model.instrument import Instrument
    >>> btc = Instrument.swap("BTC", contract_value=Decimal("0.01"), tick_size=Decimal("0.1"),
    ...                       lot_size=Decimal("0.01"))
    >>> [liquidation_leverage(btc, Decimal(100), Decimal(100) - a, Decimal("0.004"), CapParams())
    ...  for a in (Decimal("0.25"), Decimal("0.35"), Decimal("0.60"))]
    [83, 66, 44]
    """
    way = Decimal(-1) if stop < entry else Decimal(1)
    cost = maintenance_rate + params.taker_fee
    liquidated = 1 + way * params.liquidation_stops * abs(entry - stop) / entry  # in entries
    if liquidated <= 0:
        return 0  # nothing falls below nothing: no margin stands three such stops
    if instrument.linear:
        margin = way * (liquidated * (1 + way * cost) - 1)
    else:
        margin = way * (1 - (1 - way * cost) / liquidated)
    return int((1 / margin).to_integral_value(ROUND_FLOOR))
