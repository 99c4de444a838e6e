"""SoSoValue OpenAPI, historical inflow chart (v2, as its users call it in public code, seen 2026).

    POST /openapi/v2/etf/historicalInflowChart   header x-soso-api-key   {"type": "us-btc-spot"}
    {"code": 0, "data": [{"date": "2025-09-12", "totalNetInflow": 642350000.0, …}]}

Some answers hold the days in `data.list`. How many funds have reported is not said, so a day is
complete only by the clock (signals.md 2.3).
"""

from datetime import UTC, datetime
from math import isfinite

import msgspec

from pawang.model.errors import Malformed
from pawang.model.refs import SECOND
from pawang.venues.etf.days import Day, Told, believed
from pawang.venues.provider import Refused

SOURCE = "sosovalue"
BASE_URL = "https://api.sosovalue.xyz"
PATH = "/openapi/v2/etf/historicalInflowChart"
KINDS = {"BTC": "us-btc-spot", "ETH": "us-eth-spot", "SOL": "us-sol-spot", "AVAX": "us-avax-spot"}
KEY_HEADER = "x-soso-api-key"


class _Day(msgspec.Struct):
    date: str
    totalNetInflow: float | str | None = None


class _List(msgspec.Struct):
    list: list[_Day]


class _Answer(msgspec.Struct):
    code: int | str
    data: list[_Day] | _List | None = None
    msg: str | None = None


_answers = msgspec.json.Decoder(_Answer)


def read(body: bytes, now: int, asset: str) -> Told:
    """A day without a figure yet is neither a flow nor refused."""
    try:
        answer = _answers.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as broken:
        raise Malformed("frame", str(broken)[:200]) from None
    if str(answer.code) != "0":
        raise Malformed("code", f"{answer.code} {answer.msg or ''}"[:200])
    listed = answer.data.list if isinstance(answer.data, _List) else answer.data
    if not listed:
        raise Malformed("data", "no day in it")
    told = [_day(row) for row in listed if row.totalNetInflow is not None]
    flows, refused = believed([day for day in told if isinstance(day, Day)], now, asset, SOURCE)
    return flows, [*(day for day in told if isinstance(day, Refused)), *refused]


def _day(row: _Day) -> Day | Refused:
    try:
        ts = round(datetime.strptime(row.date, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return Refused(what="no date", detail=row.date[:20])
    try:
        flow_usd = float(row.totalNetInflow or 0.0)
    except ValueError:
        flow_usd = float("nan")
    if not isfinite(flow_usd):
        return Refused(what="no number", detail=str(row.totalNetInflow)[:20])
    return Day(ts=ts * SECOND, flow_usd=flow_usd)
