"""Questions to OKX's public REST, answered in the desk's records, histories oldest first.

Each raises an `OkxError` when OKX does not answer (see `rest`).
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from pawang.model.instrument import Instrument, PositionTier
from pawang.model.market import BookSnapshot, Candle, FundingRate, LongShortRatio, OpenInterest
from pawang.model.refs import DAY, HOUR, MILLISECOND, MINUTE
from pawang.venues.okx import translate
from pawang.venues.okx.rest import Malformed, OkxRest
from pawang.venues.okx.translate import Translator
from pawang.venues.okx.wire import (
    BookRow,
    CandleRow,
    FundingRow,
    InstrumentRow,
    InterestHistoryRow,
    RatioRow,
    StatusRow,
    TakerVolumeRow,
    TierRow,
    TimeRow,
)

BARS = {
    "1m": MINUTE,
    "3m": 3 * MINUTE,
    "5m": 5 * MINUTE,
    "15m": 15 * MINUTE,
    "30m": 30 * MINUTE,
    "1H": HOUR,
    "2H": 2 * HOUR,
    "4H": 4 * HOUR,
    "1Dutc": DAY,
}
CANDLES_PAGE = 300
STATISTICS_PAGE = 100
FUNDING_PAGE = 400
PAGES_MAX = 200  # of one history; a venue that turns in circles is left
RATIO = "rubik/stat/contracts/long-short-account-ratio-contract"
TAKERS = "rubik/stat/taker-volume-contract"
INTEREST = "rubik/stat/contracts/open-interest-history"

R = TypeVar("R")


async def server_time(rest: OkxRest) -> int:
    """The venue's clock, ns UTC."""
    rows = await _rows(rest, "public/time", {}, TimeRow)
    if not rows:
        raise Malformed("public/time", "data", "no time in it")
    return rows[0].ts * MILLISECOND


async def instruments(rest: OkxRest) -> dict[str, Instrument]:
    """All crypto swaps by their venue name."""
    rows = await _rows(rest, "public/instruments", {"instType": "SWAP"}, InstrumentRow)
    made = [translate.instrument(row) for row in rows]
    return {one.name: one for one in made if one is not None}


async def listings(rest: OkxRest, coins: Sequence[str]) -> dict[str, Instrument]:
    """The desk's linear USDT swaps by coin, in the desk's order; unlisted coins are absent."""
    found = {
        one.coin: one
        for one in (await instruments(rest)).values()
        if one.linear and one.settle_currency == "USDT"
    }
    return {coin: found[coin] for coin in coins if coin in found}


async def tiers(rest: OkxRest, family: str) -> tuple[PositionTier, ...]:
    """Position tiers of a family ("BTC-USDT"), cross margin, smallest first."""
    query = {"instType": "SWAP", "tdMode": "cross", "instFamily": family}
    rows = await _rows(rest, "public/position-tiers", query, TierRow)
    return tuple(sorted((translate.tier(row) for row in rows), key=lambda made: made.tier))


async def book(rest: OkxRest, translator: Translator, name: str, now: int) -> BookSnapshot:
    """The whole book, 400 levels: to hold the streamed one against it."""
    rows = await _rows(rest, "market/books", {"instId": name, "sz": "400"}, BookRow)
    if not rows:
        raise Malformed("market/books", "data", "no book in it")
    return translator.snapshot(name, rows[0], now)


async def candles(
    rest: OkxRest, translator: Translator, name: str, bar: str, since: int, now: int
) -> list[Candle]:
    """Closed and open bars from `since` on (ns); `bar` is one of BARS."""

    async def page(before: int) -> list[CandleRow]:
        query = {"instId": name, "bar": bar, "after": str(before), "limit": str(CANDLES_PAGE)}
        return await _rows(rest, "market/history-candles", query, CandleRow)

    rows = await _back(page, lambda row: row.ts, since, now)
    return [translator.candle(name, BARS[bar], row, now) for row in rows]


