"""Every knob of the market room, with its default and the reason for it."""

from typing import Literal

from pawang.model.codec import Record

LEVERAGE_MIX = (
    (3.0, 0.05),
    (5.0, 0.10),
    (10.0, 0.25),
    (20.0, 0.20),
    (25.0, 0.12),
    (50.0, 0.15),
    (75.0, 0.05),
    (100.0, 0.08),
)
"""Leverage and its share of what is opened (signals.md 6.3, a prior; sums to 1)."""


class MarketParams(Record):
    """Defaults are those of signals.md 1 to 6 unless the line says otherwise."""

    lead: str = "BTC"  # alts are scaled and correlated against it

    # Book.
    book_stale_s: float = 10.0  # an older book is unknown (4.1, A03)
    spread_points_min: int = 10  # minutes of spread before its median means anything
    jump_share: float = 0.05  # a price this far from the last minute's median is absurd (A20)
    halt_s: float = (
        5.0  # absurd prices for longer halt the coin, sane ones for as long end it (A20)
    )
    frozen_s: float = 30.0  # a touch that stands so long while trades print is frozen (A22)
    frozen_turnover: float = 2.0  # ... and they print this many times its size
    frozen_prints: int = 10  # ... in at least so many trades

    # Flow.
    parent_gap_ms: int = 5  # prints closer than this may be one sweep (1.2)
    parent_cap_ms: int = 100  # a sweep never lasts longer (1.2)
    windows_s: tuple[int, ...] = (60, 300, 3600)  # 300 is the bias window (1.3)
    kappa: float = 1.25  # repairs the long memory of order signs, until it is measured (1.3)
    kappa_min: float = 1.0  # chance itself (1.3)
    kappa_max: float = 2.5  # wider than this is a broken feed, not a memory (1.3)
    kappa_days: int = 7  # trailing (1.3)
    kappa_windows_min: int = 100  # fewer know their spread to 7 % at best
    threshold_mode: Literal["equal_impact", "fixed", "quantile"] = "equal_impact"  # (1.4)
    theta_usd: float = 1_000_000.0  # the literal whale gate, and theta while unknown (1.4)
    theta_usd_min: float = 100_000.0  # equal impact is clamped here (1.4)
    theta_days: int = 7  # ADV and volatility look this far back, parents too (1.4)
    theta_quantile: float = 0.999  # of a coin's parents, where that is the mode (1.4)
    theta_parents_min: int = 10_000  # fewer hold no ten beyond p99.9

    # Wash defences (1.5) and forced flow (1.1).
    pair_s: float = 1.0  # opposite twins within this long are a wash
    pair_share: float = 0.01  # twins differ by this share of the larger at most
    impact_before_ms: int = 100  # where the mid stood before a parent
    impact_after_ms: int = 1_000  # and after it
    impact_weight: float = 0.5  # of a parent that the mid went against
    parent_share_max: float = 0.5  # of the window's gross, for one parent
    forced_s: float = 2.0  # a liquidation this near a parent may be part of it
    medium_from: float = 0.90  # informed money hides in the middle: p90 to p99 (1.5)
    medium_to: float = 0.99
    medium_parents_min: int = 1_000  # fewer make no p99

    # Order flow at the touch.
    flow_windows_s: tuple[int, ...] = (10, 30)  # what a view tells; the last one cuts (5.2, 7.3)
    flow_span_h: int = 6  # windows this old are what is usual now
    flow_points_min: int = 120  # windows before a z means anything: an hour of the longer ones
    flow_turn_z: float = 3.0  # past it, against a plan, the plan is cut (7.3)

    # Walls.
    bucket_bps: float = 1.0  # buckets of max(tick, 1 bp) (5.4)
    wall_reach_bps: float = 100.0  # nothing further is a wall (5.4)
    wall_half_life_s: float = 600.0  # of the bands' median and MAD (5.4)
    wall_z: float = 6.0  # robust sigmas above its band (5.4)
    wall_usd_min: float = 250_000.0  # or half of theta, whichever is more (5.4)
    wall_age_s: float = 30.0  # 80 % of candidates die within 5 s (finding 4)
    wall_hold: float = 0.6  # share of its peak it must keep all that while (5.4)
    wall_pull_max: float = 0.7  # above it, walls of that band are mostly mirages (5.4)
    collapse_share: float = 0.4  # of the trailing 10-s median (5.4)
    collapse_samples: int = 3  # consecutive books of 100 ms (5.4)
    collapse_reach_bps: float = 50.0  # farther from mid it is nobody's business (5.4)
    collapse_cool_s: float = 30.0  # one event a wall (5.4)

    # Magnets.
    maintenance_rate: float = 0.004  # tier 1 of the majors (6.2), until the tiers are listed
    tier_mix: tuple[float, ...] = (0.7, 0.2, 0.1)  # a guess: most of it stands in small positions
    taker_fee: float = 0.0005  # paid at the liquidation (6.2)
    leverage_mix: tuple[tuple[float, float], ...] = LEVERAGE_MIX
    cross_share: float = 0.25  # cross margin: no knowable price, spread out (6.2)
    cross_median: float = 0.08  # lognormal distance of cross liquidations (6.2)
    cross_sigma: float = 0.6  # and its spread (6.2)
    churn_tau_h: float = 24.0  # turnover halves a position's place in a day (6.3)
    close_preference: float = 0.6  # of a close, from the side the takers close (6.3)
    magnet_reach: float = 0.03  # of mid, either side (6.3)
    magnet_merge_bps: float = 10.0  # closer ones are one (6.3)
    magnet_warm_h: float = 24.0  # of open interest, back-fill included (6.3)
    magnet_stale_s: float = 3600.0  # without fresh open interest the map is history
    magnet_skew: float = 0.1  # of funding's z, by side (6.3, step 5)
    virgin_h: float = 4.0  # a bin left alone so long is asked what it foretold (6.5)
    magnets_validated: tuple[str, ...] = ()  # coins whose map passed `pawang backtest magnets`

    # Series.
    z_points_min: int = 200  # fewer make no z (3)
    z_clip: float = 5.0  # one spike is not ten (3)
    z_span_days: int = 30  # trailing (3)
    funding_settled_days: int = 90  # settled rows come 3 a day: 30 days never make 200
    atr_bars: int = 14  # Wilder's (8.1)
