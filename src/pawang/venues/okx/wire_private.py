"""OKX's private rows as they stand on the wire (okx-v5.md 7, 8, 9.2).

Strict where the desk decides by it: an unknown enum or a missing needed field refuses the row and
names the field. What old or abbreviated payloads leave out has a default; "" is "not given"; a
field we do not know is ignored. Money is Decimal, fees are negative when we pay (OKX's sign).
"""

from typing import Literal

import msgspec

from pawang.venues.okx.fields import (
    MaybeMoney,
    MaybePrice,
    MaybeStamp,
    MaybeVolume,
    Money,
    Name,
    Size,
    Stamp,
    Volume,
)
from pawang.venues.okx.wire import InstType, Wire

Side = Literal["buy", "sell"]
PosSide = Literal["net", "long", "short", ""]
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


# Positions and money.


class CloseAlgo(Wire):
    algo_id: str = ""
    sl_trigger_px: MaybePrice = None
    tp_trigger_px: MaybePrice = None
    close_fraction: str = ""


class PositionRow(Wire):
    """Contracts; in net mode `pos` > 0 is long, < 0 short; 0 is pushed once at the close."""

    inst_id: Name
    inst_type: InstType
    pos_id: Name
    pos: Money
    pos_side: Literal["net", "long", "short"]
    mgn_mode: Literal["cross", "isolated"]
    avg_px: MaybeVolume
    u_time: Stamp
    c_time: MaybeStamp = None
    avail_pos: MaybeMoney = None
    ccy: str = ""
    lever: MaybeVolume = None
    liq_px: MaybeVolume = None
    mark_px: MaybeVolume = None
    upl: MaybeMoney = None
    notional_usd: MaybeMoney = None
    imr: MaybeMoney = None
    mmr: MaybeMoney = None
    mgn_ratio: MaybeMoney = None
    margin: MaybeMoney = None
    pnl: MaybeMoney = None
    realized_pnl: MaybeMoney = None
    fee: MaybeMoney = None
    funding_fee: MaybeMoney = None
    liq_penalty: MaybeMoney = None
    trade_id: str = ""
    adl: str = ""
    close_order_algo: tuple[CloseAlgo, ...] = ()


class PositionHistoryRow(Wire):
    inst_id: Name
    inst_type: InstType
    pos_id: Name
    type: Literal["1", "2", "3", "4", "5", "6", "7", ""]
    direction: str
    close_avg_px: MaybeVolume
    open_avg_px: MaybeVolume
    realized_pnl: MaybeMoney
    u_time: Stamp
    c_time: MaybeStamp = None
    pos_side: PosSide = ""
    mgn_mode: str = ""
    lever: MaybeVolume = None
    pnl: MaybeMoney = None
    fee: MaybeMoney = None
    funding_fee: MaybeMoney = None
    liq_penalty: MaybeMoney = None
    close_total_pos: MaybeVolume = None
    open_max_pos: MaybeVolume = None


class BalanceDetail(Wire):
    ccy: Name
    eq: MaybeMoney
    cash_bal: MaybeMoney
    avail_bal: MaybeMoney = None
    avail_eq: MaybeMoney = None
    frozen_bal: MaybeMoney = None
    ord_frozen: MaybeMoney = None
    upl: MaybeMoney = None
    imr: MaybeMoney = None
    mmr: MaybeMoney = None
    mgn_ratio: MaybeMoney = None
    u_time: MaybeStamp = None


class BalanceRow(Wire):
    """The account: in Futures mode the account-level margins may be ""."""

    total_eq: MaybeMoney
    details: tuple[BalanceDetail, ...]
    u_time: Stamp
    adj_eq: MaybeMoney = None
    avail_eq: MaybeMoney = None
    imr: MaybeMoney = None
    mmr: MaybeMoney = None
    mgn_ratio: MaybeMoney = None
    upl: MaybeMoney = None
    notional_usd: MaybeMoney = None
    ord_froz: MaybeMoney = None


class CashRow(Wire):
    ccy: Name
    cash_bal: Money
    u_time: MaybeStamp = None


