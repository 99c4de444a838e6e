"""ETF flows: as known then, aged in US business days (signals.md 2.2, 2.3)."""

from datetime import UTC, date, datetime, timedelta

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pawang.market import known_at
from pawang.market.business_days import age_days, is_business_day, new_york_date
from pawang.model.market import EtfFlow
from pawang.model.view import EtfPartial, EtfView, Memory


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


def test_older_than_three_business_days_is_told_with_its_age_for_others_to_refuse(market, feed):
    """Missing is said as "stale 4d" in a message: whoever reads a view must know how old it is."""
    feed(market, [FRIDAY])
    assert seen(market, "2025-09-18 04:00").business_days == 4


def test_nothing_known_is_none_and_never_a_zero(market):
    assert seen(market, "2025-09-18 04:00") is None


def test_holidays_do_not_age_a_flow(market, feed):
    """Thursday 3 July 2025; Friday is the holiday, then a weekend: Monday is day one."""
    feed(market, [row("2025-07-03", 50.0, "2025-07-04 02:00")])
    assert seen(market, "2025-07-06 23:00").business_days == 0
    assert seen(market, "2025-07-10 12:00").business_days == 4
    assert seen(market, "2025-07-09 12:00").business_days == 3


def test_a_row_is_not_known_before_it_was_read(market, feed):
    feed(market, [FRIDAY])
    assert seen(market, "2025-09-13 01:59") is None


def test_a_revision_counts_from_its_own_time_on(market, feed):
    feed(market, [row("2025-09-12", -5.0, "2025-09-13 14:00"), FRIDAY])
    assert seen(market, "2025-09-13 13:59").flow_usd == 35e6
    assert seen(market, "2025-09-13 14:00").flow_usd == -5e6


def test_a_partial_day_is_shown_beside_the_day_before_and_takes_its_place_when_it_is_whole(
    market, feed
):
    feed(market, [FRIDAY, row("2025-09-15", 400.0, "2025-09-16 01:00", reported=9)])
    friday = EtfView(
        asset="BTC", trade_date="2025-09-12", flow_usd=35e6, business_days=1, complete=True
    )
    partial = EtfPartial(trade_date="2025-09-15", flow_usd=400e6, funds_reported=9, funds_total=11)
    assert seen(market, "2025-09-16 00:59") == friday
    assert seen(market, "2025-09-16 02:00") == replace(friday, partial=partial)
    feed(market, [row("2025-09-15", 300.0, "2025-09-16 02:30", reported=10)])
    assert seen(market, "2025-09-16 02:30") == EtfView(
        asset="BTC", trade_date="2025-09-15", flow_usd=300e6, business_days=0, complete=True
    )


def test_a_partial_day_alone_is_not_complete(market, feed):
    feed(market, [row("2025-09-15", 400.0, "2025-09-16 01:00", reported=9)])
    assert seen(market, "2025-09-16 02:00") == EtfView(
        asset="BTC", trade_date="2025-09-15", flow_usd=400e6, business_days=0, complete=False
    )


@pytest.mark.parametrize(
    ("reported", "total", "whole"), [(9, 10, True), (8, 9, False), (0, 0, False)]
)
def test_nine_funds_in_ten_are_the_whole_day_and_no_count_is_none(reported, total, whole):
    told = replace(FRIDAY, funds_reported=reported, funds_total=total)
    assert told.complete is whole


def test_a_silent_fund_does_not_keep_a_day_open_beyond_21_utc_of_the_next():
    partial = row("2025-09-12", 35.0, "2025-09-13 20:59", reported=3)
    assert (partial.complete, replace(partial, ts_asof=ns("2025-09-13 21:00")).complete) == (
        False,
        True,
    )


def test_a_revision_by_a_partial_row_does_not_undo_the_whole_day(market, feed):
    """Another source that is behind says less, not otherwise."""
    behind = replace(row("2025-09-12", 5.0, "2025-09-13 09:00", reported=2), source="other")
    feed(market, [FRIDAY, behind])
    assert seen(market, "2025-09-13 10:00").flow_usd == 35e6


# What was known when.


def test_known_at_is_each_days_newest_row_up_to_then_and_nothing_of_the_future():
    revised = row("2025-09-12", -5.0, "2025-09-13 14:00")
    monday = row("2025-09-15", 12.0, "2025-09-16 02:00")
    ether = row("2025-09-12", 9.0, "2025-09-13 03:00", asset="ETH")
    rows = [monday, revised, ether, FRIDAY]
    assert known_at(rows, ns("2025-09-13 01:59")) == []
    assert known_at(rows, ns("2025-09-13 13:59")) == [FRIDAY, ether]
    assert known_at(rows, ns("2025-09-13 14:00")) == [revised, ether]
    assert known_at(rows, ns("2025-09-16 02:00")) == [revised, monday, ether]


