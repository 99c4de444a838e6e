"""The rows of okx-v5.md 7, 8 and 9.2 as shapes: every field's name and its JSON type.

Transcribed from the documented samples. A shape is a dict of name -> type; a list of shapes says
what every item of that list looks like, `list` says nothing of its items.
"""

from collections.abc import Mapping
from typing import Any

Shape = Mapping[str, Any]


def strings(names: str) -> dict[str, type]:
    return dict.fromkeys(names.split(), str)


def unlike(row: Mapping[str, Any], wanted: Shape, where: str = "") -> list[str]:
    """How `row` differs from the documented one, in words; nothing when it does not."""
    told = [f"{where}{name} is missing" for name in wanted if name not in row]
    told += [f"{where}{name} is not documented" for name in row if name not in wanted]
    for name in row.keys() & wanted.keys():
        told += _unlike(row[name], wanted[name], f"{where}{name}")
    return sorted(told)


def _unlike(value: Any, wanted: Any, name: str) -> list[str]:
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return [f"{name} is no array"]
        return [one for row in value for one in unlike(row, wanted[0], f"{name}.")]
    if isinstance(wanted, Mapping):
        return unlike(value, wanted, f"{name}.")
    return [] if type(value) is wanted else [f"{name} is {type(value).__name__}"]


BALANCE_DETAIL = {  # 7, details[] of account/balance
    **strings(
        "autoLendStatus autoLendMtAmt availBal availEq borrowFroz cashBal ccy crossLiab colRes "
        "colBorrAutoConversion disEq eq eqUsd smtSyncEq spotCopyTradingEq fixedBal frozenBal frpType "
        "imr interest isoEq isoLiab isoUpl liab maxLoan mgnRatio mmr notionalLever ordFrozen "
        "rewardBal spotInUseAmt clSpotInUseAmt maxSpotInUse spotIsoBal stgyEq twap uTime upl uplLiab "
        "spotBal openAvgPx accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio"
    ),
    "collateralEnabled": bool,
    "collateralRestrict": bool,
}

BALANCE = {  # 7, account/balance
    **strings(
        "adjEq availEq borrowFroz delta deltaLever deltaNeutralStatus imr isoEq mgnRatio mmr "
        "notionalUsd notionalUsdForBorrow notionalUsdForFutures notionalUsdForOption "
        "notionalUsdForSwap ordFroz totalEq uTime upl"
    ),
    "details": [BALANCE_DETAIL],
}

CONFIG = {  # 7, account/config
    **strings(
        "acctLv acctStpMode ctIsoMode greeksType feeType ip type kycLv label level levelTmp "
        "liquidationGear mainUid mgnIsoMode opAuth perm posMode roleType spotOffsetType spotRoleType "
        "stgyType uid settleCcy"
    ),
    "autoLoan": bool,
    "enableSpotBorrow": bool,
    "spotBorrowAutoRepay": bool,
    "spotTraderInsts": list,
    "traderInsts": list,
    "settleCcyList": list,
}

POSITION = {  # 7, account/positions
    **strings(
        "adl availPos avgPx baseBal baseBorrowed baseInterest bePx bizRefId bizRefType cTime ccy "
        "clSpotInUseAmt deltaBS deltaPA fee fundingFee gammaBS gammaPA hedgedPos idxPx imr instId "
        "instType interest last lever liab liabCcy liqPenalty liqPx margin markPx maxSpotInUseAmt "
        "mgnMode mgnRatio mmr notionalUsd optVal pendingCloseOrdLiabVal pnl pos posCcy posId posSide "
        "quoteBal quoteBorrowed quoteInterest realizedPnl spotInUseAmt spotInUseCcy thetaBS thetaPA "
        "tradeId uTime upl uplLastPx uplRatio uplRatioLastPx usdPx vegaBS vegaPA nonSettleAvgPx "
        "settledPnl"
    ),
    "closeOrderAlgo": list,
}

POSITION_HISTORY = {  # 7, account/positions-history
    **strings(
        "cTime ccy closeAvgPx closeTotalPos instId instType lever mgnMode openAvgPx openMaxPos "
        "realizedPnl fee fundingFee liqPenalty pnl pnlRatio posId posSide direction triggerPx type "
        "uTime uly nonSettleAvgPx settledPnl"
    ),
}

SET_LEVERAGE = {  # 7, account/set-leverage
    **strings("lever mgnMode instId posSide"),
}

LEVERAGE = {  # 7, account/leverage-info
    **strings("ccy instId mgnMode posSide lever"),
}

POSITION_MODE = {  # 7, account/set-position-mode
    **strings("posMode"),
}

MAX_SIZE = {  # 7, account/max-size
    **strings("ccy instId maxBuy maxSell"),
}

FEE_GROUP = {  # 7, feeGroup[] of trade-fee
    **strings("elpMaker rpiMaker groupId maker taker"),
}