class HeldRow(Wire):
    """A position as `balance_and_position` shows it."""

    inst_id: Name
    pos_id: Name
    pos: Money
    pos_side: Literal["net", "long", "short"]
    avg_px: MaybeVolume
    mgn_mode: str = ""
    ccy: str = ""
    trade_id: str = ""
    u_time: MaybeStamp = None


class TradeRef(Wire):
    inst_id: str
    trade_id: str


class BalancePositionRow(Wire):
    """`eventType`: snapshot, filled, funding_fee, liquidation …; new words come, none decides."""

    p_time: Stamp
    event_type: str
    bal_data: tuple[CashRow, ...] = ()
    pos_data: tuple[HeldRow, ...] = ()
    trades: tuple[TradeRef, ...] = ()


class BillRow(Wire):
    """`type` "8" is funding: `subType` 173 paid, 174 received; `balChg` carries the sign."""

    bill_id: Name
    ccy: str
    bal_chg: Money
    type: Name
    ts: Stamp
    bal: MaybeMoney = None
    sub_type: str = ""
    inst_id: str = ""
    ord_id: str = ""
    trade_id: str = ""
    fee: MaybeMoney = None
    pnl: MaybeMoney = None
    px: MaybeVolume = None
    sz: MaybeMoney = None
    exec_type: str = ""


class ConfigRow(Wire):
    """`perm` is a list in one text ("read_only,trade"); `ip` "" = bound to no address."""

    acct_lv: Literal["1", "2", "3", "4"]
    pos_mode: Literal["net_mode", "long_short_mode"]
    uid: Name
    perm: str
    ip: str = ""
    main_uid: str = ""
    label: str = ""
    level: str = ""
    role_type: str = ""


class FeeGroup(Wire):
    group_id: str = ""
    maker: MaybeMoney = None
    taker: MaybeMoney = None


class FeeRow(Wire):
    """Negative = we pay. `feeGroup` counts where it is there; the flat words are older."""

    inst_type: InstType
    level: str
    ts: Stamp
    maker: MaybeMoney = None
    taker: MaybeMoney = None
    maker_u: MaybeMoney = msgspec.field(name="makerU", default=None)
    taker_u: MaybeMoney = msgspec.field(name="takerU", default=None)
    fee_group: tuple[FeeGroup, ...] = ()


class LeverageRow(Wire):
    inst_id: str
    mgn_mode: Literal["cross", "isolated"]
    lever: Size
    pos_side: PosSide = ""
    ccy: str = ""


class PositionModeRow(Wire):
    pos_mode: Literal["net_mode", "long_short_mode"]


class MaxSizeRow(Wire):
    inst_id: Name
    max_buy: MaybeVolume
    max_sell: MaybeVolume
    ccy: str = ""


class RateLimitRow(Wire):
    acc_rate_limit: Volume
    fill_ratio: MaybeMoney = None
    main_fill_ratio: MaybeMoney = None
    next_acc_rate_limit: MaybeVolume = None
    ts: MaybeStamp = None


class PrecheckRow(Wire):
    adj_eq: MaybeMoney = None
    adj_eq_chg: MaybeMoney = None
    imr: MaybeMoney = None
    imr_chg: MaybeMoney = None
    liq_px: MaybeMoney = None
    mgn_ratio: MaybeMoney = None


class LiquidationWarningRow(Wire):
    inst_id: Name
    pos: Money
    pos_side: Literal["net", "long", "short"]
    mgn_mode: Literal["cross", "isolated"]
    mgn_ratio: MaybeMoney
    mark_px: MaybeVolume
    u_time: Stamp
    pos_id: str = ""
    lever: MaybeVolume = None


PrivateRow = (
    AckRow
    | CloseRow
    | SwitchRow
    | OrderRow
    | AlgoRow
    | FillRow
    | PositionRow
    | PositionHistoryRow
    | BalanceRow
    | BalancePositionRow
    | BillRow
    | ConfigRow
    | FeeRow
    | LeverageRow
    | PositionModeRow
    | MaxSizeRow
    | RateLimitRow
    | PrecheckRow
    | LiquidationWarningRow
)
