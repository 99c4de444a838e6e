"""ETF flows: as known then, aged in US business days (signals.md 2.2, 2.3)."""

from datetime import UTC, date, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from pawang.market.business_days import is_business_day, new_york_date
from pawang.model.market import EtfFlow
from pawang.model.view import EtfView, Memory


def ns(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def row(trade_date, flow_musd, asof, reported=11, asset="BTC"):
    return EtfFlow(
        asset=asset,
        trade_date=trade_date,
        flow_usd=flow_musd * 1e6,
        funds_reported=reported,
        funds_total=11,
        ts_asof=ns(asof),
        source="drop",
    )


def seen(market, at):
    return market.freeze("BTC", ns(at), Memory()).etf


FRIDAY = row("2025-09-12", 35.0, "2025-09-13 02:00")


@pytest.mark.parametrize(
    ("at", "days"),
    [
        ("2025-09-13 03:00", 0),  # Friday evening in New York
        ("2025-09-14 12:00", 0),  # Sunday
        ("2025-09-15 03:59", 0),  # still Sunday evening in New York
        ("2025-09-15 04:00", 1),
        ("2025-09-17 20:00", 3),
        ("2025-09-18 03:59", 3),
    ],
)
def test_weekends_do_not_age_a_flow(market, feed, at, days):
    feed(market, [FRIDAY])
    assert seen(market, at) == EtfView(
        asset="BTC", trade_date="2025-09-12", flow_usd=35e6, business_days=days, complete=True
    )


def test_older_than_three_business_days_is_missing(market, feed):
    feed(market, [FRIDAY])
    assert seen(market, "2025-09-18 04:00") is None


def test_holidays_do_not_age_a_flow(market, feed):
    """Thursday 3 July 2025; Friday is the holiday, then a weekend: Monday is day one."""
    feed(market, [row("2025-07-03", 50.0, "2025-07-04 02:00")])
    assert seen(market, "2025-07-06 23:00").business_days == 0
    assert seen(market, "2025-07-10 12:00") is None
    assert seen(market, "2025-07-09 12:00").business_days == 3


def test_a_row_is_not_known_before_it_was_read(market, feed):
    feed(market, [FRIDAY])
    assert seen(market, "2025-09-13 01:59") is None


def test_a_revision_counts_from_its_own_time_on(market, feed):
    feed(market, [row("2025-09-12", -5.0, "2025-09-13 14:00"), FRIDAY])
    assert seen(market, "2025-09-13 13:59").flow_usd == 35e6
    assert seen(market, "2025-09-13 14:00").flow_usd == -5e6


def test_a_partial_day_leaves_the_day_before_in_place(market, feed):
    partial = row("2025-09-15", 400.0, "2025-09-16 01:00", reported=9)
    feed(market, [FRIDAY, partial])
    assert seen(market, "2025-09-16 02:00").trade_date == "2025-09-12"
    feed(market, [row("2025-09-15", 300.0, "2025-09-16 02:30", reported=10)])
    assert seen(market, "2025-09-16 02:30").flow_usd == 300e6


def test_by_21_utc_of_the_next_day_what_is_there_is_complete(market, feed):
    feed(market, [row("2025-09-15", 12.0, "2025-09-16 21:00", reported=5)])
    assert seen(market, "2025-09-16 21:00").flow_usd == 12e6


def test_a_flat_day_is_not_a_missing_day(market, feed):
    feed(market, [row("2025-09-12", 0.0, "2025-09-13 02:00")])
    assert seen(market, "2025-09-13 03:00").flow_usd == 0.0


def test_another_coins_flow_is_not_this_coins(market, feed):
    feed(market, [row("2025-09-12", 9.0, "2025-09-13 02:00", asset="ETH")])
    assert seen(market, "2025-09-13 03:00") is None


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2024-03-29", "Good Friday"),
        ("2025-04-18", "Good Friday"),
        ("2026-04-03", "Good Friday"),
        ("2025-01-20", "Martin Luther King"),
        ("2025-02-17", "Washington"),
        ("2025-05-26", "Memorial Day"),
        ("2025-06-19", "Juneteenth"),
        ("2026-07-03", "Independence Day, a Saturday, is kept on Friday"),
        ("2025-09-01", "Labor Day"),
        ("2025-11-27", "Thanksgiving"),
        ("2022-12-26", "Christmas, a Sunday, is kept on Monday"),
        ("2023-01-02", "New Year, a Sunday, is kept on Monday"),
    ],
)
def test_exchange_holidays_by_rule(day, name):
    assert not is_business_day(date.fromisoformat(day)), name


def test_new_year_on_a_saturday_is_not_made_up_for():
    assert is_business_day(date(2021, 12, 31))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2025-03-09 04:59", "2025-03-08"),  # standard time: five hours behind
        ("2025-03-10 03:59", "2025-03-09"),  # summer time began that Sunday: four
        ("2025-11-02 04:00", "2025-11-02"),
        ("2025-11-03 04:59", "2025-11-02"),  # and ended
    ],
)
def test_the_date_in_new_york(at, day):
    assert new_york_date(ns(at)) == date.fromisoformat(day)


def test_a_row_for_a_day_without_trading_is_no_trading_day(market, feed):
    """Providers list holidays with a zero: that is not a flat day."""
    feed(
        market,
        [row("2025-07-03", 50.0, "2025-07-04 02:00"), row("2025-07-04", 0.0, "2025-07-05 02:00")],
    )
    assert seen(market, "2025-07-06 12:00").flow_usd == 50e6


def test_the_rule_knows_every_recorded_day_but_the_day_of_mourning(recorded):
    rows = pq.read_table(recorded / "etf_flow_daily.parquet").to_pylist()
    traded = {
        str(row["date"])[:10] for row in rows if row["asset"] == "BTC" and row["net_flow_usd"]
    }
    first, last = date.fromisoformat(min(traded)), date.fromisoformat(max(traded))
    span = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    open_days = {str(day) for day in span if is_business_day(day)}
    assert traded - open_days == set()
    assert open_days - traded == {"2025-01-09"}
