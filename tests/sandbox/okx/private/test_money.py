"""Margin, PnL, funding and liquidation, to the last decimal (okx-v5.md 7 and 10.4)."""

from decimal import Decimal

import pytest

from pawang.sandbox.okx import AccountParams

BTC = "BTC-USDT-SWAP"
START = 1_757_894_400_000
EIGHT_HOURS = 8 * 3_600_000
D = Decimal


def mark(step: int, ticks: int) -> dict:
    return {(step, BTC): {"mark_ticks": ticks}}


def detail(trader) -> dict:
    return trader.get("/account/balance")[0]["details"][0]


def test_a_position_is_valued_at_the_mark_and_its_margin_is_notional_by_leverage(make_venue):
    venue = make_venue(mark(1, 1_010_000))
    trader = venue.trader()
    trader.place("buy", "1")
    venue.steps()
    row = trader.get("/account/positions")[0]
    assert {name: row[name] for name in ("pos", "avgPx", "markPx", "upl", "imr", "mmr")} == {
        "pos": "1",
        "avgPx": "100000.1",
        "markPx": "101000",
        "upl": "9.999",
        "imr": "336.666666666667",
        "mmr": "4.04",
    }
    assert (row["notionalUsd"], row["lever"]) == ("1010", "3")
    money = detail(trader)
    assert D(money["eq"]) == trader.cash + D("9.999")
    # equity / (mmr + closing fee)
    ratio = D(money["eq"]) / (D("4.04") + D("0.505"))
    assert money["mgnRatio"] == str(ratio.quantize(D("1e-12")))


