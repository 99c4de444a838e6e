"""Institutional bias, signals.md 2.3, 4.1 and row S1."""

from math import inf, isfinite, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.model.codec import decode, encode
from pawang.model.decision import BiasSignal, Evidence
from pawang.model.market import Side
from pawang.model.view import EtfView, FundingView, Memory
from pawang.signals import BiasParams, bias
from pawang.signals.bias import raw_confidence
from pawang.signals.pillars import etf, follow, whale

PARAMS = BiasParams()
MINUTE = 60 * 10**9


def flow(business_days: int = 1, usd: float = 35e6, complete: bool = True) -> EtfView:
    return EtfView(
        asset="BTC",
        trade_date="2025-09-12",
        flow_usd=usd,
        business_days=business_days,
        complete=complete,
    )


def verdicts(signal: BiasSignal) -> dict[str, str]:
    return {evidence.name: evidence.verdict for evidence in signal.evidence}


# Example 6 and its pillars


def test_example_06_the_sample_message_is_87_percent_long(view_of):
    signal = bias(view_of(), PARAMS)
    assert (signal.side, signal.reasons) == (Side.LONG, ())
    assert round(signal.score, 5) == 1.90038
    assert round(signal.raw, 3) == 86.993
    assert signal.ref_id == "ib_20250915_0733_BTC"


def test_the_sample_message_finds_everything_it_prints_in_the_evidence(view_of):
    signal = bias(view_of(), PARAMS)
    told = [(one.name, one.verdict, one.weight) for one in signal.evidence]
    assert told == [
        ("whale", "agrees", 1.2),
        ("etf", "agrees", 1.0),
        ("sentiment", "agrees", 0.65),
        ("whale_theta", "info", 0.0),
    ]
    assert [one.value for one in signal.evidence] == [2.3e6, 35e6, pytest.approx(78.0), 1e6]


def test_whale_evidence_is_size_times_significance(view_of, flow_of):
    # signals.md example 2: net 2.3 M at z 1.184 (kappa 1.25) is past the gate, not significant.
    view = view_of(flow=(flow_of(2.3e6, 1.184),))
    pillar = whale(view, PARAMS)
    assert pillar.x == pytest.approx(0.69766, abs=1e-5)
    assert not pillar.below_gate


@pytest.mark.parametrize(
    ("usd", "x"), [(35e6, 0.336), (50e6, 0.462), (300e6, 0.995), (-35e6, -0.336)]
)
def test_etf_feature_as_written(view_of, usd: float, x: float):
    assert etf(view_of(etf=flow(usd=usd)), PARAMS).x == pytest.approx(x, abs=5e-4)


@pytest.mark.parametrize(("days", "weight"), [(0, 1.0), (1, 1.0), (2, 0.5), (3, 0.25)])
def test_an_etf_figure_fades_by_half_each_business_day(view_of, days: int, weight: float):
    fresh = etf(view_of(etf=flow(0)), PARAMS).x
    assert fresh is not None
    assert etf(view_of(etf=flow(days)), PARAMS).x == pytest.approx(weight * fresh)


def test_an_etf_figure_of_four_business_days_is_stale_and_missing(view_of):
    signal = bias(view_of(etf=flow(4)), PARAMS)
    assert signal.evidence[1] == Evidence(
        name="etf",
        value=None,
        age_s=4 * 86_400.0,
        weight=0.0,
        verdict="missing",
        reason="stale 4d",
        x=None,
    )


def test_a_partial_etf_day_is_for_display_only(view_of):
    signal = bias(view_of(etf=flow(0, complete=False)), PARAMS)
    assert (signal.evidence[1].verdict, signal.evidence[1].reason) == ("missing", "partial day")


def test_below_the_gate_the_whale_earns_no_tick_however_sure_the_sign(view_of, flow_of):
    signal = bias(view_of(flow=(flow_of(0.4e6, 5.0),)), PARAMS)
    assert signal.evidence[0].x is not None
    assert signal.evidence[0].x >= 0.2
    assert verdicts(signal)["whale"] == "weak"


def test_exactly_at_the_gate_it_counts(view_of, flow_of):
    assert verdicts(bias(view_of(flow=(flow_of(1e6, 2.0),)), PARAMS))["whale"] == "agrees"


# What is missing


