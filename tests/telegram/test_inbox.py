"""Updates in, inputs out: order, redelivery, strangers, and a poller that cannot die."""

import asyncio

import pytest

from pawang.guards.secret import Secret
from pawang.model.chat import ChatInput
from pawang.model.refs import SECOND
from pawang.telegram.errors import Conflict, Flooded, NotSent, Unauthorised
from pawang.telegram.inbox import Inbox, heard
from pawang.telegram.webhook import WebhookRefused, WebhookTaken, receive

USER = {"id": 7, "is_bot": False, "first_name": "Ada", "username": "ada", "language_code": "en"}
CHAT = {"id": 42, "type": "private", "first_name": "Ada"}


def message(update_id, text="/alpha", **more):
    body = {"message_id": 5, "date": 1_757_921_580, "chat": CHAT, "from": USER, "text": text}
    return {"update_id": update_id, "message": {**body, **more}}


def spoken(update_id, text="/alpha"):
    return ChatInput(
        update_id=update_id,
        chat_id=42,
        chat_kind="private",
        user_id=7,
        user_name="ada",
        language="en",
        ts_sent=1_757_921_580 * SECOND,
        text=text,
        message_id=5,
    )


class ScriptedPoller:
    """Holds updates until they are acknowledged by an offset, as the service does."""

    def __init__(self, *script):
        self.script = list(script)  # updates to add, or an error to raise
        self.kept = []
        self.offsets = []
        self.rebuilt = 0

    async def updates(self, offset):
        self.offsets.append(offset)
        if not self.script:
            raise asyncio.CancelledError
        self.kept = [update for update in self.kept if update["update_id"] >= offset]
        now = self.script.pop(0)
        if isinstance(now, Exception):
            raise now
        self.kept += now
        return list(self.kept)

    async def rebuild_polls(self):
        self.rebuilt += 1


def listen(poller, worked=lambda heard: None):
    """(inputs, states told, seconds slept, the inbox) until the script ends."""
    inputs, states, slept, time = [], [], [], [0]

    async def sleep(seconds):
        slept.append(seconds)
        time[0] += round(seconds * SECOND)

    async def story():
        inbox = Inbox(poller, sleep, lambda: 0.5, states.append, lambda: time[0])
        try:
            async for given in inbox.inputs():
                worked(given)
                inputs.append(given)
        except asyncio.CancelledError:
            return inbox

    return inputs, states, slept, asyncio.run(story())


def test_inputs_come_in_the_services_order_and_are_acknowledged_after_they_were_worked():
    poller = ScriptedPoller([message(10, "/a"), message(11, "/b")], [message(12, "/c")])
    inputs, states, slept, _ = listen(poller)
    assert inputs == [spoken(10, "/a"), spoken(11, "/b"), spoken(12, "/c")]
    assert poller.offsets == [0, 12, 13]
    assert (states, slept) == (["polling"], [])


def test_B08_what_was_not_finished_is_not_acknowledged():
    poller = ScriptedPoller([message(10), message(11)])

    def worked(given):
        if given.update_id == 11:
            raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        listen(poller, worked)
    poller.script = [[]]
    assert [given.update_id for given in listen(poller)[0]] == [10, 11]


def test_B08_an_old_update_that_comes_out_of_order_does_not_turn_the_offset_back():
    poller = ScriptedPoller([message(11), message(10)], [])
    assert [given.update_id for given in listen(poller)[0]] == [11, 10]
    assert poller.offsets == [0, 12, 12]


@pytest.mark.parametrize(
    "strange",
    [
        {"update_id": 10, "message": {"chat": "?"}},
        {"update_id": 10, "callback_query": {"id": 1}},
        {"update_id": 10, "message": None},
        {"update_id": 10, "a_kind_of_2030": {}},
        {"update_id": 10},
    ],
)
def test_an_update_nobody_can_read_is_skipped_and_hides_nothing(strange):
    poller = ScriptedPoller([strange, message(11, "/panic")], [])
    inputs = listen(poller)[0]
    assert (inputs, poller.offsets) == ([spoken(11, "/panic")], [0, 12, 12])


def test_B07_transitions_are_told_once():
    poller = ScriptedPoller(
        Conflict("two"), Conflict("two"), [], Unauthorised("x"), NotSent("x"), NotSent("x"), []
    )
    _, states, slept, _ = listen(poller)
    assert states == ["conflict", "polling", "unauthorised", "unreachable", "polling"]
    assert all(0.2 <= seconds <= 4 for seconds in slept)


def test_B01_a_flood_is_waited_out():
    assert listen(ScriptedPoller(Flooded(7), []))[2] == [7]


def test_after_90_s_without_a_good_poll_the_connections_are_made_anew():
    poller = ScriptedPoller(*[NotSent("dead pool")] * 60, [])
    inbox = listen(poller)[3]
    assert poller.rebuilt == 1
    assert inbox.ts_polled > 90 * SECOND


def test_a_press_carries_its_token_and_an_anonymous_admin_his_chat():
    press = {
        "update_id": 9,
        "callback_query": {
            "id": "77", "from": USER, "chat_instance": "1", "data": "tok",
            "message": message(0)["message"],
        },
    }  # fmt: skip
    given = heard(press)
    assert (given.token, given.callback_id, given.chat_id, given.message_id) == ("tok", "77", 42, 5)
    group = {"id": -5, "type": "supergroup", "title": "g"}
    anonymous = heard(message(9, chat=group, sender_chat=group))
    assert (anonymous.sender_chat_id, anonymous.chat_kind) == (-5, "supergroup")


# The same, pushed.

SECRET = Secret("s3cret-word")
GOOD = {
    "content-type": "application/json; charset=utf-8",
    "x-telegram-bot-api-secret-token": "s3cret-word",
}
BODY = b'{"update_id": 1, "poll": {}}'


def test_B11_a_pushed_update_is_an_input():
    import json

    assert receive(GOOD, json.dumps(message(3)).encode(), SECRET) == WebhookTaken(input=spoken(3))


@pytest.mark.parametrize("given", [None, "", "s3cret", "s3cret-word ", "S3CRET-WORD", "ü\x00"])
def test_B11_SEC6_without_the_secret_no_body_is_looked_at(given):
    headers = {**GOOD, "x-telegram-bot-api-secret-token": given}
    if given is None:
        del headers["x-telegram-bot-api-secret-token"]
    refused = receive(headers, b"not even JSON" * 100_000, SECRET)
    assert refused == WebhookRefused(status=401, reason="the secret is missing or wrong")


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"x" * 65_537, 413),
        ({"content-type": "text/plain"}, BODY, 415),
        ({"content-type": ""}, BODY, 415),
        ({}, b"", 400),
        ({}, b"[]", 400),
        ({}, b'{"update_id": "1"}', 400),
        ({}, b'{"update_id": 1, "x": ' + b"[" * 30_000, 400),
        ({}, b'{"update_id": 1, "x": ' + b"[" * 17 + b"]" * 17 + b"}", 400),
        ({}, b"\xff\xfe", 400),
    ],
)
def test_SEC6_SEC13_what_is_no_update_is_refused_with_its_status(headers, body, status):
    assert receive({**GOOD, **headers}, body, SECRET).status == status


@pytest.mark.parametrize("body", [BODY, b'{"update_id": 1, "message": {"chat": 3}}'])
def test_what_has_the_secret_and_is_of_no_use_is_acknowledged(body):
    assert receive(GOOD, body, SECRET) == WebhookTaken(input=None)
