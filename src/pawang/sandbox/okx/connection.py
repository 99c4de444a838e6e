"""One WebSocket of the venue without I/O: what a text from the client means, what it is answered.

    text --hear--> Heard(replies, added, dropped, seen)

Nothing a client can send raises. What needs an account asks `Private`; without one logins are
refused (60032), private channels and order operations ask to log in (60011).
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from pawang.sandbox.okx.bars import bar_kind
from pawang.sandbox.okx.core import Core
from pawang.sandbox.okx.errors import event
from pawang.sandbox.okx.limits import Allowance

PATHS = ("public", "private", "business")
PUBLIC = (
    "books", "books5", "bbo-tbt", "trades", "tickers", "mark-price", "index-tickers",
    "open-interest", "funding-rate", "price-limit", "liquidation-orders", "instruments", "status",
    "books-elp", "books-rpi",
)  # fmt: skip
IMPROVED = ("books-elp", "books-rpi")  # retail price improvement: known, and empty
VIP = ("books-l2-tbt", "books50-l2-tbt")  # need a login, and a fee tier besides (64003)
PRIVATE = (
    "orders", "fills", "account", "positions", "balance_and_position", "liquidation-warning",
    "account-greeks",
)  # fmt: skip
BUSINESS_PRIVATE = ("orders-algo", "algo-advance", "deposit-info", "withdrawal-info")
BY_TYPE = ("liquidation-orders", "instruments")
ORDER_OPS = (
    "order", "batch-orders", "cancel-order", "batch-cancel-orders", "amend-order",
    "batch-amend-orders", "mass-cancel",
)  # fmt: skip
TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "ANY")
OPS_PER_HOUR = 480  # subscribe, unsubscribe and login together, a connection (okx-v5.md 4)
SUBSCRIPTIONS_MAX = 1_000
ID_MAX = 32
QUOTED_MAX = 1_000  # of a wrong request, in the error that quotes it
TICK_MAX = 2**63

Key = tuple[str, str]
"""Channel, and the instrument, index or type it is about; "" for `status`."""


PrivateKey = tuple[str, ...]
"""Channel, instType, instFamily, instId, ccy of a private subscription; "" where not given."""


class Private(Protocol):
    """The venue's private side, as one connection needs it."""

    def login(self, connection: "Connection", given: Any) -> tuple[str, str] | None:
        """Code and text of the refusal, or None: `connection.account` is set."""
        ...

    def refusal(
        self, connection: "Connection", arg: Mapping[str, Any]
    ) -> tuple[str, str] | None: ...

    def operate(self, connection: "Connection", message: Mapping[str, Any]) -> str | None: ...


@dataclass(slots=True)
class Heard:
    """What one text asks for. `replies` are to be sent in order, before any data."""

    replies: list[str] = field(default_factory=list)
    added: list[Key] = field(default_factory=list)
    dropped: list[Key] = field(default_factory=list)
    greeted: list[dict[str, Any]] = field(default_factory=list)  # private args subscribed
    seen: int | None = None  # desk time in ns that the client has worked off
    ping: bool = False


