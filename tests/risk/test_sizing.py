"""Sizes, rows R1-R3 and signals.md 2.4, 8.1, 8.2."""

from decimal import Decimal as D
from math import inf, nan

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.model.codec import decode, encode
from pawang.model.errors import BadInput
from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.sizing import AccountView, Sizing
from pawang.model.view import EtfView
from pawang.risk import (
    SizingParams,
    flow_adj,
    fresh_flow_usd,
    multiplier,
    size,
    vol_adj,
)
from pawang.risk.report import explain

TABLE = SizingParams()
POWER = SizingParams(rule="power")


# Factors


@pytest.mark.parametrize(
    ("coin", "net_usd", "adj"),
    [
        ("BTC", 50_000_000.0, 1.0),
        ("BTC", 50_000_001.0, 1.1),
        ("SOL", 300_000_000.0, 1.0),
        ("BTC", None, 1.0),  # stale: 300 M of five days ago come as None
        ("BTC", -300_000_000.0, 1.0),
    ],
)
def test_example_04_flow_boost(coin: str, net_usd: float | None, adj: float):
    assert flow_adj(coin, Side.LONG, net_usd, TABLE) == adj
    assert flow_adj(coin, Side.SHORT, net_usd, TABLE) == adj  # the literal rule is blind


def test_example_04_a_stale_figure_gives_no_boost():
    def adj(days: int, complete: bool = True) -> float:
        etf = EtfView(
            asset="BTC",
            trade_date="2025-09-12",
            flow_usd=300e6,
            business_days=days,
            complete=complete,
        )
        return flow_adj("BTC", Side.LONG, fresh_flow_usd(etf, TABLE), TABLE)

    assert [adj(0), adj(3), adj(4), adj(0, complete=False)] == [1.1, 1.1, 1.0, 1.0]
    assert fresh_flow_usd(None, TABLE) is None


def test_the_direction_aware_boost_is_for_longs():
    aware = replace(TABLE, flow_direction_aware=True)
    assert flow_adj("BTC", Side.LONG, 60e6, aware) == 1.1
    assert flow_adj("BTC", Side.SHORT, 60e6, aware) == 1.0


@pytest.mark.parametrize(
    ("confidence", "factor"),
    [(0, 0.5), (59, 0.5), (60, 1.0), (70, 1.0), (71, 1.3), (80, 1.3), (81, 1.6), (100, 1.6)],
)
def test_the_table_and_its_boundaries(confidence: int, factor: float):
    assert multiplier(confidence, TABLE) == factor


@pytest.mark.parametrize(
    ("confidence", "factor"),
    [(59.999, 0.5), (70.0, 1.0), (70.001, 1.3), (80.0, 1.3), (80.001, 1.6)],
)
def test_the_boundaries_for_what_is_not_whole(confidence: float, factor: float):
    assert multiplier(confidence, TABLE) == factor


def test_one_constant_turns_the_band_at_70():
    high = replace(TABLE, band_70="high")
    assert [multiplier(c, high) for c in (69, 70, 71)] == [1.0, 1.3, 1.3]


@pytest.mark.parametrize("confidence", [-1, 101, nan, inf, -inf])
def test_a_confidence_that_is_no_percentage_is_refused(confidence: float):
    for params in (TABLE, POWER):
        with pytest.raises(BadInput, match="0 to 100"):
            multiplier(confidence, params)


def test_the_power_curve_as_written():
    made = [round(multiplier(c, POWER), 4) for c in (50, 59, 60, 70, 80, 87, 90, 100)]
    assert made == [0.6678, 0.8145, 0.8311, 1.0, 1.1738, 1.2981, 1.3520, 1.5342]


def test_example_18_vol_adj():
    made = [vol_adj(atr, TABLE) for atr in (0.4, 0.64, 0.72, 0.8, 0.88, 1.0, 1.2)]
    assert made == [0.8, 0.8, 0.9, 1.0, 1.1, 1.25, 1.25]


def test_without_atr_the_size_is_left_alone():
    for mode in ("table", "off", "inverse"):
        assert vol_adj(None, replace(TABLE, vol_mode=mode)) == 1.0
        assert vol_adj(None, replace(POWER, vol_mode=mode)) == 1.0


def test_the_other_vol_modes():
    inverse = replace(TABLE, vol_mode="inverse")
    assert [vol_adj(atr, inverse) for atr in (0.0, 0.4, 0.8, 1.6)] == [1.25, 1.25, 1.0, 0.8]
    assert vol_adj(5.0, replace(TABLE, vol_mode="off")) == 1.0


def test_an_unknown_rule_or_mode_in_the_config_is_refused():
    for text in ('{"rule":"kelly"}', '{"vol_mode":"up"}', '{"band_70":"middle"}'):
        with pytest.raises(msgspec.ValidationError, match="must be"):
            decode(text.encode(), SizingParams)


# The numbered examples