def test_a_missing_pillar_shrinks_and_is_not_a_quiet_zero(view_of):
    missing = bias(view_of(etf=None), PARAMS)
    flat = bias(view_of(etf=flow(usd=0.0)), PARAMS)
    assert missing.score == pytest.approx((1.85 / 2.85) ** 0.5 * (1.2 + 0.65 * 0.56))
    assert flat.score == pytest.approx(1.2 + 0.65 * 0.56)
    assert (missing.evidence[1].weight, missing.evidence[1].x) == (0.0, None)
    assert (flat.evidence[1].weight, flat.evidence[1].x) == (1.0, 0.0)


def test_one_pillar_alone_is_no_bias(view_of, flow_of):
    signal = bias(view_of(etf=None, sentiment=()), PARAMS)
    said = ("fewer_than_two_pillars", "etf_missing", "sentiment_missing")
    assert (signal.side, signal.reasons) == (Side.NEUTRAL, said)


def test_knowing_nothing_is_neutral_at_50(view_of):
    signal = bias(view_of(etf=None, sentiment=(), flow=()), PARAMS)
    assert (signal.raw, signal.score) == (50.0, 0.0)
    doubts = ("raw_below_55", "fewer_than_two_pillars")
    assert signal.reasons == (*doubts, "whale_missing", "etf_missing", "sentiment_missing")


def test_a_gap_in_the_feed_voids_the_whale_window(view_of, flow_of):
    signal = bias(view_of(flow=(replace(flow_of(2.3e6, 2.0), gap=True),)), PARAMS)
    assert verdicts(signal)["whale"] == "missing"
    assert signal.evidence[0].reason == "gap in the trade feed"


def test_a_window_without_a_single_print_is_a_deaf_feed(view_of, flow_of):
    silent = replace(flow_of(0.0, 0.0), parents=0, gross_usd=0.0, taker_gross_usd=0.0)
    assert verdicts(bias(view_of(flow=(silent,)), PARAMS))["whale"] == "missing"


def test_prints_without_a_whale_are_a_fact_and_count_as_zero(view_of, flow_of):
    quiet = replace(flow_of(0.0, 0.0), parents=0, gross_usd=0.0)
    signal = bias(view_of(flow=(quiet,)), PARAMS)
    assert (signal.evidence[0].x, signal.evidence[0].verdict) == (0.0, "weak")


def test_only_the_window_of_one_slot_is_read(view_of, flow_of):
    hourly = replace(flow_of(-9e6, -5.0), window_s=3600)
    assert bias(view_of(flow=(hourly, flow_of(2.3e6, 2.0))), PARAMS) == bias(view_of(), PARAMS)


@pytest.mark.parametrize("junk", [nan, inf, -inf])
def test_what_is_no_number_is_missing(view_of, flow_of, junk: float):
    for view in (
        view_of(flow=(flow_of(junk, 2.0),)),
        view_of(flow=(flow_of(2e6, junk),)),
        view_of(etf=flow(usd=junk)),
    ):
        signal = bias(view, PARAMS)
        assert "missing" in verdicts(signal).values()
        assert isfinite(signal.score)


# Alts inherit


def test_an_alt_inherits_rho_times_the_score_of_btc(view_of, last_bias_of, ts):
    lead = last_bias_of(Side.LONG, ts, score=1.90038)
    signal = bias(view_of("SOL", etf=None, memory=Memory(lead=lead)), PARAMS)
    assert [one.name for one in signal.evidence] == ["lead", "whale", "sentiment", "whale_theta"]
    assert signal.score == pytest.approx(0.7 * 1.90038 + 1.2 + 0.65 * 0.56)
    assert signal.evidence[0].reason == "LONG 87% × 0.70"


def test_the_etf_reaches_an_alt_through_btc_only(view_of, last_bias_of, ts):
    memory = Memory(lead=last_bias_of(Side.LONG, ts))
    with_flow = bias(view_of("SOL", memory=memory), PARAMS)
    without = bias(view_of("SOL", etf=None, memory=memory), PARAMS)
    assert with_flow == without


@pytest.mark.parametrize(("age_s", "verdict"), [(600, "agrees"), (601, "missing"), (-1, "missing")])
def test_a_lead_counts_for_ten_minutes(view_of, last_bias_of, ts, age_s: int, verdict: str):
    memory = Memory(lead=last_bias_of(Side.LONG, ts - age_s * 10**9))
    assert verdicts(bias(view_of("SOL", memory=memory), PARAMS))["lead"] == verdict