def test_the_view_of_a_past_slot_never_changes_by_what_is_learnt_later(market, feed):
    """Row by row: what is read at t from all rows is what is read at t from those up to t."""
    rows = [
        FRIDAY,
        row("2025-09-12", -5.0, "2025-09-13 14:00"),
        row("2025-09-15", 400.0, "2025-09-16 01:00", reported=9),
        row("2025-09-15", 300.0, "2025-09-16 02:30"),
    ]
    times = ["2025-09-13 02:00", "2025-09-13 14:00", "2025-09-16 01:00", "2025-09-16 02:30"]
    then = []
    for one, at in zip(rows, times, strict=True):
        feed(market, [one])
        then.append(seen(market, at))
    assert [seen(market, at) for at in times] == then


def test_the_same_figure_read_again_repeats_until_all_must_have_reported():
    first = row("2025-09-12", 35.0, "2025-09-13 02:00", reported=5)
    again = replace(first, ts_asof=ns("2025-09-13 03:00"))
    final = replace(first, ts_asof=ns("2025-09-13 21:00"))
    assert again.repeats(first)
    assert not final.repeats(again)
    assert replace(final, ts_asof=ns("2025-09-14 21:00")).repeats(final)


@pytest.mark.parametrize(
    "other", [{"flow_usd": 1.0}, {"funds_reported": 10}, {"source": "x"}, {"asset": "ETH"}]
)
def test_what_differs_in_anything_but_its_stamp_is_news(other):
    assert not replace(FRIDAY, **other).repeats(FRIDAY)


# The calendar.


def test_by_21_utc_of_the_next_day_what_is_there_is_complete(market, feed):
    feed(market, [row("2025-09-15", 12.0, "2025-09-16 21:00", reported=5)])
    assert seen(market, "2025-09-16 21:00").flow_usd == 12e6


def test_a_flat_day_is_not_a_missing_day(market, feed):
    feed(market, [row("2025-09-12", 0.0, "2025-09-13 02:00")])
    assert seen(market, "2025-09-13 03:00").flow_usd == 0.0


def test_another_coins_flow_is_not_this_coins(market, feed):
    feed(market, [row("2025-09-12", 9.0, "2025-09-13 02:00", asset="ETH")])
    assert seen(market, "2025-09-13 03:00") is None


HOLIDAYS = """
2024 01-01 01-15 02-19 03-29 05-27 06-19 07-04 09-02 11-28 12-25
2025 01-01 01-09 01-20 02-17 04-18 05-26 06-19 07-04 09-01 11-27 12-25
2026 01-01 01-19 02-16 04-03 05-25 06-19 07-03 09-07 11-26 12-25
2027 01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24
"""


@pytest.mark.parametrize("year", [line.split() for line in HOLIDAYS.split("\n") if line])
def test_the_exchange_calendar_of_the_years_in_which_etfs_trade(year):
    """As the exchange published it: every weekday that is not listed is a business day."""
    number, *days = year
    first = date(int(number), 1, 1)
    every = [first + timedelta(days=day) for day in range(365 + (int(number) % 4 == 0))]
    closed = [str(day)[5:] for day in every if day.weekday() < 5 and not is_business_day(day)]
    assert closed == days


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2022-12-26", "Christmas, a Sunday, is kept on Monday"),
        ("2023-01-02", "New Year, a Sunday, is kept on Monday"),
        ("2012-10-29", "a hurricane"),
        ("2018-12-05", "a day of mourning"),
    ],
)
def test_other_days_on_which_the_exchange_was_closed(day, name):
    assert not is_business_day(date.fromisoformat(day)), name


@pytest.mark.parametrize("day", ["2020-06-19", "2021-06-18"])
def test_juneteenth_is_kept_from_2022_on(day):
    assert is_business_day(date.fromisoformat(day))


@given(st.dates(date(2015, 1, 1), date(2035, 12, 31)), st.integers(0, 30), st.integers(0, 30))
def test_ages_add_up_over_any_day_between(first, some, more):
    between, last = first + timedelta(days=some), first + timedelta(days=some + more)
    assert age_days(first, last) == age_days(first, between) + age_days(between, last)


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


def test_the_calendar_is_that_of_the_recorded_flows_to_the_day(recorded):
    rows = pq.read_table(recorded / "etf_flow_daily.parquet").to_pylist()
    traded = {
        str(row["date"])[:10] for row in rows if row["asset"] == "BTC" and row["net_flow_usd"]
    }
    first, last = date.fromisoformat(min(traded)), date.fromisoformat(max(traded))
    span = [first + timedelta(days=day) for day in range((last - first).days + 1)]
    open_days = {str(day) for day in span if is_business_day(day)}
    assert traded == open_days
