"""Algo orders as REST and the channels show them, every documented field (okx-v5.md 8.5, 9.2)."""

from decimal import Decimal

from pawang.sandbox.okx.private.algos import Algo
from pawang.sandbox.okx.private.asked import plain
from pawang.sandbox.okx.private.rows_orders import attached_row, side_text, truth
from pawang.sandbox.okx.rows import Row, without

_BLANK = (
    "ccy chaseType chaseVal clOrdId isTradeBorrowMode maxChaseType maxChaseVal pxLimit pxSpread "
    "pxVar quickMgnType szLimit tgtCcy timeInterval"
)
BLANK: Row = dict.fromkeys(_BLANK.split(), "")
_NOT_PUSHED = (
    "activePx callbackRatio callbackSpread chaseType chaseVal maxChaseType maxChaseVal "
    "moveTriggerPx pxLimit pxSpread pxVar szLimit timeInterval"
)
NOT_PUSHED = tuple(_NOT_PUSHED.split())
_ADVANCE_NOT_PUSHED = (
    "amendPxOnTriggerType attachAlgoOrds chaseType chaseVal closeFraction last linkedOrd "
    "maxChaseType maxChaseVal ordId ordIdList quickMgnType slTriggerPxType tgtCcy tpTriggerPxType "
    "triggerPxType uTime"
)
ADVANCE_NOT_PUSHED = tuple(_ADVANCE_NOT_PUSHED.split())


def algo_row(algo: Algo) -> Row:
    """A row of the queries."""
    made, tp, sl, entry = algo.made, algo.tp, algo.sl, algo.entry
    whole = algo.lots is None
    return {
        **BLANK,
        "activePx": plain(algo.active),
        "actualPx": plain(algo.actual_price),
        "actualSide": algo.actual_side,
        "actualSz": made.size.text(algo.actual_lots),
        "algoClOrdId": algo.cl_ord_id,
        "algoId": str(algo.algo_id),
        "amendPxOnTriggerType": "1" if algo.to_cost else "0",
        "attachAlgoOrds": [attached_row(one) for one in algo.attached],
        "cTime": str(algo.created_ms),
        "callbackRatio": plain(algo.ratio),
        "callbackSpread": plain(algo.spread),
        "closeFraction": "1" if whole else "",
        "failCode": algo.fail_code,
        "instId": made.name,
        "instType": "SWAP",
        "last": algo.last or made.price.text(made.last_ticks),
        "lever": algo.lever,
        "linkedOrd": {"ordId": algo.parent},
        "moveTriggerPx": plain(trailing_trigger(algo)),
        "ordId": algo.children[-1] if algo.children else "",
        "ordIdList": list(algo.children),
        "ordPx": entry.price_text if entry else "",
        "ordType": algo.kind,
        "posSide": algo.pos_side,
        "reduceOnly": truth(algo.reduce_only),
        "side": side_text(buy=algo.buy),
        "slOrdPx": sl.price_text if sl else "",
        "slTriggerPx": plain(sl.trigger) if sl else "",
        "slTriggerPxType": sl.kind if sl else "",
        "state": algo.state,
        "sz": "" if algo.lots is None else made.size.text(algo.lots),
        "tag": algo.tag,
        "tdMode": "cross",
        "tpOrdPx": tp.price_text if tp else "",
        "tpTriggerPx": plain(tp.trigger) if tp else "",
        "tpTriggerPxType": tp.kind if tp else "",
        "tradeQuoteCcy": "USDT",
        "triggerPx": plain(entry.trigger) if entry else "",
        "triggerPxType": entry.kind if entry else "",
        "triggerTime": str(algo.triggered_ms) if algo.triggered_ms else "",
        "uTime": str(algo.updated_ms),
    }


def trailing_trigger(algo: Algo) -> Decimal | None:
    """Where a trailing stop stands now; None while it waits for its activation."""
    if algo.extreme is None:
        return None
    move = algo.extreme * (algo.ratio or 0) if algo.spread is None else algo.spread
    return algo.extreme + move if algo.buy else algo.extreme - move


def algo_push(algo: Algo, request: str = "", result: str = "") -> Row:
    """A row of orders-algo."""
    return {
        **without(algo_row(algo), NOT_PUSHED),
        "amendResult": result,
        "notionalUsd": _worth(algo),
        "reqId": request,
    }


def advance_push(algo: Algo, now_ms: int) -> Row:
    """A row of algo-advance."""
    return {
        **without(algo_row(algo), ADVANCE_NOT_PUSHED),
        "count": "1",
        "isTradeBorrowMode": False,
        "notionalUsd": _worth(algo),
        "pTime": str(now_ms),
    }


def _worth(algo: Algo) -> str:
    made = algo.made
    coins = (algo.lots or 0) * made.lot_size * Decimal(made.listing.contract_value)
    return plain(coins * made.last_ticks * made.tick_size)
