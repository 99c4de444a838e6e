"""Algo orders: triggers on last, mark and index, attached TP and SL, trailing (okx-v5.md 8.5)."""

import pytest

from pawang.sandbox.source import Print

BTC = "BTC-USDT-SWAP"
START = 1_757_894_400_000
BASE = {"instId": BTC, "tdMode": "cross", "side": "sell", "sz": "1"}


def at(step: int, ticks: int, lots: int = 1, *, buy: bool = False) -> dict:
    """A single print in that step."""
    return {(step, BTC): {"prints": [Print(START + step * 100 - 50, ticks, lots, buy)]}}


def algo(trader, **fields) -> str:
    return trader.post("/trade/order-algo", BASE | fields)[0]["algoId"]


def refusal(trader, **fields) -> str:
    _, body = trader.ask("POST", "/trade/order-algo", BASE | fields)
    return body["data"][0]["sCode"] if body["data"] else body["code"]


def state(trader, algo_id: str) -> tuple:
    row = trader.get(f"/trade/order-algo?algoId={algo_id}")[0]
    return row["state"], row["actualSide"], row["failCode"]


STOP = {"ordType": "conditional", "slTriggerPx": "99990", "slOrdPx": "-1", "reduceOnly": True}


def test_a_stop_on_the_last_price_fires_at_its_price_and_not_a_tick_before(make_venue):
    venue = make_venue(at(1, 999_901) | at(2, 999_900))
    trader = venue.trader()
    trader.place("buy", "1")
    stop = algo(trader, **STOP)
    venue.steps()
    assert (state(trader, stop), trader.held) == (("live", "", ""), "1")
    venue.steps()
    assert (state(trader, stop), trader.held) == (("effective", "sl", ""), "0")
    child = trader.get(f"/trade/order-algo?algoId={stop}")[0]["ordIdList"]
    row = trader.order(child[0])
    assert (row["source"], row["algoId"], row["ordType"]) == ("7", stop, "market")


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("mark", {"mark_ticks": 999_800}), ("index", {"index": 99_980.0})],
)
def test_a_stop_on_mark_or_index_looks_at_nothing_else(make_venue, kind, fields):
    venue = make_venue(at(1, 999_000) | {(2, BTC): fields})
    trader = venue.trader()
    trader.place("buy", "1")
    stop = algo(trader, **STOP, slTriggerPxType=kind)
    venue.steps()
    assert state(trader, stop)[0] == "live", "the last price is not its affair"
    venue.steps()
    assert state(trader, stop) == ("effective", "sl", "")


def test_one_leg_of_an_oco_ends_the_other(make_venue):
    venue = make_venue(at(1, 1_000_500, buy=True))
    trader = venue.trader()
    trader.place("buy", "1")
    oco = algo(
        trader,
        ordType="oco",
        tpTriggerPx="100050",
        tpOrdPx="-1",
        slTriggerPx="99000",
        slOrdPx="-1",
        reduceOnly=True,
    )
    venue.steps()
    assert state(trader, oco) == ("effective", "tp", "")
    assert trader.get("/trade/orders-algo-pending?ordType=conditional,oco") == []


def test_a_trigger_order_waits_from_the_side_its_price_was_on(make_venue):
    venue = make_venue(at(1, 1_000_300, buy=True) | at(2, 1_000_400, buy=True))
    trader = venue.trader()
    entry = algo(trader, side="buy", ordType="trigger", triggerPx="100040", orderPx="-1")
    venue.steps()
    assert state(trader, entry)[0] == "live"
    venue.steps()
    assert (state(trader, entry)[0], trader.held) == ("effective", "1")


def test_attached_tp_and_sl_are_born_with_the_fill_and_carry_their_name(venue, trader):
    attached = {
        "attachAlgoClOrdId": "mine",
        "tpTriggerPx": "101000",
        "tpOrdPx": "-1",
        "slTriggerPx": "99000",
        "slOrdPx": "-1",
        "slTriggerPxType": "mark",
    }
    ord_id = trader.place("buy", "1", "99999", attachAlgoOrds=[attached])
    assert trader.get("/trade/orders-algo-pending?ordType=oco") == []
    trader.post("/trade/amend-order", {"instId": BTC, "ordId": ord_id, "newPx": "100000.1"})
    row = trader.get("/trade/orders-algo-pending?ordType=oco")[0]
    assert (row["algoClOrdId"], row["linkedOrd"], row["sz"], row["side"]) == (
        "mine",
        {"ordId": ord_id},
        "1",
        "sell",
    )
    assert (row["slTriggerPxType"], row["reduceOnly"]) == ("mark", "true")


def test_attached_orders_of_a_parent_cancelled_unfilled_are_forgotten(trader):
    attached = [{"slTriggerPx": "99000", "slOrdPx": "-1"}]
    trader.cancel(trader.place("buy", "1", "99999", attachAlgoOrds=attached))
    assert trader.get("/trade/orders-algo-pending?ordType=conditional") == []


