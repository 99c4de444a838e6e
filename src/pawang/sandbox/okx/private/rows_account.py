"""Balance, positions, bills and settings as REST and the channels show them (okx-v5.md 7, 9.2).

Every documented field is there: nautilus_trader refuses a row that lacks one.
"""

from decimal import Decimal
from typing import Any

from pawang.sandbox.okx.figures import number
from pawang.sandbox.okx.instrument import Instrument
from pawang.sandbox.okx.private.accounts import Account, Bill
from pawang.sandbox.okx.private.asked import plain
from pawang.sandbox.okx.private.margin import Margin, initial, maintenance
from pawang.sandbox.okx.private.positions import Closed, Position
from pawang.sandbox.okx.rows import Row, without

STEP = Decimal("1e-12")  # of what is a quotient: ratios and prices that nobody pays

_ZERO = (
    "autoLendMtAmt borrowFroz colRes colBorrAutoConversion crossLiab fixedBal frpType interest "
    "isoEq isoLiab isoUpl liab maxLoan rewardBal smtSyncEq spotCopyTradingEq spotIsoBal stgyEq "
    "twap uplLiab"
)
_BLANK = (
    "accAvgPx clSpotInUseAmt maxSpotInUse maxSpotInUseAmt openAvgPx spotBal spotInUseAmt spotUpl "
    "spotUplRatio totalPnl totalPnlRatio"
)
DETAIL: dict[str, Any] = {
    **dict.fromkeys(_ZERO.split(), "0"),
    **dict.fromkeys(_BLANK.split(), ""),
    "autoLendStatus": "off",
    "collateralEnabled": False,
    "collateralRestrict": False,
}


# The two documented details differ in a few fields (7 and 9.2).
NOT_READ = ("coinUsdPrice", "maxSpotInUseAmt")
NOT_PUSHED = ("autoLendMtAmt", "autoLendStatus", "maxSpotInUse")
POSITION_NOT_PUSHED = ("baseBal", "bePx", "quoteBal", "usdPx")


def rounded(value: Decimal | None) -> str:
    return "" if value is None else plain(value.quantize(STEP))


def balance_row(account: Account, now_ms: int) -> Row:
    """/account/balance; Futures mode counts margin by currency, and there is USDT only."""
    return _balance(account, now_ms, NOT_READ)


def balance_push(account: Account, now_ms: int) -> Row:
    """A row of the account channel."""
    return _balance(account, now_ms, NOT_PUSHED)


def _balance(account: Account, now_ms: int, left_out: tuple[str, ...]) -> Row:
    margin = Margin(account)
    equity = plain(margin.equity)
    return {
        "adjEq": "",
        "availEq": plain(margin.available),
        "borrowFroz": "",
        "delta": "0",
        "deltaLever": "0",
        "deltaNeutralStatus": "0",
        "details": [without(_detail(account, margin), left_out)],
        "imr": "",
        "isoEq": "0",
        "mgnRatio": "",
        "mmr": "",
        "notionalUsd": "",
        "notionalUsdForBorrow": "",
        "notionalUsdForFutures": "",
        "notionalUsdForOption": "",
        "notionalUsdForSwap": "",
        "ordFroz": "",
        "totalEq": equity,
        "uTime": str(now_ms),
        "upl": plain(margin.upl),
    }


def _detail(account: Account, margin: Margin) -> Row:
    frozen, held = margin.frozen, bool(margin.positions)
    available = plain(margin.available)
    return {
        **DETAIL,
        "availBal": available,
        "availEq": available,
        "cashBal": plain(account.cash),
        "ccy": "USDT",
        "coinUsdPrice": "1",
        "disEq": plain(margin.equity),
        "eq": plain(margin.equity),
        "eqUsd": plain(margin.equity),
        "frozenBal": rounded(margin.imr + frozen),
        "imr": rounded(margin.imr) if held else "0",
        "mgnRatio": rounded(margin.ratio),
        "mmr": rounded(margin.mmr) if held else "0",
        "notionalLever": rounded(margin.notional / margin.equity) if margin.equity > 0 else "0",
        "ordFrozen": rounded(frozen),
        "uTime": str(account.updated_ms),
        "upl": plain(margin.upl),
    }


_POSITION_BLANK = (
    "baseBal baseBorrowed baseInterest bePx bizRefId bizRefType clSpotInUseAmt deltaBS deltaPA "
    "gammaBS gammaPA hedgedPos interest liab liabCcy margin maxSpotInUseAmt nonSettleAvgPx optVal "
    "posCcy quoteBal quoteBorrowed quoteInterest settledPnl spotInUseAmt spotInUseCcy thetaBS "
    "thetaPA vegaBS vegaPA"
)
POSITION: Row = dict.fromkeys(_POSITION_BLANK.split(), "")


