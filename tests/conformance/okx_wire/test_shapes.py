"""okx-v5.md 7, 8 and 9.2: every row has the documented fields, no more and no less, of their
JSON types. nautilus_trader refuses rows that lack one, strict readers those that have one more."""

import pytest

from pawang.sandbox.okx import AccountParams

INST = "BTC-USDT-SWAP"
STOP = {"slTriggerPx": "99900", "slOrdPx": "-1", "attachAlgoClOrdId": "stop1"}


async def traded(wire) -> None:
    """A resting order, a filled one, a cancelled one, a position that was, and one that is."""
    await wire.bought("3")
    await wire.placed(side="sell", ordType="market", sz="3", px="", reduceOnly=True)
    await wire.bought("2")
    await wire.placed(clOrdId="resting1")
    gone = await wire.placed(tag="gone")
    await wire.post("/trade/cancel-order", {"instId": INST, "ordId": gone})


READ = {
    "/account/balance": "BALANCE",
    "/account/balance?ccy=USDT": "BALANCE",
    "/account/config": "CONFIG",
    "/account/positions": "POSITION",
    f"/account/positions?instId={INST}": "POSITION",
    "/account/positions-history": "POSITION_HISTORY",
    f"/account/leverage-info?instId={INST}&mgnMode=cross": "LEVERAGE",
    f"/account/max-size?instId={INST}&tdMode=cross": "MAX_SIZE",
    "/account/trade-fee?instType=SWAP": "TRADE_FEE",
    "/account/bills": "BILL",
    "/account/bills-archive": "BILL",
    "/trade/orders-pending": "ORDER",
    "/trade/orders-history?instType=SWAP": "ORDER",
    "/trade/orders-history-archive?instType=SWAP": "ORDER",
    f"/trade/order?instId={INST}&clOrdId=resting1": "ORDER",
    "/trade/fills": "FILL",
    "/trade/fills-history?instType=SWAP": "FILL",
    "/trade/account-rate-limit": "RATE_LIMIT",
}


@pytest.mark.parametrize(("target", "name"), READ.items())
def test_a_read_row_has_its_documented_fields(play, documented, target, name):
    async def story(wire):
        await traded(wire)
        answer = await wire.get(target)
        assert sorted(answer) == ["code", "data", "msg"]
        assert answer["data"], "nothing to look at"
        wanted = getattr(documented, name)
        for row in answer["data"]:
            assert documented.unlike(row, wanted) == []

    play(story)


WRITE = {
    "/account/set-leverage": ({"instId": INST, "lever": "5", "mgnMode": "cross"}, "SET_LEVERAGE"),
    "/account/set-position-mode": ({"posMode": "long_short_mode"}, "POSITION_MODE"),
    "/trade/cancel-all-after": ({"timeOut": "60"}, "DEAD_MAN"),
}


@pytest.mark.parametrize("target", WRITE)
def test_a_setting_answers_its_documented_row(play, documented, target):
    async def story(wire):
        body, name = WRITE[target]
        answer = await wire.post(target, body)
        assert sorted(answer) == ["code", "data", "msg"]
        (row,) = answer["data"]
        wanted = getattr(documented, name)
        assert documented.unlike(row, wanted) == []

    play(story)


def stamped(answer: dict) -> None:
    """An acknowledgement of trade: the envelope, and its times in microseconds."""
    assert sorted(answer) == ["code", "data", "inTime", "msg", "outTime"]
    assert [len(answer[name]) for name in ("inTime", "outTime")] == [16, 16]
    assert int(answer["inTime"]) <= int(answer["outTime"])
    assert answer["data"][0]["ts"] == answer["inTime"][:13]


def test_acknowledgements_have_their_documented_rows_and_times_in_microseconds(play, documented):
    async def story(wire):
        placed = await wire.place()
        named = {"instId": INST, "ordId": placed["data"][0]["ordId"]}
        amended = await wire.post("/trade/amend-order", {**named, "newSz": "2", "reqId": "r1"})
        cancelled = await wire.post("/trade/cancel-order", named)
        batch = await wire.post("/trade/batch-orders", [dict(usual()), dict(usual())])
        for answer, name in (
            (placed, "PLACED"),
            (amended, "AMENDED"),
            (cancelled, "CANCELLED"),
            (batch, "PLACED"),
        ):
            stamped(answer)
            wanted = getattr(documented, name)
            for row in answer["data"]:
                assert documented.unlike(row, wanted) == []
        assert amended["data"][0]["reqId"] == "r1"

    play(story)


def usual(**more) -> dict:
    return {"instId": INST, "tdMode": "cross", "side": "buy", "ordType": "limit", "sz": "1",
            "px": "99990", **more}  # fmt: skip


def test_close_position_answers_its_documented_row(play, documented):
    async def story(wire):
        await wire.bought()
        answer = await wire.post("/trade/close-position", {"instId": INST, "mgnMode": "cross"})
        assert documented.unlike(answer["data"][0], documented.CLOSED) == []
        assert sorted(answer) == ["code", "data", "msg"]

    play(story)


ALGOS = {
    "conditional": {"slTriggerPx": "99900", "slOrdPx": "-1"},
    "oco": {"slTriggerPx": "99900", "slOrdPx": "-1", "tpTriggerPx": "100900", "tpOrdPx": "-1"},
    "trigger": {"triggerPx": "99900", "orderPx": "-1"},
    "move_order_stop": {"callbackRatio": "0.01"},
}