TRADE_FEE = {  # 7, account/trade-fee
    **strings(
        "category delivery exercise instType level maker makerU makerUSDC ruleType taker takerU "
        "takerUSDC ts"
    ),
    "feeGroup": [FEE_GROUP],
    "fiat": list,
}

BILL = {  # 7, account/bills
    **strings(
        "bal balChg billId ccy clOrdId earnAmt earnApr execType fee fillFwdPx fillIdxPx fillMarkPx "
        "fillMarkVol fillPxUsd fillPxVol fillTime from instId instType interest mgnMode notes ordId "
        "pnl posBal posBalChg px subType sz tag to tradeId ts type"
    ),
}

PLACED = {  # 8.1, trade/order
    **strings("clOrdId ordId tag ts sCode sMsg subCode"),
}

CANCELLED = {  # 8.2, trade/cancel-order
    **strings("clOrdId ordId ts sCode sMsg"),
}

AMENDED = {**CANCELLED, "reqId": str, "subCode": str}  # 8.2 and 9.3, trade/amend-order

CLOSED = {  # 8.2, trade/close-position
    **strings("clOrdId instId posSide tag"),
}

DEAD_MAN = {  # 8.3, trade/cancel-all-after
    **strings("triggerTime tag ts"),
}

ORDER = {  # 8.4, trade/order and lists
    **strings(
        "accFillSz algoClOrdId algoId attachAlgoClOrdId avgPx cTime cancelSource cancelSourceReason "
        "category ccy clOrdId fee feeCcy fillPx fillSz fillTime instId instType isTpLimit lever ordId "
        "ordType pnl posSide px pxType pxUsd pxVol quickMgnType rebate rebateCcy reduceOnly side "
        "slOrdPx slTriggerPx slTriggerPxType source state stpId stpMode sz tag tdMode tgtCcy tpOrdPx "
        "tpTriggerPx tpTriggerPxType tradeId tradeQuoteCcy uTime"
    ),
    "attachAlgoOrds": list,
    "linkedAlgoOrd": {"algoId": str},
}

FILL = {  # 8.4, trade/fills
    **strings(
        "side fillSz fillPx fillPxVol fillFwdPx fee fillPnl ordId feeRate instType fillPxUsd instId "
        "clOrdId posSide billId subType fillMarkVol tag fillTime execType fillIdxPx tradeId "
        "fillMarkPx feeCcy ts tradeQuoteCcy"
    ),
}

RATE_LIMIT = {  # 8.4, trade/account-rate-limit
    **strings("accRateLimit fillRatio mainFillRatio nextAccRateLimit ts"),
}

ALGO_PLACED = {  # 8.5, trade/order-algo and cancel-algos
    **strings("algoClOrdId algoId clOrdId sCode sMsg tag"),
}

ALGO_AMENDED = {  # 8.5, trade/amend-algos
    **strings("algoClOrdId algoId reqId sCode sMsg"),
}

ALGO = {  # 8.5, algo rows
    **strings(
        "activePx actualPx actualSide actualSz algoClOrdId algoId amendPxOnTriggerType cTime "
        "callbackRatio callbackSpread ccy chaseType chaseVal clOrdId closeFraction failCode instId "
        "instType isTradeBorrowMode last lever maxChaseType maxChaseVal moveTriggerPx ordId ordPx "
        "ordType posSide pxLimit pxSpread pxVar quickMgnType reduceOnly side slOrdPx slTriggerPx "
        "slTriggerPxType state sz szLimit tag tdMode tgtCcy timeInterval tpOrdPx tpTriggerPx "
        "tpTriggerPxType triggerPx triggerPxType triggerTime tradeQuoteCcy uTime"
    ),
    "attachAlgoOrds": list,
    "linkedOrd": {"ordId": str},
    "ordIdList": list,
}

ORDER_PUSH = {  # 9.2, orders
    **strings(
        "accFillSz algoClOrdId algoId amendResult amendSource avgPx cancelSource category ccy clOrdId "
        "code cTime execType fee feeCcy fillFee fillFeeCcy fillNotionalUsd fillPx fillSz fillPnl "
        "fillTime fillPxVol fillPxUsd fillMarkVol fillFwdPx fillMarkPx fillIdxPx instId instType "
        "lever msg notionalUsd ordId ordType pnl posSide px pxUsd pxVol pxType quickMgnType rebate "
        "rebateCcy reduceOnly reqId side attachAlgoClOrdId slOrdPx slTriggerPx slTriggerPxType source "
        "state stpId stpMode sz tag tdMode tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType tradeId "
        "tradeQuoteCcy lastPx uTime isTpLimit"
    ),
    "attachAlgoOrds": list,
    "linkedAlgoOrd": {"algoId": str},
}

