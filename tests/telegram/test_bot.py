"""python-telegram-bot against the simulated Bot API, over loopback: our errors, none of theirs."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest

from pawang.guards.secret import Secret
from pawang.model.chat import Button, Category, Edit, Lane, Send
from pawang.sandbox.telegram.faults import Rule
from pawang.sandbox.telegram.limits import LimitParams
from pawang.sandbox.telegram.server import TelegramOptions, TelegramServer
from pawang.telegram.bot import PtbBot, translate_refusal
from pawang.telegram.errors import (
    Ambiguous,
    Blocked,
    Conflict,
    Flooded,
    Gone,
    Migrated,
    NotModified,
    NotSent,
    Rejected,
    Unauthorised,
    Unparsable,
)

TOKEN = "4242:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQ"
OWNER, GROUP = 1001, -2002
BUTTONS = ((Button(label="Snooze", action="snooze", ref_id="r"),),)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


class Box:
    def __init__(self, server, bot):
        self.core, self.clock, self.bot = server.core, server.clock, bot

    def breaks(self, kind, **more):
        self.core.script(Rule(kind=kind, **more))

    @property
    def texts(self):
        return [row["text"] or row.get("caption", "") for row in self.core.transcript]


@asynccontextmanager
async def opened(read_timeout_s=5.0):
    options = TelegramOptions(token=TOKEN, limits=LimitParams(enforced=False))
    server = TelegramServer(options)
    port = await server.start()
    for chat in (OWNER, GROUP):
        server.core.user.message(server.clock.now_ms(), chat_id=chat, user_id=OWNER, text="/start")
    bot = PtbBot(Secret(TOKEN), f"http://127.0.0.1:{port}", read_timeout_s)
    try:
        async with bot.session():
            yield Box(server, bot)
    finally:
        await server.close()


def send(text="SL: 221.5", chat=OWNER, **more):
    return Send(
        chat_id=chat, ref_id="r", category=Category.SNIPER, lane=Lane.SIGNAL, text=text,
        ts_created=0, **more,
    )  # fmt: skip


def edit(text, **more):
    return Edit(chat_id=OWNER, ref_id="r", lane=Lane.ORDER, text=text, ts_created=0, **more)


def run(told, **options):
    async def story():
        async with opened(**options) as box:
            return await told(box)

    return asyncio.run(story())


def test_a_message_with_a_button_and_a_price_to_copy_is_sent_edited_and_answered():
    async def told(box):
        first = send("🎯 SL: 221.5", buttons=BUTTONS, code=((7, 5),))
        message = await box.bot.send(first, (("token",),))
        await box.bot.edit(edit("done"), (), message, plain=False)
        await box.bot.edit(edit("done"), (), message, plain=False)  # not modified: success
        return list(box.core.transcript)

    sent, edited = run(told)
    assert sent["entities"] == [{"type": "code", "offset": 7, "length": 5}]
    assert sent["buttons"] == [["Snooze"]] or sent["buttons"] == ["Snooze"]
    assert (edited["method"], edited["text"]) == ("editMessageText", "done")


def test_a_press_comes_as_an_update_and_is_answered_once():
    async def told(box):
        message = await box.bot.send(send(buttons=BUTTONS), (("token",),))
        now = box.clock.now_ms()
        box.core.user.press(
            now, now, chat_id=OWNER, message_id=message, user_id=OWNER, label="Snooze"
        )
        press = (await box.bot.updates(0))[-1]["callback_query"]
        await box.bot.answer(press["id"], "x" * 300)
        with pytest.raises(Rejected):
            await box.bot.answer("no such press", "late")
        return press["data"], box.texts[-1]

    assert run(told) == ("token", "x" * 200)


@pytest.mark.parametrize(
    ("rule", "expected", "applied"),
    [
        ({"kind": "429", "retry_after": 7}, Flooded, 0),
        ({"kind": "403"}, Blocked, 0),
        ({"kind": "400"}, Unparsable, 0),
        ({"kind": "400", "description": "Bad Request: message to edit not found"}, Gone, 0),
        ({"kind": "400", "description": "Bad Request: not enough rights"}, Rejected, 0),
        ({"kind": "401"}, Unauthorised, 0),
        ({"kind": "409"}, Conflict, 0),
        ({"kind": "500"}, Ambiguous, 0),
        ({"kind": "502"}, Ambiguous, 0),
        ({"kind": "502_after"}, Ambiguous, 1),
        ({"kind": "reset_before"}, Ambiguous, 0),
        ({"kind": "reset_after"}, Ambiguous, 1),
        ({"kind": "truncate"}, Ambiguous, 1),
        ({"kind": "hang"}, Ambiguous, 0),
        ({"kind": "hang_after"}, Ambiguous, 1),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_every_fault_of_the_table_becomes_one_of_our_errors(rule, expected, applied, caplog):
    async def told(box):
        box.breaks(**rule)
        with pytest.raises(expected) as raised:
            await box.bot.send(send(), ())
        return raised.value, len(box.core.transcript)

    wrong, taken = run(told, read_timeout_s=0.3)
    assert (type(wrong), taken) == (expected, applied)
    # Nothing of the library's hangs on it: its context may hold the URL, and so the token.
    assert (wrong.__context__, wrong.__cause__) == (None, None)
    assert TOKEN.partition(":")[2] not in repr(wrong)


def test_a_flood_tells_for_how_long_and_a_migration_whereto():
    async def told(box):
        box.breaks("429", retry_after=7)
        with pytest.raises(Flooded) as flood:
            await box.bot.send(send(), ())
        box.core.limiter.gate_until_ms = 0
        box.breaks("migrate", migrate_to_chat_id=-1009)
        with pytest.raises(Migrated) as moved:
            await box.bot.send(send(chat=GROUP), ())
        return flood.value.retry_after_s, moved.value.new_chat_id

    assert run(told) == (7.0, -1009)


def test_unknown_fields_and_a_chat_nobody_opened():
    async def told(box):
        box.breaks("unknown_fields")
        message = await box.bot.send(send(), ())
        with pytest.raises(Blocked):
            await box.bot.send(send(chat=999), ())
        return message > 0

    assert run(told)


def test_a_closed_port_was_surely_not_reached():
    async def told():
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        bot = PtbBot(Secret(TOKEN), f"http://127.0.0.1:{port}")
        async with bot.session():
            with pytest.raises(NotSent):
                await bot.send(send(), ())
            with pytest.raises(NotSent):
                await bot.updates(0)

    asyncio.run(told())


def test_B12_a_new_token_goes_on_without_a_restart():
    async def told(box):
        box.core.token = "4242:another"
        with pytest.raises(Unauthorised):
            await box.bot.send(send(), ())
        box.bot.renew(Secret("4242:another"))
        await box.bot.send(send("back"), ())
        return box.texts

    assert run(told) == ["back"]


def test_B06_texts_of_any_length_and_spans_past_the_cut_are_taken():
    async def told(box):
        many = tuple((4 * n, 2) for n in range(2000))
        await box.bot.send(send("😀" * 5000, code=many), ())
        await box.bot.send(send("y" * 2000, code=many), (), picture=PNG)
        return [len(text.encode("utf-16-le")) // 2 for text in box.texts]

    assert run(told) == [4095, 1024]


def test_a_pictures_caption_is_edited():
    async def told(box):
        message = await box.bot.send(send(), (), picture=PNG)
        await box.bot.edit(edit("new words"), (), message, plain=False)
        await box.bot.edit(edit("new words"), (), message, plain=True)
        with pytest.raises(Gone):
            await box.bot.edit(edit("x"), (), 999_999, plain=False)
        return box.texts

    assert run(told) == ["SL: 221.5", "new words"]


def test_the_wire_without_a_library_is_read_the_same_way():
    def refusal(code, text="", **parameters):
        reply = {"ok": False, "error_code": code, "description": text, "parameters": parameters}
        return type(translate_refusal(reply))

    assert refusal(429, retry_after=3) is Flooded
    assert refusal(403) is Blocked
    assert refusal(401) is Unauthorised
    assert refusal(409) is Conflict
    assert refusal(400, migrate_to_chat_id=-1) is Migrated
    assert refusal(400, "Bad Request: message is not modified") is NotModified
    assert refusal(400, "Bad Request: can't parse entities") is Unparsable
    assert refusal(502) is Ambiguous
    assert type(translate_refusal({})) is Ambiguous