def algo(kind: str) -> dict:
    return {"instId": INST, "tdMode": "cross", "side": "sell", "ordType": kind, "sz": "1",
            "algoClOrdId": "algo1", **ALGOS[kind]}  # fmt: skip


@pytest.mark.parametrize("kind", ALGOS)
def test_algo_orders_have_their_documented_rows(play, documented, kind):
    async def story(wire):
        await wire.bought("2")
        placed = await wire.post("/trade/order-algo", algo(kind))
        named = {"instId": INST, "algoId": placed["data"][0]["algoId"]}
        (waiting,) = await wire.rows(f"/trade/orders-algo-pending?ordType={kind}")
        one = await wire.row("/trade/order-algo?algoClOrdId=algo1")
        cancelled = await wire.post("/trade/cancel-algos", [named])
        asked = f"/trade/orders-algo-history?ordType={kind}&state=canceled"
        (past,) = await wire.rows(asked)
        for answer in (placed, cancelled):
            assert sorted(answer) == ["code", "data", "msg"]
            row = answer["data"][0]
            assert documented.unlike(row, documented.ALGO_PLACED) == []
        for row in (waiting, one, past):
            assert documented.unlike(row, documented.ALGO) == []
        assert (waiting["state"], past["state"]) == ("live", "canceled")

    play(story)


def test_an_amended_algo_answers_its_documented_row(play, documented):
    async def story(wire):
        await wire.bought("2")
        await wire.post("/trade/order-algo", algo("conditional"))
        asked = {"instId": INST, "algoClOrdId": "algo1", "newSlTriggerPx": "99800", "reqId": "r1"}
        answer = await wire.post("/trade/amend-algos", asked)
        row = answer["data"][0]
        assert documented.unlike(row, documented.ALGO_AMENDED) == []
        assert (row["sCode"], row["reqId"]) == ("0", "r1")

    play(story)


# Pushes.


PUSHED = {
    "orders": ({"instType": "SWAP"}, "ORDER_PUSH"),
    "positions": ({"instType": "SWAP"}, "POSITION_PUSH"),
    "account": ({}, "ACCOUNT_PUSH"),
    "balance_and_position": ({}, "MOVED"),
}


@pytest.mark.parametrize("channel", PUSHED)
def test_a_push_has_its_documented_rows(play, documented, channel):
    async def story(wire):
        arg, name = PUSHED[channel]
        wanted = getattr(documented, name)
        async with wire.socket() as socket:
            await socket.subscribe(channel=channel, **arg)
            await wire.bought("2")
            message = await socket.push(channel)
            told = {key: value for key, value in message["arg"].items() if key != "uid"}
            assert told == {"channel": channel, **arg}
            assert message["arg"]["uid"]
            for row in message["data"]:
                assert documented.unlike(row, wanted) == []

    play(story)


@pytest.mark.parametrize(
    ("channel", "kind", "name"),
    [
        ("orders-algo", "conditional", "ALGO_PUSH"),
        ("orders-algo", "oco", "ALGO_PUSH"),
        ("orders-algo", "trigger", "ALGO_PUSH"),
        ("algo-advance", "move_order_stop", "ADVANCE_PUSH"),
    ],
)
def test_an_algo_push_has_its_documented_rows(play, documented, channel, kind, name):
    async def story(wire):
        wanted = getattr(documented, name)
        await wire.bought("2")
        async with wire.socket("business") as socket:
            await socket.subscribe(channel=channel, instType="SWAP")
            await wire.post("/trade/order-algo", algo(kind))
            message = await socket.push(channel)
            for row in message["data"]:
                assert documented.unlike(row, wanted) == []

    play(story)


def test_a_fills_push_has_its_documented_row_for_those_who_may_have_it(play, documented):
    async def story(wire):
        async with wire.socket() as socket:
            await socket.subscribe(channel="fills", instId=INST)
            await wire.placed(ordType="market", sz="1", px="", clOrdId="1234567890")
            message = await socket.push("fills")
            (row,) = message["data"]
            assert documented.unlike(row, documented.FILL_PUSH) == []
            assert (row["clOrdId"], row["execType"]) == ("1234567890", "T")

    play(story, accounts=(AccountParams(vip=True),))


def test_positions_and_account_begin_with_a_paged_snapshot_and_orders_with_none(play):
    async def story(wire):
        await wire.bought("2")
        await wire.placed()
        async with wire.socket() as socket:
            for channel, arg in (
                ("orders", {"instType": "SWAP"}),
                ("positions", {"instType": "SWAP"}),
                ("account", {}),
            ):
                await socket.subscribe(channel=channel, **arg)
            held = await socket.push("positions")
            money = await socket.push("account")
            for message in (held, money):
                assert (message["eventType"], message["curPage"], message["lastPage"]) == (
                    "snapshot",
                    1,
                    True,
                )
            await wire.placed(sz="3")
            first = await socket.push("orders")
            assert [row["sz"] for row in first["data"]] == ["3"]

    play(story)


def test_an_order_with_attached_stops_shows_them(play):
    async def story(wire):
        ord_id = await wire.placed(attachAlgoOrds=[STOP])
        row = await wire.order(ord_id)
        (attached,) = row["attachAlgoOrds"]
        shown = {name: attached[name] for name in STOP}
        assert shown == STOP

    play(story)
