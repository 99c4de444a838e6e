"""okx-v5.md 3, 8 and 10: what becomes of an order, and the codes of those that are refused."""

from decimal import Decimal as D

import pytest

from pawang.sandbox.okx.limits import LimitParams

INST = "BTC-USDT-SWAP"  # bids from 100,000.0 down, asks from 100,000.1 up, 10 contracts a price


def only(answer: dict) -> dict:
    (row,) = answer["data"]
    return row


REFUSED = {
    "unknown instrument": ({"instId": "X-USDT-SWAP"}, "51001"),
    "no size": ({"sz": ""}, "50014"),
    "below the minimum": ({"sz": "0.001"}, "51020"),
    "not a lot": ({"sz": "1.005"}, "51121"),
    "more than a limit order may have": ({"sz": "200000000"}, "51101"),
    "more than a market order may have": ({"ordType": "market", "sz": "60000"}, "51202"),
    "no price": ({"px": ""}, "51204"),
    "above the band": ({"px": "150000"}, "51006"),
    "below the band": ({"side": "sell", "px": "50000"}, "51006"),
    "side": ({"side": "up"}, "51000"),
    "type": ({"ordType": "hope"}, "51000"),
    "posSide in net mode": ({"posSide": "long"}, "51000"),
    "clOrdId of other letters": ({"clOrdId": "a-b"}, "51000"),
    "clOrdId too long": ({"clOrdId": "a" * 33}, "51000"),
    "tag too long": ({"tag": "a" * 17}, "51000"),
    "more than the margin": ({"sz": "15000"}, "51008"),
    "reduces nothing": ({"reduceOnly": True}, "51169"),
    "stop above a long's entry": (
        {"attachAlgoOrds": [{"slTriggerPx": "99995", "slOrdPx": "-1"}]},
        "51047",
    ),
    "target below a long's entry": (
        {"attachAlgoOrds": [{"tpTriggerPx": "99985", "tpOrdPx": "-1"}]},
        "51046",
    ),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_refused_order_is_told_by_its_scode_and_does_not_exist(play, why):
    async def story(wire):
        fields, code = REFUSED[why]
        answer = await wire.place(**fields)
        if answer["data"]:
            row = only(answer)
            assert (answer["code"], row["sCode"], row["ordId"]) == ("1", code, "")
            assert row["sMsg"]
        else:
            assert answer["code"] == code
        assert await wire.rows("/trade/orders-pending") == []

    play(story)


def test_a_lack_of_margin_has_its_sub_code(play):
    async def story(wire):
        row = only(await wire.place(sz="15000"))
        assert (row["sCode"], row["subCode"]) == ("51008", "1001")
        assert row["sMsg"] == "Order failed. Insufficient USDT margin in account"

    play(story)


def test_blank_and_null_are_the_same_as_nothing(play):
    async def story(wire):
        ord_id = await wire.placed(ccy="", posSide="", clOrdId="", tag=None, attachAlgoOrds=None)
        row = await wire.order(ord_id)
        assert (row["posSide"], row["clOrdId"], row["tag"]) == ("net", "", "")

    play(story)


def test_a_client_order_id_is_one_pending_orders_own(play):
    async def story(wire):
        first = await wire.placed(clOrdId="a1")
        assert only(await wire.place(clOrdId="a1"))["sCode"] == "51016"
        await wire.post("/trade/cancel-order", {"instId": INST, "ordId": first})
        second = await wire.placed(clOrdId="a1")
        row = await wire.row(f"/trade/order?instId={INST}&clOrdId=a1")
        assert row["ordId"] == second

    play(story)


# What ends an order (cancelSource of 9.2).


async def ended(wire, ord_id: str) -> tuple[str, str, str]:
    row = await wire.order(ord_id)
    return row["state"], row["cancelSource"], row["accFillSz"]


@pytest.mark.parametrize(
    ("fields", "end"),
    [
        ({"ordType": "post_only", "px": "100001"}, ("canceled", "31", "0")),
        ({"ordType": "ioc", "px": "100000.1", "sz": "12"}, ("canceled", "14", "10")),
        ({"ordType": "fok", "px": "100000.1", "sz": "12"}, ("canceled", "13", "0")),
        ({"ordType": "fok", "px": "100000.1", "sz": "10"}, ("filled", "", "10")),
        ({"ordType": "ioc", "px": "99990"}, ("canceled", "14", "0")),
        ({"ordType": "market", "px": "", "sz": "12"}, ("filled", "", "12")),
        ({"ordType": "optimal_limit_ioc", "px": "", "sz": "2"}, ("filled", "", "2")),
        ({"ordType": "limit", "px": "100000.1", "sz": "10"}, ("filled", "", "10")),
        ({"ordType": "post_only", "px": "99990"}, ("live", "", "0")),
        ({"ordType": "limit", "px": "100000.1", "sz": "12"}, ("partially_filled", "", "10")),
    ],
)
def test_an_order_type_ends_as_it_promises(play, fields, end):
    async def story(wire):
        answer = await wire.place(**fields)
        assert (answer["code"], only(answer)["sCode"]) == ("0", "0"), "accepted first"
        assert await ended(wire, only(answer)["ordId"]) == end

    play(story)


def test_a_cancel_by_its_owner_is_cancel_source_1(play):
    async def story(wire):
        ord_id = await wire.placed()
        await wire.post("/trade/cancel-order", {"instId": INST, "ordId": ord_id})
        assert await ended(wire, ord_id) == ("canceled", "1", "0")

    play(story)


@pytest.mark.parametrize(
    ("mode", "maker", "taker"),
    [
        ("cancel_maker", ("canceled", "32", "0"), ("filled", "", "10")),
        ("cancel_taker", ("live", "", "0"), ("canceled", "32", "0")),
        ("cancel_both", ("canceled", "32", "0"), ("canceled", "32", "0")),
    ],
)
def test_nobody_trades_with_himself(play, mode, maker, taker):
    async def story(wire):
        await wire.crowd("buy", "10")  # the best ask is empty now
        own = await wire.placed(side="sell", px="100000.1", sz="1", ordType="post_only")
        other = await wire.placed(px="100000.2", sz="10", ordType="ioc", stpMode=mode)
        assert await ended(wire, own) == maker
        assert await ended(wire, other) == taker

    play(story)


def test_fills_go_by_price_and_then_by_time(play):
    async def story(wire):
        early = await wire.placed(px="100000", sz="1")  # behind the ten that are there
        better = await wire.placed(px="100000", sz="2")
        await wire.crowd("sell", "10")
        assert [(await ended(wire, one))[0] for one in (early, better)] == ["live", "live"]
        await wire.crowd("sell", "1.5")
        told = [(await ended(wire, one))[::2] for one in (early, better)]
        assert told == [("filled", "1"), ("partially_filled", "0.5")]

    play(story)


# Cancel and amend.


def test_a_cancel_of_what_is_not_there_is_51400(play):
    async def story(wire):
        gone = await wire.placed()
        await wire.post("/trade/cancel-order", {"instId": INST, "ordId": gone})
        for named in ({"ordId": gone}, {"ordId": "1"}, {"clOrdId": "never"}):
            answer = await wire.post("/trade/cancel-order", {"instId": INST, **named})
            assert (answer["code"], only(answer)["sCode"]) == ("1", "51400")

    play(story)


def test_ord_id_wins_over_cl_ord_id(play):
    async def story(wire):
        first, second = await wire.placed(clOrdId="a1"), await wire.placed(clOrdId="a2")
        named = {"instId": INST, "ordId": first, "clOrdId": "a2"}
        await wire.post("/trade/cancel-order", named)
        assert [(await ended(wire, one))[0] for one in (first, second)] == ["canceled", "live"]

    play(story)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "51500"),
        ({"newSz": "1.005"}, "51121"),
        ({"newPx": "150000"}, "51006"),
        ({"newSz": "15000"}, "51502"),
    ],
)
def test_a_refused_amendment_leaves_the_order_as_it_was(play, changes, code):
    async def story(wire):
        ord_id = await wire.placed()
        answer = await wire.post("/trade/amend-order", {"instId": INST, "ordId": ord_id, **changes})
        assert (answer["code"], only(answer)["sCode"]) == ("1", code)
        row = await wire.order(ord_id)
        assert (row["state"], row["sz"], row["px"]) == ("live", "1", "99990")

    play(story)


