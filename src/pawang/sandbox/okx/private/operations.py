"""Order operations as REST and the WebSocket share them: items in, acknowledgements out
(okx-v5.md 8.2 and 9.3).

    items --operate--> rows with sCode; top-level code 0 all, 1 none, 2 some
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.asked import Asked
from pawang.sandbox.okx.private.exchange import Exchange
from pawang.sandbox.okx.private.orders import Order
from pawang.sandbox.okx.private.wishes import find_instrument
from pawang.sandbox.okx.rows import Row

BATCH_MAX = 20
SUB_CODES = {"51004": "1104", "51008": "1001", "51502": "1031"}
FAILED, PARTLY = "All operations failed", "Bulk operation partially succeeded."


@dataclass(frozen=True, slots=True)
class Operation:
    """`scope` is the REST path whose limit it shares; `counts`: against 1,000 orders in 2 s."""

    run: Callable[[Exchange, Account, Asked], Order]
    scope: str
    batch: bool
    fields: tuple[str, ...]  # of the acknowledgement, beside ordId, clOrdId, ts, sCode, sMsg
    counts: bool = True


def place(exchange: Exchange, account: Account, asked: Asked) -> Order:
    return exchange.place(account, asked)


def cancel(exchange: Exchange, account: Account, asked: Asked) -> Order:
    return exchange.cancel(account, find_instrument(exchange.core, asked), asked)


def amend(exchange: Exchange, account: Account, asked: Asked) -> Order:
    return exchange.amend(account, find_instrument(exchange.core, asked), asked)


PLACED, CANCELLED, AMENDED = ("tag", "subCode"), (), ("reqId", "subCode")
OPERATIONS: dict[str, Operation] = {
    "order": Operation(place, "/trade/order POST", False, PLACED),
    "batch-orders": Operation(place, "/trade/batch-orders", True, PLACED),
    "cancel-order": Operation(cancel, "/trade/cancel-order", False, CANCELLED, counts=False),
    "batch-cancel-orders": Operation(
        cancel, "/trade/cancel-batch-orders", True, CANCELLED, counts=False
    ),
    "amend-order": Operation(amend, "/trade/amend-order", False, AMENDED),
    "batch-amend-orders": Operation(amend, "/trade/amend-batch-orders", True, AMENDED),
}
"""By the WebSocket's name for it."""


def check_count(operation: Operation, items: Sequence[Asked]) -> None:
    """As many as this operation takes at once."""
    if not items:
        raise Refused("50014", "args")
    if not operation.batch and len(items) > 1:
        raise Refused("51000", "args")
    if len(items) > BATCH_MAX:
        code = {"place": "51111", "cancel": "51406", "amend": "51501"}[operation.run.__name__]
        raise Refused(code, str(BATCH_MAX))
    if operation.run is amend and len(items) > 1:
        named = [(one.text("ordId"), one.text("clOrdId")) for one in items]
        if len(set(named)) < len(named):
            raise Refused("51512")


def operate(
    exchange: Exchange,
    account: Account,
    operation: Operation,
    items: Sequence[Asked],
    admit: Callable[[Asked], str] = lambda asked: "",
) -> list[Row]:
    """Each item in turn; `admit` may give a code that refuses one (rate limits)."""
    return [_one(exchange, account, operation, asked, admit(asked)) for asked in items]


def _one(
    exchange: Exchange, account: Account, operation: Operation, asked: Asked, refusal: str
) -> Row:
    row: Row = {"ts": str(exchange.core.now_ms), "sCode": "0", "sMsg": ""}
    row |= dict.fromkeys(operation.fields, "")
    try:
        if refusal:
            raise Refused(refusal)
        order = operation.run(exchange, account, asked)
        row |= {"clOrdId": order.wish.cl_ord_id, "ordId": str(order.ord_id)}
        if "tag" in row:
            row["tag"] = order.wish.tag
    except Refused as refused:
        row |= {"clOrdId": _said(asked, "clOrdId"), "sCode": refused.code, "sMsg": refused.text}
        row["ordId"] = "" if operation.run is place else _said(asked, "ordId")
        if "tag" in row:
            row["tag"] = _said(asked, "tag")
        if "subCode" in row:
            row["subCode"] = SUB_CODES.get(refused.code, "")
    if "reqId" in row:
        row["reqId"] = _said(asked, "reqId")
    return row


def _said(asked: Asked, name: str) -> str:
    """What was sent under that name, echoed in a refusal whatever it is."""
    try:
        return asked.text(name)
    except Refused:
        return ""


def envelope(rows: list[Row]) -> dict[str, Any]:
    """Top-level code and message of acknowledgements."""
    failed = sum(1 for row in rows if row["sCode"] != "0")
    if not failed:
        return {"code": "0", "data": rows, "msg": ""}
    if failed == len(rows):
        return {"code": "1", "data": rows, "msg": FAILED}
    return {"code": "2", "data": rows, "msg": PARTLY}