def test_an_alt_without_a_lead_shrinks(view_of):
    signal = bias(view_of("SOL"), PARAMS)
    assert signal.score == pytest.approx((1.85 / 2.85) ** 0.5 * (1.2 + 0.65 * 0.56))


@pytest.mark.parametrize(
    ("correlation", "rho"),
    [(1.0, 0.8), (0.6, 0.6), (0.0, 0.3), (-0.6, 0.0), (-1.0, 0.0), (None, 0.6), (nan, 0.6)],
)
def test_rho_is_half_measured_half_prior(correlation: float | None, rho: float):
    assert follow(correlation, PARAMS) == pytest.approx(rho)


# Why NEUTRAL


def test_a_raw_score_below_the_limit_is_neutral_and_at_the_limit_is_not(view_of):
    raw = bias(view_of(), PARAMS).raw
    assert bias(view_of(), replace(PARAMS, raw_min=raw)).side is Side.LONG
    below = bias(view_of(), replace(PARAMS, raw_min=raw + 1e-9))
    assert (below.side, below.reasons) == (Side.NEUTRAL, ("raw_below_55",))


def test_whales_against_all_others_are_neutral_below_65(view_of, flow_of):
    signal = bias(view_of(flow=(flow_of(-0.8e6, -1.0),)), PARAMS)
    assert signal.reasons == ("raw_below_55", "pillars_disagree")


def test_a_strong_side_overrules_the_other(view_of, flow_of):
    strong = view_of(flow=(flow_of(-2e6, -3.0),), etf=flow(usd=40e6))
    assert bias(strong, replace(PARAMS, raw_disagree=50.0, raw_min=50.0)).reasons == ()
    assert "pillars_disagree" in bias(strong, PARAMS).reasons


def test_agreeing_pillars_never_disagree(view_of):
    assert "pillars_disagree" not in bias(view_of(), replace(PARAMS, raw_disagree=101.0)).reasons


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        ("stale", "market_stale"),
        ("gap", "book_unknown"),
        ("crossed", "book_unknown"),
        ("unseen", "book_unknown"),
    ],
)
def test_without_a_book_there_is_no_side(view_of, problem: str, code: str):
    signal = bias(view_of(book=None, book_problem=problem), PARAMS)
    assert (signal.side, signal.reasons) == (Side.NEUTRAL, (code,))


@pytest.mark.parametrize(("age_s", "reasons"), [(10.0, ()), (10.1, ("market_stale",))])
def test_a_market_older_than_ten_seconds_is_stale(view_of, age_s: float, reasons: tuple):
    view = view_of()
    assert bias(replace(view, book=replace(view.book, age_s=age_s)), PARAMS).reasons == reasons


@pytest.mark.parametrize(
    ("median", "spread", "reasons"),
    [(1.0, 5.0, ()), (1.0, 5.1, ("spread_wide",)), (None, 50.0, ())],
)
def test_five_median_spreads_are_the_limit(view_of, median, spread: float, reasons: tuple):
    book = replace(view_of().book, spread_bps=spread, spread_median_bps=median)
    assert bias(view_of(book=book), PARAMS).reasons == reasons


@pytest.mark.parametrize(
    ("minutes", "z", "reasons"),
    [
        (5, 3.1, ("funding_window",)),
        (5, -3.1, ("funding_window",)),
        (0, 4.0, ("funding_window",)),
        (6, 3.1, ()),
        (5, 3.0, ()),
        (5, None, ()),
    ],
)
def test_wild_funding_silences_the_minutes_around_it(view_of, ts, minutes, z, reasons):
    ahead = FundingView(rate=1e-3, z=z, ts_funding=ts + minutes * MINUTE, age_s=1.0)
    assert bias(view_of(funding=ahead), PARAMS).reasons == reasons
    for hours in (8, 4, 1):  # the settlement just passed is one interval before the next
        following = ts + (hours * 60 - minutes) * MINUTE
        passed = replace(ahead, ts_funding=following, interval_s=hours * 3600.0)
        assert bias(view_of(funding=passed), PARAMS).reasons == reasons


# Hysteresis


