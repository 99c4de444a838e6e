"""The signed endpoints under /account and /asset (okx-v5.md 7)."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from pawang.sandbox.okx import rest_public, rows
from pawang.sandbox.okx.errors import Refused
from pawang.sandbox.okx.private import rows_account
from pawang.sandbox.okx.private.accounts import Account
from pawang.sandbox.okx.private.asked import Asked, plain
from pawang.sandbox.okx.private.exchange import Exchange
from pawang.sandbox.okx.private.margin import Margin, size_max
from pawang.sandbox.okx.private.pages import page
from pawang.sandbox.okx.private.settings import set_leverage, set_position_mode
from pawang.sandbox.okx.query import Query


@dataclass(frozen=True, slots=True)
class Call:
    """One signed request that was admitted: a GET's `query`, a POST's `asked`."""

    exchange: Exchange
    account: Account
    query: Query
    asked: Asked
    items: tuple[Asked, ...] = ()
    wall_ns: int = 0
    leverage_kept: Callable[[], bool] = lambda: False

    @property
    def now_ms(self) -> int:
        return self.exchange.core.now_ms


def balance(call: Call) -> Any:
    wanted = call.query.text("ccy")
    row = rows_account.balance_row(call.account, call.now_ms)
    if wanted is not None and "USDT" not in wanted.split(","):
        row["details"] = []
    return [row]


def config(call: Call) -> Any:
    return [rows_account.config_row(call.account)]


def positions(call: Call) -> Any:
    """Open ones; a closed one is still shown to who asks for its instrument."""
    query = call.query
    names = query.text("instId")
    wanted = names.split(",") if names else None
    pos_id = query.whole("posId")
    if query.one_of("instType", ("MARGIN", "SWAP", "FUTURES", "OPTION"), "SWAP") != "SWAP":
        return []
    return [
        rows_account.position_row(call.account, one)
        for one in call.account.positions.values()
        if (one.lots or (wanted and one.opened_ms))
        and (wanted is None or one.made.name in wanted)
        and pos_id in (None, one.pos_id)
    ]


def positions_history(call: Call) -> Any:
    query = call.query
    if query.one_of("instType", ("MARGIN", "SWAP", "FUTURES", "OPTION"), "SWAP") != "SWAP":
        return []
    kind, name, pos_id = query.text("type"), query.text("instId"), query.whole("posId")
    found = [
        one
        for one in call.account.closed
        if kind in (None, one.kind)
        and name in (None, one.position.made.name)
        and pos_id in (None, one.position.pos_id)
    ]
    newest = page(query, found, lambda one: one.updated_ms)
    return [rows_account.closed_row(call.account, one) for one in newest]


def instruments(call: Call) -> Any:
    return [rows.instrument_row(made) for made in call.query.chosen(call.exchange.core)]


def leverage_info(call: Call) -> Any:
    call.query.one_of("mgnMode", ("cross", "isolated"))
    found = []
    for name in call.query.needed("instId").split(","):
        made = call.exchange.core.instruments.get(name)
        if made is None:
            raise Refused("51001")
        found += rows_account.lever_rows(call.account, made)
    return found


def leverage(call: Call) -> Any:
    return [set_leverage(call.account, call.exchange.core, call.asked, kept=call.leverage_kept)]


def position_mode(call: Call) -> Any:
    return [set_position_mode(call.account, call.asked)]


def max_size(call: Call) -> Any:
    """Contracts that could be bought or sold now, closing included."""
    made, price = _asked_size(call)
    lever = call.query.decimal("leverage") or call.account.lever(made)
    lot = Decimal(made.listing.contract_value) * made.lot_size * price
    fee = -call.account.params.taker
    opens = int(Margin(call.account).available / (lot / lever + lot * fee))
    opens = min(opens, size_max(made, lever))
    held = call.account.held(made.name)
    return [
        {
            "ccy": "USDT",
            "instId": made.name,
            "maxBuy": made.size.text(opens + max(0, -held)),
            "maxSell": made.size.text(opens + max(0, held)),
        }
    ]


def max_avail_size(call: Call) -> Any:
    """The margin that is there, in USDT; contracts when it only reduces."""
    made, _ = _asked_size(call)
    available = Margin(call.account).available.quantize(Decimal("1e-8"), ROUND_DOWN)
    row = {"instId": made.name, "availBuy": plain(available), "availSell": plain(available)}
    if call.query.text("reduceOnly") == "true":
        held = call.account.held(made.name)
        row["availBuy"] = made.size.text(max(0, -held))
        row["availSell"] = made.size.text(max(0, held))
    return [row]


def _asked_size(call: Call) -> Any:
    call.query.one_of("tdMode", ("cross", "isolated", "cash"))
    made = call.query.instrument(call.exchange.core)
    price = call.query.decimal("px") or made.last_ticks * made.tick_size
    return made, price


def trade_fee(call: Call) -> Any:
    kind = call.query.one_of("instType", ("SPOT", "MARGIN", "SWAP", "FUTURES", "OPTION"))
    return [rows_account.fee_row(call.account, kind, call.now_ms)]


def bills(call: Call) -> Any:
    query = call.query
    kind, sub_type, name = query.text("type"), query.text("subType"), query.text("instId")
    found = [
        one
        for one in call.account.bills
        if kind in (None, one.kind)
        and sub_type in (None, one.sub_type)
        and name in (None, one.made.name if one.made else None)
        and query.between(one.ts_ms)
    ]
    return [rows_account.bill_row(one) for one in page(query, found, lambda one: one.bill_id)]


def position_tiers(call: Call) -> Any:
    return rest_public.position_tiers(call.exchange.core, call.query)


def risk_state(call: Call) -> Any:
    return [{"atRisk": False, "atRiskIdx": [], "atRiskMgn": [], "ts": str(call.now_ms)}]


def position_risk(call: Call) -> Any:
    """/account/account-position-risk: balances and positions of one moment."""
    row = rows_account.balance_row(call.account, call.now_ms)
    held = [
        {
            "baseBal": "", "ccy": "USDT", "instId": one.made.name, "instType": "SWAP",
            "mgnMode": "cross", "notionalCcy": "", "notionalUsd": plain(one.notional),
            "pos": one.made.size.text(one.lots), "posCcy": "", "posId": str(one.pos_id),
            "posSide": one.side, "quoteBal": "",
        }
        for one in call.account.open_positions
    ]  # fmt: skip
    details = [
        {"ccy": one["ccy"], "disEq": one["disEq"], "eq": one["eq"]} for one in row["details"]
    ]
    return [{"adjEq": "", "balData": details, "posData": held, "ts": str(call.now_ms)}]


def currencies(call: Call) -> Any:
    """/asset/currencies: enough of a row for ccxt to know USDT."""
    wanted = call.query.text("ccy")
    if wanted is not None and "USDT" not in wanted.split(","):
        return []
    return [
        {
            "burningFeeRate": "", "canDep": False, "canInternal": True, "canWd": False,
            "ccy": "USDT", "chain": "USDT-TRC20", "ctAddr": "", "depEstOpenTime": "",
            "depQuotaFixed": "", "depQuoteDailyLayer2": "", "fee": "1", "logoLink": "",
            "mainNet": False, "maxFee": "1", "maxFeeForCtAddr": "", "maxWd": "1000000",
            "minDep": "1", "minDepArrivalConfirm": "1", "minFee": "1", "minFeeForCtAddr": "",
            "minInternal": "1", "minWd": "10", "minWdUnlockConfirm": "1", "name": "Tether",
            "needTag": False, "usedDepQuotaFixed": "", "usedWdQuota": "0",
            "wdEstOpenTime": "", "wdQuota": "0", "wdTickSz": "6",
        }
    ]  # fmt: skip


def asset_balances(call: Call) -> Any:
    """The funding account is empty: all money is in trading."""
    return []


READ: dict[str, Callable[[Call], Any]] = {
    "/account/balance": balance,
    "/account/config": config,
    "/account/positions": positions,
    "/account/positions-history": positions_history,
    "/account/account-position-risk": position_risk,
    "/account/instruments": instruments,
    "/account/leverage-info": leverage_info,
    "/account/max-size": max_size,
    "/account/max-avail-size": max_avail_size,
    "/account/trade-fee": trade_fee,
    "/account/bills": bills,
    "/account/bills-archive": bills,
    "/account/position-tiers": position_tiers,
    "/account/risk-state": risk_state,
    "/asset/currencies": currencies,
    "/asset/balances": asset_balances,
}
WRITE: dict[str, Callable[[Call], Any]] = {
    "/account/set-leverage": leverage,
    "/account/set-position-mode": position_mode,
}
