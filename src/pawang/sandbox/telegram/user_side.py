"""The people's side over HTTP: what they do, what the page shows, the log, the fault script.

No token: whoever reaches the port is in the box. A browser page of another origin is refused, so
that a site somebody has open cannot press the buttons.
"""

from collections.abc import Callable
from pathlib import Path
from time import monotonic, time_ns
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from pawang.sandbox.telegram import bodies, faults, openapi
from pawang.sandbox.telegram.core import TOKEN, TelegramCore
from pawang.sandbox.telegram.desk_clock import DeskClock
from pawang.sandbox.telegram.edits import emoji, pinned
from pawang.sandbox.telegram.params import Params
from pawang.sandbox.telegram.pulse import Pulse
from pawang.sandbox.telegram.refusal import Refusal
from pawang.sandbox.telegram.settings import menu
from pawang.sandbox.telegram.state import Chat, Json
from pawang.sandbox.telegram.users import Impossible
from pawang.sandbox.wire import Request, Response

MESSAGES_SHOWN = 200
EVENTS_S_MAX = 60.0
PAGE = Path(__file__).parent / "page"
PAGE_FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/draw.js": ("draw.js", "text/javascript; charset=utf-8"),
    "/emoji.js": ("emoji.js", "text/javascript; charset=utf-8"),
}
# Nothing from elsewhere; eval stays allowed because browser drivers wait by it.
POLICY = (
    "default-src 'self'; img-src 'self' data:; script-src 'self' 'unsafe-eval';"
    " base-uri 'none'; form-action 'self'"
)
TEXTS = ("text", "user_name", "language_code", "chat_type", "label", "data", "emoji")
FLAGS = ("forwarded", "forged", "blocked")


