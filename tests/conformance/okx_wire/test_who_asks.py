"""okx-v5.md 2.1, 3 and 9: who may ask, and what those hear who may not."""

import json
import time

import pytest

from pawang.sandbox.okx import AccountParams

HEADERS = {
    "OK-ACCESS-KEY": "50103",
    "OK-ACCESS-PASSPHRASE": "50104",
    "OK-ACCESS-SIGN": "50106",
    "OK-ACCESS-TIMESTAMP": "50107",
}
BALANCE = "/api/v5/account/balance"


def without(headers: dict, *names: str) -> dict:
    return {name: value for name, value in headers.items() if name not in names}


async def refusal(wire, headers: dict) -> tuple[int, str]:
    status, body = await wire.send("GET", "/account/balance", headers=headers)
    assert sorted(body) == ["code", "data", "msg"]
    assert body["data"] == []
    assert body["msg"]
    return status, body["code"]


@pytest.mark.parametrize(("name", "code"), HEADERS.items())
def test_a_missing_header_is_named_by_its_own_code(play, name, code):
    async def story(wire):
        headers = without(wire.headers("GET", BALANCE), name)
        status, body = await wire.send("GET", "/account/balance", headers=headers)
        assert (status, body["code"]) == (401, code)
        assert body["msg"] == f'Request header "{name}" cannot be empty.'

    play(story)


def test_the_checks_come_in_the_plausible_order(play):
    """Each request is wrong in all that follows too; the first wrong thing is told."""

    async def story(wire):
        bad = wire.headers("GET", BALANCE, key="x", secret="x", passphrase="x", at="2020")
        told = [
            await refusal(wire, without(bad, *HEADERS)),
            await refusal(wire, without(bad, *list(HEADERS)[1:])),
            await refusal(wire, without(bad, *list(HEADERS)[2:])),
            await refusal(wire, without(bad, "OK-ACCESS-TIMESTAMP")),
            await refusal(wire, bad),
            await refusal(wire, bad | {"OK-ACCESS-TIMESTAMP": "2020-12-08T09:08:57.715Z"}),
            await refusal(wire, wire.headers("GET", BALANCE, key="x", secret="x", passphrase="x")),
            await refusal(wire, wire.headers("GET", BALANCE, secret="x", passphrase="x")),
            await refusal(wire, wire.headers("GET", BALANCE, secret="x")),
        ]
        codes = ["50103", "50104", "50106", "50107", "50112", "50102", "50111", "50105", "50113"]
        assert told == [(401, code) for code in codes]

    play(story)


@pytest.mark.parametrize("at", ["1", "2020-12-08 09:08:57", "2020-12-08T09:08:57+00:00", "now"])
def test_a_stamp_that_is_none_is_50112(play, at):
    async def story(wire):
        assert await refusal(wire, wire.headers("GET", BALANCE, at=at)) == (401, "50112")

    play(story)


@pytest.mark.parametrize(("code", "status"), [("50110", 401), ("50119", 200), ("50120", 200)])
def test_a_key_that_may_not_is_told_why_with_its_own_http_status(play, code, status):
    async def story(wire):
        await wire.fault(kind="key", code=code, seconds=60)
        assert await refusal(wire, wire.headers("GET", BALANCE)) == (status, code)

    play(story)


def test_the_signature_covers_the_query_and_the_body_as_sent(play):
    async def story(wire):
        target = f"{BALANCE}?ccy=USDT"
        assert await refusal(wire, wire.headers("GET", target)) == (401, "50113")
        status, body = await wire.send(
            "GET", "/account/balance?ccy=USDT", headers=wire.headers("GET", target)
        )
        assert (status, body["code"]) == (200, "0")
        other = json.dumps({"posMode": "long_short_mode"})
        headers = wire.headers("POST", "/api/v5/account/set-position-mode", "{}")
        status, body = await wire.send("POST", "/account/set-position-mode", other, headers)
        assert (status, body["code"]) == (401, "50113")

    play(story)