def test_of_a_parent_filled_in_part_and_cancelled_they_are_made_for_what_was_filled(trader):
    attached = [{"slTriggerPx": "99000", "slOrdPx": "-1"}]
    order = trader.place("buy", "3", "100000.1", attachAlgoOrds=attached)
    assert trader.state(order)[:2] == ("partially_filled", "2")
    trader.cancel(order)
    assert trader.get("/trade/orders-algo-pending?ordType=conditional")[0]["sz"] == "2"


def test_what_is_attached_can_be_changed_while_its_order_waits(trader):
    both = {"tpTriggerPx": "101000", "tpOrdPx": "-1", "slTriggerPx": "98000", "slOrdPx": "-1"}
    order = trader.place("buy", "1", "99000", attachAlgoOrds=[both | {"attachAlgoClOrdId": "a"}])
    change = {"attachAlgoClOrdId": "a", "newTpTriggerPx": "0", "newSlTriggerPx": "98500"}
    body = {"instId": BTC, "ordId": order, "attachAlgoOrds": [change]}
    trader.post("/trade/amend-order", body)
    row = trader.order(order)["attachAlgoOrds"][0]
    assert (row["tpTriggerPx"], row["slTriggerPx"]) == ("", "98500")
    for items, code in (
        ([{"attachAlgoClOrdId": "b", "newSlTriggerPx": "1"}], "51527"),
        ([change, change], "51539"),
    ):
        _, answer = trader.ask("POST", "/trade/amend-order", body | {"attachAlgoOrds": items})
        assert answer["data"][0]["sCode"] == code
    plain = trader.place("buy", "1", "99000")
    _, answer = trader.ask("POST", "/trade/amend-order", body | {"ordId": plain})
    assert answer["data"][0]["sCode"] == "51538"


SPLIT = [
    {"tpTriggerPx": "100100", "tpOrdPx": "-1", "sz": "0.5"},
    {"tpTriggerPx": "100200", "tpOrdPx": "-1", "sz": "0.5"},
    {
        "slTriggerPx": "99000",
        "slOrdPx": "-1",
        "slTriggerPxType": "mark",  # the book stands still here: on last it would fire at once
        "amendPxOnTriggerType": "1",
    },
]


def test_the_first_of_split_tps_moves_the_stop_to_the_entry_and_the_last_ends_it(make_venue):
    venue = make_venue(at(1, 1_001_000, buy=True) | at(2, 1_002_000, buy=True))
    trader = venue.trader()
    trader.place("buy", "1", attachAlgoOrds=SPLIT)
    venue.steps()
    rows = trader.get("/trade/orders-algo-pending?ordType=conditional")
    stops = [(row["slTriggerPx"], row["sz"]) for row in rows if row["slTriggerPx"]]
    assert (trader.held, stops) == ("0.5", [("100000.1", "0.5")])
    venue.steps()
    assert trader.held == "0"
    assert trader.get("/trade/orders-algo-pending?ordType=conditional") == []


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([SPLIT[0] | {"slTriggerPx": "99000", "slOrdPx": "-1"}, SPLIT[1]], "51076"),
        ([SPLIT[0] | {"sz": "0.05", "tpTriggerPx": str(100_100 + n)} for n in range(11)], "51079"),
        ([SPLIT[0], SPLIT[1] | {"tpTriggerPxType": "mark"}], "51080"),
        ([SPLIT[0], SPLIT[0]], "51081"),
        ([SPLIT[0], SPLIT[1] | {"sz": "0.4"}], "51083"),
        ([*SPLIT, {"slTriggerPx": "98000", "slOrdPx": "-1"}], "51084"),
        ([SPLIT[0] | {"sz": "1"}, SPLIT[2]], "51085"),
        ([SPLIT[0], SPLIT[1] | {"sz": ""}], "51089"),
        ([{"tpTriggerPx": "99000", "tpOrdPx": "-1"}], "51050"),
        ([{"slTriggerPx": "101000", "slOrdPx": "-1"}], "51051"),
        ([{"attachAlgoClOrdId": "x"}], "51178"),
    ],
)
def test_attached_orders_keep_the_rules_of_split_tps(trader, items, code):
    assert trader.refused("buy", "1", attachAlgoOrds=items)[0] == code


def test_a_trailing_stop_follows_the_best_price_and_fires_when_it_comes_back(make_venue):
    venue = make_venue(
        at(1, 1_010_000, buy=True) | at(2, 1_005_000) | at(3, 1_004_949)  # 1 % of 101000 is 1010
    )
    trader = venue.trader()
    trader.place("buy", "1")
    trailing = algo(trader, ordType="move_order_stop", callbackRatio="0.005", reduceOnly=True)
    venue.steps(2)
    row = trader.get("/trade/orders-algo-pending?ordType=move_order_stop")[0]
    assert (row["state"], row["moveTriggerPx"]) == ("live", "100495")
    venue.steps()
    assert state(trader, trailing)[0] == "effective"
    assert trader.get("/trade/orders-history?instType=SWAP")[0]["source"] == "25"


