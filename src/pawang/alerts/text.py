"""Building text with prices as code spans: a tap copies them, and nothing needs escaping."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pawang.model.refs import MINUTE, SECOND, utc

MINUS = "\u2212"


class Text:
    """Plain text and its code spans in UTF-16 units, as Telegram counts."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._units = 0
        self.code: list[tuple[int, int]] = []

    def add(self, part: str) -> "Text":
        self._parts.append(part)
        self._units += len(part.encode("utf-16-le")) // 2
        return self

    def price(self, part: object) -> "Text":
        text = str(part)
        self.code.append((self._units, len(text)))
        return self.add(text)

    def line(self, part: str = "") -> "Text":
        return self.add(f"{part}\n")

    @property
    def text(self) -> str:
        return "".join(self._parts).rstrip("\n")

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        return tuple(self.code)


def money(usd: float | Decimal) -> str:
    """+$35M, −$35M, $0.4M, $1,430."""
    value = float(usd)
    size = abs(value)
    if size >= 1e8:
        return f"${size / 1e6:.0f}M"
    if size >= 1e5:
        return f"${size / 1e6:.3g}M"
    return f"${size:,.0f}"


def signed(usd: float | Decimal) -> str:
    sign = "+" if float(usd) >= 0 else MINUS
    return f"{sign}{money(usd)}"


def plain(value: Decimal) -> str:
    """A Decimal without trailing zeros beyond its meaning, minus as the chat writes it."""
    return f"{value:f}".replace("-", MINUS)


def signed_amount(value: Decimal | float, places: int = 2) -> str:
    text = f"{abs(value):,.{places}f}"
    return f"{MINUS if value < 0 else '+'}{text}"


def clock(ts: int, timezone: str) -> str:
    """HH:MM in the chat's time zone."""
    return f"{local(ts, timezone):%H:%M}"


def local(ts: int, timezone: str) -> datetime:
    return utc(ts).astimezone(ZoneInfo(timezone))


def next_midnight(ts: int, timezone: str) -> int:
    """00:00 tomorrow in the chat's time zone, ns UTC."""
    here = local(ts, timezone)
    tomorrow = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return int(tomorrow.timestamp()) * SECOND


def age(ns: int) -> str:
    """12s, 4m, 2h."""
    seconds = max(0, ns) // SECOND
    if seconds < 90:
        return f"{seconds}s"
    if seconds < 5400:
        return f"{ns // MINUTE}m"
    return f"{ns // (60 * MINUTE)}h"


def fitted(text: str, ref: str, most: int) -> str:
    """The text and its ref within `most` UTF-16 units; lines are dropped from the end, and the
    dots say so."""
    ending = f"\nref: {ref}"
    lines = text.split("\n")
    if units(text + ending) <= most:
        return text + ending
    while lines and units("\n".join(lines) + "\n…" + ending) > most:
        lines.pop()
    return "\n".join(lines) + "\n…" + ending


def units(text: str) -> int:
    """Its length as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2
