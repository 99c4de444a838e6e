"""The life of one call: scripted fault, flood limit, the method itself, the log.

    core = TelegramCore(CoreOptions(token="42:T"))
    core.user.message(now_ms, chat_id=1001, user_id=1001, text="/alpha")
    core.call("sendMessage", {"chat_id": 1001, "text": "hello"}, now_ms)

No sockets and no clock: desk time (`now_ms`, dates) and wall time (`wall_ms`, limits and the life
of a press) are arguments; a simulator that has one clock passes only the first.
"""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pawang.sandbox.telegram import faults, keyboards
from pawang.sandbox.telegram.faults import Rule
from pawang.sandbox.telegram.limits import Limiter, LimitParams
from pawang.sandbox.telegram.methods import METHODS, Method
from pawang.sandbox.telegram.params import Params
from pawang.sandbox.telegram.refusal import Refusal, bad, flood
from pawang.sandbox.telegram.state import Chat, Json, State
from pawang.sandbox.telegram.targets import Call, chat_id_of
from pawang.sandbox.telegram.users import Users

TRANSCRIPT_MAX = 100_000
CALLS_MAX = 100_000
TOKEN = re.compile(r"\d{1,18}:[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True)
class CoreOptions:
    """Who the bot is and how strict its world."""

    token: str = "1000:sandbox"  # noqa: S105 -- opens nothing but this box
    bot_name: str = "pawang"
    bot_username: str = "pawang_bot"
    limits: LimitParams = field(default_factory=LimitParams)
    seed: int = 0  # of the chance in faults with a probability


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller gets, or does not: `transport` tells how the wire breaks."""

    status: int
    body: Json
    applied: bool
    transport: str = ""  # "", "html", "hang", "reset", "truncate"
    delay_s: float = 0.0


class BrokenWire(Exception):
    """`call` got no readable answer (hang, reset, truncated, HTML). Whether it was applied is in
    `applied`, which a real caller could not know.
    """

    def __init__(self, transport: str, applied: bool) -> None:
        super().__init__(transport)
        self.transport = transport
        self.applied = applied


class TelegramCore:
    """One bot's Telegram, in memory."""

    def __init__(self, options: CoreOptions) -> None:
        if not TOKEN.fullmatch(options.token):
            raise ValueError("a bot token looks like 123456:letters")
        bot_id = int(options.token.partition(":")[0])
        self.token = options.token
        self.state = State(bot_id, options.bot_name, options.bot_username, options.seed)
        self.limiter = Limiter(options.limits)
        self.user = Users(self.state)
        self.transcript: deque[Json] = deque(maxlen=TRANSCRIPT_MAX)
        self.calls: deque[Json] = deque(maxlen=CALLS_MAX)
        self._calls_made = 0
        self._rows_made = 0

    # -- the road of a call -----------------------------------------------------------------

    def call(self, method: str, params: Mapping[str, Any], now_ms: int) -> Json:
        """The Bot API's JSON (`ok` true or false). Raises BrokenWire when no answer came."""
        reply = self.answer(method, params, now_ms)
        if reply.transport:
            raise BrokenWire(reply.transport, reply.applied)
        return reply.body

    def answer(
        self, method: str, params: Mapping[str, Any], now_ms: int, wall_ms: int | None = None
    ) -> Reply:
        """Like `call`, with everything a server must know to break the wire the same way."""
        known = METHODS.get(method.lower())
        name = known.name if known else method
        call = Call(name, Params(params), now_ms, now_ms if wall_ms is None else wall_ms)
        chat_id = chat_id_of(call.params)
        rule = self.state.faults.draw(faults.CALL_KINDS, name, chat_id)
        reply = self._reply(known, call, rule)
        self._log_call(call, chat_id, reply, rule)
        return reply

    def _reply(self, known: Method | None, call: Call, rule: Rule | None) -> Reply:
        try:
            if known is None:
                raise Refusal(404, "Not Found: method not found")
            if rule is not None and rule.kind in _REFUSED:
                raise self._scripted(rule, call)
            if rule is not None and rule.kind in _BROKEN_BEFORE:
                return _broken(rule, applied=False)
            self._pass_limits(known, call)
            result = known.apply(self.state, call)
        except Refusal as refusal:
            retry_after = refusal.parameters.get("retry_after", 0)
            if retry_after:
                self.limiter.shut(retry_after, call.wall_ms)
            return Reply(refusal.code, refusal.body, applied=False)
        if not known.reads:
            self._log_applied(call, result)
        return _finished(rule, result)

    def _pass_limits(self, method: Method, call: Call) -> None:
        # Sends are gated, receiving is not: a bot in a ten-minute gate still hears /panic.
        if method.name == "getUpdates":
            return
        gated = self.limiter.gated_s(call.wall_ms)
        if gated:
            raise flood(gated)
        chat = self.state.chats.get(chat_id_of(call.params) or 0)
        if chat is None or chat.gone or chat.migrated_to is not None:
            return
        edits_count = method.edits and chat.is_group and self.limiter.params.edits_count_in_groups
        if method.sends or edits_count:
            count = len(call.params.list("media") or [0]) if method.name == "sendMediaGroup" else 1
            wait = self.limiter.admit(chat.id, chat.is_group, count, call.wall_ms)
            if wait:
                raise flood(wait)

    def _scripted(self, rule: Rule, call: Call) -> Refusal:
        """The refusal a rule asks for; a migration really moves the chat."""
        chat = self.state.chats.get(chat_id_of(call.params) or 0)
        if rule.kind == "429":
            return flood(rule.retry_after)
        if rule.kind == "migrate":
            return self._migration(rule, chat)
        if rule.kind == "403" and chat is not None and chat.is_group:
            return Refusal(403, f"Forbidden: bot was kicked from the {chat.type} chat")
        code, words = _REFUSED[rule.kind]
        return Refusal(code, rule.description or words)

    def _migration(self, rule: Rule, chat: Chat | None) -> Refusal:
        if chat is None:
            return bad("chat not found")
        new_id = rule.migrate_to_chat_id or -(10**12) - abs(chat.id)
        if chat.migrated_to is None:
            self.state.migrate(chat, new_id)
        return Refusal(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=chat.migrated_to or new_id,
        )

    # -- updates for whoever waits ----------------------------------------------------------

    def pending(self, limit: int, now_ms: int) -> list[Json]:
        """What a waiting getUpdates would get now (the call itself acknowledged already)."""
        return self.state.updates.pending(limit, now_ms)

    def script(self, rule: Rule) -> None:
        """Add a fault; `clock_skew` is not a call's and works from now on."""
        if rule.kind == "clock_skew":
            self.state.skew_ms = int(rule.seconds * 1000)
        else:
            self.state.faults.add(rule)

    # -- the log ----------------------------------------------------------------------------

    def _log_call(self, call: Call, chat_id: int | None, reply: Reply, rule: Rule | None) -> None:
        self._calls_made += 1
        self.calls.append(
            {
                "seq": self._calls_made,
                "ts": call.now_ms / 1000,
                "wall_ts": call.wall_ms / 1000,
                "method": call.method,
                "chat_id": chat_id,
                "status": reply.status,
                "applied": reply.applied,
                "fault": rule.kind if rule else "",
                "description": reply.body.get("description", ""),
            }
        )

    def _log_applied(self, call: Call, result: Any) -> None:
        """One row a message, so an album is several."""
        results = result if isinstance(result, list) else [result]
        for one in results:
            self.transcript.append(self._row(call, one))

    def _row(self, call: Call, result: Any) -> Json:
        message = result if isinstance(result, dict) and "message_id" in result else {}
        self._rows_made += 1
        row: Json = {
            "seq": self._rows_made,
            "ts": call.now_ms / 1000,
            "wall_ts": call.wall_ms / 1000,
            "method": call.method,
            "chat_id": chat_id_of(call.params),
            "message_id": message.get("message_id") or call.params.get("message_id"),
            "text": message.get("text", ""),
            "buttons": keyboards.labels(message),
        }
        if call.method == "answerCallbackQuery":
            press = self.state.presses[call.params.text("callback_query_id")]
            row |= {
                "chat_id": press.chat_id,
                "message_id": press.message_id,
                "text": call.params.text("text"),
                "user_id": press.user_id,
                "label": press.label,
            }
        for key in ("entities", "caption", "message_thread_id"):
            if key in message:
                row[key] = message[key]
        if "photo" in message:
            row["photo"] = message["photo"][-1]["file_id"]
        if "document" in message:
            row["document"] = message["document"]["file_id"]
        return row


_REFUSED = {
    "429": (429, "Too Many Requests"),
    "403": (403, "Forbidden: bot was blocked by the user"),
    "migrate": (400, "Bad Request"),
    "400": (400, "Bad Request: can't parse entities: Unsupported start tag at byte offset 0"),
    "401": (401, "Unauthorized"),
    "409": (
        409,
        "Conflict: terminated by other getUpdates request;"
        " make sure that only one bot instance is running",
    ),
    "500": (500, "Internal Server Error"),
}
_BROKEN_BEFORE = {"502": "html", "hang": "hang", "reset_before": "reset"}
_BROKEN_AFTER = {
    "502_after": "html", "hang_after": "hang", "reset_after": "reset", "truncate": "truncate",
}  # fmt: skip


def _broken(rule: Rule, applied: bool) -> Reply:
    transport = {**_BROKEN_BEFORE, **_BROKEN_AFTER}[rule.kind]
    return Reply(502 if transport == "html" else 0, {}, applied, transport)


def _finished(rule: Rule | None, result: Any) -> Reply:
    """The good answer, or what the fault makes of it."""
    kind = rule.kind if rule else ""
    body: Json = {"ok": True, "result": result}
    if rule is None:
        return Reply(200, body, applied=True)
    if kind == "500_after":
        return Reply(500, Refusal(500, "Internal Server Error").body, applied=True)
    if kind == "truncate":
        return Reply(200, body, applied=True, transport="truncate")
    if kind in _BROKEN_AFTER:
        return _broken(rule, applied=True)
    if kind == "unknown_fields":
        return Reply(200, _strange(body), applied=True)
    return Reply(200, body, applied=True, delay_s=rule.seconds)


def _strange(value: Any) -> Any:
    """Every object of the result gets a field of a Bot API that does not exist yet."""
    if isinstance(value, dict):
        return {key: _strange(inner) for key, inner in value.items()} | {"x_unknown": [{"y": 1}]}
    if isinstance(value, list):
        return [_strange(inner) for inner in value]
    return value
