"""What the HTTP door may ask the desk: callables that the hallway fills. No room is imported."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pawang.model.codec import Record

Json = dict[str, Any]


class Ready(Record):
    """`ready` False: `reason` says what is missing, `retry_s` when to ask again."""

    ready: bool
    reason: str = ""
    retry_s: int = 5


class Board(Record):
    """Every callable answers from memory or one indexed read, but for `kpi` and `report`; none
    waits for a provider."""

    coins: tuple[str, ...]
    signal: Callable[[str, str], Json | None]  # (kind "ib" | "snp", coin) -> newest decision
    market: Callable[[str, str], Json | None]  # (kind "heatmap" | "orderbook", coin)
    scheduler: Callable[[], Json]
    ref: Callable[[str], Json | None]
    health: Callable[[], Json]
    ready: Callable[[], Ready]
    waiting: Callable[[str, str], Ready]  # why (kind, coin) has no decision yet
    feedback: Callable[[str, int, int, int | None], Awaitable[str]]  # "" or why it was refused
    positions: Callable[[], Awaitable[Json]]  # open orders at the mark, and the books' accounts
    kpi: Callable[[], Awaitable[Json]]  # worked out beside the loop: seconds after some months
    report: Callable[[str], Awaitable[Json | None]]  # of a week, "" = up to now; None = no week
    metrics: Callable[[], bytes]
    seen: Callable[[str, int, float], None]  # (route, status, seconds): for the SLO
    # (headers in lower case, body) of a pushed update -> HTTP status; the bytes are handed on
    webhook: Callable[[Mapping[str, str], bytes], Awaitable[int]]