def test_a_post_is_a_json_body(play):
    async def story(wire):
        def signed(body: str, **more: str) -> dict:
            return wire.headers("POST", "/api/v5/trade/order", body) | more

        asked = [("", {}), ("{", {}), ("{}", {"Content-Type": "text/plain"})]
        told = []
        for body, more in asked:
            status, answer = await wire.send("POST", "/trade/order", body, signed(body, **more))
            told.append((status, answer["code"]))
        assert told == [(400, "50000"), (400, "50002"), (400, "50006")]

    play(story)


def test_the_wrong_method_is_405(play):
    async def story(wire):
        status, body = await wire.send("GET", "/trade/cancel-order")
        assert (status, body["code"]) == (405, "50115")

    play(story)


@pytest.mark.parametrize(
    ("opened", "headers", "answer"),
    [
        ({"environment": "demo"}, {}, (401, "50101")),
        ({"environment": "demo"}, {"x-simulated-trading": "0"}, (401, "50101")),
        ({"environment": "live"}, {"x-simulated-trading": "1"}, (401, "50101")),
        ({"addresses": ("192.0.2.1",)}, {}, (401, "50110")),
    ],
)
def test_a_key_in_the_wrong_place_is_refused(play, opened, headers, answer):
    async def story(wire):
        assert await refusal(wire, wire.headers("GET", BALANCE) | headers) == answer

    play(story, accounts=(AccountParams(**opened),))


def test_a_key_that_may_only_read_trades_neither_by_rest_nor_by_socket(play):
    async def story(wire):
        status, body = await wire.send("GET", "/account/balance")
        assert (status, body["code"]) == (200, "0")
        assert (await wire.place())["code"] == "50120"
        async with wire.socket() as socket:
            order = {"instIdCode": 10459, "tdMode": "cross", "side": "buy", "ordType": "limit",
                     "px": "99990", "sz": "1"}  # fmt: skip
            assert (await socket.ask("order", order))["code"] == "50120"
        assert await wire.rows("/trade/orders-pending") == []

    play(story, accounts=(AccountParams(permissions=("read_only",)),))


# Logins.


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"timestamp": "yesterday"}, "60004"),
        ({"timestamp": "1538054050"}, "60006"),
        ({"apiKey": ""}, "60005"),
        ({"apiKey": "x"}, "60032"),
        ({"secret": "x"}, "60007"),
        ({"passphrase": "x"}, "60024"),
    ],
)
def test_a_failed_login_says_what_was_wrong(play, given, code):
    async def story(wire):
        async with wire.socket(login=False) as socket:
            told = await socket.login(**given)
        assert (told["event"], told["code"]) == ("error", code)
        assert sorted(told) == ["code", "connId", "event", "msg"]

    play(story)


@pytest.mark.parametrize("path", ["private", "business"])
@pytest.mark.parametrize("number", [False, True])
def test_a_login_takes_its_stamp_as_text_or_number(play, path, number):
    async def story(wire):
        async with wire.socket(path, login=False) as socket:
            now = int(time.time())
            told = await socket.login(timestamp=now if number else str(now))
        assert (told["event"], told["code"], told["msg"]) == ("login", "0", "")
        assert sorted(told) == ["code", "connId", "event", "msg"]

    play(story)


def test_a_login_from_an_unbound_address_fails(play):
    async def story(wire):
        async with wire.socket(login=False) as socket:
            assert (await socket.login())["code"] == "60009"

    play(story, accounts=(AccountParams(addresses=("192.0.2.1",)),))


def test_one_login_a_connection(play):
    async def story(wire):
        async with wire.socket() as socket:
            assert (await socket.login())["code"] == "60031"
            # and the first one still holds
            told = await socket.subscribe(channel="orders", instType="SWAP")
            assert told["event"] == "subscribe"

    play(story)


def test_private_things_want_a_login(play):
    async def story(wire):
        async with wire.socket(login=False) as socket:
            told = await socket.subscribe(channel="orders", instType="SWAP")
            assert (told["event"], told["code"]) == ("error", "60011")
            await socket.say({"id": "1", "op": "order", "args": [{}]})
            told = await socket.hear(lambda one: one.get("id") == "1")
            assert told["code"] == "60011"

    play(story)
