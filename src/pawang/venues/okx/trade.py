"""Trading and account calls over REST: typed requests out, typed rows or one of `codes`' errors.

An acknowledgement means "accepted", never "done": what became of an order comes by push or query
(okx-v5.md 8.1). Items carry their own codes and are judged one by one.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

from pawang.venues.okx.algo_requests import ALGOS_MAX, AmendAlgo, CancelAlgo, PlaceAlgo
from pawang.venues.okx.codes import (
    NOT_FOUND,
    Kept,
    Malformed,
    OkxError,
    Refused,
    Unknown,
    refusal,
)
from pawang.venues.okx.parse import Parsed
from pawang.venues.okx.requests import BATCH_MAX, Amend, Arm, Cancel, Disarm, Place
from pawang.venues.okx.rest import OkxRest
from pawang.venues.okx.wire_account import (
    BalanceRow,
    BillRow,
    ConfigRow,
    FeeRow,
    LeverageRow,
    MaxSizeRow,
    PositionModeRow,
    PositionRow,
)
from pawang.venues.okx.wire_private import (
    AckRow,
    AlgoRow,
    CloseRow,
    FillRow,
    OrderRow,
    SwitchRow,
)

PAGE = 100
PAGES_MAX = 50  # of one list; a venue that turns in circles is left
PENDING_ALGOS = ("conditional,oco", "trigger", "move_order_stop")
"""Only the first two may be asked for together (okx-v5.md 8.5)."""

R = TypeVar("R")
Outcome = AckRow | OkxError


def always() -> bool:
    return True


class OkxTrade:
    """`admits` of the placing calls is asked right before the bytes leave (I4)."""

    def __init__(self, rest: OkxRest) -> None:
        self.rest = rest

    # Orders.

    async def place(
        self, request: Place, expires: int | None = None, admits: Callable[[], bool] = always
    ) -> AckRow:
        return await self._one("trade/order", request, expires, admits)

    async def amend(self, request: Amend, expires: int | None = None) -> AckRow:
        return await self._one("trade/amend-order", request, expires)

    async def cancel(self, request: Cancel) -> AckRow:
        return await self._one("trade/cancel-order", request)

    async def place_all(
        self,
        requests: Sequence[Place],
        expires: int | None = None,
        admits: Callable[[], bool] = always,
    ) -> list[Outcome]:
        """At most 20 of one instrument, executed in turn; each has its own outcome."""
        return await self._batch("trade/batch-orders", requests, expires, admits)

    async def amend_all(
        self, requests: Sequence[Amend], expires: int | None = None
    ) -> list[Outcome]:
        return await self._batch("trade/amend-batch-orders", requests, expires)

    async def cancel_all(self, requests: Sequence[Cancel]) -> list[Outcome]:
        return await self._batch("trade/cancel-batch-orders", requests)

    async def close_position(self, instrument: str, client_id: str = "") -> CloseRow:
        """The whole position of an instrument at market, its pending close orders cancelled."""
        body = {"instId": instrument, "mgnMode": "cross", "autoCxl": True}
        if client_id:
            body["clOrdId"] = client_id
        path = "trade/close-position"
        return _only(await self.rest.post(path, body, instrument=instrument), path, CloseRow)

    async def switch(self, order: Arm | Disarm) -> SwitchRow:
        """The dead man's switch of our own orders. Disarming cancels nothing."""
        path = "trade/cancel-all-after"
        return _only(await self.rest.post(path, order.body()), path, SwitchRow)

    # Algo orders.

    async def place_algo(self, request: PlaceAlgo, admits: Callable[[], bool] = always) -> AckRow:
        return await self._one("trade/order-algo", request, None, admits)

    async def amend_algo(self, request: AmendAlgo) -> AckRow:
        return await self._one("trade/amend-algos", request)

    async def cancel_algos(self, requests: Sequence[CancelAlgo]) -> list[Outcome]:
        """At most ten of one instrument."""
        assert len(requests) <= ALGOS_MAX
        return await self._batch("trade/cancel-algos", requests)

    # Questions about orders.

    async def order(
        self, instrument: str, client_id: str = "", order_id: str = ""
    ) -> OrderRow | None:
        """None: OKX knows of no such order."""
        which = {"ordId": order_id} if order_id else {"clOrdId": client_id}
        found = await self._found("trade/order", {"instId": instrument, **which}, OrderRow)
        return found[0] if found else None

    async def algo(self, client_id: str) -> list[AlgoRow]:
        return await self._found("trade/order-algo", {"algoClOrdId": client_id}, AlgoRow)

    async def pending(self) -> list[OrderRow]:
        """Every resting order of every swap."""
        return await self._pages(
            "trade/orders-pending", {"instType": "SWAP"}, OrderRow, lambda row: row.ord_id
        )

    async def pending_algos(self) -> list[AlgoRow]:
        found: list[AlgoRow] = []
        for kinds in PENDING_ALGOS:
            query = {"ordType": kinds, "instType": "SWAP"}
            found += await self._pages(
                "trade/orders-algo-pending", query, AlgoRow, lambda row: row.algo_id
            )
        return found

    async def history(self, instrument: str) -> list[OrderRow]:
        """Orders of seven days that are over (cancelled and unfilled ones: two hours)."""
        query = {"instType": "SWAP", "instId": instrument}
        return await self._pages("trade/orders-history", query, OrderRow, lambda row: row.ord_id)

    async def fills(self, since_ms: int = 0, order_id: str = "") -> list[FillRow]:
        """Of one order, or of all since a time (three days at most), oldest first."""
        query = {"instType": "SWAP"}
        if order_id:
            query["ordId"] = order_id
        if since_ms:
            query["begin"] = str(since_ms)
        rows = await self._pages("trade/fills", query, FillRow, lambda row: row.bill_id)
        return sorted(rows, key=lambda row: (row.fill_time or row.ts, row.bill_id))

    # The account.

    async def config(self) -> ConfigRow:
        return await self._single("account/config", {}, ConfigRow)

    async def balance(self) -> BalanceRow:
        return await self._single("account/balance", {}, BalanceRow)

    async def positions(self) -> list[PositionRow]:
        return _of(await self.rest.get("account/positions", {"instType": "SWAP"}), PositionRow)

    async def fees(self) -> FeeRow:
        """What the account pays on swaps; negative = paid."""
        return await self._single("account/trade-fee", {"instType": "SWAP"}, FeeRow)

    async def max_size(self, instrument: str) -> MaxSizeRow:
        query = {"instId": instrument, "tdMode": "cross"}
        return await self._single("account/max-size", query, MaxSizeRow)

    async def bills(self, kind: str, since_ms: int) -> list[BillRow]:
        """One kind ("8" = funding) of seven days at most, oldest first."""
        query = {"instType": "SWAP", "type": kind, "begin": str(since_ms)}
        rows = await self._pages("account/bills", query, BillRow, lambda row: row.bill_id)
        return sorted(rows, key=lambda row: (row.ts, row.bill_id))

    async def leverage(self, instrument: str) -> Decimal:
        """What stands, cross margin."""
        query = {"instId": instrument, "mgnMode": "cross"}
        row = await self._single("account/leverage-info", query, LeverageRow)
        return row.lever

    async def set_leverage(self, instrument: str, wanted: Decimal) -> None:
        """Set it and read it back: the acknowledgement is not believed (C11). Raises Kept."""
        path = "account/set-leverage"
        body = {"instId": instrument, "lever": f"{wanted:f}", "mgnMode": "cross"}
        said = ""
        try:
            await self.rest.post(path, body, instrument=instrument)
        except (Unknown, Refused) as failed:
            said = f": {failed}"  # what counts is what stands
        stands = await self.leverage(instrument)
        if stands != wanted:
            raise Kept(path, "", f"{instrument} stands at {stands}, wanted {wanted}{said}")

    async def set_position_mode(self, mode: str) -> PositionModeRow:
        """ "net_mode" or "long_short_mode"; refused while anything is open (59000)."""
        path = "account/set-position-mode"
        return _only(await self.rest.post(path, {"posMode": mode}), path, PositionModeRow)

    # Sending.

    async def _one(
        self,
        path: str,
        request: Place | Amend | Cancel | PlaceAlgo | AmendAlgo,
        expires: int | None = None,
        admits: Callable[[], bool] = always,
    ) -> AckRow:
        parsed = await self.rest.post(
            path, request.body(), instrument=request.instrument, expires=expires, admits=admits
        )
        return _judged(_only(parsed, path, AckRow), path)

    async def _batch(
        self,
        path: str,
        requests: Sequence[Place | Amend | Cancel | CancelAlgo],
        expires: int | None = None,
        admits: Callable[[], bool] = always,
    ) -> list[Outcome]:
        assert 0 < len(requests) <= BATCH_MAX
        [instrument] = {request.instrument for request in requests}
        parsed = await self.rest.post(
            path,
            [request.body() for request in requests],
            instrument=instrument,
            expires=expires,
            admits=admits,
        )
        rows = _of(parsed, AckRow)
        if len(rows) != len(requests):
            raise Unknown(path, "", f"{len(rows)} answers to {len(requests)} requests")
        return [_outcome(row, path) for row in rows]

    # Asking.

    async def _single(self, path: str, query: dict[str, str], kind: type[R]) -> R:
        return _only(await self.rest.get(path, query), path, kind)

    async def _found(self, path: str, query: dict[str, str], kind: type[R]) -> list[R]:
        try:
            return _of(await self.rest.get(path, query), kind)
        except Refused as refused:
            if refused.code in NOT_FOUND:
                return []
            raise

    async def _pages(
        self, path: str, query: dict[str, str], kind: type[R], name: Callable[[R], str]
    ) -> list[R]:
        """Newest first, page after page, each row once."""
        found: dict[str, R] = {}
        after: dict[str, str] = {}
        for _ in range(PAGES_MAX):
            page = {"limit": str(PAGE), **query, **after}
            rows = _of(await self.rest.get(path, page), kind)
            fresh = {name(row): row for row in rows if name(row) not in found}
            found |= fresh
            if len(rows) < PAGE or not fresh:
                break
            after = {"after": name(rows[-1])}
        return list(found.values())


def _of(parsed: Parsed, kind: type[R]) -> list[R]:
    return [row for row in parsed.records if isinstance(row, kind)]


def _only(parsed: Parsed, path: str, kind: type[R]) -> R:
    rows = _of(parsed, kind)
    if len(rows) != 1:
        # A question that was answered with nothing is malformed; a request's outcome is open.
        posted = kind in (AckRow, CloseRow, SwitchRow)
        words = f"{len(rows)} rows, one was expected"
        raise Unknown(path, "", words) if posted else Malformed(path, "data", words)
    return rows[0]


def _judged(row: AckRow, path: str) -> AckRow:
    outcome = _outcome(row, path)
    if isinstance(outcome, OkxError):
        raise outcome
    return outcome


def _outcome(row: AckRow, path: str) -> Outcome:
    return row if row.s_code == "0" else refusal(path, row.s_code, row.s_msg)
