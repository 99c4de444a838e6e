"""Ids made from their meaning: the same slot gives the same id, so a repeat is seen as a repeat.

ib_20250915_0733_BTC    institutional bias, slot minute in UTC, coin (row S7)
snp_20250915_0736_SOL   sniper
"""

from datetime import UTC, datetime

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MILLISECOND = 1_000_000
FOREVER = 2**63 - 1  # the last moment there is


def utc(ts: int) -> datetime:
    """Nanoseconds UTC as an aware datetime, whole seconds (the only conversion in the house)."""
    return datetime.fromtimestamp(ts // SECOND, UTC)


def ref_id(kind: str, ts: int, subject: str, repeat: int = 1) -> str:
    """`{kind}_{YYYYMMDD}_{HHMM}_{SUBJECT}`, `_2` and on for a repeat in the same minute."""
    stem = f"{kind}_{utc(ts):%Y%m%d_%H%M}_{subject.upper()}"
    return stem if repeat == 1 else f"{stem}_{repeat}"
