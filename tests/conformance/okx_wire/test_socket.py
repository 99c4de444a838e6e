"""okx-v5.md 9 and 9.3: acknowledgements, wrong paths, ids, and orders over the WebSocket."""

import pytest

INST, CODE = "BTC-USDT-SWAP", 10459


def wished(**fields) -> dict:
    usual = {"instIdCode": CODE, "tdMode": "cross", "side": "buy", "ordType": "limit",
             "px": "99990", "sz": "1"}  # fmt: skip
    return usual | fields


def test_one_acknowledgement_an_arg_with_the_id_and_the_connection(play):
    async def story(wire):
        async with wire.socket() as socket:
            args = [
                {"channel": "orders", "instType": "SWAP"},
                {"channel": "positions", "instType": "ANY"},
            ]
            await socket.say({"id": "1512", "op": "subscribe", "args": args})
            told = [await socket.hear(lambda one: one.get("event") == "subscribe") for _ in args]
            assert [one["arg"] for one in told] == args
            assert {one["id"] for one in told} == {"1512"}
            assert len({one["connId"] for one in told}) == 1
            assert [sorted(one) for one in told] == [["arg", "connId", "event", "id"]] * 2

    play(story)


def test_an_unsubscribed_channel_is_silent(play):
    async def story(wire):
        async with wire.socket() as socket:
            arg = {"channel": "orders", "instType": "SWAP"}
            await socket.subscribe(**arg)
            await socket.say({"op": "unsubscribe", "args": [arg]})
            told = await socket.hear(lambda one: one.get("event") == "unsubscribe")
            assert told["arg"] == arg
            ack = await socket.ask("order", wished())
            assert ack["code"] == "0"
            # Whatever was to be pushed would stand before a second answer.
            await socket.ask("order", wished(), number="a2")
            assert not [one for one in socket.kept if one.get("arg", {}).get("channel") == "orders"]

    play(story)


@pytest.mark.parametrize(
    ("path", "arg", "code"),
    [
        ("public", {"channel": "candle1m", "instId": INST}, "64001"),
        ("private", {"channel": "orders-algo", "instType": "SWAP"}, "64001"),
        ("business", {"channel": "orders", "instType": "SWAP"}, "64002"),
        ("business", {"channel": "trades", "instId": INST}, "64002"),
        ("private", {"channel": "trades", "instId": INST}, "60018"),
        ("private", {"channel": "no-such", "instId": INST}, "60018"),
        ("private", {"channel": "orders"}, "60027"),
        ("private", {"channel": "orders", "instType": "FISH"}, "60033"),
        ("private", {"channel": "orders", "instType": "SWAP", "instId": "X-USDT-SWAP"}, "60018"),
        ("private", {"channel": "fills", "instId": INST}, "64003"),
    ],
)
def test_a_wrong_subscription_is_told_what_is_wrong_with_it(play, path, arg, code):
    async def story(wire):
        async with wire.socket(path, login=path != "public") as socket:
            told = await socket.subscribe(**arg)
            assert (told["event"], told["code"]) == ("error", code)
            assert told["connId"]

    play(story)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"op": "dance", "args": []}, "60019"),
        ({"op": "subscribe", "argss": []}, "60012"),
        ({"op": "subscribe", "args": "books"}, "60012"),
        ("{", "60012"),
    ],
)
def test_what_cannot_be_read_is_an_error_event(play, message, code):
    async def story(wire):
        async with wire.socket() as socket:
            await socket.say(message)
            told = await socket.hear(lambda one: one.get("event") == "error")
            assert told["code"] == code

    play(story)


def test_the_count_of_connections_is_told(play):
    async def story(wire):
        async with wire.socket() as first, wire.socket() as second:
            counts = []
            for socket in (first, second):
                await socket.subscribe(channel="orders", instType="SWAP")
                told = await socket.hear(lambda one: one.get("event") == "channel-conn-count")
                assert sorted(told) == ["channel", "connCount", "connId", "event"]
                counts.append((told["channel"], told["connCount"]))
            assert counts == [("orders", "1"), ("orders", "2")]

    play(story)


# Orders.


def test_the_answer_to_an_order_has_the_documented_envelope(play, documented):
    async def story(wire):
        async with wire.socket() as socket:
            answer = await socket.ask("order", wished())
            assert sorted(answer) == ["code", "data", "id", "inTime", "msg", "op", "outTime"]
            assert (answer["op"], answer["code"], answer["msg"]) == ("order", "0", "")
            assert [len(answer[name]) for name in ("inTime", "outTime")] == [16, 16]
            (row,) = answer["data"]
            named = {name: row[name] for name in documented.PLACED if name != "subCode"}
            assert all(isinstance(value, str) for value in named.values())
            assert set(row) - {"subCode"} == set(documented.PLACED) - {"subCode"}

    play(story)


