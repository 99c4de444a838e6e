"""Every phrase in every language, with the same placeholders (row T10)."""

from string import Formatter

import pytest

from pawang.alerts.words import FALLBACK, LANGUAGES, language_of, say

OTHERS = [name for name in LANGUAGES if name != FALLBACK]


def holes(phrase: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(phrase) if name is not None})


@pytest.mark.parametrize("language", OTHERS)
def test_no_phrase_is_missing(language: str) -> None:
    missing = [key for key in LANGUAGES[FALLBACK] if key not in LANGUAGES[language]]
    extra = [key for key in LANGUAGES[language] if key not in LANGUAGES[FALLBACK]]
    assert (missing, extra) == ([], [])


@pytest.mark.parametrize("language", OTHERS)
def test_every_phrase_has_the_same_placeholders(language: str) -> None:
    words = LANGUAGES[language]
    assert {key: holes(text) for key, text in words.items()} == {
        key: holes(text) for key, text in LANGUAGES[FALLBACK].items()
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_is_empty(language: str) -> None:
    assert [key for key, text in LANGUAGES[language].items() if not text.strip()] == []


@pytest.mark.parametrize(
    ("telegram", "ours"),
    [("id", "id"), ("in", "id"), ("id-ID", "id"), ("en-GB", "en"), ("de", "en"), ("", "en")],
)
def test_a_chat_starts_in_its_users_language(telegram: str, ours: str) -> None:
    assert language_of(telegram) == ours


def test_an_unknown_language_speaks_english_and_an_unknown_phrase_is_an_error() -> None:
    assert say("xx", "none") == say("en", "none")
    with pytest.raises(KeyError):
        say("en", "no such phrase")
