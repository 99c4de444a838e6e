"""The Bot API over HTTP: the token, the body, the long poll and how a fault breaks the wire."""

import asyncio
from time import monotonic, time_ns
from typing import Any
from urllib.parse import unquote

import msgspec

from pawang.sandbox.telegram import bodies
from pawang.sandbox.telegram.core import TOKEN, Reply, TelegramCore
from pawang.sandbox.telegram.desk_clock import DeskClock
from pawang.sandbox.telegram.params import Params
from pawang.sandbox.telegram.pulse import Pulse
from pawang.sandbox.telegram.refusal import Refusal
from pawang.sandbox.wire import Request, Response

POLL_S_MAX = 50  # Telegram answers a long poll after 50 s at the latest, whatever was asked for
JSON = {"content-type": "application/json"}
HTML_502 = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n"
    b"<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
)


class BotSide:
    """Answers /bot{token}/{method} and /file/bot{token}/{path}."""

    def __init__(self, core: TelegramCore, clock: DeskClock, pulse: Pulse) -> None:
        self.core, self.clock, self.pulse = core, clock, pulse
        self.polls_open = 0
        self.last_call = monotonic()
        self._poll = 0  # the newest poll; an older one that still waits is told to go

    async def answer(self, request: Request) -> Response:
        """A call; the path begins with /bot."""
        token, _, method = unquote(request.path).removeprefix("/bot").partition("/")
        try:
            self._check(token)
            content_type = request.headers.get("content-type", "")
            params = bodies.parse(content_type, request.body, request.query)
        except Refusal as refusal:
            return _json(refusal.code, refusal.body)
        self.last_call = monotonic()
        now_ms, wall_ms = self.clock.now_ms(), time_ns() // 1_000_000
        if method.lower() == "getupdates":
            return await self._poll_updates(params, now_ms, wall_ms)
        return await self._respond(self.core.answer(method, params, now_ms, wall_ms))

    def download(self, request: Request) -> Response:
        """A file of the bot; the path begins with /file/bot."""
        token, _, path = unquote(request.path).removeprefix("/file/bot").partition("/")
        try:
            self._check(token)
        except Refusal as refusal:
            return _json(refusal.code, refusal.body)
        stored = self.core.state.files.by_path(path)
        if stored is None:
            return _json(404, Refusal(404, "Not Found").body)
        return Response(200, stored.data, {"content-type": stored.mime})

    def _check(self, token: str) -> None:
        """What does not look like a token is 404, a token of nobody is 401, as at Telegram."""
        if not TOKEN.fullmatch(token):
            raise Refusal(404, "Not Found")
        if token != self.core.token:
            raise Refusal(401, "Unauthorized")

    # -- the long poll ----------------------------------------------------------------------

    async def _poll_updates(self, params: dict[str, Any], now_ms: int, wall_ms: int) -> Response:
        """A second poll ends the first one with 409 and takes its place."""
        self._poll += 1
        mine = self._poll
        self.pulse.beat()
        reply = self.core.answer("getUpdates", params, now_ms, wall_ms)
        asked = Params(params)
        if reply.status != 200 or reply.transport or reply.body["result"]:
            return await self._respond(reply)
        limit = asked.integer("limit", 100) or 100
        timeout_s = min(asked.integer("timeout"), POLL_S_MAX)
        self.polls_open += 1
        try:
            return await self._wait(mine, reply, limit, timeout_s)
        finally:
            self.polls_open -= 1
            self.last_call = monotonic()

    async def _wait(self, mine: int, empty: Reply, limit: int, timeout_s: int) -> Response:
        until = monotonic() + timeout_s
        while (left := until - monotonic()) > 0:
            await self.pulse.wait(left)
            if self.core.state.webhook.url:
                return _conflict("terminated by setWebhook request")
            if mine != self._poll:
                return _conflict(
                    "terminated by other getUpdates request;"
                    " make sure that only one bot instance is running"
                )
            updates = self.core.pending(limit, self.clock.now_ms())
            if updates:
                return _json(200, {"ok": True, "result": updates})
        return await self._respond(empty)

    # -- the answer on the wire -------------------------------------------------------------

    async def _respond(self, reply: Reply) -> Response:
        if reply.delay_s > 0:
            await asyncio.sleep(reply.delay_s)
        if reply.transport == "html":
            return Response(502, HTML_502, {"content-type": "text/html"})
        if reply.transport == "hang":
            return Response(fault="hang")
        if reply.transport == "reset":
            return Response(fault="reset")
        response = _json(reply.status, reply.body)
        if reply.transport == "truncate":
            return Response(200, response.body[: len(response.body) // 2], JSON)
        return response


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(status, msgspec.json.encode(body), JSON)


def _conflict(words: str) -> Response:
    return _json(409, Refusal(409, f"Conflict: {words}").body)