@pytest.mark.parametrize("named", [{"instIdCode": CODE}, {"instId": INST}])
def test_an_instrument_is_named_by_code_or_by_name(play, named):
    async def story(wire):
        async with wire.socket() as socket:
            order = {key: value for key, value in wished().items() if key != "instIdCode"} | named
            placed = await socket.ask("order", order, number="a1")
            ord_id = placed["data"][0]["ordId"]
            amended = await socket.ask(
                "amend-order", {**named, "ordId": ord_id, "newSz": "2"}, number="a2"
            )
            cancelled = await socket.ask("cancel-order", {**named, "ordId": ord_id}, number="a3")
            assert [one["code"] for one in (placed, amended, cancelled)] == ["0", "0", "0"]
            row = await wire.order(ord_id)
            assert (row["state"], row["sz"], row["instId"]) == ("canceled", "2", INST)

    play(story)


def test_batches_over_the_socket_have_their_top_level_codes(play):
    async def story(wire):
        async with wire.socket() as socket:
            answers = [
                await socket.ask("batch-orders", wished(), wished(sz="2"), number="a1"),
                await socket.ask("batch-orders", wished(), wished(sz="0.001"), number="a2"),
                await socket.ask("batch-orders", wished(sz="0.001"), number="a3"),
            ]
            assert [one["code"] for one in answers] == ["0", "2", "1"]
            live = [row["ordId"] for row in answers[0]["data"]]
            named = [{"instIdCode": CODE, "ordId": one} for one in live]
            amended = await socket.ask(
                "batch-amend-orders", *({**one, "newSz": "3"} for one in named), number="a4"
            )
            cancelled = await socket.ask("batch-cancel-orders", *named, number="a5")
            assert (amended["code"], cancelled["code"]) == ("0", "0")

    play(story)


@pytest.mark.parametrize(
    ("op", "args", "code"),
    [
        ("order", wished(sz="0.001"), "51020"),
        ("order", wished(instIdCode=1), "51001"),
        ("cancel-order", {"instIdCode": CODE, "ordId": "1"}, "51400"),
        ("amend-order", {"instIdCode": CODE, "ordId": "1", "newSz": "2"}, "51503"),
    ],
)
def test_a_refusal_over_the_socket_is_code_1_with_its_scode(play, op, args, code):
    async def story(wire):
        async with wire.socket() as socket:
            answer = await socket.ask(op, args)
            assert (answer["code"], answer["data"][0]["sCode"]) == ("1", code)

    play(story)


def test_an_order_operation_wants_its_id_and_its_args(play):
    async def story(wire):
        async with wire.socket() as socket:
            await socket.say({"op": "order", "args": [wished()]})
            told = await socket.hear(lambda one: one.get("op") == "order" or "event" in one)
            assert told["code"] == "60027"
            told = await socket.ask("order", number="a2", args="one")
            assert (told["code"], told["data"]) == ("60013", [])
            assert await wire.rows("/trade/orders-pending") == []

    play(story)


def test_an_expired_order_over_the_socket_is_not_placed(play):
    async def story(wire):
        async with wire.socket() as socket:
            told = await socket.ask("order", wished(), expTime="1597026383085")
            assert told["code"] == "50036"
            assert await wire.rows("/trade/orders-pending") == []

    play(story)


@pytest.mark.parametrize("path", ["public", "business"])
def test_orders_belong_on_the_private_path(play, path):
    async def story(wire):
        async with wire.socket(path, login=path == "business") as socket:
            await socket.say({"id": "a1", "op": "order", "args": [wished()]})
            told = await socket.hear(lambda one: "code" in one)
            assert told["code"] == "60028"

    play(story)


def test_an_orders_life_is_pushed_step_by_step(play):
    async def story(wire):
        async with wire.socket() as socket:
            await socket.subscribe(channel="orders", instType="SWAP")
            placed = await socket.ask("order", wished(px="100000", sz="2"), number="a1")
            ord_id = placed["data"][0]["ordId"]
            await socket.ask(
                "amend-order",
                {"instIdCode": CODE, "ordId": ord_id, "newSz": "3", "reqId": "r1"},
                number="a2",
            )
            await wire.crowd("sell", "11")
            await socket.ask("cancel-order", {"instIdCode": CODE, "ordId": ord_id}, number="a3")
            rows = [(await socket.push("orders"))["data"][0] for _ in range(4)]
            fields = ("state", "sz", "accFillSz", "fillSz", "execType", "reqId", "cancelSource")
            assert [[row[name] for name in fields] for row in rows] == [
                ["live", "2", "0", "0", "", "", ""],
                ["live", "3", "0", "0", "", "r1", ""],
                ["partially_filled", "3", "1", "1", "M", "", ""],
                ["canceled", "3", "1", "0", "", "", "1"],
            ]
            assert rows[0]["avgPx"] == "0", "unfilled is 0 and not blank"
            assert float(rows[2]["avgPx"]) == 100_000

    play(story)


def test_a_closed_position_is_pushed_once_with_nothing_in_it(play):
    async def story(wire):
        async with wire.socket() as socket:
            await wire.bought("2")
            await socket.subscribe(channel="positions", instType="SWAP")
            await socket.push("positions", lambda row: row["pos"] == "2")
            await wire.post("/trade/close-position", {"instId": INST, "mgnMode": "cross"})
            await socket.push("positions", lambda row: row["pos"] == "0")

    play(story)