def position_row(account: Account, position: Position) -> Row:
    """/account/positions; a closed one shows pos 0 and the figures it ended with."""
    made = position.made
    return {
        **POSITION,
        **_standing(account, position),
        **_earned(account, position),
        "adl": "1",
        "cTime": str(position.opened_ms),
        "ccy": "USDT",
        "closeOrderAlgo": [_closing_row(one) for one in account.closing_algos(position)],
        "idxPx": number(made.index, made.price.decimals + 1),
        "instId": made.name,
        "instType": "SWAP",
        "last": made.price.text(made.last_ticks),
        "lever": plain(account.lever(made)),
        "markPx": made.price.text(made.mark),
        "mgnMode": "cross",
        "pendingCloseOrdLiabVal": "",
        "posId": str(position.pos_id),
        "posSide": position.side,
        "tradeId": str(position.trade_id),
        "uTime": str(position.updated_ms),
        "usdPx": "1",
    }


def _standing(account: Account, position: Position) -> Row:
    """Size and margin."""
    if not position.lots:
        return dict.fromkeys(_FLAT, "") | {"pos": "0", "availPos": "0", "interest": ""}
    margin = Margin(account)
    lots = position.lots if position.side == "net" else abs(position.lots)
    return {
        "availPos": position.made.size.text(lots) if position.side != "net" else "",
        "avgPx": plain(position.average),
        "imr": rounded(initial(position, account.lever(position.made))),
        "liqPx": rounded(margin.liquidation_price(position)),
        "mgnRatio": rounded(margin.ratio),
        "mmr": rounded(maintenance(position)),
        "notionalUsd": plain(position.notional),
        "pos": position.made.size.text(lots),
    }


_FLAT = ("avgPx", "imr", "liqPx", "mgnRatio", "mmr", "notionalUsd")


def _earned(account: Account, position: Position) -> Row:
    lever, made = account.lever(position.made), position.made
    last = made.last_ticks * made.tick_size
    value = position.average * abs(position.lots) * position.contract
    return {
        "fee": plain(position.fee),
        "fundingFee": plain(position.funding),
        "liqPenalty": plain(position.penalty),
        "pnl": plain(position.pnl),
        "realizedPnl": plain(position.realized),
        "upl": plain(position.upl),
        "uplLastPx": plain(position.upl_at(last)),
        "uplRatio": rounded(position.upl * lever / value if value else None),
        "uplRatioLastPx": rounded(position.upl_at(last) * lever / value if value else None),
    }


def _closing_row(algo: Any) -> Row:
    tp, sl = algo.tp, algo.sl
    return {
        "algoId": str(algo.algo_id),
        "closeFraction": "1",
        "slTriggerPx": plain(sl.trigger) if sl else "",
        "slTriggerPxType": sl.kind if sl else "",
        "tpTriggerPx": plain(tp.trigger) if tp else "",
        "tpTriggerPxType": tp.kind if tp else "",
    }


def position_push(account: Account, position: Position, now_ms: int) -> Row:
    """A row of the positions channel."""
    row = without(position_row(account, position), POSITION_NOT_PUSHED)
    return {**row, "pTime": str(now_ms)}


def closed_row(account: Account, closed: Closed) -> Row:
    """/account/positions-history."""
    position = closed.position
    made = position.made
    value = closed.average * closed.closed_lots * position.contract
    ratio = closed.pnl * Decimal(closed.lever) / value if value else None
    return {
        "cTime": str(closed.opened_ms),
        "ccy": "USDT",
        "closeAvgPx": plain(closed.closed_average),
        "closeTotalPos": made.size.text(closed.closed_lots),
        "direction": "long" if closed.long else "short",
        "fee": plain(closed.fee),
        "fundingFee": plain(closed.funding),
        "instId": made.name,
        "instType": "SWAP",
        "lever": closed.lever,
        "liqPenalty": plain(closed.penalty),
        "mgnMode": "cross",
        "nonSettleAvgPx": "",
        "openAvgPx": plain(closed.average),
        "openMaxPos": made.size.text(closed.lots_max),
        "pnl": plain(closed.pnl),
        "pnlRatio": rounded(ratio),
        "posId": str(position.pos_id),
        "posSide": position.side,
        "realizedPnl": plain(closed.realized),
        "settledPnl": "",
        "triggerPx": made.price.text(made.mark) if closed.kind in ("3", "4") else "",
        "type": closed.kind,
        "uTime": str(closed.updated_ms),
        "uly": made.listing.family,
    }


_BILL_BLANK = (
    "clOrdId earnAmt earnApr execType fillFwdPx fillIdxPx fillMarkPx fillMarkVol fillPxUsd "
    "fillPxVol fillTime from instId instType mgnMode notes ordId px tag to tradeId"
)
BILL: Row = dict.fromkeys(_BILL_BLANK.split(), "")


