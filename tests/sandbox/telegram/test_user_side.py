"""The people's side over HTTP: deeds, the transcript across restarts, what the page follows."""

import asyncio
from typing import Any

OWNER = 1001
KEYS = {"inline_keyboard": [[{"text": "👍", "callback_data": "a"}]]}


def told(serve: Any, story: Any, **options: Any) -> None:
    async def run() -> None:
        async with serve(**options) as box:
            await story(box)

    asyncio.run(run())


def test_the_description_names_every_path_and_the_server_knows_them(serve: Any) -> None:
    """What /openapi.json says exists, exists."""

    async def story(box: Any) -> None:
        described = await box.get("/openapi.json")
        assert described["openapi"].startswith("3.")
        for path, item in described["paths"].items():
            for verb in item:
                where = path.replace("{file_id}", "x") + "?timeout=0"
                reply = await box.http.request(verb.upper(), where, json={})
                assert reply.status_code != 405
                assert reply.status_code != 404 or path == "/file/{file_id}"

    told(serve, story, owner_id=OWNER)


def test_the_transcript_outlives_the_desk(serve: Any) -> None:
    """Two bots with one token, one after the other, one list; a press in between."""

    async def story(box: Any) -> None:
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="/start")
        await box.result("sendMessage", chat_id=OWNER, text="before", reply_markup=KEYS)
        updates = await box.result("getUpdates")
        await box.http.aclose()
        box.http = type(box.http)(base_url=box.url, trust_env=False)
        assert await box.result("getUpdates") == updates
        await box.does("press", chat_id=OWNER, message_id=2, user_id=OWNER, label="👍")
        await box.result("editMessageText", chat_id=OWNER, message_id=2, text="after")
        rows = await box.get("/transcript")
        assert [(row["method"], row["text"], row["buttons"]) for row in rows] == [
            ("sendMessage", "before", [["👍"]]),
            ("editMessageText", "after", []),
        ]
        assert await box.get("/transcript?since=1") == rows[1:]
        assert await box.get("/transcript?method=sendmessage&chat_id=1001") == rows[:1]
        assert await box.get("/transcript?chat_id=7") == []
        await box.http.aclose()

    told(serve, story)


def test_a_deed_with_wrong_fields_is_told_what_it_takes(serve: Any) -> None:
    """Missing, unknown, of another type, no JSON at all."""

    async def story(box: Any) -> None:
        for body, words in (
            ({"chat_id": 1}, "missing ['user_id', 'text']"),
            ({"chat_id": 1, "user_id": 1, "text": "x", "colour": 1}, "unknown ['colour']"),
            ({"chat_id": "x", "user_id": 1, "text": "x"}, "must be of type Number"),
            ({"chat_id": 1, "user_id": 1, "text": ""}, "1 to 4096 characters"),
        ):
            reply = await box.http.post("/user/message", json=body)
            assert words in reply.json()["error"]
            assert reply.status_code in (400, 409)
        reply = await box.http.post(
            "/user/message", content=b"\xff", headers={"content-type": "application/json"}
        )
        assert reply.status_code == 400
        assert (await box.http.put("/user/message")).status_code == 405
        assert (await box.http.post("/user/dance", json={})).status_code == 404

    told(serve, story)


def test_curl_without_a_content_type_is_understood(serve: Any) -> None:
    """`curl -d '{...}'` says urlencoded and means JSON."""

    async def story(box: Any) -> None:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        body = b'{"chat_id": 5, "user_id": 5, "text": "hi"}'
        reply = await box.http.post("/user/message", content=body, headers=kind)
        assert reply.json()["message_id"] == 1

    told(serve, story)


def test_a_tap_that_does_not_exist_is_409_with_the_buttons(serve: Any) -> None:
    """So that a test that errs sees what was there."""

    async def story(box: Any) -> None:
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="/start")
        await box.result("sendMessage", chat_id=OWNER, text="x", reply_markup=KEYS)
        press = {"chat_id": OWNER, "message_id": 2, "user_id": OWNER}
        reply = await box.http.post("/user/press", json={**press, "label": "👎"})
        assert reply.status_code == 409
        assert reply.json() == {
            "ok": False,
            "error": "there is no such button",
            "buttons": [["👍"]],
        }
        forged = await box.does("press", **press, data="zzz", forged=True)
        assert forged["update_id"]

    told(serve, story)


