"""SoSoValue's chart: an answer in the shape its users show, and what is not one (A24)."""

import pytest

from pawang.model.errors import Malformed
from pawang.model.market import EtfFlow
from pawang.model.refs import DAY, HOUR, SECOND
from pawang.venues.etf.sosovalue import read
from pawang.venues.provider import Refused

NOW = (1_757_894_400 + 15 * 3600) * SECOND  # 2025-09-15 15:00 UTC, a Monday
RECORDED = b"""{"code": 0, "msg": null, "traceId": "4d1", "data": [
  {"date": "2025-09-12", "totalNetInflow": 642350000.5, "totalValueTraded": 3890000000,
   "totalNetAssets": 153180000000, "cumNetInflow": 56830000000},
  {"date": "2025-09-11", "totalNetInflow": -552780000, "totalValueTraded": 3350000000,
   "totalNetAssets": 149640000000, "cumNetInflow": 56190000000},
  {"date": "2025-09-15", "totalNetInflow": null}
]}"""


def flow(day, flow_usd) -> EtfFlow:
    return EtfFlow(
        asset="SOL",
        trade_date=day,
        flow_usd=flow_usd,
        funds_reported=0,
        funds_total=0,
        ts_asof=NOW,
        source="sosovalue",
    )


RIGHT = [flow("2025-09-11", -552_780_000.0), flow("2025-09-12", 642_350_000.5)]


def test_the_recorded_answer_is_read_oldest_first_and_a_day_without_a_figure_is_left_out():
    assert read(RECORDED, NOW, "SOL") == (RIGHT, [])


def test_numbers_as_text_and_days_in_a_list_of_data_are_the_same_answer():
    body = b"""{"code":"0","data":{"list":[{"date":"2025-09-12","totalNetInflow":"642350000.5"},
    {"date":"2025-09-11","totalNetInflow":"-552780000"}]}}"""
    assert read(body, NOW, "SOL") == (RIGHT, [])


def test_without_counts_a_day_is_complete_by_the_clock_only():
    friday = RIGHT[1]
    assert friday.complete
    early, _ = read(RECORDED, friday.midnight + DAY + 21 * HOUR - 1, "SOL")
    assert [row.complete for row in early] == [True, False]


@pytest.mark.parametrize(
    ("cell", "refused"),
    [
        ('"2025-13-40","totalNetInflow":1', ("no date", "2025-13-40")),
        ('"yesterday","totalNetInflow":1', ("no date", "yesterday")),
        ('"2025-09-12","totalNetInflow":"n/a"', ("no number", "n/a")),
        ('"2025-09-12","totalNetInflow":"nan"', ("no number", "nan")),
        ('"2025-09-12","totalNetInflow":1e12', ("absurd flow", "1e+12")),
        ('"2031-01-01","totalNetInflow":1', ("date of another age", "1924992000")),
    ],
)
def test_a_row_that_cannot_be_true_is_refused_by_name_and_the_others_stand(cell, refused):
    body = b'{"code":0,"data":[{"date":%s},{"date":"2025-09-11","totalNetInflow":-552780000}]}'
    what, detail = refused
    told = read(body % cell.encode(), NOW, "SOL")
    assert told == ([RIGHT[0]], [Refused(what=what, detail=detail)])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"\xff",
        b"[" * 200_000,
        b'{"code":40001,"msg":"no key"}',
        b'{"code":0}',
        b'{"code":0,"data":{"rows":[]}}',
        b'{"code":0,"data":[{"totalNetInflow":1}]}',
    ],
)
def test_A24_what_is_no_chart_is_malformed(body):
    with pytest.raises(Malformed):
        read(body, NOW, "SOL")
