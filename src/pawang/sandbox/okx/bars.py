"""Candles of every bar OKX offers, folded from the source's own (okx-v5.md 5, market/candles).

Up to 4H a bar opens on a multiple of its length; from 6H on it opens by the clock of UTC+8,
unless the name ends with "utc". Weeks open on Monday, months on the first.
What is simple: `1s` is refused, the source has no seconds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pawang.sandbox.okx.figures import number
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.source import Bar, MarketSource

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
UTC8 = 8 * HOUR
MONDAY = 4 * DAY  # 1970-01-05
BASES_MAX = 20_000  # source candles read for one answer

FIXED = {
    "1m": MINUTE, "3m": 3 * MINUTE, "5m": 5 * MINUTE, "15m": 15 * MINUTE, "30m": 30 * MINUTE,
    "1H": HOUR, "2H": 2 * HOUR, "4H": 4 * HOUR,
}  # fmt: skip
LONG = {"6H": 6 * HOUR, "12H": 12 * HOUR, "1D": DAY, "2D": 2 * DAY, "3D": 3 * DAY, "5D": 5 * DAY}
MONTHS = {"1M": 1, "3M": 3}


@dataclass(frozen=True, slots=True)
class BarKind:
    """`open_of(ts_ms)` is when the bar that holds ts_ms opened; `base` what it is folded from."""

    name: str
    length: int  # ms; of months the longest they can be
    base: int
    open_of: Callable[[int], int]

    def close_of(self, open_ms: int) -> int:
        """When the bar that opened then closes."""
        if self.name.removesuffix("utc") not in MONTHS:
            return open_ms + self.length
        return self.open_of(open_ms + self.length)


def bar_kind(name: str) -> BarKind | None:
    """None when OKX has no such bar."""
    utc = name.endswith("utc")
    plain = name.removesuffix("utc")
    if plain in FIXED and not (utc and plain in ("1m", "3m", "5m", "15m", "30m", "1H", "2H", "4H")):
        length = FIXED[plain]
        return BarKind(name, length, length, lambda ts: ts // length * length)
    shift = 0 if utc else UTC8
    if plain in LONG or plain == "1W":
        length = LONG.get(plain, 7 * DAY)
        origin = (MONDAY if plain == "1W" else 0) - shift
        base = 2 * HOUR if plain == "6H" else 4 * HOUR
        return BarKind(name, length, base, lambda ts: (ts - origin) // length * length + origin)
    if plain in MONTHS:
        count = MONTHS[plain]
        base = 4 * HOUR
        return BarKind(name, count * 31 * DAY, base, lambda ts: _month(ts + shift, count) - shift)
    return None


def _month(ts_ms: int, count: int) -> int:
    at = datetime.fromtimestamp(ts_ms / 1000, UTC)
    first = datetime(at.year, (at.month - 1) // count * count + 1, 1, tzinfo=UTC)
    return int(first.timestamp()) * 1000


def read(
    source: MarketSource, inst_id: str, kind: BarKind, end_ms: int, count: int, floor_ms: int = 0
) -> list[Bar]:
    """Up to `count` bars that opened in [floor_ms, end_ms), newest first."""
    assert count > 0, "asking for nothing is the caller's affair"
    if kind.base == kind.length:
        bars = source.candles(inst_id, kind.base, end_ms, count)
        return [bar for bar in bars if bar.ts_ms >= floor_ms]
    last_open = kind.open_of(end_ms - 1)
    wanted = min(BASES_MAX, (count + 1) * (kind.length // kind.base))
    made: list[Bar] = []
    for base in source.candles(inst_id, kind.base, kind.close_of(last_open), wanted):
        opened = kind.open_of(base.ts_ms)
        if made and made[-1].ts_ms == opened:
            made[-1] = _joined(base, made[-1])
        elif len(made) == count or opened < floor_ms:
            break
        else:
            made.append(Bar(opened, base.open, base.high, base.low, base.close, base.lots))
    return made


def _joined(older: Bar, newer: Bar) -> Bar:
    return Bar(
        newer.ts_ms,
        older.open,
        max(older.high, newer.high),
        min(older.low, newer.low),
        newer.close,
        older.lots + newer.lots,
    )


MARK, INDEX = "mark-price-candle", "index-candle"


def price_row(made: Instrument, bar: Bar, kind: BarKind, now_ms: int, *, index: bool) -> list[str]:
    """[ts, o, h, l, c, confirm] of the mark or the index.

    Simple: the source keeps trades only, so the mark's past is that of the trades, and the
    index's is the same at today's distance from the mark, as its 24 h figures are.
    """
    ratio = made.index / (made.mark * made.tick) if index and made.mark else 1.0
    decimals = made.price.decimals + (1 if index else 0)
    prices = (bar.open, bar.high, bar.low, bar.close)
    closed = kind.close_of(bar.ts_ms) <= now_ms
    texts = [number(ticks * made.tick * ratio, decimals) for ticks in prices]
    return [str(bar.ts_ms), *texts, "1" if closed else "0"]


def row(made: Instrument, bar: Bar, kind: BarKind, now_ms: int) -> list[str]:
    """[ts, o, h, l, c, vol (contracts), volCcy (coin), volCcyQuote, confirm]."""
    price = made.price.text
    coins = made.listing.coins(bar.lots)
    middle = (bar.high + bar.low + bar.close) / 3 * made.tick
    closed = kind.close_of(bar.ts_ms) <= now_ms
    return [
        str(bar.ts_ms),
        price(bar.open),
        price(bar.high),
        price(bar.low),
        price(bar.close),
        made.size.text(bar.lots),
        number(coins, 8),
        number(coins * middle, 8),
        "1" if closed else "0",
    ]
