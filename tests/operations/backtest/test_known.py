"""Nothing is known before it can be: the clock of a backtest, and what is caught."""

import pytest

from pawang.model.market import Candle, EtfFlow, FearGreed, FundingRate
from pawang.model.refs import DAY, HOUR, SECOND
from pawang.operations.backtest.known import LookAhead, in_order, known_at

NOON = 1_757_937_600 * SECOND  # 2025-09-15 12:00 UTC
MIDNIGHT = NOON - 12 * HOUR


def bar(opened, known):
    return Candle(
        instrument="BTC-USDT-SWAP",
        ts_event=opened,
        ts_recv=known,
        bar=HOUR,
        open=1.0,
        high=1.0,
        low=1.0,
        close=1.0,
        volume=1.0,
        volume_usd=1.0,
        closed=True,
    )


def flow(day, known):
    return EtfFlow(
        asset="BTC",
        trade_date=day,
        flow_usd=1e8,
        funds_reported=1,
        funds_total=1,
        ts_asof=known,
        source="made up",
    )


def rate(settled, known):
    return FundingRate(
        instrument="BTC-USDT-SWAP",
        ts_event=known,
        ts_recv=known,
        rate=1e-4,
        ts_funding=NOON,
        ts_next=NOON + 8 * HOUR,
        settled=settled,
    )


def fear(known):
    return FearGreed(value=50.0, ts_asof=known, source="made up")


def test_records_of_all_sources_come_in_the_order_in_which_they_became_known():
    early, late = bar(NOON - 2 * HOUR, NOON - HOUR), bar(NOON - HOUR, NOON)
    between = fear(NOON - HOUR // 2)
    assert list(in_order([early, late], [between])) == [
        (NOON - HOUR, early),
        (NOON - HOUR // 2, between),
        (NOON, late),
    ]


def test_of_what_became_known_at_once_the_first_source_comes_first():
    one, other = bar(NOON - HOUR, NOON), fear(NOON)
    assert [record for _, record in in_order([one], [other])] == [one, other]
    assert [record for _, record in in_order([other], [one])] == [other, one]


@pytest.mark.parametrize(
    ("planted", "what"),
    [
        (bar(NOON, NOON), "a bar at its open"),
        (bar(NOON - HOUR, NOON - 60 * SECOND), "a bar a minute before its close"),
        (flow("2025-09-15", MIDNIGHT), "a day's flow at its beginning"),
        (flow("2025-09-15", NOON + 7 * HOUR), "a day's flow while the day still trades"),
        (flow("2025-09-16", NOON), "tomorrow's flow"),
        (rate(settled=True, known=NOON - 60 * SECOND), "a rate before it was settled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_planted_look_ahead_ends_the_run(planted, what):
    with pytest.raises(LookAhead, match="nobody can know it before"):
        list(in_order([planted]))


@pytest.mark.parametrize(
    "honest",
    [
        bar(NOON - HOUR, NOON),
        bar(NOON - HOUR, NOON - SECOND),  # the recorder's clock is a second behind
        flow("2025-09-15", MIDNIGHT + DAY),
        flow("2025-09-12", MIDNIGHT),
        rate(settled=True, known=NOON),
        rate(settled=False, known=NOON - HOUR),  # a forecast is known before
    ],
)
def test_what_can_be_known_passes(honest):
    assert list(in_order([honest])) == [(known_at(honest), honest)]
