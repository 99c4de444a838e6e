"""Every cap of signals.md 8.2: shown to bite, named, and silent at its bound."""

from decimal import Decimal as D

import pytest
from msgspec.structs import replace

from pawang.model.decision import Edge
from pawang.model.market import Side
from pawang.risk import SizingParams, size
from pawang.risk.caps import CapParams, liquidation_leverage, quarter_kelly_pct

PARAMS = SizingParams()


def with_caps(**fields: object) -> SizingParams:
    return replace(PARAMS, caps=replace(PARAMS.caps, **fields))


def test_an_unhurt_size_names_no_cap(request_of):
    assert size(request_of(), PARAMS).caps == ()


def test_2_5_percent_per_trade(request_of):
    made = size(request_of(base_risk_pct=2.0, entry=D(221), stop=D(218)), PARAMS)
    assert (made.size_pct, made.size_pct_final) == (2.86, 2.5)
    assert made.caps == ("2.5% per trade",)
    assert made.contracts < made.contracts_before_caps


def test_3_percent_of_open_risk_over_all_plans(request_of):
    made = size(request_of(open_risk_pct=2.0), PARAMS)
    assert (made.size_pct_final, made.caps) == (1.0, ("3% open risk",))
    assert size(request_of(open_risk_pct=1.57), PARAMS).caps == ()


def test_no_open_risk_left_is_no_trade(request_of):
    made = size(request_of(open_risk_pct=3.0), PARAMS)
    assert (made.no_trade, made.contracts, made.size_pct_final) == ("open_risk", 0, 0.0)


def test_5_equities_of_notional(request_of):
    # A stop of 0.1 % would want 6.9 equities.
    tight = {"stop": D("221.15"), "confidence": 87}
    made = size(request_of(**tight), PARAMS)
    assert made.caps == ("5× notional",)
    assert D("4.99") * 10_000 < made.notional_usd <= 50_000
    assert made.size_pct_final < made.size_pct


def test_open_positions_use_up_the_notional(request_of):
    made = size(request_of(open_notional_usd=D(20_000)), PARAMS)
    assert made.caps == ("5× notional",)
    assert made.notional_usd <= 30_000


def test_10_percent_of_the_visible_depth(request_of):
    made = size(request_of(depth_10bp_usd=200_000.0), PARAMS)
    assert made.caps == ("10% of depth",)
    assert made.notional_usd <= 20_000


def test_unknown_depth_is_not_no_depth(request_of):
    assert size(request_of(depth_10bp_usd=None), PARAMS).contracts > 0
    assert size(request_of(depth_10bp_usd=0.0), PARAMS).no_trade == "below_min"


def test_30_percent_of_margin(request_of):
    made = size(request_of(), with_caps(leverage_max=5))
    assert made.caps == ("30% margin",)
    assert (made.leverage, made.notional_usd <= 15_000) == (5, True)


def test_open_positions_use_up_the_margin(request_of):
    made = size(request_of(open_margin_usd=D(2_000)), PARAMS)
    # 1,000 USD of margin is left: 32,518 would need 33x, 20x carries 20,000.
    assert (made.leverage, made.caps) == (20, ("30% margin",))
    assert made.notional_usd <= 20_000
    assert size(request_of(open_margin_usd=D(3_000)), PARAMS).no_trade == "below_min"


def test_the_smallest_whole_leverage_is_taken(request_of):
    for risk, leverage in ((0.05, 1), (0.092, 1), (0.093, 2), (1.0, 11)):
        made = size(request_of(base_risk_pct=risk), PARAMS)
        assert made.leverage == leverage
        assert made.notional_usd / leverage <= 3_000


def test_a_day_loss_of_3_percent_is_no_trade(request_of):
    made = size(request_of(day_loss_pct=3.0), PARAMS)
    assert (made.no_trade, made.caps) == ("day_loss", ("3% day loss",))
    assert size(request_of(day_loss_pct=2.99), PARAMS).no_trade is None


def test_8_percent_below_the_peak_halves_the_size(request_of):
    made = size(request_of(drawdown_pct=8.0), PARAMS)
    assert (made.size_pct, made.size_pct_final, made.caps) == (1.43, 0.715, ("drawdown",))
    assert size(request_of(drawdown_pct=7.99), PARAMS).caps == ()


def test_the_drawdown_halves_what_the_cap_per_trade_left(request_of):
    made = size(request_of(base_risk_pct=2.0, drawdown_pct=9.0), PARAMS)
    assert (made.size_pct_final, made.caps) == (1.25, ("2.5% per trade", "drawdown"))


def test_below_the_smallest_order_is_no_trade_never_a_larger_one(request_of):
    made = size(request_of("BTC", equity_usd=D(2)), PARAMS)
    assert (made.no_trade, made.contracts, made.notional_usd, made.loss_usd) == (
        "below_min",
        0,
        0,
        0,
    )
    assert made.leverage == 1


def test_exactly_the_smallest_order_trades(request_of):
    asked = request_of()
    instrument = replace(asked.instrument, size_min=D("146.89"))
    assert size(replace(asked, instrument=instrument), PARAMS).no_trade is None
    above = replace(asked.instrument, size_min=D("146.90"))
    assert size(replace(asked, instrument=above), PARAMS).no_trade == "below_min"


def test_a_high_tier_that_allows_less_leverage_is_left_for_a_lower_one(request_of, tier_of):
    tiers = (tier_of(1, 0, 100, "0.004", 50), tier_of(2, 101, 10_000, "0.01", 5))
    made = size(request_of(tiers=tiers), PARAMS)
    # Tier 2 carries 15,000 USD = 67 contracts at 5x, tier 1 a hundred.
    assert (made.contracts, made.caps) == (D(100), ("tier 1",))
    assert made.leverage == 8