def test_an_amendment_of_what_is_finished_is_51503(play):
    async def story(wire):
        gone = await wire.placed()
        await wire.post("/trade/cancel-order", {"instId": INST, "ordId": gone})
        asked = {"instId": INST, "ordId": gone, "newSz": "2"}
        assert only(await wire.post("/trade/amend-order", asked))["sCode"] == "51503"

    play(story)


def test_new_size_is_the_new_total(play):
    async def story(wire):
        ord_id = await wire.placed(px="100000.1", sz="12")
        await wire.post("/trade/amend-order", {"instId": INST, "ordId": ord_id, "newSz": "11"})
        row = await wire.order(ord_id)
        assert (row["state"], row["sz"], row["accFillSz"]) == ("partially_filled", "11", "10")
        await wire.post("/trade/amend-order", {"instId": INST, "ordId": ord_id, "newSz": "10"})
        assert (await wire.order(ord_id))["state"] == "filled"

    play(story)


# Batches.


def test_a_batch_is_code_0_1_or_2(play):
    async def story(wire):
        def wished(size: str) -> dict:
            return {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit",
                    "px": "99990", "sz": size}  # fmt: skip

        told = []
        for sizes in (("1", "2"), ("1", "0.001"), ("0.001", "1.005")):
            answer = await wire.post("/trade/batch-orders", [wished(size) for size in sizes])
            told.append((answer["code"], [row["sCode"] for row in answer["data"]]))
        assert told == [
            ("0", ["0", "0"]),
            ("2", ["0", "51020"]),
            ("1", ["51020", "51121"]),
        ]
        live = [row["ordId"] for row in await wire.rows("/trade/orders-pending")]
        named = [{"instId": INST, "ordId": one} for one in (*live, "1")]
        answer = await wire.post("/trade/cancel-batch-orders", named)
        codes = [row["sCode"] for row in answer["data"]]
        assert (answer["code"], codes) == ("2", ["0", "0", "0", "51400"])

    play(story)


