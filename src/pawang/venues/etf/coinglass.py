"""CoinGlass, API v4 "ETF Flows History" (its reference pages, seen 2025-11).

    GET /api/etf/bitcoin/flow-history          header CG-API-KEY
    {"code": "0", "data": [{"timestamp": ms of 00:00 UTC of the trade date, "flow_usd": …,
                            "etf_flows": [{"etf_ticker": …, "flow_usd": …}]}]}

A fund without `flow_usd` has not reported.
"""

import msgspec

from pawang.model.errors import Malformed
from pawang.model.refs import MILLISECOND
from pawang.venues.etf.days import Day, Told, believed

SOURCE = "coinglass"
BASE_URL = "https://open-api-v4.coinglass.com"
PATHS = {
    "BTC": "/api/etf/bitcoin/flow-history",
    "ETH": "/api/etf/ethereum/flow-history",
    "SOL": "/api/etf/solana/flow-history",
}
KEY_HEADER = "CG-API-KEY"


class _Fund(msgspec.Struct):
    flow_usd: float | None = None


class _Day(msgspec.Struct):
    timestamp: int
    flow_usd: float | None = None
    etf_flows: list[_Fund] = []


class _Answer(msgspec.Struct):
    code: str | int
    data: list[_Day] = []
    msg: str = ""


_answers = msgspec.json.Decoder(_Answer)


def read(body: bytes, now: int, asset: str) -> Told:
    """A day nobody has reported yet is neither a flow nor refused."""
    try:
        answer = _answers.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as broken:
        raise Malformed("frame", str(broken)[:200]) from None
    if str(answer.code) != "0":
        raise Malformed("code", f"{answer.code} {answer.msg}"[:200])
    if not answer.data:
        raise Malformed("data", "no day in it")
    days = [_day(day, day.flow_usd) for day in answer.data if day.flow_usd is not None]
    return believed(days, now, asset, SOURCE)


def _day(day: _Day, flow_usd: float) -> Day:
    return Day(
        ts=day.timestamp * MILLISECOND,
        flow_usd=flow_usd,
        funds_reported=sum(fund.flow_usd is not None for fund in day.etf_flows),
        funds_total=len(day.etf_flows),
    )
