"""The signed endpoints under /trade: orders, their queries, fills, the dead man's switch
(okx-v5.md 8). Algo orders are in `rest_algo`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private.asked import TAG_MAX
from pawang.sandbox.okx.private.margin import Margin
from pawang.sandbox.okx.private.orders import Order
from pawang.sandbox.okx.private.pages import page
from pawang.sandbox.okx.private.positions import NOTHING
from pawang.sandbox.okx.private.rest_account import Call
from pawang.sandbox.okx.private.rows_account import rounded
from pawang.sandbox.okx.private.rows_orders import fill_row, order_row
from pawang.sandbox.okx.private.wishes import find_instrument, read_wish

RECENT_MS = 2 * 3_600_000  # cancelled and unfilled orders are forgotten after it
WEEK_MS, QUARTER_MS = 7 * 86_400_000, 90 * 86_400_000
FILLS_MS = 3 * 86_400_000
KINDS = ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION")


def order(call: Call) -> Any:
    query = call.query
    made = query.instrument(call.exchange.core)
    ord_id, named = query.whole("ordId"), query.text("clOrdId")
    if ord_id is None and named is None:
        raise Refused("51003")
    found = call.account.find(ord_id, named or "")
    if found is None or found.made is not made or _forgotten(found, call.now_ms):
        raise Refused("51603")
    return [order_row(found)]


def orders_pending(call: Call) -> Any:
    found = [one for one in call.account.orders.values() if _fits(call, one)]
    return [order_row(one) for one in page(call.query, found, lambda one: one.ord_id)]


def orders_history(call: Call) -> Any:
    return _history(call, WEEK_MS)


def orders_archive(call: Call) -> Any:
    return _history(call, QUARTER_MS)


def _history(call: Call, reach_ms: int) -> Any:
    """Ended orders; instType is required here."""
    call.query.one_of("instType", KINDS)
    since = call.now_ms - reach_ms
    found = [
        one
        for one in call.account.ended
        if _fits(call, one)
        and one.updated_ms >= since
        and call.query.between(one.created_ms)
        and not _forgotten(one, call.now_ms)
    ]
    return [order_row(one) for one in page(call.query, found, lambda one: one.ord_id)]


def _forgotten(found: Order, now_ms: int) -> bool:
    unfilled = found.state == "canceled" and not found.filled
    return unfilled and now_ms - found.updated_ms > RECENT_MS


def _fits(call: Call, found: Order) -> bool:
    query = call.query
    kinds, state = query.text("ordType"), query.text("state")
    return (
        query.text("instType") in (None, "SWAP")
        and query.text("instId") in (None, found.made.name)
        and (query.text("instFamily") or query.text("uly")) in (None, found.made.listing.family)
        and (kinds is None or found.wish.kind in kinds.split(","))
        and state in (None, found.state)
        and query.text("category") in (None, found.category)
    )


def fills(call: Call) -> Any:
    return _fills(call, FILLS_MS)


def fills_history(call: Call) -> Any:
    return _fills(call, QUARTER_MS)


def _fills(call: Call, reach_ms: int) -> Any:
    query = call.query
    name, ord_id = query.text("instId"), query.whole("ordId")
    if query.one_of("instType", KINDS, "SWAP") != "SWAP":
        return []
    found = [
        one
        for one in call.account.fills
        if name in (None, one.order.made.name)
        and ord_id in (None, one.order.ord_id)
        and one.match.ts_ms >= call.now_ms - reach_ms
        and query.between(one.match.ts_ms)
    ]
    return [fill_row(one) for one in page(query, found, lambda one: one.bill_id)]


def close_position(call: Call) -> Any:
    asked, account = call.asked, call.account
    made = find_instrument(call.exchange.core, asked)
    if asked.one_of("mgnMode", ("cross", "isolated")) == "isolated":
        raise Refused("51023")
    side = "net" if account.net else asked.one_of("posSide", ("long", "short"))
    name, tag = asked.name("clOrdId"), asked.name("tag", TAG_MAX)
    call.exchange.close(account, made, side, auto=asked.flag("autoCxl"), name=name, tag=tag)
    return [{"clOrdId": name, "instId": made.name, "posSide": side, "tag": tag}]


def cancel_all_after(call: Call) -> Any:
    """0 disables; 10 to 120 seconds of the host's clock. Times are in seconds, as OKX's are."""
    asked = call.asked
    seconds = asked.number("timeOut")
    if seconds is None:
        raise Refused("50014", "timeOut")
    if seconds and not 10 <= seconds <= 120:
        raise Refused("51000", "timeOut")
    tag = asked.name("tag", TAG_MAX)
    call.exchange.timers.set(call.account.uid, tag, seconds, call.wall_ns)
    now_s = call.now_ms // 1_000
    return [
        {
            "tag": tag,
            "triggerTime": str(now_s + seconds) if seconds else "0",
            "ts": str(now_s),
        }
    ]


def mass_cancel(call: Call) -> Any:
    """Options market makers only (okx-v5.md 8.2)."""
    raise Refused("50030")


def precheck(call: Call) -> Any:
    """What the order would do to the margin; it is checked as if placed, but not placed."""
    wish = read_wish(call.exchange.core, call.account, call.asked, call.exchange.new_id)
    call.exchange.admission.check_position(call.account, wish)
    margin = Margin(call.account)
    coins = wish.lots * wish.made.lot_size * Decimal(wish.made.listing.contract_value)
    more = coins * (wish.ticks or wish.made.last_ticks) * wish.made.tick_size
    added = NOTHING if wish.reduce_only else more / call.account.lever(wish.made)
    return [
        {
            "adjEq": rounded(margin.equity), "adjEqChg": "0", "availBal": "", "availBalChg": "",
            "imr": rounded(margin.imr), "imrChg": rounded(added), "liab": "", "liabChg": "",
            "liabChgCcy": "", "liqPx": "", "liqPxDiff": "", "liqPxDiffRatio": "",
            "mgnRatio": rounded(margin.ratio), "mgnRatioChg": "", "mmr": rounded(margin.mmr),
            "mmrChg": "", "posBal": "", "posBalChg": "", "type": "",
        }
    ]  # fmt: skip


def account_rate_limit(call: Call) -> Any:
    return [
        {
            "accRateLimit": "1000",
            "fillRatio": "",
            "mainFillRatio": "",
            "nextAccRateLimit": "1000",
            "ts": str(call.now_ms),
        }
    ]


READ: dict[str, Callable[[Call], Any]] = {
    "/trade/order": order,
    "/trade/orders-pending": orders_pending,
    "/trade/orders-history": orders_history,
    "/trade/orders-history-archive": orders_archive,
    "/trade/fills": fills,
    "/trade/fills-history": fills_history,
    "/trade/account-rate-limit": account_rate_limit,
}
WRITE: dict[str, Callable[[Call], Any]] = {
    "/trade/close-position": close_position,
    "/trade/cancel-all-after": cancel_all_after,
    "/trade/mass-cancel": mass_cancel,
    "/trade/order-precheck": precheck,
}