class UserSide:
    """Everything on the port that is not the Bot API."""

    def __init__(self, core: TelegramCore, clock: DeskClock, pulse: Pulse, owner_id: int) -> None:
        self.core, self.clock, self.pulse, self.owner_id = core, clock, pulse, owner_id
        self._deeds: dict[str, tuple[Callable[..., Json], tuple[str, ...], tuple[str, ...]]] = {
            "/user/message": (
                self._message,
                ("chat_id", "user_id", "text"),
                ("user_name", "language_code", "chat_type", "reply_to", "forwarded", "thread_id"),
            ),
            "/user/press": (
                self._press,
                ("chat_id", "message_id", "user_id"),
                ("label", "data", "forged", "repeat"),
            ),
            "/user/react": (self._react, ("chat_id", "message_id", "user_id"), ("emoji",)),
            "/user/block": (self._block, ("chat_id",), ("user_id", "blocked")),
            "/user/delete": (self._delete, ("chat_id", "message_id"), ()),
        }

    async def answer(self, request: Request) -> Response:
        path, query = unquote(request.path), dict(parse_qsl(request.query))
        if _foreign(request):
            return _json(403, {"ok": False, "error": "another origin has no hand in this chat"})
        try:
            if request.method == "POST":
                return self._post(path, request)
            if request.method == "DELETE" and path == "/sandbox/fault":
                self.core.state.faults.clear()
                return _json(200, {"ok": True})
            if request.method in ("GET", "HEAD"):
                return await self._get(path, query)
        except (Refusal, ValueError, TypeError) as wrong:
            words = getattr(wrong, "description", "") or str(wrong)
            return _json(400, {"ok": False, "error": words})
        except Impossible as impossible:
            return _json(409, {"ok": False, "error": str(impossible), **impossible.found})
        return _json(405, {"ok": False, "error": f"{request.method} is not for {path}"})

    # -- deeds ------------------------------------------------------------------------------

    def _post(self, path: str, request: Request) -> Response:
        values = _body(request)
        if path == "/sandbox/fault":
            self.core.script(faults.rule(values))
            return _json(200, {"ok": True, "waiting": self._faults()})
        if path == "/sandbox/token":
            return self._rotate(Params(values).text("token"))
        if path not in self._deeds:
            return _not_found(path)
        deed, needed, optional = self._deeds[path]
        missing = [key for key in needed if key not in values]
        unknown = [key for key in values if key not in (*needed, *optional)]
        if missing or unknown:
            words = f"missing {missing}" if missing else f"unknown {unknown}"
            raise ValueError(f"{words}; {path} takes {[*needed, *optional]}")
        return _json(200, {"ok": True, **deed(**_typed(values))})

    def _message(self, **fields: Any) -> Json:
        return self.core.user.message(self.clock.now_ms(), **fields)

    def _press(self, **fields: Any) -> Json:
        return self.core.user.press(self.clock.now_ms(), time_ns() // 1_000_000, **fields)

    def _react(self, **fields: Any) -> Json:
        return self.core.user.react(self.clock.now_ms(), **fields)

    def _block(self, **fields: Any) -> Json:
        return self.core.user.block(self.clock.now_ms(), **fields)

    def _delete(self, **fields: Any) -> Json:
        return self.core.user.delete(**fields)

    def _rotate(self, token: str) -> Response:
        """A new token for the same bot; the old one is dead at once, as after a revoke."""
        bot_id = str(self.core.state.bot["id"])
        if not TOKEN.fullmatch(token) or token.partition(":")[0] != bot_id:
            raise Impossible(f"a token of this bot begins with {bot_id}:")
        self.core.token = token
        return _json(200, {"ok": True})

    # -- views ------------------------------------------------------------------------------

    async def _get(self, path: str, query: dict[str, str]) -> Response:
        if path in PAGE_FILES:
            return _page(path)
        if path.startswith("/file/"):
            return self._file(path.removeprefix("/file/"))
        if path == "/events":
            return await self._events(query)
        views: dict[str, Callable[[], Any]] = {
            "/state": lambda: self._state(int(query.get("chat_id") or self.owner_id)),
            "/transcript": lambda: _rows(self.core.transcript, query),
            "/calls": lambda: _rows(self.core.calls, query),
            "/openapi.json": openapi.describe,
            "/sandbox/fault": self._faults,
        }
        if path not in views:
            return _not_found(path)
        return _json(200, views[path]())

    def _state(self, chat_id: int) -> Json:
        """Everything the page draws; the chat may not exist yet."""
        state = self.core.state
        chat = state.chats.get(chat_id)
        if chat is not None and chat.migrated_to is not None:
            chat = state.chats[chat.migrated_to]
        return {
            "bot": state.bot,
            "owner_id": self.owner_id,
            "chat_id": chat.id if chat else chat_id,
            "chat": chat.brief if chat else None,
            "chats": [one.brief for one in state.chats.values() if one.migrated_to is None],
            "clock": self._clock(),
            "commands": menu(state, chat_id, chat.language if chat else ""),
            "pinned": pinned(chat) if chat else None,
            "messages": _shown(chat) if chat else [],
            "version": state.version,
        }

    def _clock(self) -> Json:
        clock = self.clock
        return {"now_ms": clock.now_ms(), "speed": clock.speed, "following": clock.following}

    async def _events(self, query: dict[str, str]) -> Response:
        """Changes after `since`, at once when there are any; `reset` when too many were missed."""
        since, chat_id = int(query.get("since", 0)), int(query.get("chat_id") or self.owner_id)
        until = monotonic() + min(float(query.get("timeout", 25)), EVENTS_S_MAX)
        while True:
            told = self._told(since, chat_id)
            left = until - monotonic()
            if told["reset"] or told["changes"] or left <= 0:
                return _json(200, told)
            await self.pulse.wait(left)

    def _told(self, since: int, chat_id: int) -> Json:
        state = self.core.state
        oldest = state.changes[0]["version"] if state.changes else 0
        lost = since > state.version or (since < state.version and oldest > since + 1)
        return {
            "version": state.version,
            "changes": [] if lost else _since(state.changes, since, chat_id),
            "reset": lost,
            "clock": self._clock(),
        }

    def _file(self, file_id: str) -> Response:
        stored = self.core.state.files.by_id(file_id)
        if stored is None:
            return _not_found(f"/file/{file_id}")
        picture = stored.width > 0
        headers = {
            "content-type": stored.mime if picture else "application/octet-stream",
            "cache-control": "max-age=86400, immutable",
        }
        return Response(200, stored.data, headers)

    def _faults(self) -> list[Json]:
        built: list[Json] = msgspec.to_builtins(self.core.state.faults.rules)
        return built


# -- reading and writing JSON ------------------------------------------------------------------


def _body(request: Request) -> dict[str, Any]:
    """JSON whatever the content type says (curl -d says urlencoded), else a form."""
    if request.body.lstrip()[:1] == b"{":
        return bodies.parse("application/json", request.body)
    return bodies.parse(request.headers.get("content-type", ""), request.body)


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    params = Params(values)
    typed: dict[str, Any] = {}
    for key in params:
        if key in TEXTS:
            typed[key] = params.text(key)
        else:
            typed[key] = params.flag(key) if key in FLAGS else params.integer(key)
    return typed


def _rows(rows: Any, query: dict[str, str]) -> list[Json]:
    """Rows after `since`, of one chat or method when asked."""
    since, chat_id = int(query.get("since", 0)), query.get("chat_id")
    method = query.get("method", "").lower()
    return [
        row
        for row in rows
        if row["seq"] > since
        and (not chat_id or str(row["chat_id"]) == chat_id)
        and (not method or row["method"].lower() == method)
    ]


def _shown(chat: Chat) -> list[Json]:
    messages = list(chat.messages.values())[-MESSAGES_SHOWN:]
    return [{**message, "reactions": emoji(chat, message["message_id"])} for message in messages]


def _since(changes: Any, since: int, chat_id: int) -> list[Json]:
    return [
        change
        for change in changes
        if change["version"] > since and change["chat_id"] in (None, chat_id)
    ]


def _foreign(request: Request) -> bool:
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc != request.headers.get("host", "")


def _page(path: str) -> Response:
    name, kind = PAGE_FILES[path]
    headers = {
        "content-type": kind,
        "content-security-policy": POLICY,
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
    }
    return Response(200, (PAGE / name).read_bytes(), headers)


def _not_found(path: str) -> Response:
    return _json(404, {"ok": False, "error": f"nothing at {path}; see /openapi.json"})


def _json(status: int, body: Any) -> Response:
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return Response(status, msgspec.json.encode(body), headers)
