"""What an applied call leaves behind: messages, edits, pins, files, topics."""

from typing import Any

from pawang.sandbox.telegram.params import Upload

OWNER, GROUP = 1001, -2002
BOT = {"id": 4242, "is_bot": True, "first_name": "pawang", "username": "pawang_bot"}
CHAT = {"id": OWNER, "type": "private", "first_name": "User 1001"}
KEYS = {"inline_keyboard": [[{"text": "👍", "callback_data": "a"}]]}


def test_a_message_is_the_whole_object_of_the_bot_api(told: Any) -> None:
    """Seconds, is_bot and the chat: all that strict clients ask for."""
    assert told.call("sendMessage", chat_id=OWNER, text="hi", reply_markup=KEYS) == {
        "message_id": 2,
        "from": BOT,
        "chat": CHAT,
        "date": 1757921580,
        "text": "hi",
        "reply_markup": KEYS,
    }


def test_an_edit_keeps_id_and_date_and_sets_edit_date(told: Any) -> None:
    """In place, not beside."""
    sent = told.call("sendMessage", chat_id=OWNER, text="hi", reply_markup=KEYS)
    told.now_ms += 90_500
    edited = told.call("editMessageText", chat_id=OWNER, message_id=2, text="ho", reply_markup=KEYS)
    assert edited == {**sent, "text": "ho", "edit_date": sent["date"] + 90}


def test_an_edit_without_a_keyboard_takes_it_away(told: Any) -> None:
    """As in the Bot API; a desk that forgets loses its buttons."""
    told.call("sendMessage", chat_id=OWNER, text="hi", reply_markup=KEYS)
    edited = told.call("editMessageText", chat_id=OWNER, message_id=2, text="ho")
    assert "reply_markup" not in edited


def test_an_update_keeps_the_message_as_it_was_when_pressed(told: Any) -> None:
    """An edit after the tap does not reach back into the update."""
    told.call("sendMessage", chat_id=OWNER, text="old", reply_markup=KEYS)
    told.presses(message_id=2, label="👍")
    told.call("editMessageText", chat_id=OWNER, message_id=2, text="new")
    [update] = told.call("getUpdates")
    assert update["callback_query"]["message"]["text"] == "old"


def test_equal_pictures_are_one_file_and_can_be_sent_again_by_id(told: Any, picture: bytes) -> None:
    """A file id works as the photo of the next message."""
    upload = Upload("map.png", "image/png", picture)
    first = told.call("sendPhoto", chat_id=OWNER, photo=upload, caption="a")
    file_id = first["photo"][0]["file_id"]
    again = told.call("sendPhoto", chat_id=OWNER, photo=file_id)
    assert again["photo"] == first["photo"]
    assert told.call("getFile", file_id=file_id)["file_path"] == "photos/file_0.png"
    assert [row.get("photo") for row in told.core.transcript] == [file_id, file_id]
    assert [row.get("caption") for row in told.core.transcript] == ["a", None]


def test_a_photo_becomes_another_by_edit_media_with_attach(told: Any, picture: bytes) -> None:
    """attach://name points at the file in the same body."""
    upload = Upload("map.png", "image/png", picture)
    told.call("sendPhoto", chat_id=OWNER, photo=upload)
    media = '{"type": "document", "media": "attach://paper", "caption": "the log"}'
    paper = Upload("log.txt", "text/plain", b"lines")
    edited = told.call("editMessageMedia", chat_id=OWNER, message_id=2, media=media, paper=paper)
    assert "photo" not in edited
    assert (edited["document"]["file_name"], edited["caption"]) == ("log.txt", "the log")


def test_an_album_is_messages_with_one_media_group(told: Any, picture: bytes) -> None:
    """Each has its id, all have the group."""
    one = {"type": "photo", "media": "attach://a"}
    album = told.call(
        "sendMediaGroup",
        chat_id=OWNER,
        media=[one, {**one, "caption": "second"}],
        a=Upload("a.png", "image/png", picture),
    )
    assert [message["message_id"] for message in album] == [2, 3]
    assert album[0]["media_group_id"] == album[1]["media_group_id"]
    assert album[1]["caption"] == "second"


