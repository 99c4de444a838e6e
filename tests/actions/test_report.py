"""/report asks; the answer comes by its own event. Who may read may ask (row T9)."""

from typing import Any

import pytest

from pawang.model.chat import Send
from pawang.model.event import Consult, Count

STAMP = "20250915_0736"


def asked(ref: str, chat: int, **more: Any) -> Consult:
    return Consult(chat_id=chat, ref_id=ref, **{"question": "report", **more})


@pytest.mark.parametrize(
    ("words", "subject", "more"),
    [
        ("", "7DAYS", {}),
        (" day", "TODAY", {"question": "day"}),
        (" 2025-W38", "2025W38", {"week": "2025-W38"}),
        (" 2025-w38", "2025W38", {"week": "2025-W38"}),
    ],
)
def test_L2_a_viewer_asks_for_the_week_for_a_week_by_name_or_for_today(
    crew: Any, names: Any, words: str, subject: str, more: Any
) -> None:
    crew.says(names.viewer, f"/report{words}")
    assert crew.of(Consult) == [asked(f"rpt_{STAMP}_{subject}", names.viewer, **more)]


def test_S7_a_second_one_in_the_same_minute_has_its_own_ref(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/report")
    crew.says(names.viewer, "/report")
    assert [made.ref_id for made in crew.of(Consult)] == [f"rpt_{STAMP}_7DAYS_2"]


def test_T10_the_week_is_that_of_the_chats_time_zone(crew: Any, names: Any) -> None:
    crew.says(names.viewer, "/tz Asia/Jakarta")
    crew.says(names.viewer, "/report")
    assert [made.timezone for made in crew.of(Consult)] == ["Asia/Jakarta"]


@pytest.mark.parametrize("word", ["soon", "2025-W54", "2025W38", "2025-38"])
def test_what_is_no_week_is_refused_in_words_and_nothing_is_asked(
    crew: Any, names: Any, word: str
) -> None:
    crew.says(names.viewer, f"/report {word}")
    assert crew.of(Consult) == []
    assert crew.of(Count) == [Count(name="bad_week")]
    (said,) = crew.of(Send)
    assert said.text == "/report · /report 2025-W38 · /report day"