ALGO_PUSH = {  # 9.2, orders-algo; triggerPxType is in the recorded ws_orders_algo.json, and read
    **strings(
        "actualPx actualSide actualSz algoClOrdId algoId amendResult cTime uTime ccy clOrdId "
        "closeFraction failCode instId instType last lever notionalUsd ordId ordPx ordType posSide "
        "quickMgnType reduceOnly reqId side slOrdPx slTriggerPx slTriggerPxType state sz tag tdMode "
        "tgtCcy tpOrdPx tpTriggerPx tpTriggerPxType triggerPx triggerPxType triggerTime tradeQuoteCcy "
        "amendPxOnTriggerType isTradeBorrowMode"
    ),
    "attachAlgoOrds": list,
    "ordIdList": list,
    "linkedOrd": {"ordId": str},
}

ADVANCE_PUSH = {  # 9.2, algo-advance
    **strings(
        "actualPx actualSide actualSz algoId cTime ccy clOrdId count instId instType lever "
        "notionalUsd ordPx ordType pTime posSide pxLimit pxSpread pxVar side slOrdPx slTriggerPx "
        "state sz szLimit tdMode timeInterval tpOrdPx tpTriggerPx tag triggerPx triggerTime "
        "tradeQuoteCcy callbackRatio callbackSpread activePx moveTriggerPx failCode algoClOrdId "
        "reduceOnly"
    ),
    "isTradeBorrowMode": bool,
}

ACCOUNT_DETAIL = {  # 9.2, details[] of account
    **strings(
        "availBal availEq borrowFroz cashBal ccy coinUsdPrice crossLiab colRes colBorrAutoConversion "
        "disEq eq eqUsd smtSyncEq spotCopyTradingEq fixedBal frozenBal frpType imr interest isoEq "
        "isoLiab isoUpl liab maxLoan mgnRatio mmr notionalLever ordFrozen rewardBal spotInUseAmt "
        "clSpotInUseAmt maxSpotInUseAmt spotIsoBal stgyEq twap uTime upl uplLiab spotBal openAvgPx "
        "accAvgPx spotUpl spotUplRatio totalPnl totalPnlRatio"
    ),
    "collateralEnabled": bool,
    "collateralRestrict": bool,
}

ACCOUNT_PUSH = {  # 9.2, account
    **strings(
        "adjEq availEq borrowFroz delta deltaLever deltaNeutralStatus imr isoEq mgnRatio mmr "
        "notionalUsd notionalUsdForBorrow notionalUsdForFutures notionalUsdForOption "
        "notionalUsdForSwap ordFroz totalEq uTime upl"
    ),
    "details": [ACCOUNT_DETAIL],
}

CLOSE_ALGO = {  # 9.2, closeOrderAlgo[]
    **strings("algoId slTriggerPx slTriggerPxType tpTriggerPx tpTriggerPxType closeFraction"),
}

POSITION_PUSH = {  # 9.2, positions
    **strings(
        "adl availPos avgPx cTime ccy deltaBS deltaPA gammaBS gammaPA hedgedPos imr instId instType "
        "interest idxPx last lever liab liabCcy liqPx markPx margin mgnMode mgnRatio mmr notionalUsd "
        "optVal pTime pendingCloseOrdLiabVal pos baseBorrowed baseInterest quoteBorrowed "
        "quoteInterest posCcy posId posSide spotInUseAmt clSpotInUseAmt maxSpotInUseAmt bizRefId "
        "bizRefType spotInUseCcy thetaBS thetaPA tradeId uTime upl uplLastPx uplRatio uplRatioLastPx "
        "vegaBS vegaPA realizedPnl pnl fee fundingFee liqPenalty nonSettleAvgPx settledPnl"
    ),
    "closeOrderAlgo": [CLOSE_ALGO],
}

MOVED_BALANCE = {  # 9.2, balData[]
    **strings("ccy cashBal uTime"),
}

MOVED_POSITION = {  # 9.2, posData[]
    **strings(
        "posId tradeId instId instType mgnMode posSide pos ccy posCcy avgPx nonSettleAvgPx settledPnl "
        "uTime"
    ),
}

MOVED_TRADE = {  # 9.2, trades[]
    **strings("instId tradeId"),
}

MOVED = {  # 9.2, balance_and_position
    **strings("pTime eventType"),
    "balData": [MOVED_BALANCE],
    "posData": [MOVED_POSITION],
    "trades": [MOVED_TRADE],
}

FILL_PUSH = {  # 9.2, fills
    **strings("instId fillSz fillPx side ts ordId clOrdId tradeId execType count"),
}

WARNING_PUSH = {  # 9.2, liquidation-warning
    **strings(
        "cTime ccy instId instType lever markPx mgnMode mgnRatio pTime pos posCcy posId posSide uTime"
    ),
}
