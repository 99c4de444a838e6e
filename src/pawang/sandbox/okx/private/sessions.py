"""Clients that are logged in: their logins, what they may subscribe to, what they are pushed,
and the orders they send over the WebSocket (okx-v5.md 9, 9.2, 9.3). No I/O.

`deliver` gives every push with the arg of the subscription it answers, uid added.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pawang.sandbox.okx.channels import encode
from pawang.sandbox.okx.connection import Connection, private_key
from pawang.sandbox.okx.errors import Refused, event
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.asked import Asked
from pawang.sandbox.okx.private.exchange import Exchange
from pawang.sandbox.okx.private.gate import Gate
from pawang.sandbox.okx.private.news import ACCOUNT, ADVANCE, FAST, POSITIONS, News
from pawang.sandbox.okx.private.operations import OPERATIONS, check_count, envelope, operate
from pawang.sandbox.okx.private.rows_account import balance_push, fast_rows, position_push
from pawang.sandbox.okx.private.rows_algos import advance_push
from pawang.sandbox.okx.private.signing import LoginRefused

CONNECTIONS_MAX = 30  # that subscribe one private channel, a sub-account (okx-v5.md 4)
COUNTED = (
    "orders", ACCOUNT, POSITIONS, FAST, "liquidation-warning", "account-greeks",
)  # fmt: skip
TYPED = ("orders", POSITIONS, "liquidation-warning", "orders-algo", ADVANCE)
TYPES = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION", "ANY")
REGULAR_MS = 5_000


class Sessions:
    """Implements `connection.Private`."""

    def __init__(self, exchange: Exchange, gate: Gate) -> None:
        self.exchange = exchange
        self.gate = gate
        self.connections: dict[Connection, None] = {}
        exchange.heard = self.heard

    # Logging in.

    def login(self, connection: Connection, given: Any) -> tuple[str, str] | None:
        """The refusal, or None: from here on the connection has an account."""
        if connection.account or connection.barred:
            return event("60031")
        if not isinstance(given, list) or len(given) != 1 or not isinstance(given[0], Mapping):
            return event("60013")
        try:
            account = self.gate.keyring.login(given[0], connection.headers, connection.peer)
        except LoginRefused as refused:
            return event(refused.code)
        connection.account = account.uid
        self.connections[connection] = None
        return None

    def heard(self, uid: str) -> bool:
        """Whether anybody of that account is there."""
        return any(connection.account == uid for connection in self.connections)

    def leave(self, connection: Connection) -> None:
        self.connections.pop(connection, None)

    def forget(self) -> list[Connection]:
        """All sessions, while their sockets stay (C23)."""
        forgotten = list(self.connections)
        for connection in forgotten:
            connection.account, connection.barred = "", True
            connection.private.clear()
        self.connections.clear()
        return forgotten

    # Subscribing.

    def refusal(self, connection: Connection, arg: Mapping[str, Any]) -> tuple[str, str] | None:
        channel = arg["channel"]
        if channel in TYPED:
            if "instType" not in arg:
                return event("60027", "instType")
            if arg["instType"] not in TYPES:
                return event("60033", "instType")
        if channel == "fills" and not self._account(connection).params.vip:
            return event("64003")
        name = arg.get("instId")
        known = self.exchange.core.instruments
        if name is not None and not (isinstance(name, str) and name in known):
            return event("60018", f"channel:{channel}, instId:{name}")
        return None

    def _account(self, connection: Connection) -> Account:
        return self.exchange.accounts[connection.account]

    def _count(self, connection: Connection, channel: str) -> int:
        """Other connections of the account that have it."""
        return sum(
            1
            for other in self.connections
            if other is not connection
            and other.account == connection.account
            and any(key[0] == channel for key in other.private)
        )

    def greet(self, connection: Connection, arg: Mapping[str, Any]) -> Iterator[str]:
        """What follows the acknowledgement: the count, and the snapshot if it has one."""
        channel = arg["channel"]
        if channel in COUNTED:
            count = self._count(connection, channel) + 1
            full = count > CONNECTIONS_MAX
            yield connection.said(
                {
                    "event": "channel-conn-count-error" if full else "channel-conn-count",
                    "channel": channel,
                    "connCount": str(min(count, CONNECTIONS_MAX)),
                }
            )
            if full:
                connection.private.pop(private_key(arg), None)
                return
        for one in self._snapshot(self._account(connection), channel):
            if _matches(arg, one, self.exchange):
                yield _text(arg, one)

    def _snapshot(self, account: Account, channel: str) -> Iterator[News]:
        now = self.exchange.core.now_ms
        if channel == ACCOUNT:
            yield News(account.uid, channel, (balance_push(account, now),), "", "snapshot")
        elif channel == POSITIONS:
            rows = tuple(position_push(account, one, now) for one in account.open_positions)
            yield News(account.uid, channel, rows, "", "snapshot")
        elif channel == FAST:
            row = fast_rows(account, list(account.open_positions), "snapshot", now)
            yield News(account.uid, channel, (row,))
        elif channel == ADVANCE:
            for algo in account.algos.values():
                if algo.advanced:
                    yield News(account.uid, channel, (advance_push(algo, now),), algo.made.name)

    # Pushing.

    def deliver(self, one: News) -> Iterator[tuple[Connection, str]]:
        """Who hears it, with the text for each subscription."""
        for connection in self.connections:
            if connection.account != one.uid:
                continue
            for key, arg in connection.private.items():
                if one.regular and _events_only(arg):
                    continue
                if key[0] == one.channel and _matches(arg, one, self.exchange):
                    yield connection, _text(arg, one)

    def regular(self) -> list[News]:
        """The five-second pushes, to whom they were not switched off."""
        now = self.exchange.core.now_ms
        if now % REGULAR_MS or not self.connections:
            return []
        wanted: dict[tuple[str, str], None] = {}
        for connection in self.connections:
            for key, arg in connection.private.items():
                if key[0] in (ACCOUNT, POSITIONS) and not _events_only(arg):
                    wanted[connection.account, key[0]] = None
        return [
            replace(one, regular=True)
            for uid, channel in wanted
            for one in self._snapshot(self.exchange.accounts[uid], channel)
            if one.rows
        ]

    # Orders.

    def operate(self, connection: Connection, message: Mapping[str, Any]) -> str | None:
        """The answer to an order operation; None when a fault leaves it without one."""
        op, number = message["op"], message.get("id")
        started = self.exchange.core.now_ms * 1_000
        body: dict[str, Any]
        fault = self.gate.fault(f"ws:{op}")
        if fault is not None and fault.when == "before":
            return None if fault.sending != "whole" else self._said(op, number, fault.code, started)
        try:
            body = self._operated(connection, op, message)
        except Refused as refused:
            body = {"code": refused.code, "data": [], "msg": refused.text}
        if fault is not None:
            return None if fault.sending != "whole" else self._said(op, number, fault.code, started)
        return _answer(op, number, body, started)

    def _operated(
        self, connection: Connection, op: str, message: Mapping[str, Any]
    ) -> dict[str, Any]:
        operation, args = OPERATIONS.get(op), message.get("args")
        if operation is None:
            raise Refused("50030")
        if not isinstance(args, list) or not all(isinstance(one, Mapping) for one in args):
            return {"code": "60013", "data": [], "msg": event("60013")[1]}
        if not _good_id(message.get("id")):
            return {"code": "60027", "data": [], "msg": event("60027", "id")[1]}
        account = self._account(connection)
        items = [Asked(one) for one in args]
        self.gate.must_trade(account)
        self.gate.check_scripted_limit(f"ws:{op}")
        self.gate.check_expiry(message.get("expTime"))
        check_count(operation, items)
        self.gate.check_rate(operation, account, items)
        admit = self.gate.admit_orders(operation, account)
        return envelope(operate(self.exchange, account, operation, items, admit))

    def _said(self, op: str, number: Any, code: str, started: int) -> str:
        refused = Refused(code or "50004")
        return _answer(op, number, {"code": refused.code, "data": [], "msg": refused.text}, started)


def _answer(op: str, number: Any, body: dict[str, Any], started: int) -> str:
    named = {"id": number} if isinstance(number, str) else {}
    times = {"inTime": str(started), "outTime": str(started + 1_901)}
    return json.dumps({**named, "op": op, **body, **times}, separators=(",", ":"))


def _good_id(value: Any) -> bool:
    return isinstance(value, str) and value.isalnum() and len(value) <= 32


def _events_only(arg: Mapping[str, Any]) -> bool:
    """extraParams {"updateInterval": "0"}, itself a JSON text."""
    try:
        extra = json.loads(arg.get("extraParams", "{}"))
    except (TypeError, ValueError):
        return False
    return isinstance(extra, dict) and str(extra.get("updateInterval")) == "0"


def _matches(arg: Mapping[str, Any], one: News, exchange: Exchange) -> bool:
    if arg.get("instType", "ANY") not in ("ANY", "SWAP"):
        return False
    if not one.inst_id:
        return True
    family = exchange.core.instruments[one.inst_id].listing.family
    return bool(
        arg.get("instId", one.inst_id) == one.inst_id and arg.get("instFamily", family) == family
    )


def _text(arg: Mapping[str, Any], one: News) -> str:
    body: dict[str, Any] = {"arg": {**arg, "uid": one.uid}}
    if one.event_type:
        body["eventType"] = one.event_type
    if one.event_type == "snapshot":
        body |= {"curPage": 1, "lastPage": True}
    return encode({**body, "data": list(one.rows)})
