"""The weekly report comes by itself, once, on Monday at eight where the chat is (row L2)."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from pawang.alerts import consulted, weekly
from pawang.learning.figures import Facts
from pawang.learning.report import Span, report
from pawang.model.chat import Category
from pawang.model.desk import Chat, Desk, Trading
from pawang.model.event import Consult, Consulted
from pawang.model.refs import DAY, SECOND

REF = "rpt_20250922_0800_2025W38"


def at(text, zone="UTC"):
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


EIGHT = at("2025-09-22 08:00")


def desk(*chats):
    return Desk(chats={chat.chat_id: chat for chat in chats})


def chat(chat_id=7, reported="2025-W37", **changes):
    return Chat(chat_id=chat_id, kind="private", reported=reported, **changes)


def asked(chat_id=7, ref=REF, **changes):
    ask = Consult(
        question="report", chat_id=chat_id, ref_id=ref, week="2025-W38", weekly=True, timezone="UTC"
    )
    return replace(ask, **changes)


def week(name="2025-W38"):
    span = Span(name=name, timezone="UTC", ts_from=EIGHT - 7 * DAY, ts_to=EIGHT, as_of=EIGHT - 1)
    return report(Facts(), span)


def answer(ask, **changes):
    found = Consulted(chat_id=ask.chat_id, ref_id=ask.ref_id, weekly=ask.weekly, report=week())
    return replace(found, **changes)


def test_nothing_is_asked_before_eight_and_at_eight_it_is():
    before = desk(chat())
    assert weekly(before, EIGHT - SECOND).effects == ()
    assert weekly(before, EIGHT).effects == (asked(),)


def test_each_chat_has_its_own_monday_morning():
    both = desk(chat(7), chat(8, timezone="Asia/Jakarta"))
    early = weekly(both, at("2025-09-22 08:00", "Asia/Jakarta"))
    assert early.effects == (asked(8, "rpt_20250922_0100_2025W38", timezone="Asia/Jakarta"),)


def test_it_is_asked_for_every_minute_until_it_was_said_and_then_never_again():
    """What a crash loses between the question and the answer is worked out again."""
    waiting = desk(chat())
    for minute in range(3):
        assert weekly(waiting, EIGHT + minute * 60 * SECOND).effects == (asked(),)
    told = consulted(waiting, answer(asked()), EIGHT + 5 * SECOND)
    assert [send.ref_id for send in told.effects] == [REF, f"{REF}P"]
    assert told.desk == desk(chat(reported="2025-W38"))
    assert weekly(told.desk, EIGHT + DAY).effects == ()


def test_an_answer_that_comes_twice_is_said_once():
    told = consulted(desk(chat()), answer(asked()), EIGHT)
    assert consulted(told.desk, answer(asked()), EIGHT + SECOND).effects == ()


def test_a_desk_that_was_away_tells_the_newest_week_when_it_is_back_and_only_that():
    back = weekly(desk(chat(reported="2025-W30")), at("2025-09-24 13:05"))
    assert back.effects == (asked(),)


def test_a_new_chat_hears_of_the_week_it_was_born_in_first():
    born = weekly(desk(chat(reported="")), at("2025-09-17 12:00"))
    assert born.effects == ()
    assert born.desk == desk(chat(reported="2025-W37"))
    assert weekly(born.desk, EIGHT).effects == (asked(),)


def test_a_chat_born_on_a_monday_before_eight_has_no_week_behind_it():
    born = weekly(desk(chat(reported="")), at("2025-09-15 00:30"))
    assert born.desk == desk(chat(reported="2025-W37"))
    assert weekly(born.desk, at("2025-09-15 08:00")).effects == ()


def test_who_moves_to_another_time_zone_hears_of_no_week_twice():
    told = desk(chat(reported="2025-W38", timezone="America/New_York"))
    assert weekly(told, at("2025-09-22 08:00", "America/New_York")).effects == ()


def test_a_chat_that_is_switched_off_and_a_halted_desk_wait():
    assert weekly(desk(chat(enabled=False)), EIGHT).effects == ()
    halted = replace(desk(chat()), trading=Trading(state="halted"))
    assert weekly(halted, EIGHT).effects == ()
    assert weekly(replace(halted, trading=Trading()), EIGHT + DAY).effects == (asked(),)


def test_a_report_somebody_asked_for_leaves_mondays_alone():
    ask = asked(weekly=False, ref="rpt_20250922_0810_7DAYS")
    told = consulted(desk(chat()), answer(ask), EIGHT)
    assert told.desk == desk(chat())
    assert [send.category for send in told.effects] == [Category.REPORT] * 2


@pytest.mark.parametrize("language", ["en", "id"])
def test_the_picture_comes_with_its_words_and_the_pages_after_it(language):
    told = consulted(desk(chat(language=language)), answer(asked()), EIGHT)
    first, second = told.effects
    assert (first.picture is not None, second.picture) == (True, None)
    assert first.picture.kind == "report"
    assert [send.text.splitlines()[-1] for send in (first, second)] == [
        f"ref: {REF}",
        f"ref: {REF}P",
    ]
