"""Fault scripts: what a simulated service is told to do wrong, how often, and to whom.

    >>> script = FaultScript()
    >>> script.add(read_fault(b'{"kind": "gap", "inst_id": "BTC-USDT-SWAP"}'), now=0)
    >>> script.take("gap", inst_id="ETH-USDT-SWAP", now=0) is None
    True
    >>> script.take("gap", inst_id="BTC-USDT-SWAP", now=0).kind
    'gap'
    >>> script.take("gap", inst_id="BTC-USDT-SWAP", now=0) is None
    True

Wall time comes in as an argument. An empty `channel`, `inst_id` or `path` fits everything.
"""

from typing import Literal

import msgspec

from pawang.sandbox.wire import Fault as Sending

FAULTS_MAX = 100  # scripted and not yet used up; a runaway script is refused

Kind = Literal[
    "gap", "duplicate", "seq_reset", "crossed", "no_snapshot", "reject", "freeze",
    "cut", "mid_frame", "half_open", "close", "notice", "slow_pong", "http",
    "http_delay", "reorder", "delay", "price", "stamp", "huge", "garbage",
    "drop_push", "duplicate_push", "reorder_push", "logout", "key", "skew", "maintenance",
    "leverage_kept", "instrument", "rate_limit", "liquidate",
]  # fmt: skip

AMOUNTS = ("http_delay", "stamp", "skew", "maintenance")
"""Kinds whose `seconds` say how much; of the others they say how long."""

STANDING = ("key", "skew")
"""Kinds that without an end stand until the script is cleared."""

MEANINGS: dict[str, str] = {
    "gap": "the next `count` book updates of `inst_id` are not sent (A04)",
    "duplicate": "the next `count` book updates are sent twice (A07)",
    "seq_reset": "the next book update restarts the sequence: seqId < prevSeqId (A05)",
    "crossed": "the next `count` book updates carry a bid above the best ask (A19)",
    "no_snapshot": "the next `count` books subscriptions are acknowledged, but no snapshot (A08)",
    "reject": "the next `count` subscriptions to `channel` and `inst_id` are refused, 60018 (A11)",
    "freeze": "`channel` (or all) of `inst_id` says nothing for `seconds`; pings answered (A03)",
    "cut": "every WebSocket is reset at once (A14)",
    "mid_frame": "every WebSocket is reset in the middle of a frame (A01)",
    "half_open": "every WebSocket stops reading and writing for `seconds` (A02)",
    "close": "every WebSocket is closed with `status` (default 4006)",
    "notice": "64008 to every WebSocket; closed after `seconds` (default 60) (A12)",
    "slow_pong": "for `seconds` a ping gets no pong",
    "http": "the next `count` requests under `path` (or ws:order, ws:cancel-order ...) get "
    "`status` and `body`, sent as `sending`; `when` before: instead of the effect, after: on top "
    "of it (C01, C02, C04)",
    "http_delay": "the next `count` requests under `path` are answered `seconds` late, done at "
    "once (C07)",
    "reorder": "the next `count` book updates of `inst_id` are sent after their successor (A07)",
    "delay": "`channel` and `inst_id`, public or private, are held for `seconds`, then sent (A09)",
    "price": "the next `count` trades and books of `inst_id` show ten times the price (A20)",
    "stamp": "the next `count` messages of `channel` and `inst_id` carry times `seconds` off (A21)",
    "huge": "every WebSocket gets a text frame of `count` MB (A16)",
    "garbage": "every WebSocket gets `body` as a frame; broken JSON, bad UTF-8 and deep nesting "
    "when it is empty (A17, A18)",
    "drop_push": "the next `count` pushes of private `channel` are not sent (C08)",
    "duplicate_push": "the next `count` pushes of private `channel` are sent twice (C09)",
    "reorder_push": "the next `count` pushes of private `channel` come after their successor (C07)",
    "logout": "sessions are forgotten, sockets stay; only a new connection may log in (C23)",
    "key": "for `seconds`, or until cleared, signed requests and logins get `code` (C19)",
    "skew": "the clock of signatures and /public/time is `seconds` ahead until cleared (C18)",
    "maintenance": "status scheduled, ongoing after `seconds`, completed after `seconds` more; "
    "while ongoing trading answers 50001 (C21)",
    "leverage_kept": "the next `count` set-leverage calls are acknowledged and do nothing (C11)",
    "instrument": "the listing of `inst_id` changes to the fields in `body` (A23)",
    "rate_limit": "the next `count` requests under `path` (or ws:order ...) get 50011 (C26)",
    "liquidate": "the venue closes the positions of `inst_id`: full_liquidation, tradeId < 0 (C22)",
}


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a script. `seconds` are wall seconds, below 0 for `stamp` and `skew` only."""

    kind: Kind
    channel: str = ""
    inst_id: str = ""
    path: str = ""
    count: int = 1
    seconds: float = 0.0
    status: int = 0
    body: str = ""
    sending: Sending = "whole"
    when: Literal["before", "after"] = "before"
    code: str = ""


class BadFault(ValueError):
    """A script that cannot be read; the text says what is wrong. Nothing was added."""


_decoder = msgspec.json.Decoder(Fault)


def read_fault(body: bytes) -> Fault:
    """One fault from its JSON. Raises BadFault."""
    try:
        fault = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadFault(str(error)) from None
    least = -86_400 if fault.kind in ("stamp", "skew") else 0
    if fault.count < 1 or not least <= fault.seconds < 86_400:
        raise BadFault("count is at least 1 and seconds are of one day at most")
    return fault


def read_fields(fault: Fault) -> dict[str, str]:
    """The `body` of an instrument fault: fields of the listing as text. Raises BadFault."""
    try:
        return msgspec.json.decode(fault.body, type=dict[str, str])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise BadFault(f"body: {error}") from None


class _Pending:
    __slots__ = ("ends", "fault", "left")

    def __init__(self, fault: Fault, now: int) -> None:
        self.fault = fault
        self.left = fault.count
        self.ends = now + int(fault.seconds * 1e9)

    def fits(self, kind: str, channel: str, inst_id: str, path: str) -> bool:
        fault = self.fault
        return (
            fault.kind == kind
            and fault.channel in ("", channel)
            and fault.inst_id in ("", inst_id)
            and path.startswith(fault.path)
        )


class FaultScript:
    """The faults still to come, in the order they were added."""

    def __init__(self) -> None:
        self._pending: list[_Pending] = []

    def add(self, fault: Fault, now: int) -> None:
        if len(self._pending) >= FAULTS_MAX:
            raise BadFault(f"{FAULTS_MAX} faults are waiting; clear some first")
        self._pending.append(_Pending(fault, now))

    def clear(self) -> None:
        self._pending.clear()

    def __bool__(self) -> bool:
        return bool(self._pending)

    def waiting(self) -> list[Fault]:
        return [pending.fault for pending in self._pending]

    def take(
        self, kind: Kind, *, channel: str = "", inst_id: str = "", path: str = "", now: int
    ) -> Fault | None:
        """The first fault that fits, used once; one with `seconds` fits until it is over."""
        for pending in list(self._pending):
            if not pending.fits(kind, channel, inst_id, path):
                continue
            lasting = bool(pending.fault.seconds) and kind not in AMOUNTS
            if lasting and now >= pending.ends:
                self._pending.remove(pending)
                continue
            if not lasting and kind not in STANDING:
                pending.left -= 1
                if pending.left <= 0:
                    self._pending.remove(pending)
            return pending.fault
        return None