def bill_row(bill: Bill) -> Row:
    """/account/bills."""
    row = {
        **BILL,
        "bal": plain(bill.balance),
        "balChg": plain(bill.change),
        "billId": str(bill.bill_id),
        "ccy": "USDT",
        "fee": plain(bill.fee),
        "interest": "0",
        "pnl": plain(bill.pnl if bill.fill or bill.kind != "8" else bill.change),
        "posBal": "0",
        "posBalChg": "0",
        "subType": bill.sub_type,
        "sz": bill.made.size.text(bill.lots) if bill.made else "0",
        "ts": str(bill.ts_ms),
        "type": bill.kind,
    }
    if bill.made is not None:
        row |= {"instId": bill.made.name, "instType": "SWAP", "mgnMode": "cross"}
    if bill.fill is not None:
        order, match = bill.fill.order, bill.fill.match
        row |= {
            "clOrdId": order.wish.cl_ord_id,
            "execType": "M" if match.maker else "T",
            "fillIdxPx": bill.fill.index,
            "fillMarkPx": order.made.price.text(bill.fill.mark_ticks),
            "fillTime": str(match.ts_ms),
            "ordId": str(order.ord_id),
            "px": order.made.price.text(match.ticks),
            "tag": order.wish.tag,
            "tradeId": str(match.trade_id),
        }
    return row


def config_row(account: Account) -> Row:
    """/account/config."""
    params = account.params
    return {
        "acctLv": "2",
        "acctStpMode": account.stp,
        "autoLoan": False,
        "ctIsoMode": "automatic",
        "enableSpotBorrow": False,
        "feeType": "0",
        "greeksType": "PA",
        "ip": ",".join(params.addresses),
        "kycLv": "3",
        "label": params.label,
        "level": "Lv1",
        "levelTmp": "",
        "liquidationGear": "-1",
        "mainUid": params.uid,
        "mgnIsoMode": "automatic",
        "opAuth": "0",
        "perm": ",".join(params.permissions),
        "posMode": account.mode,
        "roleType": "0",
        "settleCcy": "USDT",
        "settleCcyList": ["USDT"],
        "spotBorrowAutoRepay": False,
        "spotOffsetType": "",
        "spotRoleType": "0",
        "spotTraderInsts": [],
        "stgyType": "0",
        "traderInsts": [],
        "type": "0",
        "uid": params.uid,
    }


def fee_row(account: Account, kind: str, now_ms: int) -> Row:
    """/account/trade-fee: negative = paid."""
    maker, taker = plain(account.params.maker), plain(account.params.taker)
    group = {
        "elpMaker": maker,
        "groupId": "4",
        "maker": maker,
        "rpiMaker": maker,
        "taker": taker,
    }
    return {
        "category": "1",
        "delivery": "",
        "exercise": "",
        "feeGroup": [group],
        "fiat": [],
        "instType": kind,
        "level": "Lv1",
        "maker": maker,
        "makerU": maker,
        "makerUSDC": "",
        "ruleType": "normal",
        "taker": taker,
        "takerU": taker,
        "takerUSDC": "",
        "ts": str(now_ms),
    }


def lever_rows(account: Account, made: Instrument) -> list[Row]:
    """/account/leverage-info of cross margin."""
    sides = ("net",) if account.net else ("long", "short")
    lever = plain(account.lever(made))
    return [
        {"ccy": "", "instId": made.name, "lever": lever, "mgnMode": "cross", "posSide": side}
        for side in sides
    ]


def fast_rows(account: Account, positions: list[Position], why: str, now_ms: int) -> Row:
    """The one row of balance_and_position."""
    return {
        "balData": [
            {"cashBal": plain(account.cash), "ccy": "USDT", "uTime": str(account.updated_ms)}
        ],
        "eventType": why,
        "pTime": str(now_ms),
        "posData": [_fast_position(one) for one in positions],
        "trades": [
            {"instId": one.made.name, "tradeId": str(one.trade_id)}
            for one in positions
            if one.trade_id and why in ("filled", "liquidation")
        ],
    }


def _fast_position(position: Position) -> Row:
    lots = position.lots if position.side == "net" else abs(position.lots)
    return {
        "avgPx": plain(position.average) if position.lots else "",
        "ccy": "USDT",
        "instId": position.made.name,
        "instType": "SWAP",
        "mgnMode": "cross",
        "nonSettleAvgPx": "",
        "pos": position.made.size.text(lots),
        "posCcy": "",
        "posId": str(position.pos_id),
        "posSide": position.side,
        "settledPnl": "",
        "tradeId": str(position.trade_id),
        "uTime": str(position.updated_ms),
    }