def test_a_page_of_another_origin_has_no_hand_here(serve: Any) -> None:
    """A site open in the same browser cannot press the buttons."""

    async def story(box: Any) -> None:
        deed = {"chat_id": OWNER, "user_id": OWNER, "text": "/panic"}
        reply = await box.http.post(
            "/user/message", json=deed, headers={"origin": "http://evil.test"}
        )
        assert reply.status_code == 403
        own = {"origin": box.url}
        assert (await box.http.post("/user/message", json=deed, headers=own)).status_code == 200

    told(serve, story)


def test_the_page_loads_once_and_then_follows(serve: Any) -> None:
    """State, then the changes of one chat in order, then a wait that an answer ends."""

    async def story(box: Any) -> None:
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="/start")
        await box.does("message", chat_id=7, user_id=7, text="elsewhere")
        state = await box.get("/state")
        assert [message["text"] for message in state["messages"]] == ["/start"]
        assert (state["chat_id"], state["owner_id"], state["pinned"]) == (OWNER, OWNER, None)

        await box.result("sendMessage", chat_id=OWNER, text="x", reply_markup=KEYS)
        await box.result("sendMessage", chat_id=7, text="not shown")
        await box.result("pinChatMessage", chat_id=OWNER, message_id=2)
        told = await box.get(f"/events?since={state['version']}&chat_id={OWNER}")
        assert [change["kind"] for change in told["changes"]] == ["message", "pin"]

        path = f"/events?since={told['version']}&chat_id={OWNER}&timeout=30"
        waiting = asyncio.create_task(box.get(path))
        press = await box.does("press", chat_id=OWNER, message_id=2, user_id=OWNER, label="👍")
        callback_id = press["callback_id"]
        await box.result(
            "answerCallbackQuery", callback_query_id=callback_id, text="ok", show_alert=True
        )
        [answer] = (await waiting)["changes"]
        assert (answer["kind"], answer["text"], answer["alert"]) == ("answer", "ok", True)
        assert answer["callback_id"] == callback_id

    told(serve, story)


def test_a_page_that_missed_too_much_starts_over(serve: Any) -> None:
    """Also after another box took the port."""

    async def story(box: Any) -> None:
        assert (await box.get("/events?since=99&timeout=0"))["reset"] is True
        assert (await box.get("/events?since=0&timeout=0"))["reset"] is False

    told(serve, story)


def test_a_picture_is_served_to_the_page_and_to_the_bot(serve: Any, picture: bytes) -> None:
    """By file id here, by path and token there."""

    async def story(box: Any) -> None:
        await box.does("message", chat_id=OWNER, user_id=OWNER, text="/start")
        reply = await box.http.post(
            "/bot4242:Sandbox-token_1/sendPhoto",
            data={"chat_id": str(OWNER), "caption": "ref: x"},
            files={"photo": ("map.png", picture, "image/png")},
        )
        [row] = await box.get("/transcript")
        assert (row["text"], row["caption"]) == ("", "ref: x")
        shown = await box.http.get(f"/file/{row['photo']}")
        assert (shown.content, shown.headers["content-type"]) == (picture, "image/png")
        file = await box.result("getFile", file_id=reply.json()["result"]["photo"][0]["file_id"])
        got = await box.http.get(f"/file/bot4242:Sandbox-token_1/{file['file_path']}")
        assert got.content == picture

    told(serve, story)


def test_faults_are_listed_and_cleared(serve: Any) -> None:
    """The script is no secret."""

    async def story(box: Any) -> None:
        posted = await box.http.post("/sandbox/fault", json={"kind": 500, "count": None})
        assert posted.json()["waiting"] == await box.get("/sandbox/fault")
        assert (await box.get("/sandbox/fault"))[0]["kind"] == "500"
        assert (await box.http.post("/sandbox/fault", json={"kind": "x"})).status_code == 400
        await box.http.delete("/sandbox/fault")
        assert await box.get("/sandbox/fault") == []

    told(serve, story)
