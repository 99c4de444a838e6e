"""Two bot libraries that reject sloppy fakes complete one and the same script (the gate)."""

import asyncio
import json
from typing import Any, Protocol

import aiogram
import pytest
import telegram
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
)
from aiogram.types import BotCommand, BufferedInputFile, InputMediaPhoto
from telegram.error import BadRequest, ChatMigrated, Forbidden, NetworkError, RetryAfter
from telegram.request import HTTPXRequest

TOKEN = "4242:Sandbox-token_1"
OWNER = 1001
TEXT = "🎯 Sniper — SOL\nSL: 220.60\nref: snp_20250915_0736_SOL"
CODE = {"type": "code", "offset": 20, "length": 6}


class Client(Protocol):
    """One library behind the words of the script; answers are the wire's own dicts."""

    async def call(self, method: str, **params: Any) -> Any: ...
    async def send_photo(self, data: bytes, caption: str) -> Any: ...
    async def send_album(self, data: bytes) -> Any: ...
    async def download(self, file_id: str) -> bytes: ...
    async def close(self) -> None: ...


class Aiogram:
    refusals = {
        "modified": TelegramBadRequest,
        "flood": TelegramRetryAfter,
        "blocked": TelegramForbiddenError,
        "moved": TelegramMigrateToChat,
        "broken": TelegramNetworkError,
    }

    def __init__(self, url: str) -> None:
        server = TelegramAPIServer.from_base(url)
        self.bot = aiogram.Bot(TOKEN, session=AiohttpSession(api=server))

    async def call(self, method: str, **params: Any) -> Any:
        if "commands" in params:
            params["commands"] = [BotCommand(**one) for one in params["commands"]]
        return _plain(await getattr(self.bot, method)(**params))

    async def send_photo(self, data: bytes, caption: str) -> Any:
        photo = BufferedInputFile(data, "map.png")
        return _plain(await self.bot.send_photo(OWNER, photo, caption=caption))

    async def send_album(self, data: bytes) -> Any:
        media: Any = [InputMediaPhoto(media=BufferedInputFile(data, "a.png")) for _ in range(2)]
        return _plain(await self.bot.send_media_group(OWNER, media))

    async def download(self, file_id: str) -> bytes:
        file = await self.bot.get_file(file_id)
        assert file.file_path
        stream = await self.bot.download_file(file.file_path)
        assert stream
        return stream.read()

    async def close(self) -> None:
        await self.bot.session.close()


class Ptb:
    refusals = {
        "modified": BadRequest,
        "flood": RetryAfter,
        "blocked": Forbidden,
        "moved": ChatMigrated,
        "broken": NetworkError,
    }

    def __init__(self, url: str) -> None:
        request = HTTPXRequest(httpx_kwargs={"trust_env": False})
        self.bot = telegram.Bot(
            TOKEN, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot", request=request
        )

    async def call(self, method: str, **params: Any) -> Any:
        if "commands" in params:
            params["commands"] = [telegram.BotCommand(**one) for one in params["commands"]]
        if "entities" in params:
            params["entities"] = [telegram.MessageEntity(**one) for one in params["entities"]]
        if "reply_markup" in params:
            params["reply_markup"] = telegram.InlineKeyboardMarkup.de_json(
                params["reply_markup"], self.bot
            )
        return _plain(await getattr(self.bot, method)(**params))

    async def send_photo(self, data: bytes, caption: str) -> Any:
        return _plain(await self.bot.send_photo(OWNER, data, caption=caption))

    async def send_album(self, data: bytes) -> Any:
        media = [telegram.InputMediaPhoto(data) for _ in range(2)]
        return _plain(await self.bot.send_media_group(OWNER, media))

    async def download(self, file_id: str) -> bytes:
        file = await self.bot.get_file(file_id)
        return bytes(await file.download_as_bytearray())

    async def close(self) -> None:
        for request in self.bot._request:
            await request.shutdown()


def _plain(value: Any) -> Any:
    """Back to what stands on the wire."""
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, telegram.TelegramObject):
        return json.loads(value.to_json())
    if hasattr(value, "model_dump_json"):
        return json.loads(value.model_dump_json(exclude_none=True, by_alias=True))
    return value


CLIENTS = pytest.mark.parametrize("library", [Aiogram, Ptb])


def run(serve: Any, library: Any, story: Any, **options: Any) -> None:
    async def told() -> None:
        async with serve(**options) as box:
            client = library(box.url)
            try:
                await story(client, box)
            finally:
                await client.close()

    asyncio.run(told())


