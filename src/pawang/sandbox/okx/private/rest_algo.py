"""The signed endpoints of algo orders (okx-v5.md 8.5). `cancel-advance-algos` is gone from OKX's
documents, but clients still use it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private.algos import Algo
from pawang.sandbox.okx.private.asked import Asked
from pawang.sandbox.okx.private.pages import page
from pawang.sandbox.okx.private.rest_account import Call
from pawang.sandbox.okx.private.rows_algos import algo_row
from pawang.sandbox.okx.private.wishes import find_instrument
from pawang.sandbox.okx.rows import Row

CANCELS_MAX = 10
KINDS = (
    "conditional", "oco", "trigger", "move_order_stop", "chase", "twap", "iceberg", "smart_iceberg",
)  # fmt: skip
TOGETHER = {"conditional", "oco"}  # the only ones that may be asked for together
STATES = ("effective", "canceled", "order_failed")


def place(call: Call) -> list[Row]:
    return [_acknowledged(call.asked, partial(call.exchange.place_algo, call.account, call.asked))]


def cancel(call: Call) -> list[Row]:
    if len(call.items) > CANCELS_MAX:
        raise Refused("51406", str(CANCELS_MAX))

    def one(asked: Asked) -> Algo:
        algo = _meant(call, asked, "51400")
        return call.exchange.cancel_algo(call.account, algo)

    return [_acknowledged(asked, partial(one, asked)) for asked in call.items]


def amend(call: Call) -> list[Row]:
    def one() -> Algo:
        algo = _meant(call, call.asked, "51503")
        return call.exchange.amend_algo(call.account, algo, call.asked)

    row = _acknowledged(call.asked, one)
    kept = ("algoClOrdId", "algoId", "sCode", "sMsg")
    return [{"reqId": call.asked.text("reqId"), **{name: row[name] for name in kept}}]


def _acknowledged(asked: Asked, run: Callable[[], Algo]) -> Row:
    row: Row = {"clOrdId": "", "sCode": "0", "sMsg": "", "tag": ""}
    try:
        algo = run()
    except Refused as refused:
        if refused.code in ("50014", "50015"):
            raise
        said = {name: asked.text(name) for name in ("algoClOrdId", "algoId", "tag")}
        return {**row, **said, "sCode": refused.code, "sMsg": refused.text}
    return {**row, "algoClOrdId": algo.cl_ord_id, "algoId": str(algo.algo_id), "tag": algo.tag}


def _meant(call: Call, asked: Asked, code: str) -> Algo:
    made = find_instrument(call.exchange.core, asked)
    algo_id, named = asked.number("algoId"), asked.text("algoClOrdId")
    if algo_id is None and not named:
        raise Refused("50015", "algoId", "algoClOrdId")
    algo = call.account.find_algo(algo_id, named)
    if algo is None or algo.made is not made or not algo.open:
        raise Refused(code)
    return algo


def order_algo(call: Call) -> Any:
    algo_id, named = call.query.whole("algoId"), call.query.text("algoClOrdId")
    if algo_id is None and named is None:
        raise Refused("50015", "algoId", "algoClOrdId")
    algo = call.account.find_algo(algo_id, named or "")
    if algo is None:
        raise Refused("51603")
    return [algo_row(algo)]


def pending(call: Call) -> Any:
    kinds = _kinds(call)
    algo_id, named = call.query.whole("algoId"), call.query.text("algoClOrdId")
    found = [
        one
        for one in call.account.algos.values()
        if _fits(call, one, kinds)
        and algo_id in (None, one.algo_id)
        and named in (None, one.cl_ord_id)
    ]
    return [algo_row(one) for one in page(call.query, found, lambda one: one.algo_id)]


def history(call: Call) -> Any:
    """By state, or by algoId; one of them is required."""
    kinds = _kinds(call)
    state, algo_id = call.query.text("state"), call.query.whole("algoId")
    if state is None and algo_id is None:
        raise Refused("50015", "state", "algoId")
    if state is not None and state not in STATES:
        raise Refused("51000", "state")
    found = [
        one
        for one in call.account.ended_algos
        if _fits(call, one, kinds) and state in (None, one.state) and algo_id in (None, one.algo_id)
    ]
    return [algo_row(one) for one in page(call.query, found, lambda one: one.algo_id)]


def _kinds(call: Call) -> set[str]:
    kinds = set(call.query.needed("ordType").split(","))
    if not kinds <= set(KINDS) or (len(kinds) > 1 and not kinds <= TOGETHER):
        raise Refused("51000", "ordType")
    return kinds


def _fits(call: Call, algo: Algo, kinds: set[str]) -> bool:
    query = call.query
    return (
        algo.kind in kinds
        and query.text("instType") in (None, "SWAP")
        and query.text("instId") in (None, algo.made.name)
    )


READ: dict[str, Callable[[Call], Any]] = {
    "/trade/order-algo": order_algo,
    "/trade/orders-algo-pending": pending,
    "/trade/orders-algo-history": history,
}
WRITE: dict[str, Callable[[Call], Any]] = {
    "/trade/order-algo": place,
    "/trade/cancel-algos": cancel,
    "/trade/cancel-advance-algos": cancel,
    "/trade/amend-algos": amend,
}
