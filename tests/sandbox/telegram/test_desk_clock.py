"""Desk time of another process, carried on at its speed between two looks."""

import asyncio
from time import monotonic_ns, time_ns
from typing import Any

import httpx
import pytest

from pawang.sandbox.telegram.desk_clock import DeskClock, Reading

NOW = 1_757_921_580 * 10**9


def test_between_two_looks_the_clock_runs_on_at_its_speed() -> None:
    """20 x: a wall second is twenty of the desk's."""
    reading = Reading(NOW, 20.0, 5_000)
    assert reading.at(5_000 + 10**9) == NOW + 20 * 10**9


def test_without_anybody_to_follow_it_is_the_wall_clock() -> None:
    """Within what the test itself takes."""
    clock = DeskClock()
    before = time_ns() // 1_000_000
    assert before <= clock.now_ms() <= time_ns() // 1_000_000
    assert (clock.speed, clock.following) == (1.0, False)


def test_a_small_step_back_is_waited_out_and_a_large_one_followed() -> None:
    """Dates do not jump back in a chat; a new world has a new time."""
    clock = DeskClock()
    clock.read(NOW, 0.0, monotonic_ns())
    assert clock.now_ms() == NOW // 1_000_000
    clock.read(NOW - 10**9, 0.0, monotonic_ns())
    assert clock.now_ms() == NOW // 1_000_000
    clock.read(NOW - 3600 * 10**9, 0.0, monotonic_ns())
    assert clock.now_ms() == NOW // 1_000_000 - 3_600_000


def look(reply: httpx.Response | Exception) -> tuple[bool, DeskClock]:
    """One look at a clock that answers so."""

    def answer(request: httpx.Request) -> httpx.Response:
        if isinstance(reply, Exception):
            raise reply
        return reply

    clock = DeskClock()

    async def ask() -> bool:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            return await clock.look(client, "http://127.0.0.1/clock")

    return asyncio.run(ask()), clock


def test_a_look_reads_time_and_speed() -> None:
    """`now` is nanoseconds in a string."""
    seen, clock = look(httpx.Response(200, json={"now": str(NOW), "speed": 20.0, "more": 1}))
    assert (seen, clock.speed, clock.following) == (True, 20.0, True)
    assert 0 <= clock.now_ms() - NOW // 1_000_000 < 60_000


@pytest.mark.parametrize(
    "reply",
    [
        httpx.ConnectError("gone"),
        httpx.Response(200, text="not json"),
        httpx.Response(200, json={"speed": 1}),
        httpx.Response(200, json={"now": None, "speed": 1}),
        httpx.Response(200, json=[]),
    ],
)
def test_a_clock_that_cannot_be_read_changes_nothing(reply: Any) -> None:
    """The last speed goes on."""
    seen, clock = look(reply)
    assert (seen, clock.following) == (False, False)


def test_messages_are_dated_by_desk_time(serve: Any) -> None:
    """The box follows the clock's url."""

    async def story() -> None:
        async with serve() as box:
            box.server.clock.read(NOW, 0.0, monotonic_ns())
            await box.does("message", chat_id=1, user_id=1, text="hi")
            sent = await box.result("sendMessage", chat_id=1, text="x")
            assert sent["date"] == NOW // 10**9
            state = await box.get("/state")
            assert state["clock"] == {"now_ms": NOW // 10**6, "speed": 0.0, "following": True}

    asyncio.run(story())