def test_the_order_of_the_tiers_does_not_matter(request_of, tier_of):
    tiers = (tier_of(1, 0, 100, "0.004", 50), tier_of(2, 101, 10_000, "0.01", 20))
    made = size(request_of(tiers=tiers), PARAMS)
    assert made == size(request_of(tiers=tiers[::-1]), PARAMS)
    assert (made.contracts, made.caps) == (D("146.89"), ())


def test_beyond_the_last_tier_nothing_is_held(request_of, tier_of):
    made = size(request_of(tiers=(tier_of(1, 0, 50, "0.004", 50),)), PARAMS)
    assert (made.contracts, made.caps) == (D(50), ("tier 1",))


def test_without_known_tiers_the_majors_first_tier_is_assumed(request_of):
    assert size(request_of(tiers=()), PARAMS) == size(request_of(), PARAMS)


def test_the_instruments_own_leverage_is_a_limit(request_of):
    asked = request_of()
    instrument = replace(asked.instrument, leverage_max=D(3))
    assert size(replace(asked, instrument=instrument), PARAMS).leverage == 3


def test_several_caps_are_named_in_the_order_they_bit(request_of):
    made = size(
        request_of(
            base_risk_pct=2.0,
            drawdown_pct=9.0,
            depth_10bp_usd=100_000.0,
            live=True,
            calibrated=False,
            confidence=90,
            atr_pct=1.2,
        ),
        with_caps(leverage_max=1, size_pct_max=2.0),
    )
    assert made.caps == (
        "uncalibrated 1.0×",
        "2% per trade",
        "drawdown",
        "10% of depth",
        "30% margin",
    )


# Liquidation


@pytest.mark.parametrize(("a", "most"), [("0.25", 83), ("0.35", 66), ("0.60", 44)])
def test_liquidation_stays_three_stops_away(request_of, a: str, most: int):
    made = liquidation_leverage(
        request_of().instrument, D(100), 100 - D(a), D("0.004"), CapParams()
    )
    assert made == most


@pytest.mark.parametrize("linear", [True, False])
@pytest.mark.parametrize("side", [Side.LONG, Side.SHORT])
@pytest.mark.parametrize("a", ["0.25", "0.60", "5", "20"])
def test_the_leverage_is_the_highest_that_keeps_the_distance(
    request_of, linear: bool, side: Side, a: str
):
    entry, stop = D(60_000), 60_000 * (1 - side.sign * D(a) / 100)
    instrument = replace(request_of().instrument, linear=linear)

    def worth_keeping(leverage: int) -> bool:
        """Three stops away the margin still maintains the position and pays its liquidation,
        per USD at the entry (signals.md 6.2, okx-v5.md 10.4)."""
        price = entry - 3 * side.sign * abs(entry - stop)
        if linear:
            left = 1 / D(leverage) + side.sign * (price / entry - 1)
            return left >= D("0.0045") * price / entry
        left = 1 / D(leverage) + side.sign * (1 - entry / price)
        return left >= D("0.0045") * entry / price

    most = liquidation_leverage(instrument, entry, stop, D("0.004"), CapParams())
    assert most == 0 or worth_keeping(most)
    assert not worth_keeping(most + 1)


def test_an_inverse_long_bears_less_leverage_than_a_linear_one(request_of):
    linear = request_of().instrument
    inverse = replace(linear, linear=False)
    both = [
        liquidation_leverage(one, D(100), D(95), D("0.004"), CapParams())
        for one in (linear, inverse)
    ]
    assert both == [6, 5]


def test_no_leverage_stands_three_stops_that_reach_below_nothing(request_of):
    instrument = request_of().instrument
    assert liquidation_leverage(instrument, D(100), D(60), D("0.004"), CapParams()) == 0


def test_100x_is_always_refused(request_of):
    wild = with_caps(leverage_max=100, margin_share_max=D("0.03"), notional_times_max=D(50))
    made = size(request_of(), wild)
    assert made.leverage <= 66


def test_a_stop_too_wide_for_any_leverage_is_no_trade(request_of):
    short = request_of(side=Side.SHORT, stop=D(300))
    assert size(short, PARAMS).no_trade == "liquidation_near"


def edge(low: float, payoff: float = 0.53 / 0.42) -> Edge:
    return Edge(chance=0.6, chance_low=low, expected_pct=0.1, payoff=payoff, source="snp-SOL-1")


@pytest.mark.parametrize(
    ("low", "kelly_pct"), [(0.40, 0.0), (0.45, 0.3538), (0.50, 2.5943), (0.4420, 0.0)]
)
def test_kelly_is_a_quarter_of_the_fraction_of_8_4_and_nothing_without_an_edge(low, kelly_pct):
    # 25 * (p - (1 - p) / 1.262): the example's p .45 -> .0142 of equity, .50 -> .1038.
    assert quarter_kelly_pct(edge(low)) == pytest.approx(kelly_pct, abs=0.01)


def test_once_calibrated_a_thin_edge_caps_the_size_and_is_named(request_of):
    made = size(request_of(edge=edge(0.45)), PARAMS)
    assert made.size_pct == 1.43
    assert made.size_pct_final == pytest.approx(0.3538, abs=1e-3)
    assert made.caps == ("¼ Kelly",)


def test_a_good_edge_never_makes_a_size_larger(request_of):
    assert size(request_of(edge=edge(0.80)), PARAMS) == size(request_of(), PARAMS)


def test_no_edge_is_no_trade(request_of):
    made = size(request_of(edge=edge(0.40)), PARAMS)
    assert (made.no_trade, made.contracts) == ("below_min", 0)
