"""Weeks as people live them: from Monday to Monday in a time zone, named as ISO 8601 names them.

>>> from pawang.model.refs import DAY
>>> week_of(20_347 * DAY, "UTC"), week_span("2025-W38", "UTC") == (20_346 * DAY, 20_353 * DAY)
('2025-W38', True)
"""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from pawang.model.errors import BadInput
from pawang.model.refs import SECOND, utc

REPORT_HOUR = 8  # of Monday, in the chat's own time (row L2)


def week_of(ts: int, timezone: str) -> str:
    """The week that `ts` falls into."""
    year, week, _ = utc(ts).astimezone(ZoneInfo(timezone)).isocalendar()
    return f"{year}-W{week:02d}"


def week_span(week: str, timezone: str) -> tuple[int, int]:
    """[from, to) of a week; BadInput for what is no week. A day may have 23 or 25 hours."""
    monday = _monday(week)
    zone = ZoneInfo(timezone)
    return _midnight(monday, zone), _midnight(monday + timedelta(days=7), zone)


def day_start(ts: int, timezone: str) -> int:
    """00:00 of that day where the chat is."""
    zone = ZoneInfo(timezone)
    return _midnight(utc(ts).astimezone(zone).date(), zone)


def report_due(now: int, timezone: str) -> tuple[str, int]:
    """The newest whole week that is to be told by now, and the moment it became due."""
    zone = ZoneInfo(timezone)
    here = utc(now).astimezone(zone)
    monday = here.date() - timedelta(days=here.weekday())
    due = _at(monday, REPORT_HOUR, zone)
    if due > now:
        monday -= timedelta(days=7)
        due = _at(monday, REPORT_HOUR, zone)
    year, week, _ = (monday - timedelta(days=7)).isocalendar()
    return f"{year}-W{week:02d}", due


def known_zone(timezone: str) -> bool:
    """Whether there is such a time zone."""
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        return False
    return True


def _monday(week: str) -> date:
    found = re.fullmatch(r"(\d{4})-W(\d{2})", week)
    try:
        return date.fromisocalendar(int(found[1]), int(found[2]), 1) if found else _refuse(week)
    except ValueError:
        return _refuse(week)


def _refuse(week: str) -> date:
    raise BadInput(f"a week is written like 2025-W38, not {week!r}")


def _midnight(day: date, zone: ZoneInfo) -> int:
    return _at(day, 0, zone)


def _at(day: date, hour: int, zone: ZoneInfo) -> int:
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=zone)
    return int(moment.timestamp()) * SECOND
