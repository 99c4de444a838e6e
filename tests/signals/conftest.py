"""A calm, fully known market to bend: every test says only what differs."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from math import atanh
from typing import Any

import pytest
from msgspec.structs import replace

from pawang.model.instrument import Instrument
from pawang.model.market import Side
from pawang.model.view import (
    BookView,
    EtfView,
    FlowWindow,
    FundingView,
    LastBias,
    MarketView,
    Memory,
    Reading,
    SentimentInput,
)

TS = int(datetime(2025, 9, 15, 7, 33, tzinfo=UTC).timestamp()) * 10**9

BTC = Instrument.swap(
    "BTC", contract_value=Decimal("0.01"), tick_size=Decimal("0.1"), lot_size=Decimal("0.01")
)
SOL = Instrument.swap(
    "SOL", contract_value=Decimal(1), tick_size=Decimal("0.01"), lot_size=Decimal("0.01")
)
MIDS = {"BTC": 60_000.0, "SOL": 221.5}
TICKS = {"BTC": 0.1, "SOL": 0.01}


def _flow(net_usd: float, z: float, ts: int = TS) -> FlowWindow:
    return FlowWindow(
        window_s=300,
        ts_from=ts - 300 * 10**9,
        ts_to=ts,
        theta_usd=1_000_000.0,
        parents=6,
        net_usd=net_usd,
        gross_usd=abs(net_usd) + 400_000.0,
        imbalance=0.7,
        z=z,
        taker_net_usd=net_usd,
        taker_gross_usd=abs(net_usd) + 5e6,
        gap=False,
    )


def _sentiment(score: float) -> tuple[SentimentInput, ...]:
    """Inputs that make exactly this composite: every gauge says the same x."""
    x = (score - 50) / 50
    z = 2 * atanh(x)
    names = ("fund", "lsr", "basis")
    return (
        SentimentInput(name="fng", value=score, z=None, age_s=3600.0),
        *(SentimentInput(name=name, value=1e-4, z=z, age_s=5.0) for name in names),
    )


def _last_bias(side: Side, ts: int, **other: Any) -> LastBias:
    standing = LastBias(
        ref_id="ib_20250915_0728_BTC",
        side=side,
        raw=87.0,
        score=1.9 * side.sign,
        confidence=87,
        source="prior",
        ts=ts,
    )
    return replace(standing, **other)


def _view(coin: str = "BTC", **other: Any) -> MarketView:
    mid, tick = MIDS[coin], TICKS[coin]
    view = MarketView(
        coin=coin,
        ts=TS,
        instrument=BTC if coin == "BTC" else SOL,
        book=BookView(
            bid=mid - tick / 2,
            ask=mid + tick / 2,
            mid=mid,
            spread_bps=tick / mid * 1e4,
            spread_median_bps=tick / mid * 1e4,
            imbalance_5bp=0.0,
            imbalance_10bp=0.0,
            imbalance_25bp=0.0,
            imbalance_held_s=0.0,
            depth_10bp_usd=5e6,
            age_s=0.1,
        ),
        book_problem=None,
        last_price=Reading(value=mid, age_s=0.2),
        mark_price=Reading(value=mid, age_s=0.2),
        index_price=Reading(value=mid, age_s=0.2),
        walls=(),
        flow=(_flow(2.3e6, 2.0),),
        cvd_usd=1e6,
        theta_usd=1_000_000.0,
        atr_1h_pct=Reading(value=0.88, age_s=60.0),
        atr_5m_pct=Reading(value=0.2, age_s=60.0),
        funding=FundingView(rate=1e-4, z=0.5, ts_funding=TS + 27 * 60 * 10**9, age_s=10.0),
        open_interest_usd=Reading(value=2e9, age_s=2.0),
        etf=EtfView(
            asset="BTC", trade_date="2025-09-12", flow_usd=35e6, business_days=1, complete=True
        ),
        sentiment=_sentiment(78.0),
        magnets=(),
        magnets_problem=None,
        correlation_btc=None if coin == "BTC" else 0.8,
        memory=Memory(),
    )
    return replace(view, **other)


@pytest.fixture(scope="session")
def ts() -> int:
    return TS


@pytest.fixture(scope="session")
def view_of() -> Callable[..., MarketView]:
    """`view_of(coin="BTC", **changed fields)`."""
    return _view


@pytest.fixture(scope="session")
def flow_of() -> Callable[..., FlowWindow]:
    """`flow_of(net_usd, z)`: the 300-s window."""
    return _flow


@pytest.fixture(scope="session")
def sentiment_of() -> Callable[[float], tuple[SentimentInput, ...]]:
    """`sentiment_of(score)`: inputs whose composite is `score`."""
    return _sentiment


@pytest.fixture(scope="session")
def last_bias_of() -> Callable[..., LastBias]:
    """`last_bias_of(side, ts, **changed fields)`."""
    return _last_bias
