"""The Fear & Greed index of alternative.me (signals.md 3). Off unless configured.

    GET /fng/?limit=1&format=json
    {"name": …, "data": [{"value": "47", "timestamp": "1777248000", …}],
     "metadata": {"error": null}}

Daily, of bitcoin only, and partly trailing price; its age travels with it, so an old value is
judged by the market, not here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import msgspec

from pawang.model.errors import Malformed
from pawang.model.market import FearGreed
from pawang.model.refs import SECOND
from pawang.venues.provider import Provider, Question, Refused

BASE_URL = "https://api.alternative.me"
SOURCE = "alternative.me"
EARLIEST_S = 1_517_443_200  # 2018-02-01, the index's first day


class _Day(msgspec.Struct):
    value: str
    timestamp: str


class _Metadata(msgspec.Struct, frozen=True):
    error: str | None = None


class _Answer(msgspec.Struct):
    data: list[_Day] = []
    metadata: _Metadata = _Metadata()


_answers = msgspec.json.Decoder(_Answer)


def read_fear_greed(body: bytes, now: int) -> tuple[list[FearGreed], list[Refused]]:
    """Values, oldest first, and why others were refused. Raises Malformed for HTML and the like."""
    try:
        answer = _answers.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as broken:
        raise Malformed("frame", str(broken)[:200]) from None
    if answer.metadata.error:
        raise Malformed("metadata.error", answer.metadata.error[:200])
    if not answer.data:
        raise Malformed("data", "no day in it")
    values: list[FearGreed] = []
    refused: list[Refused] = []
    for day in answer.data:
        stamp, value = _whole(day.timestamp), _whole(day.value)
        if not 0 <= value <= 100:
            refused.append(Refused(what="value outside 0 to 100", detail=repr(day.value[:20])))
        elif not EARLIEST_S <= stamp <= now // SECOND + 24 * 3600:
            refused.append(Refused(what="date of another age", detail=repr(day.timestamp[:20])))
        else:
            values.append(FearGreed(value=float(value), ts_asof=stamp * SECOND, source=SOURCE))
    return sorted(values, key=lambda made: made.ts_asof), refused


def _whole(text: str) -> int:
    """A small whole number, or -1."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def fear_greed(
    now: Callable[[], int],
    wall: Callable[[], int],
    roll: Callable[[], float],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    base_url: str = "",
    transport: httpx.AsyncBaseTransport | None = None,
) -> Provider:
    """The index as a `Feed`, asked every 15 minutes."""
    query: dict[str, Any] = {"limit": "1", "format": "json"}
    url = base_url or BASE_URL
    question = Question(provider="fear-greed", base_url=url, path="/fng/", query=query)
    return Provider(question, read_fear_greed, now, wall, roll, sleep, transport=transport)
