"""Trading statistics, "rubik" (okx-v5.md 6): rows of strings, newest first.

The `ccy` endpoints speak of the coin's swap, the only contract listed here; SPOT is empty. The
top traders' ratios are everybody's. USD values use today's price for all rows: the source keeps
no price beside its history. Both are simple, and enough for a client's parser and its units.
"""

from collections.abc import Callable
from typing import Any

from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.figures import number
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.query import Query

Endpoint = Callable[[Core, Query], Any]

HOUR = 3_600_000
REACH: dict[str, tuple[int, int]] = {  # period of the `ccy` endpoints: length, days back
    "5m": (300_000, 2),
    "1H": (HOUR, 30),
    "1D": (24 * HOUR, 180),
}
ROWS_REACH = 1_440  # of the `instId` endpoints
CONTRACT_PERIODS = {
    "5m": 300_000, "15m": 900_000, "30m": 1_800_000, "1H": HOUR, "2H": 2 * HOUR, "4H": 4 * HOUR,
    "6H": 6 * HOUR, "12H": 12 * HOUR, "1D": 24 * HOUR,
}  # fmt: skip


class _Span:
    """Which rows of which instrument are asked for."""

    def __init__(self, made: Instrument, period: int, query: Query, most: int, reach: int) -> None:
        now = made.ts_ms
        begin, end = query.whole("begin"), query.whole("end")
        self.made = made
        self.period = period
        self.end = now + 1 if end is None else min(end, now) + 1
        self.begin = max(begin or 0, now - reach)
        self.limit = query.limit(100, 100) if most == 100 else most

    def rows(self, ask: Callable[[str, int, int, int], list[Any]]) -> list[Any]:
        found = ask(self.made.name, self.period, self.end, self.limit)
        return [row for row in found if row[0] >= self.begin]


def _by_contract(core: Core, query: Query) -> _Span:
    made = query.instrument(core)
    period = CONTRACT_PERIODS.get((query.text("period") or "5m").removesuffix("utc"))
    if period is None:
        raise Refused("51000", "period")
    return _Span(made, period, query, 100, ROWS_REACH * period)


def _by_coin(core: Core, query: Query) -> _Span:
    made = core.families.get(f"{query.needed('ccy')}-USDT")
    if made is None:
        raise Refused("51000", "ccy")
    period, days = REACH[query.one_of("period", tuple(REACH), "5m")]
    return _Span(made, period, query, days * 24 * HOUR // period, days * 24 * HOUR)


def _usd(made: Instrument, lots: int) -> float:
    return made.listing.coins(lots) * made.mark * made.tick


def interest_history(core: Core, query: Query) -> Any:
    span = _by_contract(core, query)
    made = span.made
    return [
        [
            str(ts),
            made.size.text(lots),
            number(made.listing.coins(lots), 8),
            number(_usd(made, lots), 4),
        ]
        for ts, lots in span.rows(core.source.open_interest_history)
    ]


def contract_ratio(core: Core, query: Query) -> Any:
    span = _by_contract(core, query)
    return [[str(ts), number(ratio, 4)] for ts, ratio in span.rows(core.source.ratio_history)]


def coin_ratio(core: Core, query: Query) -> Any:
    span = _by_coin(core, query)
    return [[str(ts), number(ratio, 4)] for ts, ratio in span.rows(core.source.ratio_history)]


def contract_takers(core: Core, query: Query) -> Any:
    """Sell comes BEFORE buy. unit 0 = coin, 1 = contracts, 2 = USD."""
    unit = query.one_of("unit", ("0", "1", "2"), "1")
    span = _by_contract(core, query)
    made = span.made
    units: dict[str, Callable[[int], str]] = {
        "0": lambda lots: number(made.listing.coins(lots), 8),
        "1": made.size.text,
        "2": lambda lots: number(_usd(made, lots), 4),
    }
    shown = units[unit]
    found = span.rows(core.source.taker_history)
    return [[str(ts), shown(sold), shown(bought)] for ts, sold, bought in found]


def coin_takers(core: Core, query: Query) -> Any:
    """In coins; sell comes BEFORE buy."""
    spot = query.one_of("instType", ("SPOT", "CONTRACTS")) == "SPOT"
    span = _by_coin(core, query)
    if spot:
        return []
    coins = span.made.listing.coins
    return [
        [str(ts), number(coins(sold), 4), number(coins(bought), 4)]
        for ts, sold, bought in span.rows(core.source.taker_history)
    ]


def interest_volume(core: Core, query: Query) -> Any:
    """[ts, open interest USD, volume USD]."""
    span = _by_coin(core, query)
    made = span.made
    volumes = {ts: sold + bought for ts, sold, bought in span.rows(core.source.taker_history)}
    return [
        [str(ts), number(_usd(made, lots), 4), number(_usd(made, volumes.get(ts, 0)), 4)]
        for ts, lots in span.rows(core.source.open_interest_history)
    ]


def support_coin(core: Core, _: Query) -> Any:
    """The one endpoint whose `data` is an object."""
    coins = [made.listing.coin for made in core.instruments.values()]
    return {"contract": coins, "option": [], "spot": []}


ENDPOINTS: dict[str, Endpoint] = {
    "/rubik/stat/taker-volume": coin_takers,
    "/rubik/stat/taker-volume-contract": contract_takers,
    "/rubik/stat/contracts/long-short-account-ratio": coin_ratio,
    "/rubik/stat/contracts/long-short-account-ratio-contract": contract_ratio,
    "/rubik/stat/contracts/long-short-account-ratio-contract-top-trader": contract_ratio,
    "/rubik/stat/contracts/long-short-position-ratio-contract-top-trader": contract_ratio,
    "/rubik/stat/contracts/open-interest-volume": interest_volume,
    "/rubik/stat/contracts/open-interest-history": interest_history,
    "/rubik/stat/trading-data/support-coin": support_coin,
}
