"""CoinGlass's flows: an answer in the shape it is documented in, and what is not one (A24)."""

import json

import pytest

from pawang.model.errors import Malformed
from pawang.model.market import EtfFlow
from pawang.model.refs import DAY, HOUR, MILLISECOND, SECOND
from pawang.venues.etf.coinglass import read
from pawang.venues.etf.days import FlowReader
from pawang.venues.provider import Refused

MIDNIGHT = 1_757_894_400 * SECOND  # 2025-09-15 00:00 UTC
NOW = MIDNIGHT + 15 * HOUR

RECORDED = b"""{"code": "0", "data": [
  {"timestamp": 1762387200000, "flow_usd": 239900000, "price_usd": 101322.6, "etf_flows": [
    {"etf_ticker": "GBTC", "flow_usd": 0}, {"etf_ticker": "IBIT", "flow_usd": 112400000},
    {"etf_ticker": "FBTC", "flow_usd": 61600000}, {"etf_ticker": "ARKB", "flow_usd": 60400000},
    {"etf_ticker": "BITB", "flow_usd": 5500000}]},
  {"timestamp": 1762473600000, "flow_usd": -558400000, "price_usd": 103339.1, "etf_flows": [
    {"etf_ticker": "GBTC"}, {"etf_ticker": "IBIT", "flow_usd": -131400000},
    {"etf_ticker": "FBTC", "flow_usd": -256700000}, {"etf_ticker": "ARKB"},
    {"etf_ticker": "BITB", "flow_usd": -170300000}]}
]}"""
SATURDAY = 1_762_560_000 * SECOND  # 2025-11-08


def flow(flow_usd=35e6, reported=2, total=3, ts_asof=NOW, day="2025-09-15") -> EtfFlow:
    return EtfFlow(
        asset="BTC",
        trade_date=day,
        flow_usd=flow_usd,
        funds_reported=reported,
        funds_total=total,
        ts_asof=ts_asof,
        source="coinglass",
    )


def etf(*days, code="0") -> bytes:
    data = [
        {
            "timestamp": ts // MILLISECOND,
            "flow_usd": flow_usd,
            "etf_flows": [{"etf_ticker": str(at), "flow_usd": one} for at, one in enumerate(funds)],
        }
        for ts, flow_usd, funds in days
    ]
    return json.dumps({"code": code, "data": data}).encode()


def test_the_documented_answer_is_read_with_the_funds_that_have_reported():
    assert read(RECORDED, SATURDAY, "BTC") == (
        [
            flow(239.9e6, 5, 5, SATURDAY, "2025-11-06"),
            flow(-558.4e6, 3, 5, SATURDAY, "2025-11-07"),
        ],
        [],
    )


def test_a_day_nobody_has_reported_is_neither_flow_nor_zero():
    assert read(etf((MIDNIGHT, None, [None])), NOW, "BTC") == ([], [])


def test_a_flat_day_is_a_zero():
    assert read(etf((MIDNIGHT, 0.0, [0.0, 0.0])), NOW, "BTC") == ([flow(0.0, 2, 2)], [])


def test_an_absurd_flow_or_date_is_refused_by_name():
    body = etf((MIDNIGHT, 1e12, []), (NOW + 2 * DAY, 1.0, []), (0, 1.0, []))
    flows, refused = read(body, NOW, "BTC")
    assert flows == []
    assert refused == [
        Refused(what="date of another age", detail="0"),
        Refused(what="absurd flow", detail="1e+12"),
        Refused(what="date of another age", detail=str((NOW + 2 * DAY) // SECOND)),
    ]


BROKEN = [b"", b"<html>busy</html>", b"\xff", b"[]", b"[" * 200_000, b'{"code":"0","data":[7]}']


@pytest.mark.parametrize("body", [*BROKEN, etf(code="30001"), b'{"code":"401","msg":"no key"}'])
def test_A24_what_is_no_flow_is_malformed(body):
    with pytest.raises(Malformed):
        read(body, NOW, "BTC")


# Whatever the source: a figure read again.


def test_an_unchanged_day_keeps_its_first_stamp_and_a_revision_gets_its_own():
    """Bitemporal: the past is seen as it was known then (signals.md 2.2)."""
    reader, partial = FlowReader(read, "BTC"), etf((MIDNIGHT, 35e6, [30e6, 5e6, None]))
    assert reader(partial, NOW)[0] == [flow()]
    assert reader(partial, NOW + HOUR)[0] == [flow()]
    revised = etf((MIDNIGHT, 40e6, [30e6, 5e6, 5e6]))
    assert reader(revised, NOW + 2 * HOUR)[0] == [flow(40e6, 3, 3, NOW + 2 * HOUR)]


def test_once_everybody_must_have_reported_a_partial_day_is_stamped_anew():
    """`complete` reads the stamp; without a new one a silent fund would keep the day open."""
    reader, partial = FlowReader(read, "BTC"), etf((MIDNIGHT, 35e6, [30e6, 5e6, None]))
    final = MIDNIGHT + DAY + 21 * HOUR
    reader(partial, NOW)
    assert reader(partial, final)[0] == [flow(ts_asof=final)]
    assert reader(partial, final + HOUR)[0] == [flow(ts_asof=final)]
