"""Spot ETF net flows of CoinGlass (signals.md 2.1). Off unless configured: it wants a key.

    GET /api/etf/bitcoin/flow-history          header CG-API-KEY
    {"code": "0", "data": [{"timestamp": ms of 00:00 UTC of the trade date, "flow_usd": …,
                            "etf_flows": [{"etf_ticker": …, "flow_usd": …}]}]}

Flows are known a day later and revised: each reading is stamped with when it was read, so that
the past is seen as it was known then (2.2).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

import httpx
import msgspec

from pawang.guards.secret import Secret
from pawang.model.errors import Malformed
from pawang.model.market import EtfFlow
from pawang.model.refs import DAY, HOUR, MILLISECOND, SECOND, utc
from pawang.venues.provider import Provider, Question

BASE_URL = "https://open-api-v4.coinglass.com"
SOURCE = "coinglass"
PATHS = {"BTC": "bitcoin", "ETH": "ethereum"}
ALL_REPORTED = DAY + 21 * HOUR  # from the trade date's 00:00 UTC (2.3)
DAYS_KEPT = 30  # newest trading days of an answer; older ones are of no use to a view
FLOW_MAX_USD = 1e11


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


def read_flows(body: bytes, now: int, asset: str) -> tuple[list[EtfFlow], list[str]]:
    """Flows as known at `now`, oldest first, and why others were refused. A day nobody has
    reported yet is neither. Raises Malformed for an error, HTML and the like."""
    try:
        answer = _answers.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as broken:
        raise Malformed("frame", str(broken)[:200]) from None
    if str(answer.code) != "0":
        raise Malformed("code", f"{answer.code} {answer.msg}"[:200])
    flows: list[EtfFlow] = []
    refused: list[str] = []
    for day in sorted(answer.data, key=lambda day: day.timestamp)[-DAYS_KEPT:]:
        ts = day.timestamp * MILLISECOND
        if not 0 < ts <= now + DAY:
            refused.append(f"a trade date of another age: {day.timestamp}")
        elif day.flow_usd is None:
            continue
        elif abs(day.flow_usd) > FLOW_MAX_USD:
            refused.append(f"absurd flow: {day.flow_usd:g}")
        else:
            flows.append(_flow(day, ts, day.flow_usd, now, asset))
    return flows, refused


def _flow(day: _Day, ts: int, flow_usd: float, now: int, asset: str) -> EtfFlow:
    return EtfFlow(
        asset=asset,
        trade_date=f"{utc(ts):%Y-%m-%d}",
        flow_usd=flow_usd,
        funds_reported=sum(fund.flow_usd is not None for fund in day.etf_flows),
        funds_total=len(day.etf_flows),
        ts_asof=now,
        source=SOURCE,
    )


class FlowReader:
    """Remembers what was said, so that an unchanged day keeps the stamp of its first reading.

    Once all funds must have reported the day is stamped anew: that is news to `complete`.
    """

    def __init__(self, asset: str) -> None:
        self._asset = asset
        self._known: dict[str, EtfFlow] = {}

    def __call__(self, body: bytes, now: int) -> tuple[Sequence[EtfFlow], list[str]]:
        flows, refused = read_flows(body, now, self._asset)
        self._known = {flow.trade_date: self._first(flow, now) for flow in flows}
        return list(self._known.values()), refused

    def _first(self, flow: EtfFlow, now: int) -> EtfFlow:
        known = self._known.get(flow.trade_date)
        if known is None or msgspec.structs.replace(known, ts_asof=now) != flow:
            return flow
        final = _midnight(flow.trade_date) + ALL_REPORTED
        return flow if known.ts_asof < final <= now else known


def _midnight(trade_date: str) -> int:
    return int(datetime.fromisoformat(f"{trade_date}T00:00:00+00:00").timestamp()) * SECOND


def etf_flows(
    asset: str,
    key: Secret,
    now: Callable[[], int],
    wall: Callable[[], int],
    roll: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    base_url: str = BASE_URL,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Provider:
    """One asset's flows ("BTC" or "ETH") as a `Feed`, asked every 15 minutes."""
    path = f"/api/etf/{PATHS[asset]}/flow-history"
    question = Question(provider=f"etf-{asset}", base_url=base_url, path=path)
    header = ("CG-API-KEY", key)
    return Provider(
        question, FlowReader(asset), now, wall, roll, sleep, key=header, transport=transport
    )
