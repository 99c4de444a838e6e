"""Weeks of people: Monday to Monday, and Monday at eight, whatever the clocks do (rows L2, T10)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pawang.model.errors import BadInput
from pawang.model.refs import HOUR, SECOND
from pawang.model.weeks import day_start, known_zone, report_due, week_of, week_span


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


@pytest.mark.parametrize(
    ("now", "zone", "week", "due"),
    [
        ("2025-09-22 07:59", "UTC", "2025-W37", "2025-09-15 08:00"),
        ("2025-09-22 08:00", "UTC", "2025-W38", "2025-09-22 08:00"),
        ("2025-09-28 23:59", "UTC", "2025-W38", "2025-09-22 08:00"),
        ("2025-09-22 08:00", "Asia/Jakarta", "2025-W38", "2025-09-22 08:00"),
        ("2025-09-22 07:59", "Asia/Jakarta", "2025-W37", "2025-09-15 08:00"),
        ("2025-12-29 08:00", "UTC", "2025-W52", "2025-12-29 08:00"),
        ("2026-01-05 08:00", "UTC", "2026-W01", "2026-01-05 08:00"),
        # Clocks went back in the night before.
        ("2025-10-27 08:00", "Europe/Berlin", "2025-W43", "2025-10-27 08:00"),
        ("2025-10-27 07:59", "Europe/Berlin", "2025-W42", "2025-10-20 08:00"),
    ],
)
def test_a_week_is_due_on_the_monday_after_it_at_eight_where_the_chat_is(now, zone, week, due):
    assert report_due(at(now, zone), zone) == (week, at(due, zone))


def test_a_week_in_which_the_clocks_go_back_is_an_hour_longer():
    plain, longer = week_span("2025-W42", "Europe/Berlin"), week_span("2025-W43", "Europe/Berlin")
    assert plain == (at("2025-10-13", "Europe/Berlin"), at("2025-10-20", "Europe/Berlin"))
    assert (longer[1] - longer[0]) - (plain[1] - plain[0]) == HOUR
    assert plain[1] == longer[0]


def test_every_moment_of_a_week_lies_in_it_and_the_next_one_does_not():
    begun, over = week_span("2025-W38", "Asia/Jakarta")
    found = [week_of(ts, "Asia/Jakarta") for ts in (begun - SECOND, begun, over - SECOND, over)]
    assert found == ["2025-W37", "2025-W38", "2025-W38", "2025-W39"]


@pytest.mark.parametrize("word", ["", "soon", "2025-W54", "2025-W00", "2025W38", "2025-W38 "])
def test_what_is_no_week_is_refused(word):
    with pytest.raises(BadInput):
        week_span(word, "UTC")


def test_a_day_begins_at_midnight_where_the_chat_is():
    assert day_start(at("2025-09-15 18:00"), "Asia/Jakarta") == at("2025-09-16", "Asia/Jakarta")
    assert day_start(at("2025-09-15 16:59"), "Asia/Jakarta") == at("2025-09-15", "Asia/Jakarta")


def test_a_zone_nobody_knows_is_none():
    assert [known_zone(zone) for zone in ("UTC", "Asia/Jakarta", "Mars/Base", "")] == [
        True,
        True,
        False,
        False,
    ]
