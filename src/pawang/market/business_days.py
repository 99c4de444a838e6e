"""US business days by rule: weekends, exchange holidays, the date in New York.

The rules are those of the New York Stock Exchange as of 2026, and its unforeseen closings up to
then. A closing of a later day that no rule foresees (a day of mourning, a storm) is not known here:
a flow then looks one business day older.

>>> age_days(date(2025, 7, 3), date(2025, 7, 7))  # Friday the 4th is a holiday
1
"""

from datetime import date, datetime, timedelta
from functools import lru_cache

from pawang.model.refs import HOUR, utc

SATURDAY, SUNDAY = 5, 6
UNFORESEEN = (
    date(2012, 10, 29),  # a hurricane, two days
    date(2012, 10, 30),
    date(2018, 12, 5),  # mourning for a president
    date(2025, 1, 9),  # another
)


def new_york_date(ts: int) -> date:
    """The calendar date in New York at `ts`; summer time by the US rule since 2007."""
    standard = utc(ts - 5 * HOUR)
    return utc(ts - 4 * HOUR).date() if _is_summer(standard) else standard.date()


def _is_summer(standard: datetime) -> bool:
    """Second Sunday of March 02:00 to first Sunday of November 01:00, standard time."""
    begins = _weekday_of(standard.year, 3, SUNDAY, 2)
    ends = _weekday_of(standard.year, 11, SUNDAY, 1)
    moment = (standard.date(), standard.hour)
    return (begins, 2) <= moment < (ends, 1)


def age_days(trade_date: date, today: date) -> int:
    """Business days after `trade_date` up to and including `today`."""
    days = (today - trade_date).days
    later = (trade_date + timedelta(days=day) for day in range(1, days + 1))
    return sum(is_business_day(day) for day in later)


def is_business_day(day: date) -> bool:
    """Whether US exchanges open on that date."""
    return day.weekday() < SATURDAY and day not in _holidays(day.year)


@lru_cache(maxsize=16)
def _holidays(year: int) -> tuple[date, ...]:
    fixed = [date(year, 7, 4), date(year, 12, 25)]
    if year >= 2022:
        fixed.append(date(year, 6, 19))
    return (
        *_new_year(year),
        _weekday_of(year, 1, 0, 3),  # Martin Luther King
        _weekday_of(year, 2, 0, 3),  # Washington
        _easter(year) - timedelta(days=2),  # Good Friday
        _last_monday_of_may(year),  # Memorial Day
        _weekday_of(year, 9, 0, 1),  # Labor Day
        _weekday_of(year, 11, 3, 4),  # Thanksgiving
        *(_observed(day) for day in fixed),
        *(day for day in UNFORESEEN if day.year == year),
    )


def _new_year(year: int) -> tuple[date, ...]:
    """On a Saturday it is not made up for: the Friday before ends the old year's books."""
    day = date(year, 1, 1)
    return () if day.weekday() == SATURDAY else (_observed(day),)


def _observed(day: date) -> date:
    shift = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _weekday_of(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _last_monday_of_may(year: int) -> date:
    last = date(year, 5, 31)
    return last - timedelta(days=last.weekday())


def _easter(year: int) -> date:
    """Western Easter by counting: the Sunday after the paschal full moon of the Gregorian table."""
    golden = year % 19
    century = year // 100
    skipped = century - century // 4 - (8 * century + 13) // 25
    epact = (19 * golden + skipped + 15) % 30
    if epact == 29 or (epact == 28 and golden > 10):
        epact -= 1
    moon = date(year, 3, 21) + timedelta(days=epact)
    return moon + timedelta(days=7 - (moon.weekday() + 1) % 7)