async def open_interest_history(
    rest: OkxRest, translator: Translator, name: str, period: str, since: int, now: int
) -> list[OpenInterest]:
    """OKX keeps 1,440 rows a period."""

    async def page(before: int) -> list[InterestHistoryRow]:
        return await _rows(rest, INTEREST, _statistics(name, period, before), InterestHistoryRow)

    rows = await _back(page, lambda row: row.ts, since, now)
    return [translator.past_interest(name, row, now) for row in rows]


async def ratio_history(
    rest: OkxRest, translator: Translator, name: str, period: str, since: int, now: int
) -> list[LongShortRatio]:
    """Long accounts over short ones; OKX keeps 1,440 rows a period."""

    async def page(before: int) -> list[RatioRow]:
        return await _rows(rest, RATIO, _statistics(name, period, before), RatioRow)

    rows = await _back(page, lambda row: row.ts, since, now)
    return [translator.ratio(name, row, now) for row in rows]


async def newest_ratio(
    rest: OkxRest, translator: Translator, name: str, now: int
) -> list[LongShortRatio]:
    """The last three: OKX streams none, so they are asked for."""
    rows = await _rows(rest, RATIO, {"instId": name, "period": "5m", "limit": "3"}, RatioRow)
    newest_last = sorted(rows, key=lambda row: row.ts)
    return [translator.ratio(name, row, now) for row in newest_last]


async def taker_volume_history(
    rest: OkxRest, name: str, period: str, since: int, now: int
) -> list[TakerVolumeRow]:
    """Coin sold and bought by takers, a row a period, oldest first; OKX keeps 1,440 rows.

    Rows and no records: the desk has no use for them yet. Sell stands before buy on the wire.
    """

    async def page(before: int) -> list[TakerVolumeRow]:
        query = {**_statistics(name, period, before), "unit": "0"}
        return await _rows(rest, TAKERS, query, TakerVolumeRow)

    return await _back(page, lambda row: row.ts, since, now)


async def status(rest: OkxRest) -> list[StatusRow]:
    """What maintenance is planned or going on (C21)."""
    return await _rows(rest, "system/status", {}, StatusRow)


async def funding_history(
    rest: OkxRest, translator: Translator, name: str, since: int, now: int
) -> list[FundingRate]:
    """What was paid at each settlement from `since` on; OKX keeps three months."""

    async def page(before: int) -> list[FundingRow]:
        query = {"instId": name, "after": str(before), "limit": str(FUNDING_PAGE)}
        return await _rows(rest, "public/funding-rate-history", query, FundingRow)

    rows = await _back(page, lambda row: row.funding_time, since, now)
    return [translator.funding(row, now) for row in rows]


async def funding(rest: OkxRest, translator: Translator, name: str, now: int) -> list[FundingRate]:
    """The present forecast."""
    rows = await _rows(rest, "public/funding-rate", {"instId": name}, FundingRow)
    return [translator.funding(row, now) for row in rows if row.inst_id == name]


# Reading.


async def _rows(rest: OkxRest, path: str, query: dict[str, str], kind: type[R]) -> list[R]:
    parsed = await rest.get(path, query)
    return [row for row in parsed.records if isinstance(row, kind)]


def _statistics(name: str, period: str, before: int) -> dict[str, str]:
    query = {"instId": name, "period": period, "limit": str(STATISTICS_PAGE)}
    return {**query, "end": str(before)}


async def _back(
    page: Callable[[int], Awaitable[list[R]]], stamp: Callable[[R], int], since: int, now: int
) -> list[R]:
    """Pages from `now` back to `since`, turned oldest first. Each row once: pages may overlap,
    whether the bound is inclusive differs between endpoints."""
    found: dict[int, R] = {}
    before, earliest = now // MILLISECOND + 1, since // MILLISECOND
    for _ in range(PAGES_MAX):
        rows = await page(before)
        fresh = {stamp(row): row for row in rows if stamp(row) not in found}
        found.update(fresh)
        if not fresh or min(fresh) <= earliest:
            break
        before = min(fresh)
    return [found[ts] for ts in sorted(found) if ts >= earliest]
