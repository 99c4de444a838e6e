"""What a client sent, read strictly: each reader raises the refusal OKX would give.

"" and null are the same as nothing (okx-v5.md 2.1); booleans come as words too.

    >>> Asked({"px": "99000.5", "tag": "", "reduceOnly": "true"}).decimal("px")
    Decimal('99000.5')
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from pawang.sandbox.okx.errors import Refused

NUMBER = re.compile(r"-?\d{1,20}(\.\d{1,20})?")
NAME = re.compile(r"[A-Za-z0-9]+")
NAME_MAX = 32
TAG_MAX = 16


class Asked:
    """One JSON object of parameters."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = {name: value for name, value in given.items() if value not in ("", None)}

    def __contains__(self, name: str) -> bool:
        return name in self._given

    def text(self, name: str, usual: str = "") -> str:
        """A scalar as text; numbers are taken as OKX takes them, lists are not."""
        value = self._given.get(name, usual)
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, (str, int, float, Decimal)):
            raise Refused("51000", name)
        return str(value)

    def needed(self, name: str) -> str:
        if name not in self._given:
            raise Refused("50014", name)
        return self.text(name)

    def one_of(self, name: str, choices: Sequence[str], usual: str | None = None) -> str:
        value = self.needed(name) if usual is None else self.text(name, usual)
        if value not in choices:
            raise Refused("51000", name)
        return value

    def flag(self, name: str) -> bool:
        return self.one_of(name, ("true", "false"), "false") == "true"

    def decimal(self, name: str) -> Decimal | None:
        """A number in plain notation; None when it is not given."""
        if name not in self._given:
            return None
        text = self.text(name)
        try:
            value = Decimal(text) if NUMBER.fullmatch(text) else None
        except InvalidOperation:
            value = None
        if value is None:
            raise Refused("51000", name)
        return value

    def positive(self, name: str) -> Decimal | None:
        value = self.decimal(name)
        if value is not None and value <= 0:
            raise Refused("51000", name)
        return value

    def name(self, name: str, most: int = NAME_MAX) -> str:
        """An id of the client's own: letters and digits."""
        value = self.text(name)
        if value and (len(value) > most or NAME.fullmatch(value) is None):
            raise Refused("51000", name)
        return value

    def number(self, name: str) -> int | None:
        """An id of the venue's."""
        value = self.text(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit()) or len(value) > NAME_MAX:
            raise Refused("51000", name)
        return int(value)

    def items(self, name: str) -> list["Asked"]:
        """A list of objects; one object alone is taken as a list of one."""
        value = self._given.get(name, [])
        if isinstance(value, Mapping):
            value = [value]
        if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
            raise Refused("51000", name)
        return [Asked(one) for one in value]


def plain(value: Decimal | None) -> str:
    """A number as OKX writes it: no exponent, no padding, never "-0".

    >>> plain(Decimal("100.500")), plain(Decimal("1E+3")), plain(Decimal("-0.0")), plain(None)
    ('100.5', '1000', '0', '')
    """
    if value is None:
        return ""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