def test_a_pinned_message_follows_its_edits_and_its_end(told: Any) -> None:
    """getChat shows it as it is now."""
    told.call("sendMessage", chat_id=OWNER, text="board")
    told.call("pinChatMessage", chat_id=OWNER, message_id=2)
    told.call("editMessageText", chat_id=OWNER, message_id=2, text="board 2")
    assert told.call("getChat", chat_id=OWNER)["pinned_message"]["text"] == "board 2"
    told.call("deleteMessages", chat_id=OWNER, message_ids=[2, 99])
    assert "pinned_message" not in told.call("getChat", chat_id=OWNER)


def test_topics_hold_messages_only_where_they_exist(told: Any) -> None:
    """createForumTopic makes the thread that later messages name."""
    told.says("hi", chat_id=-1000000000009, chat_type="forum")
    topic = told.call("createForumTopic", chat_id=-1000000000009, name="Alerts")
    thread = topic["message_thread_id"]
    sent = told.call("sendMessage", chat_id=-1000000000009, text="x", message_thread_id=thread)
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (thread, True)
    words = told.refused("sendMessage", chat_id=-1000000000009, text="x", message_thread_id=77)
    assert words == "Bad Request: message thread not found"


def test_a_reply_carries_the_message_it_answers(told: Any) -> None:
    """One level deep, and optional when asked so."""
    sent = told.call("sendMessage", chat_id=OWNER, text="yes", reply_parameters={"message_id": 1})
    assert sent["reply_to_message"]["text"] == "/start"
    words = told.refused(
        "sendMessage", chat_id=OWNER, text="yes", reply_parameters='{"message_id": 99}'
    )
    assert words == "Bad Request: message to be replied not found"
    loose = {"message_id": 99, "allow_sending_without_reply": True}
    assert told.call("sendMessage", chat_id=OWNER, text="yes", reply_parameters=loose)


def test_commands_are_kept_by_audience_and_language(told: Any) -> None:
    """The menu of one language does not hide another's."""
    english = [{"command": "alpha", "description": "bias"}]
    told.call("setMyCommands", commands=english)
    told.call(
        "setMyCommands", commands=[{"command": "/alpha", "description": "arah"}], language_code="id"
    )
    assert told.call("getMyCommands") == english
    assert told.call("getMyCommands", language_code="id")[0] == {
        "command": "alpha",
        "description": "arah",
    }
    told.call("deleteMyCommands")
    assert told.call("getMyCommands") == []


def test_strings_and_numbers_mean_the_same(told: Any) -> None:
    """Forms know only strings."""
    sent = told.call(
        "SENDMESSAGE", chat_id="1001", text="hi", reply_markup='{"inline_keyboard":[]}'
    )
    told.call("setChatMenuButton", chat_id="1001", menu_button='{"type": "commands"}')
    assert "reply_markup" not in sent
    assert told.call("getChatMenuButton", chat_id=OWNER) == {"type": "commands"}


def test_the_transcript_keeps_the_text_a_send_had(told: Any) -> None:
    """Edits are rows of their own; refused and reading calls are none."""
    told.call("sendMessage", chat_id=OWNER, text="first", reply_markup=KEYS)
    told.call("editMessageText", chat_id=OWNER, message_id=2, text="second")
    told.refused("editMessageText", chat_id=OWNER, message_id=2, text="second")
    told.call("getMe")
    row = {"ts": 1757921580.0, "wall_ts": 1757921580.0, "chat_id": OWNER, "message_id": 2}
    assert list(told.core.transcript) == [
        {**row, "seq": 1, "method": "sendMessage", "text": "first", "buttons": [["👍"]]},
        {**row, "seq": 2, "method": "editMessageText", "text": "second", "buttons": []},
    ]
    refused = told.core.calls[-2]
    assert (refused["method"], refused["status"], refused["applied"]) == (
        "editMessageText",
        400,
        False,
    )
