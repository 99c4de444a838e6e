"""Secrets that do not leak: a type that will not print, redaction, opaque ids (SEC3, SEC7, SEC8).

>>> Secret("hunter2")
Secret('***')
>>> redact("GET https://api.telegram.org/bot123456:AAbbCCddEEffGGhhIIjjKKllMMnnOOpp/getMe")
'GET https://api.telegram.org/bot123456:***/getMe'
>>> len(callback_id(b"key", 42, "ib_20250915_0733_BTC", "snooze", "30"))
22
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import NoReturn

MASK = "***"
KNOWN_MIN = 6  # a shorter "secret" would mask ordinary words

_VALUE = r"""(?:\\"[^"]*"|b?"[^"]*"|b?'[^']*'|[^\s"',;)}\]]+)"""
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # A bot token keeps its number: it is public and tells which bot. (SEC8)
    (re.compile(r"(bot\d+:)[\w-]{30,}"), r"\1" + MASK),
    (re.compile(r"(?<![\w:])(\d{6,12}:)[\w-]{30,}"), r"\1" + MASK),
    # OKX's login headers, as "name: value", as a dict's repr or as a tuple's.
    (re.compile(rf"""(OK-ACCESS-\w+["']?\s*[:=,]\s*){_VALUE}""", re.I), r"\1" + MASK),
    # The same three in the JSON of a WebSocket login.
    (re.compile(rf"""(\\?["'](?:apiKey|passphrase|sign)\\?["']\s*:\s*){_VALUE}"""), r"\1" + MASK),
    (re.compile(r"(Bearer\s+)[^\s\"',;]+", re.I), r"\1" + MASK),
    (
        re.compile(rf"""(Telegram-Bot-Api-Secret-Token["']?\s*[:=,]\s*){_VALUE}""", re.I),
        r"\1" + MASK,
    ),
)


class Secret:
    """A text that shows itself only when asked by name. Not comparable by `==` in variable
    time, not picklable, not a member of any record."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; call it where it leaves for the wire, nowhere else."""
        return self._text

    @property
    def fingerprint(self) -> str:
        """First 8 hex digits of SHA-256: tells two secrets apart in /health and audit."""
        return hashlib.sha256(self._text.encode()).hexdigest()[:8]

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and same(self._text, other._text)

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is not to be pickled")


def same(given: str, expected: str) -> bool:
    """Equal? In time that does not tell where they differ (SEC6, SEC9)."""
    return hmac.compare_digest(given.encode(), expected.encode())


def redact(text: str, known: Iterable[Secret] = ()) -> str:
    """`text` without anything that looks like a secret, nor any of the `known` ones."""
    for secret in known:
        if len(secret.reveal()) >= KNOWN_MIN:
            text = text.replace(secret.reveal(), MASK)
    for pattern, mask in _PATTERNS:
        text = pattern.sub(mask, text)
    return text


def callback_id(key: bytes, *parts: str | int) -> str:
    """An opaque 128-bit id of `parts`: HMAC-SHA256 cut to 16 bytes, base64url, 22 characters.

    Without the key it can neither be guessed nor forged; with it, the same button gets the
    same id, so that an edited message keeps the ids of its buttons.
    """
    assert key, "an empty key would make the ids guessable"
    # Each part carries its length: ("ab", "c") and ("a", "bc") are different buttons.
    fields = (str(part).encode() for part in parts)
    message = b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    mac = hmac.new(key, message, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
