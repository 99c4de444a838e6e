import json
import pickle
import re
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pawang.guards.secret import Secret, callback_id, redact, same

TOKEN = "8123456789:AAF0x_canary-Canary_canary-Canary_12"
CANARY = "c4n4ry-PASS phrase!"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        format,
        lambda s: f"{s:>40}",
        lambda s: f"{[s]} {s!r}",
        lambda s: " ".join(map(str, [s])),
    ],
)
def test_SEC7_a_secret_never_prints_itself(show):
    shown = show(Secret(CANARY))
    assert CANARY not in shown
    assert "***" in shown


def test_SEC7_a_secret_is_not_pickled_and_not_shown_by_a_traceback():
    with pytest.raises(TypeError) as refused:
        pickle.dumps(Secret(CANARY))
    assert CANARY not in "".join(traceback.format_exception(refused.value))
    with pytest.raises(TypeError):
        json.dumps(Secret(CANARY))


def test_a_secret_gives_itself_only_by_reveal():
    assert Secret(CANARY).reveal() == CANARY
    assert Secret(CANARY) == Secret(CANARY)
    assert Secret(CANARY) != Secret("other")
    assert (bool(Secret("")), bool(Secret("x"))) == (False, True)
    assert re.fullmatch(r"[0-9a-f]{8}", Secret(CANARY).fingerprint)


@pytest.mark.parametrize(
    "line",
    [
        f"HTTP Request: POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"url=/bot{TOKEN}/getUpdates?offset=1",
        f"Invalid token {TOKEN}",
        f"HTTPStatusError('Client error', url='https://api.telegram.org/file/bot{TOKEN}/a')",
    ],
)
def test_SEC8_a_bot_token_is_masked_and_its_number_stays(line):
    assert redact(line) == line.replace(TOKEN, "8123456789:***")


@pytest.mark.parametrize(
    "line",
    [
        "OK-ACCESS-SIGN: q1w2e3r4CANARY==",
        "ok-access-key: q1w2e3r4CANARY",
        "{'OK-ACCESS-PASSPHRASE': 'q1 w2 CANARY', 'a': 1}",
        "Headers([(b'OK-ACCESS-KEY', b'q1w2CANARY'), (b'x', b'y')])",
        '{"op":"login","args":[{"apiKey":"CANARY-1","passphrase":"CAN ARY CANARY","sign":"CANARY="}]}',
        '"{\\"apiKey\\": \\"CANARY\\"}"',
        "Authorization: Bearer CANARY.abc-def",
        "{'authorization': 'bearer CANARY'}",
        "X-Telegram-Bot-Api-Secret-Token: CANARY",
    ],
)
def test_SEC8_headers_that_carry_a_secret_are_masked(line):
    masked = redact(line)
    assert "CANARY" not in masked
    assert "***" in masked


def test_SEC8_known_secrets_are_masked_wherever_they_stand():
    assert redact(f"oops {CANARY}, sorry", [Secret(CANARY), Secret("")]) == "oops ***, sorry"


@pytest.mark.parametrize(
    "line",
    [
        "ib_20250915_0733_BTC LONG 87%",
        "12:30:05 BTC 221.30",
        "bot started",
        "seq 123456789: prevSeqId 123",
        "",
    ],
)
def test_ordinary_lines_stay_as_they_are(line):
    assert redact(line) == line


@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(text):
    assert redact(redact(text)) == redact(text)


def test_SEC3_a_callback_id_is_22_characters_of_base64url_and_fits_64_bytes():
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", callback_id(b"key", 42, "ref", "take", ""))


PARTS = st.lists(st.text(max_size=6), min_size=1, max_size=4)


@given(PARTS, PARTS)
def test_SEC3_the_same_button_has_the_same_id_and_another_has_another(one, other):
    assert (callback_id(b"key", *one) == callback_id(b"key", *other)) == (one == other)


def test_SEC3_without_the_key_the_id_cannot_be_made():
    assert callback_id(b"key", 42, "ref") != callback_id(b"kez", 42, "ref")
    with pytest.raises(AssertionError):
        callback_id(b"", 42, "ref")


@given(st.text(max_size=20), st.text(max_size=20))
def test_SEC6_same_is_equality(given_, expected):
    assert same(given_, expected) == (given_ == expected)
