"""Orders and fills as REST and the channels show them, every documented field (okx-v5.md 8.4, 9.2).

What a swap order leaves blank comes from one template, so that no strict client misses a field.
"""

from collections.abc import Mapping
from decimal import Decimal

from pawang.sandbox.okx.private.asked import plain
from pawang.sandbox.okx.private.attached import Attached
from pawang.sandbox.okx.private.orders import PRICED, Fill, Order
from pawang.sandbox.okx.rows import Row, without

_BLANK = (
    "attachAlgoClOrdId cancelSourceReason ccy pxType pxUsd pxVol quickMgnType slOrdPx slTriggerPx "
    "slTriggerPxType stpId tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType"
)
BLANK = dict.fromkeys(_BLANK.split(), "")
_BLANK_FILL = "fillFwdPx fillMarkVol fillPxUsd fillPxVol"
NO_AMEND: Mapping[str, str] = {}
BLANK_FILL = dict.fromkeys(_BLANK_FILL.split(), "")


def truth(value: bool) -> str:
    return "true" if value else "false"


def average_text(order: Order, unfilled: str) -> str:
    average = order.average
    return unfilled if average is None else plain(average.quantize(Decimal("1e-16")))


def order_row(order: Order) -> Row:
    """A row of the queries."""
    made, wish, last = order.made, order.wish, order.last
    return {
        **BLANK,
        **_settings(order),
        "accFillSz": made.size.text(order.filled),
        "attachAlgoOrds": [attached_row(one) for one in order.attached],
        "avgPx": average_text(order, ""),
        "cTime": str(order.created_ms),
        "cancelSource": order.cancel_source,
        "fee": plain(order.fee),
        "feeCcy": "USDT",
        "fillPx": made.price.text(last.ticks) if last else "",
        "fillSz": made.size.text(last.lots) if last else "0",
        "fillTime": str(last.ts_ms) if last else "",
        "pnl": plain(order.pnl),
        "px": price_text(order),
        "rebate": "0",
        "rebateCcy": "USDT",
        "state": order.state,
        "sz": made.size.text(order.lots),
        "tradeId": str(last.trade_id) if last else "",
        "uTime": str(order.updated_ms),
        "stpMode": wish.stp,
    }


def _settings(order: Order) -> Row:
    """What does not change while an order lives."""
    wish, parent = order.wish, order.parent
    return {
        "algoClOrdId": parent.algo_cl_ord_id,
        "algoId": parent.algo_id,
        "category": order.category,
        "clOrdId": wish.cl_ord_id,
        "instId": order.made.name,
        "instType": "SWAP",
        "isTpLimit": truth(parent.tp_limit),
        "lever": order.lever,
        "linkedAlgoOrd": {"algoId": parent.algo_id if parent.tp_limit else ""},
        "ordId": str(order.ord_id),
        "ordType": wish.kind,
        "posSide": wish.pos_side,
        "reduceOnly": truth(wish.reduce_only),
        "side": side_text(buy=order.buy),
        "source": parent.source,
        "tag": wish.tag,
        "tdMode": "cross",
        "tradeQuoteCcy": "USDT",
    }


def side_text(*, buy: bool) -> str:
    return "buy" if buy else "sell"


def price_text(order: Order) -> str:
    priced = order.wish.kind in PRICED and order.ticks is not None
    return order.made.price.text(order.ticks or 0) if priced else ""


def order_push(order: Order, *, filled: bool, amend: Mapping[str, str] = NO_AMEND) -> Row:
    """A row of the orders channel: its fill fields are of this fill, if it is one."""
    made, last = order.made, order.last if filled else None
    row = {
        **without(order_row(order), ("cancelSourceReason",)),
        **BLANK_FILL,
        "amendResult": "",
        "amendSource": "",
        "avgPx": average_text(order, "0"),
        "code": "0",
        "execType": ("M" if last.maker else "T") if last else "",
        "fillFee": plain(order.last_fee) if last else "0",
        "fillFeeCcy": "USDT" if last else "",
        "fillIdxPx": "",
        "fillMarkPx": made.price.text(made.mark) if last else "",
        "fillNotionalUsd": plain(usd(order, last.ticks, last.lots)) if last else "",
        "fillPnl": plain(order.last_pnl) if last else "0",
        "lastPx": made.price.text(made.last_ticks),
        "msg": "",
        "notionalUsd": plain(usd(order, order.ticks or made.last_ticks, order.lots)),
        "reqId": "",
        **amend,
    }
    if last is None:
        row |= {"fillPx": "", "fillSz": "0", "fillTime": "", "tradeId": ""}
    return row


def usd(order: Order, ticks: int, lots: int) -> Decimal:
    made = order.made
    coins = lots * made.lot_size * Decimal(made.listing.contract_value)
    return coins * ticks * made.tick_size


def attached_row(one: Attached) -> Row:
    tp, sl = one.tp, one.sl
    return {
        "activePx": plain(one.active),
        "amendPxOnTriggerType": "1" if one.to_cost else "0",
        "attachAlgoClOrdId": one.cl_ord_id,
        "attachAlgoId": one.algo_id,
        "callbackRatio": plain(one.ratio),
        "callbackSpread": plain(one.spread),
        "failCode": "",
        "failReason": "",
        "slOrdPx": sl.price_text if sl else "",
        "slTriggerPx": plain(sl.trigger) if sl else "",
        "slTriggerPxType": sl.kind if sl else "",
        "slTriggerRatio": "",
        "sz": plain(one.size),
        "tpOrdKind": ("limit" if one.tp_limit else "condition") if tp else "",
        "tpOrdPx": tp.price_text if tp else "",
        "tpTriggerPx": plain(tp.trigger) if tp and not one.tp_limit else "",
        "tpTriggerPxType": tp.kind if tp else "",
        "tpTriggerRatio": "",
    }


def fill_row(fill: Fill) -> Row:
    """A row of /trade/fills."""
    order, match = fill.order, fill.match
    made = order.made
    return {
        **BLANK_FILL,
        "billId": str(fill.bill_id),
        "clOrdId": order.wish.cl_ord_id,
        "execType": "M" if match.maker else "T",
        "fee": plain(fill.fee),
        "feeCcy": "USDT",
        "feeRate": plain(fill.rate),
        "fillIdxPx": fill.index,
        "fillMarkPx": made.price.text(fill.mark_ticks),
        "fillPnl": plain(fill.pnl),
        "fillPx": made.price.text(match.ticks),
        "fillSz": made.size.text(match.lots),
        "fillTime": str(match.ts_ms),
        "instId": made.name,
        "instType": "SWAP",
        "ordId": str(order.ord_id),
        "posSide": order.wish.pos_side,
        "side": side_text(buy=order.buy),
        "subType": fill.sub_type,
        "tag": order.wish.tag,
        "tradeId": str(match.trade_id),
        "tradeQuoteCcy": "USDT",
        "ts": str(match.ts_ms),
    }


def fill_push(fill: Fill) -> Row:
    """A row of the fills channel: clOrdId only when it is a positive int64."""
    order, match = fill.order, fill.match
    named = order.wish.cl_ord_id
    number = named.isdigit() and 0 < int(named) < 2**63
    return {
        "clOrdId": named if number else "",
        "count": "1",
        "execType": "M" if match.maker else "T",
        "fillPx": order.made.price.text(match.ticks),
        "fillSz": order.made.size.text(match.lots),
        "instId": order.made.name,
        "ordId": str(order.ord_id),
        "side": side_text(buy=order.buy),
        "tradeId": str(match.trade_id),
        "ts": str(match.ts_ms),
    }
