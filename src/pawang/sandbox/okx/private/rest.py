"""The signed half of REST without I/O: who is asking, then what (okx-v5.md 2, 7, 8).

The order of checks: endpoint, method, signature, rights, body, rate limit, parameters.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.limits import Limits
from pawang.sandbox.okx.private import rest_account, rest_algo, rest_trade
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.asked import Asked
from pawang.sandbox.okx.private.exchange import Exchange
from pawang.sandbox.okx.private.gate import Gate
from pawang.sandbox.okx.private.operations import (
    OPERATIONS,
    Operation,
    check_count,
    envelope,
    operate,
)
from pawang.sandbox.okx.private.rest_account import Call
from pawang.sandbox.okx.private.signing import Signed
from pawang.sandbox.okx.query import Query

READ: dict[str, Callable[[Call], Any]] = {
    **rest_account.READ,
    **rest_trade.READ,
    **rest_algo.READ,
}
WRITE: dict[str, Callable[[Call], Any]] = {
    **rest_account.WRITE,
    **rest_trade.WRITE,
    **rest_algo.WRITE,
}
ORDERS: dict[str, Operation] = {
    operation.scope.removesuffix(" POST"): operation for operation in OPERATIONS.values()
}
SINGLES = ("50014", "50015")  # refused as a whole, not as an item, in a single operation


class PrivateRest:
    """`answer` gives the whole body, or None for an endpoint that is not there."""

    def __init__(self, exchange: Exchange, gate: Gate) -> None:
        self.exchange = exchange
        self.gate = gate

    @property
    def limits(self) -> Limits:
        return self.gate.limits

    def answer(self, short: str, signed: Signed) -> dict[str, Any] | None:
        """Raises Refused."""
        reading = signed.method in ("GET", "HEAD")
        if short not in (READ if reading else {**WRITE, **ORDERS}):
            if short in READ or short in WRITE or short in ORDERS:
                raise Refused("50115")
            return None
        account = self.gate.keyring.admit(signed, "read_only" if reading else "trade")
        self.gate.check_scripted_limit(f"/api/v5{short}")
        if reading:
            return self._read(short, signed, account)
        if self.gate.closed() and short.startswith("/trade/"):
            raise Refused("50001")
        items = read_body(signed)
        self.gate.check_expiry(signed.headers.get("exptime"))
        if short in ORDERS:
            return self._order(ORDERS[short], account, items)
        return self._write(short, signed, account, items)

    def _read(self, short: str, signed: Signed, account: Account) -> dict[str, Any]:
        query = Query(signed.target.partition("?")[2])
        scope = query.text("instId") or query.text("instType") or ""
        self._limit(short, account, scope)
        call = Call(self.exchange, account, query, Asked({}), (), self.gate.wall())
        return _whole(READ[short](call))

    def _write(
        self, short: str, signed: Signed, account: Account, items: tuple[Asked, ...]
    ) -> dict[str, Any]:
        scope = items[0].text("instId") if items and short != "/account/set-leverage" else ""
        algo = short in rest_algo.WRITE
        self._limit(f"{short} POST" if short in READ else short, account, scope)
        asked = items[0] if items else Asked({})
        query = Query(signed.target.partition("?")[2])
        call = Call(self.exchange, account, query, asked, items, self.gate.wall(), self._kept)
        made = WRITE[short](call)
        return envelope(made) if algo else _whole(made)

    def _order(
        self, operation: Operation, account: Account, items: tuple[Asked, ...]
    ) -> dict[str, Any]:
        started = self.exchange.core.now_ms * 1_000
        check_count(operation, items)
        self.gate.check_rate(operation, account, items)
        admit = self.gate.admit_orders(operation, account)
        rows = operate(self.exchange, account, operation, items, admit)
        if not operation.batch and rows[0]["sCode"] in SINGLES:
            refused = Refused(rows[0]["sCode"])
            refused.text = rows[0]["sMsg"]
            raise refused
        times = {"inTime": str(started), "outTime": str(started + 1_901)}
        return {**envelope(rows), **times}

    def _limit(self, key: str, account: Account, scope: str) -> None:
        if not self.limits.admit(key, account.uid, scope, self.gate.wall()):
            raise Refused("50011")

    def _kept(self) -> bool:
        faults = self.gate.faults
        return bool(faults) and faults.take("leverage_kept", now=self.gate.wall()) is not None


def _whole(data: Any) -> dict[str, Any]:
    return {"code": "0", "data": data, "msg": ""}


def read_body(signed: Signed) -> tuple[Asked, ...]:
    """A POST's JSON: an object or an array of them. Raises Refused."""
    if not signed.body.strip():
        raise Refused("50000")
    kind = signed.headers.get("content-type", "")
    if "json" not in kind.lower():
        raise Refused("50006")
    try:
        body = msgspec.json.decode(signed.body)
    except (msgspec.MsgspecError, RecursionError):
        raise Refused("50002") from None
    items = body if isinstance(body, list) else [body]
    if not all(isinstance(one, Mapping) for one in items):
        raise Refused("50002")
    return tuple(Asked(one) for one in items)
