"""On a socket: the token, the long poll, how the wire breaks, and who may come in."""

import asyncio
import os
import signal
from typing import Any

import httpx
import pytest

from pawang.sandbox.telegram.server import TelegramOptions, run_telegram

OWNER = 1001


def told(serve: Any, story: Any, **options: Any) -> None:
    """Run a story in a box."""

    async def run() -> None:
        async with serve(**options) as box:
            await box.does("message", chat_id=OWNER, user_id=OWNER, text="/start")
            await story(box)

    asyncio.run(run())


async def until(true: Any) -> None:
    """Give the loop turns until it is so."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


# -- the token ---------------------------------------------------------------------------------


def test_B12_only_the_bots_own_token_opens(serve: Any) -> None:
    """Ill-formed is 404, foreign 401; a new token kills the old one."""

    async def story(box: Any) -> None:
        assert (await box.bot("getMe", token="no token")).status_code == 404
        reply = await box.bot("getMe", token="4242:other")
        assert reply.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
        assert (await box.bot("getMe")).status_code == 200
        assert (await box.http.get("/file/bot4242:other/photos/x.png")).status_code == 401
        rotated = await box.http.post("/sandbox/token", json={"token": "4242:newer"})
        assert rotated.status_code == 200
        assert (await box.bot("getMe")).status_code == 401
        assert (await box.bot("getMe", token="4242:newer")).json()["result"]["id"] == 4242
        assert (await box.http.post("/sandbox/token", json={"token": "7:x"})).status_code == 409

    told(serve, story)


def test_a_call_may_come_as_query_form_or_json(serve: Any) -> None:
    """The same message three times."""

    async def story(box: Any) -> None:
        path = "/bot4242:Sandbox-token_1/sendMessage"
        fields = {"chat_id": str(OWNER), "text": "é 🔥"}
        replies = [
            await box.http.get(path, params=fields),
            await box.http.post(path, data=fields),
            await box.http.post(path, json=fields),
        ]
        assert [reply.json()["result"]["text"] for reply in replies] == ["é 🔥"] * 3

    told(serve, story)


# -- the long poll -----------------------------------------------------------------------------


def test_a_long_poll_waits_for_the_next_update(serve: Any) -> None:
    """It comes back with the update, long before its time is up."""

    async def story(box: Any) -> None:
        [start] = await box.result("getUpdates")
        waiting = asyncio.create_task(
            box.result("getUpdates", offset=start["update_id"] + 1, timeout=50)
        )
        await until(lambda: box.server.bot.polls_open == 1)
        assert not waiting.done()
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="now")
        [update] = await waiting
        assert update["message"]["text"] == "now"

    told(serve, story)


def test_B07_a_second_poller_ends_the_first_with_409(serve: Any) -> None:
    """The newer one goes on and gets the update."""

    async def story(box: Any) -> None:
        await box.result("getUpdates", offset=800_000_000)
        first = asyncio.create_task(box.bot("getUpdates", timeout=50))
        await until(lambda: box.server.bot.polls_open == 1)
        second = asyncio.create_task(box.result("getUpdates", timeout=50))
        reply = await first
        assert reply.status_code == 409
        assert reply.json()["description"] == (
            "Conflict: terminated by other getUpdates request;"
            " make sure that only one bot instance is running"
        )
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="now")
        assert [update["message"]["text"] for update in await second] == ["now"]

    told(serve, story)


def test_a_webhook_ends_polls_and_forbids_new_ones(serve: Any) -> None:
    """409 in both cases, until deleteWebhook."""

    async def story(box: Any) -> None:
        await box.result("getUpdates", offset=800_000_000)
        waiting = asyncio.create_task(box.bot("getUpdates", timeout=50))
        await until(lambda: box.server.bot.polls_open == 1)
        await box.result("setWebhook", url="http://127.0.0.1:9/hook")
        ended, refused = await waiting, await box.bot("getUpdates")
        assert ended.json()["description"] == "Conflict: terminated by setWebhook request"
        assert "while webhook is active" in refused.json()["description"]
        assert (ended.status_code, refused.status_code) == (409, 409)
        await box.result("deleteWebhook")
        assert await box.result("getUpdates") == []

    told(serve, story)


# -- how the wire breaks -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["502", "502_after"])
def test_B04_a_502_comes_with_html(serve: Any, kind: str) -> None:
    """As a proxy in front of Telegram answers."""

    async def story(box: Any) -> None:
        await box.http.post("/sandbox/fault", json={"kind": kind, "method": "sendMessage"})
        reply = await box.bot("sendMessage", chat_id=OWNER, text="x")
        assert (reply.status_code, reply.headers["content-type"]) == (502, "text/html")
        assert reply.text.startswith("<html>")
        assert len(await box.get("/transcript")) == (kind == "502_after")

    told(serve, story)


@pytest.mark.parametrize(("kind", "applied"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_comes_before_or_after_the_effect(serve: Any, kind: str, applied: int) -> None:
    """The caller cannot tell one from the other."""

    async def story(box: Any) -> None:
        await box.http.post("/sandbox/fault", json={"kind": kind, "method": "sendMessage"})
        with pytest.raises(httpx.TransportError):
            await box.bot("sendMessage", chat_id=OWNER, text="x")
        assert len(await box.get("/transcript")) == applied

    told(serve, story)


def test_a_hang_is_never_answered(serve: Any) -> None:
    """The caller's own deadline ends it; the call is in the log."""

    async def story(box: Any) -> None:
        await box.http.post("/sandbox/fault", json={"kind": "hang_after", "method": "sendMessage"})
        waiting = asyncio.create_task(box.bot("sendMessage", chat_id=OWNER, text="x"))
        await until(lambda: box.server.core.transcript)
        assert not waiting.done()
        waiting.cancel()
        [call] = await box.get("/calls?method=sendMessage")
        assert (call["status"], call["applied"], call["fault"]) == (0, True, "hang_after")

    told(serve, story)


def test_half_a_json_is_what_a_truncated_answer_is(serve: Any) -> None:
    """200, and not readable."""

    async def story(box: Any) -> None:
        await box.http.post("/sandbox/fault", json={"kind": "truncate"})
        reply = await box.bot("getMe")
        assert reply.status_code == 200
        with pytest.raises(ValueError, match=r"[Uu]nterminated|[Ee]xpecting"):
            reply.json()

    told(serve, story)


# -- the process -------------------------------------------------------------------------------


def test_the_box_stands_until_it_is_told_to_stop() -> None:
    """SIGTERM ends it and its port."""
    ports: list[int] = []

    async def story() -> None:
        running = asyncio.create_task(run_telegram(TelegramOptions(on_ready=ports.append)))
        await until(lambda: ports)
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"http://127.0.0.1:{ports[0]}/calls")).json() == []
            os.kill(os.getpid(), signal.SIGTERM)
            await running
            with pytest.raises(httpx.ConnectError):
                await client.get(f"http://127.0.0.1:{ports[0]}/calls")

    asyncio.run(story())


def test_a_box_nobody_calls_leaves_by_itself() -> None:
    """An idle exit of no seconds is at once."""
    asyncio.run(asyncio.wait_for(run_telegram(TelegramOptions(idle_exit_s=0)), 10))


def test_a_token_that_is_none_is_refused_at_the_start() -> None:
    """Better than a server nobody can talk to."""
    with pytest.raises(ValueError, match="a bot token looks like"):
        asyncio.run(run_telegram(TelegramOptions(token="secret")))
