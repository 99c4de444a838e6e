"""What we ask of OKX, as typed records that know their own wire form (okx-v5.md 8, 9.3).

One request, two senders: `body()` is the JSON of REST, `operation` the frame of a WebSocket order
operation, which names the instrument by its code. Cross margin, net mode: the account's only way.

>>> Disarm().body(), Arm(seconds=60).body()
({'timeOut': '0', 'tag': 'pawang'}, {'timeOut': '60', 'tag': 'pawang'})
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from pawang.model.codec import Record
from pawang.venues.okx.ids import TAG

MARKET = "-1"
"""The order price that means "at market" in TP, SL and triggers."""
BATCH_MAX = 20
SWITCH_MIN_S, SWITCH_MAX_S = 10, 120

Body = dict[str, Any]


def text(value: Decimal) -> str:
    """A number as OKX wants it: no exponent.

    >>> text(Decimal("1E+3"))
    '1000'
    """
    return f"{value:f}"


class Attached(Record):
    """One exit attached to an entry: a stop (market), or a take profit of its own size.

    `limit`: the take profit rests as a limit order from the entry's fill on, instead of waiting
    for its trigger.
    """

    client_id: str
    stop: Decimal | None = None
    target: Decimal | None = None
    contracts: Decimal | None = None  # split take profits only
    trigger: str = "last"
    limit: bool = False

    def __post_init__(self) -> None:
        assert (self.stop is None) != (self.target is None), "one way each (51076)"

    def body(self) -> Body:
        made: Body = {"attachAlgoClOrdId": self.client_id}
        if self.stop is not None:
            made |= {"slTriggerPx": text(self.stop), "slOrdPx": MARKET}
            made["slTriggerPxType"] = self.trigger
        elif self.target is not None:
            made |= {"tpOrdKind": "limit" if self.limit else "condition"}
            made |= {"tpTriggerPx": text(self.target), "tpOrdPx": text(self.target)}
            made["tpTriggerPxType"] = self.trigger
        if self.contracts is not None:
            made["sz"] = text(self.contracts)
        return made


class Place(Record):
    """A new order. `kind`: limit, post_only, market, ioc, fok, optimal_limit_ioc."""

    instrument: str
    client_id: str
    side: str  # "buy", "sell"
    kind: str
    contracts: Decimal
    price: Decimal | None = None
    reduce_only: bool = False
    attached: tuple[Attached, ...] = ()

    def __post_init__(self) -> None:
        assert self.contracts > 0, f"{self.client_id}: nothing to order"
        assert (self.price is None) == (self.kind in ("market", "optimal_limit_ioc"))

    def body(self) -> Body:
        made: Body = {
            "instId": self.instrument,
            "tdMode": "cross",
            "side": self.side,
            "posSide": "net",
            "ordType": self.kind,
            "sz": text(self.contracts),
            "clOrdId": self.client_id,
            "tag": TAG,
        }
        if self.price is not None:
            made["px"] = text(self.price)
        if self.reduce_only:
            made["reduceOnly"] = True
        if self.attached:
            made["attachAlgoOrds"] = [each.body() for each in self.attached]
        return made


class Cancel(Record):
    """By the venue's id where we know it: it wins, and it cannot be reused."""

    instrument: str
    client_id: str = ""
    order_id: str = ""

    def body(self) -> Body:
        return {"instId": self.instrument, **_which(self.client_id, self.order_id)}


class Amend(Record):
    """`contracts` is the new *total*, the filled part included (okx-v5.md 8.2)."""

    instrument: str
    client_id: str = ""
    order_id: str = ""
    contracts: Decimal | None = None
    price: Decimal | None = None
    request_id: str = ""
    cancel_on_fail: bool = False

    def __post_init__(self) -> None:
        assert self.contracts is not None or self.price is not None, "nothing to amend (51500)"

    def body(self) -> Body:
        made: Body = {"instId": self.instrument, **_which(self.client_id, self.order_id)}
        if self.contracts is not None:
            made["newSz"] = text(self.contracts)
        if self.price is not None:
            made["newPx"] = text(self.price)
        if self.request_id:
            made["reqId"] = self.request_id
        if self.cancel_on_fail:
            made["cxlOnFail"] = True
        return made


def _which(client_id: str, order_id: str) -> Body:
    assert client_id or order_id, "an order without a name (51003)"
    return {"ordId": order_id} if order_id else {"clOrdId": client_id}


# The dead man's switch (okx-v5.md 8.3). Two types, so that no number can mean the other thing:
# "0" on the wire disables the timer, it does not cancel now.


class Arm(Record):
    """Cancel our pending orders unless this is renewed within `seconds`."""

    seconds: int

    def __post_init__(self) -> None:
        assert SWITCH_MIN_S <= self.seconds <= SWITCH_MAX_S, "10 to 120 s; Disarm() switches off"

    def body(self) -> Body:
        return {"timeOut": str(self.seconds), "tag": TAG}


class Disarm(Record):
    """Switch the timer off. Cancels nothing."""

    def body(self) -> Body:
        return {"timeOut": "0", "tag": TAG}


# WebSocket order operations.

Operable = Place | Cancel | Amend
OPERATIONS: Mapping[type, tuple[str, str]] = {
    Place: ("order", "batch-orders"),
    Cancel: ("cancel-order", "batch-cancel-orders"),
    Amend: ("amend-order", "batch-amend-orders"),
}


def operation(request_id: str, requests: Sequence[Operable], codes: Mapping[str, int]) -> str:
    """One frame of requests of one kind; `codes` are the instruments' instIdCode."""
    kinds = {type(request) for request in requests}
    assert len(kinds) == 1, "one kind of request a frame"
    assert len(requests) <= BATCH_MAX
    single, batch = OPERATIONS[kinds.pop()]
    args = []
    for request in requests:
        body = request.body()
        args.append({"instIdCode": codes[body.pop("instId")], **body})
    op = single if len(args) == 1 else batch
    return json.dumps({"id": request_id, "op": op, "args": args}, separators=(",", ":"))
