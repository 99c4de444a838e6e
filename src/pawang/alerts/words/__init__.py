"""Every word the chat hears, one file a language. Another language is one more file.

>>> say("id", "snoozed", category="sniper", until="08:30")
'⏸ sniper ditunda sampai 08:30'
"""

from pawang.alerts.words import en, id

LANGUAGES: dict[str, dict[str, str]] = {"en": en.WORDS, "id": id.WORDS}
FALLBACK = "en"


def language_of(telegram: str) -> str:
    """The chat's language from what Telegram says of its user."""
    short = telegram.lower().split("-")[0]
    short = {"in": "id"}.get(short, short)
    return short if short in LANGUAGES else FALLBACK


def say(language: str, key: str, **values: object) -> str:
    """The phrase in that language. KeyError for a phrase nobody wrote: a test finds those."""
    words = LANGUAGES.get(language, LANGUAGES[FALLBACK])
    return words[key].format(**values)