@pytest.mark.parametrize(
    ("confidence", "atr", "flow", "table", "power"),
    [
        (87, 0.88, 1.0, 1.76, 1.4279),
        (87, 1.2, 1.1, 2.20, 1.7849),
        (75, 0.88, 1.0, 1.43, 1.1949),
        (55, 0.4, 1.0, 0.40, 0.3744),
        (70, 0.8, 1.1, 1.10, 1.10),
        (80, 0.8, 1.0, 1.30, 1.1738),
    ],
)
def test_example_18_both_rules(request_of, confidence, atr, flow, table, power):
    asked = request_of(
        "BTC", confidence=confidence, atr_pct=atr, etf_net_usd=60e6 if flow == 1.1 else 0.0
    )
    by_table, by_power = size(asked, TABLE), size(asked, POWER)
    assert by_table.size_pct == pytest.approx(table, abs=1e-9)
    assert round(by_power.size_pct, 4) == power
    assert by_table.shadow["power"] == by_power.size_pct
    assert by_power.shadow["table"] == by_table.size_pct


def test_the_largest_stack_is_2_2(request_of):
    made = size(request_of("BTC", confidence=100, atr_pct=9.0, etf_net_usd=1e9), TABLE)
    assert made.size_pct == pytest.approx(2.2, abs=1e-12)


def test_example_19_sol(request_of):
    made = size(request_of("SOL"), TABLE)
    assert replace(made, shadow={}) == Sizing(
        rule="table",
        base_risk_pct=1.0,
        confidence=75,
        multiplier=1.3,
        vol_adj=1.1,
        flow_adj=1.0,
        size_pct=1.43,
        size_pct_final=1.43,
        atr_pct=0.88,
        loss_per_coin_usd=D("0.97350763125"),
        contracts_before_caps=D("146.89"),
        contracts=D("146.89"),
        notional_usd=D("32517.77375"),
        loss_usd=D("146.89") * D("0.97350763125"),
        leverage=11,
        caps=(),
        no_trade=None,
        shadow={},
    )
    told = {name: round(size_pct, 4) for name, size_pct in made.shadow.items()}
    assert told == {
        "power": 1.1949,
        "vol_off": 1.3,
        "vol_inverse": 1.1818,
        "flow_direction_aware": 1.43,
    }
    assert round(made.loss_per_coin_usd, 6) == D("0.973508")


def test_example_19_btc(request_of):
    made = size(request_of("BTC", confidence=65, atr_pct=0.8), TABLE)
    assert (made.size_pct, made.contracts, made.leverage) == (1.0, D("34.03"), 7)
    assert made.notional_usd == D("20418")


def test_a_short_of_the_same_geometry_costs_a_little_more(request_of):
    long = size(request_of("BTC", confidence=65), TABLE)
    short = size(request_of("BTC", confidence=65, side=Side.SHORT, stop=D(60_240)), TABLE)
    assert short.loss_per_coin_usd - long.loss_per_coin_usd == D(480) * D("0.0007")


def test_a_size_is_stored_and_read_back_whole(request_of):
    made = size(request_of(), TABLE)
    assert decode(encode(made), Sizing) == made


# The honesty rule


def test_a_live_order_on_a_prior_earns_no_boost_and_says_so(request_of):
    live = size(request_of(confidence=87, calibrated=False, live=True), TABLE)
    assert (live.multiplier, live.size_pct) == (1.0, 1.1)
    assert live.caps == ("uncalibrated 1.0×",)


def test_the_cap_is_for_live_and_prior_only(request_of):
    for asked in (
        request_of(confidence=87, calibrated=False, live=False),
        request_of(confidence=87, calibrated=True, live=True),
    ):
        assert size(asked, TABLE).multiplier == 1.6
    off = replace(TABLE, cap_until_calibrated=False)
    assert size(request_of(confidence=87, calibrated=False, live=True), off).multiplier == 1.6


def test_a_prior_below_the_cap_is_not_raised_to_it(request_of):
    live = size(request_of(confidence=50, calibrated=False, live=True), TABLE)
    assert (live.multiplier, live.caps) == (0.5, ())


def test_the_cap_holds_for_the_power_rule_and_in_the_shadow(request_of):
    live = size(request_of(confidence=87, calibrated=False, live=True), POWER)
    assert live.multiplier == 1.0
    assert live.shadow["table"] == 1.1


