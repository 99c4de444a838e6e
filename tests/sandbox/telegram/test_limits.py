"""Floods on injected wall time: 1/s per chat, 30/s per bot, 20/min per group."""

from typing import Any

import pytest

from pawang.sandbox.telegram.core import CoreOptions, TelegramCore
from pawang.sandbox.telegram.faults import Rule
from pawang.sandbox.telegram.limits import Limiter, LimitParams

T = 1_757_921_580_000


def test_a_chat_takes_one_a_second_after_a_small_burst() -> None:
    """Three at once, then one each second."""
    limiter = Limiter(LimitParams())
    told = [limiter.admit(1, False, 1, T) for _ in range(4)]
    assert told == [0, 0, 0, 1]
    assert limiter.admit(1, False, 1, T + 999) == 1
    assert [limiter.admit(1, False, 1, T + 1000 * n) for n in (1, 2, 3)] == [0, 0, 0]


def test_one_chat_does_not_slow_another_but_the_bot_has_its_own_limit() -> None:
    """Thirty chats at once pass, the thirty-first waits."""
    limiter = Limiter(LimitParams())
    assert [limiter.admit(chat, False, 1, T) for chat in range(30)] == [0] * 30
    assert limiter.admit(31, False, 1, T) == 1


def test_a_group_takes_twenty_a_minute() -> None:
    """At one a second the minute is full after twenty, then it grows back by one in 3 s."""
    limiter = Limiter(LimitParams(chat_burst=20))
    sent = [limiter.admit(-1, True, 1, T) for _ in range(20)]
    assert sent == [0] * 20
    assert limiter.admit(-1, True, 1, T + 2_000) == 1
    assert limiter.admit(-1, True, 1, T + 3_000) == 0


def test_a_refused_send_takes_no_token() -> None:
    """Trying on does not make it worse."""
    limiter = Limiter(LimitParams(chat_burst=1))
    assert limiter.admit(1, False, 1, T) == 0
    assert [limiter.admit(1, False, 1, T + 500) for _ in range(50)] == [1] * 50
    assert limiter.admit(1, False, 1, T + 1_000) == 0


def test_an_album_counts_as_its_messages_and_may_leave_a_debt() -> None:
    """Ten pictures need ten seconds of the chat."""
    limiter = Limiter(LimitParams())
    assert limiter.admit(1, False, 10, T) == 0
    assert limiter.admit(1, False, 1, T) == 8


def core(**limits: Any) -> TelegramCore:
    made = TelegramCore(CoreOptions(token="1:t", limits=LimitParams(**limits)))
    made.user.message(T, chat_id=1, user_id=1, text="hi")
    made.user.message(T, chat_id=-5, user_id=1, text="hi")
    return made


def send(made: TelegramCore, chat_id: int, now_ms: int) -> dict[str, Any]:
    return made.call("sendMessage", {"chat_id": chat_id, "text": "x"}, now_ms)


def test_B01_during_a_retry_after_every_send_of_the_bot_is_refused() -> None:
    """The whole bot waits, not only the chat; what is left is told each time."""
    made = core()
    made.script(Rule(kind="429", method="sendMessage", retry_after=10))
    assert send(made, 1, T) == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 10",
        "parameters": {"retry_after": 10},
    }
    assert send(made, -5, T + 4_000)["parameters"] == {"retry_after": 6}
    assert made.call("getMe", {}, T + 4_000)["parameters"] == {"retry_after": 6}
    assert send(made, 1, T + 10_000)["ok"]


def test_a_gated_bot_still_hears() -> None:
    """/panic must reach a desk that may not speak."""
    made = core()
    made.script(Rule(kind="429", method="sendMessage", retry_after=600))
    send(made, 1, T)
    assert len(made.call("getUpdates", {}, T + 1)["result"]) == 2


def test_edits_count_in_groups_and_not_in_private() -> None:
    """The stricter reading of what Telegram leaves open."""
    made = core(chat_burst=1)
    sent = [send(made, chat, T)["result"]["message_id"] for chat in (1, -5)]
    edits = [
        made.call("editMessageText", {"chat_id": chat, "message_id": number, "text": "y"}, T)
        for chat, number in zip((1, -5), sent, strict=True)
    ]
    assert [edit["ok"] for edit in edits] == [True, False]


def test_limits_run_on_wall_time_whatever_the_market_does() -> None:
    """A minute of desk time in a wall second gives one token, not sixty."""
    made = core(chat_burst=1)
    params = {"chat_id": 1, "text": "x"}
    assert made.answer("sendMessage", params, T, T).status == 200
    assert made.answer("sendMessage", params, T + 60_000, T + 500).status == 429


@pytest.mark.parametrize("seconds", [1, 600])
def test_the_gate_opens_on_time(seconds: int) -> None:
    """Not a millisecond before."""
    limiter = Limiter(LimitParams())
    limiter.shut(seconds, T)
    assert limiter.gated_s(T + seconds * 1000 - 1) == 1
    assert limiter.gated_s(T + seconds * 1000) == 0
