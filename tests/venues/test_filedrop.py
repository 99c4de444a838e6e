"""Dropped files: what they say, what is refused, and when they are read again."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pawang.model.event import HealthChanged
from pawang.model.market import EtfFlow, FearGreed
from pawang.model.refs import DAY, HOUR, SECOND
from pawang.venues.filedrop import FileDrop, RowRefusal, read_etf, read_fear

SEPT_15 = 1_757_894_400 * SECOND  # 2025-09-15 00:00 UTC, a Monday
HEADER = "date,asset,flow_usd,asof\n"


def flow(**changes) -> EtfFlow:
    made = {
        "asset": "BTC",
        "trade_date": "2025-09-15",
        "flow_usd": 35e6,
        "funds_reported": 1,
        "funds_total": 1,
        "ts_asof": SEPT_15 + DAY + 3 * HOUR,
        "source": "etf_flow.csv",
    }
    return EtfFlow(**{**made, **changes})


@pytest.mark.parametrize(
    "asof",
    [
        "2025-09-16T03:00:00Z",
        "2025-09-16T03:00:00+00:00",
        "2025-09-15T23:00:00-04:00",
        "2025-09-16 03:00:00",
        "1757991600000",
    ],
)
def test_a_day_s_flow_with_the_time_it_was_known(asof):
    flows, refusals = read_etf(f"{HEADER}2025-09-15,btc,35000000,{asof}\n")
    assert (flows, refusals) == ([flow()], [])


def test_without_asof_a_day_is_known_the_next_noon_and_never_earlier():
    [made], _ = read_etf("date,asset,flow_usd\n2025-09-15,BTC,35e6\n")
    assert made.ts_asof == SEPT_15 + DAY + 12 * HOUR


def test_counted_funds_are_kept():
    text = "date,asset,flow_usd,asof,funds_reported,funds_total\n"
    text += "2025-09-15,BTC,35e6,1757991600000,7,11\n"
    assert read_etf(text)[0] == [flow(funds_reported=7, funds_total=11)]


def test_a_flat_day_is_zero_and_a_missing_figure_is_refused():
    flows, refusals = read_etf(f"{HEADER}2025-09-15,BTC,0,\n2025-09-16,BTC,,\n2025-09-17,BTC,-,\n")
    assert [made.flow_usd for made in flows] == [0.0]
    assert [refusal.line for refusal in refusals] == [3, 4]


def test_a_revision_is_a_second_row_in_the_order_of_knowledge():
    text = f"{HEADER}2025-09-15,BTC,40e6,2025-09-16T15:00Z\n2025-09-15,BTC,35e6,2025-09-16T03:00Z\n"
    flows, _ = read_etf(text)
    assert [made.flow_usd for made in flows] == [35e6, 40e6]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2025-09-15,BTC,NaN,", "flow_usd is no number: 'NaN'"),
        ("2025-09-15,BTC,inf,", "flow_usd is no number: 'inf'"),
        ("2025-09-15,BTC,1_000,", "flow_usd is no number: '1_000'"),
        ("2025-09-15,BTC,(35.0),", "flow_usd is no number: '(35.0)'"),
        ("2025-09-15,BTC,1e12,", "absurd flow_usd: 1e+12"),
        ("15.09.2025,BTC,1,", "no date (YYYY-MM-DD): '15.09.2025'"),
        ("2025-02-30,BTC,1,", "no date (YYYY-MM-DD): '2025-02-30'"),
        (",BTC,1,", "no date"),
        ("2025-09-15,,1,", "no asset"),
        ("2025-09-15,B T C,1,", "no asset: 'B T C'"),
        ("2025-09-15,BTC,1,yesterday", "asof is neither ISO 8601 nor unix ms: 'yesterday'"),
        ("2025-09-15,BTC,1,1757991600", "asof is neither ISO 8601 nor unix ms: '1757991600'"),
        ("2025-09-15,BTC,1,2025-09-01", "known before its day: 2025-09-01"),
        ("2025-09-15,BTC,1,,5", "no date, asset"),
        ("2025-09-15", "no asset"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_reason_and_the_others_live(row, reason):
    good = "2025-09-15,BTC,35e6,1757991600000"
    flows, refusals = read_etf(f"{HEADER}{good}\n\n{row}\n{good}\n", "drop.csv")
    assert refusals == [RowRefusal(file="drop.csv", line=4, reason=reason)]
    assert str(refusals[0]) == f"drop.csv:4: {reason}"
    assert flows == [flow(source="drop.csv")] * 2


def test_impossible_fund_counts_are_refused():
    text = "date,asset,flow_usd,asof,funds_reported,funds_total\n2025-09-15,BTC,1,,12,11\n"
    assert read_etf(text)[1][0].reason == "12 funds reported of 11"


LONG = """date,asset,fund,flow_usd
2025-09-15,BTC,IBIT,30e6
2025-09-15,BTC,FBTC,5e6
2025-09-15,BTC,ARKB,0
2025-09-15,BTC,Total,35e6
2025-09-16,BTC,IBIT,10e6
2025-09-16,BTC,FBTC,-
2025-09-16,BTC,ARKB,
2025-09-16,BTC,Total,-
"""


def test_rows_of_funds_are_put_together_and_the_silent_ones_are_counted():
    flows, refusals = read_etf(LONG)
    noon = DAY + 12 * HOUR
    assert refusals == []
    assert flows == [
        flow(funds_reported=3, funds_total=3, ts_asof=SEPT_15 + noon),
        flow(
            trade_date="2025-09-16",
            flow_usd=10e6,
            funds_reported=1,
            funds_total=3,
            ts_asof=SEPT_15 + DAY + noon,
        ),
    ]


def test_a_day_no_fund_has_reported_yet_is_no_flow_at_all():
    text = "date,asset,fund,flow_usd\n2025-09-15,BTC,IBIT,-\n2025-09-15,BTC,Total,\n"
    assert read_etf(text) == ([], [])


def test_a_file_of_totals_alone_is_whole():
    text = "date,asset,fund,net_flow_usd\n2025-09-15,BTC,Total,35e6\n"
    [made], _ = read_etf(text)
    assert (made.flow_usd, made.funds_reported, made.funds_total) == (35e6, 1, 1)


def test_fear_and_greed_is_published_at_midnight():
    values, refusals = read_fear("date,value\n2025-09-16,71\n2025-09-15,47\n")
    assert refusals == []
    assert values == [
        FearGreed(value=47.0, ts_asof=SEPT_15, source="fear_greed.csv"),
        FearGreed(value=71.0, ts_asof=SEPT_15 + DAY, source="fear_greed.csv"),
    ]


@pytest.mark.parametrize("value", ["780", "-1", "NaN", "", "greed", "100.1"])
def test_A24_an_index_outside_its_scale_is_refused(value):
    values, refusals = read_fear(f"date,value\n2025-09-15,{value}\n")
    assert values == []
    assert [refusal.line for refusal in refusals] == [2]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_no_text_raises(text):
    read_etf(text)
    read_etf(HEADER + text)
    read_fear("date,value\n" + text)


# The door.


def test_files_are_read_when_they_appear_and_again_only_when_they_change(tmp_path):
    drop = FileDrop(tmp_path)
    etf = tmp_path / "etf_flow.csv"
    assert drop.read() == []
    etf.write_text(f"{HEADER}2025-09-15,BTC,35e6,1757991600000\n")
    assert drop.read() == [flow()]
    assert drop.read() == []
    etf.write_text(f"{HEADER}2025-09-15,BTC,36000000,1757991600000\n")
    assert drop.read() == [flow(flow_usd=36e6)]


def test_bad_rows_are_told_once_counted_and_taken_back(tmp_path):
    drop, fear = FileDrop(tmp_path), tmp_path / "fear_greed.csv"
    fear.write_text("date,value\n2025-09-15,780\n2025-09-16,50\n")
    value, health = drop.read()
    assert value.value == 50.0
    reason = "1, first fear_greed.csv:2: value outside 0 to 100: 780"
    assert health == HealthChanged(provider="drop", state="refused", reason=reason)
    assert drop.refused == {"fear_greed.csv": 1}
    fear.write_text("date,value\n2025-09-15,78\n2025-09-16,50\n")
    *values, health = drop.read()
    assert [made.value for made in values] == [78.0, 50.0]
    assert health.state == "clean"


def test_a_directory_or_foreign_bytes_in_the_file_s_place_do_no_harm(tmp_path):
    (tmp_path / "etf_flow.csv").mkdir()
    (tmp_path / "fear_greed.csv").write_bytes(b"\xff\xfe\x00\x01date,value\n2025-09-15,5\n")
    drop = FileDrop(tmp_path)
    assert [type(item) for item in drop.read()] == [HealthChanged]


def test_the_feed_looks_again_after_each_wait(tmp_path):
    async def story():
        fear = tmp_path / "fear_greed.csv"
        fear.write_text("date,value\n2025-09-15,47\n")
        waits = []

        async def sleep(seconds):
            waits.append(seconds)
            if len(waits) == 3:
                fear.write_text("date,value\n2025-09-15,47\n2025-09-16,5\n")

        batches = []
        async with aclosing(FileDrop(tmp_path, sleep).events()) as events:
            while len(batches) < 2:
                batches.append(await anext(events))
        return waits, [len(batch) for batch in batches]

    assert asyncio.run(story()) == ([5.0, 5.0, 5.0], [1, 2])