# The border


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("confidence", -1, "confidence must be a whole number from 0 to 100, not -1"),
        ("confidence", 101, "confidence must be a whole number from 0 to 100, not 101"),
        ("confidence", 87.5, "confidence must be a whole number from 0 to 100, not 87.5"),
        ("confidence", nan, "confidence must be a whole number from 0 to 100, not nan"),
        ("confidence", True, "confidence must be a whole number from 0 to 100, not True"),
        ("entry", D(0), "entry must be a price above 0, not 0"),
        ("entry", D("NaN"), "entry must be a price above 0, not NaN"),
        ("stop", D(-1), "stop must be a price above 0, not -1"),
        ("stop", D("Infinity"), "stop must be a price above 0, not Infinity"),
        ("stop", D("221.375"), "the stop stands at the entry: nothing would be at risk"),
        ("stop", D(222), "the stop of a LONG must stand below the entry"),
        ("side", Side.SHORT, "the stop of a SHORT must stand above the entry"),
        ("side", Side.NEUTRAL, "a size needs a side, LONG or SHORT"),
        ("atr_pct", nan, "ATR must be a number of at least 0, not nan"),
        ("atr_pct", -0.1, "ATR must be a number of at least 0, not -0.1"),
        ("etf_net_usd", nan, "ETF flow must be a number, not nan"),
        ("depth_10bp_usd", -1.0, "depth must be a number of at least 0, not -1.0"),
        ("equity_usd", D(0), "equity must be above 0, not 0"),
        ("equity_usd", D(-5), "equity must be above 0, not -5"),
        ("equity_usd", D("NaN"), "equity must be above 0, not NaN"),
        ("base_risk_pct", 0.0, "risk must be a percentage above 0, not 0.0"),
        ("base_risk_pct", nan, "risk must be a percentage above 0, not nan"),
        ("open_risk_pct", nan, "open risk must be a number of at least 0, not nan"),
        ("drawdown_pct", inf, "drawdown must be a number of at least 0, not inf"),
    ],
)
def test_what_is_no_trade_is_refused_in_words(request_of, field: str, value, words: str):
    with pytest.raises(BadInput) as refused:
        size(request_of(**{field: value}), TABLE)
    assert str(refused.value) == words


# Laws


def _requests(request_of, **fixed):
    """Any sane account, stop and instrument."""

    def build(coin, side, stop_bps, confidence, atr, equity, base, lot, live, depth):
        entry = D("221.37") if coin == "SOL" else D("60000.1")
        stop = entry * (1 - side.sign * D(stop_bps) / 10_000)
        instrument = Instrument.swap(
            coin,
            contract_value=D(1) if coin == "SOL" else D("0.01"),
            tick_size=D("0.01"),
            lot_size=D(lot),
        )
        return request_of(
            coin,
            side=side,
            entry=entry,
            stop=stop,
            confidence=confidence,
            atr_pct=atr,
            instrument=instrument,
            depth_10bp_usd=depth,
            calibrated=not live,
            account=AccountView(equity_usd=D(equity), base_risk_pct=base, live=live),
        )

    return st.builds(
        build,
        coin=st.sampled_from(["SOL", "BTC"]),
        side=st.sampled_from([Side.LONG, Side.SHORT]),
        stop_bps=st.integers(1, 500),
        confidence=st.integers(0, 100),
        atr=st.none() | st.floats(0, 20),
        equity=st.integers(1, 10_000_000),
        base=st.floats(0.01, 2.0),
        lot=st.sampled_from(["0.01", "0.1", "1"]),
        live=st.booleans(),
        depth=st.none() | st.floats(0, 1e9),
    )


@settings(max_examples=200)
@given(st.data())
def test_the_loss_at_the_stop_never_exceeds_what_is_told(request_of, data):
    asked = data.draw(_requests(request_of))
    params = data.draw(st.sampled_from([TABLE, POWER]))
    made = size(asked, params)
    limit = asked.account.equity_usd * D(str(made.size_pct_final)) / 100
    assert made.loss_usd <= limit
    assert made.contracts % asked.instrument.lot_size == 0
    assert 0 <= made.contracts <= made.contracts_before_caps
    assert made.size_pct_final <= made.size_pct
    assert 1 <= made.leverage <= 20
    if made.no_trade is None:
        assert made.contracts >= asked.instrument.size_min
        margin = made.notional_usd / made.leverage
        assert margin <= D("0.3") * asked.account.equity_usd * (1 + D("1e-20"))
    else:
        assert (made.contracts, made.loss_usd, made.size_pct_final) == (0, 0, 0.0)


@settings(max_examples=100)
@given(st.data(), st.integers(0, 99))
def test_more_confidence_never_means_a_smaller_size(request_of, data, confidence):
    asked = data.draw(_requests(request_of))
    for params in (TABLE, POWER):
        less = size(replace(asked, confidence=confidence), params)
        more = size(replace(asked, confidence=confidence + 1), params)
        assert less.size_pct <= more.size_pct
        assert less.contracts <= more.contracts


@given(st.floats(0, 100), st.floats(0, 100))
def test_the_multiplier_never_falls_with_confidence(one: float, other: float):
    low, high = sorted((one, other))
    for params in (TABLE, POWER):
        assert multiplier(low, params) <= multiplier(high, params)


def test_a_plan_that_reverses_another_takes_0_3_of_the_size_and_says_so(request_of):
    usual, flipped = size(request_of(), SizingParams()), size(request_of(flip=True), SizingParams())
    assert flipped.flip_share == 0.3
    assert flipped.size_pct == pytest.approx(0.3 * usual.size_pct)
    assert flipped.contracts == D("44.06")  # 0.429 % of 10,000 at 0.973508 a coin, floored
    assert ("flip", "0.3×") in explain(flipped)
    assert "flip" not in dict(explain(usual))
