"""The public market endpoints of REST (okx-v5.md 5): a query in, the rows of `data` out."""

from collections.abc import Callable
from itertools import islice
from typing import Any

from pawang.sandbox.okx import bars, rows
from pawang.sandbox.okx.books import DEPTH
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.query import Query
from pawang.sandbox.source import Bar

Endpoint = Callable[[Core, Query], Any]

CANDLES_REACH = 1_440  # rows that /market/candles reaches back
CANDLES_MAX = 300
FUNDINGS_MAX = 400


def time(core: Core, _: Query) -> Any:
    """Desk time: the venue's clock is the one that is scaled."""
    return [{"ts": str(core.now_ms + core.ahead())}]


def instruments(core: Core, query: Query) -> Any:
    return [rows.instrument_row(made) for made in query.chosen(core)]


def tickers(core: Core, query: Query) -> Any:
    return [rows.ticker_row(made) for made in query.chosen(core)]


def mark_prices(core: Core, query: Query) -> Any:
    return [rows.mark_row(made) for made in query.chosen(core)]


def open_interest(core: Core, query: Query) -> Any:
    return [rows.interest_row(made) for made in query.chosen(core)]


def ticker(core: Core, query: Query) -> Any:
    return [rows.ticker_row(query.instrument(core))]


def price_limit(core: Core, query: Query) -> Any:
    return [rows.limit_row(query.instrument(core))]


def funding_rate(core: Core, query: Query) -> Any:
    if query.needed("instId") == "ANY":
        return [rows.funding_row(made) for made in core.instruments.values()]
    return [rows.funding_row(query.instrument(core))]


def index_tickers(core: Core, query: Query) -> Any:
    name, quote = query.text("instId"), query.text("quoteCcy")
    if name is None and quote is None:
        raise Refused("50015", "instId", "quoteCcy")
    if name is not None and name not in core.families:
        raise Refused("51001")
    return [
        rows.index_row(made)
        for family, made in core.families.items()
        if name in (None, family) and quote in (None, "USDT")
    ]


def books(core: Core, query: Query) -> Any:
    made = query.instrument(core)
    count = query.whole("sz")
    count = 1 if count is None else count
    if not 1 <= count <= DEPTH:
        raise Refused("51000", "sz")
    return [
        {
            "asks": rows.level_rows(made, made.book.asks.best(count)),
            "bids": rows.level_rows(made, made.book.bids.best(count)),
            "ts": str(made.ts_ms),
            "seqId": made.book.seq,
        }
    ]


def trades(core: Core, query: Query) -> Any:
    made = query.instrument(core)
    newest = islice(reversed(made.tape), query.limit(100, 500))
    return [rows.trade_row(made, trade) for trade in newest]


def history_trades(core: Core, query: Query) -> Any:
    """By tradeId (type 1) or time (type 2), newest first. The tape holds the last 5,000."""
    made = query.instrument(core)
    by_time = query.one_of("type", ("1", "2"), "1") == "2"
    after, before = query.whole("after"), query.whole("before")
    limit = query.limit(100, 100)
    found = []
    for trade in reversed(made.tape):
        key = trade.ts_ms if by_time else trade.trade_id
        if before is not None and key <= before:
            break
        if after is None or key < after:
            found.append(rows.trade_row(made, trade))
        if len(found) == limit:
            break
    return found


def candles(core: Core, query: Query) -> Any:
    """The newest 1,440 bars; what is older is history."""
    kind = query.bar("bar", "1m")
    floor = kind.open_of(core.now_ms) - (CANDLES_REACH - 1) * kind.length
    return _candles(core, query, max(0, floor))


def history_candles(core: Core, query: Query) -> Any:
    """As far back as the source goes."""
    return _candles(core, query, 0)


def _candles(core: Core, query: Query, floor_ms: int) -> list[list[str]]:
    made, kind = query.instrument(core), query.bar("bar", "1m")
    found = _found(core, query, made, floor_ms)
    return [bars.row(made, bar, kind, core.now_ms) for bar in found]