def test_a_stop_whose_position_is_gone_fails_with_the_code_of_its_child(make_venue):
    venue = make_venue(at(1, 999_800))
    trader = venue.trader()
    trader.place("buy", "1")
    stop = algo(trader, **STOP)
    trader.place("sell", "1")
    venue.steps()
    assert state(trader, stop) == ("order_failed", "sl", "51169")


def test_what_closes_the_whole_position_goes_with_it(venue, trader):
    trader.place("buy", "1")
    whole = {**STOP, "closeFraction": "1", "sz": ""}
    closing = algo(trader, **whole)
    assert refusal(trader, **whole) == "51088"
    following = algo(trader, **STOP, cxlOnClosePos=True)
    rows = trader.get("/account/positions")[0]["closeOrderAlgo"]
    assert [row["algoId"] for row in rows] == [closing]
    trader.post("/trade/close-position", {"instId": BTC, "mgnMode": "cross"})
    assert state(trader, closing)[0] == state(trader, following)[0] == "canceled"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ordType": "conditional", "slTriggerPx": "100001", "slOrdPx": "-1"}, "51280"),
        ({"ordType": "conditional", "tpTriggerPx": "99999", "tpOrdPx": "-1"}, "51279"),
        (
            {"ordType": "conditional", "side": "buy", "slTriggerPx": "99999", "slOrdPx": "-1"},
            "51278",
        ),
        (
            {"ordType": "conditional", "side": "buy", "tpTriggerPx": "100001", "tpOrdPx": "-1"},
            "51277",
        ),
        ({"ordType": "move_order_stop", "callbackRatio": "0.0001"}, "51257"),
        ({"ordType": "move_order_stop", "callbackRatio": "0.01", "activePx": "99000"}, "51258"),
        ({"ordType": "oco", "tpTriggerPx": "101000", "tpOrdPx": "-1"}, "50014"),
        ({"ordType": "chase"}, "51010"),
        ({**STOP, "closeFraction": "1", "sz": ""}, "51058"),
        ({**STOP, "reduceOnly": False, "cxlOnClosePos": True}, "51000"),
        ({**STOP, "slTriggerPx": "99990.05"}, "51000"),
    ],
)
def test_an_impossible_algo_order_is_refused(trader, fields, code):
    assert refusal(trader, **fields) == code


def test_an_amended_stop_fires_at_its_new_price_and_the_push_says_so(make_venue):
    venue = make_venue(at(1, 999_900) | at(2, 999_800))
    trader = venue.trader()
    trader.place("buy", "1")
    stop = algo(trader, **STOP)
    socket = trader.join("business", {"channel": "orders-algo", "instType": "ANY"})
    change = {"instId": BTC, "algoId": stop, "newSlTriggerPx": "99980", "reqId": "r1"}
    assert trader.post("/trade/amend-algos", change)[0] == {
        "reqId": "r1",
        "algoClOrdId": "",
        "algoId": stop,
        "sCode": "0",
        "sMsg": "",
    }
    push = venue.heard(socket)[0]["data"][0]
    assert (push["slTriggerPx"], push["amendResult"], push["reqId"]) == ("99980", "0", "r1")
    venue.steps()
    assert state(trader, stop)[0] == "live"
    venue.steps()
    assert venue.heard(socket)[0]["data"][0]["state"] == "effective"


@pytest.mark.parametrize("path", ["/trade/cancel-algos", "/trade/cancel-advance-algos"])
def test_algos_are_cancelled_on_the_documented_path_and_on_the_old_one(trader, path):
    trader.place("buy", "1")
    stop = algo(trader, **STOP)
    assert trader.post(path, [{"instId": BTC, "algoId": stop}])[0]["sCode"] == "0"
    _, body = trader.ask("POST", path, [{"instId": BTC, "algoId": stop}])
    assert body["data"][0]["sCode"] == "51400"
    rows = trader.get("/trade/orders-algo-history?ordType=conditional&state=canceled")
    assert [row["algoId"] for row in rows] == [stop]


def test_a_tp_that_is_a_limit_order_rests_at_once_and_its_fill_ends_the_stop(make_venue):
    venue = make_venue(at(1, 1_000_600, 1_000, buy=True))
    trader = venue.trader()
    both = {
        "tpOrdKind": "limit",
        "tpOrdPx": "100050",
        "slTriggerPx": "99000",
        "slOrdPx": "-1",
    }
    trader.place("buy", "1", attachAlgoOrds=[both])
    target = trader.get("/trade/orders-pending")[0]
    assert (target["px"], target["isTpLimit"], target["reduceOnly"]) == ("100050", "true", "true")
    assert len(trader.get("/trade/orders-algo-pending?ordType=conditional")) == 1
    venue.steps()
    assert trader.held == "0"
    assert trader.get("/trade/orders-algo-pending?ordType=conditional") == []