def weak_short(view_of, flow_of, memory: Memory):
    """A SHORT of 56-58 %."""
    return view_of(flow=(flow_of(-0.45e6, -1.2),), etf=flow(usd=1e6), sentiment=(), memory=memory)


def test_a_weak_flip_is_proposed_once_and_believed_at_the_second_look(
    view_of, flow_of, last_bias_of, ts
):
    standing = last_bias_of(Side.LONG, ts - 5 * MINUTE)
    first = bias(weak_short(view_of, flow_of, Memory(bias=standing)), PARAMS)
    assert 55 <= first.raw < 60
    assert (first.side, first.reasons, first.pending) == (
        Side.NEUTRAL,
        ("hysteresis",),
        Side.SHORT,
    )
    for remembered in (
        replace(standing, side=first.side, pending=first.pending),
        replace(standing, pending=first.pending),
    ):
        second = bias(weak_short(view_of, flow_of, Memory(bias=remembered)), PARAMS)
        assert (second.side, second.reasons, second.pending) == (Side.SHORT, (), None)


def test_a_sure_flip_needs_no_second_look(view_of, last_bias_of, ts):
    standing = last_bias_of(Side.SHORT, ts - 5 * MINUTE)
    assert bias(view_of(memory=Memory(bias=standing)), PARAMS).side is Side.LONG


def test_from_neutral_there_is_nothing_to_flip(view_of, flow_of, last_bias_of, ts):
    standing = last_bias_of(Side.NEUTRAL, ts - 5 * MINUTE)
    assert bias(weak_short(view_of, flow_of, Memory(bias=standing)), PARAMS).side is Side.SHORT
    assert bias(weak_short(view_of, flow_of, Memory()), PARAMS).side is Side.SHORT


# Laws

NET = st.floats(-5e7, 5e7)
Z = st.floats(0, 8)
ETF = st.none() | st.floats(-1e9, 1e9)
SCORE = st.none() | st.floats(1, 99)


@settings(max_examples=150)
@given(net=NET, z=Z, usd=ETF, score=SCORE)
def test_a_mirrored_market_gives_the_mirrored_bias(
    view_of, flow_of, sentiment_of, net, z, usd, score
):
    def judged(sign: int) -> BiasSignal:
        return bias(
            view_of(
                flow=(flow_of(sign * net, sign * z),),
                etf=None if usd is None else flow(usd=sign * usd),
                sentiment=() if score is None else sentiment_of(50 + sign * (score - 50)),
            ),
            PARAMS,
        )

    up, down = judged(1), judged(-1)
    assert isfinite(up.score)
    assert down.score == pytest.approx(-up.score, abs=1e-9)
    assert down.raw == pytest.approx(up.raw, abs=1e-9)
    if abs(up.raw - 55) > 1e-6 and abs(up.raw - 65) > 1e-6:
        assert (down.side, down.reasons) == (up.side.opposite, up.reasons)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_confidence_grows_with_the_size_of_the_score_alone(one: float, other: float):
    raws = raw_confidence(one), raw_confidence(other)
    assert all(50 <= raw <= 100 for raw in raws)
    if abs(one) <= abs(other):
        assert raws[0] <= raws[1]


@settings(max_examples=150)
@given(net=st.floats(allow_nan=True), z=st.floats(allow_nan=True), usd=st.floats(allow_nan=True))
def test_no_input_makes_a_signal_that_cannot_be_stored(view_of, flow_of, net, z, usd):
    signal = bias(view_of(flow=(flow_of(net, z),), etf=flow(usd=usd)), PARAMS)
    assert isfinite(signal.raw)
    assert decode(encode(signal), BiasSignal) == signal
    for one in signal.evidence:
        assert one.x is None or -1.0 <= one.x <= 1.0


@given(net=NET, z=Z, score=st.floats(1, 99))
def test_dropping_a_pillar_is_never_the_same_as_a_flat_day(
    view_of, flow_of, sentiment_of, net, z, score
):
    known = {"flow": (flow_of(net, z),), "sentiment": sentiment_of(score)}
    flat = bias(view_of(etf=flow(usd=0.0), **known), PARAMS).score
    missing = bias(view_of(etf=None, **known), PARAMS).score
    assert missing == pytest.approx(flat * (1.85 / 2.85) ** 0.5, abs=1e-9)
