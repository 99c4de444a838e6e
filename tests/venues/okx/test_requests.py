"""Requests on the wire, as okx-v5.md 8 documents them."""

import json
from decimal import Decimal as D

import pytest

from pawang.venues.okx.algo_requests import (
    AmendAlgo,
    CancelAlgo,
    OneCancelsOther,
    StopAt,
    Trail,
    Trigger,
)
from pawang.venues.okx.requests import Amend, Arm, Attached, Cancel, Disarm, Place, operation

INST = "BTC-USDT-SWAP"
ENTRY = Place(
    instrument=INST,
    client_id="pw1",
    side="buy",
    kind="post_only",
    contracts=D("3"),
    price=D("99000.0"),
    attached=(
        Attached(client_id="pw1s", stop=D(98400)),
        Attached(client_id="pw1a", target=D(101000), contracts=D(2)),
        Attached(client_id="pw1b", target=D(102000), contracts=D(1), limit=True),
    ),
)


def test_an_entry_with_its_stop_and_split_targets():
    stop, first, second = (
        {
            "attachAlgoClOrdId": "pw1s",
            "slTriggerPx": "98400",
            "slOrdPx": "-1",
            "slTriggerPxType": "last",
        },
        {
            "attachAlgoClOrdId": "pw1a",
            "tpOrdKind": "condition",
            "tpTriggerPx": "101000",
            "tpOrdPx": "101000",
            "tpTriggerPxType": "last",
            "sz": "2",
        },
        {
            "attachAlgoClOrdId": "pw1b",
            "tpOrdKind": "limit",
            "tpTriggerPx": "102000",
            "tpOrdPx": "102000",
            "tpTriggerPxType": "last",
            "sz": "1",
        },
    )
    assert ENTRY.body() == {
        "instId": INST,
        "tdMode": "cross",
        "side": "buy",
        "posSide": "net",
        "ordType": "post_only",
        "sz": "3",
        "clOrdId": "pw1",
        "tag": "pawang",
        "px": "99000.0",
        "attachAlgoOrds": [stop, first, second],
    }


def test_a_close_is_reduce_only_and_has_no_price():
    close = Place(
        instrument=INST, client_id="c", side="sell", kind="market", contracts=D(1), reduce_only=True
    )
    body = close.body()
    assert (body["ordType"], body["reduceOnly"], "px" in body) == ("market", True, False)


def test_an_order_is_named_by_the_venues_id_where_we_know_it():
    assert Cancel(instrument=INST, client_id="c", order_id="7").body() == {
        "instId": INST,
        "ordId": "7",
    }
    assert Cancel(instrument=INST, client_id="c").body() == {"instId": INST, "clOrdId": "c"}


def test_an_amend_names_the_new_total():
    made = Amend(instrument=INST, order_id="7", contracts=D(2), request_id="r", cancel_on_fail=True)
    expected = {"instId": INST, "ordId": "7", "newSz": "2", "reqId": "r", "cxlOnFail": True}
    assert made.body() == expected


ALGO = {"instId": INST, "tdMode": "cross", "side": "sell", "posSide": "net"}
OURS = {"algoClOrdId": "x", "tag": "pawang", "reduceOnly": True}


@pytest.mark.parametrize(
    ("request_", "own"),
    [
        (
            StopAt(instrument=INST, client_id="x", side="sell", contracts=None, price=D(98400)),
            {
                "ordType": "conditional",
                "closeFraction": "1",
                "slTriggerPx": "98400",
                "slOrdPx": "-1",
                "slTriggerPxType": "last",
            },
        ),
        (
            OneCancelsOther(
                instrument=INST,
                client_id="x",
                side="sell",
                contracts=D(1),
                target=D(101000),
                stop=D(98400),
                trigger="mark",
            ),
            {
                "ordType": "oco",
                "sz": "1",
                "tpTriggerPx": "101000",
                "tpOrdPx": "-1",
                "tpTriggerPxType": "mark",
                "slTriggerPx": "98400",
                "slOrdPx": "-1",
                "slTriggerPxType": "mark",
            },
        ),
        (
            Trigger(instrument=INST, client_id="x", side="sell", contracts=D(1), price=D(99500)),
            {
                "ordType": "trigger",
                "sz": "1",
                "triggerPx": "99500",
                "triggerPxType": "last",
                "orderPx": "-1",
            },
        ),
        (
            Trail(
                instrument=INST,
                client_id="x",
                side="sell",
                contracts=D(10),
                ratio=D("0.005"),
                active=D(100500),
            ),
            {
                "ordType": "move_order_stop",
                "sz": "10",
                "callbackRatio": "0.005",
                "activePx": "100500",
            },
        ),
    ],
    ids=["conditional", "oco", "trigger", "trailing"],
)
def test_the_four_algo_orders(request_, own):
    assert request_.body() == {**ALGO, **OURS, **own}


def test_only_a_trigger_may_open():
    made = Trigger(
        instrument=INST, client_id="x", side="buy", contracts=D(1), price=D(1), opens=True
    )
    assert "reduceOnly" not in made.body()


def test_an_algo_is_cancelled_and_amended_by_either_name():
    assert CancelAlgo(instrument=INST, client_id="x").body() == {"instId": INST, "algoClOrdId": "x"}
    assert AmendAlgo(instrument=INST, algo_id="5", stop=D(98000), target=D(0)).body() == {
        "instId": INST,
        "algoId": "5",
        "newSlTriggerPx": "98000",
        "newTpTriggerPx": "0",
    }


def test_disarming_and_arming_cannot_be_taken_for_each_other():
    assert Disarm().body()["timeOut"] == "0"
    for seconds in (0, 1, 9, 121):
        with pytest.raises(AssertionError, match="Disarm"):
            Arm(seconds=seconds)
    assert [Arm(seconds=each).body()["timeOut"] for each in (10, 120)] == ["10", "120"]


@pytest.mark.parametrize("attached", [{}, {"stop": D(1), "target": D(2)}])
def test_an_attached_exit_is_one_way(attached):
    with pytest.raises(AssertionError, match="51076"):
        Attached(client_id="x", **attached)


def test_a_websocket_operation_names_the_instrument_by_its_code():
    frame = json.loads(operation("12", [Cancel(instrument=INST, order_id="7")], {INST: 10459}))
    assert frame == {
        "id": "12",
        "op": "cancel-order",
        "args": [{"instIdCode": 10459, "ordId": "7"}],
    }
    both = [Cancel(instrument=INST, order_id="7"), Cancel(instrument=INST, order_id="8")]
    assert json.loads(operation("1", both, {INST: 10459}))["op"] == "batch-cancel-orders"