def test_at_the_liquidation_price_the_margin_ratio_is_one(make_venue):
    venue = make_venue(mark(1, 1_000_000), accounts=(POOR,))
    trader = venue.trader()
    trader.post("/account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "50"})
    trader.place("buy", "4")
    venue.steps()
    row = trader.get("/account/positions")[0]
    price = D(row["liqPx"])
    equity = trader.cash + (price - D(row["avgPx"])) * 4 * D("0.01")
    needed = price * 4 * D("0.01") * (D("0.004") + D("0.0005"))
    assert abs(equity - needed) < D("1e-10")


POOR = AccountParams(balance=D(100))


def test_closing_pnl_and_both_fees_are_in_the_cash_exactly(make_venue):
    venue = make_venue()
    trader = venue.trader()
    trader.place("buy", "3")  # 2 at 100000.1, 1 at 100000.2
    trader.place("sell", "3")  # 1 at 100000, 1.01 at 99999.9, 0.99 at 99999.8
    bought = D("2") * D("100000.1") + D("100000.2")
    sold = D("100000") + D("1.01") * D("99999.9") + D("0.99") * D("99999.8")
    fees = (bought + sold) * D("0.01") * D("0.0005")
    average = (bought / 3).quantize(D("1e-10"))
    pnl = (sold - 3 * average) * D("0.01")
    assert trader.cash == 100_000 + pnl - fees
    history = trader.get("/account/positions-history")[0]
    assert (D(history["pnl"]), D(history["fee"])) == (pnl, -fees)
    assert D(history["realizedPnl"]) == pnl - fees
    assert (history["type"], history["direction"], history["closeTotalPos"]) == ("2", "long", "3")
    assert sum(D(row["balChg"]) for row in trader.get("/account/bills")) == trader.cash - 100_000


def test_a_sell_larger_than_the_position_flips_it_and_closes_the_old_one(trader):
    trader.place("buy", "1")
    trader.place("sell", "3")
    row = trader.get("/account/positions")[0]
    assert (row["pos"], row["pnl"]) == ("-2", "0")
    assert len(trader.get("/account/positions-history")) == 1
    fees = sum(D(one["fee"]) for one in trader.get("/trade/fills"))
    parts = D(row["fee"]) + D(trader.get("/account/positions-history")[0]["fee"])
    assert parts == fees


def test_funding_is_paid_at_its_time_from_the_settled_rate_at_the_mark(make_venue):
    before = EIGHT_HOURS // 100 - 1
    venue = make_venue(mark(before, 1_002_000))
    trader = venue.trader()
    trader.place("buy", "2")
    cash = trader.cash
    socket = trader.join("private", {"channel": "balance_and_position"})
    venue.steps(before)
    assert trader.cash == cash
    venue.steps()
    paid = D("2") * D("0.01") * D("100200") * D("0.0001")
    assert trader.cash == cash - paid
    bill = trader.get("/account/bills?type=8")[0]
    assert (bill["subType"], D(bill["balChg"]), bill["sz"]) == ("173", -paid, "2")
    assert D(trader.get("/account/positions")[0]["fundingFee"]) == -paid
    push = venue.heard(socket)[-1]["data"][0]
    assert (push["eventType"], push["posData"][0]["pos"]) == ("funding_fee", "2")


def test_whose_margin_is_gone_loses_orders_then_position_and_the_cash_stays_above_zero(make_venue):
    venue = make_venue(mark(1, 1_000_000) | mark(2, 970_000), accounts=(POOR,))
    trader = venue.trader()
    trader.post("/account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "50"})
    trader.place("buy", "4")
    resting = trader.place("buy", "0.01", "99000")
    socket = trader.join("private", {"channel": "liquidation-warning", "instType": "ANY"})
    venue.steps(2)
    assert trader.state(resting) == ("canceled", "0", "3")
    assert trader.held == "0"
    order = trader.get("/trade/orders-history?instType=SWAP")[0]
    assert (order["category"], order["avgPx"]) == ("full_liquidation", "97000")
    fill = trader.get("/trade/fills")[0]
    assert int(fill["tradeId"]) < 0
    assert trader.get("/account/positions-history")[0]["type"] == "3"
    assert trader.cash == 0
    kinds = [row["type"] for row in trader.get("/account/bills")]
    assert kinds[:2] == ["5", "5"], "the insurance fund, and the liquidation before it"
    assert venue.heard(socket) == [], "it went too fast for a warning"


def test_a_large_position_is_cut_to_the_tier_below_first(make_venue):
    accounts = (
        AccountParams(key="k1", uid="1001", balance=D(60_000)),
        AccountParams(key="k2", uid="1002", balance=D(1_000_000)),
    )
    venue = make_venue(mark(1, 1_000_000) | mark(2, 981_000), accounts=accounts)
    trader, other = venue.trader(0), venue.trader(1)
    trader.post("/account/set-leverage", {"instId": BTC, "mgnMode": "cross", "lever": "50"})
    venue.exchange.press(venue.core.instruments[BTC], buy=True, lots=200)
    other.place("sell", "2500", "100000.1")
    trader.place("buy", "2500", "100000.1")
    venue.steps(2)
    history = trader.get("/account/positions-history")
    assert [(row["type"], row["closeTotalPos"]) for row in history] == [("4", "500")]
    assert trader.held == "2000"
    assert trader.get("/trade/orders-history?instType=SWAP")[0]["category"] == "partial_liquidation"
    assert (venue.exchange.accounts["1001"].warned, other.held) == (True, "-2500")


def test_the_pending_orders_of_the_dearer_side_freeze_margin(trader):
    trader.place("buy", "3", "99000")
    assert detail(trader)["ordFrozen"] == "990"
    trader.place("sell", "3", "100500")
    assert detail(trader)["ordFrozen"] == "1005"
    assert D(detail(trader)["availBal"]) == 100_000 - 1_005


def test_orders_that_only_reduce_freeze_nothing(trader):
    trader.place("buy", "1")
    trader.place("sell", "1", "101000")
    assert detail(trader)["ordFrozen"] == "0"


@pytest.mark.parametrize(
    ("lever", "code"),
    [("101", "59102"), ("0.5", "59105"), ("", "50014"), ("x", "51000")],
)
def test_leverage_has_bounds(trader, lever, code):
    body = {"instId": BTC, "mgnMode": "cross", "lever": lever}
    assert trader.ask("POST", "/account/set-leverage", body)[1]["code"] == code


def test_pending_orders_and_algos_stand_in_the_way_of_another_leverage(trader):
    body = {"instId": BTC, "mgnMode": "cross", "lever": "10"}
    order = trader.place("buy", "1", "99000")
    assert trader.ask("POST", "/account/set-leverage", body)[1]["code"] == "59107"
    trader.cancel(order)
    assert trader.post("/account/set-leverage", body) == [
        {"instId": BTC, "lever": "10", "mgnMode": "cross", "posSide": ""}
    ]


def test_what_is_said_to_be_the_largest_order_is_and_one_lot_more_is_not(trader):
    price = "100000"
    row = trader.get(f"/account/max-size?instId={BTC}&tdMode=cross&px={price}")[0]
    more = str(D(row["maxBuy"]) + D("0.01"))
    assert trader.refused("buy", more, price)[0] == "51008"
    trader.place("buy", row["maxBuy"], price)


def test_the_position_mode_changes_only_while_nothing_is_open(venue, trader):
    order = trader.place("buy", "1", "99000")
    hedged = {"posMode": "long_short_mode"}
    assert trader.ask("POST", "/account/set-position-mode", hedged)[1]["code"] == "59000"
    trader.cancel(order)
    assert trader.post("/account/set-position-mode", hedged) == [hedged]
    assert trader.refused("buy", "1")[0] == "51000"
    trader.place("buy", "2", posSide="long")
    trader.place("sell", "1", posSide="short")
    rows = {row["posSide"]: row["pos"] for row in trader.get("/account/positions")}
    assert rows == {"long": "2", "short": "1"}
    assert trader.refused("sell", "3", posSide="long")[0] == "51112"
    trader.place("sell", "2", posSide="long")
    assert [row["posSide"] for row in trader.get("/account/positions")] == ["short"]
