"""Updates pushed to a url: the secret, the second try, the faults."""

import asyncio
from typing import Any

import pytest

from pawang.sandbox.wire import Request, Response, Server

OWNER = 1001
SECRET = "s3cret_A"
HEADER = "x-telegram-bot-api-secret-token"


class Hook:
    """A bot's end of a webhook: takes what has the right secret, refuses the first `refuse`."""

    def __init__(self, refuse: int = 0) -> None:
        self.refuse = refuse
        self.statuses: list[int] = []
        self.bodies: list[bytes] = []
        self.taken = asyncio.Event()

    async def answer(self, request: Request) -> Response:
        status = 200
        if request.headers.get(HEADER) != SECRET:
            status = 401
        elif self.refuse:
            self.refuse -= 1
            status = 500
        self.statuses.append(status)
        if status == 200:
            self.bodies.append(request.body)
            self.taken.set()
        return Response(status)


def told(serve: Any, hook: Hook, story: Any) -> None:
    """A story with a bot's server beside the box; retries come at once."""

    async def run() -> None:
        server = Server(hook.answer)
        url = f"http://127.0.0.1:{await server.start()}/hook"
        try:
            async with serve(webhook_backoff_s=(0.0,)) as box:
                await story(box, url)
        finally:
            await server.close()

    asyncio.run(run())


def test_an_update_is_posted_with_the_secret_and_acknowledged_by_200(serve: Any) -> None:
    """Then nothing is pending."""
    hook = Hook()

    async def story(box: Any, url: str) -> None:
        await box.result("setWebhook", url=url, secret_token=SECRET, allowed_updates=["message"])
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="/alpha")
        await asyncio.wait_for(hook.taken.wait(), 10)
        assert b'"text":"/alpha"' in hook.bodies[0]
        await box.result("deleteWebhook")
        assert await box.result("getUpdates") == []

    told(serve, hook, story)
    assert hook.statuses == [200]


def test_what_was_not_taken_is_delivered_again(serve: Any) -> None:
    """500, 500, 200: the same update; getWebhookInfo tells of it."""
    hook = Hook(refuse=2)

    async def story(box: Any, url: str) -> None:
        await box.result("setWebhook", url=url, secret_token=SECRET)
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="/alpha")
        await asyncio.wait_for(hook.taken.wait(), 10)
        info = await box.result("getWebhookInfo")
        assert info["last_error_message"] == "Wrong response from the webhook: 500"
        assert (info["url"], info["has_custom_certificate"]) == (url, False)

    told(serve, hook, story)
    assert hook.statuses == [500, 500, 200]


@pytest.mark.parametrize("kind", ["webhook_secret_wrong", "webhook_secret_missing"])
def test_B11_a_delivery_with_a_bad_secret_is_refused_and_comes_again(serve: Any, kind: str) -> None:
    """The bot says 401; the next try has the right one."""
    hook = Hook()

    async def story(box: Any, url: str) -> None:
        await box.http.post("/sandbox/fault", json={"kind": kind})
        await box.result("setWebhook", url=url, secret_token=SECRET)
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="/alpha")
        await asyncio.wait_for(hook.taken.wait(), 10)

    told(serve, hook, story)
    assert hook.statuses == [401, 200]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"url": "https://example.com/x"}, "the sandbox calls loopback addresses only"),
        ({"url": "ftp://127.0.0.1/x"}, "An HTTPS URL must be provided for webhook"),
        ({"url": "http://127.0.0.1/x", "secret_token": "no spaces"}, "unallowed characters"),
        ({"url": "http://127.0.0.1/x", "secret_token": "x" * 257}, "unallowed characters"),
        ({"url": "http://127.0.0.1/x", "max_connections": 101}, "max_connections"),
    ],
)
def test_a_webhook_that_is_wrong_is_refused(serve: Any, params: Any, words: str) -> None:
    """Nothing is ever sent off this host."""

    async def story(box: Any, url: str) -> None:
        reply = await box.bot("setWebhook", **params)
        assert reply.status_code == 400
        assert words in reply.json()["description"]
        assert (await box.result("getWebhookInfo"))["url"] == ""

    told(serve, Hook(), story)