def _found(core: Core, query: Query, made: Instrument, floor_ms: int = 0) -> list[Bar]:
    """The bars that the query means, newest first."""
    kind = query.bar("bar", "1m")
    after, before = query.whole("after"), query.whole("before")
    limit = query.limit(100, CANDLES_MAX)
    end = core.now_ms + 1 if after is None else min(after, core.now_ms + 1)
    if before is not None:
        floor_ms = max(floor_ms, before + 1)
    if end <= floor_ms:
        return []
    return bars.read(core.source, made.name, kind, end, limit, floor_ms)


def mark_candles(core: Core, query: Query) -> Any:
    return _price_candles(core, query, query.instrument(core), index=False)


def index_candles(core: Core, query: Query) -> Any:
    made = core.families.get(query.needed("instId"))
    if made is None:
        raise Refused("51001")
    return _price_candles(core, query, made, index=True)


def _price_candles(core: Core, query: Query, made: Instrument, *, index: bool) -> list[list[str]]:
    kind, now = query.bar("bar", "1m"), core.now_ms
    return [bars.price_row(made, bar, kind, now, index=index) for bar in _found(core, query, made)]


def books_full(core: Core, query: Query) -> Any:
    """Up to 5,000 levels of three elements, without a seqId."""
    made = query.instrument(core)
    count = query.whole("sz") or 1
    if count > FULL_MAX:
        raise Refused("51000", "sz")
    sides = {
        name: [[px, sz, orders] for px, sz, _, orders in rows.level_rows(made, side.best(count))]
        for name, side in (("asks", made.book.asks), ("bids", made.book.bids))
    }
    return [{**sides, "ts": str(made.ts_ms)}]


FULL_MAX = 5_000


def funding_history(core: Core, query: Query) -> Any:
    made = query.instrument(core)
    after, before = query.whole("after"), query.whole("before")
    limit = query.limit(FUNDINGS_MAX, FUNDINGS_MAX)
    end = core.now_ms + 1 if after is None else min(after, core.now_ms + 1)
    found = core.source.funding_history(made.name, end, limit)
    return [
        rows.settled_row(made, ts_ms, rate)
        for ts_ms, rate in found
        if before is None or ts_ms > before
    ]


def position_tiers(core: Core, query: Query) -> Any:
    kind = query.kind()
    query.one_of("tdMode", ("cross", "isolated"))
    wanted = query.text("instFamily") or query.text("uly")
    if kind != "SWAP":
        return []
    if wanted is None:
        raise Refused("50015", "uly", "instFamily")
    found: list[Instrument] = []
    for family in wanted.split(","):
        if family not in core.families:
            raise Refused("51000", "instFamily")
        found.append(core.families[family])
    return [row for made in found for row in rows.tier_rows(made)]


STATES = ("scheduled", "ongoing", "pre_open", "completed", "canceled")


def status(core: Core, query: Query) -> Any:
    """What is scheduled or going on, unless a state is asked for. Only a script plans any."""
    wanted = query.text("state")
    if wanted is not None and wanted not in STATES:
        raise Refused("51000", "state")
    shown = (wanted,) if wanted else STATES[:3]
    return [row for row in core.status() if row["state"] in shown]


ENDPOINTS: dict[str, Endpoint] = {
    "/public/time": time,
    "/public/instruments": instruments,
    "/public/mark-price": mark_prices,
    "/public/open-interest": open_interest,
    "/public/price-limit": price_limit,
    "/public/funding-rate": funding_rate,
    "/public/funding-rate-history": funding_history,
    "/public/position-tiers": position_tiers,
    "/market/ticker": ticker,
    "/market/tickers": tickers,
    "/market/index-tickers": index_tickers,
    "/market/books": books,
    "/market/trades": trades,
    "/market/history-trades": history_trades,
    "/market/candles": candles,
    "/market/history-candles": history_candles,
    "/market/mark-price-candles": mark_candles,
    "/market/history-mark-price-candles": mark_candles,
    "/market/index-candles": index_candles,
    "/market/history-index-candles": index_candles,
    "/market/books-full": books_full,
    "/system/status": status,
}
