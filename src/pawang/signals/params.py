"""The knobs of the rules, each with its default from signals.md and a reason.

They ride in the params a decision's hash is taken of: change one, and replay still knows.
"""

from pawang.model.codec import Record


class SentimentParams(Record):
    """Weights sum to 1; ages are those of each source's own cadence (signals.md 3)."""

    weight_fng: float = 0.25  # daily and BTC-only: small
    weight_fund: float = 0.20
    weight_lsr: float = 0.15
    weight_basis: float = 0.15
    weight_oi: float = 0.25
    age_max_fng_s: float = 36 * 3600  # published once a day, late now and then
    age_max_fund_s: float = 600
    age_max_lsr_s: float = 900  # the venue makes one every 5 min
    age_max_basis_s: float = 120
    age_max_oi_s: float = 600
    z_max: float = 5.0  # beyond this a z says "broken series", not "stronger crowd"
    oi_falling_share: float = 0.5  # closing positions say half of what opening ones do
    weight_fresh_min: float = 0.5  # fewer voices than this are no crowd


class BiasParams(Record):
    """Knobs of the bias; the weights reproduce the sample message: 87 % (signals.md 4.1)."""

    lead_coin: str = "BTC"  # the ETF speaks through it, alts inherit from it
    weight_whale: float = 1.2
    weight_etf: float = 1.0
    weight_sentiment: float = 0.65  # mixed evidence in the literature: the smallest
    weight_lead: float = 1.0  # the ETF's seat: an alt without BTC shrinks like BTC without ETF
    whale_window_s: int = 300  # one slot of the schedule
    etf_scale_usd: float = 100_000_000  # tanh(1) of the way at a 100 M day
    etf_age_max_days: int = 3  # US business days; older is stale
    lead_age_max_s: float = 600  # two slots: a lead that stopped talking is no lead
    rho_prior: float = 0.6  # alts follow BTC about this much
    rho_shrink: float = 0.5  # half measured, half prior
    rho_max: float = 0.9
    raw_min: float = 55.0
    raw_disagree: float = 65.0  # above it one side is strong enough to overrule the other
    raw_flip: float = 60.0  # a flip this sure needs no second look
    x_disagree: float = 0.3
    x_mark: float = 0.2  # below it a pillar earns no tick in the message
    pillars_min: int = 2
    age_max_s: float = 10.0  # a book older than this is no market
    spread_medians_max: float = 5.0
    funding_z_max: float = 3.0
    funding_window_s: float = 300.0
    sentiment: SentimentParams = SentimentParams()


class SniperParams(Record):
    """Knobs of the sniper; all from signals.md 7.1 and 7.2. Percentages of the entry price."""

    age_max_s: float = 2.0  # a plan on an older book is a plan for another market
    spread_max_bps: float = 3.0
    spread_medians_max: float = 3.0
    bias_age_max_s: float = 360.0  # one bias slot and a minute of grace
    wall_near_bps: float = 5.0  # nearer is no pullback
    wall_far_bps: float = 40.0  # farther is not reached within the expiry
    imbalance_min: float = 0.3  # of depth within 10 bp, instead of a wall
    imbalance_hold_s: float = 10.0
    imbalance_anchor_bps: float = 5.0  # how far behind the best quote such a zone stands
    zone_ticks: int = 2
    zone_pct: float = 0.05
    invalidation_ticks: int = 2
    invalidation_pct: float = 0.03
    invalidation_atr: float = 0.15  # of ATR(5m): beyond the usual flicker
    stop_min_pct: float = 0.25  # nearer is inside the noise: widened to this
    stop_max_pct: float = 0.60  # farther: no trade, a stop is never tightened
    target_min_stops: float = 0.8  # TP1 pays at least this much of the stop
    target_step_pct: float = 0.15  # from one target to the next
    target_front_ticks: int = 2  # in front of the magnet, where others do not wait
    trail_atr: float = 1.5  # the runner's, where no third magnet stands
    shares_pct: tuple[int, int, int] = (50, 30, 20)
    fee_maker_pct: float = 0.02  # VIP0
    fee_taker_pct: float = 0.05
    fee_share_max: float = 0.30  # of the stop distance
    reward_risk1_min: float = 0.55
    reward_risk2_min: float = 1.2
    magnets_min: int = 2
    funding_window_s: float = 120.0
    expiry_s: int = 360  # two cycles
    time_stop_s: int = 3600
    quantile_sds: float = 0.8416  # the 20 % quantile of a calibrated chance (7.2)
    flip_raw_max: float = 65.0  # a bias surer than this against a flip forbids it (7.3)
    flip_cool_s: int = 600  # before a coin's plan may be reversed again (7.3)
    usual_pullback_pct: float = 0.10  # of a hypothetical plan where no anchor stood
    usual_stop_pct: float = 0.35  # and its stop without ATR; TP1 and TP2 are those of 7.2's example
    usual_stop_atrs: float = 1.5  # of ATR(5m), within the stop's own limits
    usual_target_stops: float = 0.8
    usual_target_next_stops: float = 1.714
    slippage_pct: float = 0.02  # of a hypothetical plan's taker exits


class SignalParams(Record):
    """The knobs of every signal."""

    bias: BiasParams = BiasParams()
    sniper: SniperParams = SniperParams()