def test_a_batch_has_at_most_twenty(play):
    async def story(wire):
        wished = {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit",
                  "px": "99990", "sz": "0.01"}  # fmt: skip
        assert (await wire.post("/trade/batch-orders", [wished] * 20))["code"] == "0"
        assert (await wire.post("/trade/batch-orders", [wished] * 21))["code"] == "51111"

    play(story)


# The rest.


def test_reduce_only_is_refused_and_not_trimmed(play):
    async def story(wire):
        await wire.bought("2")
        row = only(await wire.place(side="sell", px="100010", sz="3", reduceOnly=True))
        assert row["sCode"] == "51112"
        row = only(await wire.place(px="99990", sz="1", reduceOnly="true"))
        assert row["sCode"] == "51170"
        assert await wire.placed(side="sell", px="100010", sz="2", reduceOnly="true")

    play(story)


def test_close_position_wants_a_position_and_no_closing_order(play):
    async def story(wire):
        asked = {"instId": INST, "mgnMode": "cross"}
        assert (await wire.post("/trade/close-position", asked))["code"] == "51023"
        await wire.bought("2")
        await wire.placed(side="sell", px="100010", sz="2", reduceOnly=True)
        assert (await wire.post("/trade/close-position", asked))["code"] == "51115"
        answer = await wire.post("/trade/close-position", {**asked, "autoCxl": True})
        assert answer["code"] == "0"
        assert await wire.rows("/account/positions") == []

    play(story)