@CLIENTS
def test_the_client_completes_the_whole_script(serve: Any, library: Any, picture: bytes) -> None:
    """From getMe to a downloaded file, every step in one life of a chat."""

    async def story(client: Client, box: Any) -> None:
        me = await client.call("get_me")
        assert (me["id"], me["is_bot"]) == (4242, True)

        commands = [{"command": "alpha", "description": "bias and reasons"}]
        assert await client.call("set_my_commands", commands=commands) is True
        assert await client.call("get_my_commands") == commands

        await box.does("message", chat_id=OWNER, user_id=OWNER, text="/alpha SOL")
        [update] = await client.call("get_updates", timeout=5)
        assert update["message"]["text"] == "/alpha SOL"
        assert update["message"]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]

        keyboard = {"inline_keyboard": [[{"text": "🎯 Set Entry", "callback_data": "opaque"}]]}
        sent = await client.call(
            "send_message", chat_id=OWNER, text=TEXT, entities=[CODE], reply_markup=keyboard
        )
        assert (sent["text"], sent["entities"]) == (TEXT, [CODE])

        await box.does(
            "press",
            chat_id=OWNER,
            message_id=sent["message_id"],
            user_id=OWNER,
            label="🎯 Set Entry",
        )
        offset = update["update_id"] + 1
        [pressed] = await client.call("get_updates", offset=offset, timeout=5)
        query = pressed["callback_query"]
        assert (query["data"], query["from"]["id"]) == ("opaque", OWNER)
        assert query["message"]["message_id"] == sent["message_id"]
        assert int(query["chat_instance"])
        answer = {"callback_query_id": query["id"], "text": "armed"}
        assert await client.call("answer_callback_query", **answer) is True

        place = {"chat_id": OWNER, "message_id": sent["message_id"]}
        edited = await client.call("edit_message_text", text="filled", **place)
        assert edited["message_id"] == sent["message_id"]
        assert edited["edit_date"] >= sent["date"]
        with pytest.raises(library.refusals["modified"], match=r"(?i)message is not modified"):
            await client.call("edit_message_text", text="filled", **place)
        assert await client.call("pin_chat_message", **place) is True
        assert await client.call("send_chat_action", chat_id=OWNER, action="upload_photo") is True

        photo = await client.send_photo(picture, "a map")
        size = photo["photo"][-1]
        assert (size["width"], size["height"], photo["caption"]) == (2, 3, "a map")
        place = {"chat_id": OWNER, "message_id": photo["message_id"]}
        newer = await client.call("edit_message_caption", caption="a newer map", **place)
        assert (newer["caption"], newer["photo"]) == ("a newer map", photo["photo"])
        marked = await client.call("edit_message_reply_markup", reply_markup=keyboard, **place)
        assert marked["reply_markup"]["inline_keyboard"][0][0]["text"] == "🎯 Set Entry"
        assert await client.download(size["file_id"]) == picture
        assert len(await client.send_album(picture)) == 2

        assert await client.call("delete_message", **place) is True
        chat = await client.call("get_chat", chat_id=OWNER)
        assert (chat["id"], chat["type"]) == (OWNER, "private")
        assert chat["pinned_message"]["text"] == "filled"

        told = [(row["method"], row["text"]) for row in await box.get("/transcript")]
        assert told == [
            ("setMyCommands", ""),
            ("sendMessage", TEXT),
            ("answerCallbackQuery", "armed"),
            ("editMessageText", "filled"),
            ("pinChatMessage", ""),
            ("sendPhoto", ""),
            ("editMessageCaption", ""),
            ("editMessageReplyMarkup", ""),
            ("sendMediaGroup", ""),
            ("sendMediaGroup", ""),
            ("deleteMessage", ""),
        ]

    run(serve, library, story)


@CLIENTS
@pytest.mark.parametrize(
    ("kind", "error"),
    [("429", "flood"), ("403", "blocked"), ("migrate", "moved"), ("502", "any"), ("500", "any")],
)
def test_the_client_understands_a_scripted_refusal(
    serve: Any, library: Any, kind: str, error: str
) -> None:
    """A refused send raises the library's own error and leaves nothing in the chat."""

    async def story(client: Client, box: Any) -> None:
        await box.does("message", chat_id=-7, user_id=OWNER, text="hi")
        await box.http.post("/sandbox/fault", json={"kind": kind, "method": "sendMessage"})
        with pytest.raises(library.refusals.get(error, Exception)):
            await client.call("send_message", chat_id=-7, text="hello")
        assert await box.get("/transcript") == []

    run(serve, library, story)


@CLIENTS
def test_B02_after_a_reset_that_came_too_late_the_message_is_there(
    serve: Any, library: Any
) -> None:
    """The client saw an error, the chat saw the message: the ambiguous case."""

    async def story(client: Client, box: Any) -> None:
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="hi")
        await box.http.post("/sandbox/fault", json={"kind": "reset_after", "method": "sendMessage"})
        with pytest.raises(library.refusals["broken"]):
            await client.call("send_message", chat_id=OWNER, text="an alert")
        assert [row["text"] for row in await box.get("/transcript")] == ["an alert"]
        [call] = await box.get("/calls?method=sendMessage")
        assert (call["applied"], call["fault"]) == (True, "reset_after")

    run(serve, library, story)


@CLIENTS
def test_fields_nobody_knows_do_not_break_the_client(serve: Any, library: Any) -> None:
    """A newer Bot API may say more than the library knows."""

    async def story(client: Client, box: Any) -> None:
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="hi")
        await box.http.post("/sandbox/fault", json={"kind": "unknown_fields", "count": 2})
        assert (await client.call("send_message", chat_id=OWNER, text="x"))["text"] == "x"
        assert len(await client.call("get_updates")) == 1

    run(serve, library, story)
