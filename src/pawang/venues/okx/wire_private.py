"""OKX's private rows as they stand on the wire: acknowledgements, orders, fills (okx-v5.md 8, 9.2).

Positions, money and settings are in `wire_account`.

Strict where the desk decides by it: an unknown enum or a missing needed field refuses the row and
names the field. What old or abbreviated payloads leave out has a default; "" is "not given"; a
field we do not know is ignored. Money is Decimal, fees are negative when we pay (OKX's sign).
"""

from typing import Literal

from pawang.venues.okx.fields import (
    MaybeMoney,
    MaybePrice,
    MaybeStamp,
    MaybeVolume,
    Name,
    Stamp,
    Volume,
)
from pawang.venues.okx.wire import InstType, Wire
from pawang.venues.okx.wire_account import AccountRow, PosSide

Side = Literal["buy", "sell"]
TdMode = Literal["cross", "isolated", "cash", "spot_isolated", ""]
Flag = Literal["true", "false", ""]
TriggerType = Literal["last", "index", "mark", ""]
OrderType = Literal[
    "market",
    "limit",
    "post_only",
    "fok",
    "ioc",
    "optimal_limit_ioc",
    "trigger",  # what a recorded push calls the child of a trigger order
    "mmp",
    "mmp_and_post_only",
    "op_fok",
    "rpi",
    "elp",
]
AlgoType = Literal[
    "conditional",
    "oco",
    "trigger",
    "move_order_stop",
    "chase",
    "twap",
    "iceberg",
    "smart_iceberg",
]
OrderWord = Literal["live", "partially_filled", "filled", "canceled", "mmp_canceled"]
AlgoWord = Literal[
    "live",
    "pause",
    "effective",
    "partially_effective",
    "canceled",
    "order_failed",
    "partially_failed",
    "order_placed",  # this and the next stand in recorded pushes only: both are `effective`
    "filled",
]
Category = Literal[
    "normal",
    "twap",
    "adl",
    "full_liquidation",
    "partial_liquidation",
    "delivery",
    "ddh",
    "auto_conversion",
    "",
]


# What a request is answered with.


class AckRow(Wire):
    """One item of a trading request: `sCode` "0" means accepted, not done (okx-v5.md 8.1)."""

    s_code: Name
    s_msg: str = ""
    ord_id: str = ""
    cl_ord_id: str = ""
    algo_id: str = ""
    algo_cl_ord_id: str = ""
    sub_code: str = ""
    req_id: str = ""
    tag: str = ""
    ts: MaybeStamp = None


class CloseRow(Wire):
    """close-position answers with what it was asked, and no order id."""

    inst_id: Name
    pos_side: PosSide = ""
    cl_ord_id: str = ""
    tag: str = ""


class SwitchRow(Wire):
    """cancel-all-after: both in *seconds* in OKX's sample; "0" = disabled."""

    trigger_time: str
    tag: str = ""
    ts: str = ""


# Orders.


class AlgoLink(Wire):
    algo_id: str = ""


class OrderLink(Wire):
    ord_id: str = ""


class AttachedRow(Wire):
    """One attached TP or SL, as its parent's row shows it."""

    attach_algo_id: str = ""
    attach_algo_cl_ord_id: str = ""
    tp_ord_kind: str = ""
    tp_trigger_px: MaybePrice = None
    tp_trigger_px_type: TriggerType = ""
    tp_ord_px: str = ""
    sl_trigger_px: MaybePrice = None
    sl_trigger_px_type: TriggerType = ""
    sl_ord_px: str = ""
    sz: MaybeVolume = None
    fail_code: str = ""
    fail_reason: str = ""


class OrderRow(Wire):
    """An order by query or push. Only a push says *this* fill: `fillSz` .. `execType`."""

    inst_id: Name
    inst_type: InstType
    ord_id: Name
    ord_type: OrderType
    side: Side
    state: OrderWord
    sz: Volume
    acc_fill_sz: Volume
    c_time: Stamp
    u_time: Stamp
    cl_ord_id: str = ""
    tag: str = ""
    px: MaybePrice = None
    avg_px: MaybeVolume = None  # "0" while unfilled
    pos_side: PosSide = ""
    td_mode: TdMode = ""
    reduce_only: Flag = ""
    category: Category = "normal"
    source: str = ""
    cancel_source: str = ""
    lever: MaybeVolume = None
    fee: MaybeMoney = None  # of all fills so far
    fee_ccy: str = ""
    pnl: MaybeMoney = None
    fill_sz: MaybeVolume = None
    fill_px: MaybePrice = None
    fill_time: MaybeStamp = None
    trade_id: str = ""
    fill_fee: MaybeMoney = None  # in pushes only, and not in every recording
    fill_fee_ccy: str = ""
    exec_type: Literal["M", "T", ""] = ""
    amend_result: Literal["-1", "0", "1", "2", ""] = ""
    amend_source: str = ""
    req_id: str = ""
    code: str = ""
    msg: str = ""
    algo_id: str = ""
    algo_cl_ord_id: str = ""
    attach_algo_cl_ord_id: str = ""
    attach_algo_ords: tuple[AttachedRow, ...] = ()
    linked_algo_ord: AlgoLink = AlgoLink()


class AlgoRow(Wire):
    """An algo order: TP/SL, OCO, trigger or trailing. `sz` is "" for closeFraction ones."""

    inst_id: Name
    inst_type: InstType
    algo_id: Name
    ord_type: AlgoType
    side: Side
    state: AlgoWord
    sz: MaybeVolume = None
    c_time: MaybeStamp = None
    u_time: MaybeStamp = None
    algo_cl_ord_id: str = ""
    cl_ord_id: str = ""
    tag: str = ""
    pos_side: PosSide = ""
    td_mode: TdMode = ""
    reduce_only: Flag = ""
    close_fraction: str = ""
    tp_trigger_px: MaybePrice = None
    tp_trigger_px_type: TriggerType = ""
    tp_ord_px: str = ""
    sl_trigger_px: MaybePrice = None
    sl_trigger_px_type: TriggerType = ""
    sl_ord_px: str = ""
    trigger_px: MaybePrice = None
    trigger_px_type: TriggerType = ""
    ord_px: str = ""
    callback_ratio: str = ""
    callback_spread: str = ""
    active_px: MaybePrice = None
    move_trigger_px: MaybePrice = None
    actual_sz: MaybeVolume = None
    actual_px: MaybeVolume = None
    actual_side: str = ""  # "tp" or "sl"; "sell" in a recording
    trigger_time: str = ""
    fail_code: str = ""
    ord_id: str = ""
    ord_id_list: tuple[str, ...] = ()
    linked_ord: OrderLink = OrderLink()
    attach_algo_ords: tuple[AttachedRow, ...] = ()


class FillRow(Wire):
    """One fill: of /trade/fills, or of the `fills` channel (which has no fee)."""

    inst_id: Name
    ord_id: Name
    trade_id: Name
    side: Side
    fill_px: Volume
    fill_sz: Volume
    ts: Stamp
    exec_type: Literal["M", "T", ""] = ""
    cl_ord_id: str = ""
    bill_id: str = ""
    fee: MaybeMoney = None
    fee_ccy: str = ""
    fill_time: MaybeStamp = None
    fill_pnl: MaybeMoney = None
    pos_side: PosSide = ""
    sub_type: str = ""
    tag: str = ""


PrivateRow = AckRow | CloseRow | SwitchRow | OrderRow | AlgoRow | FillRow | AccountRow
