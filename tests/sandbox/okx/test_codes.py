"""Every code that the venue may say has its text."""

import re
from pathlib import Path

from pawang.sandbox import okx
from pawang.sandbox.okx.codes import EVENTS, TEXTS

SOURCES = [
    path.read_text() for path in Path(okx.__file__).parent.rglob("*.py") if path.name != "codes.py"
]


def test_every_code_that_is_said_has_a_text():
    said = {code for text in SOURCES for code in re.findall(r'"([56]\d{4})"', text)}
    assert said - set(TEXTS) - set(EVENTS) == set()


def test_statuses_are_those_of_http_and_texts_are_whole_sentences():
    assert {status for status, _ in TEXTS.values()} <= {200, 400, 401, 405, 410, 429, 500, 503}
    assert all(text and "{param" not in text for _, text in TEXTS.values())
