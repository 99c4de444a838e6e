"""Positions, money and settings as they stand on the wire (okx-v5.md 7, 9.2).

The other half of `wire_private`, with its rules. Contracts; in net mode `pos` > 0 is long.
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

PosSide = Literal["net", "long", "short", ""]


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


AccountRow = (
    PositionRow
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