def test_cancel_all_after_counts_in_seconds_and_0_disables_it(play):
    async def story(wire):
        on = only(await wire.post("/trade/cancel-all-after", {"timeOut": "60"}))
        assert int(on["triggerTime"]) - int(on["ts"]) == 60
        assert len(on["ts"]) == 10
        off = only(await wire.post("/trade/cancel-all-after", {"timeOut": "0"}))
        assert off["triggerTime"] == "0"
        codes = {"5": "51000", "121": "51000", "soon": "51000", "": "50014"}
        for bad, code in codes.items():
            answer = await wire.post("/trade/cancel-all-after", {"timeOut": bad})
            assert answer["code"] == code

    play(story, params={"limits": LimitParams(enforced=False)})


def test_an_order_past_its_expiry_is_not_processed(play):
    async def story(wire):
        wished = {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit",
                  "px": "99990", "sz": "1"}  # fmt: skip
        answer = await wire.post("/trade/order", wished, expTime="1597026383085")
        assert answer["code"] == "50036"
        assert await wire.rows("/trade/orders-pending") == []
        answer = await wire.post("/trade/order", wished, expTime="4102444800000")
        assert answer["code"] == "0"

    play(story)


def test_settings_wait_until_nothing_is_open(play):
    async def story(wire):
        await wire.placed()
        asked = {"posMode": "long_short_mode"}
        assert (await wire.post("/account/set-position-mode", asked))["code"] == "59000"
        asked = {"instId": INST, "lever": "5000", "mgnMode": "cross"}
        assert (await wire.post("/account/set-leverage", asked))["code"] == "59102"

    play(story)


@pytest.mark.parametrize(("ratio", "code"), [("0", "51000"), ("2", "51257")])
def test_a_trailing_stop_has_a_callback_of_sense(play, ratio, code):
    async def story(wire):
        await wire.bought("2")
        asked = {"instId": INST, "tdMode": "cross", "side": "sell", "ordType": "move_order_stop",
                 "sz": "1", "callbackRatio": ratio}  # fmt: skip
        answer = await wire.post("/trade/order-algo", asked)
        assert (answer["code"], only(answer)["sCode"]) == ("1", code)

    play(story)


def test_fill_or_kill_and_both_sides_of_self_trade_prevention_do_not_go_together(play):
    async def story(wire):
        assert only(await wire.place(ordType="fok", stpMode="cancel_both"))["sCode"] == "54036"

    play(story)


# Money, to the last decimal (10.4).


def test_a_trade_moves_the_cash_by_its_fee_and_its_pnl(play):
    """In: 2 contracts of 0.01 at 100,000 as maker, 0.4. Out: at 99,999.9 as taker, 0.999999."""

    async def story(wire):
        await wire.placed(px="100000.0", sz="2")
        await wire.crowd("sell", "12")
        await wire.post("/trade/close-position", {"instId": INST, "mgnMode": "cross"})
        fills = await wire.rows("/trade/fills?instType=SWAP")
        names = ("side", "execType", "fillSz", "feeCcy")
        assert [[row[name] for name in names] for row in fills] == [
            ["sell", "T", "2", "USDT"],
            ["buy", "M", "2", "USDT"],
        ]
        numbers = ("fillPx", "fee", "feeRate", "fillPnl")
        assert [[D(row[name]) for name in numbers] for row in fills] == [
            [D("99999.9"), D("-0.999999"), D("-0.0005"), D("-0.002")],
            [D(100_000), D("-0.4"), D("-0.0002"), D(0)],
        ]
        (balance,) = await wire.rows("/account/balance?ccy=USDT")
        assert balance["details"][0]["cashBal"] == "99998.598001"
        (past,) = await wire.rows("/account/positions-history?instType=SWAP")
        told = [D(past[name]) for name in ("realizedPnl", "pnl", "fee", "fundingFee")]
        assert told == [D("-1.401999"), D("-0.002"), D("-1.399999"), D(0)]

    play(story)