class Connection:
    """`path` is "public", "private" or "business"; `follows` = it asked for clock ticks."""

    def __init__(
        self,
        core: Core,
        path: str,
        conn_id: str,
        *,
        follows: bool = False,
        scripted: Callable[[Key], bool] = lambda key: False,
        private: Private | None = None,
        headers: Mapping[str, str] | None = None,
        peer: str = "",
    ) -> None:
        assert path in PATHS, "the server refuses other paths"
        self._scripted = scripted
        self._core = core
        self._private = private
        self.path = path
        self.conn_id = conn_id
        self.follows = follows
        self.headers = headers or {}
        self.peer = peer
        self.account = ""  # uid, once logged in
        self.barred = False  # its session was forgotten: only a new connection may log in
        self.keys: dict[Key, None] = {}
        self.private: dict[PrivateKey, dict[str, Any]] = {}
        self._ops = Allowance(OPS_PER_HOUR, 3600)

    def hear(self, text: str, wall_ns: int = 0) -> Heard:
        """Understand one text frame."""
        if text == "ping":
            return Heard(ping=True)
        heard = Heard()
        message = _read(text)
        if message is None:
            heard.replies.append(self._refused("", *event("60012", text[:QUOTED_MAX])))
        elif message["op"] == "clock":
            heard.seen = _stamp(message.get("seen"))
        else:
            self._operate(message, text, heard, wall_ns)
        return heard

    def _operate(self, message: dict[str, Any], text: str, heard: Heard, wall_ns: int) -> None:
        op, number = message["op"], _id(message.get("id"))
        known = op in ("subscribe", "unsubscribe", "login")
        if known and not self._ops.take(wall_ns):
            heard.replies.append(self._refused(number, *event("60014")))
        elif op in ("subscribe", "unsubscribe"):
            self._subscribe(op, message.get("args"), number, text, heard)
        elif op == "login":
            heard.replies.append(self._login(message.get("args"), number))
        elif op in ORDER_OPS:
            self._order(message, number, heard)
        else:
            heard.replies.append(self._refused(number, *event("60019", op)))

    def _login(self, args: Any, number: str) -> str:
        if self.path == "public":
            refusal: tuple[str, str] | None = event("60028")
        elif self._private is None:
            refusal = event("60032")
        else:
            refusal = self._private.login(self, args)
        if refusal is not None:
            return self._refused(number, *refusal)
        return self._said(number, {"event": "login", "code": "0", "msg": ""})

    def _order(self, message: dict[str, Any], number: str, heard: Heard) -> None:
        place = "business" if message["op"] == "mass-cancel" else "private"
        if self.path != place:
            heard.replies.append(self._refused(number, *event("60028")))
        elif not self.account or self._private is None:
            heard.replies.append(self._refused(number, *event("60011")))
        else:
            reply = self._private.operate(self, message)
            if reply is not None:
                heard.replies.append(reply)

    def _subscribe(self, op: str, args: Any, number: str, text: str, heard: Heard) -> None:
        """One acknowledgement or error for each arg."""
        if not isinstance(args, list) or not args:
            heard.replies.append(self._refused(number, *event("60012", text[:QUOTED_MAX])))
            return
        for given in args:
            channel = given.get("channel") if isinstance(given, dict) else None
            if not isinstance(channel, str) or not channel:
                heard.replies.append(self._refused(number, *event("60013")))
                continue
            # Nulls and blanks mean "not given"; the rest is echoed as it came.
            arg = {name: value for name, value in given.items() if value not in (None, "")}
            refusal = self._refusal(arg)
            if refusal is None and op == "subscribe" and self._scripted(key_of(arg)):
                refusal = _wrong(arg)
            if refusal is not None:
                heard.replies.append(self._refused(number, *refusal))
            else:
                self._agree(op, arg, number, heard)

    def _agree(self, op: str, arg: dict[str, Any], number: str, heard: Heard) -> None:
        key = key_of(arg)
        heard.replies.append(self._said(number, {"event": op, "arg": arg}))
        if arg["channel"] in PRIVATE or arg["channel"] in BUSINESS_PRIVATE:
            self._agree_privately(op, arg, heard)
        elif op == "subscribe":
            self.keys[key] = None
            heard.added.append(key)
        elif key in self.keys:
            del self.keys[key]
            heard.dropped.append(key)

    def _agree_privately(self, op: str, arg: dict[str, Any], heard: Heard) -> None:
        key = private_key(arg)
        if op == "subscribe":
            self.private[key] = arg
            heard.greeted.append(arg)
        else:
            self.private.pop(key, None)

    def _refusal(self, arg: dict[str, Any]) -> tuple[str, str] | None:
        """Why this subscription is not possible here, in OKX's words."""
        channel = arg["channel"]
        wrong = _wrong(arg)
        business = channel == "trades-all" or channel.startswith(CANDLES)
        if business or channel in BUSINESS_PRIVATE:
            if self.path != "business":
                return event("64001")
            return self._candles(arg, wrong) if business else self._with_account(arg)
        if channel in PRIVATE:
            if self.path == "business":
                return event("64002")
            return self._with_account(arg) if self.path == "private" else wrong
        if channel in VIP and self.path == "public":
            return event("60011")
        if channel not in PUBLIC:
            return wrong
        if self.path != "public":
            return event("64002") if self.path == "business" else wrong
        return self._public(channel, arg, wrong)

    def _with_account(self, arg: dict[str, Any]) -> tuple[str, str] | None:
        if not self.account or self._private is None:
            return event("60011")
        return self._private.refusal(self, arg)

    def _candles(self, arg: dict[str, Any], wrong: tuple[str, str]) -> tuple[str, str] | None:
        channel = arg["channel"]
        if channel == "trades-all":
            return self._named(arg, wrong)
        prefix = next(one for one in CANDLES if channel.startswith(one))
        return self._named(arg, wrong) if bar_kind(channel.removeprefix(prefix)) else wrong

    def _public(
        self, channel: str, arg: dict[str, Any], wrong: tuple[str, str]
    ) -> tuple[str, str] | None:
        if len(self.keys) >= SUBSCRIPTIONS_MAX:
            return event("60014")
        if channel == "status":
            return None
        if channel in BY_TYPE:
            if "instType" not in arg:
                return event("60027", "instType")
            return None if arg["instType"] in TYPES else event("60033", "instType")
        return self._named(arg, wrong)

    def _named(self, arg: dict[str, Any], wrong: tuple[str, str]) -> tuple[str, str] | None:
        name = arg.get("instId")
        if name is None:
            return event("60027", "instId")
        index = arg["channel"].startswith("index-")
        known = self._core.families if index else self._core.instruments
        return None if isinstance(name, str) and name in known else wrong

    # Saying.

    def notice(self) -> str:
        """64008: a minute from now this connection is closed."""
        code, text = event("64008")
        return self._said("", {"event": "notice", "code": code, "msg": text})

    def said(self, body: dict[str, Any]) -> str:
        """An event of the venue's own."""
        return self._said("", body)

    def _refused(self, number: str, code: str, text: str) -> str:
        return self._said(number, {"event": "error", "code": code, "msg": text})

    def _said(self, number: str, body: dict[str, Any]) -> str:
        named = {"id": number, **body} if number else body
        return json.dumps({**named, "connId": self.conn_id}, separators=(",", ":"))


CANDLES = ("candle", "mark-price-candle", "index-candle")

_decoder = msgspec.json.Decoder()


def key_of(arg: dict[str, Any]) -> Key:
    """What pushes are addressed by."""
    return arg["channel"], str(arg.get("instId") or arg.get("instType") or "")


def private_key(arg: Mapping[str, Any]) -> PrivateKey:
    names = ("channel", "instType", "instFamily", "instId", "ccy")
    return tuple(str(arg.get(name, "")) for name in names)


def _wrong(arg: dict[str, Any]) -> tuple[str, str]:
    return event("60018", ", ".join(f"{name}:{value}" for name, value in arg.items()))


def _read(text: str) -> dict[str, Any] | None:
    try:
        message = _decoder.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("op"), str):
        return None
    return message


def _id(value: Any) -> str:
    """OKX echoes what was sent; only what it would take is worth echoing."""
    return value if isinstance(value, str) and value.isalnum() and len(value) <= ID_MAX else ""


def _stamp(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
